package postgres_test

import (
	"fmt"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/cspkit/cspkit/customers"
	"github.com/cspkit/cspkit/offboard"
)

// BenchmarkSave saves checkpoints of about a kilobyte with one audit entry, as
// a run does before and after each write. The server of the tests does not wait
// for its disk.
func BenchmarkSave(b *testing.B) {
	store := open(b, schema()).Runs()
	run := newRun(contoso)
	run.Notes = []string{strings.Repeat("x", 700)}
	for b.Loop() {
		run.Entries++
		if err := store.Save(b.Context(), run, offboard.Entry{Run: run.ID, Seq: run.Entries}); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkSaveOfManyCustomers saves checkpoints of several customers at once.
func BenchmarkSaveOfManyCustomers(b *testing.B) {
	store := open(b, schema()).Runs()
	var customer atomic.Int64
	b.SetParallelism(8)
	b.RunParallel(func(pb *testing.PB) {
		run := newRun(customers.TenantID(fmt.Sprintf("%08x-0000-4000-8000-000000000000", customer.Add(1))))
		run.Notes = []string{strings.Repeat("x", 700)}
		for pb.Next() {
			run.Entries++
			if err := store.Save(b.Context(), run, offboard.Entry{Run: run.ID, Seq: run.Entries}); err != nil {
				b.Error(err)
				return
			}
		}
	})
}
