package partnercenter_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"github.com/cspkit/cspkit/auth"
	"github.com/cspkit/cspkit/partnercenter"
)

type item struct {
	ID string `json:"id"`
}

// page is an answer with items and, if next is not empty, a link with a header.
func page(next, token string, ids ...string) string {
	items := make([]string, len(ids))
	for i, id := range ids {
		items[i] = fmt.Sprintf(`{"id":%q}`, id)
	}
	links := `{"self":{"uri":"/v1/customers"}}`
	if next != "" {
		links = fmt.Sprintf(`{"next":{"uri":%q,"method":"GET","headers":[{"key":"MS-ContinuationToken","value":%q}]}}`, next, token)
	}
	return fmt.Sprintf(`{"totalCount":%d,"items":[%s],"links":%s,"attributes":{"objectType":"Collection"}}`, len(ids), strings.Join(items, ","), links)
}

// collect ranges over a list once.
func collect(ctx context.Context, client *partnercenter.Client, r partnercenter.Request) (ids []string, err error) {
	for i, err := range partnercenter.All[item](ctx, client, r) {
		if err != nil {
			return ids, err
		}
		ids = append(ids, i.ID)
	}
	return ids, nil
}

func TestAllYieldsTheItemsOfAllPages(t *testing.T) {
	service := play(
		says(200, page("/customers?size=2&seekOperation=Next", "one", "a", "b")),
		says(200, "\xef\xbb\xbf"+page("/v1/customers?size=2&seekOperation=Next", "two", "c")),
		says(200, page("", "", "d")),
	)
	r := read
	r.Header = http.Header{"X-Own": {"kept"}}
	got, err := collect(t.Context(), newClient(t, service), r)
	if diff := cmp.Diff([]string{"a", "b", "c", "d"}, got); err != nil || diff != "" {
		t.Fatalf("All: %v, items (-want +got):\n%s", err, diff)
	}
	requests, ids := service.requests(), map[string]bool{}
	for i, want := range []struct{ url, token string }{
		{host + "/v1/customers", ""},
		{host + "/v1/customers?size=2&seekOperation=Next", "one"},
		{host + "/v1/customers?size=2&seekOperation=Next", "two"},
	} {
		h := requests[i].Header
		if requests[i].URL.String() != want.url || h.Get("MS-ContinuationToken") != want.token || h.Get("X-Own") != "kept" {
			t.Errorf("request %d: %s with token %q, want %s with %q", i+1, requests[i].URL, h.Get("MS-ContinuationToken"), want.url, want.token)
		}
		ids[h.Get("MS-RequestId")] = true
	}
	if len(ids) != 3 || len(r.Header) != 1 {
		t.Errorf("%d request ids for 3 pages; the caller's header is %v", len(ids), r.Header)
	}
}

func TestAListCanBeRangedTwice(t *testing.T) {
	service := play(
		says(200, page("/customers?seekOperation=Next", "one", "a")), says(200, page("", "", "b")),
		says(200, page("/customers?seekOperation=Next", "one", "a")), says(200, page("", "", "b")),
	)
	list := partnercenter.All[item](t.Context(), newClient(t, service), read)
	for range 2 {
		var got []string
		for i, err := range list {
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, i.ID)
		}
		if diff := cmp.Diff([]string{"a", "b"}, got); diff != "" {
			t.Errorf("items (-want +got):\n%s", diff)
		}
	}
	if requests := service.requests(); len(requests) != 4 || requests[2].Header.Get("MS-ContinuationToken") != "" {
		t.Errorf("%d requests, want 4, the third from the start", len(requests))
	}
}

func TestListsThatAreNoCollection(t *testing.T) {
	tests := []struct{ name, body string }{
		{"bare array", `[{"id":"a"},{"id":"b"}]`},
		{"Pascal case", `{"TotalCount":2,"Items":[{"Id":"a"},{"Id":"b"}],"Links":{"Self":{"Uri":"/x"}}}`},
		{"Graph", `{"value":[{"id":"a"},{"id":"b"}]}`},
		{"no links", `{"items":[{"id":"a"},{"id":"b"}]}`},
		{"links of null", `{"items":[{"id":"a"},{"id":"b"}],"links":null}`},
		{"next of null", `{"items":[{"id":"a"},{"id":"b"}],"links":{"next":null}}`},
		{"byte order mark and space", "\xef\xbb\xbf \r\n[{\"id\":\"a\"},{\"id\":\"b\"}]\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := collect(t.Context(), newClient(t, play(says(200, tt.body)), once), read)
			if diff := cmp.Diff([]string{"a", "b"}, got); err != nil || diff != "" {
				t.Errorf("All: %v, items (-want +got):\n%s", err, diff)
			}
		})
	}
}

