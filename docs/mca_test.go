package docs_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/cspkit/cspkit"
	"github.com/cspkit/cspkit/customers"
	"github.com/cspkit/cspkit/mca"
	"github.com/cspkit/cspkit/partnercentertest"
)

const (
	buyer   customers.TenantID = "8071d3c5-a2c9-4473-91e5-c2849306b578" // has no agreement
	settled customers.TenantID = "5d4ea092-7f96-4140-8eb2-9f5160d38245" // has one
)

// signing is an emulator with two customers, and a client of it.
func signing() (*partnercentertest.Server, *cspkit.Client) {
	fake := partnercentertest.New(
		partnercentertest.Customer{ID: string(buyer), Company: "Alpine Ski House"},
		partnercentertest.Customer{ID: string(settled), Company: "Adventure Works", DirectlySigned: true},
	)
	return fake, emulatedClient(fake)
}

// newDesk returns a desk of the client that remembers as long as this process lives.
func newDesk(client *cspkit.Client, opts ...mca.DeskOption) *mca.Desk {
	partner, err := client.MCAPartner()
	if err != nil {
		log.Fatal(err)
	}
	desk, err := mca.NewDesk(partner, new(mca.MemoryStore), opts...)
	if err != nil {
		log.Fatal(err)
	}
	return desk
}

// signedBy is a complete attestation for the buyer.
var signedBy = mca.NewAttestation("Alpine Ski House").Country("NL").Language("nl-NL").
	Signatory("Ada", "Visser", "ada.visser@alpineskihouse.example", "")

// mcaFacts are the rows of the guide's status table: what is known, in the
// words of the row.
func mcaFacts(now time.Time) map[string]mca.Facts {
	agreement := func(year int, month time.Month, day int) mca.Agreement {
		return mca.Agreement{Type: mca.MicrosoftCustomerAgreement, Agreed: time.Date(year, month, day, 0, 0, 0, 0, time.UTC)}
	}
	read := func(agreements ...mca.Agreement) mca.Facts {
		return mca.Facts{AgreementsRead: true, DirectRead: true, Agreements: agreements}
	}
	with := func(f mca.Facts, state mca.AttestationState, expires time.Time) mca.Facts {
		f.Attestation = &mca.AttestationFacts{State: state, Expires: expires}
		return f
	}
	direct := read()
	direct.DirectlyAccepted = true
	notRead := read()
	notRead.Err = errors.New("not read")
	valid, old := agreement(2025, time.September, 10), agreement(2023, time.March, 31)
	undated := mca.Agreement{Type: mca.MicrosoftCustomerAgreement}
	open, over := now.Add(time.Hour), now.Add(-time.Hour)
	return map[string]mca.Facts{
		"it accepted directly":                                      direct,
		"an agreement of 10 September 2025":                         read(valid),
		"that agreement, and its direct acceptance cannot be read":  {AgreementsRead: true, Agreements: []mca.Agreement{valid}},
		"that agreement, and an open link":                          with(read(valid), mca.AttestationPending, open),
		"an agreement of 1 April 2023":                              read(agreement(2023, time.April, 1)),
		"an accepted attestation":                                   with(read(), mca.AttestationAccepted, open),
		"an accepted attestation, and the time of its link is over": with(read(), mca.AttestationAccepted, over),
		"an open link":                                  with(read(), mca.AttestationPending, open),
		"a link whose end is not known":                 with(read(), mca.AttestationPending, time.Time{}),
		"an open link, and an agreement without a date": with(read(undated), mca.AttestationPending, open),
		"a link whose time is over":                     with(read(), mca.AttestationPending, over),
		"an attestation that Microsoft calls expired":   with(read(), mca.AttestationExpired, over),
		"nothing":                            read(),
		"only an agreement of 31 March 2023": read(old),
		"only an agreement of another type":  read(mca.Agreement{Type: "MicrosoftCloudAgreement", Agreed: now}),
		"neither its agreements nor its direct acceptance can be read":      {},
		"its agreements cannot be read":                                     {DirectRead: true},
		"its direct acceptance cannot be read, and there is no agreement":   {AgreementsRead: true},
		"its attestation cannot be read":                                    notRead,
		"an attestation in a state that no word of `mca.Wire` stands for":   with(read(), mca.AttestationOther, open),
		"an agreement without a date or without a type, and nothing else":   read(undated),
		"an old agreement, and one without a date or without a type":        read(old, mca.Agreement{Agreed: now}),
		"an old agreement, and its direct acceptance cannot be read":        {AgreementsRead: true, Agreements: []mca.Agreement{old}},
		"an accepted attestation, and its agreements cannot be read":        with(mca.Facts{DirectRead: true}, mca.AttestationAccepted, open),
		"an old agreement, and a link whose time is over":                   with(read(old), mca.AttestationPending, over),
		"an old agreement, and an accepted attestation":                     with(read(old), mca.AttestationAccepted, open),
		"it accepted directly, and its agreements cannot be read":           {DirectRead: true, DirectlyAccepted: true},
		"an old agreement, and it accepted directly":                        {AgreementsRead: true, Agreements: []mca.Agreement{old}, DirectRead: true, DirectlyAccepted: true},
		"an agreement of 10 September 2025, and an attestation is not read": {AgreementsRead: true, Agreements: []mca.Agreement{valid}, DirectRead: true, Err: errors.New("not read")},
	}
}

