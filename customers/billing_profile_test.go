package customers_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cspkit/cspkit/customers"
	"github.com/cspkit/cspkit/internal/wiretest"
	"github.com/cspkit/cspkit/partnercenter"
	"github.com/cspkit/cspkit/partnercentertest"
)

const billing = base + "/" + string(fabrikam) + "/profiles/billing"

// readBilling returns a profile as a read of this text gives it, and the wire
// that then answers an update with the reply.
func readBilling(t testing.TB, text string, then wiretest.Reply) (*customers.Service, *wiretest.Wire, *customers.BillingProfile) {
	t.Helper()
	s, w := service(t, wiretest.Reply{Status: 200, Body: text}, then)
	b, err := s.BillingProfile(t.Context(), fabrikam)
	if err != nil {
		t.Fatal(err)
	}
	return s, w, b
}

func TestBillingProfile(t *testing.T) {
	_, w, b := readBilling(t, file(t, "get-a-customer-s-billing-profile"), wiretest.Reply{})
	if b.FirstName != "Ada" || b.ETag != "-5920358838484612121" || b.DefaultAddress.PostalCode != "1012LG" || b.Culture != "en-US" {
		t.Errorf("BillingProfile = %+v", b)
	}
	wiretest.Check(t, w.Last(), "GET", billing, "app", "")

	_, _, b = readBilling(t, "\xef\xbb\xbf"+`{"Email":"a@b.example","DefaultAddress":{"City":"A","New":7},"Attributes":{"Etag":"e"},"Language":null}`, wiretest.Reply{})
	if b.Email != "a@b.example" || b.DefaultAddress.City != "A" || b.ETag != "e" {
		t.Errorf("BillingProfile of a Pascal body with a byte order mark = %+v", b)
	}
}

func TestBillingProfileErrors(t *testing.T) {
	for name, tt := range map[string]struct {
		reply wiretest.Reply
		want  error
	}{
		"null":              {wiretest.Reply{Status: 200, Body: `null`}, partnercenter.ErrUnexpectedAnswer},
		"nothing in it":     {wiretest.Reply{Status: 200, Body: `{}`}, partnercenter.ErrUnexpectedAnswer},
		"a list":            {wiretest.Reply{Status: 200, Body: `[]`}, partnercenter.ErrUnexpectedAnswer},
		"empty":             {wiretest.Reply{Status: 200}, partnercenter.ErrUnexpectedAnswer},
		"a former customer": {wiretest.Reply{Status: 403, Body: `{"code":20002}`}, partnercenter.ErrNoRelationship},
	} {
		s, _ := service(t, tt.reply)
		if b, err := s.BillingProfile(t.Context(), fabrikam); b != nil || !errors.Is(err, tt.want) {
			t.Errorf("BillingProfile of %s = %v, %v, want %v", name, b, err, tt.want)
		}
	}
}

