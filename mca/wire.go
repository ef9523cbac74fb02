package mca

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/cspkit/cspkit/internal/loopback"
)

// Wire is what Microsoft's published pages do not say of the attestation calls,
// and what is known only from partners' systems. Every field is UNCONFIRMED.
// The zero value of a field is the best-supported choice; if Microsoft's
// service turns out to differ, set the field and go on without a new release.
type Wire struct {
	// CreatePath is where attestations are created: "/attestations/enhanced".
	// The path is confirmed, except for the version in front of it.
	CreatePath string
	// StatusPath is where an attestation is read; {id} stands for its id, in
	// the path or in a query. Default: "/attestations/enhanced/{id}".
	// Alternative: "/attestations/{id}".
	StatusPath string
	// StatusAppUser reads the status with app+user credentials. Default:
	// app-only, as for creating.
	StatusAppUser bool
	// Link is the acceptance page; {id} stands for the attestation id. Default:
	// "https://cdn.partner.microsoft.com/mca/?attestationid={id}", seen in two
	// unrelated systems. No other parameters of it are known.
	Link string

	// Members are the names of the create request.
	Members Members
	// Extra are more members of the create request, for what a later version
	// of it may want. They must encode as JSON. Default: none.
	Extra map[string]any
	// AgreementAttestationID is the member that carries the attestation id when
	// the agreement is created. Default: "attestationId".
	AgreementAttestationID string

	// Pending, Accepted and Expired are the words for the three states, in any
	// letter case. Any other word is an unknown state, never an error. Default:
	// "Pending", which is the only one seen, "Accepted" and "Expired".
	Pending, Accepted, Expired []string
}

// Members are the names of the members of the create request. An empty name
// keeps its default. Phone and ExpirationTime may be "-": they are then not
// sent, in case the service refuses members that it does not know.
type Members struct {
	Country        string // "country"; confirmed
	Language       string // "language"
	CompanyName    string // "companyName"
	FirstName      string // "signatoryFirstName"; confirmed
	LastName       string // "signatoryLastName"; confirmed
	Email          string // "signatoryEmail"
	Phone          string // "signatoryPhoneNumber"; the alternative is "signatoryPhone"
	ExpirationTime string // "expirationTime", in minutes; without it the expiry is known only if the answer tells it
}

const (
	placeholder = "{id}"
	notSent     = "-" // a member that is left out
)

// withDefaults returns the wire with its empty fields filled.
func (w Wire) withDefaults() Wire {
	w.CreatePath = cmp.Or(w.CreatePath, "/attestations/enhanced")
	w.StatusPath = cmp.Or(w.StatusPath, "/attestations/enhanced/"+placeholder)
	w.Link = cmp.Or(w.Link, "https://cdn.partner.microsoft.com/mca/?attestationid="+placeholder)
	w.AgreementAttestationID = cmp.Or(w.AgreementAttestationID, "attestationId")
	for i, m := range w.Members.all() {
		*m = cmp.Or(*m, [...]string{
			"country", "language", "companyName", "signatoryFirstName", "signatoryLastName",
			"signatoryEmail", "signatoryPhoneNumber", "expirationTime",
		}[i])
	}
	for _, words := range []struct {
		list *[]string
		word string
	}{{&w.Pending, "Pending"}, {&w.Accepted, "Accepted"}, {&w.Expired, "Expired"}} {
		if len(*words.list) == 0 {
			*words.list = []string{words.word}
		}
		*words.list = slices.Clone(*words.list) // the caller's may change
	}
	return w
}

// all returns the names in the order of the fields.
func (m *Members) all() []*string {
	return []*string{&m.Country, &m.Language, &m.CompanyName, &m.FirstName, &m.LastName, &m.Email, &m.Phone, &m.ExpirationTime}
}

// check reports everything that cannot work. The fields are filled.
func (w Wire) check() error {
	return errors.Join(
		checkPath("CreatePath", w.CreatePath, 0),
		checkPath("StatusPath", w.StatusPath, 1),
		checkLink(w.Link),
		w.checkNames(),
		w.checkWords(),
	)
}

