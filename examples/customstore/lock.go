package customstore

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"
)

// How long a call waits for the lock of a customer, and how often it tries. A
// save takes milliseconds: a lock that is held for longer is that of a process
// which was stopped in the middle.
const (
	patience = 10 * time.Second
	retry    = 2 * time.Millisecond
)

// lock keeps others from the folder of a customer, which it makes if there is
// none, until unlock is called.
func (s *Store) lock(ctx context.Context, folder string) (unlock func(), err error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if folder == "" { // would be the store's own folder
		return nil, errors.New("customstore: the id of the customer is missing")
	}
	if err := s.root.Mkdir(folder, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, s.fail(err)
	}
	l := flock.New(filepath.Join(s.dir, folder, "lock"))
	return s.take(ctx, l, l.TryLockContext)
}

// lockShared keeps those out who change something. The error matches
// fs.ErrNotExist if the customer has no folder.
func (s *Store) lockShared(ctx context.Context, folder string) (unlock func(), err error) {
	l := flock.New(filepath.Join(s.dir, folder, "lock"))
	return s.take(ctx, l, l.TryRLockContext)
}

func (s *Store) take(ctx context.Context, l *flock.Flock, try func(context.Context, time.Duration) (bool, error)) (unlock func(), err error) {
	bounded, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	_, err = try(bounded, retry)
	switch {
	case ctx.Err() != nil:
		_ = l.Unlock() // if it has it
		return nil, ctx.Err()
	case bounded.Err() != nil && err != nil:
		return nil, fmt.Errorf("customstore: another process has kept %s locked for %s: see that it goes on or ends, then try again", l.Path(), patience)
	case err != nil:
		return nil, s.fail(err)
	}
	return func() { _ = l.Unlock() }, nil // closing the file ends the lock in any case
}
