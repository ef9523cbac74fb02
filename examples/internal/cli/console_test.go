package cli

import (
	"errors"
	"strings"
	"testing"
)

// full is a disk with room for one line.
type full struct{ lines int }

func (f *full) Write(p []byte) (int, error) {
	if f.lines++; f.lines > 1 {
		return 0, errors.New("no space left on device")
	}
	return len(p), nil
}

func TestOutputThatGetsLostIsAFailure(t *testing.T) {
	tests := []struct {
		name         string
		lines        int
		status, want int
	}{
		{"all is written", 1, ExitDone, ExitDone},
		{"done, but nobody can read it", 2, ExitDone, ExitFailed},
		{"unfinished, and nobody can read it", 2, ExitUnfinished, ExitFailed},
		{"interrupted", 2, ExitInterrupted, ExitInterrupted},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var problems strings.Builder
			out := &output{w: new(full)}
			c := Console{Name: "offboard", Out: out, Err: &problems}
			lines := NewLines(c.Out)
			for range tt.lines {
				lines.Print("a line")
			}
			if got := c.conclude(tt.status, out); got != tt.want {
				t.Errorf("exit status = %d, want %d", got, tt.want)
			}
			if said := strings.Contains(problems.String(), "offboard: the output is not complete: no space left on device\n"); said != (tt.lines > 1) {
				t.Errorf("the problems are %q", &problems)
			}
		})
	}
}
