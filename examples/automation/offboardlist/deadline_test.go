package main

import (
	"strings"
	"testing"
	"time"
	_ "time/tzdata" // the same zones on every machine

	"github.com/cspkit/cspkit/customers"
	"github.com/cspkit/cspkit/offboard"
	"github.com/cspkit/cspkit/partnercenter"
	"github.com/cspkit/cspkit/subscriptions"
)

func in(t *testing.T, zone string) *time.Location {
	t.Helper()
	loc, err := time.LoadLocation(zone)
	if err != nil {
		t.Fatal(err)
	}
	return loc
}

func TestTheNameOfADayIsTheComingOneOrToday(t *testing.T) {
	loc := in(t, "Europe/Amsterdam")
	for today := range 7 { // 23 November 2026 is a Monday
		now := time.Date(2026, 11, 23+today, 17, 30, 0, 0, loc)
		for name := time.Sunday; name <= time.Saturday; name++ {
			for _, spelled := range []string{name.String(), strings.ToLower(name.String()), strings.ToUpper(name.String())} {
				got, err := deadline(spelled, now)
				ahead := (int(name) - int(now.Weekday()) + 7) % 7
				want := time.Date(2026, 11, 23+today+ahead, 23, 59, 59, 0, loc)
				if err != nil || !got.Equal(want) || got.Weekday() != name {
					t.Errorf("%s on a %s is %v, %v; want %v", spelled, now.Weekday(), got, err, want)
				}
			}
		}
	}
}

func TestADeadlineIsInTheTimeZoneOfTheOperator(t *testing.T) {
	tests := []struct {
		name, by, zone string
		now, want      string // RFC 3339
	}{
		{"date", "2027-01-31", "Europe/Amsterdam", "2026-11-26T12:00:00Z", "2027-01-31T22:59:59Z"},
		{"today", "2026-11-26", "Europe/Amsterdam", "2026-11-26T12:00:00Z", "2026-11-26T22:59:59Z"},
		{"time", "2026-11-27T18:00:00+01:00", "America/New_York", "2026-11-26T12:00:00Z", "2026-11-27T17:00:00Z"},
		{"here it is tomorrow", "friday", "Pacific/Auckland", "2026-11-26T12:00:00Z", "2026-11-27T10:59:59Z"},
		{"here it is yesterday", "friday", "Pacific/Honolulu", "2026-11-28T09:00:00Z", "2026-11-28T09:59:59Z"},
		{"a week with a short day", "sunday", "Europe/Amsterdam", "2026-03-27T12:00:00Z", "2026-03-29T21:59:59Z"},
		{"a week with a long day", "sunday", "Europe/Amsterdam", "2026-10-23T12:00:00Z", "2026-10-25T22:59:59Z"},
		{"last second of today", "friday", "UTC", "2026-11-27T23:59:58Z", "2026-11-27T23:59:59Z"},
		// Clocks that change at midnight.
		{"no midnight", "thursday", "Africa/Cairo", "2026-04-22T12:00:00Z", "2026-04-23T21:59:59Z"},
		{"the day without midnight", "friday", "Africa/Cairo", "2026-04-22T12:00:00Z", "2026-04-24T20:59:59Z"},
		{"the date without midnight", "2026-09-06", "America/Santiago", "2026-09-01T12:00:00Z", "2026-09-07T02:59:59Z"},
		{"the last hour twice", "thursday", "Africa/Cairo", "2026-10-28T12:00:00Z", "2026-10-29T21:59:59Z"},
		{"midnight twice", "saturday", "America/Havana", "2026-10-30T12:00:00Z", "2026-11-01T03:59:59Z"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			now, err := time.Parse(time.RFC3339, tt.now)
			if err != nil {
				t.Fatal(err)
			}
			got, err := deadline(tt.by, now.In(in(t, tt.zone)))
			if err != nil || got.UTC().Format(time.RFC3339) != tt.want || got.Location().String() != tt.zone {
				t.Errorf("deadline(%s) = %v, %v; want %s in %s", tt.by, got, err, tt.want, tt.zone)
			}
		})
	}
}

func TestADeadlineThatCannotBeMetIsRefused(t *testing.T) {
	now := time.Date(2026, 11, 27, 12, 0, 0, 0, time.UTC) // a Friday
	for by, want := range map[string]string{
		"2026-11-26":                "has passed, it was Thursday 26 November 2026 23:59:59 UTC",
		"2026-11-27T12:00:00Z":      "has passed",
		"2026-11-27T12:59:59+01:00": "has passed",
		"fri":                       "set a weekday such as friday",
		"":                          "set a weekday such as friday",
		"tomorrow":                  "set a weekday such as friday",
		"2027-02-30":                "set a weekday such as friday",
		"2027-01-31T18:00:00":       "set a weekday such as friday", // whose time?
		"31-01-2027":                "set a weekday such as friday",
		strings.Repeat("x", 500):    "xxxx\": set a weekday such as friday",
	} {
		if got, err := deadline(by, now); err == nil || !strings.Contains(err.Error(), want) || len(err.Error()) > 250 {
			t.Errorf("deadline(%s) = %v, %v; want an error with %q", by, got, err, want)
		}
	}
}

