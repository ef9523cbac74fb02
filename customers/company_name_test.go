package customers_test

import (
	"strings"
	"testing"

	"github.com/cspkit/cspkit/customers"
)

// judged is a value, the rules that it breaks ("errors | warnings"), and those
// that it only just keeps.
type judged struct{ value, want, near string }

var companyNames = []judged{
	{"Fabrikam BV", "", "R1 R2 R3 R4 R5 R6 R7 R8 R9"},
	{"  Fabrikam BV\t", "", "R4"},

	// R1, R2: length in characters.
	{"", "required", "R1 R3 R4"},
	{"A", "R1", "R3 R5"},
	{" 7 ", "R1", "R3 R5"},
	{"李", "R1", "R3"},
	{"é", "R1", ""},
	{"\u200bA\u200b", "R1 | R9", "R5"},
	{"\u200fא", "R1 | R9", ""},
	{"\u200b A", "R1 | R9", "R5"},
	{"3M", "", "R1 R5"},
	{"HP", "", "R1 R6"},
	{"99", "", "R1 R3 R7"},
	{"新华", "", "R1 R5"},
	{strings.Repeat("ab", 127), "", "R2"},
	{strings.Repeat("ab", 127) + "a", "", "R2"},
	{strings.Repeat("ab", 128), "R2", ""},
	{strings.Repeat("ñe", 127) + "ñ", "", "R2"},
	{strings.Repeat("𠮷野", 127) + "𠮷", "", "R2"},
	{strings.Repeat("𠮷野", 128), "R2", ""},
	{"  " + strings.Repeat("ab", 127) + "a  ", "", "R2"},
	{strings.Repeat("a ", 127) + "ab", "R2", "R5"},

	// R3: only special characters.
	{"&$^#", "R3", "R1 R9"},
	{"& $", "R3 R5", "R1"},
	{"!", "R1 R3", "R9"},
	{"...", "R3 R7", "R8 R9"},
	{"&1", "", "R3"},
	{"#a", "", "R3"},
	{"😀😎", "R3 | R9", "R7"},
	{"❤️❤️", "R3 | R9", ""},
	{"⭐ Fabrikam", "| R9", "R3"},
	{"\u3164\u3164", "R1 R3 | R9", "R7"}, // Hangul fillers: letters that nobody sees
	{"\u200b\u200d\ufeff", "R1 R3 | R9", "R4"},
	{"①②", "R3 | R9", ""},
	{"٣٤", "", "R3"},
	{"१२३", "", "R3 R7"},

	// R4: only white space.
	{" ", "R4", "R1 R3"},
	{" \t \t", "R4", "R5"},
	{"\u00a0\u3000\u2003", "R4", ""},
	{"\r\n", "R4", ""},

	// R5: single characters and spaces.
	{"1 2 3", "R5", ""},
	{"1\t2", "R5 | R9", ""},
	{"A B", "R5", "R1"},
	{"李 明", "R5", ""},
	{"A\u3000B", "R5", "R9"},
	{"A\u200b B", "R5 | R9", ""},
	{"1 2 34", "", "R5"},
	{"A & B Widgets", "", "R5"},
	{"AB C", "", "R5"},
	{"123", "", "R5 R7"},

	// R6: an abbreviation alone. The whole list is in TestAbbreviations.
	{"LLC", "R6", ""},
	{"Inc", "R6", ""},
	{"inc.", "R6", ""},
	{"L. L. C", "R6", "R5"},
	{"l l c", "R5 R6", ""},
	{" Pty Ltd. ", "R6", ""},
	{"Private Limited", "R6", ""},
	{"OOO", "R6 R7", ""},
	{"LL\u200bC", "R6 | R9", ""},
	{"l. l.c.", "", "R6"},
	{"pty  ltd", "", "R6"},
	{"llc..", "", "R6"},
	{"Fabrikam LLC", "", "R6"},
	{"Inc Fabrikam", "", "R6"},
	{"Incorporate", "", "R6"},
	{"Ltd & Co", "", "R6"},
	{"AG", "", "R6"}, // not on Microsoft's list
	{"B.V.", "", "R6 R8"},

	// R7: one character and no other.
	{"999", "R7", ""},
	{"9 9 9", "R5 R7", ""},
	{"AA A", "R7", "R5"},
	{"aaaaaaaa", "R7", ""},
	{"ののの", "R7", ""},
	{"---", "R3 R7", ""},
	{"A\u200bAA", "R7 | R9", ""},
	{"AA", "", "R7"},
	{"AAA Widgets", "", "R7"},
	{"AAAB", "", "R7"},
	{"AaA", "", "R7"},
	{"9 9", "R5", "R7"},

	// R8: a domain extension.
	{"Fabrikam.com", "| R8", ""},
	{"FABRIKAM.ORG", "| R8", ""},
	{"Fabrikam Verlag.de", "| R8", ""},
	{"Fabrikam.co.uk", "| R8", ""},
	{"фабрикам.рф", "| R8", ""},
	{".net", "| R8", ""},
	{"Fabrikam.com BV", "", "R8"},
	{"Fabrikam.", "", "R8"},
	{"Fabrikam com", "", "R8"},
	{"Dr.Smith", "", "R8"},
	{"Fabrikam S.A", "", "R8"},
	{"Fabrikam.comfort", "", "R8"},

	// R9: special characters that are not on the list.
	{"Fabrikam ~`!@#$%^&*()-_=+[]{}\\:;\"'<>./?⟨⟩,|–—‘،", "", "R9"},
	{"Fabrikam™", "| R9", ""},
	{"Fabrikam 😀", "| R9", ""},
	{"Fabrikam\u200b", "| R9", ""},
	{"Fabrikam\nBV", "| R9", ""},
	{"O’Brien", "| R9", ""}, // the right single quote is not on the list, the left one is
	{"O‘Brien", "", "R9"},
	{"€uro", "| R9", ""},
	{"Fabrikam\u00a0BV", "", "R9"},
	{"Fabrikam \ufffd", "| R9", ""}, // a character lost on the way

	// Letters of any script.
	{"株式会社ファブリカム", "", "R9"},
	{"ファブリカム　ジャパン", "", "R9"},
	{"파브리캄 주식회사", "", "R9"},
	{"شركة فابريكام", "", "R9"},
	{"فابریکام می\u200cسازد", "", "R9"},
	{"פבריקם בע\"מ", "", "R9"},
	{"\u200fפבריקם", "| R9", ""},
	{"Фабрикам ООО", "", "R6 R9"},
	{"Φαμπρικάμ ΑΕ", "", "R9"},
	{"फैब्रिकम प्राइवेट", "", "R9"},
	{"ฟาบริแคม จำกัด", "", "R9"},
	{"Fabri\u0301kam", "", "R9"},
	{"Ærø Smørrebrød", "", "R9"},

	// Text that is none.
	{"Fabrikam\xff", "encoding", "R9"},
	{"\xc3\x28", "encoding", "R1"},
	{" \xff ", "encoding", "R4"},
}

