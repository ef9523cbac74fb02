package main

import (
	"context"
	"encoding/json"
	"io"
	"maps"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/cspkit/cspkit/examples/internal/account"
	"github.com/cspkit/cspkit/examples/internal/cli"
	"github.com/cspkit/cspkit/partnercentertest"
)

// bench is an emulated account with its environment.
type bench struct {
	*account.Account
	env    map[string]string
	person bool // sits at the terminal
}

func newBench(t *testing.T) *bench {
	t.Helper()
	a := &bench{Account: account.New(t)}
	a.env = a.Env()
	delete(a.env, "CSPKIT_REFRESH_TOKEN")
	a.env["CSPKIT_STORE"] = "sqlite:" + filepath.Join(t.TempDir(), "cspkit.db")
	return a
}

// await returns what the pattern finds in the output, as soon as it is there.
func await(t *testing.T, o *account.Buffer, pattern string) string {
	t.Helper()
	for find := regexp.MustCompile(pattern); ; time.Sleep(time.Millisecond) {
		if found := find.FindStringSubmatch(o.String()); found != nil {
			return found[1]
		}
		if t.Context().Err() != nil {
			t.Fatalf("%s is not in the output:\n%s", pattern, o)
		}
	}
}

// run runs the program while a person does something, and checks that it shows
// no secret.
func (a *bench) run(ctx context.Context, t *testing.T, person func(out *account.Buffer), args ...string) (status int, out, errout string) {
	t.Helper()
	var s account.Screen
	done := make(chan int)
	go func() {
		c := s.Console("consent", "")
		c.Person = a.person
		done <- run(ctx, args, func(name string) string { return a.env[name] }, c)
	}()
	if person != nil {
		person(&s.Out)
	}
	status = <-done
	a.CheckSecrets(&s)
	return status, s.Out.String(), s.Err.String()
}

// open opens the page that the program prints, as a browser does, and wants
// that it shows the text.
func open(t *testing.T, text string) func(out *account.Buffer) {
	return func(out *account.Buffer) {
		page := await(t, out, `(http://\S+/authorize\?\S+)`)
		if body := get(t, page); !strings.Contains(body, text) || !strings.Contains(body, "close this page") {
			t.Errorf("the browser shows %q, want %q and that it may be closed", body, text)
		}
	}
}

func get(t *testing.T, address string) string {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Error(err)
		return ""
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Error(err)
	}
	return string(body)
}

func TestASignInIsStoredAndServesFromThenOn(t *testing.T) {
	a := newBench(t)
	a.StrictRotation = true
	if status, out, _ := a.run(t.Context(), t, nil, "-check"); status != cli.ExitFailed || !strings.Contains(out, "sign in first, without -check") || strings.Contains(out, "Credentials.") {
		t.Errorf("-check before: %d, want 4 and what is missing:\n%s", status, out)
	}
	status, out, errout := a.run(t.Context(), t, open(t, "You are signed in"))
	if status != cli.ExitDone || !strings.Contains(out, "with multi-factor authentication.") || !strings.Contains(out, "user_impersonation") ||
		!strings.Contains(out, time.Now().UTC().AddDate(0, 0, 90).Format(time.DateOnly)) || !strings.Contains(out, strings.TrimPrefix(a.env["CSPKIT_STORE"], "sqlite:")) {
		t.Fatalf("status %d, want 0, what was granted, until when and where it is stored:\n%s%s", status, out, errout)
	}
	for range 2 { // the second time with the refresh token that came in the place of the first
		if status, out, errout := a.run(t.Context(), t, nil, "-check"); status != cli.ExitDone {
			t.Errorf("-check after: %d, want 0:\n%s%s", status, out, errout)
		}
	}
}

func TestCheckPrintsJSONLines(t *testing.T) {
	a := newBench(t)
	a.env["CSPKIT_REFRESH_TOKEN"] = partnercentertest.RefreshToken
	a.NoMFA = true
	status, out, _ := a.run(t.Context(), t, nil, "-check", "-json")
	lines, lacking := strings.Split(strings.TrimSpace(out), "\n"), 0
	for _, text := range lines {
		var line checkLine
		if err := json.Unmarshal([]byte(text), &line); err != nil || line.Type != "check" || line.Job == "" || line.Problems == nil || line.Warnings == nil {
			t.Errorf("line %s: %v", text, err)
		}
		if !line.OK {
			lacking++
		}
	}
	if status != cli.ExitFailed || len(lines) < 6 || lacking == 0 || lacking == len(lines) {
		t.Errorf("status %d, %d of %d jobs lack something; want 4 and those that need a user", status, lacking, len(lines))
	}
}

func TestAPortThatIsTakenForOneOfBothAddressesIsRefused(t *testing.T) {
	for _, address := range []string{"127.0.0.1:0", "[::1]:0"} {
		taken, err := net.Listen("tcp", address)
		if err != nil {
			t.Skip(err)
		}
		defer taken.Close()
		port := strconv.Itoa(taken.Addr().(*net.TCPAddr).Port)
		status, out, errout := newBench(t).run(t.Context(), t, nil, "-port", port, "-wait", "1s")
		if status != cli.ExitFailed || out != "" || !strings.Contains(errout, "set another -port") {
			t.Errorf("%s: status %d, want 4 and the advice to take another port:\n%s%s", address, status, out, errout)
		}
	}
}

// On some systems the command that opens a page becomes the browser.
func TestTheBrowserOutlivesTheSignIn(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("other systems open pages by other commands")
	}
	folder := t.TempDir()
	lived := filepath.Join(folder, "lived")
	script := "#!/bin/sh\n/bin/sleep 0.3\necho \"$1\" > " + lived + ".new && /bin/mv " + lived + ".new " + lived + "\n"
	if err := os.WriteFile(filepath.Join(folder, "xdg-open"), []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", folder)
	a := newBench(t)
	a.person = true
	if status, out, errout := a.run(t.Context(), t, open(t, "You are signed in")); status != cli.ExitDone {
		t.Fatalf("status %d, want 0:\n%s%s", status, out, errout)
	}
	for start := time.Now(); time.Since(start) < 10*time.Second; time.Sleep(10 * time.Millisecond) {
		if page, err := os.ReadFile(lived); err == nil {
			if !strings.Contains(string(page), "/authorize?") {
				t.Errorf("the browser was told to open %s", page)
			}
			return
		}
	}
	t.Error("the browser was ended with the sign-in, or never opened")
}

func TestASignInThatIsWorthNothingIsNotStored(t *testing.T) {
	for name, tt := range map[string]struct {
		set  func(*partnercentertest.Server)
		want string
	}{
		"without multi-factor authentication": {func(s *partnercentertest.Server) { s.NoMFA = true }, "multi-factor authentication is missing"},
		"declined":                            {func(s *partnercentertest.Server) { s.SignInError = "access_denied" }, "declined"},
		"nobody consented":                    {func(s *partnercentertest.Server) { s.NoConsent = true }, "consent is missing"},
	} {
		t.Run(name, func(t *testing.T) {
			a := newBench(t)
			tt.set(a.Server)
			status, out, errout := a.run(t.Context(), t, open(t, "Look at the terminal"))
			if status != cli.ExitFailed || !strings.Contains(errout, tt.want) {
				t.Errorf("status %d, want 4 and %q:\n%s%s", status, tt.want, out, errout)
			}
			if status, out, _ := a.run(t.Context(), t, nil, "-check"); status != cli.ExitFailed || !strings.Contains(out, "sign in first, without -check") {
				t.Errorf("-check after: %d, want 4, as nothing was stored:\n%s", status, out)
			}
		})
	}
}

