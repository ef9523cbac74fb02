// Package pgserver runs a PostgreSQL server for tests, on a free port of this
// machine, and stops it again.
package pgserver

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// Server is a server of its own, with an empty data folder. The user postgres
// needs no password.
type Server struct {
	Port  int
	dir   string
	bin   string
	as    []string // in front of each command: root may not run a server
	guard *exec.Cmd
	alive io.Closer // what the guard watches
}

// Start makes a server and starts it.
func Start() (*Server, error) {
	s := &Server{}
	var err error
	if s.bin, err = binaries(); err != nil {
		return nil, err
	}
	if s.dir, err = os.MkdirTemp("", "pgserver"); err != nil {
		return nil, err
	}
	if err := s.start(); err != nil {
		return nil, errors.Join(err, s.Remove())
	}
	return s, nil
}

func (s *Server) start() error {
	if os.Getuid() == 0 {
		if err := s.disown(); err != nil {
			return err
		}
	}
	// Fast, not safe: the data is of no use to anybody afterwards. The user
	// postgres is trusted; any other has to have a password.
	if err := s.run("initdb", "-D", s.data(), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"); err != nil {
		return err
	}
	rules := "host all postgres 127.0.0.1/32 trust\nhost all all 127.0.0.1/32 scram-sha-256\n"
	if err := os.WriteFile(filepath.Join(s.data(), "pg_hba.conf"), []byte(rules), 0o600); err != nil {
		return err
	}
	port, err := freePort()
	if err != nil {
		return err
	}
	s.Port = port
	if err := s.watch(); err != nil {
		return err
	}
	return s.Restart()
}

// watch lets a shell stop the server and remove its data when this process
// ends, also when it is killed, as go test does with one that takes too long.
func (s *Server) watch() error {
	const wait = `trap "" INT QUIT TERM; read -r line; "$1/pg_ctl" -D "$2/data" -m immediate -w stop; rm -rf "$2"; true`
	command := slices.Concat(s.as, []string{"sh", "-c", wait, "guard", s.bin, s.dir})
	s.guard = exec.Command(command[0], command[1:]...)
	s.guard.Dir = "/"
	alive, err := s.guard.StdinPipe()
	if err != nil {
		return err
	}
	s.alive = alive
	return s.guard.Start()
}

// Restart starts a server that is stopped.
func (s *Server) Restart() error {
	options := fmt.Sprintf("-c listen_addresses=127.0.0.1 -c port=%d -c unix_socket_directories=%s -c fsync=off -c max_connections=60", s.Port, s.dir)
	return s.run("pg_ctl", "-D", s.data(), "-w", "-t", "30", "-l", filepath.Join(s.dir, "log"), "-o", options, "start")
}

// Stop ends the server at once, as a crash would if immediate is set.
func (s *Server) Stop(immediate bool) error {
	mode := "fast"
	if immediate {
		mode = "immediate"
	}
	return s.run("pg_ctl", "-D", s.data(), "-m", mode, "-w", "stop")
}

// Remove stops the server and removes its data.
func (s *Server) Remove() error {
	if s.guard == nil {
		return os.RemoveAll(s.dir)
	}
	err := errors.Join(s.alive.Close(), s.guard.Wait())
	return errors.Join(err, os.RemoveAll(s.dir)) // whose parent is not the guard's to change
}

// URL is where a database of the server is, for the user postgres.
func (s *Server) URL(database string) string {
	return fmt.Sprintf("postgres://postgres@127.0.0.1:%d/%s?sslmode=disable", s.Port, database)
}

func (s *Server) data() string { return filepath.Join(s.dir, "data") }

// disown lets the user postgres have the folder.
func (s *Server) disown() error {
	owner, err := user.Lookup("postgres")
	if err != nil {
		return fmt.Errorf("root may not run a PostgreSQL server, and there is no user postgres: %w", err)
	}
	uid, err := strconv.Atoi(owner.Uid)
	if err != nil {
		return err
	}
	s.as = []string{"runuser", "-u", "postgres", "--"}
	return os.Chown(s.dir, uid, -1)
}

func (s *Server) run(program string, args ...string) error {
	command := slices.Concat(s.as, []string{filepath.Join(s.bin, program)}, args)
	cmd := exec.Command(command[0], command[1:]...)
	cmd.Dir = s.dir
	// pg_ctl leaves a server behind that would keep a pipe of ours open.
	out, err := os.CreateTemp("", "pgserver")
	if err != nil {
		return err
	}
	defer os.Remove(out.Name())
	defer out.Close()
	cmd.Stdout, cmd.Stderr = out, out
	if err := cmd.Run(); err != nil {
		said, _ := os.ReadFile(out.Name())
		log, _ := os.ReadFile(filepath.Join(s.dir, "log"))
		return fmt.Errorf("%s: %w: %s%s", program, err, said, log)
	}
	return nil
}

// binaries returns the folder of the newest server that is installed.
func binaries() (string, error) {
	if path, err := exec.LookPath("initdb"); err == nil {
		return filepath.Dir(path), nil
	}
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/initdb") // Debian and its like
	if err != nil {
		return "", err
	}
	if len(found) == 0 {
		return "", errors.New("these tests start a PostgreSQL server, and none is installed: " +
			"put initdb and pg_ctl on the PATH, or run apt-get update && apt-get install -y postgresql")
	}
	version := func(path string) int {
		n, _ := strconv.Atoi(strings.Split(path, "/")[4])
		return n
	}
	return filepath.Dir(slices.MaxFunc(found, func(a, b string) int { return version(a) - version(b) })), nil
}

func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	return l.Addr().(*net.TCPAddr).Port, l.Close()
}
