// Package postgres keeps runs, agreements and refresh tokens in PostgreSQL, 13
// or newer. It is the store of several processes on several machines.
//
//	store, err := postgres.Open(ctx, url, postgres.WithSealer(sealer))
//	if err != nil {
//		return err
//	}
//	defer store.Close()
//	workflow, err := offboard.New(partner, store.Runs())
//
// The tables are in a schema of their own, cspkit unless [WithSchema] names
// another. They are made, and brought up to date, by [Open]: the first time that
// takes a user who may create a schema, or one to whom an empty one of that
// name belongs. The encoding of the database must be UTF8.
//
// Every promise holds between processes by row locks and compare-and-swap in
// transactions that read what is committed. The clock of leases is that of the
// server. A statement ends after 30 s (statement_timeout), and waits for a lock
// for 10 s (lock_timeout), unless the connection string says otherwise. Behind
// PgBouncer, let it ignore these start-up parameters and set them for the user,
// and add default_query_exec_mode=exec if it pools by transaction.
//
// Without [WithSealer], refresh tokens, acceptance links and the names of
// signatories are in the tables as they are: whoever reads them can use them.
// With it they are encrypted; customers' tenant ids, dates, states, the runs
// and their audit trails are not.
package postgres
