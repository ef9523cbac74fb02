package main

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	emulated "github.com/cspkit/cspkit/examples/internal/account"
	"github.com/cspkit/cspkit/examples/internal/cli"
	"github.com/cspkit/cspkit/partnercentertest"
)

func TestPlanIsOneLineACustomerAndOnlyReads(t *testing.T) {
	a := newAccount(t)
	r := a.run(t, tailspin, "-plan", "-json", bakery, strings.ToUpper(bakery))
	lines := r.lines(t)
	if r.status != cli.ExitDone || len(lines) != 2 {
		t.Fatalf("status = %d, %d lines; want 0 and 2 (the id that is named twice counts once):\n%s", r.status, len(lines), r.errout)
	}
	if lines[0].Type != "plan" || lines[0].Customer != tailspin || len(lines[0].Blockers) == 0 || lines[0].Calls == 0 {
		t.Errorf("first line = %+v, want the plan of %s with its blocker", lines[0], tailspin)
	}
	for _, s := range lines[1].Subscriptions {
		for _, field := range []string{"id", "name", "kind", "status", "action", "reason", "refund", "billing_until"} {
			if _, ok := s[field]; !ok {
				t.Errorf("subscription %s has no %s", s["id"], field)
			}
		}
	}
	if w := a.Writes(); len(w) != 0 {
		t.Errorf("a plan sent %s %s", w[0].Method, w[0].Path)
	}
}

// What a person agrees to holds all that will be sent, not the purchases alone.
func TestPlanSaysWhatTheFlagsAdd(t *testing.T) {
	for _, tt := range []struct {
		flags []string
		want  string
	}{
		{nil, "Then the relationship is removed."},
		{[]string{"-gdap"}, "Then its GDAP relationships are terminated, and the relationship is removed."},
		{[]string{"-sandbox"}, "Then the relationship is removed, and the customer is deleted."},
		{[]string{"-gdap", "-sandbox"}, "Then its GDAP relationships are terminated, the relationship is removed, and the customer is deleted."},
	} {
		r := newAccount(t).run(t, append(tt.flags, "-plan", alpine)...)
		if r.status != cli.ExitDone || !strings.Contains(r.out, "\n"+tt.want+"\n") {
			t.Errorf("offboard %q = %d with\n%s\nwant %q", tt.flags, r.status, r.out, tt.want)
		}
	}
	a := newAccount(t)
	if r := a.run(t, "-yes", "-poll", "10ms", alpine); r.status != cli.ExitDone {
		t.Fatalf("status = %d, want %d:\n%s", r.status, cli.ExitDone, r.errout)
	}
	if r, want := a.run(t, "-plan", "-gdap", alpine), "removed already. GDAP relationships that are left are terminated.\n"; !strings.Contains(r.out, want) {
		t.Errorf("the plan is\n%s\nwant %q", r.out, want)
	}
}

func TestPlanOfNothingHasEmptyLists(t *testing.T) {
	r := newAccount(t).run(t, "-plan", "-json", alpine)
	if !strings.Contains(r.out, `"subscriptions":[]`) || !strings.Contains(r.out, `"blockers":[]`) {
		t.Errorf("plan = %s, want empty arrays", r.out)
	}
}

func TestEveryWriteIsAnEventBetweenPlanAndReport(t *testing.T) {
	a := newAccount(t)
	r := a.run(t, bakery, "-yes", "-json", "-poll", "10ms")
	lines := r.lines(t)
	if r.status != cli.ExitDone || len(lines) < 3 {
		t.Fatalf("status = %d, %d lines; want 0 and a plan, events, a report:\n%s", r.status, len(lines), r.errout)
	}
	last := lines[len(lines)-1]
	if lines[0].Type != "plan" || last.Type != "report" || last.State != "done" || last.Phase != "done" {
		t.Errorf("first line %+v, last line %+v; want a plan and the report that it is done", lines[0], last)
	}
	var ids []string
	events := lines[1 : len(lines)-1]
	for i, e := range events {
		ids = append(ids, e.RequestID)
		if at, err := time.Parse(time.RFC3339, e.At); err != nil || at.Location() != time.UTC {
			t.Errorf("event at %q, want RFC 3339 in UTC", e.At)
		}
		if e.Type != "event" || e.Outcome != "succeeded" || (e.Action == "remove_relationship") != (i == len(events)-1) {
			t.Errorf("event %d = %+v, want a success, and the removal at the end", i, e)
		}
	}
	var sent []string
	for _, w := range a.Writes() {
		sent = append(sent, w.RequestID)
	}
	if !slices.Equal(ids, sent) {
		t.Errorf("request ids in events %q, want those of the requests %q", ids, sent)
	}
}

