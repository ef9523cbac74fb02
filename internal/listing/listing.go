// Package listing has what the stores in memory share: lists that are made
// while they are ranged over.
package listing

import (
	"context"
	"iter"
	"slices"
)

// Each gets what is behind each key, and yields what is wanted of it. The keys
// are asked for at each range. An error is the last item.
func Each[K, T any](ctx context.Context, keys func() []K, get func(context.Context, K) (T, error), want func(T) bool) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for _, key := range keys() {
			item, err := get(ctx, key)
			if err != nil {
				yield(item, err)
				return
			}
			if want(item) && !yield(item, nil) {
				return
			}
		}
	}
}

// Sorted yields a list in the order of compare, equals in that of the list. An
// error in it is all that comes.
func Sorted[T any](ctx context.Context, list iter.Seq2[T, error], compare func(a, b T) int) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var items []T
		for item, err := range list {
			if err != nil {
				yield(item, err)
				return
			}
			items = append(items, item)
		}
		slices.SortStableFunc(items, compare)
		for _, item := range items {
			if err := ctx.Err(); err != nil {
				var none T
				yield(none, err)
				return
			}
			if !yield(item, nil) {
				return
			}
		}
	}
}