func TestUpdateBillingProfileSendsBackTheWholeProfile(t *testing.T) {
	sample := file(t, "get-a-customer-s-billing-profile")
	pascal := `{ "Culture":"en-US", "New":{"n":1.0}, "DefaultAddress":{ "City" : "A","Country":"NL", "Deep":[ 1e2 ] },"Attributes":{"Etag":"7"}}`
	tests := []struct {
		name, text string
		change     func(*customers.BillingProfile)
		from, to   string // what is another in the body
	}{
		{"one member", sample, func(b *customers.BillingProfile) { b.Culture = "nl-NL" }, `"en-US"`, `"nl-NL"`},
		{"a member of the address", sample, func(b *customers.BillingProfile) { b.DefaultAddress.City = "Utrecht" }, `"Amsterdam"`, `"Utrecht"`},
		{"one that was null", sample, func(b *customers.BillingProfile) { b.DefaultAddress.AddressLine2 = "2 hoog" }, `"addressLine2": null`, `"addressLine2": "2 hoog"`},
		{"one that is emptied", sample, func(b *customers.BillingProfile) { b.DefaultAddress.PhoneNumber = "" }, `"+31201234567"`, `""`},
		{"only its id, which is not ours", sample, func(b *customers.BillingProfile) { b.ID, b.Language = "x", "nl" }, `"language": "en"`, `"language": "nl"`},
		{"Pascal", pascal, func(b *customers.BillingProfile) { b.DefaultAddress.City = "Ü\"<" }, `"A"`, `"Ü\"\u003c"`},
		{"Pascal, a new member", pascal, func(b *customers.BillingProfile) { b.DefaultAddress.State = "XX" }, `[ 1e2 ] `, `[ 1e2 ],"State":"XX" `},
		{"no address before", `{"id":"x","attributes":{"etag":"7"}}`, func(b *customers.BillingProfile) { b.DefaultAddress.City = "A" }, `}}`, `},"defaultAddress":{"city":"A"}}`},
		{"null for an address", `{"defaultAddress":null,"attributes":{"etag":"7"}}`, func(b *customers.BillingProfile) { b.DefaultAddress.City = "A" }, `null`, `{"city":"A"}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, w, b := readBilling(t, tt.text, wiretest.Reply{Status: 200, Body: tt.text})
			tt.change(b)
			if err := s.UpdateBillingProfile(t.Context(), fabrikam, b, partnercenter.RequestID(requestID)); err != nil {
				t.Fatal(err)
			}
			want := strings.Replace(strings.TrimSpace(tt.text), tt.from, tt.to, 1)
			if diff := cmp.Diff(want, w.Last().Body); diff != "" {
				t.Errorf("the body (-want +got):\n%s", diff)
			}
			got := w.Last()
			if got.Method != "PUT" || got.URL != billing || got.Token != "app" || got.Header.Get("If-Match") != b.ETag || got.Header.Get("MS-RequestId") != requestID {
				t.Errorf("sent %s %s as %s with %v", got.Method, got.URL, got.Token, got.Header)
			}
		})
	}
}

func TestWhatIsNoUpdateIsNotSent(t *testing.T) {
	s, w, b := readBilling(t, file(t, "get-a-customer-s-billing-profile"), wiretest.Reply{Status: 200})
	_, _, without := readBilling(t, `{"email":"a"}`, wiretest.Reply{})
	without.Email = "b"
	for name, b := range map[string]*customers.BillingProfile{
		"nothing": nil, "one that was never read": {Email: "a", ETag: "7"}, "an unchanged one": b, "one without an etag": without,
	} {
		if err := s.UpdateBillingProfile(t.Context(), fabrikam, b); !partnercenter.NotSent(err) || len(w.Sent) != 1 {
			t.Errorf("UpdateBillingProfile with %s = %v after %d requests, want an error and only the read", name, err, len(w.Sent))
		}
	}
	if text := jsonOf(t, &customers.BillingProfile{Email: "a"}); text != "null" {
		t.Errorf("a profile that was never read is %s, want null", text)
	}
}

func TestUpdateBillingProfileErrors(t *testing.T) {
	for name, tt := range map[string]struct {
		reply wiretest.Reply
		want  error
	}{
		"stale by code":       {wiretest.Reply{Status: 400, Body: `{"code":2055}`}, partnercenter.ErrStaleETag},
		"stale by status":     {wiretest.Reply{Status: 412}, partnercenter.ErrStaleETag},
		"refused with a name": {wiretest.Reply{Status: 400, Body: `{"code":600049,"description":"Ada Visser of ops@fabrikam.example is a test."}`}, partnercenter.ErrValidation},
	} {
		s, _, b := readBilling(t, file(t, "get-a-customer-s-billing-profile"), tt.reply)
		b.Culture = "nl-NL"
		err := s.UpdateBillingProfile(t.Context(), fabrikam, b)
		if !errors.Is(err, tt.want) || partnercenter.OutcomeUnknown(err) || strings.Contains(err.Error(), "Ada") || strings.Contains(err.Error(), "Visser") {
			t.Errorf("UpdateBillingProfile, %s = %v, want %v without a name", name, err, tt.want)
		}
	}
}

func TestTwoWhoChangeOneProfile(t *testing.T) {
	fake := partnercentertest.New(partnercentertest.Customer{ID: string(fabrikam), Company: "Fabrikam BV", Domain: "fabrikam.example", Billing: map[string]any{
		"loyalty": map[string]any{"tier": 1},
		"defaultAddress": map[string]any{
			"firstName": "Ada", "lastName": "Visser", "addressLine1": "Damrak 1", "city": "Amsterdam", "postalCode": "1012LG", "country": "NL", "region": "x",
		},
	}})
	s := emulated(t, fake)
	var profiles []*customers.BillingProfile
	for range 2 {
		b, err := s.BillingProfile(t.Context(), fabrikam)
		if err != nil {
			t.Fatal(err)
		}
		profiles = append(profiles, b)
	}
	profiles[0].Culture, profiles[1].Culture = "nl-NL", "de-DE"
	if err := s.UpdateBillingProfile(t.Context(), fabrikam, profiles[0]); err != nil {
		t.Fatal(err)
	}
	if err := s.UpdateBillingProfile(t.Context(), fabrikam, profiles[1]); !errors.Is(err, partnercenter.ErrStaleETag) {
		t.Errorf("UpdateBillingProfile of a profile that changed meanwhile = %v, want ErrStaleETag", err)
	}
	if got := fake.State(string(fabrikam)).Billing["culture"]; got != "nl-NL" || fake.PartialWrites() != 0 {
		t.Errorf("culture = %v after %d partial writes, want nl-NL and none", got, fake.PartialWrites())
	}
}

// Whatever the service sends as a profile, a change of the culture changes
// nothing else.
func FuzzBillingProfile(f *testing.F) {
	for _, text := range []string{
		`{"culture":"a","defaultAddress":{"city":"b"},"attributes":{"etag":"7"}}`, `{"Culture":"a","culture":"b","attributes":{"etag":"7"}}`,
		`{"defaultAddress":null,"attributes":{"etag":"7"},"x":1e99}`, `[]`, `{"":{},"attributes":{"ETAG":"7"}}`,
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s, w := service(t, wiretest.Reply{Status: 200, Body: text}, wiretest.Reply{Status: 200})
		b, err := s.BillingProfile(t.Context(), fabrikam)
		if err != nil {
			return
		}
		b.Culture += "x"
		b.DefaultAddress.City += "y"
		if err := s.UpdateBillingProfile(t.Context(), fabrikam, b); err != nil {
			if !partnercenter.NotSent(err) {
				t.Fatalf("UpdateBillingProfile of %s = %v", text, err)
			}
			return
		}
		var again customers.BillingProfile
		if err := json.Unmarshal([]byte(w.Last().Body), &again); err != nil {
			t.Fatalf("the body %s of %s: %v", w.Last().Body, text, err)
		}
		if again.Culture != b.Culture || again.DefaultAddress != b.DefaultAddress || again.Email != b.Email || again.ETag != b.ETag {
			t.Errorf("the body of %s is %s, which reads\n%+v, want\n%+v", text, w.Last().Body, again, b)
		}
	})
}
