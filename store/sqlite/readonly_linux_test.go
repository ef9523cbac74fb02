package sqlite_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestAFileThatCannotBeWrittenIsReported opens the file as another user: root,
// who runs many test machines, may write everything.
func TestAFileThatCannotBeWrittenIsReported(t *testing.T) {
	dir, err := os.MkdirTemp("", "readonly")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	path := filepath.Join(dir, "cspkit.db")
	saved(t, open(t, path), contoso)
	for _, tt := range []struct {
		name         string
		folder, file os.FileMode
		want         string
	}{
		{"the file", 0o777, 0o444, "needs write access to the file and to its folder"},
		{"the file and the folder", 0o555, 0o444, "needs write access to the file and to its folder"},
		{"all of it", 0o700, 0o600, "permission denied"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for name, mode := range map[string]os.FileMode{path: tt.file, path + "-wal": tt.file, path + "-shm": tt.file, dir: tt.folder} {
				if err := os.Chmod(name, mode); err != nil && !os.IsNotExist(err) {
					t.Fatal(err)
				}
			}
			cmd := exec.Command("/proc/self/exe") // whose folder the other user may not search
			cmd.Dir = "/"
			cmd.Env = append(os.Environ(), "CSPKIT_TEST_FILE="+path, "CSPKIT_TEST_TIMES=1")
			if os.Getuid() == 0 {
				const nobody = 65534
				cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
			} else if tt.folder == 0o700 {
				t.Skip("the file is this user's own")
			}
			out, err := cmd.CombinedOutput()
			if err == nil || !strings.Contains(string(out), tt.want) || !strings.Contains(string(out), path) {
				t.Errorf("another user: %v: %s, want %q", err, out, tt.want)
			}
		})
	}
}
