package partnercentertest

import (
	"strings"
	"time"
)

// Demo returns customers that together hold every kind of product. Their
// identifiers are always the same, their dates lie around now. The first can be
// offboarded to the end; most others show what makes an offboarding wait or stop.
// Two have a confirmed Microsoft Customer Agreement, one signed it itself, one
// has to confirm it again, and the rest have none.
func Demo() []Customer {
	id := guidFrom
	gdap := func(name string) string { return id("gdap/"+name) + "-" + id("partner/"+name) }
	customer := func(tenant, company, domain string) Customer {
		return Customer{ID: tenant, Company: company, Domain: domain}
	}
	return []Customer{
		// Everything that can be ended at once.
		customer("b44bb1fb-c595-45b0-9e09-d657365580bf", "Contoso Bakery", "contosobakery.onmicrosoft.com").With(
			License(id("bakery/basic")),
			License(id("bakery/second")),
			AddOn(id("bakery/audio"), id("bakery/basic")),
			SaaS(id("bakery/widgets")),
			Trial(id("bakery/trial")),
			Legacy(id("bakery/legacy")),
			AzurePlan(id("bakery/plan"), id("bakery/azure/1"), id("bakery/azure/2")),
			SoftwareSubscription(id("bakery/server")),
			Perpetual("2y6dF_rVgDAXMxypQPPnTquuXhKVK_3N1"),
			GDAPRelationship(gdap("bakery"))).
			confirmed("Ada", "Visser", 2025, time.September, 10),
		// Has to wait for the end of terms.
		customer("1f0a6c5e-3b52-4d0c-8a7e-5b1d2c9f4e01", "Fabrikam Residences", "fabrikamresidences.example").With(
			LicenseClosed(id("residences/standard")),
			SaaSClosed(id("residences/widgets")),
			SoftwareSubscriptionClosed(id("residences/server")),
			GDAPRelationship(gdap("residences"))).
			direct(),
		// Blocked by a reservation.
		customer("2a1b7d6f-4c63-4e1d-9b8f-6c2e3da05f12", "Northwind Traders", "northwindtraders.onmicrosoft.com").With(
			License(id("northwind/basic")),
			AzurePlan(id("northwind/plan"), id("northwind/azure/1")),
			ReservationItem("KaJ8XvkKc_GoNZOUyjVaRJalTBN5MWdV1")).
			confirmed("Noor", "Bakker", 2021, time.March, 2), // has to be confirmed again
		// Blocked by a savings plan.
		customer("3b2c8e70-5d74-4f2e-8c90-7d3f4eb16023", "Tailspin Toys", "tailspintoys.example").With(
			AzurePlan(id("tailspin/plan")),
			SavingsPlan(id("tailspin/savings"))).
			confirmed("Joris", "Smit", 2020, time.June, 18).
			confirmed("Femke", "Dekker", 2024, time.January, 31),
		// Blocked by a product that nobody has heard of.
		customer("4c3d9f81-6e85-403f-9da1-8e405fc27134", "Wide World Importers", "wideworldimporters.onmicrosoft.com").With(
			License(id("wideworld/basic")),
			UnknownKind(id("wideworld/quantum"))),
		// An old purchase of perpetual software, which stands in nobody's way.
		customer("5d4ea092-7f96-4140-8eb2-9f5160d38245", "Adventure Works Cycles", "adventureworks.example").With(
			PerpetualOld("ImxjLNL4_fOc-2KoyOxGTZcrlIquzls11")),
		// Somebody has suspended a licence that goes on being billed.
		customer("6e5fb1a3-80a7-4251-9fc3-a06271e49356", "Litware Legal", "litwarelegal.onmicrosoft.com").With(
			LicenseClosed(id("litware/standard")).Suspended(),
			GDAPRelationship(gdap("litware"))),
		// Nothing but legacy products.
		customer("7f60c2b4-91b8-4362-80d4-b17382f5a467", "Humongous Insurance", "humongousinsurance.example").With(
			Legacy(id("humongous/office")).Tweak(func(s *Subscription) { s.Pascal = true }),
			LegacyAddOn(id("humongous/storage"), id("humongous/office")),
			LegacyAzure(id("humongous/azure"))),
		// Nothing at all.
		customer("8071d3c5-a2c9-4473-91e5-c2849306b578", "Alpine Ski House", "alpineskihouse.onmicrosoft.com"),
	}
}

// confirmed returns the customer with one more agreement that the partner
// confirmed. Its date is fixed, because it is a fixed date that decides whether
// it counts.
func (c Customer) confirmed(first, last string, year int, month time.Month, day int) Customer {
	c = c.clone()
	c.Agreements = append(c.Agreements, Agreement{
		Contact: Contact{
			FirstName: first, LastName: last,
			Email: strings.ToLower(first+"."+last) + "@" + c.Domain, Phone: "+31201234567",
		},
		DateAgreed: time.Date(year, month, day, 0, 0, 0, 0, time.UTC),
	})
	return c
}

// direct returns the customer after it has signed itself.
func (c Customer) direct() Customer {
	c.DirectlySigned = true
	return c
}