func TestCheckCompanyName(t *testing.T) {
	for _, tt := range companyNames {
		if got := rules(customers.CheckCompanyName(tt.value)); got != tt.want {
			t.Errorf("CheckCompanyName(%+q) finds %q, want %q", tt.value, got, tt.want)
		}
	}
}

func TestAbbreviations(t *testing.T) {
	// As Microsoft's page has them, in its rows.
	const page = `c p a|l. l. c.|pty|gmbh|kft|incorporated
c.p.a.|l.l.c.|pty ltd|plc|ltd|limited
l.l.p.|l l p|pte ltd|wll|ltd.|llc
c. p. a.|corp|private limited|lda|sdn bhd|llc.
l. l. p.|corporation|pvt|sarl|inc|llp
l l c|corp.|pvt ltd|llp.|ooo|zrt`
	all := strings.FieldsFunc(page, func(r rune) bool { return r == '|' || r == '\n' })
	if len(all) != 36 {
		t.Fatalf("the page has %d abbreviations, want 36", len(all))
	}
	for _, a := range all {
		bare := strings.TrimSuffix(a, ".")
		for _, name := range []string{a, strings.ToUpper(a), bare, bare + ".", "\t" + a + " "} {
			if !found(customers.CheckCompanyName(name), customers.R6) {
				t.Errorf("CheckCompanyName(%q) does not find R6", name)
			}
		}
		for _, name := range []string{"Fabrikam " + a, a + " Fabrikam", a + "x", bare + ".."} {
			if found(customers.CheckCompanyName(name), customers.R6) {
				t.Errorf("CheckCompanyName(%q) finds R6", name)
			}
		}
	}
}
