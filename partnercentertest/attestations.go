package partnercentertest

import (
	"cmp"
	"encoding/json"
	"net/http"
	"net/mail"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// How long an acceptance link can be used.
const (
	attestationLife = 7 * 24 * time.Hour // when the request names none; Microsoft has not published its default
	shortestLink    = 5                  // minutes
	longestLink     = 10080              // minutes
)

// AttestationWire varies what Microsoft has not published about attestations,
// so that a client can be tested against every form. The zero value is the
// form that most evidence speaks for.
type AttestationWire struct {
	BareID       bool              // creation answers the ID alone, as a JSON string
	Status200    bool              // creation answers 200 instead of 201
	NoExpiry     bool              // no answer tells when the link expires
	IDMember     string            // name of the ID in answers; "" = attestationId
	StatusMember string            // name of the status in answers; "" = status
	StatusWords  map[string]string // other words for Pending, Accepted and Expired
	StatusPath   string            // where the status is read, with {id} in it; "" = /v1/attestations/enhanced/{id}
}

// Attestation is a link by which a customer accepts the Microsoft Customer
// Agreement: what a test seeds and looks at. It names no tenant: that is bound
// when an agreement is created.
type Attestation struct {
	ID                         string // whoever knows it can accept; "" = a new one
	Company, Country, Language string
	Signatory                  Contact
	Expires                    time.Time // of the link; zero = in 7 days
	Accepted                   time.Time // zero = not yet
	Customer                   string    // tenant ID of the customer whose agreement it became, in lower case; "" = none yet
}

// Status returns the word for where the attestation stands: Accepted, Pending or
// Expired. What was accepted in time stays accepted.
func (t *Attestation) Status(now time.Time) string {
	switch {
	case !t.Accepted.IsZero():
		return "Accepted"
	case now.Before(t.Expires):
		return "Pending"
	}
	return "Expired"
}

// Attest adds an attestation as if the partner had created it before, and returns
// its ID. It is as pending, accepted or expired as its times say. Attest panics
// on an ID that is not a GUID or is there before.
func (s *Server) Attest(t Attestation) (id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case t.ID == "":
		t.ID = newGUID()
	case !isGUID(t.ID) || s.attestation(t.ID) != nil:
		panic("partnercentertest: Attest: the ID is not a GUID, or that of another attestation")
	}
	if t.Expires.IsZero() {
		t.Expires = s.now().Add(attestationLife)
	}
	t.Customer = strings.ToLower(t.Customer)
	s.attest(&t)
	return t.ID
}

func (s *Server) attest(t *Attestation) {
	s.attestations[strings.ToLower(t.ID)] = t
	s.attested = append(s.attested, t)
	s.secrets = append(s.secrets, t.ID)
}

// Attestations returns all attestations, oldest first. They hold the IDs, by
// which anybody can accept.
func (s *Server) Attestations() []Attestation {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := make([]Attestation, 0, len(s.attested))
	for _, t := range s.attested {
		all = append(all, *t)
	}
	return all
}

// json renders the attestation in the form that w asks for.
func (t *Attestation) json(w AttestationWire, now time.Time) map[string]any {
	status := t.Status(now)
	out := map[string]any{
		cmp.Or(w.IDMember, "attestationId"): t.ID,
		cmp.Or(w.StatusMember, "status"):    cmp.Or(w.StatusWords[status], status),
	}
	if !w.NoExpiry {
		out["expirationTime"] = date(t.Expires)
	}
	if !t.Accepted.IsZero() {
		out["acceptedDate"] = date(t.Accepted)
	}
	return out
}

// attestation returns the attestation with the given ID, or nil.
func (s *Server) attestation(id string) *Attestation { return s.attestations[strings.ToLower(id)] }

