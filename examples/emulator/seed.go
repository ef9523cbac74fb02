package main

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/cspkit/cspkit/partnercentertest"
)

// demoSeed is what the process starts with if no seed is given.
const demoSeed = `{"demo": true}`

// readSeed returns a server as a seed describes it. The error joins all that is
// wrong with the seed, and each names the place.
func readSeed(data []byte) (*partnercentertest.Server, error) {
	var fake *partnercentertest.Server
	err := read(data, time.Now(), func(f *form) {
		var demo bool
		f.yes("demo", &demo)
		var ahead time.Duration
		f.lapse("ahead", &ahead)
		var customers, given []partnercentertest.Customer
		list(f, "customers", &customers, describeCustomer)
		f.distinct("customers", len(customers), func(i int) string { return customers[i].ID })
		if demo {
			given = partnercentertest.Demo()
		}
		for i, c := range customers {
			if slices.ContainsFunc(given, func(d partnercentertest.Customer) bool { return strings.EqualFold(d.ID, c.ID) }) {
				f.problem(fmt.Sprintf("customers[%d].id", i), "is that of a customer of the demo, too")
			}
		}
		fake = partnercentertest.New(append(given, customers...)...)
		describeServer(f, fake)
		var attestations []partnercentertest.Attestation
		list(f, "attestations", &attestations, describeAttestation)
		f.distinct("attestations", len(attestations), func(i int) string { return attestations[i].ID })
		var faults []partnercentertest.Fault
		list(f, "faults", &faults, describeFault)
		if len(*f.problems) == 0 {
			for _, t := range attestations {
				fake.Attest(t)
			}
			fake.Inject(faults...)
			fake.Advance(ahead)
		}
	})
	if err != nil {
		return nil, err
	}
	return fake, nil
}

// writeState returns what is true now, as a seed that leads there again. Writes
// that do not show yet, faults that have begun, tokens and the records of requests
// are not part of it.
func writeState(fake *partnercentertest.Server) json.RawMessage {
	return written(func(f *form) {
		customers, attestations, faults := fake.Customers(), fake.Attestations(), fake.Unmet()
		ahead := time.Until(fake.Now()).Round(time.Second)
		f.lapse("ahead", &ahead)
		list(f, "customers", &customers, describeCustomer)
		describeServer(f, fake)
		list(f, "attestations", &attestations, describeAttestation)
		list(f, "faults", &faults, describeFault)
	})
}

// distinct notes identifiers that stand twice in a list.
func (f *form) distinct(name string, n int, id func(i int) string) {
	if f.writing() {
		return
	}
	seen := map[string]int{}
	for i := range n {
		key := strings.ToLower(id(i))
		if before, twice := seen[key]; twice && key != "" {
			f.problem(fmt.Sprintf("%s[%d].id", name, i), "is that of %s[%d], too", name, before)
		} else {
			seen[key] = i
		}
	}
}

var guidForm = regexp.MustCompile(`(?i)^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)

// guid is an identifier in the form of a GUID.
func (f *form) guid(name string, v *string) {
	f.text(name, v)
	f.must(name, guidForm.MatchString(*v), "must be a GUID such as b44bb1fb-c595-45b0-9e09-d657365580bf, not %.60q", *v)
}

// id is an identifier in any form.
func (f *form) id(name string, v *string) {
	f.text(name, v)
	f.must(name, strings.TrimSpace(*v) != "", "is missing")
}

func describeAttestation(f *form, t *partnercentertest.Attestation) {
	f.text("id", &t.ID) // its form is checked below: without one, the server makes one
	f.text("company", &t.Company)
	f.text("country", &t.Country)
	f.text("language", &t.Language)
	f.object("signatory", func(f *form) { describeContact(f, &t.Signatory) })
	f.moment("expires_at", &t.Expires)
	f.moment("accepted_at", &t.Accepted)
	f.text("customer", &t.Customer)
	f.must("id", t.ID == "" || guidForm.MatchString(t.ID), "must be a GUID: leave it out, and the server makes one")
}

func describeContact(f *form, p *partnercentertest.Contact) {
	f.text("first_name", &p.FirstName)
	f.text("last_name", &p.LastName)
	f.text("email", &p.Email)
	f.text("phone", &p.Phone)
}
