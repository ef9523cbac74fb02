package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/cspkit/cspkit/examples/internal/cli"
	"github.com/cspkit/cspkit/internal/guid"
)

// ready is what the process prints with -json.
type ready struct {
	URL          string `json:"url"`
	AdminURL     string `json:"admin_url"`
	TenantID     string `json:"tenant_id"`
	ClientID     string `json:"client_id"`
	ClientSecret string `json:"client_secret"`
	AppToken     string `json:"app_token"`
}

func console(in io.Reader, out, errout io.Writer) cli.Console {
	return cli.Console{Name: "emulator", In: in, Out: out, Err: errout}
}

// start runs the program until the test ends, and reads what it prints with -json.
func start(t *testing.T, stdin string, args ...string) ready {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	out, in := io.Pipe()
	ended := make(chan int, 1)
	go func() {
		ended <- run(ctx, append(args, "-json"), console(strings.NewReader(stdin), in, io.Discard))
		in.Close()
	}()
	t.Cleanup(func() {
		stop()
		if status := <-ended; status != cli.ExitDone {
			t.Errorf("the program ended with %d, want 0", status)
		}
		http.DefaultClient.CloseIdleConnections()
	})
	var r ready
	if err := json.NewDecoder(out).Decode(&r); err != nil {
		t.Fatalf("it printed no JSON: %v", err)
	}
	go io.Copy(io.Discard, out)
	return r
}

// send is a client in another language: HTTP and JSON, nothing else.
func (r ready) send(t *testing.T, method, path, body string) (status int, answer map[string]any) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, r.URL+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+r.AppToken)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("MS-RequestId", guid.New())
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	data, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	if err := json.Unmarshal(data, &answer); err != nil && len(data) > 0 {
		t.Fatalf("%s %s = %d %s", method, path, res.StatusCode, data)
	}
	return res.StatusCode, answer
}

// ok sends and wants success.
func (r ready) ok(t *testing.T, method, path, body string) map[string]any {
	t.Helper()
	status, answer := r.send(t, method, path, body)
	if status != http.StatusOK {
		t.Fatalf("%s %s = %d %v, want 200", method, path, status, answer)
	}
	return answer
}

