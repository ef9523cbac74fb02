package cspkit_test

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/cspkit/cspkit"
	"github.com/cspkit/cspkit/mca"
)

// attestation begins one with nothing wrong.
func attestation(customer cspkit.Customer, opts ...mca.Option) cspkit.Attestation {
	return customer.MCA(opts...).Attest().Company("Fabrikam BV").Country("NL").Language("nl-NL").
		Signatory("Ada", "Visser", "ada.visser@fabrikam.example", "+31201234567")
}

func TestTheStatusFollowsTheAttestationThatTheStoreKnows(t *testing.T) {
	fake := emulator()
	client, store := newClient(fake), new(mca.MemoryStore)
	check := func(want mca.State) {
		t.Helper()
		if s, err := client.Customer(fabrikam).MCA().Status(t.Context(), store); err != nil || s.State != want {
			t.Errorf("Status = %s, %v, want %s", s.State, err, want)
		}
	}
	check(mca.Required)
	partner, err := client.MCAPartner()
	if err != nil {
		t.Fatal(err)
	}
	desk, err := mca.NewDesk(partner, store)
	if err != nil {
		t.Fatal(err)
	}
	record, err := desk.Start(t.Context(), fabrikam, attestation(client.Customer(fabrikam)).Attestation)
	if err != nil {
		t.Fatal(err)
	}
	check(mca.Pending)
	if err := fake.Accept(record.Newest().ID.Reveal()); err != nil {
		t.Fatal(err)
	}
	check(mca.ReadyToCreateAgreement)
}

func TestWhatIsWrongWithAnAttestationIsSaidBeforeAnythingIsSent(t *testing.T) {
	fake := emulator()
	customer := newClient(fake).Customer(fabrikam)
	_, err := customer.MCA().Attest().Country("NL").ValidFor(time.Second).Create(t.Context())
	if !errors.Is(err, mca.ErrInvalid) || strings.Count(err.Error(), "\n") < 5 {
		t.Errorf("Create = %v, want ErrInvalid with every problem", err)
	}
	_, err = attestation(customer, mca.WithOwnDomains("fabrikam.example")).Create(t.Context())
	if !errors.Is(err, mca.ErrInvalid) {
		t.Errorf("Create for somebody of the partner = %v, want ErrInvalid", err)
	}
	wrong := mca.WithWire(mca.Wire{Link: "http://fabrikam.example/{id}"})
	if _, err = attestation(customer, wrong).Create(t.Context()); err == nil || !strings.Contains(err.Error(), "Link must be an https URL") {
		t.Errorf("Create with a wrong option = %v, want what is wrong with it", err)
	}
	if _, err = customer.MCA(wrong).Status(t.Context(), new(mca.MemoryStore)); err == nil || !strings.Contains(err.Error(), "Link must be an https URL") {
		t.Errorf("Status with a wrong option = %v, want what is wrong with it", err)
	}
	if n := len(fake.Requests()); n != 0 {
		t.Errorf("%d requests were sent, want none", n)
	}
}

func TestEveryCallOfAnAttestationStaysWithItsCustomer(t *testing.T) {
	loose := reflect.TypeFor[mca.Attestation]()
	for m := range reflect.TypeFor[cspkit.Attestation]().Methods() {
		if m.Type.NumOut() == 1 && m.Type.Out(0) == loose {
			t.Errorf("%s returns an mca.Attestation, which has no Create", m.Name)
		}
	}
	fake := emulator()
	a := newClient(fake).Customer(fabrikam).MCA().Attest().
		Defaults(mca.Details{Company: "Fabrikam BV", Country: "NL", Language: "nl-NL"}).
		OwnDomains("partner.example").ValidFor(time.Hour).
		Signatory("Ada", "Visser", "ada.visser@fabrikam.example", "")
	created, err := a.Create(t.Context())
	if err != nil || time.Until(created.Expires).Round(time.Minute) != time.Hour {
		t.Errorf("Create = %v, %v, want a link for an hour", created, err)
	}
}

func TestAnAttestationPrintsNoSignatory(t *testing.T) {
	a := attestation(newClient(emulator()).Customer(fabrikam))
	for _, text := range []string{fmt.Sprintf("%v %+v %#v %s", a, a, a, a), fmt.Sprint(&a), a.LogValue().String()} {
		if strings.Contains(text, "Visser") || !strings.Contains(text, "Fabrikam BV") {
			t.Errorf("it prints %q, want the company alone", strings.ReplaceAll(text, "Visser", "<HERE>"))
		}
	}
}
