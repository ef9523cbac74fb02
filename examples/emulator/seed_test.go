package main

import (
	"encoding/json"
	"fmt"
	"go/parser"
	"go/token"
	"maps"
	"net/http"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/cspkit/cspkit/partnercentertest"
)

const (
	bakery      = "b44bb1fb-c595-45b0-9e09-d657365580bf"
	license     = "a4c1340d-6911-4758-bba3-0c4c6007d161"
	attestation = "3d1f0b52-6a0e-4c1d-8f3b-9a2b7c6d5e4f" // of testdata/seed.json
)

func sample(t testing.TB) []byte {
	t.Helper()
	data, err := os.ReadFile("testdata/seed.json")
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestTheSampleSeedHasEveryKind(t *testing.T) {
	fake, err := readSeed(sample(t))
	if err != nil {
		t.Fatal(err)
	}
	var used struct {
		Customers []struct{ Items []struct{ Kind string } }
	}
	if err := json.Unmarshal(sample(t), &used); err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, i := range used.Customers[0].Items {
		names = append(names, i.Kind)
	}
	slices.Sort(names)
	if diff := cmp.Diff(slices.Sorted(maps.Keys(kinds)), slices.Compact(names)); diff != "" {
		t.Errorf("kinds (-) and those in the sample (+):\n%s", diff)
	}

	c := fake.State(bakery)
	if len(c.Subscriptions) != 15 || len(c.Orders) != 7 || len(c.GDAP) != 1 || !c.GDAP[0].FailTermination {
		t.Errorf("%d subscriptions, %d orders, GDAP %+v", len(c.Subscriptions), len(c.Orders), c.GDAP)
	}
	if s := c.Subscriptions[0]; s.ID != license || s.FriendlyName != "Mail for the shop" || s.Quantity != 12 || s.Status != "active" {
		t.Errorf("first subscription = %+v", s)
	}
	if s := c.Subscriptions[2]; s.Status != "suspended" || time.Until(s.CommitmentEnd).Round(time.Hour) != 30*24*time.Hour {
		t.Errorf("third subscription = %s until %s", s.Status, s.CommitmentEnd)
	}
	if !fake.Sandbox || fake.Budget != 500 || fake.Delays.Relationship != 200*time.Millisecond || fake.Attestation.StatusWords["Accepted"] != "Completed" {
		t.Errorf("settings were not read: %+v", fake.Delays)
	}
	var states []string
	for _, a := range fake.Attestations() {
		states = append(states, a.Status(fake.Now()))
	}
	if diff := cmp.Diff([]string{"Pending", "Accepted", "Expired"}, states); diff != "" {
		t.Errorf("attestations (-want +got):\n%s", diff)
	}
	if unmet := fake.Unmet(); len(unmet) != 2 || unmet[0].Operation != partnercentertest.UpdateSubscription || unmet[1].For != 3*time.Second {
		t.Errorf("faults = %+v", unmet)
	}
}

// The seed that the package comment shows must be one.
func TestTheSeedInTheDocumentationIsOne(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "main.go", nil, parser.ParseComments|parser.PackageClauseOnly)
	if err != nil {
		t.Fatal(err)
	}
	_, text, _ := strings.Cut(file.Doc.Text(), "most of it:\n")
	text, _, _ = strings.Cut(text, "\nTimes are")
	fake, err := readSeed([]byte(text))
	if err != nil || len(fake.State(bakery).Subscriptions) != 2 || len(fake.Unmet()) != 1 {
		t.Errorf("readSeed = %v\n%s", err, text)
	}
}

