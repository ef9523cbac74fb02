package main

import (
	"sync"
	"time"

	"github.com/jedib0t/go-pretty/v6/progress"
	"github.com/jedib0t/go-pretty/v6/text"

	"github.com/cspkit/cspkit/customers"
	"github.com/cspkit/cspkit/examples/internal/cli"
	"github.com/cspkit/cspkit/examples/internal/offboarding"
	"github.com/cspkit/cspkit/offboard"
	"github.com/cspkit/cspkit/subscriptions"
)

// liveView is a textView for a terminal: while customers are in work, each has
// a line that moves. What was done line by line is in the report at the end.
type liveView struct {
	*textView
	width  int
	stderr *aside // nil unless it is the same terminal

	mu       sync.Mutex
	display  progress.Writer // nil unless customers are in work
	stopped  chan struct{}   // closed when the display has drawn the last time
	all      *progress.Tracker
	trackers map[customers.TenantID]*progress.Tracker
	totals   map[customers.TenantID]int64 // writes that a plan takes, about
}

// tick is how often the display is drawn.
const tick = 100 * time.Millisecond

func (v *liveView) start(n int) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.trackers = map[customers.TenantID]*progress.Tracker{}
	d := progress.NewWriter()
	d.SetOutputWriter(v.out)
	d.SetUpdateFrequency(tick)
	d.SetTerminalWidth(v.width)
	d.SetTrackerPosition(progress.PositionRight)
	d.SetTrackerLength(20)
	d.SetMessageLength(max(30, v.width-40))
	d.SetSortBy(progress.SortByIndex)
	d.SetStyle(progress.StyleBlocks)
	d.Style().Options.Separator = " "
	d.Style().Options.DoneString = ""
	d.Style().Options.TimeInProgressPrecision, d.Style().Options.TimeDonePrecision = time.Second, time.Second
	d.Style().Visibility = progress.StyleVisibility{Time: true, Tracker: true}
	if v.tables.Color {
		d.Style().Colors = progress.StyleColors{
			Stats: text.Colors{text.Faint}, Tracker: text.Colors{text.FgCyan},
		}
	}
	// The display is drawn only while something is in work, so this line stays
	// until the end.
	v.all = &progress.Tracker{Message: "  " + cli.Counted(n, "customer"), Total: int64(n), Index: 1 << 32, AutoStopDisabled: true}
	d.AppendTracker(v.all)
	v.display, v.stopped = d, make(chan struct{})
	if v.stderr != nil {
		v.stderr.show(func(line string) { d.Log("%s", line) })
	}
	go func() {
		d.Render()
		close(v.stopped)
	}()
}

// begin gives a customer its line.
func (v *liveView) begin(id customers.TenantID) {
	v.mu.Lock()
	defer v.mu.Unlock()
	t := &progress.Tracker{
		Message: "  " + v.names.company(id) + ": looking",
		Total:   v.totals[id], Index: uint64(len(v.trackers)), AutoStopDisabled: true,
	}
	v.trackers[id] = t
	v.display.AppendTracker(t)
}

func (v *liveView) plan(p *offboard.Plan) {
	v.names.learn(p)
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.display == nil {
		if v.totals == nil {
			v.totals = map[customers.TenantID]int64{}
		}
		v.totals[p.Customer] = writes(p)
		v.print(v.planText(p))
		return
	}
	v.display.Log("%s", v.planText(p))
	v.trackers[p.Customer].UpdateMessage("  " + v.names.company(p.Customer) + ": begins")
	v.trackers[p.Customer].UpdateTotal(writes(p))
}

// writes estimates how many writes a plan takes: the bar needs no more.
func writes(p *offboard.Plan) int64 {
	n := int64(2) // the relationship and the record
	for _, i := range p.Items {
		switch i.Action {
		case subscriptions.Nothing, subscriptions.Blocked:
		case subscriptions.CancelAzure:
			n += 2 // the Azure subscription and its plan
		default:
			n++
		}
	}
	return n
}

func (v *liveView) event(e offboard.Event) {
	v.mu.Lock()
	defer v.mu.Unlock()
	t := v.trackers[e.Customer]
	t.UpdateMessage("  " + v.names.company(e.Customer) + ": " + happened(e, v.names.subject(e.Customer, e.Subject)))
	if e.Outcome == offboard.Succeeded {
		t.Increment(1)
	}
}

func (v *liveView) report(r *offboard.Report) {
	v.mu.Lock()
	defer v.mu.Unlock()
	t := v.trackers[r.Customer]
	if t == nil { // its turn never came
		v.textView.report(r)
		return
	}
	mark := marks[r.State]
	t.UpdateMessage(v.tables.Paint(mark.sign+" "+v.names.company(r.Customer)+": "+offboarding.Standing(r), mark.color))
	t.MarkAsDone()
	v.all.Increment(1)
}

// marks tell at a glance how a customer stands.
var marks = map[offboard.State]struct {
	sign  string
	color text.Color
}{
	offboard.Done:        {"✔", text.FgGreen},
	offboard.Waiting:     {"…", text.FgYellow},
	offboard.Blocked:     {"■", text.FgYellow},
	offboard.Failed:      {"✘", text.FgRed},
	offboard.Interrupted: {"✘", text.FgRed},
}

func (v *liveView) finish(reports []*offboard.Report) {
	v.mu.Lock()
	if v.stderr != nil {
		v.stderr.show(nil)
	}
	v.all.MarkAsDone()
	v.display.Stop()
	<-v.stopped
	v.display = nil
	v.mu.Unlock()
	v.textView.finish(reports)
}