func TestAnEmptyListHasNoItems(t *testing.T) {
	for _, body := range []string{`{"totalCount":0,"items":[]}`, `[]`, `{"value":[]}`} {
		if got, err := collect(t.Context(), newClient(t, play(says(200, body)), once), read); err != nil || len(got) != 0 {
			t.Errorf("All of %s = %v, %v, want nothing", body, got, err)
		}
	}
}

func TestAnAnswerWithoutItemsIsRetriedAndNeverAnEmptyList(t *testing.T) {
	for _, body := range []string{``, `{}`, `null`, `{"totalCount":0}`, `{"items":null}`, `{"items":{}}`, `"items"`, `<html></html>`, `{"items":[`} {
		t.Run(body, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				service := play(says(200, body), says(200, page("", "", "a")))
				if got, err := collect(t.Context(), newClient(t, service), read); err != nil || len(got) != 1 {
					t.Errorf("All = %v, %v, want the item of the second answer", got, err)
				}
				service = play(says(200, body))
				_, err := collect(t.Context(), newClient(t, service), read)
				if !errors.Is(err, partnercenter.ErrUnexpectedAnswer) || len(service.requests()) != 5 {
					t.Errorf("All error = %v after %d requests, want ErrUnexpectedAnswer after 5", err, len(service.requests()))
				}
			})
		})
	}
}

func TestCode2000EndsAListOnlyOnAContinuation(t *testing.T) {
	end := says(400, `{"code":2000,"description":"x"}`)
	got, err := collect(t.Context(), newClient(t, play(says(200, page("/customers?seekOperation=Next", "t", "a")), end)), read)
	if err != nil || len(got) != 1 {
		t.Errorf("code 2000 on a continuation: %v, %v, want one item and no error", got, err)
	}
	if _, err := collect(t.Context(), newClient(t, play(end)), read); !errors.Is(err, partnercenter.ErrValidation) {
		t.Errorf("code 2000 on the first page: error %v, want ErrValidation", err)
	}
	other := says(400, `{"code":2001,"description":"x"}`)
	if _, err := collect(t.Context(), newClient(t, play(says(200, page("/customers", "t", "a")), other)), read); err == nil {
		t.Error("another code on a continuation: no error")
	}
}

func TestAPageThatIsCutShortIsAskedForAgainAsAWhole(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		second := page("", "", "c", "d")
		service := play(
			says(200, page("/customers?seekOperation=Next", "t", "a", "b")),
			cut(second[:strings.Index(second, `"d"`)]), // after the item c
			cut(""),
			says(200, second),
		)
		got, err := collect(t.Context(), newClient(t, service), read)
		if diff := cmp.Diff([]string{"a", "b", "c", "d"}, got); err != nil || diff != "" {
			t.Errorf("All: %v, items (-want +got):\n%s", err, diff)
		}
		requests := service.requests()
		for _, r := range requests[1:] {
			if r.Header.Get("MS-ContinuationToken") != "t" || r.Header.Get("MS-RequestId") != requests[1].Header.Get("MS-RequestId") {
				t.Error("a retry of the second page is another request")
			}
		}
	})
}

func TestANextLinkToAnotherHostIsNotFollowed(t *testing.T) {
	for name, body := range map[string]string{
		"collection": page("https://evil.example/v1/customers", "t", "a"),
		"no scheme":  page("//evil.example/v1/customers", "t", "a"),
		"Graph":      `{"value":[{"id":"a"}],"@odata.nextLink":"https://evil.example/next"}`,
	} {
		service := play(says(200, body))
		got, err := collect(t.Context(), newClient(t, service), read)
		_, ok := errors.AsType[*partnercenter.Error](err)
		if len(got) != 1 || !ok || !errors.Is(err, partnercenter.ErrForeignHost) || len(service.requests()) != 1 {
			t.Errorf("%s: %d items, %v, %d requests; want one item, ErrForeignHost, one request", name, len(got), err, len(service.requests()))
		}
	}
}

func TestGraphPages(t *testing.T) {
	const next = "https://graph.microsoft.com/v1.0/things?$skiptoken=x"
	service := play(says(200, `{"@odata.nextLink":"`+next+`","value":[{"id":"a"}]}`), says(200, `{"value":[{"id":"b"}]}`))
	r := read
	r.Service, r.Path = partnercenter.Graph, "/things"
	got, err := collect(t.Context(), newClient(t, service), r)
	if diff := cmp.Diff([]string{"a", "b"}, got); err != nil || diff != "" {
		t.Errorf("All: %v, items (-want +got):\n%s", err, diff)
	}
	if u := service.requests()[1].URL.String(); u != next {
		t.Errorf("second request to %s, want %s", u, next)
	}
}