func TestAVisitorWhoDoesNotBelongIsSentAway(t *testing.T) {
	a := newBench(t)
	status, _, errout := a.run(t.Context(), t, func(out *account.Buffer) {
		home := await(t, out, `redirect_uri=http%3A%2F%2Flocalhost%3A(\d+)`)
		for _, path := range []string{"/?code=x&state=made-up", "/?error=access_denied", "/favicon.ico"} {
			if body := get(t, "http://localhost:"+home+path); strings.Contains(body, "You are signed in") {
				t.Errorf("GET %s answers %q", path, body)
			}
		}
		open(t, "You are signed in")(out)
	})
	if status != cli.ExitDone {
		t.Errorf("status %d, want 0: %s", status, errout)
	}
}

func TestACodeOnAnotherDevice(t *testing.T) {
	a := newBench(t)
	status, out, errout := a.run(t.Context(), t, func(out *account.Buffer) {
		if err := a.ApproveDevice(await(t, out, `the code (\S+) and`)); err != nil {
			t.Error(err)
		}
	}, "-device")
	if status != cli.ExitDone || !strings.Contains(out, "is stored") {
		t.Errorf("status %d, want 0:\n%s%s", status, out, errout)
	}
}

func TestInterruptedAndTooLate(t *testing.T) {
	a := newBench(t)
	ctx, cancel := context.WithCancel(t.Context())
	status, _, errout := a.run(ctx, t, func(out *account.Buffer) { await(t, out, `(authorize)`); cancel() })
	if status != cli.ExitInterrupted {
		t.Errorf("interrupted: status %d, want 130: %s", status, errout)
	}
	if status, _, errout := a.run(t.Context(), t, nil, "-wait", "10ms"); status != cli.ExitFailed || !strings.Contains(errout, "nobody signed in") {
		t.Errorf("too late: status %d, want 4: %s", status, errout)
	}
}

func TestBadUsageSendsNothing(t *testing.T) {
	for name, tt := range map[string]struct {
		args []string
		env  map[string]string
		want string
	}{
		"unknown flag":        {[]string{"-force"}, nil, "-force"},
		"an argument":         {[]string{"now"}, nil, "no arguments"},
		"json alone":          {[]string{"-json"}, nil, "-check"},
		"check and device":    {[]string{"-check", "-device"}, nil, "exclude"},
		"no such port":        {[]string{"-port", "70000"}, nil, "65535"},
		"no time":             {[]string{"-wait", "0s"}, nil, "above zero"},
		"nowhere to store it": {nil, map[string]string{"CSPKIT_STORE": "memory:"}, "CSPKIT_STORE"},
		"no folder":           {[]string{"-wait", "2s"}, map[string]string{"CSPKIT_STORE": "sqlite:/no/such/folder/cspkit.db"}, "/no/such/folder"},
		"no tenant":           {nil, map[string]string{"CSPKIT_TENANT_ID": ""}, "CSPKIT_TENANT_ID"},
		"no URL":              {nil, map[string]string{"CSPKIT_LOGIN_URL": "http://login.example"}, "CSPKIT_LOGIN_URL"},
	} {
		t.Run(name, func(t *testing.T) {
			a := newBench(t)
			maps.Copy(a.env, tt.env)
			status, _, errout := a.run(t.Context(), t, nil, tt.args...)
			if status != cli.ExitUsage || !strings.Contains(errout, tt.want) {
				t.Errorf("status %d, want 2 with %q: %s", status, tt.want, errout)
			}
			if n := len(a.Requests()); n != 0 {
				t.Errorf("%d requests were sent", n)
			}
		})
	}
}

func TestTheDemoSignsItselfIn(t *testing.T) {
	a := &bench{Account: account.New(t), env: map[string]string{}}
	status, out, errout := a.run(t.Context(), t, nil)
	if status != cli.ExitDone || !strings.HasPrefix(out, "The built-in emulator") || !strings.Contains(out, "Signed in") {
		t.Errorf("status %d, want 0:\n%s%s", status, out, errout)
	}
	if status, out, _ := a.run(t.Context(), t, nil, "-check"); status != cli.ExitDone {
		t.Errorf("-check: status %d, want 0:\n%s", status, out)
	}
}
