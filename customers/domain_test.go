package customers_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/cspkit/cspkit/customers"
	"github.com/cspkit/cspkit/internal/wiretest"
	"github.com/cspkit/cspkit/partnercenter"
)

func TestDomainTaken(t *testing.T) {
	tests := []struct {
		name  string
		reply wiretest.Reply
		taken bool
		want  error
	}{
		{"taken", wiretest.Reply{Status: 200}, true, nil},
		{"free", wiretest.Reply{Status: 404}, false, nil},
		{"free, in words", wiretest.Reply{Status: 404, Body: `{"code":600024,"description":"…"}`}, false, nil},
		{"forbidden", wiretest.Reply{Status: 403}, false, partnercenter.ErrForbidden},
		{"a failure", wiretest.Reply{Status: 500}, false, partnercenter.ErrTransient},
		{"not found by its code alone", wiretest.Reply{Status: 400, Body: `{"code":1000}`}, false, partnercenter.ErrNotFound},
		{"gone", wiretest.Reply{Status: 410}, false, partnercenter.ErrNotFound},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, w := service(t, tt.reply)
			taken, err := s.DomainTaken(t.Context(), " Fabrikam.onmicrosoft.com ")
			if taken != tt.taken || !errors.Is(err, tt.want) {
				t.Errorf("DomainTaken = %v, %v, want %v, %v", taken, err, tt.taken, tt.want)
			}
			wiretest.Check(t, w.Last(), "HEAD", "https://api.partnercenter.microsoft.com/v1/domains/Fabrikam.onmicrosoft.com", "app", "")
		})
	}
}

func TestWhatIsNoDomainIsNotAskedFor(t *testing.T) {
	s, w := service(t, wiretest.Reply{Status: 404})
	long := strings.Repeat("a", 63)
	for _, domain := range []string{
		"", "  ", "fabrikam", ".", "..", "a.", ".a.example", "a..example", "-a.example", "a-.example", "a b.example", "a/b.example", "a?b.example",
		"a.example.", "fabrikam.онлайн", "ﬁbrikam.example", "a@b.example", "10.0.0.1", "a%2e.example", "a_b.example", "\xff.example", long + "a.example",
		long + "." + long + "." + long + "." + long + ".example", "a\u00ad.example",
	} {
		if _, err := s.DomainTaken(t.Context(), domain); !errors.Is(err, customers.ErrCompanyInfo) || !partnercenter.NotSent(err) || len(w.Sent) != 0 {
			t.Errorf("DomainTaken(%q) = %v after %d requests, want ErrCompanyInfo and none", domain, err, len(w.Sent))
		}
	}
	for _, domain := range []string{"a.example", "A-1.Example", "xn--e1afmkfd.xn--80asehdb", long + ".example", "1.2.example"} {
		if _, err := s.DomainTaken(t.Context(), domain); err != nil {
			t.Errorf("DomainTaken(%q) = %v, want no error", domain, err)
		}
	}
}

func FuzzDomain(f *testing.F) {
	for _, domain := range []string{"fabrikam.onmicrosoft.com", "a..b", "../customers", "a.example/..", "%2f.example", "é.example"} {
		f.Add(domain)
	}
	f.Fuzz(func(t *testing.T, domain string) {
		s, w := service(t, wiretest.Reply{Status: 404})
		_, err := s.DomainTaken(t.Context(), domain)
		if (err == nil) != (len(w.Sent) == 1) {
			t.Fatalf("DomainTaken(%q) = %v after %d requests", domain, err, len(w.Sent))
		}
		if err == nil && w.Last().URL != "https://api.partnercenter.microsoft.com/v1/domains/"+strings.TrimSpace(domain) {
			t.Errorf("DomainTaken(%q) asks for %s", domain, w.Last().URL)
		}
	})
}
