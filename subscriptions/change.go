package subscriptions

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/cspkit/cspkit/internal/rawjson"
)

// Change is what one update changes of a subscription. Partner Center takes
// one change at a time; auto-renew and scheduled actions are the pair that go
// together. The zero value of a field leaves it alone.
type Change struct {
	Status           Status          `json:"status,omitzero"`
	AutoRenew        *bool           `json:"auto_renew,omitzero"`
	ScheduledActions json.RawMessage `json:"scheduled_actions,omitzero"` // the whole member
}

// ToEndAtTerm returns the change after which the subscription ends with its
// term, and whether there is anything left to change. Switching auto-renew off
// is not enough for new commerce: without a scheduled Cancel the subscription
// rolls into a paid extended term, so both go into one update.
func (s *Subscription) ToEndAtTerm(scheduleCancel bool) (Change, bool) {
	var c Change
	if s.AutoRenew {
		c.AutoRenew = new(false)
	}
	if scheduleCancel && !s.CancelScheduled() {
		c.ScheduledActions = s.withCancelScheduled()
	}
	return c, c.AutoRenew != nil || c.ScheduledActions != nil
}

// withCancelScheduled returns the scheduled actions with a Cancel at the end
// of the term in place of whatever was to happen then.
func (s *Subscription) withCancelScheduled() json.RawMessage {
	kept := []json.RawMessage{}
	for raw := range rawjson.Elements(s.Scheduled()) {
		var a ScheduledAction
		if json.Unmarshal(raw, &a) != nil || !strings.EqualFold(a.ScheduledType, "TermEnd") {
			kept = append(kept, json.RawMessage(raw))
		}
	}
	// UNCONFIRMED: whether a Cancel takes instructions; it is sent without.
	kept = append(kept, json.RawMessage(`{"scheduledType":"TermEnd","actionType":"Cancel"}`))
	out, err := json.Marshal(kept)
	if err != nil {
		return json.RawMessage(`[{"scheduledType":"TermEnd","actionType":"Cancel"}]`)
	}
	return out
}

// Shows reports whether the subscription is as the change wants it.
func (c Change) Shows(s *Subscription) bool {
	if c.Status != "" && !c.Status.Is(s.Status) {
		return false
	}
	if c.AutoRenew != nil && *c.AutoRenew != s.AutoRenew {
		return false
	}
	if c.ScheduledActions != nil {
		var want []ScheduledAction
		if json.Unmarshal(c.ScheduledActions, &want) != nil || len(want) != len(s.ScheduledActions) {
			return false
		}
		for i := range want {
			if !strings.EqualFold(want[i].ScheduledType, s.ScheduledActions[i].ScheduledType) ||
				!strings.EqualFold(want[i].ActionType, s.ScheduledActions[i].ActionType) {
				return false
			}
		}
	}
	return true
}

// body returns the whole resource that was read, changed. Members that are
// not changed stay byte for byte; a changed one keeps the spelling it was read
// with.
//
// Source: https://learn.microsoft.com/partner-center/developer/update-a-subscription-by-id
func (c Change) body(s *Subscription) ([]byte, error) {
	if len(s.raw) == 0 {
		return nil, errors.New("the subscription was not read from Partner Center: get it first, then change that")
	}
	type member struct {
		name  string
		value any
	}
	var members []member
	if c.Status != "" {
		members = append(members, member{"status", c.Status})
	}
	if c.AutoRenew != nil {
		members = append(members, member{"autoRenewEnabled", *c.AutoRenew})
	}
	if c.ScheduledActions != nil {
		members = append(members, member{"scheduledActions", c.ScheduledActions})
	}
	if len(members) == 0 {
		return nil, errors.New("the change changes nothing")
	}
	body := s.raw
	for _, m := range members {
		value, err := json.Marshal(m.value)
		if err != nil {
			return nil, fmt.Errorf("member %s: %w", m.name, err)
		}
		if body, err = rawjson.Set(body, m.name, value); err != nil {
			return nil, fmt.Errorf("member %s: %w", m.name, err)
		}
	}
	return body, nil
}
