package storetest_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/cspkit/cspkit/auth"
	"github.com/cspkit/cspkit/customers"
	"github.com/cspkit/cspkit/mca"
	"github.com/cspkit/cspkit/offboard"
)

var agreementFaults = []fault{
	{"returns an empty record for none", "ACustomerWithoutARecordHasNone"},
	{"makes a record of a compliant customer", "ACustomerWithoutARecordHasNone"},
	{"forgets links", "ARecordIsKeptAsItIs"},
	{"rounds times", "ARecordIsKeptAsItIs"},
	{"leaves the revision alone", "SaveRaisesTheRevision"},
	{"ignores the revision", "WhoIsBehindChangesNothing"},
	{"raises the revision of who is behind", "WhoIsBehindChangesNothing"},
	{"compares before it locks", "OneOfManySavesWins"},
	{"shares what it loads", "WhatIsLoadedIsTheCallers"},
	{"refuses large records", "LargeRecordsAreTaken"},
	{"works after cancellation", "ACancelledContextChangesNothing"},
	{"remembers after cancellation", "ACancelledContextChangesNothing"},
	{"quotes the record in errors", "ErrorsHoldNoSecret"},
	{"lists the latest first", "DueRecordsComeEarliestFirst"},
	{"lists undated records", "DueRecordsComeEarliestFirst"},
	{"leaves out what is due at this moment", "DueRecordsComeEarliestFirst"},
	{"lists what moves again", "TheStoreCanBeUsedWhileDueYields"},
	{"is locked while it lists", "TheStoreCanBeUsedWhileDueYields"},
	{"is locked while it lists by state", "RecordsAreListedByState"},
	{"takes everybody for compliant", "CompliantCustomersAreRemembered"},
	{"remembers nobody", "CompliantCustomersAreRemembered"},
	{"remembers who has a record", "CompliantCustomersAreRemembered"},
	{"remembers only once", "CompliantCustomersAreRemembered"},
	{"looks at a thousand customers", "ManyCustomersAreAskedForAtOnce"},
	{"refuses many customers", "ManyCustomersAreAskedForAtOnce"},
}

// brokenAgreements is a store in memory that breaks one promise.
type brokenAgreements struct {
	mca.MemoryStore
	does string

	mu        sync.Mutex
	shared    map[customers.TenantID]*mca.Record
	saved     []customers.TenantID
	compliant map[customers.TenantID]bool
	listing   bool
}

func (s *brokenAgreements) context(ctx context.Context) context.Context {
	if s.does == "works after cancellation" {
		return context.WithoutCancel(ctx)
	}
	return ctx
}

func (s *brokenAgreements) Load(ctx context.Context, customer customers.TenantID) (*mca.Record, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r, err := s.MemoryStore.Load(s.context(ctx), customer)
	none := errors.Is(err, mca.ErrNoRecord)
	switch {
	case none && s.does == "returns an empty record for none",
		none && s.does == "makes a record of a compliant customer" && s.compliant[customer]:
		return &mca.Record{Customer: customer}, nil
	case err == nil && s.does == "forgets links":
		for i := range r.Attestations {
			r.Attestations[i].Link = ""
		}
	case err == nil && s.does == "rounds times":
		r.DueAt = r.DueAt.Round(time.Second)
	case err == nil && s.does == "shares what it loads":
		if s.shared == nil {
			s.shared = map[customers.TenantID]*mca.Record{}
		}
		if s.shared[customer] == nil {
			s.shared[customer] = r
		}
		return s.shared[customer], nil
	}
	return r, err
}

func (s *brokenAgreements) Save(ctx context.Context, record *mca.Record) error {
	if s.does == "refuses large records" && len(record.Reason) > 1<<16 {
		return errors.New("too large")
	}
	mine := *record
	s.mu.Lock()
	stored, err := s.MemoryStore.Load(ctx, record.Customer)
	locked := s.listing
	s.saved = append(s.saved, record.Customer)
	s.mu.Unlock()
	if locked {
		return errStuck
	}
	switch {
	case s.does == "compares before it locks" && err == nil && stored.Revision == record.Revision:
		time.Sleep(5 * time.Millisecond)
		if stored, err = s.Load(ctx, record.Customer); err == nil {
			mine.Revision = stored.Revision
		}
	case s.does == "ignores the revision" && err == nil:
		mine.Revision = stored.Revision
	}
	if err := s.MemoryStore.Save(s.context(ctx), &mine); err != nil {
		switch {
		case s.does == "raises the revision of who is behind":
			record.Revision++
		case s.does == "quotes the record in errors" && len(record.Attestations) > 0:
			return fmt.Errorf("%s: %w", record.Attestations[0].Link.Reveal(), err)
		}
		return err
	}
	if s.does != "leaves the revision alone" {
		record.Revision = mine.Revision
	}
	return nil
}

func (s *brokenAgreements) Due(ctx context.Context, now time.Time) iter.Seq2[*mca.Record, error] {
	return func(yield func(*mca.Record, error) bool) {
		var due []*mca.Record
		for r, err := range s.MemoryStore.Due(s.context(ctx), now) {
			if err != nil {
				yield(nil, err)
				return
			}
			if s.does != "leaves out what is due at this moment" || r.DueAt.Before(now) {
				due = append(due, r)
			}
		}
		switch s.does {
		case "lists the latest first":
			slices.Reverse(due)
		case "lists undated records":
			for _, customer := range s.saved {
				if r, err := s.Load(ctx, customer); err == nil && r.DueAt.IsZero() {
					due = append(due, r)
				}
			}
		case "lists what moves again":
			due = append(due, due...)
		case "is locked while it lists":
			s.listing = true
			defer func() { s.listing = false }()
		}
		for _, r := range due {
			if !yield(r, nil) {
				return
			}
		}
	}
}

