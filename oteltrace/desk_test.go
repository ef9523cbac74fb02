package oteltrace_test

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/cspkit/cspkit/mca"
	"github.com/cspkit/cspkit/partnercenter"
	"github.com/cspkit/cspkit/partnercentertest"
)

// desk returns an observed desk of a client.
func (b *bench) desk(client *partnercenter.Client) *mca.Desk {
	b.t.Helper()
	partner, err := mca.NewPartner(client)
	if err != nil {
		b.t.Fatal(err)
	}
	desk, err := mca.NewDesk(partner, new(mca.MemoryStore), mca.WithObserver(b.observer))
	if err != nil {
		b.t.Fatal(err)
	}
	return desk
}

// details is an attestation with nothing wrong.
func details() mca.Attestation {
	return mca.NewAttestation("Contoso BV").Country("NL").Language("nl-NL").
		Signatory("Joris", "Visser", "joris.visser@contoso.example", "+31201234567")
}

func TestSpansAndMetricsShowTheWorkOfADesk(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		// Agreements of the year in which bubbles begin would be too old to count.
		time.Sleep(time.Until(time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC)))
		b := newBench(t)
		fake := partnercentertest.New(partnercentertest.Customer{ID: contoso, Company: "Contoso BV"})
		desk := b.desk(b.client(fake))
		record, err := desk.Start(t.Context(), contoso, details())
		if err != nil {
			t.Fatal(err)
		}
		if err := fake.Accept(record.Newest().ID.Reveal()); err != nil {
			t.Fatal(err)
		}
		fake.Inject(partnercentertest.Fault{Path: "/agreements", Status: 403, Code: "900308", Delay: 3 * time.Second})
		if _, err := desk.Refresh(t.Context(), contoso); !errors.Is(err, partnercenter.ErrForbidden) {
			t.Fatalf("Refresh = %v, want ErrForbidden", err)
		}
		if _, err := desk.Finalize(t.Context(), contoso); err != nil {
			t.Fatal(err)
		}
		want := []string{
			"mca start",
			"  partnercenter POST /v1/attestations/enhanced",
			"    POST /v1/attestations/enhanced",
			"mca look",
			"  partnercenter GET /v1/customers/{id}/agreements",
			"    GET /v1/customers/{id}/agreements",
			"  partnercenter GET /v1/customers/{id}/directSignedMicrosoftCustomerAgreementStatus",
			"    GET /v1/customers/{id}/directSignedMicrosoftCustomerAgreementStatus",
			"  partnercenter GET /v1/attestations/enhanced/{id}",
			"    GET /v1/attestations/enhanced/{id}",
			"mca round",
			"  partnercenter GET /v1/customers/{id}/agreements",
			"    GET /v1/customers/{id}/agreements",
			"  partnercenter GET /v1/customers/{id}/directSignedMicrosoftCustomerAgreementStatus",
			"    GET /v1/customers/{id}/directSignedMicrosoftCustomerAgreementStatus",
			"  partnercenter GET /v1/agreements",
			"    GET /v1/agreements",
			"  partnercenter POST /v1/customers/{id}/agreements",
			"    POST /v1/customers/{id}/agreements",
			"  partnercenter GET /v1/customers/{id}/agreements",
			"    GET /v1/customers/{id}/agreements",
		}
		if diff := cmp.Diff(want, b.tree()); diff != "" {
			t.Errorf("spans (-want +got):\n%s", diff)
		}
		const customer = "cspkit.customer.id=" + contoso + " cspkit.mca.state="
		for name, want := range map[string]string{
			"mca start": customer + "pending",
			"mca look":  customer + "unknown error.type=forbidden",
			"mca round": customer + "compliant",
		} {
			if got := text(b.named(name)[0].Attributes); got != want {
				t.Errorf("%s has %s, want %s", name, got, want)
			}
		}
		b.want("cspkit.mca.activity.duration",
			"cspkit.mca.activity=look cspkit.mca.state=unknown error.type=forbidden: 1 in 3s",
			"cspkit.mca.activity=round cspkit.mca.state=compliant: 1 in 0s",
			"cspkit.mca.activity=start cspkit.mca.state=pending: 1 in 0s")
	})
}
