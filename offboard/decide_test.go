package offboard

import (
	"fmt"
	"testing"
	"time"

	"github.com/cspkit/cspkit/customers"
	"github.com/cspkit/cspkit/partnercenter"
	"github.com/cspkit/cspkit/subscriptions"
)

// allItems is every combination of kind, status and window.
func allItems() []item {
	var all []item
	for _, k := range kindOrder {
		for _, s := range statuses {
			for _, w := range windows {
				all = append(all, item{k, s, w})
			}
		}
	}
	return all
}

// companions stand beside every other subscription: one of each way to end,
// wait or be blocked.
var companions = []item{
	{subscriptions.NewCommerceLicense, subscriptions.Active, open},
	{subscriptions.NewCommerceLicense, subscriptions.Active, armed},
	{subscriptions.NewCommerceLicense, subscriptions.Suspended, closed},
	{subscriptions.NewCommerceLicense, subscriptions.Deleted, closed},
	{subscriptions.NewCommerceLicense, subscriptions.Pending, closed},
	{subscriptions.LegacyLicense, subscriptions.Suspended, closed},
	{subscriptions.AzurePlan, subscriptions.Active, closed},
	{subscriptions.UnknownKind, subscriptions.Active, closed},
}

// removals are the states that the record of a removal can be in.
func removals() map[string][]Write {
	id := string(contoso)
	w := func(state WriteState, sent time.Time, change func(*Write)) []Write {
		one := Write{Step: RemoveRelationship, Subject: id, RequestID: "7a5a0d2e-5d4f-4b8e-9b0c-3f1c2d4e5f60", State: state, Sent: sent}
		if change != nil {
			change(&one)
		}
		return []Write{one}
	}
	return map[string][]Write{
		"none":             nil,
		"intended":         w(Intended, now0.Add(-time.Minute), nil),
		"accepted":         w(Accepted, now0.Add(-time.Minute), nil),
		"accepted, late":   w(Accepted, now0.Add(-time.Hour), nil),
		"accepted, twice":  w(Accepted, now0.Add(-time.Hour), func(w *Write) { w.Repeated = true }),
		"refused":          w(Refused, now0.Add(-time.Minute), func(w *Write) { w.Class, w.Refusals, w.RetryAt = refusedPrecondition, 1, now0.Add(time.Hour) }),
		"refused long ago": w(Refused, now0.Add(-2*time.Hour), func(w *Write) { w.Class, w.Refusals, w.RetryAt = refusedPrecondition, 1, now0.Add(-time.Hour) }),
	}
}

// TestDecideNeverGoesOutOfOrder tries every combination of what a customer
// has, how the relationship stands, what was sent before, and the policy.
func TestDecideNeverGoesOutOfOrder(t *testing.T) {
	tried := 0
	for _, first := range allItems() {
		subs := []*subscriptions.Subscription{first.subscription(t, "11111111-0000-0000-0000-000000000000"), nil}
		for _, second := range companions {
			subs[1] = second.subscription(t, "22222222-0000-0000-0000-000000000000")
			for name, writes := range removals() {
				for _, p := range policies() {
					for _, gdap := range []customers.GDAPStatus{customers.GDAPActive, customers.GDAPTerminated} {
						if !p.GDAP && gdap == customers.GDAPTerminated {
							continue // GDAP is not looked at
						}
						o := &observation{At: now0, Standing: Stands, Whole: true, Subscriptions: subs, Azure: map[subscriptions.ID][]subscriptions.AzureEntitlement{}}
						for _, s := range subs {
							o.Azure[s.ID] = []subscriptions.AzureEntitlement{{ID: "azure-" + string(s.ID), Status: subscriptions.Active}}
						}
						if p.GDAP {
							o.GDAP = []*customers.GDAPRelationship{{ID: "gdap", Status: gdap}}
						}
						run := &Run{Customer: contoso, Phase: Cancelling, Policy: p, Known: true, Writes: writes}
						tried++
						action := decide(run, o, p, now0)
						if problem := outOfOrder(action, o, p, writes); problem != "" {
							t.Fatalf("%v beside %v, removal %s, policy %+v: decide = %T%+v: %s", first, second, name, p, action, action, problem)
						}
					}
				}
			}
		}
	}
	t.Logf("%d combinations", tried)
}

