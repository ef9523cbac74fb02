package mca

import (
	"context"
	"errors"
	"net/url"
	"strconv"
	"strings"

	"github.com/cspkit/cspkit/internal/rawjson"
)

// Template is a version of an agreement's text.
//
// Source: https://learn.microsoft.com/partner-center/developer/get-customer-agreement-metadata
type Template struct {
	ID   string        `json:"templateId"`
	Type AgreementType `json:"agreementType"`
	Link string        `json:"agreementLink"` // to the text, for reading
	Rank int           `json:"versionRank"`   // the highest is the current version
}

// UnmarshalJSON reads a template. A rank that is no number is zero.
func (t *Template) UnmarshalJSON(data []byte) error {
	members, err := rawjson.Members(data)
	if err != nil {
		return errors.New("a template must be an object")
	}
	rank, _ := rawjson.Get(members, "versionRank")
	*t = Template{
		ID:   textOf(members, "templateId"),
		Type: AgreementType(textOf(members, "agreementType")),
		Link: textOf(members, "agreementLink"),
	}
	if n, err := strconv.Atoi(strings.Trim(string(rank), `"`)); err == nil {
		t.Rank = n
	}
	return nil
}

// ErrNoTemplate: Partner Center lists no template of the Microsoft Customer
// Agreement, as in national clouds. Check the cloud: there is nothing to repeat.
var ErrNoTemplate = errors.New("there is no template of the Microsoft Customer Agreement: check the cloud, since the agreement is offered in the public one only")

// Templates returns the templates of the Microsoft Customer Agreement. It needs
// app+user credentials.
//
// Source: GET /v1/agreements?agreementType=MicrosoftCustomerAgreement,
// https://learn.microsoft.com/partner-center/developer/get-customer-agreement-metadata
func (s *Service) Templates(ctx context.Context) ([]Template, error) {
	r := reading("listing agreement templates", "agreements")
	r.Query = url.Values{"agreementType": {string(MicrosoftCustomerAgreement)}} // without it the service lists another type
	return collect[Template](ctx, s.pc, r)
}

// Template returns the current template of the Microsoft Customer Agreement:
// the one with the highest rank. The error matches [ErrNoTemplate] if there is
// none.
//
// Source: GET /v1/agreements?agreementType=MicrosoftCustomerAgreement,
// https://learn.microsoft.com/partner-center/developer/get-customer-agreement-metadata
func (s *Service) Template(ctx context.Context) (*Template, error) {
	list, err := s.Templates(ctx)
	if err != nil {
		return nil, err
	}
	var current *Template
	for _, t := range list {
		if t.ID != "" && t.Type.Is(MicrosoftCustomerAgreement) && (current == nil || t.Rank > current.Rank) {
			current = &t
		}
	}
	if current == nil {
		return nil, ErrNoTemplate
	}
	return current, nil
}

// Document is the text of an agreement in one language, for one country.
type Document struct {
	DisplayURL  string `json:"displayUri"`
	DownloadURL string `json:"downloadUri"` // valid for 5 minutes; every call gives a new one
	Language    string `json:"language"`
	Country     string `json:"country"`
}

// TemplateDocument returns where the customer can read a template. An empty
// language means en-US, an empty country US. It needs app+user credentials.
// Not every language is offered in every country: the source lists them.
//
// Source: GET /v1/agreementtemplates/{agreement-template-id}/document,
// https://learn.microsoft.com/partner-center/developer/download-customer-agreement-template
func (s *Service) TemplateDocument(ctx context.Context, templateID, language, country string) (*Document, error) {
	r := reading("getting the document of an agreement template", "agreementtemplates", templateID, "document")
	r.Query = url.Values{}
	if language != "" {
		r.Query.Set("language", language)
	}
	if country != "" {
		r.Query.Set("country", strings.ToUpper(country)) // the service tells letter cases apart here
	}
	var d Document
	if err := s.pc.Do(ctx, r, &d); err != nil {
		return nil, err
	}
	return &d, nil
}
