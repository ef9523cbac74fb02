package sqlite_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/cspkit/cspkit/auth"
	"github.com/cspkit/cspkit/mca"
	"github.com/cspkit/cspkit/offboard"
	"github.com/cspkit/cspkit/store/seal"
	"github.com/cspkit/cspkit/store/sqlite"
)

// What must not be readable in a file that is sealed.
const (
	link    = "https://example.com/accept?secret=b7c1f7a2"
	email   = "ada.9f31@example.com"
	refresh = "refresh-0c3f9d"
)

func secretRecord() *mca.Record {
	return &mca.Record{
		Version: 1, Customer: contoso, DueAt: newRun(contoso).DueAt, State: mca.Pending,
		Attestations: []mca.Issued{{RequestID: "1", ID: "attestation", Link: link, Details: mca.Details{Signatory: mca.Signatory{Email: email}}}},
	}
}

// secrets saves a record and a token.
func secrets(t testing.TB, store *sqlite.Store) {
	t.Helper()
	if err := store.Agreements().Save(t.Context(), secretRecord()); err != nil {
		t.Fatal(err)
	}
	if err := store.Tokens().SaveToken(t.Context(), "key", auth.RefreshToken{Token: refresh}); err != nil {
		t.Fatal(err)
	}
}

// readable checks whether the secrets can be had from a store.
func readable(t *testing.T, store *sqlite.Store, want error) {
	t.Helper()
	record, err := store.Agreements().Load(t.Context(), contoso)
	if !errors.Is(err, want) || err == nil && record.Attestations[0].Link != link {
		t.Errorf("Load of the record: error = %v, want %v", err, want)
	}
	token, tokenErr := store.Tokens().LoadToken(t.Context(), "key")
	if !errors.Is(tokenErr, want) || tokenErr == nil && token.Token != refresh {
		t.Errorf("LoadToken: error = %v, want %v", tokenErr, want)
	}
	var last error
	for _, err := range store.Agreements().Due(t.Context(), time.Now().AddDate(100, 0, 0)) {
		last = err
	}
	if !errors.Is(last, want) {
		t.Errorf("Due: error = %v, want %v", last, want)
	}
	for _, err := range []error{err, tokenErr, last} {
		for _, secret := range []string{link, email, refresh} {
			if err != nil && strings.Contains(fmt.Sprintf("%v %+v", err, err), secret) {
				t.Error("an error holds a secret")
			}
		}
	}
}

// holds reports whether the file, or what belongs to it, holds a text.
func holds(t *testing.T, path, text string) bool {
	t.Helper()
	found := false
	for _, name := range []string{path, path + "-wal"} {
		content, err := os.ReadFile(name)
		if err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
		found = found || bytes.Contains(content, []byte(text))
	}
	return found
}

func TestSealedSecretsAreNotInTheFile(t *testing.T) {
	plain, sealed := file(t), file(t)
	secrets(t, open(t, plain))
	store := open(t, sealed, sealer(t, "key"))
	secrets(t, store)
	readable(t, store, nil)
	for _, secret := range []string{link, email, refresh} {
		if !holds(t, plain, secret) {
			t.Errorf("without a sealer, %q is not in the file: this test cannot see it", secret)
		}
		if holds(t, sealed, secret) {
			t.Errorf("%q is in a sealed file", secret)
		}
	}
	if shown := fmt.Sprintf("%v %+v %#v", store, store, *store); strings.Contains(shown, "key") || strings.Contains(shown, "107") {
		t.Errorf("a store is printed as %s", shown)
	}
}

func TestSealedSecretsNeedTheirKey(t *testing.T) {
	path := file(t)
	secrets(t, open(t, path, sealer(t, "key")))
	readable(t, open(t, path), sqlite.ErrSealed)
	readable(t, open(t, path, sealer(t, "another")), seal.ErrNoKey)
	readable(t, open(t, path, sealer(t, "another", "key")), nil)
}

func TestASealedRowOpensInItsPlaceOnly(t *testing.T) {
	path := file(t)
	store, own := open(t, path, sealer(t, "key")), other(t, path)
	secrets(t, store)
	foreign := secretRecord()
	foreign.Customer = fabrikam
	if err := store.Agreements().Save(t.Context(), foreign); err != nil {
		t.Fatal(err)
	}
	if err := store.Tokens().SaveToken(t.Context(), "another key", auth.RefreshToken{Token: "another"}); err != nil {
		t.Fatal(err)
	}
	do(t, own, `UPDATE cspkit_agreements SET body = (SELECT body FROM cspkit_agreements WHERE customer = $1) WHERE customer = $2`, fabrikam, contoso)
	do(t, own, `UPDATE cspkit_tokens SET body = (SELECT body FROM cspkit_tokens WHERE name = 'another key') WHERE name = 'key'`)
	readable(t, store, seal.ErrNotOpened)
}

