// Package sqlite keeps runs, agreements and refresh tokens in a SQLite file,
// without cgo. It is the store of one machine: several processes there may
// share the file.
//
//	store, err := sqlite.Open(ctx, "cspkit.db", sqlite.WithSealer(sealer))
//	if err != nil {
//		return err
//	}
//	defer store.Close()
//	workflow, err := offboard.New(partner, store.Runs())
//
// What a call has saved outlives a crash of the process, and of the machine as
// far as its disk keeps what it has confirmed. The file is a database in WAL
// mode: beside it are two more, ending in -wal and -shm, that belong to it. It
// must be on a disk of the machine, not on a network share. To copy it while it
// is in use, have SQLite do so, with VACUUM INTO; do not move it then.
//
// The package's tables begin with cspkit_, so the file may be a database of
// your own with other tables in it. They are made, and brought up to date, by
// [Open].
//
// Without [WithSealer], refresh tokens, acceptance links and the names of
// signatories are in the file as they are: whoever reads it can use them. With
// it they are encrypted; customers' tenant ids, dates, states, the runs and
// their audit trails are not.
package sqlite
