package partnercentertest

import (
	"net/http"
	"strings"
	"time"
)

func (s *Subscription) entitlement(id string) *AzureEntitlement {
	for i := range s.Azure {
		if strings.EqualFold(s.Azure[i].ID, id) {
			return &s.Azure[i]
		}
	}
	return nil
}

func (e AzureEntitlement) json(planID string) map[string]any {
	return map[string]any{
		"id": e.ID, "friendlyName": e.Name, "status": e.Status, "subscriptionId": planID,
		"attributes": map[string]any{"objectType": "AzureEntitlement"},
	}
}

// azure finds the plan and the Azure entitlement that a path names.
func (a *account) azure(ids []string) (*Subscription, *AzureEntitlement, *answer) {
	plan := a.subscription(ids[0])
	if plan == nil {
		return nil, nil, noSubscription()
	}
	if plan.kind() != kindAzurePlan {
		return nil, nil, refuse(http.StatusBadRequest, "900118", "The subscription is not an Azure plan.")
	}
	if len(ids) == 1 {
		return plan, nil, nil
	}
	e := plan.entitlement(ids[1])
	if e == nil {
		return nil, nil, refuse(http.StatusNotFound, "800111", "The Azure entitlement was not found.")
	}
	return plan, e, nil
}

// listAzure answers GET .../subscriptions/{id}/azureEntitlements.
func (s *Server) listAzure(c *call, a *account, ids []string) *answer {
	plan, _, refused := a.azure(ids)
	if refused != nil {
		return refused
	}
	var items []any
	for _, e := range plan.Azure {
		items = append(items, e.json(plan.ID))
	}
	return jsonAnswer(http.StatusOK, collection(items, "/customers/"+a.c.ID+"/subscriptions/"+plan.ID+"/azureEntitlements"))
}

// cancelAzure answers POST .../azureEntitlements/{id}/cancel. The answer still
// says active: the status changes later.
func (s *Server) cancelAzure(c *call, a *account, ids []string) *answer {
	plan, e, refused := a.azure(ids)
	if refused != nil {
		return refused
	}
	body, err := decodeObject(c.body)
	if reason, _ := body["cancellationreason"].(string); err != nil || !strings.EqualFold(reason, "compromise") {
		return refuse(http.StatusBadRequest, "900307", "The cancellation reason is not supported.")
	}
	if e.Status != "active" {
		return refuse(http.StatusBadRequest, "900118", "The Azure entitlement is not active.")
	}
	answer := jsonAnswer(http.StatusOK, e.json(plan.ID))
	if a.moving[key(plan.ID, e.ID)] {
		return answer
	}
	a.move(plan.ID, e.ID, "disabled", c.now.Add(s.Delays.Azure))
	return answer.did()
}

// reactivateAzure answers POST .../azureEntitlements/{id}/reactivate.
func (s *Server) reactivateAzure(c *call, a *account, ids []string) *answer {
	plan, e, refused := a.azure(ids)
	if refused != nil {
		return refused
	}
	if plan.Status != "active" || e.Status == "active" || a.moving[key(plan.ID, e.ID)] {
		return refuse(http.StatusBadRequest, "900337", "The Azure entitlement cannot be reactivated.")
	}
	a.move(plan.ID, e.ID, "active", c.now.Add(s.Delays.Azure))
	return bare(http.StatusAccepted).did()
}

func key(plan, entitlement string) string { return strings.ToLower(plan + "/" + entitlement) }

// move changes the status of an Azure entitlement when its time comes.
func (a *account) move(plan, entitlement, status string, at time.Time) {
	k := key(plan, entitlement)
	a.moving[k] = true
	a.count(entitlement)
	a.later(at, func(a *account) {
		delete(a.moving, k)
		if sub := a.subscription(plan); sub != nil {
			if e := sub.entitlement(entitlement); e != nil {
				e.Status = status
			}
		}
	})
}
