// Package docs_test holds the documentation to the code: each Go snippet is
// compiled, each link leads somewhere, and what tables claim is tried.
package docs_test

import (
	"fmt"
	"go/format"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// A snippet is either a program, which compiles as it is printed, or it stands
// line for line in a file that the tests of its module compile.
func TestEverySnippetIsCompiled(t *testing.T) {
	source := compiled(t)
	count := 0
	for _, s := range snippets(t) {
		count++
		if strings.HasPrefix(s.lines[0], "package ") {
			build(t, s)
			continue
		}
		if !source.has(s.lines) {
			t.Errorf("%s: this Go snippet stands in no compiled file; put it into an Example and copy it from there:\n%s",
				s.at, strings.Join(s.lines, "\n"))
		}
	}
	if count == 0 {
		t.Error("there is no Go snippet in the documentation")
	}
}

// build compiles a snippet that is a program.
func build(t *testing.T, s snippet) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "main.go")
	if err := os.WriteFile(file, []byte(strings.Join(s.lines, "\n")+"\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"vet", file}, {"build", "-o", os.DevNull, file}} {
		if out, err := exec.CommandContext(t.Context(), "go", args...).CombinedOutput(); err != nil {
			t.Errorf("%s: go %s of this program: %v\n%s", s.at, args[0], err, out)
		}
	}
	printed := strings.Join(s.lines, "\n") + "\n"
	if formatted, err := format.Source([]byte(printed)); err != nil || string(formatted) != printed {
		t.Errorf("%s: this program is not formatted (%v)", s.at, err)
	}
}

// A snippet is the content of a fenced block.
type snippet struct {
	at    string // file and line
	lines []string
}

// languages are the marks of fenced blocks: Go in a block that is marked
// otherwise would be Go that nothing compiles.
var languages = []string{"go", "sh", "console", "json", "sql", "promql", "mermaid", "text", ""}

// snippets returns the Go blocks of all Markdown files.
func snippets(t *testing.T) []snippet {
	t.Helper()
	var all []snippet
	walk(t, ".md", func(name string, lines []string) {
		blocks, err := fenced(name, lines)
		if err != nil {
			t.Error(err)
		}
		all = append(all, blocks...)
	})
	return all
}

// fenced returns the Go blocks of a file. The error is about the first block of
// which it cannot be told whether it is one.
func fenced(name string, lines []string) (blocks []snippet, err error) {
	for i := 0; i < len(lines); i++ {
		fence := strings.TrimLeft(lines[i], " \t>")
		if !strings.HasPrefix(fence, "```") && !strings.HasPrefix(fence, "~~~") {
			continue
		}
		s, indent := snippet{at: fmt.Sprintf("%s:%d", name, i+1)}, strings.TrimSuffix(lines[i], fence)
		language, ok := strings.CutPrefix(fence, "```")
		if !ok || strings.Trim(indent, " ") != "" || !slices.Contains(languages, language) {
			return blocks, fmt.Errorf("%s: a block begins with three backticks and one of %q, not %q", s.at, languages, lines[i])
		}
		for i++; i < len(lines) && strings.TrimLeft(lines[i], " ") != "```"; i++ {
			s.lines = append(s.lines, strings.TrimPrefix(lines[i], indent))
		}
		switch {
		case i == len(lines):
			return blocks, fmt.Errorf("%s: the block does not end", s.at)
		case language != "go":
		case len(s.lines) == 0 || s.lines[0] == "":
			return blocks, fmt.Errorf("%s: the snippet begins with nothing", s.at)
		default:
			blocks = append(blocks, s)
		}
	}
	return blocks, nil
}

func TestNoGoHidesFromTheCompiler(t *testing.T) {
	for _, block := range []string{
		"~~~go\nx()\n~~~", "```Go\nx()\n```", "```golang\nx()\n```", "``` go\nx()\n```", "```go title=x\nx()\n```",
		"````go\nx()\n````", "\t```go\n\tx()\n\t```", "> ```go\n> x()\n> ```", "```go\nx()", "```go\n```",
	} {
		if blocks, err := fenced("x.md", strings.Split(block, "\n")); err == nil {
			t.Errorf("%q gave %d Go blocks, want an error", block, len(blocks))
		}
	}
	blocks, err := fenced("x.md", strings.Split("```text\n~~~\n```\n- x\n\n  ```go\n  x()\n  ```", "\n"))
	if err != nil || len(blocks) != 1 || blocks[0].at != "x.md:6" || !slices.Equal(blocks[0].lines, []string{"x()"}) {
		t.Errorf("fenced = %+v, %v, want the one Go block", blocks, err)
	}
}

// source is every compiled line of the repository, by what it says.
type source map[string][]place

type place struct {
	file []string
	line int
}

func compiled(t *testing.T) source {
	t.Helper()
	s := source{}
	walk(t, ".go", func(_ string, lines []string) {
		for i, line := range lines {
			if strings.HasPrefix(line, "//go:build") {
				return // not compiled everywhere
			}
			text := strings.TrimSpace(line)
			s[text] = append(s[text], place{lines, i})
		}
	})
	return s
}

// has reports whether lines follow each other in a file, all of them indented
// by as much more.
func (s source) has(lines []string) bool {
	for _, p := range s[strings.TrimSpace(lines[0])] {
		indent, ok := strings.CutSuffix(p.file[p.line], lines[0])
		if ok && matches(p.file[p.line:], lines, indent) {
			return true
		}
	}
	return false
}

func matches(file, lines []string, indent string) bool {
	if len(file) < len(lines) {
		return false
	}
	for i, line := range lines {
		if line != "" {
			line = indent + line
		}
		if file[i] != line {
			return false
		}
	}
	return true
}

// walk reads the files of the repository with that ending.
func walk(t *testing.T, ending string, f func(name string, lines []string)) {
	t.Helper()
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := d.Name()
		if d.IsDir() && path != ".." && (strings.HasPrefix(name, ".") || name == "testdata") {
			return fs.SkipDir
		}
		if d.IsDir() || filepath.Ext(name) != ending {
			return nil
		}
		data, err := os.ReadFile(path)
		f(strings.TrimPrefix(filepath.ToSlash(path), "../"), strings.Split(string(data), "\n"))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
