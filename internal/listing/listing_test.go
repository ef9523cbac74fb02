package listing_test

import (
	"cmp"
	"context"
	"errors"
	"iter"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/cspkit/cspkit/internal/listing"
)

var errGone = errors.New("gone")

// tens gives ten times a key; there is nothing behind 3.
func tens(ctx context.Context, key int) (int, error) {
	if key == 3 {
		return 0, errGone
	}
	return 10 * key, ctx.Err()
}

func keys(k ...int) func() []int { return func() []int { return k } }

func all(int) bool { return true }

func collect(list iter.Seq2[int, error]) (items []int, err error) {
	for item, e := range list {
		if e != nil {
			return items, e
		}
		items = append(items, item)
	}
	return items, nil
}

func TestEach(t *testing.T) {
	tests := []struct {
		name string
		list iter.Seq2[int, error]
		want []int
		err  error
	}{
		{"nothing", listing.Each(t.Context(), keys(), tens, all), nil, nil},
		{"all", listing.Each(t.Context(), keys(2, 1), tens, all), []int{20, 10}, nil},
		{"what is wanted", listing.Each(t.Context(), keys(2, 1), tens, func(n int) bool { return n < 15 }), []int{10}, nil},
		{"until it fails", listing.Each(t.Context(), keys(2, 3, 1), tens, all), []int{20}, errGone},
		{"sorted", listing.Sorted(t.Context(), listing.Each(t.Context(), keys(2, 1), tens, all), cmp.Compare), []int{10, 20}, nil},
		{"sorted, but it fails", listing.Sorted(t.Context(), listing.Each(t.Context(), keys(2, 3), tens, all), cmp.Compare), nil, errGone},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for range 2 { // a list may be ranged twice
				got, err := collect(tt.list)
				if diff := gocmp.Diff(tt.want, got); diff != "" || !errors.Is(err, tt.err) {
					t.Errorf("error = %v, want %v; items differ (-want +got):\n%s", err, tt.err, diff)
				}
			}
		})
	}
}

func TestAListEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	list := listing.Sorted(ctx, listing.Each(ctx, keys(1, 2), tens, all), cmp.Compare)
	for item, err := range list {
		if err != nil {
			if !errors.Is(err, context.Canceled) {
				t.Errorf("error = %v, want context.Canceled", err)
			}
			return
		}
		if item != 10 {
			t.Errorf("item %d after the context ended", item)
		}
		cancel()
	}
	t.Error("the list ended without an error")
}

func TestALoopMayBreak(t *testing.T) {
	for range listing.Sorted(t.Context(), listing.Each(t.Context(), keys(1, 2), tens, all), cmp.Compare) {
		break
	}
	for range listing.Each(t.Context(), keys(1, 3), tens, all) {
		break
	}
}
