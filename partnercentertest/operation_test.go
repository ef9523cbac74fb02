package partnercentertest_test

import (
	"go/ast"
	"go/parser"
	gotoken "go/token"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	. "github.com/cspkit/cspkit/partnercentertest"
)

// A constant without a call, or a call without a name, would make faults that
// never happen.
func TestEveryOperationIsAConstant(t *testing.T) {
	file, err := parser.ParseFile(gotoken.NewFileSet(), "operation.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var constants []string
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok || len(spec.Values) != 1 {
			return true
		}
		if value, ok := spec.Values[0].(*ast.BasicLit); ok {
			name, _ := strconv.Unquote(value.Value)
			if name != spec.Names[0].Name {
				t.Errorf("the constant %s is %q", spec.Names[0].Name, name)
			}
			constants = append(constants, name)
		}
		return true
	})
	slices.Sort(constants)
	var names []string
	for _, o := range Operations() {
		names = append(names, string(o))
	}
	if diff := cmp.Diff(constants, names); diff != "" {
		t.Errorf("constants (-) and operations (+):\n%s", diff)
	}
}

func TestARequestTellsWhatItWasAbout(t *testing.T) {
	s := with(License(sub1), AzurePlan(sub2, azure1), GDAPRelationship("g1"))
	app, graph := asApp(t, s), asGraph(t, s)
	app.get("/v1/customers")
	app.get("/v1/CUSTOMERS/" + strings.ToUpper(contoso))
	app.patch(sub1, set("friendlyName", "Basic"))
	app.do("POST", "/v1/customers/"+contoso+"/subscriptions/"+sub2+"/azureEntitlements/"+azure1+"/cancel", `{"cancellationReason":"compromise"}`)
	app.get("/v1/attestations/enhanced/" + sub1)
	graph.get(relationships + "/g1")
	app.do("POST", "/v1/customers/"+contoso+"/carts", "{}")
	type row struct {
		Operation         Operation
		Customer, Subject string
	}
	var got []row
	for _, r := range s.Requests() {
		got = append(got, row{r.Operation, r.Customer, r.Subject})
	}
	want := []row{
		{RequestToken, "", TenantID},
		{RequestToken, "", TenantID},
		{ListCustomers, "", ""},
		{GetCustomer, contoso, strings.ToUpper(contoso)},
		{GetSubscription, contoso, sub1},
		{UpdateSubscription, contoso, sub1},
		{CancelAzureEntitlement, contoso, azure1},
		{GetAttestation, "", "{id}"},
		{GetGDAP, contoso, "g1"},
		{"", "", ""},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("requests (-want +got):\n%s", diff)
	}
}

func TestCallsShowTheOrder(t *testing.T) {
	s := with(License(sub1))
	app, user := asApp(t, s), &client{t: t, s: s, access: UserToken}
	app.patch(sub1, set("status", "deleted"))
	user.do("PATCH", "/v1/customers/"+contoso, removal)
	app.do("PUT", "/v1/customers/"+contoso, "{}")
	want := []string{"UpdateSubscription " + sub1, "RemoveRelationship " + contoso, "PUT /v1/customers/" + contoso}
	if diff := cmp.Diff(want, s.Calls(Writes)); diff != "" {
		t.Errorf("Calls(Writes) (-want +got):\n%s", diff)
	}
	want = []string{"RequestToken " + TenantID, "GetSubscription " + sub1}
	if diff := cmp.Diff(want, s.Calls(RequestToken, Reads)); diff != "" {
		t.Errorf("Calls(RequestToken, Reads) (-want +got):\n%s", diff)
	}
	if n := len(s.Calls()); n != 5 {
		t.Errorf("Calls() has %d lines, want 5", n)
	}
}