// mcaRow is a row of the status table, without its first cell.
type mcaRow struct{ State, Reason, Next string }

// The status table of the guide says what Classify says.
func TestMCAGuideSaysWhatClassifySays(t *testing.T) {
	now := time.Date(2026, 2, 3, 12, 0, 0, 0, time.UTC)
	rows := map[string]mcaRow{}
	for _, cells := range mcaTable(t, "## Where a customer stands", 4) {
		if _, twice := rows[cells[0]]; twice {
			t.Errorf("the guide has the row %q twice", cells[0])
		}
		rows[cells[0]] = mcaRow{strings.Trim(cells[1], "`"), cells[2], cells[3]}
	}
	states := map[string]bool{}
	for known, facts := range mcaFacts(now) {
		s := mca.Classify(facts, now)
		want, ok := rows[known]
		if !ok {
			t.Errorf("the guide has no row %q", known)
			continue
		}
		delete(rows, known)
		states[want.State] = true
		if diff := cmp.Diff(want, mcaRow{string(s.State), s.Reason, s.WayForward()}); diff != "" {
			t.Errorf("%s (-guide +Classify):\n%s", known, diff)
		}
	}
	for known := range rows {
		t.Errorf("the guide has the row %q, which nothing tries", known)
	}
	for _, state := range declaredConstants(t, "../mca/classify.go", "State") {
		if !states[state] {
			t.Errorf("no row of the guide has the status %s", state)
		}
	}
}

// The rules for a signatory in the guide are those that the library has.
func TestMCAGuideSaysWhatIsRefused(t *testing.T) {
	rows := mcaTable(t, "### What is checked", 3)
	if len(rows) < 10 {
		t.Errorf("the guide has %d rules, which is too few", len(rows))
	}
	for _, row := range rows {
		value := strings.Trim(row[1], "`")
		if value == "nothing" {
			value = ""
		}
		a := signedBy
		switch row[0] {
		case "company":
			a = a.Company(value)
		case "country":
			a = a.Country(value)
		case "language":
			a = a.Language(value)
		case "first or last name":
			a = a.Signatory("Ada", value, "ada.visser@alpineskihouse.example", "")
		case "e-mail":
			a = a.Signatory("Ada", "Visser", value, "").OwnDomains("partner.example")
		case "phone":
			a = a.Signatory("Ada", "Visser", "ada.visser@alpineskihouse.example", value)
		case "link's life":
			life, err := time.ParseDuration(value)
			if err != nil {
				t.Fatal(err)
			}
			a = a.ValidFor(life)
		default:
			t.Errorf("the guide has a rule for the unknown field %q", row[0])
		}
		findings := a.Check()
		got := findings.Errors
		if warns, ok := strings.CutPrefix(row[2], "warning: "); ok {
			row[2], got = warns, findings.Warnings
			if err := a.Validate(); err != nil {
				t.Errorf("%s %q: Validate = %v, want only a warning", row[0], value, err)
			}
		}
		if !slices.ContainsFunc(got, func(f customers.Finding) bool { return f.Message == row[2] }) {
			t.Errorf("%s %q: found %v, and the guide says %q", row[0], value, got, row[2])
		}
	}
}

