package postgres_test

import (
	"context"
	"fmt"
	"log"
	"os"

	"github.com/cspkit/cspkit/offboard"
	"github.com/cspkit/cspkit/store/postgres"
	"github.com/cspkit/cspkit/store/seal"
)

// These examples need a server of yours, so they are compiled but not run.

func ExampleOpen() {
	ctx := context.Background()
	sealer, err := seal.NewAES(seal.Key{ID: "2026-11", Secret: []byte(os.Getenv("SEAL_KEY"))})
	if err != nil {
		log.Fatal(err)
	}
	store, err := postgres.Open(ctx, "postgres://cspkit@db.example.com/cspkit?sslmode=verify-full",
		postgres.WithSealer(sealer), postgres.WithMaxConns(4))
	if err != nil {
		log.Fatal(err)
	}
	defer store.Close()

	var runs offboard.Store = store.Runs() // for offboard.New
	run, err := runs.Load(ctx, contoso)
	fmt.Println(run, err)
}

func ExampleStore_Directory() {
	ctx := context.Background()
	store, err := postgres.Open(ctx, "postgres://cspkit@db.example.com/crm?sslmode=verify-full")
	if err != nil {
		log.Fatal(err)
	}
	defer store.Close()

	directory, err := store.Directory(ctx, "crm.clients", "tenant_id") // for offboard.WithDirectory
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(directory.Has(ctx, contoso))
}
