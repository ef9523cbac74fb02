package sqlstore

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"slices"
	"time"

	"github.com/cspkit/cspkit/customers"
	"github.com/cspkit/cspkit/mca"
)

// Agreements is an [mca.Store].
type Agreements struct{ db *DB }

var _ mca.Store = Agreements{}

// Agreements returns the store of what a desk knows of customers.
func (db *DB) Agreements() Agreements { return Agreements{db} }

// Load implements [mca.Store].
func (s Agreements) Load(ctx context.Context, customer customers.TenantID) (*mca.Record, error) {
	var revision int64
	var kept kept
	found, err := s.db.reading().get(ctx, `SELECT revision, sealed, body FROM @agreements WHERE customer = $1`,
		[]any{string(customer)}, &revision, &kept.sealed, &kept.body)
	if err != nil {
		return nil, err
	}
	if !found {
		return nil, fmt.Errorf("customer %s: %w", customer, mca.ErrNoRecord)
	}
	text, err := s.db.reveal(kept, agreementsOf(customer))
	if err != nil {
		return nil, s.db.wrap(fmt.Errorf("the record of customer %s: %w", customer, err))
	}
	record, err := mca.DecodeRecord(text)
	if err == nil && (record.Customer != customer || record.Revision != revision) {
		err = errDamaged
	}
	if err != nil {
		return nil, s.db.wrap(fmt.Errorf("the record of customer %s: %w", customer, err))
	}
	return record, nil
}

// agreementsOf says what a sealed record is.
func agreementsOf(customer customers.TenantID) place { return place{"agreements", string(customer)} }

// Save implements [mca.Store], with one statement.
func (s Agreements) Save(ctx context.Context, record *mca.Record) error {
	next := *record
	next.Revision++
	text, err := next.Encode()
	if err != nil {
		return fmt.Errorf("the record of customer %s: %w", record.Customer, err)
	}
	kept, err := s.db.protect(text, agreementsOf(record.Customer))
	if err != nil {
		return s.db.wrap(fmt.Errorf("the record of customer %s: %w", record.Customer, err))
	}
	var due any
	if !record.DueAt.IsZero() {
		due = stamp(record.DueAt)
	}
	statement := `UPDATE @agreements SET revision = $2, state = $3, due_at = $4, sealed = $5, body = $6 WHERE customer = $1 AND revision + 1 = $2`
	if record.Revision == 0 {
		statement = `INSERT INTO @agreements (customer, revision, state, due_at, sealed, body) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (customer) DO NOTHING`
	}
	saved, err := s.db.writing().exec(ctx, statement, string(record.Customer), next.Revision, string(record.State), due, kept.sealed, kept.body)
	if err != nil {
		return err
	}
	if saved == 0 {
		return fmt.Errorf("customer %s: %w", record.Customer, mca.ErrBehind)
	}
	record.Revision = next.Revision
	return nil
}

// Due implements [mca.Store], as [Runs.Due] does.
func (s Agreements) Due(ctx context.Context, now time.Time) iter.Seq2[*mca.Record, error] {
	return due(ctx, s.db, `SELECT customer FROM @agreements WHERE due_at <= $1 ORDER BY due_at, customer`, now, func(customer customers.TenantID) (*mca.Record, bool, error) {
		record, err := s.Load(ctx, customer)
		return record, err == nil && !record.DueAt.IsZero() && !record.DueAt.After(now), err
	})
}

// ByState implements [mca.Store], as [Runs.ByState] does.
func (s Agreements) ByState(ctx context.Context, states ...mca.State) iter.Seq2[*mca.Record, error] {
	where, args := among(states)
	return selected(ctx, s.db, `SELECT customer FROM @agreements WHERE 1 = 1`+where+` ORDER BY customer`, args, func(customer customers.TenantID) (*mca.Record, bool, error) {
		record, err := s.Load(ctx, customer)
		return record, err == nil && (len(states) == 0 || slices.Contains(states, record.State)), err
	})
}

// Remember implements [mca.Store].
func (s Agreements) Remember(ctx context.Context, customer customers.TenantID) error {
	id, err := customers.ParseTenantID(string(customer))
	if err != nil {
		return err
	}
	_, err = s.db.writing().exec(ctx, `INSERT INTO @compliant (customer) VALUES ($1) ON CONFLICT (customer) DO NOTHING`, string(id))
	return err
}

// Compliant implements [mca.Store]. It returns them in the order of ids.
func (s Agreements) Compliant(ctx context.Context, ids []customers.TenantID) ([]customers.TenantID, error) {
	asked, err := json.Marshal(ids) // one parameter, however many there are
	if err != nil {
		return nil, err
	}
	if len(ids) == 0 {
		asked = []byte("[]")
	}
	found, err := s.db.reading().list(ctx, `SELECT customer FROM @compliant WHERE customer IN ({elements})`, string(asked))
	if err != nil {
		return nil, err
	}
	compliant := make(map[customers.TenantID]bool, len(found))
	for _, id := range found {
		compliant[customers.TenantID(id)] = true
	}
	var known []customers.TenantID
	for _, id := range ids {
		if compliant[id] {
			known = append(known, id)
		}
	}
	return known, nil
}
