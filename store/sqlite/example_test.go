package sqlite_test

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/base64"
	"errors"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"time"

	"github.com/cspkit/cspkit/auth"
	"github.com/cspkit/cspkit/customers"
	"github.com/cspkit/cspkit/mca"
	"github.com/cspkit/cspkit/offboard"
	"github.com/cspkit/cspkit/store/seal"
	"github.com/cspkit/cspkit/store/sqlite"
)

// exampleFile returns the path of a file in a folder that done removes.
func exampleFile() (path string, done func()) {
	dir, err := os.MkdirTemp("", "cspkit")
	if err != nil {
		log.Fatal(err)
	}
	return filepath.Join(dir, "cspkit.db"), func() { _ = os.RemoveAll(dir) }
}

// opened returns an open store, for the other examples.
func opened(opts ...sqlite.Option) (store *sqlite.Store, done func()) {
	path, remove := exampleFile()
	store, err := sqlite.Open(context.Background(), path, opts...)
	if err != nil {
		log.Fatal(err)
	}
	return store, func() { _ = store.Close(); remove() }
}

func ExampleOpen() {
	path, done := exampleFile()
	defer done()
	ctx := context.Background()

	store, err := sqlite.Open(ctx, path)
	if err != nil {
		log.Fatal(err)
	}
	run := &offboard.Run{ID: "1", Customer: contoso, State: offboard.Waiting}
	if err := store.Runs().Save(ctx, run); err != nil {
		log.Fatal(err)
	}
	if err := store.Close(); err != nil {
		log.Fatal(err)
	}

	// Another process, later.
	store, err = sqlite.Open(ctx, path)
	if err != nil {
		log.Fatal(err)
	}
	defer store.Close()
	run, err = store.Runs().Load(ctx, contoso)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(run.State, run.Revision)
	// Output:
	// waiting 1
}

func ExampleWithSealer() {
	path, done := exampleFile()
	defer done()
	ctx := context.Background()
	// As a vault or `openssl rand -base64 32` gives it. A real one is in no source.
	environment := map[string]string{"SEAL_KEY": "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE="}
	getenv := func(name string) string { return environment[name] }

	key, err := base64.StdEncoding.DecodeString(getenv("SEAL_KEY"))
	if err != nil {
		log.Fatal("SEAL_KEY is not base64") // without the value
	}
	sealer, err := seal.NewAES(seal.Key{ID: "2026-11", Secret: key})
	if err != nil {
		log.Fatal(err)
	}
	store, err := sqlite.Open(ctx, path, sqlite.WithSealer(sealer))
	if err != nil {
		log.Fatal(err)
	}
	defer store.Close()

	if err := store.Tokens().SaveToken(ctx, "key", auth.RefreshToken{Token: "a refresh token"}); err != nil {
		log.Fatal(err)
	}
	without, err := sqlite.Open(ctx, path)
	if err != nil {
		log.Fatal(err)
	}
	defer without.Close()
	_, err = without.Tokens().LoadToken(ctx, "key")
	fmt.Println(errors.Is(err, sqlite.ErrSealed))
	// Output: true
}

func ExampleStore_Runs() {
	store, done := opened()
	defer done()
	ctx := context.Background()

	runs := store.Runs() // for offboard.New
	_, err := runs.Acquire(ctx, contoso, "one process", time.Minute)
	fmt.Println(err)
	_, err = runs.Acquire(ctx, contoso, "another", time.Minute)
	fmt.Println(errors.Is(err, offboard.ErrLeased))
	// Output:
	// <nil>
	// true
}

func ExampleStore_Agreements() {
	store, done := opened()
	defer done()
	ctx := context.Background()

	agreements := store.Agreements() // for mca.NewDesk
	if err := agreements.Remember(ctx, contoso); err != nil {
		log.Fatal(err)
	}
	compliant, err := agreements.Compliant(ctx, []customers.TenantID{contoso, fabrikam})
	fmt.Println(compliant, err)
	_, err = agreements.Load(ctx, fabrikam)
	fmt.Println(errors.Is(err, mca.ErrNoRecord))
	// Output:
	// [b44bb1fb-c595-45b0-9e09-d657365580bf] <nil>
	// true
}

