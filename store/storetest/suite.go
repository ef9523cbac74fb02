package storetest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"strings"
	"testing"
	"time"

	"github.com/cspkit/cspkit/auth"
	"github.com/cspkit/cspkit/customers"
	"github.com/cspkit/cspkit/mca"
	"github.com/cspkit/cspkit/offboard"
)

// suite is the promises of one interface. A promise is checked with two
// handles of one store; where the store has only one, both are the same.
type suite[S any] []struct {
	promise string
	check   func(t *testing.T, one, other S)
	says    string // the promise in full, and how stores come to keep it
}

func (s suite[S]) run(t *testing.T, open func(t *testing.T) (one, other S)) {
	t.Helper()
	for _, p := range s {
		t.Run(p.promise, func(t *testing.T) {
			explain(t, p.says)
			one, other := open(t)
			p.check(t, one, other)
		})
	}
}

// explain adds to a failure what was promised.
func explain(t *testing.T, promise string) {
	t.Cleanup(func() {
		if t.Failed() {
			t.Log("What a store promises:", promise)
		}
	})
}

// alone makes both handles of a store that has one.
func alone[S any](open func(t *testing.T) S) func(t *testing.T) (one, other S) {
	return func(t *testing.T) (one, other S) {
		s := open(t)
		return s, s
	}
}

// rivals is how many goroutines compete in a check; half of them use each handle.
const rivals = 16

// handle returns the handle of the i-th goroutine.
func handle[S any](i int, one, other S) S {
	if i%2 == 0 {
		return one
	}
	return other
}

const (
	contoso  customers.TenantID = "b44bb1fb-c595-45b0-9e09-d657365580bf"
	fabrikam customers.TenantID = "45f5e5cd-6d2f-4a3a-b44c-9c2b8f1f5d3e"
)

// customer returns one of many customers.
func customer(i int) customers.TenantID {
	return customers.TenantID(fmt.Sprintf("%08x-0000-4000-8000-%012x", i, i))
}

// day is a moment on the i-th day, down to the nanosecond: a store that
// rounds times changes a record, and breaks the chain of an audit trail.
func day(i int) time.Time {
	return time.Date(2026, 11, 1, 8, 30, 15, 123456789, time.UTC).AddDate(0, 0, i)
}

// text is what may come from any service: other scripts, a letter outside the
// basic plane, a combining mark, quotes, markup, and the character NUL.
const text = "Zoë's <b>Łódź</b> 株式会社 𝔘 e\u0301 \"quoted\" \\ \u2028 \x00 & שלום"

// large is as much as a store has to take in one piece.
var large = strings.Repeat("0123456789abcdef", 1<<16)

// hurry returns a context for a call that must not wait for anybody.
func hurry(t *testing.T) (context.Context, context.CancelFunc) {
	return context.WithTimeout(t.Context(), 30*time.Second)
}

// cancelled returns a context whose caller has given up.
func cancelled(t *testing.T) context.Context {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	return ctx
}

// want checks that an error is the one that a promise names.
func want(t *testing.T, call string, err, target error) {
	t.Helper()
	if !errors.Is(err, target) {
		t.Errorf("%s: error = %v, want one for which errors.Is(err, %s)", call, err, sentinels[target])
	}
}

// sentinels are the errors that the promises name.
var sentinels = map[error]string{
	offboard.ErrNoRun: "offboard.ErrNoRun", offboard.ErrBehind: "offboard.ErrBehind",
	offboard.ErrLeased: "offboard.ErrLeased", offboard.ErrLeaseLost: "offboard.ErrLeaseLost",
	mca.ErrNoRecord: "mca.ErrNoRecord", mca.ErrBehind: "mca.ErrBehind",
	auth.ErrNoToken: "auth.ErrNoToken", context.Canceled: "context.Canceled",
}

// must stops a check that cannot go on.
func must(t *testing.T, call string, err error) {
	t.Helper()
	if err != nil {
		t.Fatalf("%s: %v", call, err)
	}
}

// list returns what a sequence yields, and fails on an error in it.
func list[T any](t *testing.T, call string, seq iter.Seq2[T, error]) []T {
	t.Helper()
	var all []T
	for item, err := range seq {
		must(t, call, err)
		all = append(all, item)
	}
	return all
}

// failure returns the error that a sequence yields, which is its last item.
func failure[T any](t *testing.T, call string, seq iter.Seq2[T, error]) (failure error) {
	t.Helper()
	for _, err := range seq {
		if failure != nil {
			t.Errorf("%s goes on after an error", call)
		}
		if err != nil {
			failure = err
		}
	}
	return failure
}

// encoded is a value as text: of two values with the same text, a store that
// returns one for the other has lost nothing.
func encoded(t *testing.T, value any) string {
	t.Helper()
	b, err := json.Marshal(value)
	must(t, "encoding", err)
	return string(b)
}

// same compares two texts and shows where they part.
func same(t *testing.T, what, got, want string) {
	t.Helper()
	if got == want {
		return
	}
	at := 0
	for at < min(len(got), len(want)) && got[at] == want[at] {
		at++
	}
	around := func(s string) string { return s[max(0, min(at, len(s))-40):min(len(s), at+40)] }
	t.Errorf("%s is not what was saved: got %q, want %q", what, around(got), around(want))
}