func TestASeedThatIsWrongIsReportedWithThePlace(t *testing.T) {
	customer := func(members string) string { return `{"customers":[{"id":"` + bakery + `",` + members + `}]}` }
	item := func(members string) string {
		return customer(`"items":[{"kind":"license","id":"` + license + `"},{` + members + `}]`)
	}
	tests := []struct{ name, seed, want string }{
		{"empty", ``, "is not JSON: it ends too early"},
		{"cut", `{"customers":[`, "is not JSON: it ends too early"},
		{"a list", `[]`, "must be a JSON object"},
		{"two objects", `{}{}`, "there is text after the JSON object"},
		{"a member twice", `{"demo":true,"demo":false}`, `the member "demo" stands there twice`},
		{"an unknown member", `{"customer":[]}`, "customer: there is no such member; there are demo, ahead, customers, settings, resellers, attestations, faults"},
		{"no list", `{"customers":{}}`, "customers: must be a list of objects"},
		{"null for a list", `{"customers":null}`, "customers: must be a list of objects"},
		{"no object in a list", `{"customers":["x"]}`, "customers[0]: must be a JSON object"},
		{"no id", `{"customers":[{}]}`, `customers[0].id: must be a GUID such as b44bb1fb-c595-45b0-9e09-d657365580bf, not ""`},
		{"a malformed id", `{"customers":[{"id":"contoso"}]}`, `customers[0].id: must be a GUID such as b44bb1fb-c595-45b0-9e09-d657365580bf, not "contoso"`},
		{"one customer twice", `{"customers":[{"id":"` + bakery + `"},{"id":"` + strings.ToUpper(bakery) + `"}]}`, "customers[1].id: is that of customers[0], too"},
		{"a demo customer twice", `{"demo":true,"customers":[{"id":"` + bakery + `"}]}`, "customers[0].id: is that of a customer of the demo, too"},
		{"text for a number", `{"settings":{"budget":"500"}}`, `settings.budget: must be a whole number, not "500"`},
		{"a fraction", `{"settings":{"budget":1.5}}`, "settings.budget: must be a whole number, not 1.5"},
		{"a number for text", customer(`"company":7`), "customers[0].company: must be a string, not 7"},
		{"null", customer(`"company":null`), "customers[0].company: must be a string, not null"},
		{"neither true nor false", `{"settings":{"sandbox":null}}`, "settings.sandbox: must be true or false, not null"},
		{"a duration without a unit", `{"settings":{"delays":{"gdap":"3"}}}`, `settings.delays.gdap: must be a string with a duration ("2s", "36h", "7d"), not "3"`},
		{"a clock that is behind", `{"ahead":"-1h"}`, "ahead: must not be below zero, but is -1h0m0s"},
		{"a delay below zero", `{"settings":{"delays":{"gdap":"-3s"}}}`, "settings.delays.gdap: must not be below zero"},
		{"a budget below zero", `{"settings":{"budget":-1}}`, "settings.budget: must not be below zero"},
		{"an unknown answer", `{"settings":{"after_removal":"gone"}}`, `settings.after_removal: there is no "gone"; there are 20002, none`},
		{"an unknown status", `{"settings":{"attestation":{"status_words":{"accepted":"Done"}}}}`, `settings.attestation.status_words: there is no status "accepted"; there are Pending, Accepted, Expired`},
		{"a path without an id", `{"settings":{"attestation":{"status_path":"/v1/attestations"}}}`, "settings.attestation.status_path: must be a path with {id} in it"},
		{"an unknown kind of line", customer(`"orders":[{"id":"x","lines":[{"kind":"softwares"}]}]`), `customers[0].orders[0].lines[0].kind: there is no kind "softwares"; there are software, perpetual`},
		{"an Azure subscription twice", item(`"kind":"azure_plan","id":"` + bakery + `","azure":[{"id":"` + bakery + `"},{"id":"` + bakery + `"}]`), "azure[1].id: is that of azure[0], too"},
		{"an unknown kind", item(`"kind":"licence"`), `customers[0].items[1].kind: there is no kind "licence"; there are add_on, azure_plan`},
		{"no kind", item(``), `customers[0].items[1].kind: there is no kind ""`},
		{"an item without an id", item(`"kind":"legacy"`), "customers[0].items[1].id: must be a GUID"},
		{"an order without an id", item(`"kind":"perpetual"`), "customers[0].items[1].id: is missing"},
		{"an item twice", item(`"kind":"legacy","id":"` + license + `"`), "customers[0].subscriptions[1].id: is that of subscriptions[0], too"},
		{"an add-on to nothing", item(`"kind":"add_on","id":"` + bakery + `"`), "customers[0].items[1].parent_id: is missing"},
		{"a time", item(`"kind":"legacy","id":"` + bakery + `","ends_at":"soon"`), `customers[0].items[1].ends_at: must be a string with a time`},
		{"what the kind does not have", item(`"kind":"perpetual","id":"x","suspended":true`), "customers[0].items[1].suspended: there is no such member; there are kind, id"},
		{"an attestation's id", `{"attestations":[{"id":"x"}]}`, "attestations[0].id: must be a GUID"},
		{"an unknown operation", `{"faults":[{"status":500},{"operation":"ListCustomer","status":500}]}`, `faults[1]: there is no operation "ListCustomer": did you mean ListCustomers?`},
		{"a fault without effect", `{"faults":[{"operation":"ListCustomers"}]}`, "faults[0]: the fault changes nothing"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := readSeed([]byte(tt.seed)); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("readSeed = %v, want %s", err, tt.want)
			}
		})
	}
	_, err := readSeed([]byte(`{"demo":1,"settings":{"page_size":"x"},"resellers":[{"id":""}]}`))
	if n := strings.Count(fmt.Sprint(err), "\n"); n != 2 {
		t.Errorf("readSeed = %v, want all three problems", err)
	}
}

