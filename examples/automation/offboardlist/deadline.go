package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/cspkit/cspkit/examples/internal/cli"
	"github.com/cspkit/cspkit/offboard"
	"github.com/cspkit/cspkit/subscriptions"
)

// deadline is the time that -by names, in the time zone of now. A day ends with
// its last second; the name of a day means the coming one, which is today if
// today has that name.
func deadline(s string, now time.Time) (time.Time, error) {
	by, err := moment(s, now)
	if err == nil && !by.After(now) {
		err = fmt.Errorf("-by is %s: that has passed, it was %s", s, cli.Moment(by))
	}
	return by, err
}

func moment(s string, now time.Time) (time.Time, error) {
	for ahead := range 7 {
		if strings.EqualFold(s, ((now.Weekday() + time.Weekday(ahead)) % 7).String()) {
			return cli.EndOfDay(now, ahead), nil
		}
	}
	if day, err := time.Parse(time.DateOnly, s); err == nil {
		// Its noon: where clocks change at midnight, that may lie in the day before.
		return cli.EndOfDay(time.Date(day.Year(), day.Month(), day.Day(), 12, 0, 0, 0, now.Location()), 0), nil
	}
	by, err := time.Parse(time.RFC3339, s)
	if err != nil {
		return by, fmt.Errorf("-by is %.40q: set a weekday such as friday, a date such as 2027-01-31, or a time such as 2027-01-31T18:00:00+01:00", s)
	}
	return by.In(now.Location()), nil
}

// outlook is whether a customer can be done by the deadline.
type outlook string

const (
	inTime    outlook = "in_time"
	tooLate   outlook = "too_late"  // a term ends later
	blocked   outlook = "blocked"   // a person has to lift something
	uncertain outlook = "uncertain" // Microsoft may refuse the removal
)

// judge says what the plan of a customer lets expect, and until when its terms
// hold it up.
func judge(p *offboard.Plan, by time.Time) (outlook, time.Time) {
	var terms, suspended time.Time // the last of them
	maybe := false
	for _, i := range p.Items {
		switch {
		case i.Action == subscriptions.CancelAtTermEnd:
			terms = latest(terms, i.Until)
		case i.WindowClosed && i.Purchase.Subscription != nil && (i.Action == subscriptions.Suspend || i.Action == subscriptions.Nothing):
			suspended, maybe = latest(suspended, i.Until), true
		}
	}
	switch {
	case len(p.Blockers) > 0:
		return blocked, terms
	case !terms.IsZero() && !terms.Before(by):
		return tooLate, terms
	case maybe:
		return uncertain, suspended
	}
	return inTime, terms
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
