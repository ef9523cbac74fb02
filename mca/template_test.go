package mca_test

import (
	"encoding/json"
	"testing"

	"github.com/cspkit/cspkit/internal/wiretest"
	"github.com/cspkit/cspkit/mca"
	"github.com/cspkit/cspkit/partnercenter"
)

func TestTemplates(t *testing.T) {
	s, w := service(t, nil, wiretest.Reply{Status: 200, Body: file(t, "get-customer-agreement-metadata")})
	got, err := s.Templates(t.Context())
	want := mca.Template{ID: template, Type: mca.MicrosoftCustomerAgreement, Link: "https://aka.ms/customeragreement"}
	if err != nil || len(got) != 1 || got[0] != want {
		t.Errorf("Templates = %+v, %v, want %+v", got, err, want)
	}
	wiretest.Check(t, w.Last(), "GET", base+"agreements?agreementType=MicrosoftCustomerAgreement", "user", "")
}

func TestTheCurrentTemplateIsTheOneWithTheHighestRank(t *testing.T) {
	tests := []struct {
		name, items string
		want        string // none if empty
	}{
		{"one", `{"templateId":"a","agreementType":"MicrosoftCustomerAgreement","versionRank":0}`, "a"},
		{"the highest of three", `{"templateId":"a","agreementType":"MicrosoftCustomerAgreement","versionRank":1},
			{"templateId":"b","agreementType":"microsoftcustomeragreement","versionRank":3},{"templateId":"c","agreementType":"MicrosoftCustomerAgreement","versionRank":2}`, "b"},
		{"a rank as text", `{"templateId":"a","agreementType":"MicrosoftCustomerAgreement","versionRank":1},{"templateId":"b","agreementType":"MicrosoftCustomerAgreement","versionRank":"2"}`, "b"},
		{"a rank that is none", `{"templateId":"a","agreementType":"MicrosoftCustomerAgreement","versionRank":1},{"templateId":"b","agreementType":"MicrosoftCustomerAgreement","versionRank":"new"}`, "a"},
		{"a rank beyond all numbers", `{"templateId":"a","agreementType":"MicrosoftCustomerAgreement","versionRank":1},{"templateId":"b","agreementType":"MicrosoftCustomerAgreement","versionRank":99999999999999999999}`, "a"},
		{"another type above", `{"templateId":"a","agreementType":"MicrosoftCustomerAgreement","versionRank":1},{"templateId":"b","agreementType":"MicrosoftCloudAgreement","versionRank":9}`, "a"},
		{"two of one rank", `{"templateId":"a","agreementType":"MicrosoftCustomerAgreement","versionRank":1},{"templateId":"b","agreementType":"MicrosoftCustomerAgreement","versionRank":1}`, "a"},
		{"no id", `{"agreementType":"MicrosoftCustomerAgreement","versionRank":1}`, ""},
		{"none", ``, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, _ := service(t, nil, wiretest.Reply{Status: 200, Body: `{"items":[` + tt.items + `]}`})
			got, err := s.Template(t.Context())
			if tt.want == "" {
				if got != nil {
					t.Errorf("Template = %+v, want none", got)
				}
				checkIs(t, "Template", err, mca.ErrNoTemplate)
				return
			}
			if err != nil || got.ID != tt.want {
				t.Errorf("Template = %+v, %v, want %s", got, err, tt.want)
			}
		})
	}
	s, _ := service(t, nil, wiretest.Reply{Status: 503})
	_, err := s.Template(t.Context())
	checkIs(t, "Template answered 503", err, partnercenter.ErrTransient)
}

func TestTemplateDocument(t *testing.T) {
	s, w := service(t, nil, wiretest.Reply{Status: 200, Body: `{"displayUri":"https://d.example/1","downloadUri":"https://d.example/2?sig=x","language":"nl-NL","country":"NL"}`})
	got, err := s.TemplateDocument(t.Context(), template, "nl-NL", "nl")
	want := mca.Document{DisplayURL: "https://d.example/1", DownloadURL: "https://d.example/2?sig=x", Language: "nl-NL", Country: "NL"}
	if err != nil || *got != want {
		t.Errorf("TemplateDocument = %+v, %v, want %+v", got, err, want)
	}
	wiretest.Check(t, w.Last(), "GET", base+"agreementtemplates/"+template+"/document?country=NL&language=nl-NL", "user", "")
	if _, err := s.TemplateDocument(t.Context(), template, "", ""); err != nil {
		t.Error(err)
	}
	wiretest.Check(t, w.Last(), "GET", base+"agreementtemplates/"+template+"/document", "user", "")
	if _, err := s.TemplateDocument(t.Context(), "", "", ""); err == nil || len(w.Sent) != 2 {
		t.Errorf("TemplateDocument of nothing = %v after %d requests, want a refusal", err, len(w.Sent))
	}
}

func FuzzTemplate(f *testing.F) {
	f.Add(`{"templateId":"a","agreementType":"MicrosoftCustomerAgreement","versionRank":"2"}`)
	f.Add(`{"versionRank":1e99}`)
	f.Fuzz(func(t *testing.T, item string) {
		var a, back mca.Template
		if json.Unmarshal([]byte(item), &a) != nil {
			return
		}
		data, err := json.Marshal(a)
		if err != nil || json.Unmarshal(data, &back) != nil || back != a {
			t.Fatalf("a template read from %q comes back from %s as %+v, not %+v (%v)", item, data, back, a, err)
		}
	})
}
