package main

import (
	"bytes"
	"errors"
	"net/http"
	"time"

	"github.com/cspkit/cspkit/partnercentertest"
)

func getState(_ *process, fake *partnercentertest.Server, _ *http.Request) (any, error) {
	return writeState(fake), nil
}

func postReset(p *process, _ *partnercentertest.Server, r *http.Request) (any, error) {
	seed, err := bodyOf(r)
	if err != nil {
		return nil, err
	}
	// Clients that send JSON with every call send {} for nothing.
	if text := bytes.TrimSpace(seed); len(text) == 0 || string(text) == "{}" {
		seed = nil
	}
	return nil, p.reset(seed)
}

func getClock(_ *process, fake *partnercentertest.Server, _ *http.Request) (any, error) {
	now := fake.Now()
	return map[string]string{"now": now.UTC().Format(time.RFC3339), "ahead": time.Until(now).Round(time.Second).String()}, nil
}

func postClock(p *process, fake *partnercentertest.Server, r *http.Request) (any, error) {
	var d time.Duration
	if err := readBody(fake, r, func(f *form) { f.span("advance", &d) }); err != nil {
		return nil, err
	}
	if d <= 0 {
		return nil, errors.New(`advance: must be above zero, such as {"advance": "30d"}: the clock goes ahead only`)
	}
	fake.Advance(d)
	return getClock(p, fake, r)
}
