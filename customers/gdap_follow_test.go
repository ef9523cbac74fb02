package customers_test

import (
	"context"
	"errors"
	"net/url"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/cspkit/cspkit/customers"
	"github.com/cspkit/cspkit/internal/wiretest"
	"github.com/cspkit/cspkit/partnercenter"
	"github.com/cspkit/cspkit/partnercentertest"
)

func TestAllGDAPRelationships(t *testing.T) {
	body := `{"value":[{"id":"a","status":"Active","customer":null},{"id":"b","status":"expiring"},{"id":"c","status":"somethingNew"}]}`
	tests := []struct {
		statuses []customers.GDAPStatus
		filter   string
		want     []string
	}{
		{nil, "", []string{"a", "b", "c"}},
		{[]customers.GDAPStatus{customers.GDAPActive}, "status eq 'active'", []string{"a"}},
		{[]customers.GDAPStatus{"o'dd"}, "status eq 'o''dd'", nil},
		{[]customers.GDAPStatus{customers.GDAPActive, customers.GDAPExpiring}, "", []string{"a", "b"}},
	}
	for _, tt := range tests {
		s, w := service(t, wiretest.Reply{Status: 200, Body: body})
		var got []string
		for g, err := range s.AllGDAPRelationships(t.Context(), tt.statuses...) {
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, g.ID)
		}
		u, err := url.Parse(w.Last().URL)
		if err != nil {
			t.Fatal(err)
		}
		if q := u.Query(); cmp.Diff(tt.want, got) != "" || q.Get("$filter") != tt.filter || q.Get("$top") != "300" || w.Last().Token != "graph" {
			t.Errorf("AllGDAPRelationships(%v) yields %v by %s as %s, want %v", tt.statuses, got, w.Last().URL, w.Last().Token, tt.want)
		}
	}
	s, _ := service(t, wiretest.Reply{Status: 500})
	for g, err := range s.AllGDAPRelationships(t.Context(), customers.GDAPActive) {
		if g != nil || !errors.Is(err, partnercenter.ErrTransient) {
			t.Errorf("AllGDAPRelationships yields %v, %v, want ErrTransient", g, err)
		}
	}
}

func TestGDAPRelationship(t *testing.T) {
	s, w := service(t, wiretest.Reply{Status: 200, Body: `{"id":"x","Status":"terminating","customer":{"tenantId":"` + string(fabrikam) + `"}}`})
	got, err := s.GDAPRelationship(t.Context(), gdap)
	if err != nil || got.ID != "x" || !got.Status.Is(customers.GDAPTerminating) || got.Customer.TenantID != fabrikam {
		t.Errorf("GDAPRelationship = %+v, %v", got, err)
	}
	wiretest.Check(t, w.Last(), "GET", relationships+"/"+gdap, "graph", "")
	for want, r := range map[error]wiretest.Reply{
		partnercenter.ErrNotFound:         {Status: 404, Body: `{"error":{"code":"itemNotFound"}}`},
		partnercenter.ErrUnexpectedAnswer: {Status: 200, Body: `{"id":"x"}`},
	} {
		s, _ := service(t, r)
		if got, err := s.GDAPRelationship(t.Context(), gdap); got != nil || !errors.Is(err, want) {
			t.Errorf("GDAPRelationship = %v, %v, want %v", got, err, want)
		}
	}
}

// terminating returns an emulator that takes its time, after a request.
func terminating(t *testing.T, fail bool) (*customers.Service, *partnercentertest.Server, string) {
	t.Helper()
	fake := partnercentertest.New(partnercentertest.Customer{ID: string(fabrikam)}.With(partnercentertest.GDAPRelationship(gdap)))
	fake.Edit(string(fabrikam), func(c *partnercentertest.Customer) { c.GDAP[0].FailTermination = fail })
	fake.Delays.GDAP = 4 * time.Minute
	s := emulated(t, fake)
	r, err := s.TerminateGDAP(t.Context(), gdap)
	if err != nil {
		t.Fatal(err)
	}
	return s, fake, r.ID
}

func TestFollowGDAPRequest(t *testing.T) {
	for _, known := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			s, fake, id := terminating(t, false)
			if !known {
				id = ""
			}
			start := time.Now()
			g, err := s.FollowGDAPRequest(t.Context(), gdap, id)
			if err != nil || !g.Status.Is(customers.GDAPTerminated) {
				t.Fatalf("FollowGDAPRequest = %+v, %v, want it terminated", g, err)
			}
			if took := time.Since(start); took < 4*time.Minute || took > 5*time.Minute || len(calls(fake)) > 16 {
				t.Errorf("it took %v and %d requests, want four minutes and few", took, len(calls(fake)))
			}
		})
	}
}

func TestFollowGDAPRequestThatFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, _, id := terminating(t, true)
		if g, err := s.FollowGDAPRequest(t.Context(), gdap, id); g != nil || !errors.Is(err, customers.ErrGDAPRequestFailed) {
			t.Errorf("FollowGDAPRequest = %v, %v, want ErrGDAPRequestFailed", g, err)
		}
	})
}

func TestFollowGDAPRequestEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, _, id := terminating(t, false)
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		start := time.Now()
		if g, err := s.FollowGDAPRequest(ctx, gdap, id); g != nil || !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != time.Minute {
			t.Errorf("FollowGDAPRequest = %v, %v after %v, want the context's error after a minute", g, err, time.Since(start))
		}
	})
}

// Success is not believed before the relationship shows it.
func TestFollowGDAPRequestLooksAtTheRelationship(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		done := wiretest.Reply{Status: 200, Body: `{"id":"r","action":"Terminate","status":"Succeeded"}`}
		s, w := service(t, done, wiretest.Reply{Status: 200, Body: `{"status":"terminating"}`}, done, wiretest.Reply{Status: 200, Body: `{"status":"Terminated"}`})
		if g, err := s.FollowGDAPRequest(t.Context(), gdap, "r"); err != nil || !g.Status.Is(customers.GDAPTerminated) || len(w.Sent) != 4 {
			t.Errorf("FollowGDAPRequest = %v, %v after %d requests, want terminated after 4", g, err, len(w.Sent))
		}
	})
	for name, tt := range map[string]struct {
		replies []wiretest.Reply
		want    error
	}{
		"no such request":      {[]wiretest.Reply{{Status: 404}}, partnercenter.ErrNotFound},
		"no such relationship": {[]wiretest.Reply{{Status: 200, Body: `{"status":"succeeded"}`}, {Status: 404}}, partnercenter.ErrNotFound},
		"an answer of nothing": {[]wiretest.Reply{{Status: 200, Body: `{}`}}, partnercenter.ErrUnexpectedAnswer},
		"another request":      {[]wiretest.Reply{{Status: 200, Body: `{"action":"approve","status":"succeeded"}`}}, nil},
	} {
		s, w := service(t, tt.replies...)
		if g, err := s.FollowGDAPRequest(t.Context(), gdap, "r"); g != nil || err == nil || tt.want != nil && !errors.Is(err, tt.want) || len(w.Sent) != len(tt.replies) {
			t.Errorf("FollowGDAPRequest of %s = %v, %v, want %v", name, g, err, tt.want)
		}
	}
}
