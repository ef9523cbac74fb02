package partnercenter_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cspkit/cspkit/auth"
	"github.com/cspkit/cspkit/partnercenter"
)

const bom = "\xef\xbb\xbf"

func packed(s string) string {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = w.Write([]byte(s))
	_ = w.Close()
	return b.String()
}

func TestBodiesInAllTheirForms(t *testing.T) {
	const plain = `{"id":"a","count":3}`
	tests := []struct {
		name, body string
		header     []string
	}{
		{"plain", plain, nil},
		{"byte order mark", bom + plain, nil},
		{"byte order mark and space", bom + " \r\n" + plain + "\r\n", nil},
		{"gzip", packed(plain), []string{"Content-Encoding", "gzip"}},
		{"gzip of a byte order mark", packed(bom + plain), []string{"Content-Encoding", "GZIP"}},
		{"Pascal case", `{"Id":"a","Count":3}`, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got struct {
				ID    string `json:"id"`
				Count int    `json:"count"`
			}
			err := newClient(t, play(says(200, tt.body, tt.header...)), once).Do(t.Context(), read, &got)
			if err != nil || got.ID != "a" || got.Count != 3 {
				t.Errorf("Do = %+v, %v, want a and 3", got, err)
			}
		})
	}
}

func TestErrorBodiesInAllTheirForms(t *testing.T) {
	const plain = `{"code":20002,"description":"No relationship between caller and account."}`
	for _, reply := range []answer{
		says(403, bom+plain), says(403, packed(bom+plain), "Content-Encoding", "gzip"), says(403, strings.ReplaceAll(plain, "code", "Code")),
	} {
		_, err := newClient(t, play(reply)).Send(t.Context(), read)
		if e, ok := errors.AsType[*partnercenter.Error](err); !ok || e.Code != "20002" || !e.Is(partnercenter.ErrNoRelationship) {
			t.Errorf("Send error = %v, want code 20002", err)
		}
	}
}

func TestEmptyAnswersAreNoError(t *testing.T) {
	for _, status := range []int{200, 201, 202, 204} {
		got := struct{ ID string }{"as it was"}
		resp, err := newClient(t, play(says(status, "", "Content-Encoding", "gzip"))).Send(t.Context(), write)
		if err != nil || resp.Status != status || len(resp.Body) != 0 {
			t.Errorf("Send = %+v, %v, want status %d and no body", resp, err, status)
		}
		if err := newClient(t, play(says(status, ""))).Do(t.Context(), write, &got); err != nil || got.ID != "as it was" {
			t.Errorf("Do of status %d = %v, %v, want no change", status, got, err)
		}
	}
	head := read
	head.Method = http.MethodHead
	if _, err := newClient(t, play(says(200, ""))).Send(t.Context(), head); err != nil {
		t.Errorf("HEAD: %v", err)
	}
	_, err := newClient(t, play(says(404, ""))).Send(t.Context(), head)
	if !errors.Is(err, partnercenter.ErrNotFound) {
		t.Errorf("HEAD of 404: %v, want ErrNotFound", err)
	}
}

// A truncated or foreign 200 must not look like a resource without members.
func TestAReadWithoutJSONIsAskedForAgain(t *testing.T) {
	for _, body := range []string{"", `{"id":"a"`, "<html>sign in</html>"} {
		t.Run(body, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var got struct{ ID string }
				service := play(says(200, body), says(200, `{"id":"b"}`))
				if err := newClient(t, service).Do(t.Context(), read, &got); err != nil || got.ID != "b" {
					t.Errorf("Do = %v, %v, want the second answer", got, err)
				}
				err := newClient(t, play(says(200, body))).Do(t.Context(), read, &got)
				if !errors.Is(err, partnercenter.ErrUnexpectedAnswer) || strings.Contains(err.Error(), "sign in") {
					t.Errorf("Do error = %v, want ErrUnexpectedAnswer without the body", err)
				}
			})
		})
	}
}

func TestAWriteThatWasAnsweredIsNotRepeatedForItsBody(t *testing.T) {
	service := play(says(200, "<html>"))
	err := newClient(t, service).Do(t.Context(), write, new(item))
	if !errors.Is(err, partnercenter.ErrUnexpectedAnswer) || !partnercenter.OutcomeUnknown(err) || len(service.requests()) != 1 {
		t.Errorf("Do error = %v after %d requests, want ErrUnexpectedAnswer after one", err, len(service.requests()))
	}
}

