package docs_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var (
	link    = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	code    = regexp.MustCompile("`[^`]*`")
	heading = regexp.MustCompile(`^#+ +(.*)$`)
	dropped = regexp.MustCompile("[^a-z0-9 _-]")
)

// A link within the repository leads to a file, and to a heading of it.
func TestEveryLinkLeadsSomewhere(t *testing.T) {
	anchors := map[string]map[string]bool{}
	walk(t, ".md", func(name string, lines []string) {
		anchors[name] = map[string]bool{}
		for _, line := range prose(lines) {
			if m := heading.FindStringSubmatch(line); m != nil {
				anchors[name][anchor(m[1])] = true
			}
		}
	})
	walk(t, ".md", func(name string, lines []string) {
		for i, line := range prose(lines) {
			for _, m := range link.FindAllStringSubmatch(code.ReplaceAllString(line, ""), -1) {
				if strings.Contains(m[1], "://") {
					continue
				}
				path, fragment, _ := strings.Cut(m[1], "#")
				file := name
				if path != "" {
					file = filepath.ToSlash(filepath.Join(filepath.Dir(name), path))
				}
				if _, err := os.Stat(filepath.Join("..", file)); err != nil {
					t.Errorf("%s:%d: %s leads nowhere", name, i+1, m[1])
				} else if fragment != "" && !anchors[file][fragment] {
					t.Errorf("%s:%d: %s leads to no heading", name, i+1, m[1])
				}
			}
		}
	})
}

// anchor is what GitHub makes of a heading.
func anchor(heading string) string {
	return strings.ReplaceAll(dropped.ReplaceAllString(strings.ToLower(heading), ""), " ", "-")
}

// prose returns the lines with those of fenced blocks empty.
func prose(lines []string) []string {
	text, fenced := make([]string, len(lines)), false
	for i, line := range lines {
		if strings.HasPrefix(strings.TrimLeft(line, " "), "```") {
			fenced = !fenced
		} else if !fenced {
			text[i] = line
		}
	}
	return text
}