// createAttestation answers POST /v1/attestations/enhanced.
func (s *Server) createAttestation(c *call, _ *account, _ []string) *answer {
	body, err := decodeObject(c.body)
	if err != nil {
		return invalidBody()
	}
	life, refused := checkAttestation(body)
	if refused != nil {
		return refused
	}
	text := func(name string) string { v, _ := body[name].(string); return v }
	t := &Attestation{
		ID: newGUID(), Country: text("country"), Language: text("language"), Company: text("companyname"),
		Signatory: Contact{
			FirstName: text("signatoryfirstname"), LastName: text("signatorylastname"),
			Email: text("signatoryemail"), Phone: text("signatoryphonenumber"),
		},
		Expires: c.now.Add(life),
	}
	s.attest(t)
	status := http.StatusCreated
	if s.Attestation.Status200 {
		status = http.StatusOK
	}
	if s.Attestation.BareID {
		return jsonAnswer(status, t.ID).did()
	}
	return jsonAnswer(status, t.json(s.Attestation, c.now)).did()
}

var (
	countryCode = regexp.MustCompile(`^[A-Z]{2}$`)
	locale      = regexp.MustCompile(`^[a-z]{2,3}(-[A-Z][a-z]{3})?-([A-Z]{2}|[0-9]{3})$`) // such as nl-NL
)

// attestationMembers are what creation takes, in the order in which it is
// checked. What else a body has is ignored.
var attestationMembers = []struct {
	name     string
	optional bool
	valid    func(string) bool
}{
	{"country", false, countryCode.MatchString},
	{"language", false, locale.MatchString},
	{"companyName", false, isText},
	{"signatoryFirstName", false, isText},
	{"signatoryLastName", false, isText},
	{"signatoryEmail", false, isAddress},
	{"signatoryPhoneNumber", true, isText},
}

func isText(s string) bool { return strings.TrimSpace(s) != "" }

// isAddress reports whether s is an e-mail address and nothing else.
func isAddress(s string) bool {
	a, err := mail.ParseAddress(s)
	return err == nil && a.Address == s
}

// checkAttestation returns how long the link is to live. A refusal names the
// member and never its value, which may be about a person.
func checkAttestation(body map[string]any) (life time.Duration, refused *answer) {
	for _, m := range attestationMembers {
		v := body[strings.ToLower(m.name)]
		text, isString := v.(string)
		switch {
		case v == nil && m.optional:
		case v == nil:
			return 0, missingMember(m.name)
		case !isString || !m.valid(text):
			return 0, invalidMember(m.name)
		}
	}
	switch v := body["expirationtime"].(type) {
	case nil:
		return attestationLife, nil
	case json.Number:
		n, err := strconv.Atoi(v.String())
		if err == nil && n >= shortestLink && n <= longestLink {
			return time.Duration(n) * time.Minute, nil
		}
	}
	return 0, invalidMember("expirationTime")
}

func missingMember(member string) *answer {
	return refuse(http.StatusBadRequest, "3000", "The property "+member+" is missing.")
}

func invalidMember(member string) *answer {
	return refuse(http.StatusBadRequest, "3000", "The property "+member+" is invalid.")
}

func invalidBody() *answer {
	return refuse(http.StatusBadRequest, "3000", "The body is not a JSON object in which each member stands once.")
}

// attestationStatus leads to the status of an attestation. It is not among
// routes, because its path is not published and can be varied.
var attestationStatus = route{op: GetAttestation, appOnly: true, partner: true, serve: (*Server).getAttestation}

// statusRead returns the ID of the attestation whose status a call asks for.
func (s *Server) statusRead(c *call) (id string, ok bool) {
	before, after, _ := strings.Cut(cmp.Or(s.Attestation.StatusPath, "/v1/attestations/enhanced/{id}"), "{id}")
	n := len(c.path) - len(before) - len(after)
	if c.method != http.MethodGet || n < 1 ||
		!strings.EqualFold(c.path[:len(before)], before) || !strings.EqualFold(c.path[len(before)+n:], after) {
		return "", false
	}
	id = c.path[len(before) : len(before)+n]
	return id, !strings.Contains(id, "/")
}

// getAttestation answers GET /v1/attestations/enhanced/{id}.
func (s *Server) getAttestation(c *call, _ *account, ids []string) *answer {
	t := s.attestation(ids[0])
	if t == nil {
		return noAttestation()
	}
	return jsonAnswer(http.StatusOK, t.json(s.Attestation, c.now))
}

// noAttestation is the answer to an unknown ID. Microsoft has published
// neither its code nor its text.
func noAttestation() *answer {
	return refuseNewer(http.StatusNotFound, "600900", "AttestationNotFound", "The attestation was not found.")
}
