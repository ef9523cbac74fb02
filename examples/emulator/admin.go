package main

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"

	"github.com/cspkit/cspkit/partnercentertest"
)

// adminCall is one call of the admin API. What serve returns is the answer: JSON,
// or for nil the empty object.
type adminCall struct {
	pattern string // of http.ServeMux
	does    string
	serve   func(p *process, fake *partnercentertest.Server, r *http.Request) (any, error)
}

// parameters refuses those of the query that would be ignored: one call has one.
func (c adminCall) parameters(r *http.Request) error {
	for name := range r.URL.Query() {
		if c.pattern != "GET /admin/calls" || name != "only" {
			return errors.New("the query has a parameter that is not known: only GET /admin/calls has one, ?only=")
		}
	}
	return nil
}

// adminCalls returns all calls, in the order in which GET /admin/ lists them.
func adminCalls() []adminCall {
	return []adminCall{
		{"GET /admin/state", "all that is true now, as a seed", getState},
		{"POST /admin/reset", "begin again with the seed, or with the one in the body", postReset},
		{"GET /admin/customers", "the customers in short", listCustomers},
		{"GET /admin/customers/{customer}", "one customer, as in a seed", getCustomer},
		{"PATCH /admin/customers/{customer}", "change the given members of a customer behind the client's back; items add purchases", patchCustomer},
		{"GET /admin/customers/{customer}/applied/{subject}", "how many writes took effect on a subscription, an order, the customer (its id), billing or agreements", getApplied},
		{"PATCH /admin/customers/{customer}/subscriptions/{subscription}", `change the given members of a subscription, such as {"status": "suspended"}`, patchSubscription},
		{"POST /admin/customers/{customer}/subscriptions/{subscription}/end-term", "let the term end now: the subscription renews or expires, as it is set to", postEndTerm},
		{"GET /admin/clock", "the time by the emulator's clock", getClock},
		{"POST /admin/clock", `put the clock ahead: {"advance": "30d"}`, postClock},
		{"GET /admin/faults", "the faults that have not happened (as often as they are to)", getFaults},
		{"POST /admin/faults", `add a fault, such as {"operation": "UpdateSubscription", "after": 1, "cut": true}`, postFault},
		{"DELETE /admin/faults", "take all faults away", deleteFaults},
		{"GET /admin/operations", "the names of operations, for faults and calls", getOperations},
		{"GET /admin/calls", "what was called, one line each; ?only=Writes narrows to operations", getCalls},
		{"GET /admin/requests", "what was received, without secrets", getRequests},
		{"GET /admin/attestations", "all attestations with their ids, which are secrets of their links", listAttestations},
		{"POST /admin/attestations", "add an attestation, as in a seed", postAttestation},
		{"POST /admin/attestations/{attestation}/accept", "accept as the customer does on the page", acceptAttestation},
		{"POST /admin/attestations/{attestation}/expire", "let the link expire now", expireAttestation},
		{"POST /admin/expire-tokens", "make every access token invalid, the given ones too", expireTokens},
		{"POST /admin/revoke-refresh-tokens", "make every refresh token invalid", revokeRefreshTokens},
		{"POST /admin/sign-in", "sign in as the user: a new refresh token", postSignIn},
		{"POST /admin/events", `deliver an event to the registered URL on this machine: {"name": "subscription-updated", "customer": "...", "subscription": "..."}`, postEvent},
	}
}

// admin returns the handler of the admin API.
func (p *process) admin() http.Handler {
	mux := http.NewServeMux()
	for _, c := range adminCalls() {
		mux.HandleFunc(c.pattern, func(w http.ResponseWriter, r *http.Request) {
			err := c.parameters(r)
			var body any
			if err == nil {
				body, err = c.serve(p, p.now(), r)
			}
			switch {
			case err != nil:
				fail(w, err)
			case body == nil:
				answer(w, http.StatusOK, struct{}{})
			default:
				answer(w, http.StatusOK, body)
			}
		})
	}
	mux.HandleFunc("GET /admin/{$}", func(w http.ResponseWriter, r *http.Request) { answer(w, http.StatusOK, listCalls()) })
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		// The path is not repeated: an attestation's id may be in it.
		fail(w, refusal{http.StatusNotFound, "there is no such call, or not with the method " + r.Method + ": GET /admin/ lists what there is"})
	})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := guard(r); err != nil {
			fail(w, err)
			return
		}
		mux.ServeHTTP(w, r)
	})
}

// fail answers with what is wrong, one problem a line.
func fail(w http.ResponseWriter, err error) {
	answer(w, statusOf(err), map[string]any{"problems": strings.Split(err.Error(), "\n")})
}

func listCalls() any {
	type line struct {
		Call string `json:"call"`
		Does string `json:"does"`
	}
	lines := []line{}
	for _, c := range adminCalls() {
		lines = append(lines, line{c.pattern, c.does})
	}
	return map[string]any{"calls": lines, "writes": "need the header Content-Type: application/json"}
}

// answer sends JSON that people can read, too.
func answer(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	_ = e.Encode(body) // fails only when the caller has gone
}

// maxBody is more than a seed of ten thousand customers needs.
const maxBody = 64 << 20

func bodyOf(r *http.Request) ([]byte, error) {
	data, err := io.ReadAll(http.MaxBytesReader(nil, r.Body, maxBody))
	if err != nil {
		return nil, errors.New("the body cannot be read, or is larger than 64 MB")
	}
	return data, nil
}

// readBody reads the JSON object that a call sent.
func readBody(fake *partnercentertest.Server, r *http.Request, describe func(*form)) error {
	data, err := bodyOf(r)
	if err != nil {
		return err
	}
	return read(data, fake.Now(), describe)
}