// outOfOrder says what is wrong with an action while the relationship stands.
func outOfOrder(action action, o *observation, p Policy, writes []Write) string {
	running, billed := false, false
	for _, s := range o.Subscriptions {
		running = running || !s.Status.Ended() && !s.Status.Is(subscriptions.Suspended)
		kind := subscriptions.KindOf(s)
		billed = billed || s.Status.Is(subscriptions.Suspended) && (kind == subscriptions.NewCommerceLicense || kind == subscriptions.NewCommerceTrial) && s.TermOver().After(o.At)
	}
	gdap := false
	for _, g := range o.GDAP {
		gdap = gdap || g.Status == customers.GDAPActive
	}
	switch a := action.(type) {
	case actSend:
		if len(a.Writes) == 0 {
			return "sends nothing"
		}
		for _, w := range a.Writes {
			switch w.Step {
			case DeleteCustomer, DeleteRecord:
				return "deletes while the relationship stands"
			case RemoveRelationship:
				if running {
					return "removes while something is active or pending"
				}
				if gdap {
					return "removes before GDAP is ended"
				}
				if len(writes) > 0 && writes[0].State == Accepted && o.At.Before(writes[0].Sent.Add(p.settle())) {
					return "removes again although it was accepted just now"
				}
				if len(writes) > 0 && writes[0].State == Intended && w.RequestID != writes[0].RequestID {
					return "removes again under another request id although the outcome is unknown"
				}
				if len(a.Writes) != 1 {
					return "removes together with something else"
				}
			case TerminateGDAP:
				if running || billed {
					return "ends GDAP while there is more left than the removal"
				}
			}
		}
	case actWait:
		if a.Reason == "" || a.Until.IsZero() || a.At.IsZero() {
			return "waits without a reason or a date"
		}
	case actStop:
		if len(a.Blockers) == 0 || a.At.IsZero() {
			return "is blocked without saying by what, or is never due again"
		}
	case actFinish:
		return "finishes while the relationship stands"
	default:
		return "is not an answer"
	}
	return ""
}

// TestDecideAfterTheRemoval tries every state of what follows it.
func TestDecideAfterTheRemoval(t *testing.T) {
	for _, standing := range []Standing{Gone, Stranger, Other} {
		for _, p := range policies() {
			for _, record := range []bool{true, false} {
				for _, notify := range []bool{true, false} {
					for _, gdap := range []customers.GDAPStatus{"", customers.GDAPActive, customers.GDAPTerminating, "odd"} {
						o := &observation{At: now0, Standing: standing, Relationship: "advisor", Record: record, Notifier: notify, Absent: true, answer: partnercenter.ErrNotFound}
						if gdap != "" && p.GDAP {
							o.GDAP = []*customers.GDAPRelationship{{ID: "gdap", Status: gdap}}
						}
						run := &Run{Customer: contoso, Phase: Removing, Policy: p, Stood: true}
						action := decide(run, o, p, now0)
						name := fmt.Sprintf("%s record=%t notify=%t gdap=%s %+v: decide = %T%+v", standing, record, notify, gdap, p, action, action)
						send, sends := action.(actSend)
						switch {
						case standing == Stranger:
							if _, ok := action.(actReject); !ok {
								t.Errorf("%s, want a refusal", name)
							}
						case standing == Other:
							if _, ok := action.(actStop); !ok {
								t.Errorf("%s, want it blocked", name)
							}
						case len(o.GDAP) > 0 && gdap == "odd":
							if _, ok := action.(actStop); !ok {
								t.Errorf("%s, want it blocked by the unknown status", name)
							}
						case len(o.GDAP) > 0:
							if gdap == customers.GDAPActive && (!sends || send.Writes[0].Step != TerminateGDAP) {
								t.Errorf("%s, want GDAP terminated first", name)
							}
						case notify:
							if _, ok := action.(actNotify); !ok {
								t.Errorf("%s, want the notice", name)
							}
						case p.Sandbox:
							if !sends || send.Writes[0].Step != DeleteCustomer {
								t.Errorf("%s, want the customer deleted", name)
							}
						case record:
							if !sends || send.Writes[0].Step != DeleteRecord {
								t.Errorf("%s, want the record deleted", name)
							}
						default:
							if f, ok := action.(actFinish); !ok || f.Phase != PhaseDone {
								t.Errorf("%s, want it done", name)
							}
						}
					}
				}
			}
		}
	}
}

