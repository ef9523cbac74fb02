package storetest

import (
	"context"
	"testing"

	"github.com/cspkit/cspkit/customers"
	"github.com/cspkit/cspkit/offboard"
)

// Directory checks the directories that open returns against the promises of
// [offboard.Directory]. Each is expected to hold records of the given
// customers and of no others, and is used by one subtest.
func Directory(t *testing.T, open func(t *testing.T, holds ...customers.TenantID) offboard.Directory) {
	t.Helper()
	for _, p := range directories {
		t.Run(p.promise, func(t *testing.T) {
			explain(t, p.says)
			p.check(t, open(t, contoso, fabrikam))
		})
	}
}

var directories = []struct {
	promise string
	check   func(t *testing.T, d offboard.Directory)
	says    string
}{
	{"HasKnowsWhoHasARecord", directoryHas,
		`Has says whether this customer has a record, and is no error where it has none.`},
	{"DeleteRemovesOneRecord", directoryDelete,
		`Delete removes the record of this customer and no other. Compare the whole id.`},
	{"DeleteCanBeRepeated", directoryRepeat,
		`Delete of a record that is gone already is no error: the first deletion may have gone through without being recorded.`},
	{"ACancelledContextChangesNothing", directoryCancelled,
		`A call whose context has ended returns the context's error and changes nothing. Pass the context on, or look at ctx.Err first.`},
}

const requestID = "0c1f4a3e-2b6d-4e8f-9a70-5d1c3b2a1f00"

func has(t *testing.T, d offboard.Directory, customer customers.TenantID, want bool) {
	t.Helper()
	got, err := d.Has(t.Context(), customer)
	must(t, "Has", err)
	if got != want {
		t.Errorf("Has(%s) = %t, want %t", customer, got, want)
	}
}

func directoryHas(t *testing.T, d offboard.Directory) {
	has(t, d, contoso, true)
	has(t, d, fabrikam, true)
	has(t, d, customer(1), false)
}

func directoryDelete(t *testing.T, d offboard.Directory) {
	must(t, "Delete", d.Delete(t.Context(), contoso, requestID))
	has(t, d, contoso, false)
	has(t, d, fabrikam, true)
}

func directoryRepeat(t *testing.T, d offboard.Directory) {
	for range 3 { // as after a crash between the deletion and its record
		must(t, "Delete with the same request id", d.Delete(t.Context(), contoso, requestID))
		has(t, d, contoso, false)
	}
	has(t, d, fabrikam, true)
}

func directoryCancelled(t *testing.T, d offboard.Directory) {
	ctx := cancelled(t)
	_, err := d.Has(ctx, contoso)
	want(t, "Has with a cancelled context", err, context.Canceled)
	want(t, "Delete with a cancelled context", d.Delete(ctx, contoso, requestID), context.Canceled)
	has(t, d, contoso, true)
}
