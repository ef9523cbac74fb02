package mca_test

import (
	"testing"

	"github.com/cspkit/cspkit/auth"
	"github.com/cspkit/cspkit/internal/wiretest"
	"github.com/cspkit/cspkit/mca"
	"github.com/cspkit/cspkit/partnercenter"
)

func TestTheNameOfACompanyCannotTalkToATerminal(t *testing.T) {
	w := &wiretest.Wire{Replies: []wiretest.Reply{{Status: 200, Body: `{"items":[{"id":"` + string(fabrikam) + `","companyProfile":{"companyName":"Fabrikam\u001b[31m\nBV"}}]}`}}}
	client, err := partnercenter.New(auth.Credentials{App: auth.Static("app"), AppUser: auth.Static("user")}, partnercenter.WithTransport(w))
	if err != nil {
		t.Fatal(err)
	}
	partner, err := mca.NewPartner(client)
	if err != nil {
		t.Fatal(err)
	}
	store := new(mca.MemoryStore)
	if err := store.Remember(t.Context(), fabrikam); err != nil {
		t.Fatal(err)
	}
	desk, err := mca.NewDesk(partner, store)
	if err != nil {
		t.Fatal(err)
	}
	for s, err := range desk.Statuses(t.Context(), mca.SummaryOptions{}) {
		if err != nil || s.Company != "Fabrikam [31m BV" {
			t.Errorf("the company is %q (%v), want one line without control characters", s.Company, err)
		}
	}
	if len(w.Sent) != 1 {
		t.Errorf("%d requests were sent, want the list alone", len(w.Sent))
	}
}
