package subscriptions_test

import (
	"testing"

	"github.com/cspkit/cspkit/subscriptions"
)

func TestKindOf(t *testing.T) {
	const colon = "CFQ7TTC0LH18:0001:CFQ7TTC0K971"
	type sub = subscriptions.Subscription
	tests := []struct {
		name string
		sub  sub
		want subscriptions.Kind
	}{
		{"new commerce", sub{ProductType: "OnlineServicesNCE", OfferID: colon}, subscriptions.NewCommerceLicense},
		{"new commerce in another letter case", sub{ProductType: "onlineServicesNce"}, subscriptions.NewCommerceLicense},
		{"new commerce by its offer", sub{OfferID: colon, BillingType: "license"}, subscriptions.NewCommerceLicense},
		{"new commerce by its offer, capital", sub{OfferID: colon, BillingType: "License"}, subscriptions.NewCommerceLicense},
		{"trial", sub{ProductType: "OnlineServicesNCE", IsTrial: true}, subscriptions.NewCommerceTrial},
		{"trial by its offer", sub{OfferID: colon, BillingType: "license", IsTrial: true}, subscriptions.NewCommerceTrial},
		{"legacy licence", sub{OfferID: "031c9e47-4802-4248-838e-778fb1d2cc05", BillingType: "license"}, subscriptions.LegacyLicense},
		{"legacy licence in capitals", sub{OfferID: "031C9E47-4802-4248-838E-778FB1D2CC05"}, subscriptions.LegacyLicense},
		{"legacy trial", sub{OfferID: "031c9e47-4802-4248-838e-778fb1d2cc05", IsTrial: true}, subscriptions.LegacyLicense},
		{"legacy Azure", sub{OfferID: "MS-AZR-0145P", BillingType: "usage"}, subscriptions.LegacyAzure},
		{"legacy Azure in small letters", sub{OfferID: "ms-azr-0146p", BillingType: "usage"}, subscriptions.LegacyAzure},
		{"Azure plan", sub{ProductType: "Azure", OfferID: "DZH318Z0BPS6:0001:DZH318Z0BMTX", BillingType: "usage"}, subscriptions.AzurePlan},
		{"Azure plan in capitals", sub{ProductType: "AZURE"}, subscriptions.AzurePlan},
		{"Azure plan by its offer", sub{OfferID: "DZH318Z0BPS6:0001:DZH318Z0BMTX", BillingType: "Usage"}, subscriptions.AzurePlan},
		{"SaaS", sub{ProductType: "SaaS", ThirdParty: true}, subscriptions.MarketplaceSaaS},
		{"SaaS of Microsoft", sub{ProductType: "saas"}, subscriptions.MarketplaceSaaS},
		{"third party without product type", sub{OfferID: "DZH318Z0BXWC:0001:DZH318Z0BMJX", BillingType: "license", ThirdParty: true}, subscriptions.MarketplaceSaaS},
		{"third party of an unknown type", sub{ProductType: "Widgets", ThirdParty: true}, subscriptions.MarketplaceSaaS},
		{"software", sub{ProductType: "Software", OfferID: "DG7GMGF0DVT9:000B:DG7GMGF0DVSS"}, subscriptions.SoftwareSubscription},
		{"software of another publisher", sub{ProductType: "software", ThirdParty: true, OfferName: "SUSE Linux Enterprise"}, subscriptions.SoftwareSubscription},
		{"reservation", sub{ProductType: "Azure", SubType: "AzureReservation"}, subscriptions.Reservation},
		{"reserved instance", sub{ProductType: "VirtualMachineReservedInstance"}, subscriptions.Reservation},
		{"reservation in words", sub{ProductType: "Azure", SubType: "Reserved Instance"}, subscriptions.Reservation},
		{"savings plan", sub{ProductType: "Azure", SubType: "SavingsPlan"}, subscriptions.SavingsPlan},
		{"savings plan in words", sub{ProductType: "Azure savings plan"}, subscriptions.SavingsPlan},
		{"nothing known", sub{}, subscriptions.UnknownKind},
		{"unknown product type", sub{ProductType: "QuantumCredits", OfferID: colon, BillingType: "license"}, subscriptions.UnknownKind},
		{"unknown product type with a legacy offer", sub{ProductType: "QuantumCredits", OfferID: "MS-AZR-0145P"}, subscriptions.UnknownKind},
		{"benefit", sub{OfferID: colon, BillingType: "benefit"}, subscriptions.UnknownKind},
		{"offer of two parts", sub{OfferID: "CFQ7TTC0LH18:0001", BillingType: "license"}, subscriptions.UnknownKind},
		{"offer of four parts", sub{OfferID: colon + ":x", BillingType: "license"}, subscriptions.UnknownKind},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := subscriptions.KindOf(&tt.sub); got != tt.want {
				t.Errorf("KindOf(%s %s %s %s) = %s, want %s", tt.sub.ProductType, tt.sub.SubType, tt.sub.OfferID, tt.sub.BillingType, got, tt.want)
			}
		})
	}
}

func TestKindOfEntitlement(t *testing.T) {
	for text, want := range map[string]subscriptions.Kind{
		"software": subscriptions.PerpetualSoftware, "Software": subscriptions.PerpetualSoftware,
		"reservedinstance": subscriptions.Reservation, "reservedInstance": subscriptions.Reservation,
		"virtualmachinereservedinstance": subscriptions.Reservation, "Azure Reservation": subscriptions.Reservation,
		"savingsPlan": subscriptions.SavingsPlan, "": subscriptions.UnknownKind, "crystal": subscriptions.UnknownKind,
	} {
		p := subscriptions.Purchase{Entitlement: &subscriptions.Entitlement{Type: text}}
		if got := p.Kind(); got != want {
			t.Errorf("Kind of an entitlement of type %q = %s, want %s", text, got, want)
		}
	}
}

// Red Hat and SUSE have no window, whatever date the service states.
func TestPlansWithoutWindow(t *testing.T) {
	for name, windowless := range map[string]bool{
		"Red Hat Enterprise Linux": true, "RedHat Enterprise Linux 9": true, "SUSE Linux Enterprise Server": true, "SLES (SUSE), 1 year": true,
		"red-hat premium":                         true,
		"Windows Server 2022 Standard":            false,
		"Remote Desktop Services User CAL":        false,
		"Windows useful things":                   false,
		"Windows Server CALs - 5 Devices - Users": false,
		"Tired Hatter":                            false, "Hat, red": false, "Hat": false,
	} {
		for field, s := range map[string]subscriptions.Subscription{"offerName": {OfferName: name}, "friendlyName": {FriendlyName: name, OfferName: "x"}} {
			s.ProductType, s.Status = "Software", subscriptions.Active
			s.CancellationAllowedUntil, s.CommitmentEndDateTime = at(day), at(300*day)
			want := subscriptions.Cancel
			if windowless {
				want = subscriptions.CancelAtTermEnd
			}
			if got := (subscriptions.Purchase{Subscription: &s}).Verdict(now); got.Action != want {
				t.Errorf("Verdict with %s %q = %s, want %s", field, name, got.Action, want)
			}
		}
	}
}