func TestAMemberOfAnotherTypeIsAnErrorWithoutTheBody(t *testing.T) {
	err := newClient(t, play(says(200, `{"id":31337}`))).Do(t.Context(), read, new(item))
	if !errors.Is(err, partnercenter.ErrUnexpectedAnswer) || !strings.Contains(err.Error(), `"id"`) || strings.Contains(err.Error(), "31337") {
		t.Errorf("Do error = %v, want ErrUnexpectedAnswer that names the member and not its value", err)
	}
}

func TestBrokenGzipIsRetried(t *testing.T) {
	whole := packed(`{"id":"a"}`)
	for _, body := range []string{whole[:len(whole)-3], "not gzip", whole[:5]} {
		synctest.Test(t, func(t *testing.T) {
			service := play(says(200, body, "Content-Encoding", "gzip"), says(200, whole, "Content-Encoding", "gzip"))
			var got item
			if err := newClient(t, service).Do(t.Context(), read, &got); err != nil || got.ID != "a" {
				t.Errorf("Do = %v, %v, want the second answer", got, err)
			}
		})
	}
}

// accepted is the answer to a write that takes its time.
var accepted = says(202, "", "Location", "/customers/1/subscriptions/2")

func follow(ctx context.Context, client *partnercenter.Client) error {
	resp, err := client.Send(ctx, write)
	if err != nil {
		return err
	}
	return client.Follow(ctx, write, resp, func(body []byte) (bool, error) {
		if bytes.Contains(body, []byte("broken")) {
			return false, errors.New("broken")
		}
		return bytes.Contains(body, []byte("done")), nil
	})
}

func TestFollowLooksUntilTheWriteShows(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		service := play(accepted, says(200, `{}`), says(503, ""), says(200, `{}`), says(200, `{"status":"done"}`))
		if err := follow(t.Context(), newClient(t, service)); err != nil {
			t.Fatal(err)
		}
		got := service.requests()
		if len(got) != 5 {
			t.Fatalf("%d requests, want 5", len(got))
		}
		for _, r := range got[1:] {
			if r.Method != http.MethodGet || r.URL.String() != host+"/v1/customers/1/subscriptions/2" || r.body != "" {
				t.Errorf("looked with %s %s %q", r.Method, r.URL, r.body)
			}
			if r.Header.Get("MS-RequestId") == got[0].Header.Get("MS-RequestId") {
				t.Error("a look has the request id of the write")
			}
		}
	})
}

// Whatever becomes of the looks: the write was accepted.
func TestFollowNeverSaysThatAnAcceptedWriteWasNotSent(t *testing.T) {
	location := func(l string) answer { return says(202, "", "Location", l) }
	tests := []struct {
		name    string
		answers []answer
		want    error
	}{
		{"refused look", []answer{accepted, says(403, "")}, partnercenter.ErrForbidden},
		{"end of the context", []answer{accepted, says(200, "{}")}, context.DeadlineExceeded},
		{"end of the context in a look", []answer{accepted, hangs}, context.DeadlineExceeded},
		{"no Location", []answer{says(202, "")}, partnercenter.ErrUnexpectedAnswer},
		{"Location elsewhere", []answer{location("https://evil.example")}, partnercenter.ErrForeignHost},
		{"look that makes no sense", []answer{accepted, says(200, "broken")}, partnercenter.ErrUnexpectedAnswer},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				err := follow(ctx, newClient(t, play(tt.answers...)))
				if !errors.Is(err, tt.want) || partnercenter.NotSent(err) || !partnercenter.OutcomeUnknown(err) {
					t.Errorf("Follow error = %v (NotSent %t, OutcomeUnknown %t), want %v of unknown outcome",
						err, partnercenter.NotSent(err), partnercenter.OutcomeUnknown(err), tt.want)
				}
			})
		})
	}
	t.Run("no token for the look", func(t *testing.T) {
		source := &tokens{list: []string{"good-token"}, err: &auth.Error{Status: 400, AADSTS: 700082}}
		client, err := partnercenter.New(auth.Credentials{AppUser: source}, partnercenter.WithTransport(transport(func(r *http.Request) (*http.Response, error) {
			source.Invalidate("good-token")
			return accepted(r)
		})))
		if err != nil {
			t.Fatal(err)
		}
		if err := follow(t.Context(), client); !errors.Is(err, partnercenter.ErrSignInAgain) || partnercenter.NotSent(err) || !partnercenter.OutcomeUnknown(err) {
			t.Errorf("Follow error = %v, want ErrSignInAgain of unknown outcome", err)
		}
	})
}

