package customers_test

import (
	"strings"
	"testing"

	"github.com/cspkit/cspkit/customers"
)

// own are the domains of the partner and the reseller in these tests.
var own = []string{"Partner.example", "@reseller.example.", " xn--bcher-kva.example ", "größe.example", "", "@"}

var emails = []judged{
	{"ada.visser@fabrikam.example", "", "R15 R16 email"},
	{" ada@fabrikam.example\t", "", "email"},
	{"ADA+csp@Fabrikam.Example", "", "email"},
	{"o'neill_1@sub.fabrikam.example", "", "email"},
	{"info@fabrikam-2.co.example", "", "email"},
	{"1@2.example", "", "email"},
	{"用户@例え.テスト", "", "email"},
	{"अमित@डाटामेल.भारत", "", "email"},
	{"ada@fabrikam.рф", "", "email"},
	{"a@b.co", "", "email"},

	// One address, and nothing else.
	{"", "required", "email"},
	{"  ", "required", "email"},
	{"ada", "email", ""},
	{"partner.example", "email", "R16"},
	{"@fabrikam.example", "email", ""},
	{"ada@", "email", ""},
	{"@", "email", ""},
	{"ada@fabrikam", "email", ""},
	{"ada@localhost", "email", ""},
	{"ada@@fabrikam.example", "email", ""},
	{"ada@visser@fabrikam.example", "email", ""},
	{"ada visser@fabrikam.example", "email", ""},
	{"Ada Visser <ada@fabrikam.example>", "email", ""},
	{"<ada@fabrikam.example>", "email", ""},
	{"mailto:ada@fabrikam.example", "email", ""},
	{"ada@fabrikam.example,bob@fabrikam.example", "email", ""},
	{"ada@fabrikam.example;", "email", ""},
	{"ada@fabrikam.example (work)", "email", ""},
	{"\"ada visser\"@fabrikam.example", "email", ""},
	{".ada@fabrikam.example", "email", ""},
	{"ada.@fabrikam.example", "email", ""},
	{"ada..visser@fabrikam.example", "email", ""},
	{"ada@.fabrikam.example", "email", ""},
	{"ada@fabrikam..example", "email", ""},
	{"ada@fabrikam.example.", "email", ""},
	{"ada@-fabrikam.example", "email", ""},
	{"ada@fabrikam-.example", "email", ""},
	{"ada@fabri_kam.example", "email", ""},
	{"ada@fabrikam.e", "email", ""},
	{"ada@192.0.2.77", "email", ""},
	{"ada@[192.0.2.7]", "email", ""},
	{"ada\u200b@fabrikam.example", "email", ""},
	{"ada@fabrikam\u00ad.example", "email", ""},
	{"ada\u3164@fabrikam.example", "email", ""},
	{"ada\ufe0f@fabrikam.example", "email", ""},
	{"ada\n@fabrikam.example", "email", ""},
	{"ada＠fabrikam.example", "email", ""}, // a full-width at sign
	{"😀@fabrikam.example", "email", ""},
	{"ada@fabrikam.example\xff", "encoding", "email"},

	// Length.
	{strings.Repeat("a", 64) + "@fabrikam.example", "", "email"},
	{strings.Repeat("a", 65) + "@fabrikam.example", "email", ""},
	{"ada@" + strings.Repeat("a", 63) + ".example", "", "email"},
	{"ada@" + strings.Repeat("a", 64) + ".example", "email", ""},
	{"ada@" + strings.Repeat("fabrikam.", 27) + "example1", "", "length"},  // 255
	{"ada@" + strings.Repeat("fabrikam.", 27) + "example12", "length", ""}, // 256

	// R15: Microsoft's own.
	{"ada@microsoft.com", "R15", ""},
	{"Ada@MICROSOFT.Com", "R15", ""},
	{"ada@microsoft.com.", "email R15", ""},
	{"ada@microsoft.com.example", "R15", ""}, // "contains", says the rule
	{"ada@mail.microsoft.com", "", "R15"},
	{"ada@microsoft.example", "", "R15"},
	{"microsoft.com@fabrikam.example", "", "R15"},
	{"ada@notmicrosoft.com", "", "R15"},

	// R16: the partner's own.
	{"ada@partner.example", "R16", ""},
	{"ada@PARTNER.example", "R16", ""},
	{"ada@reseller.example", "R16", ""},
	{"ada@partner.example.", "email R16", ""},
	{"Ada <ada@partner.example", "email R16", ""},
	{"ada@bücher.example", "R16", ""},
	{"ada@BÜCHER.example", "R16", ""},
	{"ada@xn--bcher-kva.example", "R16", ""},
	{"ada@xn--gre-6ka8i.example", "R16", ""},
	{"ada@mail.partner.example", "", "R16"},
	{"ada@mypartner.example", "", "R16"},
	{"ada@partner.example.net", "", "R16"},
	{"partner.example@fabrikam.example", "", "R16"},
	{"ada@bucher.example", "", "R16"},
}

func TestCheckEmail(t *testing.T) {
	for _, tt := range emails {
		if got := rules(customers.CheckEmail(tt.value, own...)); got != tt.want {
			t.Errorf("CheckEmail(%+q) finds %q, want %q", tt.value, got, tt.want)
		}
	}
	if got := rules(customers.CheckEmail("ada@partner.example")); got != "" {
		t.Errorf("CheckEmail without own domains finds %q, want nothing", got)
	}
}
