package pgserver

import (
	"errors"
	"net"
	"net/url"
	"strconv"
	"testing"
)

func TestAServerStartsAndStops(t *testing.T) {
	if _, err := binaries(); err != nil {
		t.Skip(err) // the modules that need a server do not skip
	}
	s, err := Start()
	if err != nil {
		t.Fatal(err)
	}
	address := net.JoinHostPort("127.0.0.1", strconv.Itoa(s.Port))
	if u, err := url.Parse(s.URL("postgres")); err != nil || u.Host != address {
		t.Errorf("URL() = %v, %v, want one of %s", u, err, address)
	}
	if err := errors.Join(s.Stop(true), s.Restart()); err != nil {
		t.Error(err)
	}
	connection, err := net.Dial("tcp", address)
	if err != nil {
		t.Error(err)
	} else {
		connection.Close()
	}
	if err := s.Remove(); err != nil {
		t.Error(err)
	}
	if connection, err := net.Dial("tcp", address); err == nil {
		connection.Close()
		t.Error("the server still listens")
	}
}
