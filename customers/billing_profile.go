package customers

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"github.com/cspkit/cspkit/internal/rawjson"
	"github.com/cspkit/cspkit/partnercenter"
)

// BillingProfile is how a customer is billed and where. It keeps the text that
// the service sent, so that a change can send it back whole: change the fields
// and give it to [Service.UpdateBillingProfile].
//
// Source: https://learn.microsoft.com/partner-center/developer/customer-resources
type BillingProfile struct {
	ID             string // a change of it is not sent
	FirstName      string
	LastName       string
	Email          string
	Culture        string // such as nl-NL
	Language       string // such as nl
	CompanyName    string
	DefaultAddress Address
	ETag           string // names the version that was read

	raw []byte
}

// billingProfile is how the service spells a billing profile.
type billingProfile struct {
	ID             string  `json:"id"`
	FirstName      string  `json:"firstName"`
	LastName       string  `json:"lastName"`
	Email          string  `json:"email"`
	Culture        string  `json:"culture"`
	Language       string  `json:"language"`
	CompanyName    string  `json:"companyName"`
	DefaultAddress Address `json:"defaultAddress"`
	Attributes     struct {
		ETag string `json:"etag"`
	} `json:"attributes"`
}

// UnmarshalJSON implements [json.Unmarshaler]. It keeps the whole text.
func (b *BillingProfile) UnmarshalJSON(data []byte) error {
	var w billingProfile
	if err := json.Unmarshal(data, &w); err != nil {
		return err
	}
	*b = BillingProfile{
		ID: w.ID, FirstName: w.FirstName, LastName: w.LastName, Email: w.Email, Culture: w.Culture, Language: w.Language,
		CompanyName: w.CompanyName, DefaultAddress: w.DefaultAddress, ETag: w.Attributes.ETag, raw: bytes.Clone(data),
	}
	return nil
}

// MarshalJSON implements [json.Marshaler]. It returns the text that was read,
// with what has changed since.
func (b *BillingProfile) MarshalJSON() ([]byte, error) {
	if b.raw == nil {
		return []byte("null"), nil
	}
	return b.text()
}

// text returns the text that was read, in which nothing but the changed
// members is another, to the byte.
func (b *BillingProfile) text() ([]byte, error) {
	var was BillingProfile
	if err := json.Unmarshal(b.raw, &was); err != nil {
		return nil, err
	}
	text, err := setChanged(b.raw, was.members(), b.members())
	if err != nil || b.DefaultAddress == was.DefaultAddress {
		return text, err
	}
	address := []byte("{}")
	members, err := rawjson.Members(text)
	if err != nil {
		return nil, err
	}
	if raw, ok := rawjson.Get(members, "defaultAddress"); ok && raw[0] == '{' {
		address = raw
	}
	if address, err = setChanged(address, was.DefaultAddress.members(), b.DefaultAddress.members()); err != nil {
		return nil, err
	}
	return rawjson.Set(text, "defaultAddress", address)
}

// member is one text of a profile by the name that it has on the wire.
type member struct{ name, value string }

func (b *BillingProfile) members() []member {
	return []member{
		{"firstName", b.FirstName}, {"lastName", b.LastName}, {"email", b.Email}, {"culture", b.Culture},
		{"language", b.Language}, {"companyName", b.CompanyName},
	}
}

func (a Address) members() []member {
	return []member{
		{"firstName", a.FirstName}, {"middleName", a.MiddleName}, {"lastName", a.LastName}, {"addressLine1", a.AddressLine1},
		{"addressLine2", a.AddressLine2}, {"city", a.City}, {"state", a.State}, {"region", a.Region},
		{"postalCode", a.PostalCode}, {"country", a.Country}, {"phoneNumber", a.PhoneNumber},
	}
}

// setChanged returns the object with the members whose value is another now.
func setChanged(object []byte, was, now []member) ([]byte, error) {
	for i, m := range now {
		if m == was[i] {
			continue
		}
		value, err := json.Marshal(m.value)
		if err != nil {
			return nil, err
		}
		if object, err = rawjson.Set(object, m.name, value); err != nil {
			return nil, err
		}
	}
	return object, nil
}

// BillingProfile returns how a customer is billed.
//
// Source: GET /v1/customers/{customer-tenant-id}/profiles/billing,
// https://learn.microsoft.com/partner-center/developer/get-a-customer-s-billing-profile
func (s *Service) BillingProfile(ctx context.Context, id TenantID) (*BillingProfile, error) {
	var out readProfile
	if err := s.pc.Do(ctx, profile("getting the billing profile of customer "+string(id), http.MethodGet, id, "billing"), &out); err != nil {
		return nil, err
	}
	return &out.BillingProfile, nil
}

// UpdateBillingProfile replaces the billing profile of a customer by one that
// was read just before and changed since. Members that this package does not
// know go back as they came. The error matches [partnercenter.ErrStaleETag]
// when somebody else has changed the profile in between: read it again and
// change that. A changed profile has a new ETag, so read it before the next
// change, too.
//
// The company info rules are not applied here: what the profile had before may
// break them. [CompanyInfo] and [Address] check what is new.
//
// Source: PUT /v1/customers/{customer-tenant-id}/profiles/billing,
// https://learn.microsoft.com/partner-center/developer/update-a-customer-s-billing-profile
func (s *Service) UpdateBillingProfile(ctx context.Context, id TenantID, b *BillingProfile, opts ...partnercenter.CallOption) error {
	r := profile("updating the billing profile of customer "+string(id), http.MethodPut, id, "billing")
	body, err := b.update()
	if err != nil {
		return partnercenter.Unsent(fmt.Errorf("%s: %w", r.Operation, err))
	}
	r.Body, r.Header = body, http.Header{"If-Match": {b.ETag}}
	r.Hide = b.DefaultAddress.person(b.FirstName, b.LastName, b.Email)
	return s.pc.Do(ctx, r.With(opts...), nil)
}

// update returns the body of an update.
func (b *BillingProfile) update() ([]byte, error) {
	switch {
	case b == nil || b.raw == nil:
		return nil, errors.New("the profile was not read from Partner Center: get it first, then change that")
	case b.ETag == "":
		return nil, errors.New("the profile has no etag, without which Partner Center takes no change")
	}
	text, err := b.text()
	if err == nil && bytes.Equal(text, b.raw) {
		err = errors.New("nothing in the profile has changed")
	}
	return text, err
}

// readProfile is the answer to the question for a billing profile.
type readProfile struct{ BillingProfile }

// Validate makes an answer that is no profile unreadable.
func (r *readProfile) Validate() error {
	if members, err := rawjson.Members(r.raw); err != nil || len(members) == 0 {
		return errors.New("it is not a profile")
	}
	return nil
}

func profile(operation, method string, id TenantID, which string) partnercenter.Request {
	return partnercenter.Request{
		Operation: operation, Resource: partnercenter.Customers, Method: method,
		Path: partnercenter.Path("customers", string(id), "profiles", which),
	}
}
