package punycode_test

import (
	"testing"

	"github.com/cspkit/cspkit/internal/punycode"
)

// The long labels are the samples of RFC 3492, section 7.1, in lower case.
func TestDomain(t *testing.T) {
	tests := []struct{ in, want string }{
		{"fabrikam.example", "fabrikam.example"},
		{"FABRIKAM.Example", "fabrikam.example"},
		{"", ""},
		{".", "."},
		{"bücher.example", "xn--bcher-kva.example"},
		{"BÜCHER.example", "xn--bcher-kva.example"},
		{"münchen.bücher.example", "xn--mnchen-3ya.xn--bcher-kva.example"},
		{"xn--bcher-kva.example", "xn--bcher-kva.example"},
		{"例え.テスト", "xn--r8jz45g.xn--zckzah"},
		{"испытание", "xn--80akhbyknj4f"},
		{"ليهمابتكلموشعربي؟", "xn--egbpdaj6bu4bxfgehfvwxn"},
		{"他们为什么不说中文", "xn--ihqwcrb4cv8a8dqg056pqjye"},
		{"почемужеонинеговорятпорусски", "xn--b1abfaaepdrnnbgefbadotcwatmq2g4l"},
		{"3年b組金八先生", "xn--3b-ww4c5e180e575a65lsy2b"},
		{"pročprostěnemluvíčesky", "xn--proprostnemluvesky-uyb24dma41a"},
		{"\U0001F600", "xn--e28h"},
	}
	for _, tt := range tests {
		if got := punycode.Domain(tt.in); got != tt.want {
			t.Errorf("Domain(%q) = %q, want %q", tt.in, got, tt.want)
		}
	}
}

func FuzzDomain(f *testing.F) {
	f.Add("bücher.example")
	f.Add("\xff\u00e9.\U0010FFFF")
	f.Fuzz(func(t *testing.T, domain string) {
		got := punycode.Domain(domain)
		for _, r := range got {
			if r > 127 {
				t.Fatalf("Domain(%q) = %q, which is not ASCII", domain, got)
			}
		}
		if again := punycode.Domain(got); again != got {
			t.Fatalf("Domain(%q) = %q, and of that %q", domain, got, again)
		}
	})
}
