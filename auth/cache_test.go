package auth_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cspkit/cspkit/auth"
)

func TestAThousandCallersShareOneRequest(t *testing.T) {
	for _, tt := range []struct {
		name   string
		answer answer
		want   error
	}{
		{"token", token("at1"), nil},
		{"refusal", refused(400, "invalid_client", "7000222"), auth.ErrMisconfigured},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				fake := &endpoint{answers: []answer{tt.answer}, hook: func(int) { time.Sleep(time.Second) }}
				src := newApp(t, fake)
				var wg sync.WaitGroup
				for range 1000 {
					wg.Go(func() {
						if _, err := src.Token(t.Context()); !errors.Is(err, tt.want) {
							t.Errorf("Token() error = %v, want %v", err, tt.want)
						}
					})
				}
				wg.Wait()
				wantRequests(t, fake, 1)
			})
		})
	}
}

func TestTokenIsKeptUntilFiveMinutesBeforeExpiry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake := &endpoint{answers: []answer{token("at1"), token("at2")}}
		src := newApp(t, fake)
		want(t, src, "at1")
		time.Sleep(3599*time.Second - 5*time.Minute - time.Second)
		want(t, src, "at1")
		wantRequests(t, fake, 1)
		time.Sleep(time.Second)
		want(t, src, "at2")
		wantRequests(t, fake, 2)
	})
}

func TestShortLivedTokenIsRenewedAfterNineTenths(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		short := answer{status: 200, body: `{"access_token":"at1","expires_in":"100"}`} // v1 sends a string
		fake := &endpoint{answers: []answer{short, token("at2")}}
		src := newApp(t, fake)
		want(t, src, "at1")
		time.Sleep(89 * time.Second)
		want(t, src, "at1")
		time.Sleep(time.Second)
		want(t, src, "at2")
	})
}

func TestTokenWithoutALifeIsNotKeptForEver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake := &endpoint{answers: []answer{{status: 200, body: `{"access_token":"at1"}`}, token("at2")}}
		src := newApp(t, fake)
		want(t, src, "at1")
		want(t, src, "at1")
		time.Sleep(time.Hour)
		want(t, src, "at2")
	})
}

func TestFailedEarlyRenewalKeepsTheValidToken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake := &endpoint{answers: []answer{token("at1"), refused(400, "invalid_client", "7000222")}}
		src := newApp(t, fake)
		want(t, src, "at1")
		time.Sleep(3599*time.Second - 5*time.Minute)
		want(t, src, "at1")
		wantRequests(t, fake, 2)
		time.Sleep(29 * time.Second)
		want(t, src, "at1")
		wantRequests(t, fake, 2)
		time.Sleep(time.Second)
		want(t, src, "at1")
		wantRequests(t, fake, 3)
		time.Sleep(5 * time.Minute)
		if _, err := src.Token(t.Context()); !errors.Is(err, auth.ErrMisconfigured) {
			t.Errorf("Token() after expiry: error = %v, want ErrMisconfigured", err)
		}
	})
}

func TestTheNextEarlyRenewalWaitsFromTheEndOfOneThatFailed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake := &endpoint{answers: []answer{token("at1"), refused(400, "invalid_client", "7000222")}}
		src := newApp(t, fake)
		want(t, src, "at1")
		time.Sleep(3599*time.Second - 5*time.Minute)
		fake.hook = func(int) { time.Sleep(25 * time.Second) }
		want(t, src, "at1") // after 25 s
		time.Sleep(29 * time.Second)
		want(t, src, "at1")
		wantRequests(t, fake, 2)
	})
}

func TestOthersGoOnWhileOneRenewsEarly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake := &endpoint{answers: []answer{token("at1"), token("at2")}}
		src := newApp(t, fake)
		want(t, src, "at1")
		time.Sleep(3599*time.Second - 5*time.Minute)
		fake.hook = func(int) { time.Sleep(10 * time.Second) }
		go func() { _, _ = src.Token(t.Context()) }()
		synctest.Wait()
		start := time.Now()
		want(t, src, "at1")
		if waited := time.Since(start); waited != 0 {
			t.Errorf("Token() waited %s for an early renewal", waited)
		}
		time.Sleep(10 * time.Second)
		synctest.Wait()
		want(t, src, "at2")
		wantRequests(t, fake, 2)
	})
}

func TestCallerWhoGivesUpFailsNobodyElse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake := &endpoint{answers: []answer{token("at1")}, hook: func(int) { time.Sleep(10 * time.Second) }}
		src := newApp(t, fake)
		impatient, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		done := make(chan error)
		go func() {
			_, err := src.Token(impatient)
			done <- err
		}()
		synctest.Wait()
		start := time.Now()
		go func() {
			time.Sleep(2 * time.Second)
			if err := <-done; !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("impatient Token() error = %v, want DeadlineExceeded", err)
			}
		}()
		want(t, src, "at1")
		if waited := time.Since(start); waited != 10*time.Second {
			t.Errorf("patient Token() took %s, want 10s", waited)
		}
		wantRequests(t, fake, 1)
	})
}

func TestDoneContextAsksNothing(t *testing.T) {
	fake := &endpoint{answers: []answer{token("at1")}}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := newApp(t, fake).Token(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("Token() error = %v, want Canceled", err)
	}
	wantRequests(t, fake, 0)
}

func TestInvalidateDropsOnlyTheRefusedToken(t *testing.T) {
	fake := &endpoint{answers: []answer{token("at1"), token("at2")}}
	src := newApp(t, fake)
	want(t, src, "at1")
	invalidator := src.(auth.Invalidator)
	invalidator.Invalidate("some other token")
	want(t, src, "at1")
	invalidator.Invalidate("at1")
	want(t, src, "at2")
	invalidator.Invalidate("at1")
	want(t, src, "at2")
	wantRequests(t, fake, 2)
}

func TestCallerMayChangeItsToken(t *testing.T) {
	src := newApp(t, &endpoint{answers: []answer{token("at1")}})
	got, err := src.Token(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	got.AccessToken = "changed"
	want(t, src, "at1")
}
