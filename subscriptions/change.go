package subscriptions

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
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
// of the term in place of whatever was to happen then. The others stay byte
// for byte.
func (s *Subscription) withCancelScheduled() json.RawMessage {
	var kept [][]byte
	for raw := range rawjson.Elements(s.Scheduled()) {
		var a ScheduledAction
		if json.Unmarshal(raw, &a) != nil || !strings.EqualFold(a.ScheduledType, "TermEnd") {
			kept = append(kept, raw)
		}
	}
	// UNCONFIRMED: whether a Cancel takes instructions; it is sent without.
	kept = append(kept, []byte(`{"scheduledType":"TermEnd","actionType":"Cancel"}`))
	return slices.Concat([]byte("["), bytes.Join(kept, []byte(",")), []byte("]"))
}

// Shows reports whether the subscription is as the change wants it.
func (c Change) Shows(s *Subscription) bool {
	if c.Status != "" && !c.Status.Is(s.Status) {
		return false
	}
	if c.AutoRenew != nil && *c.AutoRenew != s.AutoRenew {
		return false
	}
	return c.ScheduledActions == nil || c.scheduleShows(s)
}

// scheduleShows reports whether the subscription has the scheduled actions of
// the change, in any order.
func (c Change) scheduleShows(s *Subscription) bool {
	var want []ScheduledAction
	if json.Unmarshal(c.ScheduledActions, &want) != nil {
		return false
	}
	have := slices.Clone(s.ScheduledActions)
	for _, w := range want {
		i := slices.IndexFunc(have, func(h ScheduledAction) bool {
			return strings.EqualFold(w.ScheduledType, h.ScheduledType) && strings.EqualFold(w.ActionType, h.ActionType)
		})
		if i < 0 {
			return false
		}
		have = slices.Delete(have, i, i+1)
	}
	return len(have) == 0
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
	var status, autoRenew []byte
	var err error
	if c.Status != "" {
		if status, err = json.Marshal(c.Status); err != nil {
			return nil, fmt.Errorf("member status: %w", err)
		}
	}
	if c.AutoRenew != nil {
		autoRenew = strconv.AppendBool(nil, *c.AutoRenew)
	}
	body, changed := s.raw, false
	for _, member := range []struct {
		name  string
		value []byte // as it is sent: json.Marshal would rewrite what was read
	}{{"status", status}, {"autoRenewEnabled", autoRenew}, {"scheduledActions", c.ScheduledActions}} {
		if member.value == nil {
			continue
		}
		if body, err = rawjson.Set(body, member.name, member.value); err != nil {
			return nil, fmt.Errorf("member %s: %w", member.name, err)
		}
		changed = true
	}
	if !changed {
		return nil, errors.New("the change changes nothing")
	}
	return body, nil
}
