package mca_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/cspkit/cspkit/internal/wiretest"
	"github.com/cspkit/cspkit/mca"
	"github.com/cspkit/cspkit/partnercenter"
)

func TestAttestationStatus(t *testing.T) {
	accepted := time.Date(2026, 2, 3, 10, 0, 0, 0, time.UTC)
	tests := []struct {
		body     string
		state    mca.AttestationState
		word     string
		accepted bool
	}{
		{`{"attestationId":"` + id + `","status":"Pending"}`, mca.AttestationPending, "Pending", false},
		{`{"AttestationId":"` + strings.ToUpper(id) + `","Status":"ACCEPTED","acceptedDate":"2026-02-03T10:00:00Z"}`, mca.AttestationAccepted, "ACCEPTED", true},
		{`{"attestationStatus":"accepted","dateAgreed":"2026-02-03T10:00:00"}`, mca.AttestationAccepted, "accepted", true},
		{`{"status":null,"attestationStatus":"Expired"}`, mca.AttestationExpired, "Expired", false},
		{`"Accepted"`, mca.AttestationAccepted, "Accepted", false},
		{`{"status":"InReview","acceptedDate":"yesterday"}`, mca.AttestationOther, "InReview", false},
		{`{"status":{"name":"Accepted"}}`, mca.AttestationOther, "", false},
		{`{"status":2}`, mca.AttestationOther, "", false},
		{`{"id":"of something else"}`, mca.AttestationOther, "", false},
		{`{}`, mca.AttestationOther, "", false},
	}
	for _, tt := range tests {
		s, w := service(t, nil, wiretest.Reply{Status: 200, Body: tt.body})
		got, err := s.AttestationStatus(t.Context(), id)
		if err != nil || got.State != tt.state || got.Word != tt.word || got.Accepted.Equal(accepted) != tt.accepted || got.Answer.Reveal() != tt.body {
			t.Errorf("AttestationStatus answered %s = %+v, %v, want %s", tt.body, got, err, tt.state)
		}
		wiretest.Check(t, w.Last(), "GET", base+"attestations/enhanced/"+id, "app", "")
	}
}

func TestAnAnswerThatIsNoStatusIsAnError(t *testing.T) {
	tests := []struct {
		reply wiretest.Reply
		want  error
	}{
		{wiretest.Reply{Status: 200, Body: `{"attestationId":"00000000-8244-4c51-9805-4f5aa3adac6b","status":"Accepted"}`}, partnercenter.ErrUnexpectedAnswer},
		{wiretest.Reply{Status: 200, Body: `[]`}, partnercenter.ErrUnexpectedAnswer},
		{wiretest.Reply{Status: 200, Body: `null`}, partnercenter.ErrUnexpectedAnswer},
		{wiretest.Reply{Status: 200}, partnercenter.ErrUnexpectedAnswer},
		{wiretest.Reply{Status: 204}, partnercenter.ErrUnexpectedAnswer},
		{wiretest.Reply{Status: 200, Body: `<html>`}, partnercenter.ErrUnexpectedAnswer},
		{wiretest.Reply{Status: 404}, partnercenter.ErrNotFound},
		{wiretest.Reply{Status: 403, Body: `{"code":900308}`}, partnercenter.ErrForbidden},
		{wiretest.Reply{Status: 503}, partnercenter.ErrTransient},
		{wiretest.Reply{Status: 302, Header: map[string]string{"Location": "https://evil.example/"}}, partnercenter.ErrForeignHost},
	}
	for _, tt := range tests {
		s, _ := service(t, nil, tt.reply)
		got, err := s.AttestationStatus(t.Context(), id)
		if got != nil || !errors.Is(err, tt.want) {
			t.Errorf("AttestationStatus answered %+v = %v, %v, want %v", tt.reply, got, err, tt.want)
		}
	}
}
