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

// attestation is a link by which a customer accepts the Microsoft Customer
// Agreement. It names no tenant: that is bound when an agreement is created.
type attestation struct {
	id, country, language, company string
	signatory                      Contact
	expires                        time.Time
	accepted                       time.Time // zero until the customer accepts
	tenant                         string    // whose agreement it became, in lower case
}

// status returns the word for where the attestation stands. What was accepted
// in time stays accepted.
func (t *attestation) status(now time.Time) string {
	switch {
	case !t.accepted.IsZero():
		return "Accepted"
	case now.Before(t.expires):
		return "Pending"
	}
	return "Expired"
}

// json renders the attestation in the form that w asks for.
func (t *attestation) json(w AttestationWire, now time.Time) map[string]any {
	status := t.status(now)
	out := map[string]any{
		cmp.Or(w.IDMember, "attestationId"): t.id,
		cmp.Or(w.StatusMember, "status"):    cmp.Or(w.StatusWords[status], status),
	}
	if !w.NoExpiry {
		out["expirationTime"] = date(t.expires)
	}
	if !t.accepted.IsZero() {
		out["acceptedDate"] = date(t.accepted)
	}
	return out
}

// attestation returns the attestation with the given ID, or nil.
func (s *Server) attestation(id string) *attestation { return s.attestations[strings.ToLower(id)] }

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
	t := &attestation{
		id: newGUID(), country: text("country"), language: text("language"), company: text("companyname"),
		signatory: Contact{
			FirstName: text("signatoryfirstname"), LastName: text("signatorylastname"),
			Email: text("signatoryemail"), Phone: text("signatoryphonenumber"),
		},
		expires: c.now.Add(life),
	}
	s.attestations[t.id] = t
	s.secrets = append(s.secrets, t.id) // whoever knows the ID can accept
	status := http.StatusCreated
	if s.Attestation.Status200 {
		status = http.StatusOK
	}
	if s.Attestation.BareID {
		return jsonAnswer(status, t.id).did()
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