func TestStatusSaysHowFarItWent(t *testing.T) {
	tests := []struct {
		name      string
		customers []string
		status    int
		states    []string
	}{
		{"done", []string{alpine}, cli.ExitDone, []string{"done"}},
		{"waits for a date", []string{fabrikam}, cli.ExitUnfinished, []string{"waiting"}},
		{"blocked", []string{tailspin}, cli.ExitUnfinished, []string{"blocked"}},
		{"stranger", []string{stranger}, cli.ExitFailed, []string{"failed"}},
		{"several", []string{alpine, fabrikam, tailspin, stranger}, cli.ExitFailed, []string{"done", "waiting", "blocked", "failed"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := newAccount(t).run(t, append([]string{"-yes", "-json", "-poll", "10ms"}, tt.customers...)...)
			if r.status != tt.status {
				t.Errorf("status = %d, want %d:\n%s", r.status, tt.status, r.errout)
			}
			lines := r.lines(t)
			for i, id := range tt.customers {
				lines := slices.DeleteFunc(slices.Clone(lines), func(l line) bool { return l.Customer != id })
				last := lines[len(lines)-1]
				if last.Type != "report" || last.State != tt.states[i] {
					t.Errorf("last line of %s = %+v, want a report that it is %s", id, last, tt.states[i])
				}
				if last.State == "failed" && last.Error == "" || last.State == "waiting" && last.WaitUntil == "" || last.State == "blocked" && len(last.Blockers) == 0 {
					t.Errorf("report = %+v, want it to say what for", last)
				}
			}
		})
	}
}

func TestStrangerFailsAPlan(t *testing.T) {
	r := newAccount(t).run(t, "-plan", "-json", stranger, alpine)
	lines := r.lines(t)
	if r.status != cli.ExitFailed || len(lines) != 2 || lines[0].State != "failed" || lines[1].Type != "plan" {
		t.Errorf("run = %d with %s; want %d, the report of the stranger and the other plan", r.status, r.out, cli.ExitFailed)
	}
}

func TestCustomersFromAFile(t *testing.T) {
	list := filepath.Join(t.TempDir(), "customers.txt")
	content := "# leaving this month\r\n" + strings.ToUpper(alpine) + "\t# skis\r\n\r\n" + tailspin + "\n"
	if err := os.WriteFile(list, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	r := newAccount(t).run(t, "-plan", "-json", bakery, "-from", list)
	var ids []string
	for _, l := range r.lines(t) {
		ids = append(ids, l.Customer)
	}
	if want := []string{bakery, alpine, tailspin}; !slices.Equal(ids, want) {
		t.Errorf("planned %q, want %q", ids, want)
	}
}

func TestAPersonIsAskedOnce(t *testing.T) {
	for answer, agreed := range map[string]bool{"y\n": true, "Yes\n": true, "\n": false, "no\n": false} {
		a := newAccount(t)
		r := a.start(t.Context(), answer, "-poll", "10ms", alpine, bakery)
		if r.status != cli.ExitDone || strings.Count(r.errout, "[y/N]") != 1 || strings.Contains(r.errout, "Nothing was sent") == agreed {
			t.Errorf("answer %q: status = %d, asked %q", answer, r.status, r.errout)
		}
		if sent := len(a.Writes()) > 0; sent != agreed {
			t.Errorf("answer %q: writes sent = %t, want %t", answer, sent, agreed)
		}
	}
}

func TestInterruptedRunReportsEveryCustomer(t *testing.T) {
	a := newAccount(t)
	a.Delays = partnercentertest.Delays{Subscription: time.Hour} // what was cancelled does not show
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		for len(a.Writes()) == 0 && ctx.Err() == nil {
			time.Sleep(time.Millisecond)
		}
		cancel()
	}()
	r := a.start(ctx, "", "-yes", "-json", "-poll", "10ms", "-concurrency", "1", bakery, alpine)
	if r.status != cli.ExitInterrupted || !strings.Contains(r.errout, "same command") {
		t.Errorf("status = %d, error %q; want %d and how to go on", r.status, r.errout, cli.ExitInterrupted)
	}
	lines := r.lines(t)
	for i, id := range []string{bakery, alpine} {
		l := lines[len(lines)-2+i]
		if l.Type != "report" || l.Customer != id || l.State != "interrupted" {
			t.Errorf("line = %+v, want the report that %s was interrupted", l, id)
		}
	}
	if last := lines[len(lines)-1]; last.Phase != "planned" {
		t.Errorf("report of the customer whose turn never came = %+v, want phase planned", last)
	}
}

