package customstore

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"iter"
	"slices"
	"time"

	"github.com/cspkit/cspkit/offboard"
)

// Due implements [offboard.Store].
func (s *Store) Due(ctx context.Context, now time.Time) iter.Seq2[*offboard.Run, error] {
	due := func(run *offboard.Run) bool { return !run.Finished() && !run.DueAt.After(now) }
	return s.runs(ctx, due, func(a, b listed) int {
		return cmp.Or(a.due.Compare(b.due), cmp.Compare(a.folder, b.folder))
	})
}

// ByState implements [offboard.Store].
func (s *Store) ByState(ctx context.Context, states ...offboard.State) iter.Seq2[*offboard.Run, error] {
	asked := func(run *offboard.Run) bool { return len(states) == 0 || slices.Contains(states, run.State) }
	return s.runs(ctx, asked, func(a, b listed) int { return cmp.Compare(a.customer, b.customer) })
}

// listed is what a list has to know of a run before its turn comes.
type listed struct {
	folder, customer string
	due              time.Time
}

// runs yields the newest run of each customer that is wanted. Each is read when
// its turn comes, and left out if it is not wanted any more, so that one at a
// time is in memory and none comes twice, however it moves meanwhile.
//
// A damaged file does not stop what comes behind it: its error is the last item.
func (s *Store) runs(ctx context.Context, wanted func(*offboard.Run) bool, order func(a, b listed) int) iter.Seq2[*offboard.Run, error] {
	return func(yield func(*offboard.Run, error) bool) {
		folders, failed := s.folders()
		var list []listed
		for _, folder := range folders {
			run, err := s.load(ctx, folder)
			switch {
			case ctx.Err() != nil:
				yield(nil, ctx.Err())
				return
			case errors.Is(err, offboard.ErrNoRun): // there was a lease only
			case err != nil:
				failed = errors.Join(failed, err)
			case wanted(run):
				list = append(list, listed{folder, string(run.Customer), run.DueAt})
			}
		}
		slices.SortFunc(list, order)
		for _, l := range list {
			run, err := s.load(ctx, l.folder)
			switch {
			case ctx.Err() != nil:
				yield(nil, ctx.Err())
				return
			case err != nil:
				failed = errors.Join(failed, err)
			case wanted(run) && !yield(run, nil):
				return
			}
		}
		if failed = cmp.Or(ctx.Err(), failed); failed != nil {
			yield(nil, failed)
		}
	}
}

// Audit implements [offboard.Store].
func (s *Store) Audit(ctx context.Context, runID string) iter.Seq2[offboard.Entry, error] {
	return func(yield func(offboard.Entry, error) bool) {
		trail, err := s.trail(ctx, runID)
		for _, e := range trail {
			if !yield(e, nil) {
				return
			}
		}
		if err != nil {
			yield(offboard.Entry{}, err)
		}
	}
}

// trail finds a run's file, whoever the customer is. It takes no lock: a file
// that is being replaced is read as it was or as it will be.
func (s *Store) trail(ctx context.Context, runID string) ([]offboard.Entry, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	folders, err := s.folders()
	for _, folder := range folders {
		var f runFile
		switch err := s.read(folder, runFileName(runID), &f); {
		case err == nil:
			return f.Trail, nil
		case !errors.Is(err, fs.ErrNotExist):
			return nil, err
		}
	}
	return nil, err
}

// folders returns the names of the customers' folders.
func (s *Store) folders() ([]string, error) {
	entries, err := fs.ReadDir(s.root.FS(), ".")
	if err != nil {
		return nil, s.fail(err)
	}
	var names []string
	for _, e := range entries {
		if e.IsDir() {
			names = append(names, e.Name())
		}
	}
	return names, nil
}