func TestObserversSeeAttemptsWaitsBudgetAndTokens(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		seen := new(recorder)
		service := play(says(503, ""), fails(io.EOF), says(200, "{}"))
		client := newClient(t, service, partnercenter.WithObserver(seen), partnercenter.WithRateBudget(partnercenter.PerMinute(1)))
		resp, err := client.Send(t.Context(), read)
		if err != nil {
			t.Fatal(err)
		}
		attempts := seen.of(partnercenter.EventAttempt)
		if len(attempts) != 3 || attempts[0].Status != 503 || attempts[1].Err == nil || attempts[1].Status != 0 || attempts[2].Status != 200 {
			t.Errorf("attempts = %+v, want 503, an error, 200", attempts)
		}
		if n := len(seen.of(partnercenter.EventWait)); n != 2 {
			t.Errorf("%d waits, want 2", n)
		}
		if budget := seen.of(partnercenter.EventBudget); len(budget) != 2 || budget[0].Duration < 50*time.Second {
			t.Errorf("budget events = %+v, want two long ones", budget)
		}
		if n := len(seen.of(partnercenter.EventToken)); n != 1 {
			t.Errorf("%d token events, want 1: the token stayed the same", n)
		}
		for i, e := range seen.events {
			if e.Operation != read.Operation || e.Resource != read.Resource || e.Method != http.MethodGet || e.Credential != partnercenter.AppOnly ||
				e.RequestID != resp.RequestID || e.CorrelationID != resp.CorrelationID || e.Start.IsZero() || e.Attempt < 1 {
				t.Errorf("event %d = %+v, want it to tell the call", i, e)
			}
		}
	})
}

func TestARefreshedTokenIsAnEvent(t *testing.T) {
	seen := new(recorder)
	source := &tokens{list: []string{"old-token", "new-token"}}
	client, err := partnercenter.New(auth.Credentials{App: source}, partnercenter.WithTransport(play(says(401, ""), says(200, "{}"))), partnercenter.WithObserver(seen))
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if _, err := client.Send(t.Context(), read); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(seen.of(partnercenter.EventToken)); n != 2 {
		t.Errorf("%d token events, want 2: one for each token", n)
	}
	if n := len(seen.of(partnercenter.EventBudget)); n != 0 {
		t.Errorf("%d budget events, want none: nobody waited", n)
	}
}

// Over real sockets: net/http unpacks, cuts and reuses connections itself.
func TestAClientServesManyGoroutinesOverTheNetwork(t *testing.T) {
	var mu sync.Mutex
	count := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		count++
		n := count
		mu.Unlock()
		body := bom + page("", "", "a", "b")
		switch {
		case n%7 == 0: // promises more than it sends
			w.Header().Set("Content-Length", "100000")
			_, _ = io.WriteString(w, body[:20])
		case n%5 == 0:
			w.WriteHeader(http.StatusServiceUnavailable)
		case strings.Contains(r.Header.Get("Accept-Encoding"), "gzip"):
			w.Header().Set("Content-Encoding", "gzip")
			_, _ = io.WriteString(w, packed(body))
		default:
			_, _ = io.WriteString(w, body)
		}
	}))
	defer server.Close()
	client := newClient(t, server.Client().Transport, partnercenter.WithBaseURL(server.URL), partnercenter.WithObserver(new(recorder)),
		partnercenter.WithRateBudget(partnercenter.PerMinute(0)), partnercenter.WithRetry(partnercenter.Retry{Attempts: 20, MinWait: time.Millisecond}))
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			for range 10 {
				if got, err := collect(t.Context(), client, read); err != nil || len(got) != 2 {
					t.Errorf("All = %v, %v, want two items", got, err)
				}
			}
		})
	}
	wg.Wait()
}
