package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/cspkit/cspkit/auth"
	"github.com/cspkit/cspkit/examples/internal/cli"
	"github.com/cspkit/cspkit/examples/internal/config"
)

// checkLine is a finding as one line of JSON.
type checkLine struct {
	Type     string   `json:"type"`
	Job      string   `json:"job"`
	Needs    string   `json:"needs"`
	OK       bool     `json:"ok"`
	Problems []string `json:"problems"`
	Warnings []string `json:"warnings"`
}

// settings turns the library's names for what is missing into what a reader of
// this program can do about it.
var settings = strings.NewReplacer(
	"set Credentials.AppUser", "sign in first, without -check",
	"set Credentials.Graph", "sign in first, without -check",
)

// check prints what the credentials are good for. The error says that they do
// not suffice for every job.
func check(ctx context.Context, cfg *config.Config, asJSON bool, c cli.Console) error {
	lacking := 0
	findings := auth.Check(ctx, cfg.Credentials, cfg.App.Cloud)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	for _, f := range findings {
		if !f.OK() {
			lacking++
		}
		line := checkLine{Type: "check", Job: f.Job, Needs: f.Needs, OK: f.OK(), Problems: []string{}, Warnings: append([]string{}, f.Warnings...)}
		for _, p := range f.Problems {
			line.Problems = append(line.Problems, settings.Replace(p.Error()))
		}
		if asJSON {
			if err := json.NewEncoder(c.Out).Encode(line); err != nil {
				return err
			}
			continue
		}
		line.print(c)
	}
	if lacking > 0 {
		return fmt.Errorf("the credentials do not suffice for %d of %d jobs", lacking, len(findings))
	}
	return nil
}

func (l checkLine) print(c cli.Console) {
	state := "ok     "
	if !l.OK {
		state = "PROBLEM"
	}
	fmt.Fprintf(c.Out, "%s  %s\n         needs %s\n", state, l.Job, l.Needs)
	for _, p := range l.Problems {
		fmt.Fprintf(c.Out, "         - %s\n", p)
	}
	for _, w := range l.Warnings {
		fmt.Fprintf(c.Out, "         (%s)\n", w)
	}
}