// Whatever a test can seed, a seed can say, and a dump shows: every field of the
// types of partnercentertest is part of the format.
func TestEveryFieldIsWrittenAndRead(t *testing.T) {
	t.Run("customer", func(t *testing.T) {
		testRoundTrip(t, describeCustomer, func(c *partnercentertest.Customer) {
			for _, o := range c.Orders {
				o.Lines[0].Kind, o.Lines[1].Kind = partnercentertest.LineSoftware, partnercentertest.LinePerpetual
			}
		})
	})
	t.Run("attestation", func(t *testing.T) { testRoundTrip(t, describeAttestation) })
	for name, some := range map[string]func(*partnercentertest.Fault){ // no fault has a use for all fields
		"code": func(f *partnercentertest.Fault) { f.Body, f.ContentType, f.Cut, f.Drop = "", "", false, false },
		"body": func(f *partnercentertest.Fault) { f.Code, f.Description, f.Cut, f.Drop = "", "", false, false },
		"cut":  func(f *partnercentertest.Fault) { *f = partnercentertest.Fault{Cut: f.Cut} },
		"drop": func(f *partnercentertest.Fault) { *f = partnercentertest.Fault{Drop: f.Drop} },
	} {
		t.Run("fault with "+name, func(t *testing.T) {
			testRoundTrip(t, describeFault, func(f *partnercentertest.Fault) {
				f.Status = 500
				some(f)
				f.Operation, f.Method = partnercentertest.GetCustomer, http.MethodGet
			})
		})
	}
	t.Run("server", func(t *testing.T) {
		testRoundTrip(t, describeServer, func(s *partnercentertest.Server) {
			s.AfterRemoval = "404"
			s.Attestation.StatusPath, s.Attestation.StatusWords = "/v1/attestations/{id}", map[string]string{"Accepted": "Completed"}
		})
	})
}

func testRoundTrip[T any](t *testing.T, describe func(*form, *T), adjust ...func(*T)) {
	var full, got T
	fill(reflect.ValueOf(&full).Elem(), new(int))
	for _, f := range adjust {
		f(&full)
	}
	text := written(func(f *form) { describe(f, &full) })
	if err := read(text, time.Now(), func(f *form) { describe(f, &got) }); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	if diff := cmp.Diff(&full, &got, cmpopts.IgnoreUnexported(partnercentertest.Server{}), cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("after writing and reading (-want +got):\n%s", diff)
	}
	var empty T
	if text := written(func(f *form) { describe(f, &empty) }); string(text) != "{}" {
		t.Errorf("zero values are written: %s", text)
	}
}

// fill gives every exported field a value of its own that is not zero.
func fill(v reflect.Value, n *int) {
	*n++
	switch v.Interface().(type) {
	case time.Time:
		v.Set(reflect.ValueOf(time.Date(2030, 1, 1, 0, 0, *n, 0, time.UTC)))
		return
	case time.Duration:
		v.SetInt(int64(*n) * int64(time.Second))
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(fmt.Sprintf("00000000-0000-4000-8000-%012d", *n))
	case reflect.Int:
		v.SetInt(int64(*n))
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Interface:
		v.Set(reflect.ValueOf(fmt.Sprint("v", *n)))
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		for i := range v.Len() {
			fill(v.Index(i), n)
		}
	case reflect.Map:
		value := reflect.New(v.Type().Elem()).Elem()
		fill(value, n)
		v.Set(reflect.MakeMap(v.Type()))
		v.SetMapIndex(reflect.ValueOf(fmt.Sprint("k", *n)), value)
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				fill(v.Field(i), n)
			}
		}
	default:
		panic("a field of kind " + v.Kind().String())
	}
}

// Whatever somebody gives as a seed, it is read or refused; what was read can be
// written, and leads to the same.
func FuzzSeed(f *testing.F) {
	f.Add(sample(f))
	for _, text := range []string{demoSeed, `{}`, `{"customers":[{"id":"` + bakery + `","items":[{"kind":"license"}]}]}`, `{"faults":[{"operation":""}]}`, `{"customers":[{"items":[null]}]}`, `{"settings":{"delays":{"gdap":"9999999999999d"}}}`} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		fake, err := readSeed(data)
		if err != nil {
			return
		}
		first := writeState(fake)
		again, err := readSeed(first)
		if err != nil {
			t.Fatalf("what was written is refused: %v\n%s", err, first)
		}
		if second := writeState(again); string(first) != string(second) {
			t.Errorf("it changed on the way:\n%s\n%s", first, second)
		}
	})
}