func ExampleStore_Tokens() {
	// A real key is 32 random bytes from where secrets are kept.
	sealer, err := seal.NewAES(seal.Key{ID: "2026-11", Secret: bytes.Repeat([]byte{1}, 32)})
	if err != nil {
		log.Fatal(err)
	}
	store, done := opened(sqlite.WithSealer(sealer))
	defer done()
	ctx := context.Background()

	tokens := store.Tokens() // for auth.UserConfig
	if err := tokens.SaveToken(ctx, "key", auth.RefreshToken{Token: "a refresh token"}); err != nil {
		log.Fatal(err)
	}
	token, err := tokens.LoadToken(ctx, "key")
	fmt.Println(token.Token, len(token.Token.Reveal()), err)
	// Output:
	// REDACTED 15 <nil>
}

func ExampleStore_Directory() {
	path, done := exampleFile()
	defer done()
	ctx := context.Background()
	store, err := sqlite.Open(ctx, path)
	if err != nil {
		log.Fatal(err)
	}
	defer store.Close()

	// Your own table, in the same file.
	own, err := sql.Open("sqlite", path)
	if err != nil {
		log.Fatal(err)
	}
	defer own.Close()
	if _, err := own.ExecContext(ctx, `CREATE TABLE clients (tenant TEXT, name TEXT);
		INSERT INTO clients VALUES ('B44BB1FB-C595-45B0-9E09-D657365580BF', 'Contoso')`); err != nil {
		log.Fatal(err)
	}

	directory, err := store.Directory(ctx, "clients", "tenant") // for offboard.WithDirectory
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(directory.Has(ctx, contoso))
	fmt.Println(directory.Delete(ctx, contoso, "a request id"))
	fmt.Println(directory.Has(ctx, contoso))
	// Output:
	// true <nil>
	// <nil>
	// false <nil>
}

func ExampleStore_Reseal() {
	old := seal.Key{ID: "2026-05", Secret: bytes.Repeat([]byte{1}, 32)}
	current := seal.Key{ID: "2026-11", Secret: bytes.Repeat([]byte{2}, 32)}
	sealer, err := seal.NewAES(current, old) // seals under the first, opens both
	if err != nil {
		log.Fatal(err)
	}
	store, done := opened(sqlite.WithSealer(sealer))
	defer done()
	ctx := context.Background()

	if err := store.Tokens().SaveToken(ctx, "key", auth.RefreshToken{Token: "a refresh token"}); err != nil {
		log.Fatal(err)
	}
	fmt.Println(store.Reseal(ctx)) // from here on, the old key is not needed
	// Output:
	// 1 <nil>
}

// What is kept of a customer is deleted with SQL: the stores delete nothing.
func Example_forget() {
	path, done := exampleFile()
	defer done()
	ctx := context.Background()
	store, err := sqlite.Open(ctx, path)
	if err != nil {
		log.Fatal(err)
	}
	defer store.Close()
	run := &offboard.Run{ID: "1", Customer: contoso, Phase: offboard.PhaseDone, State: offboard.Done, Entries: 1}
	if err := store.Runs().Save(ctx, run, offboard.Entry{Run: "1", Seq: 1}); err != nil {
		log.Fatal(err)
	}
	if err := store.Agreements().Remember(ctx, contoso); err != nil {
		log.Fatal(err)
	}

	own, err := sql.Open("sqlite", path)
	if err != nil {
		log.Fatal(err)
	}
	defer own.Close()
	if _, err := own.ExecContext(ctx, `
		BEGIN IMMEDIATE;
		DELETE FROM cspkit_audit      WHERE customer = 'b44bb1fb-c595-45b0-9e09-d657365580bf';
		DELETE FROM cspkit_runs       WHERE customer = 'b44bb1fb-c595-45b0-9e09-d657365580bf';
		DELETE FROM cspkit_agreements WHERE customer = 'b44bb1fb-c595-45b0-9e09-d657365580bf';
		DELETE FROM cspkit_compliant  WHERE customer = 'b44bb1fb-c595-45b0-9e09-d657365580bf';
		COMMIT;
		VACUUM;
	`); err != nil {
		log.Fatal(err)
	}

	_, err = store.Runs().Load(ctx, contoso)
	fmt.Println(errors.Is(err, offboard.ErrNoRun))
	for range store.Runs().Audit(ctx, "1") {
		fmt.Println("an entry is left")
	}
	fmt.Println(store.Agreements().Compliant(ctx, []customers.TenantID{contoso}))
	// Output:
	// true
	// [] <nil>
}