func TestAClientInAnotherLanguageSignsInAndReads(t *testing.T) {
	r := start(t, "")
	res, err := http.PostForm(r.URL+"/"+r.TenantID+"/oauth2/v2.0/token", url.Values{
		"grant_type": {"client_credentials"}, "client_id": {r.ClientID}, "client_secret": {r.ClientSecret},
		"scope": {"https://api.partnercenter.microsoft.com/.default"},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	var token struct {
		Access string `json:"access_token"`
	}
	if err := json.NewDecoder(res.Body).Decode(&token); err != nil || token.Access == "" {
		t.Fatalf("sign-in = %d, %v", res.StatusCode, err)
	}
	r.AppToken = token.Access
	if n := r.ok(t, "GET", "/v1/customers", "")["totalCount"]; n != 9.0 {
		t.Errorf("it has %v customers, want the 9 of the demo", n)
	}
}

func TestASeedComesFromAFileOrStandardInput(t *testing.T) {
	file := start(t, "", "-seed", "testdata/seed.json")
	if n := file.ok(t, "GET", "/v1/customers", "")["totalCount"]; n != 3.0 {
		t.Errorf("a file gives %v customers, want 3", n)
	}
	if n := start(t, `{}`, "-seed", "-").ok(t, "GET", "/v1/customers", "")["totalCount"]; n != 0.0 {
		t.Errorf("standard input gives %v customers, want none", n)
	}
}

func TestFlagsWinOverTheSeed(t *testing.T) {
	r := start(t, `{"demo":true,"settings":{"budget":500}}`, "-seed", "-", "-budget", "2", "-sandbox")
	settings := r.ok(t, "GET", "/admin/state", "")["settings"].(map[string]any)
	if settings["budget"] != 2.0 || settings["sandbox"] != true {
		t.Errorf("settings = %v, want a budget of 2 in a sandbox", settings)
	}
	for range 2 {
		r.ok(t, "GET", "/v1/customers", "")
	}
	if status, _ := r.send(t, "GET", "/v1/customers", ""); status != http.StatusTooManyRequests {
		t.Errorf("the third request = %d, want 429", status)
	}
}

func TestWhatIsNotCalledProperlyIsSaidBeforeItListens(t *testing.T) {
	tests := []struct {
		name, args string
		want       []string
	}{
		{"an argument", "seed.json", []string{`"seed.json" is no flag`}},
		{"an unknown flag", "-port 80", []string{"Usage: emulator", "-port"}},
		{"an address of others", "-addr 0.0.0.0:0", []string{"which other machines reach", "-any-host"}},
		{"every address", "-addr :8080", []string{"which other machines reach"}},
		{"no address", "-addr localhost", []string{"set host:port"}},
		{"two forms", "-json -env", []string{"exclude each other"}},
		{"a budget", "-budget -2", []string{"-budget is -2"}},
		{"several", "-budget -2 -addr x x", []string{"-budget is -2", "-addr is", "is no flag"}},
		{"no file", "-seed testdata/none.json", []string{"-seed: open testdata/none.json"}},
		{"no seed", "-seed main.go", []string{"-seed: main.go is no seed", "is not JSON"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var out, errout bytes.Buffer
			status := run(t.Context(), strings.Fields(tt.args), console(strings.NewReader(""), &out, &errout))
			if status != cli.ExitUsage || out.Len() > 0 {
				t.Errorf("run = %d %q, want 2 and no output", status, &out)
			}
			for _, want := range tt.want {
				if !strings.Contains(errout.String(), want) {
					t.Errorf("it says %q, want %q", &errout, want)
				}
			}
		})
	}
	if status := run(t.Context(), []string{"-h"}, console(nil, io.Discard, io.Discard)); status != cli.ExitDone {
		t.Errorf("-h = %d, want 0", status)
	}
	taken := strings.TrimPrefix(start(t, "").URL, "http://")
	if status := run(t.Context(), []string{"-addr", taken}, console(nil, io.Discard, io.Discard)); status != cli.ExitFailed {
		t.Errorf("a port that is taken = %d, want 4", status)
	}
}

// printed is what the program prints before it is stopped.
func printed(t *testing.T, args ...string) string {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	stop()
	var out bytes.Buffer
	if status := run(ctx, args, console(nil, &out, io.Discard)); status != cli.ExitDone {
		t.Fatalf("run = %d", status)
	}
	return out.String()
}

func TestItSaysHowToReachIt(t *testing.T) {
	text := printed(t)
	for _, want := range []string{"http://127.0.0.1:", "/mca/?attestationid={id}", "/admin/", "Contoso Bakery", "export CSPKIT_API_URL='http://127.0.0.1:", "curl -s http://127.0.0.1:"} {
		if !strings.Contains(text, want) {
			t.Errorf("it prints %q, want %q in it", text, want)
		}
	}
	for line := range strings.Lines(printed(t, "-env")) {
		if !strings.HasPrefix(line, "export CSPKIT_") {
			t.Errorf("-env prints %q", line)
		}
	}
	if text := printed(t, "-any-host", "-addr", "0.0.0.0:0"); !strings.Contains(text, "listens on http://localhost:") {
		t.Errorf("on all addresses it prints %q", text)
	}
}

// A request that takes long does not keep the process from ending.
func TestItEndsAlthoughSomebodyWaits(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	out, in := io.Pipe()
	ended := make(chan int, 1)
	seed := `{"faults":[{"operation":"ListCustomers","delay":"1h"}]}`
	go func() {
		ended <- run(ctx, []string{"-json", "-seed", "-"}, console(strings.NewReader(seed), in, io.Discard))
	}()
	var r ready
	if err := json.NewDecoder(out).Decode(&r); err != nil {
		t.Fatal(err)
	}
	lost := make(chan error, 1)
	go func() {
		res, err := http.Get(r.URL + "/v1/customers")
		if err == nil {
			res.Body.Close()
		}
		lost <- err
	}()
	for len(r.ok(t, "GET", "/admin/requests", "")["requests"].([]any)) == 0 {
		time.Sleep(10 * time.Millisecond)
	}
	stop()
	if err, status := <-lost, <-ended; err == nil || status != cli.ExitDone {
		t.Errorf("the request ended with %v, the program with %d, want a lost connection and 0", err, status)
	}
}
