package cli

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"sync"
	"syscall"

	"golang.org/x/term"
)

// The exit statuses.
const (
	ExitDone        = 0   // all that was asked is done
	ExitUsage       = 2   // not called properly; nothing was sent
	ExitUnfinished  = 3   // something waits, is blocked, or wants to be seen to
	ExitFailed      = 4   // something failed
	ExitInterrupted = 130 // what was done is recorded
)

// Console is where a program reads and writes.
type Console struct {
	Name     string // of the program, in front of its problems
	In       io.Reader
	Out, Err io.Writer
	Person   bool // sits at In
	Live     bool // Out is a terminal
	LiveErr  bool // Err is a terminal
	Width    int  // of Out, in columns, if it is a terminal
}

// Main runs a program on the console of this process and ends with its exit
// status. An interrupt ends the context; a second one ends the process at once.
func Main(name string, run func(ctx context.Context, args []string, getenv func(string) string, c Console) int) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop)
	c := Console{Name: name, In: os.Stdin, Out: os.Stdout, Err: os.Stderr}
	c.Person, c.LiveErr = term.IsTerminal(int(os.Stdin.Fd())), term.IsTerminal(int(os.Stderr.Fd()))
	if width, _, err := term.GetSize(int(os.Stdout.Fd())); err == nil {
		c.Live, c.Width = true, width
	}
	out := &output{w: os.Stdout}
	c.Out = out
	os.Exit(c.conclude(run(ctx, os.Args[1:], os.Getenv, c), out))
}

// output remembers why something could not be written, such as a full disk: a
// report that is not there was not made.
type output struct {
	w   io.Writer
	mu  sync.Mutex
	err error
}

func (o *output) Write(p []byte) (int, error) {
	n, err := o.w.Write(p)
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.err == nil {
		o.err = err
	}
	return n, err
}

// conclude returns the exit status of a program whose run ended with status.
func (c Console) conclude(status int, out *output) int {
	out.mu.Lock()
	defer out.mu.Unlock()
	if out.err == nil {
		return status
	}
	c.Problem("the output is not complete: %v", out.err)
	return max(status, ExitFailed)
}

// Problem writes one line about what went wrong. Where a package of the library
// and the program have the same name, it is said once.
func (c Console) Problem(format string, args ...any) {
	name := c.Name + ": "
	fmt.Fprintln(c.Err, name+strings.TrimPrefix(fmt.Sprintf(format, args...), name))
}

// Usage reports what the caller has to put right, one problem a line, and
// returns the exit status for that. Help that was asked for has been given: it
// is no problem.
func (c Console) Usage(err error) int {
	if errors.Is(err, flag.ErrHelp) {
		return ExitDone
	}
	for line := range strings.SplitSeq(err.Error(), "\n") {
		c.Problem("%s", line)
	}
	return ExitUsage
}

// Fail reports an error of one operation, and returns the exit status for that.
func (c Console) Fail(err error) int {
	c.Problem("%s", OneLine(err))
	return ExitFailed
}

// Ask asks the person a question that is answered with yes or no. The question
// goes to standard error, so that it is seen when the output goes elsewhere. An
// interrupt is an error.
func (c Console) Ask(ctx context.Context, question string) (bool, error) {
	fmt.Fprint(c.Err, question)
	answer := make(chan string, 1)
	go func() {
		line, _ := bufio.NewReader(c.In).ReadString('\n') // the end of input is a no
		answer <- line
	}()
	select {
	case line := <-answer:
		line = strings.ToLower(strings.TrimSpace(line))
		return line == "y" || line == "yes", nil
	case <-ctx.Done():
		fmt.Fprintln(c.Err)
		return false, ctx.Err()
	}
}
