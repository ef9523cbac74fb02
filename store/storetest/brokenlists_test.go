package storetest_test

import (
	"context"
	"iter"
	"maps"
	"slices"
	"time"

	"github.com/cspkit/cspkit/offboard"
)

// due says whether a run is listed.
func (s *brokenRuns) due(run *offboard.Run, now time.Time) bool {
	finished, later := run.Finished(), run.DueAt.After(now)
	switch s.does {
	case "lists finished runs":
		finished = run.Phase == offboard.Abandoned
	case "lists abandoned runs":
		finished = run.Phase == offboard.PhaseDone
	case "lists no blocked runs":
		finished = finished || run.State == offboard.Blocked
	case "lists no undated runs":
		later = later || run.DueAt.IsZero()
	case "lists what is due later":
		later = false
	case "leaves out what is due at this moment":
		later = !run.DueAt.Before(now)
	}
	return !finished && !later
}

// order compares two runs in a list.
func (s *brokenRuns) order(a, b *offboard.Run) int {
	switch s.does {
	case "lists by customer":
		return 0
	case "lists by what clocks show":
		const clock = "2006-01-02T15:04:05.000000000"
		if a.DueAt.Format(clock) < b.DueAt.Format(clock) {
			return -1
		}
		return 1
	case "lists by nanoseconds that overflow":
		return int(max(-1, min(1, a.DueAt.UnixNano()/2-b.DueAt.UnixNano()/2)))
	case "lists the latest first":
		return b.DueAt.Compare(a.DueAt)
	}
	return a.DueAt.Compare(b.DueAt)
}

func (s *brokenRuns) ByState(ctx context.Context, states ...offboard.State) iter.Seq2[*offboard.Run, error] {
	return func(yield func(*offboard.Run, error) bool) {
		leave, err := s.enter(ctx, "lists after cancellation")
		if err != nil {
			if s.does != "ends a list by state without an error" {
				yield(nil, err)
			}
			return
		}
		var found []*offboard.Run
		for _, customer := range slices.Sorted(maps.Keys(s.runs)) {
			if run := s.runs[customer]; len(states) == 0 || slices.Contains(states, run.State) || s.does == "lists every state" {
				found = append(found, copied(run))
			}
		}
		if s.does == "is locked while it lists by state" {
			defer leave()
		} else {
			leave()
		}
		if s.does == "lists by state in no order" {
			slices.Reverse(found)
		}
		for _, run := range found {
			if !yield(run, nil) {
				return
			}
		}
	}
}

func (s *brokenRuns) Due(ctx context.Context, now time.Time) iter.Seq2[*offboard.Run, error] {
	return func(yield func(*offboard.Run, error) bool) {
		leave, err := s.enter(ctx, "lists after cancellation")
		if err != nil {
			if s.does != "ends a list without an error" {
				yield(nil, err)
			}
			return
		}
		var due []*offboard.Run
		for _, customer := range slices.Sorted(maps.Keys(s.runs)) {
			if run := s.runs[customer]; s.due(run, now) {
				if s.does != "shares what is due" {
					run = copied(run)
				}
				due = append(due, run)
			}
		}
		slices.SortStableFunc(due, s.order)
		if s.does == "is locked while it lists" {
			defer leave()
		} else {
			leave()
		}
		for i := 0; i < len(due); i++ { // the list may grow
			run, was := due[i], due[i].DueAt
			if !yield(run, nil) {
				return
			}
			if moved, err := s.Load(ctx, run.Customer); s.does == "lists what moves again" && err == nil && moved.DueAt.After(was) {
				due = append(due, moved)
			}
		}
	}
}

func (s *brokenRuns) Audit(ctx context.Context, runID string) iter.Seq2[offboard.Entry, error] {
	return func(yield func(offboard.Entry, error) bool) {
		leave, err := s.enter(ctx, "shows a trail after cancellation")
		if err != nil {
			yield(offboard.Entry{}, err)
			return
		}
		id := runID
		if s.does == "has one trail for all" {
			id = "all"
		}
		entries := slices.Clone(s.entries[id])
		switch s.does {
		case "shows a trail backwards":
			slices.Reverse(entries)
		case "shows a page of a trail":
			entries = entries[:min(100, len(entries))]
		case "shows a trail once":
			if len(entries) > 300 && s.shown {
				entries = nil
			}
			s.shown = len(entries) > 300
		}
		if s.does == "is locked while it shows a trail" {
			defer leave()
		} else {
			leave()
		}
		for _, e := range entries {
			if !yield(e, nil) {
				if s.does == "stays locked after a loop that was left" {
					_, _ = s.enter(ctx, "")
				}
				return
			}
		}
	}
}