func TestEverythingUnblockedIsEndedBeforeARunIsBlocked(t *testing.T) {
	o := &observation{At: now0, Standing: Stands, Whole: true, Subscriptions: []*subscriptions.Subscription{
		item{subscriptions.SavingsPlan, subscriptions.Active, closed}.subscription(t, "s"),
		item{subscriptions.NewCommerceLicense, subscriptions.Active, closed}.subscription(t, "t"),
		item{subscriptions.LegacyLicense, subscriptions.Active, closed}.subscription(t, "l"),
	}}
	run := &Run{Customer: contoso, Phase: Planned}
	send, ok := decide(run, o, Policy{}, now0).(actSend)
	if !ok || len(send.Writes) != 2 || send.Writes[0].Step != EndAtTerm || send.Writes[1].Step != SuspendSubscription {
		t.Fatalf("decide = %+v, want the term's end arranged and the legacy subscription suspended", send)
	}
	o.Subscriptions[1] = item{subscriptions.NewCommerceLicense, subscriptions.Active, armed}.subscription(t, "t")
	o.Subscriptions[2] = item{subscriptions.LegacyLicense, subscriptions.Suspended, closed}.subscription(t, "l")
	stop, ok := decide(run, o, Policy{}, now0).(actStop)
	if want := o.Subscriptions[1].TermOver(); !ok || !stop.Until.Equal(want) {
		t.Fatalf("decide = %+v, want blocked with the date of the term, %s", stop, want)
	}
}

func TestARefusedWriteIsNotRepeatedWhileNothingChanges(t *testing.T) {
	sub := item{subscriptions.NewCommerceLicense, subscriptions.Active, open}.subscription(t, "a")
	o := &observation{At: now0, Standing: Stands, Whole: true, Subscriptions: []*subscriptions.Subscription{sub}}
	refused := func(class RefusalClass, age, pause time.Duration) *Run {
		return &Run{Customer: contoso, Writes: []Write{{
			Step: CancelSubscription, Subject: "a", Change: &subscriptions.Change{Status: subscriptions.Deleted}, State: Refused,
			Class: class, Refusals: 1, Sent: now0.Add(-age), RetryAt: now0.Add(-age + pause), Basis: o.basis(CancelSubscription, "a"), Reason: "900278", Term: sub.TermOver(),
		}}}
	}
	sends := func(run *Run, o *observation) bool { _, ok := decide(run, o, Policy{}, now0).(actSend); return ok }

	if run := refused(refusedPending, time.Minute, time.Hour); sends(run, o) {
		t.Error("a pending operation is asked for again within its pause")
	}
	if run := refused(refusedPending, 2*time.Hour, time.Hour); !sends(run, o) {
		t.Error("a pending operation is not asked for again after its pause")
	}
	run := refused(refusedPending, time.Minute, time.Hour)
	run.Started = now0
	if !sends(run, o) {
		t.Error("a new start does not try again")
	}
	changed := *o
	renewed := item{subscriptions.NewCommerceLicense, subscriptions.Active, open}.resource("a", now0)
	renewed["autoRenewEnabled"] = false
	changed.Subscriptions = []*subscriptions.Subscription{parse(t, renewed)}
	other := *o
	other.Subscriptions = append(o.Subscriptions[:1:1], item{subscriptions.LegacyLicense, subscriptions.Deleted, closed}.subscription(t, "2"))
	if run := refused(refusedPending, time.Minute, time.Hour); sends(run, &other) {
		t.Error("a change of something else tries again")
	}
	if run := refused(refusedPending, time.Minute, time.Hour); !sends(run, &changed) {
		t.Error("a change does not try again")
	}
	if run := refused(refusedBusy, time.Millisecond, time.Second); sends(run, &changed) {
		t.Error("a busy resource is not left alone for its pause")
	}
	if w, ok := decide(refused(refusedBusy, 0, time.Second), o, Policy{}, now0).(actWait); !ok || !w.Soon || !w.At.Equal(now0.Add(time.Second)) {
		t.Errorf("decide after busy = %+v, want a look in a second", w)
	}
	if run := refused(refusedWindow, time.Minute, time.Hour); !sends(run, o) {
		t.Error("a closed window does not fall back to the end of the term")
	} else if s := decide(run, o, Policy{}, now0).(actSend); s.Writes[0].Step != EndAtTerm {
		t.Errorf("decide after a closed window = %+v, want the end of the term", s)
	}
}

