package partnercentertest

import (
	"strings"
	"time"
)

// Windows in which a purchase can be undone.
const (
	licenseWindow   = 7 * 24 * time.Hour
	saasWindow      = 72 * time.Hour
	fullRefund      = 24 * time.Hour
	softwareWindow  = 7 * 24 * time.Hour
	perpetualWindow = 30 * 24 * time.Hour
)

// passTerms does what happened at the ends of terms up to now.
func (s *Subscription) passTerms(now time.Time) {
	for !s.CommitmentEnd.IsZero() && s.CommitmentEnd.Year() < 9000 && now.After(s.CommitmentEnd) {
		if !s.endTerm() {
			return
		}
		s.Version++
	}
}

// endTerm ends one term; it reports whether anything changed.
func (s *Subscription) endTerm() bool {
	switch {
	case s.Status == "suspended" && s.newCommerce():
		s.Status = "disabled"
	case s.Status != "active" || s.kind() == kindAzurePlan:
		return false
	case s.AutoRenew && s.renew():
	case s.scheduled("Cancel") || s.kind() != kindLicense:
		s.Status = "expired"
		s.AutoRenew, s.ScheduledActions, s.NextTerm = false, nil, nil
	default:
		// Neither renewal nor an explicit cancel: a licence goes on by the month.
		s.CommitmentEnd = s.CommitmentEnd.AddDate(0, 1, 0)
	}
	return true
}

// renew starts the next term; it reports false if the term has no length.
func (s *Subscription) renew() bool {
	end, ok := addTerm(s.CommitmentEnd, s.Term)
	if !ok {
		return false
	}
	start := s.CommitmentEnd
	s.CommitmentEnd, s.ScheduledActions, s.NextTerm = end, nil, nil
	if s.kind() == kindTrial {
		s.Trial = false // a trial that renews becomes a paid subscription
	}
	switch s.kind() {
	case kindLicense, kindSoftware:
		s.CancelUntil, s.RefundFullUntil = start.Add(licenseWindow), start.Add(fullRefund)
	case kindSaaS:
		s.CancelUntil, s.RefundFullUntil = start.Add(saasWindow), start.Add(fullRefund)
	}
	return true
}

// scheduled reports whether an action is planned for the end of the term.
func (s *Subscription) scheduled(action string) bool {
	for _, a := range s.ScheduledActions {
		if strings.EqualFold(a.ScheduledType, "TermEnd") && strings.EqualFold(a.ActionType, action) {
			return true
		}
	}
	return false
}

// canCancel reports whether the cancellation window is open.
func (s *Subscription) canCancel(now time.Time) bool {
	return !s.CancelUntil.IsZero() && !now.After(s.CancelUntil)
}
