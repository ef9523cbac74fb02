package customstore

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/cspkit/cspkit/offboard"
)

// runFile is the content of a run's file. Its trail is in it, so that one
// rename saves both.
type runFile struct {
	Run   *offboard.Run    `json:"run"`
	Trail []offboard.Entry `json:"trail"`
}

// runFileName returns the name of a run's file in the folder of its customer.
func runFileName(id string) string { return "run-" + name(id) + ".json" }

// name makes an id the name of a file or folder. Small letters, digits and
// hyphens, of which tenant ids and run ids consist, stay; any other byte becomes
// its number. So no id leads out of the folder, and no two share a file, also
// where the file system takes A for a.
func name(id string) string {
	var b strings.Builder
	for _, c := range []byte(id) {
		if 'a' <= c && c <= 'z' || '0' <= c && c <= '9' || c == '-' {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "_%02x", c)
		}
	}
	return b.String()
}

// newest returns the newest run of a customer, or ErrNoRun. Its caller holds the
// lock: a folder that is read while files in it are renamed may seem to lack one.
func (s *Store) newest(folder string) (*runFile, error) {
	files, err := fs.ReadDir(s.root.FS(), folder)
	if err != nil {
		return nil, s.fail(err)
	}
	var newest *runFile
	for _, file := range files {
		if !strings.HasPrefix(file.Name(), "run-") || !strings.HasSuffix(file.Name(), ".json") {
			continue
		}
		var f runFile
		if err := s.read(folder, file.Name(), &f); err != nil {
			return nil, err
		}
		// A file that was copied here from elsewhere would be taken for this customer's.
		if f.Run == nil || f.Run.Revision < 1 || name(string(f.Run.Customer)) != folder || runFileName(f.Run.ID) != file.Name() {
			return nil, s.damaged(folder, file.Name())
		}
		if newest == nil || f.Run.Revision > newest.Run.Revision {
			newest = &f
		}
	}
	if newest == nil {
		return nil, noRun(folder)
	}
	return newest, nil
}

// noRun is the error for a customer without a run.
func noRun(folder string) error { return fmt.Errorf("customer %s: %w", folder, offboard.ErrNoRun) }

// read decodes a file. The error matches fs.ErrNotExist if there is none.
func (s *Store) read(folder, file string, content any) error {
	text, err := s.root.ReadFile(path.Join(folder, file))
	if err != nil {
		return s.fail(err)
	}
	if json.Unmarshal(text, content) != nil {
		return s.damaged(folder, file)
	}
	return nil
}

// replace writes a file whole or not at all. Once it has returned nil, the file
// outlives a crash of the machine, as far as the disk keeps what it confirms.
func (s *Store) replace(folder, file string, content any) error {
	text, err := json.Marshal(content)
	if err != nil {
		return s.fail(err)
	}
	target := path.Join(folder, file)
	_, err = s.root.Lstat(target)
	first := errors.Is(err, fs.ErrNotExist)
	// One name is enough: the folder is locked. What a killed process left there is
	// overwritten.
	temp := target + ".new"
	f, err := s.root.OpenFile(temp, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return s.fail(err)
	}
	_, err = f.Write(text)
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = s.root.Rename(temp, target)
	}
	if err != nil {
		return s.fail(errors.Join(err, s.root.Remove(temp)))
	}
	// A name lasts once its folder is synced, and that of the folder in the same way.
	err = syncFolder(s.root.Open(folder))
	if first {
		err = errors.Join(err, syncFolder(s.root.Open(".")))
	}
	return s.fail(err)
}

// syncFolder has the disk keep the names in a folder that was just opened.
func syncFolder(folder *os.File, err error) error {
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}

// fail says in which folder something failed.
func (s *Store) fail(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("customstore: in %s: %w", s.dir, err)
}

// damaged is for a file that does not hold what was saved. To go on as if it
// were not there would begin the run anew, unasked.
func (s *Store) damaged(folder, file string) error {
	return fmt.Errorf("customstore: %s is damaged: restore it from a backup; without one, stop what uses the store, look at the file, and move it away to begin anew",
		filepath.Join(s.dir, folder, file))
}
