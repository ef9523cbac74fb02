package cspkit_test

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cspkit/cspkit"
	"github.com/cspkit/cspkit/auth"
	"github.com/cspkit/cspkit/partnercenter"
	"github.com/cspkit/cspkit/partnercentertest"
)

// hosts notes where requests go.
type hosts struct {
	http.RoundTripper
	seen []string
}

func (h *hosts) RoundTrip(r *http.Request) (*http.Response, error) {
	h.seen = append(h.seen, r.URL.Host)
	return h.RoundTripper.RoundTrip(r)
}

func TestTheOptionsOfAClientAreThoseOfItsPipeline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		transport := &hosts{RoundTripper: emulator()}
		var log bytes.Buffer
		events := 0
		client, err := cspkit.New(auth.Credentials{App: auth.Static(partnercentertest.AppToken)},
			cspkit.WithTransport(transport),
			cspkit.WithCloud(auth.China()),
			cspkit.WithLogger(slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))),
			cspkit.WithObserver(partnercenter.ObserverFunc(func(context.Context, partnercenter.Event) { events++ })),
			cspkit.WithRateBudget(partnercenter.PerMinute(1)),
			partnercenter.WithLocale("nl-NL"),
		)
		if err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		for range 3 {
			if _, err := client.Customer(fabrikam).Get(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if len(transport.seen) != 3 || !strings.HasSuffix(transport.seen[0], ".cn") {
			t.Errorf("requests went to %q, want 3 to the cloud in China", transport.seen)
		}
		if events == 0 || log.Len() == 0 {
			t.Errorf("the observer saw %d events, the log has %d bytes, want some of both", events, log.Len())
		}
		if took := time.Since(start); took < time.Minute {
			t.Errorf("three requests took %s with a budget of one a minute", took)
		}
	})
}

func TestAnOptionThatIsWrongIsReported(t *testing.T) {
	creds := auth.Credentials{App: auth.Static(partnercentertest.AppToken)}
	for name, option := range map[string]cspkit.Option{
		"transport": cspkit.WithTransport(nil), "logger": cspkit.WithLogger(nil),
		"observer": cspkit.WithObserver(nil), "budget": cspkit.WithRateBudget(nil),
	} {
		if _, err := cspkit.New(creds, option); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("New without a %s = %v, want an error that names it", name, err)
		}
	}
}