// mcaTable returns the cells of the first table below a heading of the guide.
func mcaTable(t *testing.T, heading string, columns int) (rows [][]string) {
	t.Helper()
	guide, err := os.ReadFile("mca.md")
	if err != nil {
		t.Fatal(err)
	}
	_, text, found := strings.Cut(string(guide), "\n"+heading+"\n")
	if !found {
		t.Fatalf("the guide has no %q", heading)
	}
	for line := range strings.Lines(text) {
		switch {
		case strings.HasPrefix(line, "#"), !strings.HasPrefix(line, "|") && len(rows) > 0:
			return rows[min(2, len(rows)):] // without its head
		case !strings.HasPrefix(line, "|"):
			continue
		}
		cells := strings.Split(strings.TrimSpace(line), "|")
		if cells = cells[1 : len(cells)-1]; len(cells) != columns {
			t.Fatalf("a row of %d cells below %q: %s", len(cells), heading, line)
		}
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		rows = append(rows, cells)
	}
	return rows[min(2, len(rows)):]
}

// startAttestation creates an attestation. Its link is for the signatory alone.
func startAttestation(ctx context.Context, desk *mca.Desk, customer customers.TenantID) (*mca.Issued, error) {
	record, err := desk.Start(ctx, customer, mca.NewAttestation("Alpine Ski House").
		Country("NL").Language("nl-NL").
		Signatory("Ada", "Visser", "ada.visser@alpineskihouse.example", "+31201234567").
		ValidFor(48*time.Hour)) // 7 days if it is left out
	if err != nil {
		return nil, err
	}
	return record.Newest(), nil
}

func Example_mcaWholeWay() {
	ctx := context.Background()
	fake, client := signing()
	desk := newDesk(client)

	issued, err := startAttestation(ctx, desk, buyer)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("printed, the link is", issued.Link)
	_ = fake.Accept(issued.ID.Reveal()) // the customer does this, on Microsoft's page
	if err := waitForAgreement(ctx, desk, buyer); err != nil {
		log.Fatal(err)
	}
	fmt.Println(fake.Applied(string(buyer), "agreements"), "agreement")
	// Output:
	// printed, the link is REDACTED
	// compliant
	// 1 agreement
}

// waitForAgreement waits until the customer has accepted, and creates the
// agreement. It may run in several processes at once.
func waitForAgreement(ctx context.Context, desk *mca.Desk, customer customers.TenantID) error {
	status, err := desk.Watch(ctx, customer, mca.WatchOptions{})
	if errors.Is(err, mca.ErrLinkExpired) {
		_, err = desk.Renew(ctx, customer) // the same signatory, a new link
		return err
	}
	if err != nil {
		return err
	}
	fmt.Println(status.State)
	return nil
}

func Example_mcaProblemsAtOnce() {
	err := mca.NewAttestation("Alpine Ski House").
		Country("nl").Language("Dutch!").ValidFor(time.Minute).
		Signatory("Test", "", "ada@microsoft.com", "020 1234567").
		Validate()
	fmt.Println(err)
	// Output:
	// mca: country must be a code of ISO 3166-1 with two capital letters, such as NL or GB (country)
	// mca: language must be a tag of BCP 47, such as en-US or nl-NL (language)
	// mca: the link must be valid for 5 minutes to 7 days (lifetime)
	// mca: signatory: first name must be the name of a person, not a placeholder (R11)
	// mca: signatory: last name is missing (required)
	// mca: signatory: e-mail address must not be at microsoft.com (R15)
	// mca: signatory: phone number must be written as +31201234567: a plus sign, the country code, and digits without separators (phone)
}

// fromProfile fills what is missing from the customer's billing profile.
func fromProfile(ctx context.Context, client *cspkit.Client, customer customers.TenantID, a mca.Attestation) (mca.Attestation, error) {
	p, err := client.Customers().BillingProfile(ctx, customer)
	if err != nil {
		return a, err
	}
	return a.Defaults(mca.Details{
		Company: p.CompanyName, Country: p.DefaultAddress.Country, Language: p.Culture,
		Signatory: mca.Signatory{FirstName: p.FirstName, LastName: p.LastName, Email: p.Email},
	}), nil
}

