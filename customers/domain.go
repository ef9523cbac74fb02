package customers

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/cspkit/cspkit/partnercenter"
)

// validations is what the questions below count against: Microsoft states no
// budget for them, so they only pause when it answers 429.
const validations partnercenter.Resource = "validations"

// DomainTaken reports whether a tenant has the domain already. A customer
// needs one that is free, such as fabrikam.onmicrosoft.com. What is not a
// domain is an error that matches [ErrCompanyInfo], before anything is sent.
//
// Source: HEAD /v1/domains/{domain},
// https://learn.microsoft.com/partner-center/developer/verify-domain-availability
func (s *Service) DomainTaken(ctx context.Context, domain string) (bool, error) {
	const operation = "asking for a domain"
	if err := checkDomain(domain).Err(); err != nil {
		return false, partnercenter.Unsent(fmt.Errorf("%s: %w", operation, err))
	}
	_, err := s.pc.Send(ctx, partnercenter.Request{
		Operation: operation, Resource: validations, Method: http.MethodHead,
		Path: partnercenter.Path("domains", strings.TrimSpace(domain)),
	})
	if e, ok := errors.AsType[*partnercenter.Error](err); ok && e.Status == http.StatusNotFound {
		return false, nil
	}
	return err == nil, err
}

// checkDomain returns what is wrong with the domain of a tenant to be made. It
// is written in ASCII.
func checkDomain(domain string) Findings {
	const field = FieldDomain
	var f Findings
	domain, ok := f.text(field, domain, true)
	ascii := !strings.ContainsFunc(domain, func(r rune) bool { return r > '~' })
	f.failIf(ok && (!ascii || len(domain) > 253 || !mailDomain(domain)), RuleDomain, field, "must be one domain such as fabrikam.onmicrosoft.com")
	return f
}
