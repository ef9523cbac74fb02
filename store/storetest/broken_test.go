package storetest_test

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/cspkit/cspkit/auth"
	"github.com/cspkit/cspkit/customers"
	"github.com/cspkit/cspkit/mca"
	"github.com/cspkit/cspkit/offboard"
	"github.com/cspkit/cspkit/store/storetest"
)

// fault is one way in which a store breaks a promise, and which promise that
// is. The empty one breaks none.
type fault struct{ does, promise string }

// TestEveryBrokenPromiseIsCaught runs the suite on stores that break one
// promise each. The suite fails there, so it runs in a process of its own,
// which takes part in this test by its environment: see TestBroken.
func TestEveryBrokenPromiseIsCaught(t *testing.T) {
	for suite, faults := range map[string][]fault{
		"Offboard": runFaults, "MCA": agreementFaults, "Tokens": tokenFaults, "Directory": directoryFaults,
	} {
		for _, f := range append(faults, fault{}) {
			t.Run(suite+"/"+f.does, func(t *testing.T) {
				t.Parallel()
				only := "^TestBroken$"
				if f.promise != "" {
					only += "/^" + f.promise + "$"
				}
				cmd := exec.Command(os.Args[0], "-test.run", only, "-test.timeout", "3m")
				cmd.Env = append(os.Environ(), "STORETEST_SUITE="+suite, "STORETEST_FAULT="+f.does)
				out, err := cmd.CombinedOutput()
				if f.promise == "" {
					if err != nil {
						t.Errorf("the suite fails on a store that breaks nothing: %v\n%s", err, out)
					}
					return
				}
				if err == nil || !strings.Contains(string(out), "--- FAIL: TestBroken/"+f.promise+" ") {
					t.Errorf("a store that %s passes %s: %v\n%s", f.does, f.promise, err, out)
				}
				if !strings.Contains(string(out), "What a store promises: ") {
					t.Errorf("%s fails without saying what was promised:\n%s", f.promise, out)
				}
			})
		}
	}
}

// TestBroken is the other process of TestEveryBrokenPromiseIsCaught.
func TestBroken(t *testing.T) {
	does := os.Getenv("STORETEST_FAULT")
	switch os.Getenv("STORETEST_SUITE") {
	case "Offboard":
		storetest.Offboard(t, func(*testing.T) offboard.Store { return newBrokenRuns(does) })
	case "MCA":
		storetest.MCA(t, func(*testing.T) mca.Store {
			return &brokenAgreements{does: does, compliant: map[customers.TenantID]bool{}}
		})
	case "Tokens":
		storetest.Tokens(t, func(*testing.T) auth.TokenStore { return &brokenTokens{does: does} })
	case "Directory":
		storetest.Directory(t, func(t *testing.T, holds ...customers.TenantID) offboard.Directory {
			return &brokenDirectory{newDirectory(t, holds...), does}
		})
	}
}