func Example_mcaFromProfile() {
	_, client := signing()
	a, err := fromProfile(context.Background(), client, buyer, mca.Attestation{}.Language("nl-NL").
		Signatory("Ada", "Visser", "ada.visser@alpineskihouse.example", ""))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(a, a.Validate())
	// Output:
	// {Company:Alpine Ski House Country:NL Language:nl-NL Signatory:REDACTED ValidFor:168h0m0s} <nil>
}

// linkMailer hands links to signatories.
type linkMailer struct {
	send func(address, text string) error
	sent map[string]bool // by Delivery.ID; keep it where it lasts
}

func (m *linkMailer) Send(_ context.Context, d mca.Delivery) error {
	if m.sent[d.ID] {
		return nil // a repetition
	}
	err := m.send(d.Details.Signatory.Email, "Please accept the agreement: "+d.Link.Reveal())
	if err != nil {
		return err // the next Advance tries again
	}
	m.sent[d.ID] = true
	return nil
}

func Example_mcaSender() {
	ctx := context.Background()
	_, client := signing()
	working := false
	post := &linkMailer{sent: map[string]bool{}, send: func(string, string) error {
		if !working {
			return errors.New("the mail server is away")
		}
		fmt.Println("a mail goes out")
		return nil
	}}
	desk := newDesk(client, mca.WithSender(post))
	_, err := desk.Start(ctx, buyer, signedBy)
	fmt.Println("not delivered:", errors.Is(err, mca.ErrNotDelivered))
	working = true
	if err := tendAgreements(ctx, desk); err != nil {
		log.Fatal(err)
	}
	// Output:
	// not delivered: true
	// a mail goes out
	// 8071d3c5-a2c9-4473-91e5-c2849306b578 is pending. Remind the signatory to open the link and accept.
}

// tendAgreements does one round for each customer who has a link or has
// accepted: run it every few minutes, or every hour.
func tendAgreements(ctx context.Context, desk *mca.Desk) error {
	for record, err := range desk.Records(ctx, mca.Pending, mca.ReadyToCreateAgreement) {
		if err != nil {
			return err // of the store
		}
		status, err := desk.Advance(ctx, record.Customer)
		switch {
		case errors.Is(err, mca.ErrBehind): // another process is at it
		case err != nil:
			fmt.Println(record.Customer, "failed:", err)
		default:
			fmt.Println(record.Customer, "is", string(status.State)+".", status.WayForward())
		}
	}
	return ctx.Err()
}

// remind names the customers whose link expires within a day, or has expired.
func remind(ctx context.Context, desk *mca.Desk) error {
	for record, err := range desk.Due(ctx, time.Now()) {
		if err != nil {
			return err
		}
		fmt.Println(record.Customer, "is", record.State)
	}
	return nil
}

func Example_mcaReminder() {
	ctx := context.Background()
	_, client := signing()
	desk := newDesk(client)
	if _, err := desk.Start(ctx, buyer, signedBy.ValidFor(12*time.Hour)); err != nil {
		log.Fatal(err)
	}
	if err := remind(ctx, desk); err != nil {
		log.Fatal(err)
	}
	// Output: 8071d3c5-a2c9-4473-91e5-c2849306b578 is pending
}

func Example_mcaManyProcesses() {
	ctx := context.Background()
	fake, client := signing()
	desk := newDesk(client)
	record, err := desk.Start(ctx, buyer, signedBy)
	if err != nil {
		log.Fatal(err)
	}
	_ = fake.Accept(record.Newest().ID.Reveal())

	done := make(chan mca.State)
	for range 5 { // as five processes over one database would
		go func() {
			status, err := desk.Finalize(ctx, buyer)
			if err != nil {
				log.Fatal(err)
			}
			done <- status.State
		}()
	}
	for range 5 {
		fmt.Println(<-done)
	}
	fmt.Println(fake.Applied(string(buyer), "agreements"), "agreement")
	// Output:
	// compliant
	// compliant
	// compliant
	// compliant
	// compliant
	// 1 agreement
}

// reportAgreements prints who still needs what.
func reportAgreements(ctx context.Context, desk *mca.Desk) error {
	for s, err := range desk.Statuses(ctx, mca.SummaryOptions{}) {
		if err != nil {
			return err // of the list of customers, or of the store
		}
		if s.State != mca.Compliant {
			fmt.Println(s.Company, "is", string(s.State)+".", s.WayForward())
		}
	}
	sum, err := desk.Summary(ctx, mca.SummaryOptions{}) // one more pass
	if err != nil {
		return err
	}
	fmt.Println(sum.Compliant, "of", sum.Total, "are compliant")
	return nil
}

