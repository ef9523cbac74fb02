package main

import (
	"net/http"
	"slices"
	"strings"

	"github.com/cspkit/cspkit/partnercentertest"
)

func listAttestations(_ *process, fake *partnercentertest.Server, _ *http.Request) (any, error) {
	all, now := fake.Attestations(), fake.Now()
	if len(all) == 0 {
		return map[string]any{"attestations": []any{}}, nil
	}
	return written(func(f *form) {
		list(f, "attestations", &all, func(f *form, t *partnercentertest.Attestation) {
			status := strings.ToLower(t.Status(now))
			f.text("status", &status)
			describeAttestation(f, t)
		})
	}), nil
}

func postAttestation(p *process, fake *partnercentertest.Server, r *http.Request) (any, error) {
	var t partnercentertest.Attestation
	if err := readBody(fake, r, func(f *form) { describeAttestation(f, &t) }); err != nil {
		return nil, err
	}
	p.attest.Lock()
	defer p.attest.Unlock()
	if t.ID != "" && known(fake, t.ID) {
		return nil, refusal{http.StatusConflict, "id: there is such an attestation: leave the id out"}
	}
	return map[string]string{"id": fake.Attest(t)}, nil
}

func known(fake *partnercentertest.Server, id string) bool {
	return slices.ContainsFunc(fake.Attestations(), func(t partnercentertest.Attestation) bool { return strings.EqualFold(t.ID, id) })
}

// noAttestation does not repeat the id: whoever knows one can accept.
var noAttestation = refusal{http.StatusNotFound, "there is no such attestation: GET /admin/attestations lists them"}

func acceptAttestation(_ *process, fake *partnercentertest.Server, r *http.Request) (any, error) {
	id := r.PathValue("attestation")
	if !known(fake, id) {
		return nil, noAttestation
	}
	if err := fake.Accept(id); err != nil {
		return nil, refusal{http.StatusConflict, "the link has expired: create another attestation"}
	}
	return nil, nil
}

func expireAttestation(_ *process, fake *partnercentertest.Server, r *http.Request) (any, error) {
	id := r.PathValue("attestation")
	if !known(fake, id) {
		return nil, noAttestation
	}
	fake.ExpireAttestation(id)
	return nil, nil
}

func expireTokens(_ *process, fake *partnercentertest.Server, _ *http.Request) (any, error) {
	fake.ExpireTokens()
	return nil, nil
}

func revokeRefreshTokens(_ *process, fake *partnercentertest.Server, _ *http.Request) (any, error) {
	fake.RevokeRefreshTokens()
	return nil, nil
}

func postSignIn(_ *process, fake *partnercentertest.Server, _ *http.Request) (any, error) {
	return map[string]string{"refresh_token": fake.SignIn()}, nil
}
