package pause_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cspkit/cspkit/internal/pause"
)

func TestForWaitsUntilTheContextEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		if err := pause.For(t.Context(), time.Hour); err != nil || time.Since(start) != time.Hour {
			t.Errorf("For = %v after %s, want nil after 1h", err, time.Since(start))
		}
		start = time.Now()
		ctx, stop := context.WithTimeout(t.Context(), time.Minute)
		defer stop()
		if err := pause.For(ctx, time.Hour); !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != time.Minute {
			t.Errorf("For = %v after %s, want DeadlineExceeded after 1m", err, time.Since(start))
		}
		if err := pause.For(ctx, -1); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("For no time under an ended context = %v, want its error", err)
		}
	})
}