func Example_mcaSummary() {
	fake, client := signing()
	if err := reportAgreements(context.Background(), newDesk(client)); err != nil {
		log.Fatal(err)
	}
	reads := map[string]int{}
	for _, r := range fake.Requests() {
		if r.Service == "partnercenter" {
			reads[r.Path[strings.LastIndex(r.Path, "/")+1:]]++
		}
	}
	fmt.Println(reads)
	// Output:
	// Alpine Ski House is required. Start an attestation and give its link to the signatory.
	// 1 of 2 are compliant
	// map[agreements:3 customers:2 directSignedMicrosoftCustomerAgreementStatus:3]
}

// placeOrder buys for a customer, if it may buy.
func placeOrder(ctx context.Context, desk *mca.Desk, customer customers.TenantID, place func() error) error {
	err := desk.Require(ctx, customer)
	if errors.Is(err, mca.ErrAgreementRequired) {
		return err // says where the customer stands, and what to do
	}
	if err != nil {
		return fmt.Errorf("not ordered, since the agreement could not be looked up: %w", err)
	}
	return place()
}

func Example_mcaRequire() {
	_, client := signing()
	desk, place := newDesk(client), func() error { fmt.Println("ordered"); return nil }
	for _, customer := range []customers.TenantID{settled, buyer} {
		if err := placeOrder(context.Background(), desk, customer, place); err != nil {
			fmt.Println(err)
		}
	}
	// Output:
	// ordered
	// mca: customer 8071d3c5-a2c9-4473-91e5-c2849306b578: the Microsoft Customer Agreement is required: The customer has no agreement yet, and no acceptance link. Start an attestation and give its link to the signatory.
}

func startOnce(ctx context.Context, client *cspkit.Client, customer customers.TenantID, store mca.Store) (*mca.Record, error) {
	record, err := client.Customer(customer).MCA().Attest().
		Company("Alpine Ski House").Country("NL").Language("nl-NL").
		Signatory("Ada", "Visser", "ada.visser@alpineskihouse.example", "").
		Start(ctx, store)
	return record, err
}

func finalizeOnce(ctx context.Context, client *cspkit.Client, customer customers.TenantID, store mca.Store) (mca.Status, error) {
	status, err := client.Customer(customer).MCA().Finalize(ctx, store)
	return status, err
}

func Example_mcaSingleCalls() {
	ctx, store := context.Background(), new(mca.MemoryStore)
	fake, client := signing()
	record, err := startOnce(ctx, client, buyer, store)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(record.State, record.Newest().Link)

	if _, err := finalizeOnce(ctx, client, buyer, store); !errors.Is(err, mca.ErrNotAccepted) {
		log.Fatal(err)
	}
	if err := fake.Accept(record.Newest().ID.Reveal()); err != nil { // the customer does this, on the page
		log.Fatal(err)
	}
	status, err := finalizeOnce(ctx, client, buyer, store)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(status.State)
	// Output:
	// pending REDACTED
	// compliant
}

// otherWire is for a service that turns out to differ.
func otherWire(client *cspkit.Client) (mca.Partner, error) {
	return client.MCAPartner(mca.WithWire(mca.Wire{
		StatusPath: "/attestations/{id}",
		Members:    mca.Members{Phone: "signatoryPhone", ExpirationTime: "-"}, // "-": not sent
		Accepted:   []string{"Accepted", "Completed"},
	}))
}

func Example_mcaWire() {
	ctx := context.Background()
	fake, client := signing()
	fake.Attestation.StatusPath = "/v1/attestations/{id}"
	fake.Attestation.StatusWords = map[string]string{"Accepted": "Completed"}
	partner, err := otherWire(client)
	if err != nil {
		log.Fatal(err)
	}
	desk, err := mca.NewDesk(partner, new(mca.MemoryStore))
	if err != nil {
		log.Fatal(err)
	}
	record, err := desk.Start(ctx, buyer, signedBy)
	if err != nil {
		log.Fatal(err)
	}
	_ = fake.Accept(record.Newest().ID.Reveal())
	status, err := desk.Finalize(ctx, buyer)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(status.State)
	// Output: compliant
}
