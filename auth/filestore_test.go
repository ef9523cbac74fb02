package auth_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cspkit/cspkit/auth"
)

func TestTokenStores(t *testing.T) {
	for name, store := range map[string]auth.TokenStore{
		"memory": new(auth.MemoryTokenStore),
		"file":   auth.NewFileTokenStore(filepath.Join(t.TempDir(), "tokens.json")),
	} {
		t.Run(name, func(t *testing.T) {
			if got, err := store.LoadToken(t.Context(), "a"); got.Token != "" || !errors.Is(err, auth.ErrNoToken) {
				t.Errorf("LoadToken() of an empty store = %q, %v, want ErrNoToken", got, err)
			}
			var wg sync.WaitGroup
			for i := range 50 {
				wg.Go(func() {
					if err := store.SaveToken(t.Context(), fmt.Sprint("key", i), auth.RefreshToken{Token: auth.Secret(fmt.Sprint("token", i)), Issued: day(i)}); err != nil {
						t.Errorf("SaveToken() error = %v", err)
					}
				})
			}
			wg.Wait()
			for i := range 50 {
				got, err := store.LoadToken(t.Context(), fmt.Sprint("key", i))
				if want := auth.Secret(fmt.Sprint("token", i)); got.Token != want || !got.Issued.Equal(day(i)) || err != nil {
					t.Errorf("LoadToken(key%d) = %q issued %s, %v, want %q issued %s", i, got.Token.Reveal(), got.Issued, err, want.Reveal(), day(i))
				}
			}
			if _, err := store.LoadToken(t.Context(), "a"); !errors.Is(err, auth.ErrNoToken) {
				t.Errorf("LoadToken() of another key: error = %v, want ErrNoToken", err)
			}
		})
	}
}

// day is when the i-th token was issued; of the first that is not known.
func day(i int) time.Time {
	if i == 0 {
		return time.Time{}
	}
	return time.Date(2026, 11, 1, 8, 0, 0, 0, time.UTC).AddDate(0, 0, i)
}

func TestFileTokenStoreLeavesOneFileForItsOwner(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "tokens.json")
	store := auth.NewFileTokenStore(path)
	for _, token := range []auth.Secret{"rt1", "rt2"} {
		if err := store.SaveToken(t.Context(), "key", auth.RefreshToken{Token: token}); err != nil {
			t.Fatal(err)
		}
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if mode := info.Mode().Perm(); mode != 0o600 && runtime.GOOS != "windows" {
		t.Errorf("mode = %04o, want 0600", mode)
	}
	if left, _ := os.ReadDir(dir); len(left) != 1 {
		t.Errorf("folder holds %v, want the token file only", left)
	}
	if got, err := auth.NewFileTokenStore(path).LoadToken(t.Context(), "key"); got.Token != "rt2" || err != nil {
		t.Errorf("LoadToken() by another store = %q, %v, want rt2", got, err)
	}
}

func TestFileTokenStoreRefusesWhatItCannotTrust(t *testing.T) {
	const content = `{"refresh_tokens":{"key":"rt-hidden"}}`
	tests := []struct {
		name    string
		prepare func(path string) error
		want    string
	}{
		{"readable by others", func(p string) error {
			return errors.Join(os.WriteFile(p, []byte(content), 0o600), os.Chmod(p, 0o644))
		}, "chmod 600"},
		{"readable by a group", func(p string) error {
			return errors.Join(os.WriteFile(p, []byte(content), 0o600), os.Chmod(p, 0o640))
		}, "chmod 600"},
		{"damaged", func(p string) error { return os.WriteFile(p, []byte(content[:30]), 0o600) }, "damaged"},
		{"a folder", func(p string) error { return os.Mkdir(p, 0o700) }, "not a regular file"},
		{"a link", func(p string) error {
			return errors.Join(os.WriteFile(p+".real", []byte(content), 0o600), os.Symlink(p+".real", p))
		}, "not a regular file"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if runtime.GOOS == "windows" {
				t.Skip("modes and links differ")
			}
			path := filepath.Join(t.TempDir(), "tokens.json")
			if err := tt.prepare(path); err != nil {
				t.Fatal(err)
			}
			store := auth.NewFileTokenStore(path)
			_, load := store.LoadToken(t.Context(), "key")
			save := store.SaveToken(t.Context(), "key", auth.RefreshToken{Token: "rt-new"})
			for _, err := range []error{load, save} {
				if err == nil || !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), path) {
					t.Errorf("error = %v, want one with %q and the path", err, tt.want)
				} else if strings.Contains(err.Error(), "rt-") {
					t.Errorf("error reveals a token: %v", err)
				}
			}
		})
	}
}

func TestFileTokenStoreNeedsItsFolder(t *testing.T) {
	store := auth.NewFileTokenStore(filepath.Join(t.TempDir(), "missing", "tokens.json"))
	if err := store.SaveToken(t.Context(), "key", auth.RefreshToken{Token: "rt1"}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("SaveToken() error = %v, want fs.ErrNotExist", err)
	}
}
