package main

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"strings"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver pgx

	"github.com/cspkit/cspkit/examples/internal/cli"
	"github.com/cspkit/cspkit/internal/pgserver"
	"github.com/cspkit/cspkit/offboard"
	"github.com/cspkit/cspkit/store/postgres"
)

// TestInPostgreSQL does with a server what the other tests do with a file.
func TestInPostgreSQL(t *testing.T) {
	t.Parallel()
	server, err := pgserver.Start()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Remove(); err != nil {
			t.Error(err)
		}
	})
	admin, err := sql.Open("pgx", server.URL("postgres"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { admin.Close() })
	databases := 0
	ward := func(t *testing.T) *ward {
		t.Helper()
		databases++
		name := fmt.Sprint("offboard", databases)
		if _, err := admin.ExecContext(t.Context(), "CREATE DATABASE "+name); err != nil {
			t.Fatal(err)
		}
		address := server.URL(name)
		return newWard(t, address, func(ctx context.Context) (offboard.Store, func() error, error) {
			store, err := postgres.Open(ctx, address)
			if err != nil {
				return nil, nil, err
			}
			return store.Runs(), store.Close, nil
		})
	}
	t.Run("two processes", func(t *testing.T) {
		w := ward(t)
		t.Parallel()
		w.twoProcesses(t)
	})
	t.Run("interrupted", func(t *testing.T) {
		w := ward(t)
		t.Parallel()
		w.interrupt(t)
	})
	t.Run("killed", func(t *testing.T) {
		if testing.Short() {
			t.Skip("waits for the lease of a process that was killed")
		}
		w := ward(t)
		t.Parallel()
		if !w.kill(t, "PATCH 2", after) {
			t.Fatal("the program ended before it was killed")
		}
		w.finish(t)
		w.verify(t)
	})
	t.Run("bad addresses", func(t *testing.T) {
		wrong, err := url.Parse(server.URL("postgres"))
		if err != nil {
			t.Fatal(err)
		}
		wrong.User = url.UserPassword("somebody", "hunter2-the-password")
		for name, address := range map[string]string{
			"wrong password":     wrong.String(),
			"nobody listens":     "postgres://somebody:hunter2-the-password@127.0.0.1:1/cspkit",
			"no such database":   server.URL("none"),
			"not an address":     "postgres://somebody:hunter2-the-password@[::1/cspkit",
			"another kind of it": "postgres:nonsense=hunter2-the-password",
		} {
			a := newAccount(t)
			a.env["CSPKIT_STORE"] = address
			r := a.run(t, "-yes", bakery)
			if r.status != cli.ExitUsage && r.status != cli.ExitFailed || !strings.Contains(r.errout, "CSPKIT_STORE") || strings.Contains(r.errout, "hunter2") {
				t.Errorf("%s: status %d, want 2 or 4 and an error that names the store, but no password: %s", name, r.status, r.errout)
			}
			if n := len(a.Requests()); n != 0 {
				t.Errorf("%s: %d requests were sent", name, n)
			}
			t.Logf("%s: %s", name, strings.TrimSpace(r.errout))
		}
	})
}
