package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/cspkit/cspkit/internal/pgserver"
	"github.com/cspkit/cspkit/store/postgres"
)

// password is in every connection string here that takes one.
const password = "hunter2-c81d"

// explained checks that an error names the database and says what is wrong,
// but neither the user nor the password.
func explained(t *testing.T, call string, err error, place, want string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), place) || !strings.Contains(err.Error(), want) {
		t.Errorf("%s: error = %v, want one with %q and %q", call, err, place, want)
		return
	}
	for _, hidden := range []string{password, "worker", "nobody"} {
		if strings.Contains(fmt.Sprintf("%v %+v", err, err), hidden) {
			t.Errorf("%s: the error shows %q: %v", call, hidden, err)
		}
	}
}

func TestWhyThereIsNoConnection(t *testing.T) {
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	nobody := closed.Addr().String()
	if err := closed.Close(); err != nil {
		t.Fatal(err)
	}
	here := fmt.Sprintf("127.0.0.1:%d", server.Port)
	for _, tt := range []struct{ name, url, place, want string }{
		{"nobody listens", "postgres://nobody:" + password + "@" + nobody + "/db", nobody + "/db", "connection refused"},
		{"unknown host", "postgres://nobody:" + password + "@unknown.invalid/db", "unknown.invalid:5432/db", "cannot be found"},
		{"wrong user or password", "postgres://nobody:" + password + "@" + here + "/postgres?sslmode=disable", here, "refuses the user or the password"},
		{"no password", "postgres://nobody@" + here + "/postgres?sslmode=disable", here, "refuses the user or the password"},
		{"no such database", "postgres://postgres:" + password + "@" + here + "/missing?sslmode=disable", here + "/missing", "no such database"},
		{"no TLS", "postgres://postgres:" + password + "@" + here + "/postgres?sslmode=require", here, "TLS"},
		{"key=value words", "host=127.0.0.1 port=" + fmt.Sprint(server.Port) + " user=nobody password=" + password + " dbname=postgres sslmode=disable", here, "refuses the user"},
		{"read-only", strings.Replace(server.URL("postgres"), "postgres@", "postgres:"+password+"@", 1) + "&default_transaction_read_only=on", here, "connect to the primary"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			store, err := postgres.Open(t.Context(), tt.url, schema())
			if err == nil {
				_ = store.Close()
			}
			explained(t, "Open", err, tt.place, tt.want)
		})
	}
}

func TestAServerThatDoesNotAnswerIsNotWaitedForLongerThanTheContext(t *testing.T) {
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	begun := time.Now()
	_, err = postgres.Open(ctx, "postgres://nobody:"+password+"@"+silent.Addr().String()+"/db?sslmode=disable")
	if !errors.Is(err, context.DeadlineExceeded) || time.Since(begun) > 8*time.Second {
		t.Errorf("Open = %v after %s, want DeadlineExceeded", err, time.Since(begun))
	}
	explained(t, "Open", err, silent.Addr().String(), "deadline")
}

func TestABadConnectionStringIsNotQuoted(t *testing.T) {
	for _, url := range badURLs {
		err := postgres.CheckURL(url)
		if err == nil {
			continue // pgx takes it
		}
		explained(t, "Open", err, "", "connection string")
	}
	if err := postgres.CheckURL("postgres://user:a%zz" + password + "@host/db"); err == nil {
		t.Error("a bad percent-encoding is accepted")
	}
}

var badURLs = []string{
	"", "postgres://", "://" + password, "postgres://user:" + password + "@host:port/db", "postgres://user:" + password + "%@host/db",
	"user=" + password, "password='" + password, "postgres://user:" + password + "@host/db?sslmode=" + password,
	"postgres://user:" + password + "@host/db?connect_timeout=" + password, "postgres://user:p#" + password + "@[::1/db",
	"host=a,b port=1,2,3 password=" + password, "mysql://user:" + password + "@host/db",
}

func FuzzConnectionString(f *testing.F) {
	for _, url := range badURLs {
		f.Add(strings.ReplaceAll(url, password, "SECRET"))
	}
	f.Fuzz(func(t *testing.T, url string) {
		url = strings.ReplaceAll(url, "SECRET", password)
		if err := postgres.CheckURL(url); err != nil && strings.Contains(err.Error(), password) {
			t.Error("the error quotes the connection string")
		}
	})
}

func TestAServerThatCrashedIsUsedAgain(t *testing.T) {
	own, err := pgserver.Start()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := own.Remove(); err != nil {
			t.Error(err)
		}
	})
	store, err := postgres.Open(t.Context(), own.URL("postgres"))
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	run := saved(t, store, contoso)
	if err := own.Stop(true); err != nil {
		t.Fatal(err)
	}
	place := fmt.Sprintf("127.0.0.1:%d/postgres", own.Port)
	for range 3 { // over connections that broke, and over new ones
		if err := store.Runs().Save(t.Context(), run); err == nil || run.Revision != 1 {
			t.Errorf("Save without a server = %v, revision %d, want an error and revision 1", err, run.Revision)
		} else if !strings.Contains(err.Error(), place) {
			t.Errorf("the error %q does not name %s", err, place)
		}
	}
	_, err = store.Runs().Load(t.Context(), contoso)
	explained(t, "Load without a server", err, place, "cannot be reached")
	if err := own.Restart(); err != nil {
		t.Fatal(err)
	}
	if err := store.Runs().Save(t.Context(), run); err != nil || run.Revision != 2 {
		t.Errorf("Save after the server came back = %v, revision %d", err, run.Revision)
	}
}

func TestAClosedStoreSaysSo(t *testing.T) {
	store, err := postgres.Open(t.Context(), server.URL("postgres"), schema())
	if err != nil {
		t.Fatal(err)
	}
	run := saved(t, store, contoso)
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	explained(t, "Save", store.Runs().Save(t.Context(), run), "/postgres", "the store is closed")
	_, err = store.Runs().Load(t.Context(), contoso)
	explained(t, "Load", err, "/postgres", "the store is closed")
}
