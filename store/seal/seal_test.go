package seal_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"

	"github.com/cspkit/cspkit/store/seal"
)

// key returns a key of 32 equal bytes, which only tests do.
func key(id string, b byte) seal.Key { return seal.Key{ID: id, Secret: bytes.Repeat([]byte{b}, 32)} }

func newAES(t testing.TB, current seal.Key, earlier ...seal.Key) *seal.AES {
	t.Helper()
	a, err := seal.NewAES(current, earlier...)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestWhatIsSealedOpensInItsPlaceOnly(t *testing.T) {
	a := newAES(t, key("one", 'A'))
	for _, plaintext := range [][]byte{nil, []byte("secret"), bytes.Repeat([]byte("secret"), 1<<17)} {
		sealed, err := a.Seal(plaintext, []byte("here"))
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(sealed, []byte("secret")) {
			t.Error("Seal leaves the plaintext as it is")
		}
		if got, err := a.Open(sealed, []byte("here")); err != nil || !bytes.Equal(got, plaintext) {
			t.Errorf("Open of %d bytes = %d bytes, %v, want what was sealed", len(plaintext), len(got), err)
		}
		if _, err := a.Open(sealed, []byte("there")); !errors.Is(err, seal.ErrNotOpened) {
			t.Errorf("Open elsewhere: error = %v, want ErrNotOpened", err)
		}
		again, err := a.Seal(plaintext, []byte("here"))
		if err != nil || bytes.Equal(again, sealed) {
			t.Error("Seal returns the same twice: the nonce was used again")
		}
	}
}

func TestAnyChangeIsFound(t *testing.T) {
	// Both IDs are known, so a changed ID names another key.
	a := newAES(t, key("a", 'A'), key("c", 'C'), key("`", 'A'))
	sealed, err := a.Seal([]byte("secret"), []byte("here"))
	if err != nil {
		t.Fatal(err)
	}
	for i := range sealed {
		for bit := range 8 {
			changed := slices.Clone(sealed)
			changed[i] ^= 1 << bit
			if _, err := a.Open(changed, []byte("here")); !errors.Is(err, seal.ErrNotOpened) && !errors.Is(err, seal.ErrNoKey) {
				t.Errorf("bit %d of byte %d changed: Open: error = %v, want ErrNotOpened or ErrNoKey", bit, i, err)
			}
		}
		if _, err := a.Open(sealed[:i], []byte("here")); !errors.Is(err, seal.ErrNotOpened) {
			t.Errorf("Open of the first %d bytes: error = %v, want ErrNotOpened", i, err)
		}
	}
	// The ID cannot lend its last letter to what comes after it.
	if _, err := newAES(t, key("k", 'A')).Open(sealed, []byte("here")); !errors.Is(err, seal.ErrNoKey) {
		t.Errorf("Open without the key: error = %v, want ErrNoKey", err)
	}
}

func TestKeysCanBeChanged(t *testing.T) {
	before := newAES(t, key("old", 'A'))
	sealed, err := before.Seal([]byte("secret"), nil)
	if err != nil {
		t.Fatal(err)
	}
	both := newAES(t, key("new", 'B'), key("old", 'A'))
	if got, err := both.Open(sealed, nil); err != nil || string(got) != "secret" {
		t.Errorf("Open under the earlier key: error = %v", err)
	}
	resealed, err := both.Seal([]byte("secret"), nil)
	if err != nil {
		t.Fatal(err)
	}
	after := newAES(t, key("new", 'B'))
	if _, err := after.Open(resealed, nil); err != nil {
		t.Errorf("Open under the new key alone: %v", err)
	}
	if _, err := after.Open(sealed, nil); !errors.Is(err, seal.ErrNoKey) || !strings.Contains(err.Error(), `"old"`) {
		t.Errorf("Open without the earlier key: error = %v, want ErrNoKey with its ID", err)
	}
	if _, err := newAES(t, key("old", 'X')).Open(sealed, nil); !errors.Is(err, seal.ErrNotOpened) {
		t.Errorf("Open with another key under the ID: error = %v, want ErrNotOpened", err)
	}
}

func TestKeysAreChecked(t *testing.T) {
	good := key("good", 'A')
	for name, keys := range map[string][]seal.Key{
		"no ID":        {{Secret: good.Secret}},
		"a long ID":    {{ID: strings.Repeat("x", 256), Secret: good.Secret}},
		"no secret":    {{ID: "empty"}},
		"16 bytes":     {{ID: "short", Secret: good.Secret[:16]}},
		"one ID twice": {good, good},
		"a bad second": {good, {ID: "short", Secret: good.Secret[:31]}},
	} {
		if _, err := seal.NewAES(keys[0], keys[1:]...); err == nil {
			t.Errorf("%s: NewAES succeeds", name)
		} else if strings.Contains(err.Error(), "AAAA") {
			t.Errorf("%s: the error holds the key", name)
		}
	}
}

func TestKeysAreNotPrinted(t *testing.T) {
	k := key("id", 'S')
	a := newAES(t, k)
	var shown strings.Builder
	for _, v := range []any{k, &k, a, []seal.Key{k}} {
		fmt.Fprintf(&shown, "%v %+v %#v %s %x %d\n", v, v, v, v, v, v)
		b, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		shown.Write(b)
		slog.New(slog.NewJSONHandler(&shown, nil)).Info("key", "key", v)
	}
	for _, secret := range []string{"SSSS", "5353", "83 83", "U1NT"} { // as text, in hex, in decimals, in base64
		if strings.Contains(shown.String(), secret) {
			t.Errorf("a key is printed as %s...", secret)
		}
	}
}

func FuzzOpen(f *testing.F) {
	a := newAES(f, key("id", 'A'))
	sealed, err := a.Seal([]byte("secret"), []byte("here"))
	if err != nil {
		f.Fatal(err)
	}
	for _, seed := range [][]byte{nil, {1}, {1, 0}, {1, 255}, {2, 2, 'i', 'd'}, sealed, sealed[:10]} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, foreign []byte) {
		got, err := a.Open(foreign, []byte("here"))
		if err == nil && string(got) != "secret" {
			t.Error("Open accepts what was never sealed")
		}
		if err != nil && !errors.Is(err, seal.ErrNoKey) && !errors.Is(err, seal.ErrNotOpened) {
			t.Errorf("error = %v, want ErrNoKey or ErrNotOpened", err)
		}
	})
}
