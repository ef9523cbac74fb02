package customstore

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"

	"github.com/cspkit/cspkit/customers"
	"github.com/cspkit/cspkit/offboard"
)

// Store is an open folder. It is safe for concurrent use, and several processes
// of one machine may have the folder open.
type Store struct {
	dir  string
	root *os.Root // leads to nothing outside of dir, whatever a name holds
}

var _ offboard.Store = (*Store)(nil)

// Open opens the folder at dir, and makes it if there is none, in a folder that
// exists. A folder that others may look into is refused.
func Open(dir string) (*Store, error) {
	if runtime.GOOS == "windows" {
		return nil, errors.New("customstore: a rename is not atomic on Windows: use store/sqlite there")
	}
	switch err := os.Mkdir(dir, 0o700); {
	case err == nil:
		if err := syncFolder(os.Open(filepath.Dir(dir))); err != nil {
			return nil, fmt.Errorf("customstore: %w", err)
		}
	case !errors.Is(err, fs.ErrExist):
		return nil, fmt.Errorf("customstore: %w", err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("customstore: %w", err)
	}
	info, err := root.Stat(".")
	if err == nil && info.Mode().Perm()&0o077 != 0 {
		err = fmt.Errorf("%s has mode %04o, so others may see which customers leave: run chmod 700", dir, info.Mode().Perm())
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("customstore: %w", err), root.Close())
	}
	return &Store{dir, root}, nil
}

// Close ends the use of the folder. Calls that come later fail.
func (s *Store) Close() error { return s.root.Close() }

// Load implements [offboard.Store].
func (s *Store) Load(ctx context.Context, customer customers.TenantID) (*offboard.Run, error) {
	return s.load(ctx, name(string(customer)))
}

// load is Load by the name of a customer's folder.
func (s *Store) load(ctx context.Context, folder string) (*offboard.Run, error) {
	unlock, err := s.lockShared(ctx, folder)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, noRun(folder)
	}
	if err != nil {
		return nil, err
	}
	defer unlock()
	f, err := s.newest(folder)
	if err != nil {
		return nil, err
	}
	return f.Run, nil
}

// Save implements [offboard.Store].
func (s *Store) Save(ctx context.Context, run *offboard.Run, entries ...offboard.Entry) error {
	folder := name(string(run.Customer))
	unlock, err := s.lock(ctx, folder)
	if err != nil {
		return err
	}
	defer unlock()
	if err := s.maySave(folder, run); err != nil {
		return err
	}
	var next runFile
	if err := s.read(folder, runFileName(run.ID), &next); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	saved := *run
	saved.Revision++
	next.Run, next.Trail = &saved, append(next.Trail, entries...)
	if err := ctx.Err(); err != nil { // the last moment at which nothing has happened
		return err
	}
	if err := s.replace(folder, runFileName(run.ID), next); err != nil {
		return err
	}
	run.Revision = saved.Revision
	return nil
}

// maySave compares a run's revision and fencing number with what is stored. Its
// caller holds the lock, so that both are still true when the run is written.
func (s *Store) maySave(folder string, run *offboard.Run) error {
	var revision int64
	switch stored, err := s.newest(folder); {
	case err == nil:
		revision = stored.Run.Revision
	case !errors.Is(err, offboard.ErrNoRun):
		return err
	}
	lease, err := s.lease(folder)
	switch {
	case err != nil:
		return err
	case run.Revision != revision:
		return fmt.Errorf("customer %s: %w", run.Customer, offboard.ErrBehind)
	case run.Fence != lease.Fence:
		return fmt.Errorf("customer %s: %w", run.Customer, offboard.ErrLeaseLost)
	}
	return nil
}
