package auth

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"time"
)

// FileTokenStore keeps refresh tokens in a JSON file that only its owner may
// read. Use one store for a file: two of them, in one process or in several,
// do not see each other's locks, and the later write wins.
type FileTokenStore struct {
	path string
	mu   sync.Mutex
}

// NewFileTokenStore returns a store in the file at path. The file is made when
// the first token is saved, with mode 0600; its folder must exist. A file that
// others may read is refused by every call, rather than quietly closed: its
// tokens may have been seen.
func NewFileTokenStore(path string) *FileTokenStore {
	return &FileTokenStore{path: path}
}

// LoadToken implements [TokenStore].
func (f *FileTokenStore) LoadToken(ctx context.Context, key string) (RefreshToken, error) {
	if err := ctx.Err(); err != nil {
		return RefreshToken{}, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	content, err := f.read()
	if err != nil {
		return RefreshToken{}, err
	}
	t, ok := content.Tokens[key]
	if !ok {
		return RefreshToken{}, ErrNoToken
	}
	return RefreshToken{Secret(t.Token), t.Issued}, nil
}

// SaveToken implements [TokenStore]. The file is replaced whole or not at all.
func (f *FileTokenStore) SaveToken(ctx context.Context, key string, token RefreshToken) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	content, err := f.read()
	if err != nil {
		return err
	}
	if content.Tokens == nil {
		content.Tokens = map[string]fileEntry{}
	}
	content.Tokens[key] = fileEntry{token.Token.Reveal(), token.Issued}
	return f.replace(content)
}

// tokenFile is the content of the file.
type tokenFile struct {
	Tokens map[string]fileEntry `json:"refresh_tokens"`
}

// fileEntry is a RefreshToken that does not redact itself on its way to the file.
type fileEntry struct {
	Token  string    `json:"token"`
	Issued time.Time `json:"issued,omitzero"`
}

// read returns the zero content if there is no file yet.
func (f *FileTokenStore) read() (tokenFile, error) {
	info, err := os.Lstat(f.path)
	if errors.Is(err, fs.ErrNotExist) {
		return tokenFile{}, nil
	}
	if err != nil {
		return tokenFile{}, fmt.Errorf("auth: token file: %w", err)
	}
	// A link would be replaced by the next save, and a pipe never end.
	if !info.Mode().IsRegular() {
		return tokenFile{}, fmt.Errorf("auth: token file %s is not a regular file: set the path of one", f.path)
	}
	file, err := os.Open(f.path)
	if err != nil {
		return tokenFile{}, fmt.Errorf("auth: token file: %w", err)
	}
	defer file.Close()
	if info, err = file.Stat(); err != nil {
		return tokenFile{}, fmt.Errorf("auth: token file: %w", err)
	}
	// Windows has access lists instead; Go makes up the mode there.
	if mode := info.Mode().Perm(); mode&0o077 != 0 && runtime.GOOS != "windows" {
		return tokenFile{}, fmt.Errorf("auth: token file %s has mode %04o, so others may use its refresh tokens: revoke them, or run chmod 600", f.path, mode)
	}
	b, err := io.ReadAll(file)
	if err != nil {
		return tokenFile{}, fmt.Errorf("auth: token file: %w", err)
	}
	var content tokenFile
	if json.Unmarshal(b, &content) != nil { // whose error may quote a token
		return tokenFile{}, fmt.Errorf("auth: token file %s is damaged: remove it to start from the configured refresh token", f.path)
	}
	return content, nil
}

// replace writes beside the file and renames, so that a crash leaves either
// the old content or the new.
func (f *FileTokenStore) replace(content tokenFile) error {
	b, err := json.MarshalIndent(content, "", "  ")
	if err != nil {
		return fmt.Errorf("auth: token file: %w", err)
	}
	dir := filepath.Dir(f.path)
	temp, err := os.CreateTemp(dir, "."+filepath.Base(f.path)+"-*") // mode 0600
	if err != nil {
		return fmt.Errorf("auth: token file: %w", err)
	}
	_, err = temp.Write(b)
	err = errors.Join(err, temp.Sync(), temp.Close())
	if err == nil {
		err = os.Rename(temp.Name(), f.path)
	}
	if err != nil {
		_ = os.Remove(temp.Name())
		return fmt.Errorf("auth: token file: %w", err)
	}
	// The rename lasts once the folder is synced too. Not every file system
	// can do that, and the token is in place either way.
	if d, err := os.Open(dir); err == nil {
		_ = d.Sync()
		_ = d.Close()
	}
	return nil
}