// item is a subscription with a verdict.
func item(action subscriptions.Action, closed bool, until time.Time) offboard.Item {
	return offboard.Item{
		Purchase: subscriptions.Purchase{Subscription: &subscriptions.Subscription{}},
		Verdict:  subscriptions.Verdict{Action: action, WindowClosed: closed, Until: until, BillingUntil: partnercenter.Time{Time: until}},
	}
}

func TestAPlanTellsWhetherACustomerCanBeDoneInTime(t *testing.T) {
	by := time.Date(2026, 11, 27, 23, 59, 59, 0, time.UTC)
	before, after, never := by.Add(-time.Hour), by.AddDate(1, 0, 0), time.Time{}
	software := item(subscriptions.Nothing, true, never) // perpetual, its window closed
	software.Purchase = subscriptions.Purchase{Entitlement: &subscriptions.Entitlement{}}
	tests := []struct {
		name  string
		items []offboard.Item
		stops []string
		want  outlook
		until time.Time
	}{
		{"nothing bought", nil, nil, inTime, never},
		{"cancelled at once", []offboard.Item{item(subscriptions.Cancel, false, never), item(subscriptions.CancelAzure, false, never)}, nil, inTime, never},
		{"legacy", []offboard.Item{item(subscriptions.Suspend, false, never)}, nil, inTime, never},
		{"paid once", []offboard.Item{software}, nil, inTime, never},
		{"term ends before", []offboard.Item{item(subscriptions.CancelAtTermEnd, true, before)}, nil, inTime, before},
		{"term ends at the deadline", []offboard.Item{item(subscriptions.CancelAtTermEnd, true, by)}, nil, tooLate, by},
		{"the last of the terms counts", []offboard.Item{item(subscriptions.CancelAtTermEnd, true, after), item(subscriptions.CancelAtTermEnd, true, before)}, nil, tooLate, after},
		{"suspended by somebody", []offboard.Item{item(subscriptions.Nothing, true, after)}, nil, uncertain, after},
		{"suspended without an end", []offboard.Item{item(subscriptions.Nothing, true, never)}, nil, uncertain, never},
		{"to be suspended", []offboard.Item{item(subscriptions.Suspend, true, after)}, nil, uncertain, after},
		{"ended already", []offboard.Item{item(subscriptions.Nothing, false, before)}, nil, inTime, never},
		{"too late is certain", []offboard.Item{item(subscriptions.CancelAtTermEnd, true, after), item(subscriptions.Nothing, true, after)}, nil, tooLate, after},
		{"blocked before all", []offboard.Item{item(subscriptions.CancelAtTermEnd, true, after)}, []string{"a savings plan"}, blocked, after},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got, until := judge(&offboard.Plan{Items: tt.items, Blockers: tt.stops}, by); got != tt.want || !until.Equal(tt.until) {
				t.Errorf("judge = %s, %v; want %s, %v", got, until, tt.want, tt.until)
			}
		})
	}
}

func TestOnlyWhatCanChangeInTimeIsLookedAtAgain(t *testing.T) {
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	by := now.Add(4 * 24 * time.Hour)
	at := func(d time.Duration) time.Time { return now.Add(d) }
	waiting := func(until time.Time) *offboard.Report {
		return &offboard.Report{State: offboard.Waiting, WaitUntil: until}
	}
	tests := []struct {
		name    string
		reports map[customers.TenantID]*offboard.Report
		ids     string
		next    time.Duration
	}{
		{"none", nil, "", 0},
		{"finished", map[customers.TenantID]*offboard.Report{"a": {State: offboard.Done}, "b": {State: offboard.Failed}, "c": {State: offboard.Interrupted}}, "", 0},
		{"a date", map[customers.TenantID]*offboard.Report{"a": waiting(at(48 * time.Hour))}, "a", 48*time.Hour + time.Second},
		{"a date after the deadline", map[customers.TenantID]*offboard.Report{"a": waiting(by)}, "", 0},
		{"no date: soon", map[customers.TenantID]*offboard.Report{"a": waiting(time.Time{})}, "a", rest},
		{"a date that has passed: soon", map[customers.TenantID]*offboard.Report{"a": waiting(at(-time.Hour))}, "a", rest},
		{"blocked by a person", map[customers.TenantID]*offboard.Report{"a": {State: offboard.Blocked}}, "", 0},
		{"blocked for a while", map[customers.TenantID]*offboard.Report{"a": {State: offboard.Blocked, WaitUntil: at(time.Hour)}}, "a", time.Hour + time.Second},
		{"the first, and those close to it", map[customers.TenantID]*offboard.Report{
			"a": waiting(at(time.Hour)), "b": waiting(at(72 * time.Hour)), "c": waiting(at(time.Hour + time.Minute)),
		}, "ac", time.Hour + time.Minute + time.Second},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			ids, next := again(tt.reports, now, by)
			var got strings.Builder
			for _, id := range ids {
				got.WriteString(string(id))
			}
			if got.String() != tt.ids || len(ids) > 0 && next.Sub(now) != tt.next {
				t.Errorf("again = %q, in %s; want %q, in %s", got.String(), next.Sub(now), tt.ids, tt.next)
			}
		})
	}
}