func TestInterruptedQuestionReportsEveryCustomer(t *testing.T) {
	a := newAccount(t)
	ctx, cancel := context.WithCancel(t.Context())
	in, answer := io.Pipe() // nobody answers
	defer answer.Close()
	var out, errout emulated.Buffer
	go func() {
		for !strings.Contains(errout.String(), "[y/N]") && ctx.Err() == nil {
			time.Sleep(time.Millisecond)
		}
		cancel()
	}()
	c := cli.Console{Name: "offboard", In: in, Out: &out, Err: &errout, Person: true}
	status := run(ctx, []string{"-json", bakery, alpine}, func(name string) string { return a.env[name] }, c)
	if n := strings.Count(out.String(), `"state":"interrupted","phase":"planned"`); status != cli.ExitInterrupted || n != 2 || len(a.Writes()) != 0 {
		t.Errorf("status = %d, %d reports, %d writes; want %d, 2, none", status, n, len(a.Writes()), cli.ExitInterrupted)
	}
}

func TestPlanThatChangedMeanwhileIsNotCarriedOut(t *testing.T) {
	a := newAccount(t)
	var out, errout emulated.Buffer
	c := cli.Console{Name: "offboard", In: answerAfter(func() {
		a.Edit(bakery, func(c *partnercentertest.Customer) { c.Subscriptions[0].Status = "deleted" })
	}), Out: &out, Err: &errout, Person: true}
	status := run(t.Context(), []string{bakery}, func(name string) string { return a.env[name] }, c)
	if status != cli.ExitFailed || !strings.Contains(errout.String(), "changed since it was shown") || len(a.Writes()) != 0 {
		t.Errorf("status = %d, error %q, %d writes; want %d and none", status, errout.String(), len(a.Writes()), cli.ExitFailed)
	}
}

// answerAfter agrees after it has called f.
type answerAfter func()

func (f answerAfter) Read(p []byte) (int, error) {
	f()
	return copy(p, "y\n"), nil
}

func TestWaitZeroDoesNotStay(t *testing.T) {
	a := newAccount(t)
	a.Delays = partnercentertest.Delays{Relationship: time.Hour}
	if r := a.run(t, "-yes", "-wait", "0", "-poll", "10ms", alpine); r.status != cli.ExitUnfinished {
		t.Errorf("status = %d, want %d at once:\n%s%s", r.status, cli.ExitUnfinished, r.out, r.errout)
	}
}

func TestPipeGetsPlainText(t *testing.T) {
	a := newAccount(t)
	a.env["CSPKIT_LOG"] = "debug" // which must not tell secrets either
	r := a.run(t, "-yes", "-poll", "10ms", bakery, tailspin)
	if strings.ContainsAny(r.out, "\x1b\r│") {
		t.Error("the output holds control or box characters")
	}
	for _, want := range []string{"Contoso Bakery: cancelled subscription Widget SaaS (request ", "1 done, 1 blocked."} {
		if !strings.Contains(r.out, want) {
			t.Errorf("the output lacks %q:\n%s", want, r.out)
		}
	}
}
