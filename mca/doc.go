// Package mca gets customers to accept the Microsoft Customer Agreement (MCA),
// without which they can buy nothing, and says which of them still have to.
//
//	created, err := service.CreateAttestation(ctx, mca.NewAttestation("Fabrikam BV").
//		Country("NL").Language("nl-NL").
//		Signatory("Ada", "Visser", "ada.visser@fabrikam.example", "+31201234567"))
//	…
//	show(created.Link) // to the signatory, and to nobody else
//
// # How an agreement comes about
//
// The agreement is between Microsoft and the customer; a partner brings them
// together. Since January 2026 a partner can no longer confirm that a customer
// agreed: the customer does it, in four steps.
//
//  1. The partner creates an attestation: which company is to accept, and who
//     signs for it. [Service.CreateAttestation] returns its id.
//  2. The partner gives the customer the link to Microsoft's page. Microsoft
//     sends no mail. The page asks for no sign-in: whoever has the link can
//     accept, so the link and the id are secrets. The link lapses after 5 minutes
//     to 7 days, as the partner chose; then a new attestation is needed.
//  3. The customer accepts on the page. Nothing tells the partner, so it asks
//     from time to time: [Service.AttestationStatus].
//  4. The partner creates the agreement from the accepted attestation, for
//     the customer's tenant: [Service.CreateAgreement]. Only now is there one.
//
// A customer can also accept by itself, in the Microsoft 365 admin center. And
// agreements that a partner confirmed before April 2023 have to be accepted
// again. [Classify] puts all of it together: what Microsoft lists, what the
// customer did itself, and the attestation that the partner remembers, because no
// call that lists attestations is known.
//
// Steps 1, 3 and 4 need app-only credentials; reading agreements needs app+user
// ones. The calls exist in the public cloud, for direct bill partners and
// indirect providers.
//
// # What is not certain
//
// Microsoft's pages on the attestation leave names and paths open. They are
// chosen as well as can be known and can all be changed: see [Wire]. That older
// ways ended in January 2026, how long a link can live, and the date in April 2023
// ([WithCutOff]) are known from vendors.
//
// This package never accepts on the customer's behalf.
package mca
