// Package customstore is what to copy where runs are to be kept in something
// that is neither SQLite nor PostgreSQL. It is an [offboard.Store] over a folder,
// with one JSON file for each run:
//
//	store, err := customstore.Open("/var/lib/offboarding")
//	if err != nil {
//		return err
//	}
//	defer store.Close()
//	workflow, err := offboard.New(partner, store)
//
// In the folder, a customer has a folder of its own:
//
//	b44bb1fb-c595-45b0-9e09-d657365580bf/
//		run-7b1f4d0e-8a52-4f5a-9d2c-6d3f0b7a1c11.json    a run and its audit trail
//		lease.json    who works on the customer, and until when
//		lock    empty; locked while one of the others is read or replaced
//
// What [offboard.Store] asks of a store, and what keeps it here:
//
//   - A run is saved together with its new entries, whole or not at all: both are
//     in one file. It is written under another name, synced, and renamed over the
//     old one; then the folder is synced. A process that is killed leaves the old
//     file or the new one.
//   - Of two who save the same revision one is refused, with ErrBehind: the stored
//     revision is compared while the customer's folder is locked.
//   - Who has lost the lease saves nothing: its fencing number is compared under the
//     same lock, after the revision, so that being behind comes first.
//   - Fencing numbers grow: the lease's file stays when the lease is given back.
//   - Several processes: the lock is flock(2), which the system takes from a process
//     that dies. It holds between goroutines, too.
//   - Trails of earlier runs stay: their files do. The newest run of a customer is
//     the one with the highest revision, since a new run goes on counting.
//   - Lists can be ranged over while others save, and yield a run once: first they
//     note which runs there are, then read each when its turn comes. No lock is
//     held while the caller works.
//   - A cancelled context changes nothing: it is looked at until the file is
//     written, and not from then on.
//   - Callers share nothing with the store: it keeps text.
//
// The tests hold it to the same promises as every other store, with package
// storetest, and kill processes that save.
//
// Not promised by [offboard.Store], so not done here: members that this version
// of the library does not know are not kept. A run of a newer form is refused by
// the workflow before anything is saved, by its version.
//
// Runs name customers, so the folder must be closed to others: [Open] makes it with
// mode 0700, and the files get 0600. Nothing is encrypted. Acceptance links and
// refresh tokens are not in it: they belong to mca.Store and auth.TokenStore, for
// which files can be read, locked and replaced in the same way.
//
// It is for one machine with a Unix system and a disk of its own: leases are
// timed by the machine's clock, and on Windows a rename may be seen half done.
// Each save writes the whole trail of a run anew and each list reads every
// customer's files, which is fine for some thousand customers. For more, take a
// database.
package customstore
