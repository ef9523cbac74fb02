package subscriptions

import (
	"strings"
	"unicode"

	"github.com/cspkit/cspkit/internal/guid"
)

// Kind is what a purchase is, as far as ending it goes.
type Kind string

const (
	NewCommerceLicense   Kind = "new_commerce_license"
	NewCommerceTrial     Kind = "new_commerce_trial"
	LegacyLicense        Kind = "legacy_license"
	LegacyAzure          Kind = "legacy_azure"
	AzurePlan            Kind = "azure_plan"
	MarketplaceSaaS      Kind = "marketplace_saas"
	SoftwareSubscription Kind = "software_subscription"
	PerpetualSoftware    Kind = "perpetual_software"
	Reservation          Kind = "reservation"
	SavingsPlan          Kind = "savings_plan"
	UnknownKind          Kind = "unknown"
)

// KindOf recognises what a subscription is by its product type, else by the
// form of its offer. What it does not recognise is [UnknownKind], which nobody
// ends without a person looking.
//
// Source: https://learn.microsoft.com/partner-center/developer/subscription-resources
func KindOf(s *Subscription) Kind {
	product := strings.ToLower(s.ProductType)
	all := product + " " + strings.ToLower(s.SubType)
	compact := strings.ReplaceAll(all, " ", "")
	switch {
	case strings.Contains(compact, "savingsplan"):
		return SavingsPlan
	case strings.Contains(compact, "reservation"), strings.Contains(compact, "reservedinstance"):
		return Reservation
	case product == "onlineservicesnce":
		return licence(s)
	case product == "software":
		return SoftwareSubscription
	case product == "azure":
		return AzurePlan
	case product == "saas", s.ThirdParty:
		return MarketplaceSaaS
	case product != "":
		return UnknownKind
	case strings.HasPrefix(strings.ToUpper(s.OfferID), "MS-AZR-"):
		return LegacyAzure
	case guid.Valid(s.OfferID):
		return LegacyLicense
	case strings.Count(s.OfferID, ":") == 2 && strings.EqualFold(s.BillingType, "license"):
		return licence(s)
	case strings.Count(s.OfferID, ":") == 2 && strings.EqualFold(s.BillingType, "usage"):
		return AzurePlan
	default:
		return UnknownKind
	}
}

func licence(s *Subscription) Kind {
	if s.IsTrial {
		return NewCommerceTrial
	}
	return NewCommerceLicense
}

// entitlementKind is the kind of an entitlement that has no subscription.
func entitlementKind(e *Entitlement) Kind {
	switch kind := strings.ReplaceAll(strings.ToLower(e.Type), " ", ""); {
	case kind == "software":
		return PerpetualSoftware
	case strings.Contains(kind, "reservedinstance"), strings.Contains(kind, "reservation"):
		return Reservation
	case strings.Contains(kind, "savingsplan"):
		return SavingsPlan
	default:
		return UnknownKind
	}
}

// notCancellable reports whether this is one of the software plans that have
// no cancellation window at all: Red Hat and SUSE. Only whole words count, or
// a "Remote Desktop Services User CAL" would hold a SUSE.
//
// Source: https://learn.microsoft.com/partner-center/customers/csp-software-subscriptions
func notCancellable(s *Subscription) bool {
	for _, name := range []string{s.FriendlyName, s.OfferName} {
		words := strings.FieldsFunc(strings.ToLower(name), func(r rune) bool { return !unicode.IsLetter(r) })
		for i, word := range words {
			if word == "redhat" || word == "suse" || word == "hat" && i > 0 && words[i-1] == "red" {
				return true
			}
		}
	}
	return false
}
