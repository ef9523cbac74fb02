package offboard

import (
	"errors"
	"fmt"
)

// Role is on whose behalf somebody acts.
type Role string

const (
	CSP      Role = "csp"      // a direct-bill partner or an indirect provider: the default
	Reseller Role = "reseller" // an indirect reseller
	Customer Role = "customer"
)

// Actor is who asks for an offboarding. The zero value is the partner itself.
type Actor struct {
	Name string `json:"name,omitempty"` // for the audit trail
	Role Role   `json:"role,omitempty"` // empty means CSP
	// Reseller limits a request to one indirect reseller, by its PartnerID.
	// Such a request is refused: a customer leaves the whole CSP tenant.
	Reseller string `json:"reseller,omitempty"`
}

var (
	// ErrRole: only the CSP may end a relationship: pass the request on to it.
	ErrRole = errors.New("only the CSP, a direct-bill partner or an indirect provider, may offboard a customer")
	// ErrResellerScope: the request was limited to one reseller; ask again
	// without, if the customer shall leave the CSP.
	ErrResellerScope = errors.New("a customer leaves the whole CSP tenant: offboarding cannot be limited to one reseller")
	// ErrOwnTenant: the customer is the partner itself; check the id.
	ErrOwnTenant = errors.New("this is the partner's own tenant, not a customer")
	// ErrPolicy: a field of the policy has no meaning; the error says which
	// values it may have.
	ErrPolicy = errors.New("the policy is not valid")
)

// check refuses who may not offboard, before anything is sent.
func (a Actor) check() error {
	switch {
	case a.Role != "" && a.Role != CSP:
		return fmt.Errorf("offboard: role %.20q: %w", a.Role, ErrRole)
	case a.Reseller != "":
		return fmt.Errorf("offboard: %w", ErrResellerScope)
	}
	return nil
}

func (p Policy) check() error {
	switch p.WindowClosed {
	case "", EndOfTerm, SuspendClosed, Refuse:
	default:
		return fmt.Errorf("offboard: %w: window closed must be %s, %s or %s, not %.20q",
			ErrPolicy, EndOfTerm, SuspendClosed, Refuse, p.WindowClosed)
	}
	if p.Settle < 0 {
		return fmt.Errorf("offboard: %w: the settle time must not be negative", ErrPolicy)
	}
	return nil
}
