package sqlite

import "context"

// Setting checks a setting of the connection that writes.
func (s *Store) Setting(ctx context.Context, statement, want string) error {
	return s.db.SetUp(ctx, statement, want)
}
