package customers_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/cspkit/cspkit/auth"
	"github.com/cspkit/cspkit/customers"
	"github.com/cspkit/cspkit/internal/wiretest"
	"github.com/cspkit/cspkit/partnercenter"
)

func TestRemoveRelationship(t *testing.T) {
	s, w := service(t, wiretest.Reply{Status: 200, Body: file(t, "remove-a-reseller-relationship-with-a-customer")})
	if err := s.RemoveRelationship(t.Context(), fabrikam); err != nil {
		t.Fatal(err)
	}
	wiretest.Check(t, w.Last(), "PATCH", base+"/"+string(fabrikam), "user",
		`{"relationshipToPartner":"none","attributes":{"objectType":"Customer"}}`)
	if h := w.Last().Header; h.Get("If-Match") != "" || h.Get("Content-Type") != "application/json; charset=utf-8" {
		t.Errorf("RemoveRelationship sent If-Match %q and Content-Type %q, want none and JSON", h.Get("If-Match"), h.Get("Content-Type"))
	}
}

// Microsoft publishes no code for a removal that something stands against.
func TestRemoveRelationshipRefused(t *testing.T) {
	type test struct {
		name         string
		reply        wiretest.Reply
		precondition bool
		also         error
	}
	var tests []test
	for _, status := range []int{400, 403, 409, 412, 417} {
		tests = append(tests,
			test{fmt.Sprint("bare ", status), wiretest.Reply{Status: status}, true, nil},
			test{fmt.Sprint("unknown code with ", status), wiretest.Reply{Status: status, Body: `{"code":987654,"description":"Not now."}`}, true, nil},
			test{fmt.Sprint("gone already with ", status), wiretest.Reply{Status: status, Body: `{"code":20002,"description":"No relationship between caller and account."}`}, false, partnercenter.ErrNoRelationship},
		)
	}
	tests = append(tests,
		test{"documented precondition", wiretest.Reply{Status: 417, Body: `{"code":800036}`}, true, nil},
		test{"active Azure plan", wiretest.Reply{Status: 403, Body: `{"code":900115}`}, true, nil},
		test{"pending operation", wiretest.Reply{Status: 409, Body: `{"code":900278}`}, true, partnercenter.ErrBusy},
		test{"3000 about a property", wiretest.Reply{Status: 400, Body: `{"code":3000,"description":"The property relationshipToPartner is invalid."}`}, true, partnercenter.ErrValidation},
		test{"3000 about the relationship", wiretest.Reply{Status: 400, Body: `{"code":3000,"description":"The partner customer relationship does not exist."}`}, false, partnercenter.ErrNoRelationship},
		test{"not a customer", wiretest.Reply{Status: 404, Body: `{"code":60003}`}, false, partnercenter.ErrNoRelationship},
		test{"unknown tenant", wiretest.Reply{Status: 404}, false, partnercenter.ErrNotFound},
		test{"MFA", wiretest.Reply{Status: 401, Reason: "401 Unauthorized - MFA required"}, false, partnercenter.ErrMFARequired},
		test{"token refused", wiretest.Reply{Status: 401}, false, partnercenter.ErrUnauthorized},
		test{"token refused with 403", wiretest.Reply{Status: 403, Body: `{"code":900420}`}, false, partnercenter.ErrUnauthorized},
		test{"app-only token", wiretest.Reply{Status: 403, Body: `{"code":900329}`}, false, partnercenter.ErrAppOnlyNotSupported},
		test{"conditional access", wiretest.Reply{Status: 403, Body: `{"code":900309}`}, false, partnercenter.ErrConditionalAccess},
		test{"throttled", wiretest.Reply{Status: 429}, false, partnercenter.ErrThrottled},
		test{"passing failure with 400", wiretest.Reply{Status: 400, Body: `{"code":800003}`}, false, partnercenter.ErrTransient},
		test{"failure", wiretest.Reply{Status: 503}, false, partnercenter.ErrTransient},
		test{"not offered", wiretest.Reply{Status: 405}, false, partnercenter.ErrNotSupported},
	)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, w := service(t, tt.reply)
			err := s.RemoveRelationship(t.Context(), fabrikam)
			if err == nil || errors.Is(err, partnercenter.ErrPrecondition) != tt.precondition || tt.also != nil && !errors.Is(err, tt.also) {
				t.Errorf("RemoveRelationship = %v, want ErrPrecondition %v and %v", err, tt.precondition, tt.also)
			}
			if e, ok := errors.AsType[*partnercenter.Error](err); !ok || e.Status != tt.reply.Status || len(w.Sent) != 1 {
				t.Errorf("RemoveRelationship = %#v after %d requests, want an Error with status %d after one", err, len(w.Sent), tt.reply.Status)
			}
		})
	}
}

func TestChecksSendNothing(t *testing.T) {
	w := &wiretest.Wire{Replies: []wiretest.Reply{{Status: 200}}}
	client, err := partnercenter.New(auth.Credentials{App: auth.Static("app")}, partnercenter.WithTransport(w))
	if err != nil {
		t.Fatal(err)
	}
	s := customers.New(client)
	for name, err := range map[string]error{
		"CheckRemoval":       s.CheckRemoval(t.Context(), fabrikam),
		"CheckGDAP":          s.CheckGDAP(t.Context()),
		"RemoveRelationship": s.RemoveRelationship(t.Context(), fabrikam),
	} {
		if !errors.Is(err, partnercenter.ErrMissingCredential) {
			t.Errorf("%s without app+user credentials = %v, want ErrMissingCredential", name, err)
		}
	}
	whole, _ := service(t, wiretest.Reply{Status: 500})
	if err := errors.Join(whole.CheckRemoval(t.Context(), fabrikam), whole.CheckGDAP(t.Context())); err != nil {
		t.Errorf("the checks with all credentials = %v, want nil", err)
	}
	if len(w.Sent) != 0 {
		t.Errorf("%d requests were sent, want none", len(w.Sent))
	}
}
