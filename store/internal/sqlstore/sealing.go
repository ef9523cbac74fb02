package sqlstore

import (
	"bytes"
	"context"
	"errors"
	"fmt"
)

// kept is what the database has of a secret record.
type kept struct {
	sealed int // 1: encrypted
	body   []byte
}

// place is where a secret record is. What is sealed opens there only.
type place struct{ table, key string }

func (p place) associated() []byte { return []byte("cspkit/" + p.table + "/" + p.key) }

// protect returns what the database is to keep of a text.
func (db *DB) protect(text []byte, at place) (kept, error) {
	if db.sealer == nil {
		return kept{0, text}, nil
	}
	body, err := db.sealer.Seal(text, at.associated())
	if err != nil {
		return kept{}, fmt.Errorf("encrypting: %w", err)
	}
	return kept{1, body}, nil
}

// reveal returns the text of what the database has. With a sealer, what is not
// sealed is refused: somebody else may have put it there.
func (db *DB) reveal(k kept, at place) ([]byte, error) {
	switch {
	case k.sealed == 0 && db.sealer == nil:
		return k.body, nil
	case k.sealed == 0:
		return nil, ErrNotSealed
	case db.sealer == nil:
		return nil, ErrSealed
	}
	text, err := db.sealer.Open(k.body, at.associated())
	if err != nil {
		return nil, fmt.Errorf("decrypting: %w", err)
	}
	return text, nil
}

// Reseal encrypts every secret record anew, also those that are not encrypted
// yet, and returns how many there are. Others may use the store meanwhile.
func (db *DB) Reseal(ctx context.Context) (int, error) {
	if db.sealer == nil {
		return 0, db.wrap(errors.New("Reseal needs a sealer"))
	}
	n := 0
	for _, t := range []struct{ name, key string }{{"agreements", "customer"}, {"tokens", "name"}} {
		keys, err := db.reading().list(ctx, fmt.Sprintf(`SELECT %s FROM @%s ORDER BY 1`, t.key, t.name))
		if err != nil {
			return n, err
		}
		for _, key := range keys {
			if err := db.reseal(ctx, place{t.name, key}, t.key); err != nil {
				return n, err
			}
			n++
		}
	}
	return n, nil
}

// reseal encrypts one record anew, also one that others change meanwhile.
func (db *DB) reseal(ctx context.Context, at place, column string) error {
	for {
		var old kept
		found, err := db.reading().get(ctx, fmt.Sprintf(`SELECT sealed, body FROM @%s WHERE %s = $1`, at.table, column), []any{at.key}, &old.sealed, &old.body)
		if err != nil || !found {
			return err
		}
		text := old.body
		if old.sealed != 0 {
			if text, err = db.reveal(old, at); err != nil {
				return db.wrap(fmt.Errorf("a record in %s: %w", at.table, err))
			}
		}
		next, err := db.protect(bytes.Clone(text), at)
		if err != nil {
			return db.wrap(err)
		}
		changed, err := db.writing().exec(ctx, fmt.Sprintf(`UPDATE @%s SET sealed = $2, body = $3 WHERE %s = $1 AND body = $4`, at.table, column),
			at.key, next.sealed, next.body, old.body)
		if err != nil || changed == 1 {
			return err
		}
	}
}