// checkPath checks a path that the version is put in front of, with a number
// of placeholders.
func checkPath(field, template string, placeholders int) error {
	path, query, hasQuery := strings.Cut(strings.ReplaceAll(template, placeholder, "id"), "?")
	_, err := url.Parse(path)
	_, queryErr := url.ParseQuery(query)
	switch {
	case err != nil || queryErr != nil || !strings.HasPrefix(path, "/") || badSegment(path) || strings.ContainsAny(template, " #\\"):
		return fmt.Errorf("%s must be a path such as /attestations/enhanced, without a host", field)
	case hasQuery && placeholders == 0:
		return fmt.Errorf("%s must have no query", field)
	case strings.HasPrefix(strings.ToLower(path)+"/", "/v1/"):
		return fmt.Errorf("%s must be without the version, which is put in front of it", field)
	case strings.Count(template, placeholder) != placeholders || strings.ContainsAny(path+query, "{}"):
		return fmt.Errorf("%s must have %s %d times, and no other braces", field, placeholder, placeholders)
	}
	return nil
}

// badSegment reports whether the path has an empty segment, or one of dots.
func badSegment(path string) bool {
	for segment := range strings.SplitSeq(strings.TrimPrefix(path, "/"), "/") {
		if segment == "" || segment == "." || segment == ".." {
			return true
		}
	}
	return false
}

// checkLink checks the address of the acceptance page. Plain http is for
// loopback addresses, in tests: whoever reads the link can accept.
func checkLink(template string) error {
	u, err := url.Parse(strings.ReplaceAll(template, placeholder, "id"))
	_, afterScheme, _ := strings.Cut(template, "://")
	_, afterHost, _ := strings.Cut(afterScheme, "/")
	switch {
	case err != nil || u.Hostname() == "" || u.User != nil || u.Scheme != "https" && (u.Scheme != "http" || !loopback.Host(u.Hostname())):
		return errors.New("Link must be an https URL")
	case strings.Count(template, placeholder) != 1 || !strings.Contains(afterHost, placeholder):
		return fmt.Errorf("Link must have %s once, after the host", placeholder)
	}
	return nil
}

// checkNames finds names of members that are not usable, or used twice.
func (w Wire) checkNames() error {
	var problems []error
	use := func(seen map[string]bool, name string, optional bool) {
		if optional && name == notSent {
			return
		}
		key := strings.ToLower(name)
		if key == "" || key == notSent || strings.TrimSpace(key) != key || seen[key] {
			problems = append(problems, fmt.Errorf("the name %q of a member is not usable, or used twice", name))
		}
		seen[key] = true
	}
	seen := map[string]bool{}
	for _, m := range w.Members.all() {
		use(seen, *m, m == &w.Members.Phone || m == &w.Members.ExpirationTime)
	}
	for name := range w.Extra {
		use(seen, name, false)
	}
	use(map[string]bool{"primarycontact": true, "templateid": true, "dateagreed": true, "type": true}, w.AgreementAttestationID, false)
	return errors.Join(problems...)
}

// checkWords finds words that are empty or stand for two states.
func (w Wire) checkWords() error {
	seen := map[string]bool{}
	for _, list := range [][]string{w.Pending, w.Accepted, w.Expired} {
		for _, word := range list {
			key := strings.ToLower(word)
			if key == "" || strings.TrimSpace(key) != key || seen[key] {
				return fmt.Errorf("the word %q for a state is not usable, or used twice", word)
			}
			seen[key] = true
		}
	}
	return nil
}

// encodedExtra returns the extra members as JSON, so that no later change of
// the caller's values reaches a request.
func (w Wire) encodedExtra() (map[string]json.RawMessage, error) {
	out := make(map[string]json.RawMessage, len(w.Extra))
	for name, value := range w.Extra {
		encoded, err := json.Marshal(value)
		if err != nil { // without err, which may repeat the value
			return nil, fmt.Errorf("the extra member %q cannot be encoded as JSON", name)
		}
		out[name] = encoded
	}
	return out, nil
}

// link returns the acceptance page of an attestation.
func (w Wire) link(id string) string {
	return strings.ReplaceAll(w.Link, placeholder, url.QueryEscape(id))
}

// status returns the path and query of an attestation.
func (w Wire) status(id string) (string, url.Values) {
	path, query, _ := strings.Cut(w.StatusPath, "?")
	values, _ := url.ParseQuery(strings.ReplaceAll(query, placeholder, url.QueryEscape(id))) // was checked
	return strings.ReplaceAll(path, placeholder, url.PathEscape(id)), values
}