func (s *brokenAgreements) ByState(ctx context.Context, states ...mca.State) iter.Seq2[*mca.Record, error] {
	return func(yield func(*mca.Record, error) bool) {
		if s.does == "is locked while it lists by state" {
			s.listing = true
			defer func() { s.listing = false }()
		}
		s.MemoryStore.ByState(s.context(ctx), states...)(yield)
	}
}

func (s *brokenAgreements) Remember(ctx context.Context, customer customers.TenantID) error {
	if err := ctx.Err(); err != nil && s.does != "remembers after cancellation" {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.does == "remembers nobody":
		return nil
	case s.does == "remembers only once" && s.compliant[customer]:
		return errors.New("known already")
	}
	s.compliant[customer] = true
	return nil
}

func (s *brokenAgreements) Compliant(ctx context.Context, ids []customers.TenantID) ([]customers.TenantID, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.does == "looks at a thousand customers":
		ids = ids[:min(1000, len(ids))]
	case s.does == "refuses many customers" && len(ids) > 32766:
		return nil, errors.New("too many variables")
	}
	var known []customers.TenantID
	for _, id := range ids {
		if s.compliant[id] || s.does == "takes everybody for compliant" || s.does == "remembers who has a record" && slices.Contains(s.saved, id) {
			known = append(known, id)
		}
	}
	return known, nil
}

var tokenFaults = []fault{
	{"returns an empty token for none", "AKeyWithoutATokenHasNone"},
	{"returns any token", "AKeyWithoutATokenHasNone"},
	{"forgets when", "ATokenIsKeptAsItIs"},
	{"cuts tokens", "ATokenIsKeptAsItIs"},
	{"keeps the first", "TheNewestTokenCounts"},
	{"keeps the latest issued", "TheNewestTokenCounts"},
	{"folds keys", "KeysAreApart"},
	{"writes in two steps", "ManySaveAtOnce"},
	{"works after cancellation", "ACancelledContextChangesNothing"},
	{"quotes the token in errors", "ErrorsHoldNoToken"},
}

// brokenTokens is a store in memory that breaks one promise.
type brokenTokens struct {
	auth.MemoryTokenStore
	does string
}

func (s *brokenTokens) LoadToken(ctx context.Context, key string) (auth.RefreshToken, error) {
	if s.does == "folds keys" {
		key = strings.ToLower(key)
	}
	token, err := s.MemoryTokenStore.LoadToken(ctx, key)
	switch {
	case errors.Is(err, auth.ErrNoToken) && s.does == "returns an empty token for none":
		return auth.RefreshToken{}, nil
	case errors.Is(err, auth.ErrNoToken) && s.does == "returns any token":
		return auth.RefreshToken{Token: "any"}, err
	case s.does == "forgets when":
		token.Issued = time.Time{}
	case s.does == "cuts tokens":
		token.Token = token.Token[:min(4096, len(token.Token))]
	}
	return token, err
}

func (s *brokenTokens) SaveToken(ctx context.Context, key string, token auth.RefreshToken) error {
	old, err := s.MemoryTokenStore.LoadToken(context.WithoutCancel(ctx), key)
	switch {
	case s.does == "keeps the first" && err == nil,
		s.does == "keeps the latest issued" && err == nil && token.Issued.Before(old.Issued):
		return nil
	case s.does == "folds keys":
		key = strings.ToLower(key)
	case s.does == "works after cancellation":
		ctx = context.WithoutCancel(ctx)
	case s.does == "writes in two steps":
		if err := s.MemoryTokenStore.SaveToken(ctx, key, auth.RefreshToken{Token: token.Token, Issued: old.Issued}); err != nil {
			return err
		}
		time.Sleep(5 * time.Millisecond)
		if now, err := s.MemoryTokenStore.LoadToken(ctx, key); err == nil {
			token.Token = now.Token
		}
	}
	err = s.MemoryTokenStore.SaveToken(ctx, key, token)
	if err != nil && s.does == "quotes the token in errors" {
		return fmt.Errorf("%s: %w", token.Token.Reveal(), err)
	}
	return err
}

var directoryFaults = []fault{
	{"has everybody", "HasKnowsWhoHasARecord"},
	{"deletes nothing", "DeleteRemovesOneRecord"},
	{"deletes everything", "DeleteRemovesOneRecord"},
	{"fails on a repetition", "DeleteCanBeRepeated"},
	{"works after cancellation", "ACancelledContextChangesNothing"},
}

// brokenDirectory is a directory in memory that breaks one promise.
type brokenDirectory struct {
	offboard.Directory
	does string
}

func (d *brokenDirectory) Has(ctx context.Context, customer customers.TenantID) (bool, error) {
	has, err := d.Directory.Has(ctx, customer)
	return has || d.does == "has everybody", err
}

func (d *brokenDirectory) Delete(ctx context.Context, customer customers.TenantID, requestID string) error {
	switch has, err := d.Directory.Has(ctx, customer); {
	case d.does == "deletes nothing":
		return nil
	case d.does == "fails on a repetition" && err == nil && !has:
		return errors.New("there is no such record")
	case d.does == "works after cancellation":
		ctx = context.WithoutCancel(ctx)
	case d.does == "deletes everything":
		d.Directory = newDirectory(nil)
	}
	return d.Directory.Delete(ctx, customer, requestID)
}