func TestAWaitingRunIsDueWeeklyADayBeforeAndRightAfter(t *testing.T) {
	d := &decision{now: now0}
	tests := []struct{ until, want time.Duration }{
		{30 * 24 * time.Hour, 7 * 24 * time.Hour},
		{5 * 24 * time.Hour, 4 * 24 * time.Hour},
		{12 * time.Hour, 12*time.Hour + time.Second},
	}
	for _, tt := range tests {
		if got := d.due(now0.Add(tt.until)).Sub(now0); got != tt.want {
			t.Errorf("due before a date in %s = in %s, want in %s", tt.until, got, tt.want)
		}
	}
}

func TestPausesGrow(t *testing.T) {
	tests := []struct {
		class       RefusalClass
		first, most time.Duration
	}{
		{refusedBusy, time.Second, time.Minute},
		{refusedPending, 2 * time.Minute, 24 * time.Hour},
		{refusedPrecondition, time.Hour, 24 * time.Hour},
	}
	for _, tt := range tests {
		if got := tt.class.pause(1); got != tt.first {
			t.Errorf("%s: first pause = %s, want %s", tt.class, got, tt.first)
		}
		for n := 1; n < 100; n++ {
			if tt.class.pause(n+1) < tt.class.pause(n) || tt.class.pause(n) > tt.most {
				t.Errorf("%s: pause %d = %s, then %s; want growth up to %s", tt.class, n, tt.class.pause(n), tt.class.pause(n+1), tt.most)
			}
		}
	}
}

func TestClassOf(t *testing.T) {
	tests := []struct {
		step Step
		err  error
		want RefusalClass
	}{
		{CancelSubscription, &partnercenter.Error{Code: "900278"}, refusedPending},
		{CancelSubscription, partnercenter.ErrBusy, refusedBusy},
		{CancelSubscription, partnercenter.ErrStaleETag, refusedStale},
		{CancelSubscription, partnercenter.ErrWindowClosed, refusedWindow},
		{CancelOrder, partnercenter.ErrNotCancellable, refusedNotCancellable},
		{EndAtTerm, partnercenter.ErrTerminalState, refusedState},
		{RemoveRelationship, fmt.Errorf("%w: %w", partnercenter.ErrPrecondition, partnercenter.ErrForbidden), refusedPrecondition},
		{DeleteCustomer, partnercenter.ErrForbidden, refusedUnsupported},
		{DeleteCustomer, partnercenter.ErrNotSupported, refusedUnsupported},
		{CancelSubscription, partnercenter.ErrForbidden, refusedAccess},
		{CancelSubscription, partnercenter.ErrMFARequired, refusedAccess},
		{CancelSubscription, partnercenter.ErrValidation, refusedOther},
	}
	for _, tt := range tests {
		if got := classOf(tt.step, tt.err); got != tt.want {
			t.Errorf("classOf(%s, %v) = %s, want %s", tt.step, tt.err, got, tt.want)
		}
	}
}
