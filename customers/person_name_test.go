package customers_test

import (
	"strings"
	"testing"

	"github.com/cspkit/cspkit/customers"
)

var personNames = []judged{
	{"Ada", "", "R10 R11 R12 R13"},
	{" Visser ", "", "R12"},
	{"Jean-Luc", "", "R13"},
	{"O'Neill", "", "R13"},
	{"van der Berg", "", "R11"},
	{"José María", "", "R13"},

	// R10: one character, unless Chinese.
	{"A", "R10", "R13"},
	{"é", "R10", ""},
	{"Ж", "R10", ""},
	{"김", "R10", ""}, // Microsoft excepts Chinese characters only
	{"あ", "R10", ""},
	{"א", "R10", ""},
	{"\u200fא\u200f", "R10", ""},
	{"\u200bA", "R10", ""},
	{"7", "R10 R13", ""},
	{"李", "", "R10"},
	{"𠮷", "", "R10"}, // four bytes, and outside the basic plane
	{"\u200b李", "", "R10"},
	{"李明", "", "R10"},
	{"Jo", "", "R10"},
	{"J.", "", "R10"},
	{"김민", "", "R10"},
	{"पु", "", "R10"},
	{"ปู", "", "R10"},
	{"e\u0301", "", "R10"}, // two code points

	// R11: placeholders.
	{"test", "R11", ""},
	{"TEST", "R11", ""},
	{" Admin ", "R11", ""},
	{"nobody", "R11", ""},
	{"No\u200bbody", "R11", ""},
	{"Tester", "", "R11"},
	{"Testa", "", "R11"},
	{"Ada Test", "", "R11"},
	{"Administrator", "", "R11"},
	{"no body", "", "R11"},
	{"Nemo", "", "R11"}, // a placeholder only where the caller says so

	// R12: 40 characters.
	{strings.Repeat("a", 40), "", "R12"},
	{strings.Repeat("a", 41), "R12", ""},
	{" " + strings.Repeat("a", 40) + " ", "", "R12"},
	{strings.Repeat("ü", 40), "", "R12"},
	{strings.Repeat("ü", 41), "R12", ""},
	{strings.Repeat("𠮷", 40), "", "R12"},
	{strings.Repeat("7", 41), "R12 R13", ""},

	// R13: no letter.
	{"123", "R13", ""},
	{"٣٤٥", "R13", ""},
	{"--", "R13", "R10"},
	{"😀😀", "R13", ""},
	{"😀", "R10 R13", ""},
	{"1️⃣", "R13", ""},
	{"❤️", "R10 R13", ""},
	{"\u0301\u0302", "R13", ""}, // marks without a letter to be on
	{"\u200b", "R13", "R10"},
	{"\u200e\u200f\u202e", "R13", ""},
	{"\u3164\u3164", "R13", ""},
	{"\x00\x01", "R13", ""},
	{"\u2800\u2800", "R13", ""}, // empty Braille cells
	{"Ada2", "", "R13"},
	{"Ada 😀", "", "R13"},
	{"2a", "", "R13"},

	// Letters of any script.
	{"أحمد", "", "R13"},
	{"محمّد", "", "R13"},
	{"שרה", "", "R13"},
	{"Ольга", "", "R13"},
	{"Ελένη", "", "R13"},
	{"अमित", "", "R13"},
	{"สมชาย", "", "R13"},
	{"민준", "", "R13"},
	{"さくら", "", "R13"},
	{"サクラ", "", "R13"},
	{"\u202bאדה\u202c", "", "R13"},

	{"", "required", "R10 R13"},
	{" \t", "required", "R13"},
	{"\u3000", "required", ""},
	{"Ad\xffa", "encoding", "R13"},
}

func TestCheckPersonName(t *testing.T) {
	for _, tt := range personNames {
		for _, field := range []customers.Field{customers.FieldFirstName, customers.FieldMiddleName, customers.FieldLastName} {
			want := tt.want
			if field == customers.FieldMiddleName && want == "required" {
				want = "" // R14
			}
			f := customers.CheckPersonName(field, tt.value)
			if got := rules(f); got != want {
				t.Errorf("CheckPersonName(%s, %+q) finds %q, want %q", field, tt.value, got, want)
			}
			for _, e := range f.Errors {
				if e.Field != field {
					t.Errorf("CheckPersonName(%s, %+q) finds %v for %s", field, tt.value, e, e.Field)
				}
			}
		}
	}
}

func TestCheckPersonNameWithMorePlaceholders(t *testing.T) {
	for name, want := range map[string]string{
		"nemo": "R11", "NEMO ": "R11", "Jan Jansen": "R11", "test": "R11",
		"Nemos": "", "Jan": "", "\u200b": "R13",
	} {
		if got := rules(customers.CheckPersonName(customers.FieldLastName, name, "Nemo", " jan jansen ", "", " ")); got != want {
			t.Errorf("CheckPersonName(%q) finds %q, want %q", name, got, want)
		}
	}
}
