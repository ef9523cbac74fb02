package subscriptions

import (
	"context"
	"net/http"

	"github.com/cspkit/cspkit/customers"
	"github.com/cspkit/cspkit/partnercenter"
)

// AzureEntitlement is an Azure subscription under an Azure plan.
type AzureEntitlement struct {
	ID             string `json:"id"`
	FriendlyName   string `json:"friendlyName"`
	Status         Status `json:"status"`
	SubscriptionID string `json:"subscriptionId"`
}

// AzureEntitlements returns the Azure subscriptions of an Azure plan.
//
// Source: GET /v1/customers/{id}/subscriptions/{plan}/azureEntitlements,
// https://learn.microsoft.com/partner-center/developer/get-a-list-of-azure-entitlements-for-subscription
func (s *Service) AzureEntitlements(ctx context.Context, customer customers.TenantID, plan ID) ([]AzureEntitlement, error) {
	r := request("listing Azure subscriptions of plan "+string(plan), http.MethodGet, customer, "subscriptions", string(plan), "azureEntitlements")
	return collect(partnercenter.All[AzureEntitlement](ctx, s.pc, r))
}

// CancelAzure cancels an Azure subscription. The answer still calls it active;
// a read shows the change after about ten minutes. The customer can undo it
// while the plan is active, so suspend the plan afterwards. The reason that is
// sent, compromise, is the only one that Microsoft has published.
//
// Source: POST …/azureEntitlements/{id}/cancel,
// https://learn.microsoft.com/partner-center/developer/cancel-an-azure-subscription
func (s *Service) CancelAzure(ctx context.Context, customer customers.TenantID, plan ID, entitlement string, opts ...partnercenter.CallOption) error {
	r := request("cancelling Azure subscription "+entitlement, http.MethodPost, customer,
		"subscriptions", string(plan), "azureEntitlements", entitlement, "cancel").With(opts...)
	r.Body = []byte(`{"cancellationReason":"compromise"}`)
	return s.pc.Do(ctx, r, nil)
}

// ReactivateAzure undoes CancelAzure while the plan is active. It takes effect
// later; a read shows it.
//
// Source: POST …/azureEntitlements/{id}/reactivate,
// https://learn.microsoft.com/partner-center/developer/reactivate-an-azure-subscription
func (s *Service) ReactivateAzure(ctx context.Context, customer customers.TenantID, plan ID, entitlement string, opts ...partnercenter.CallOption) error {
	r := request("reactivating Azure subscription "+entitlement, http.MethodPost, customer,
		"subscriptions", string(plan), "azureEntitlements", entitlement, "reactivate").With(opts...)
	return s.pc.Do(ctx, r, nil)
}