func TestWhatIsNotSealedIsRefusedUntilItIs(t *testing.T) {
	path := file(t)
	secrets(t, open(t, path))
	store := open(t, path, sealer(t, "old"))
	readable(t, store, sqlite.ErrNotSealed)
	if n, err := store.Reseal(t.Context()); n != 2 || err != nil {
		t.Errorf("Reseal = %d, %v, want 2 records", n, err)
	}
	readable(t, store, nil)

	// A new key comes first; the old one can go when all is sealed under the new.
	both := open(t, path, sealer(t, "new", "old"))
	readable(t, both, nil)
	if n, err := both.Reseal(t.Context()); n != 2 || err != nil {
		t.Errorf("Reseal = %d, %v, want 2 records", n, err)
	}
	readable(t, open(t, path, sealer(t, "new")), nil)
	readable(t, store, seal.ErrNoKey)
	if _, err := store.Reseal(t.Context()); !errors.Is(err, seal.ErrNoKey) {
		t.Errorf("Reseal without the key = %v, want ErrNoKey", err)
	}
	if _, err := open(t, path).Reseal(t.Context()); err == nil {
		t.Error("Reseal without a sealer succeeds")
	}
}

// hooked calls open before it opens something.
type hooked struct {
	seal.Sealer
	open func()
}

func (h *hooked) Open(sealed, associated []byte) ([]byte, error) {
	h.open()
	return h.Sealer.Open(sealed, associated)
}

func TestResealLosesNothingThatIsSavedMeanwhile(t *testing.T) {
	path := file(t)
	keys, err := seal.NewAES(seal.Key{ID: "key", Secret: bytes.Repeat([]byte("k"), 32)})
	if err != nil {
		t.Fatal(err)
	}
	store := open(t, path, sqlite.WithSealer(keys))
	secrets(t, store)
	// Reseal has read the token and not written it back yet, twice.
	times := 0
	slow := open(t, path, sqlite.WithSealer(&hooked{keys, func() {
		if times++; times > 3 {
			return
		}
		token := auth.RefreshToken{Token: auth.Secret(fmt.Sprint("token ", times))}
		if err := store.Tokens().SaveToken(t.Context(), "key", token); err != nil {
			t.Error(err)
		}
	}}))
	if n, err := slow.Reseal(t.Context()); n != 2 || err != nil {
		t.Errorf("Reseal = %d, %v, want 2 records", n, err)
	}
	if token, err := store.Tokens().LoadToken(t.Context(), "key"); err != nil || token.Token != "token 3" {
		t.Errorf("LoadToken after Reseal: error = %v, want the token that was saved last", err)
	}
}

// failing is a sealer whose key vault is out of reach.
type failing struct{}

var errVault = errors.New("the key vault is out of reach")

func (failing) Seal([]byte, []byte) ([]byte, error) { return nil, errVault }
func (failing) Open([]byte, []byte) ([]byte, error) { return nil, errVault }

func TestNothingIsSavedWhenItCannotBeSealed(t *testing.T) {
	path := file(t)
	good := open(t, path, sealer(t, "key"))
	secrets(t, good)
	bad := open(t, path, sqlite.WithSealer(failing{}))
	readable(t, bad, errVault)
	record := secretRecord()
	record.Revision = 1
	if err := bad.Agreements().Save(t.Context(), record); !errors.Is(err, errVault) || record.Revision != 1 {
		t.Errorf("Save = %v, revision %d, want the vault's error and revision 1", err, record.Revision)
	}
	if err := bad.Tokens().SaveToken(t.Context(), "key", auth.RefreshToken{Token: "next"}); !errors.Is(err, errVault) {
		t.Errorf("SaveToken = %v, want the vault's error", err)
	}
	readable(t, good, nil)
	if _, err := bad.Runs().Load(t.Context(), contoso); !errors.Is(err, offboard.ErrNoRun) {
		t.Errorf("Load of a run, which is not sealed = %v, want ErrNoRun", err)
	}
}
