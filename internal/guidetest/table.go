// Package guidetest reads the tables of the guides, for the tests that hold
// them to the code.
package guidetest

import (
	"os"
	"strings"
	"testing"
)

// Table returns the rows of the table of a Markdown file that stands below a
// heading of the second level and whose first column has that name, without the
// marks around code.
func Table(t testing.TB, file, heading, first string) [][]string {
	t.Helper()
	guide, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(guide), "\n## "+heading+"\n")
	section, _, _ = strings.Cut(section, "\n## ")
	_, body, found := strings.Cut(section, "\n| "+first+" |")
	if !found {
		t.Fatalf("%s has no table below %q that begins with %q", file, heading, first)
	}
	var rows [][]string
	for _, line := range strings.Split(body, "\n")[2:] { // after the header and the line below it
		if !strings.HasPrefix(line, "| ") {
			break
		}
		cells := strings.Split(strings.TrimSuffix(strings.TrimPrefix(line, "|"), "|"), "|")
		for i := range cells {
			cells[i] = strings.TrimSpace(strings.ReplaceAll(cells[i], "`", ""))
		}
		rows = append(rows, cells)
	}
	return rows
}
