package cli

import (
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
)

// Tables draws tables and text as the output can show them.
type Tables struct {
	Width int // of the output, in columns
	Live  bool
	Color bool
	style table.Style
}

// Tables returns what draws for the output of the console: plain text for a
// file or another program.
func (c Console) Tables(getenv func(string) string) Tables {
	if !c.Live {
		style := table.StyleDefault
		style.Options = table.OptionsNoBordersAndSeparators
		style.Format.Header, style.Format.Footer = text.FormatDefault, text.FormatDefault
		style.Box.PaddingLeft, style.Box.PaddingRight = "", "  "
		return Tables{style: style, Width: 160}
	}
	style := table.StyleRounded
	style.Format.Header, style.Format.Footer = text.FormatDefault, text.FormatDefault
	return Tables{style: style, Width: max(c.Width, 80), Live: true, Color: getenv("NO_COLOR") == "" && getenv("TERM") != "dumb"}
}

// Writer returns an empty table.
func (t Tables) Writer() table.Writer {
	w := table.NewWriter()
	w.SetStyle(t.style)
	return w
}

// Draw draws a table. Texts in its columns wrap at the widths; zero does not
// limit one.
func (t Tables) Draw(header table.Row, rows []table.Row, widths ...int) string {
	w := t.Writer()
	w.Style().Options.SeparateRows = t.Live
	w.AppendHeader(header)
	w.AppendRows(rows)
	var configs []table.ColumnConfig
	for i, width := range widths {
		configs = append(configs, table.ColumnConfig{Number: i + 1, WidthMax: width, WidthMaxEnforcer: wrapLines})
	}
	w.SetColumnConfigs(configs)
	return Trimmed(w.Render())
}

// wrapLines wraps each line for itself; text.WrapSoft would join them.
func wrapLines(s string, width int) string {
	lines := strings.Split(s, "\n")
	for i := range lines {
		lines[i] = text.WrapSoft(lines[i], width)
	}
	return strings.Join(lines, "\n")
}

// Text wraps a sentence at the edge of a terminal.
func (t Tables) Text(s string) string {
	if !t.Live {
		return s
	}
	return text.WrapSoft(s, t.Width)
}

// Paint colours what a terminal shows.
func (t Tables) Paint(s string, c text.Color) string {
	if !t.Color {
		return s
	}
	return text.Colors{c}.Sprint(s)
}

// Trimmed is a table without white space at the ends of its lines.
func Trimmed(s string) string {
	lines := strings.Split(s, "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	return strings.Join(lines, "\n")
}