func TestALinkCannotReplaceTokenOrIDs(t *testing.T) {
	body := `{"items":[],"links":{"next":{"uri":"/customers","headers":[{"key":"authorization","value":"Bearer x"},
		{"key":"ms-requestid","value":"x"},{"key":"MS-CorrelationId","value":"x"},{"key":"MS-ContinuationToken","value":"t"}]}}}`
	service := play(says(200, body), says(200, page("", "")))
	if _, err := collect(t.Context(), newClient(t, service), read); err != nil {
		t.Fatal(err)
	}
	h := service.requests()[1].Header
	if h.Get("Authorization") != "Bearer "+appToken || h.Get("MS-RequestId") == "x" || h.Get("MS-CorrelationId") == "x" || h.Get("MS-ContinuationToken") != "t" {
		t.Errorf("headers of the second page = %v, want the link's continuation token and nothing else of it", h)
	}
}

func TestAnItemThatCannotBeReadEndsTheList(t *testing.T) {
	service := play(says(200, `{"items":[{"id":"a"},{"id":{"secret":"b"}},{"id":"c"}]}`))
	got, err := collect(t.Context(), newClient(t, service), read)
	if len(got) != 1 || !errors.Is(err, partnercenter.ErrUnexpectedAnswer) || strings.Contains(err.Error(), "secret") {
		t.Errorf("All = %v, %v, want the first item and ErrUnexpectedAnswer without the body", got, err)
	}
}

func TestAnErrorIsTheLastThingThatAListYields(t *testing.T) {
	service := play(says(200, page("/customers", "t", "a")), says(403, ""))
	var yields []string
	for i, err := range partnercenter.All[item](t.Context(), newClient(t, service), read) {
		yields = append(yields, fmt.Sprint(i.ID, errors.Is(err, partnercenter.ErrForbidden)))
	}
	if diff := cmp.Diff([]string{"afalse", "true"}, yields); diff != "" {
		t.Errorf("yields (-want +got):\n%s", diff)
	}
}

func TestBreakingAListLeavesNothingBehind(t *testing.T) {
	service := play(says(200, page("/customers", "t", "a", "b")))
	client := newClient(t, service)
	before := runtime.NumGoroutine()
	for range 50 {
		for range partnercenter.All[item](t.Context(), client, read) {
			break
		}
	}
	// In a bubble of synctest a goroutine left behind would be a deadlock.
	synctest.Test(t, func(t *testing.T) {
		client := newClient(t, service)
		for range partnercenter.All[item](t.Context(), client, read) {
			break
		}
	})
	if after := runtime.NumGoroutine(); after > before+2 {
		t.Errorf("%d goroutines, %d before", after, before)
	}
	if n := len(service.requests()); n != 51 {
		t.Errorf("%d requests, want one for each loop: the second page was not wanted", n)
	}
}

func BenchmarkAll(b *testing.B) {
	ids := make([]string, 500)
	for i := range ids {
		ids[i] = fmt.Sprintf("11111111-2222-4333-8444-%012d", i)
	}
	body := page("", "", ids...)
	client := newClient(b, transport(func(r *http.Request) (*http.Response, error) {
		return response(200, strings.NewReader(body)), nil
	}), partnercenter.WithRateBudget(partnercenter.PerMinute(0)))
	b.ReportAllocs()
	b.SetBytes(int64(len(body)))
	for b.Loop() {
		n := 0
		for _, err := range partnercenter.All[item](b.Context(), client, read) {
			if err != nil {
				b.Fatal(err)
			}
			n++
		}
		if n != 500 {
			b.Fatalf("%d items, want 500", n)
		}
	}
}

func TestANullItemIsAnErrorNotAnItem(t *testing.T) {
	transport := roundTripper(func(r *http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: 200, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(`{"items":[{"id":"1"},null]}`)), Request: r}, nil
	})
	client, err := partnercenter.New(auth.Credentials{App: auth.Static("token")}, partnercenter.WithTransport(transport))
	if err != nil {
		t.Fatal(err)
	}
	items := 0
	for item, err := range partnercenter.All[*struct{ ID string }](t.Context(), client, partnercenter.Request{Operation: "listing", Path: "/customers"}) {
		if err != nil {
			if !errors.Is(err, partnercenter.ErrUnexpectedAnswer) {
				t.Errorf("All = %v, want ErrUnexpectedAnswer", err)
			}
			break
		}
		if items++; item == nil {
			t.Fatal("All yields nil without an error")
		}
	}
	if items != 1 {
		t.Errorf("All yields %d items before the error, want 1", items)
	}
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }
