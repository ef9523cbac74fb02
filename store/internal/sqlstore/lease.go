package sqlstore

import (
	"context"
	"time"

	"github.com/cspkit/cspkit/customers"
	"github.com/cspkit/cspkit/offboard"
)

// Acquire implements [offboard.Store], with one statement. The clock is the
// database's; a lease ends on a whole millisecond, and never early.
func (s Runs) Acquire(ctx context.Context, customer customers.TenantID, holder string, ttl time.Duration) (offboard.Lease, error) {
	life := (ttl + time.Millisecond - 1).Milliseconds()
	lease := offboard.Lease{Customer: customer, Holder: holder}
	given, err := s.db.writing().get(ctx, `INSERT INTO @runs AS r (customer, holder, fence, held_until) VALUES ($1, $2, 1, {now} + $3)
		ON CONFLICT (customer) DO UPDATE SET
			fence = r.fence + CASE WHEN r.holder = excluded.holder AND r.held_until > {now} THEN 0 ELSE 1 END,
			holder = excluded.holder,
			held_until = excluded.held_until
		WHERE r.holder = excluded.holder OR r.held_until <= {now}
		RETURNING fence`,
		[]any{string(customer), holder, life}, &lease.Fence)
	switch {
	case err != nil:
		return offboard.Lease{}, err
	case given:
		return lease, nil
	}
	var until int64
	if _, err := s.db.writing().get(ctx, `SELECT held_until FROM @runs WHERE customer = $1`, []any{string(customer)}, &until); err != nil {
		return offboard.Lease{}, err
	}
	return offboard.Lease{}, &offboard.LeasedError{Customer: customer, Until: time.UnixMilli(until).UTC()}
}

// Release implements [offboard.Store]. The fencing number stays.
func (s Runs) Release(ctx context.Context, lease offboard.Lease) error {
	_, err := s.db.writing().exec(ctx, `UPDATE @runs SET held_until = 0 WHERE customer = $1 AND holder = $2 AND fence = $3`,
		string(lease.Customer), lease.Holder, lease.Fence)
	return err
}
