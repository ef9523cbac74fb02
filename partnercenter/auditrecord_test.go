package partnercenter_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/cspkit/cspkit/partnercenter"
)

// auditRecord is a record as the service writes it.
const auditRecord = `{
	"id": "3_29dc4d9d", "partnerId": "7c1e0f2a-5b64-4d0e-9a37-2f8d6b1c9e40", "participants": null,
	"customerId": "b44bb1fb-c595-45b0-9e09-d657365580bf", "customerName": "Fabrikam BV",
	"userPrincipalName": "ada@partner.example", "applicationId": "Partner Center Native App",
	"resourceType": "subscription", "resourceOldValue": "{\"id\":\"a4c1340d\",\"status\":\"active\"}",
	"resourceNewValue": "{\"id\":\"a4c1340d\",\"status\":\"deleted\"}", "operationType": "update_subscription",
	"originalCorrelationId": "7a1e0f5d-1c0b-4b1c-8f8e-3d5c2a9b7e61", "operationDate": "2026-02-03T16:19:06.3520276Z",
	"operationStatus": "succeeded", "customizedData": [{"key": "quantity", "value": "5"}], "attributes": {"objectType": "AuditRecord"}
}`

func decode(t testing.TB, text string) partnercenter.AuditRecord {
	t.Helper()
	var r partnercenter.AuditRecord
	if err := json.Unmarshal([]byte(text), &r); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return r
}

func TestAnAuditRecordIsRead(t *testing.T) {
	want := partnercenter.AuditRecord{
		ID: "3_29dc4d9d", PartnerID: "7c1e0f2a-5b64-4d0e-9a37-2f8d6b1c9e40",
		CustomerID: "b44bb1fb-c595-45b0-9e09-d657365580bf", CustomerName: "Fabrikam BV",
		UserPrincipalName: "ada@partner.example", ApplicationID: "Partner Center Native App",
		ResourceType: partnercenter.AuditSubscription, Operation: partnercenter.AuditUpdateSubscription, Status: partnercenter.AuditSucceeded,
		ResourceOldValue: `{"id":"a4c1340d","status":"active"}`, ResourceNewValue: `{"id":"a4c1340d","status":"deleted"}`,
		CorrelationID:  "7a1e0f5d-1c0b-4b1c-8f8e-3d5c2a9b7e61",
		OperationDate:  partnercenter.Time{Time: time.Date(2026, 2, 3, 16, 19, 6, 352027600, time.UTC)},
		CustomizedData: []partnercenter.AuditDatum{{Key: "quantity", Value: "5"}},
	}
	got := decode(t, auditRecord)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("record (-want +got):\n%s", diff)
	}
	text, err := json.Marshal(got)
	if diff := cmp.Diff(want, decode(t, string(text))); err != nil || diff != "" {
		t.Errorf("written and read again: %v (-want +got):\n%s", err, diff)
	}
}

func TestAnOddMemberDoesNotHideAnAuditRecord(t *testing.T) {
	tests := []struct {
		name, text string
		want       partnercenter.AuditRecord
	}{
		{"nothing", `{}`, partnercenter.AuditRecord{}},
		{"nulls", `{"id":null,"operationDate":null,"customizedData":null,"resourceNewValue":null}`, partnercenter.AuditRecord{}},
		{"other letter case", `{"OperationType":"Update_Order","RESOURCETYPE":"Order"}`, partnercenter.AuditRecord{Operation: "Update_Order", ResourceType: "Order"}},
		{"unknown values", `{"operationType":"fold","resourceType":"paper","operationStatus":"creased"}`,
			partnercenter.AuditRecord{Operation: "fold", ResourceType: "paper", Status: "creased"}},
		{"a number as id", `{"id":17,"customerId":"c"}`, partnercenter.AuditRecord{ID: "17", CustomerID: "c"}},
		{"an object as value", `{"resourceNewValue":{"id":"x"}}`, partnercenter.AuditRecord{ResourceNewValue: `{"id":"x"}`}},
		{"a date of another kind", `{"operationDate":"last Tuesday","customerId":"c"}`, partnercenter.AuditRecord{CustomerID: "c"}},
		{"odd data", `{"customizedData":[null,{"key":"a","value":5},"b"],"customerId":"c"}`,
			partnercenter.AuditRecord{CustomerID: "c", CustomizedData: []partnercenter.AuditDatum{{Key: "a", Value: "5"}}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, decode(t, tt.text)); diff != "" {
				t.Errorf("record (-want +got):\n%s", diff)
			}
		})
	}
	for _, text := range []string{`"a text"`, `[]`, `5`} {
		if err := json.Unmarshal([]byte(text), new(partnercenter.AuditRecord)); err == nil {
			t.Errorf("%s was read as a record, want an error", text)
		}
	}
}

func TestTheResourceOfAnAuditRecordIsJSONOrNothing(t *testing.T) {
	r := decode(t, auditRecord)
	before, okBefore := r.OldValue()
	after, okAfter := r.NewValue()
	if !okBefore || !okAfter || string(before) != `{"id":"a4c1340d","status":"active"}` || string(after) != `{"id":"a4c1340d","status":"deleted"}` {
		t.Errorf("OldValue, NewValue = %s, %s", before, after)
	}
	r.ResourceOldValue, r.ResourceNewValue = "", `{"id":`
	if before, ok := r.OldValue(); ok || before != nil {
		t.Errorf("OldValue of nothing = %s, %t", before, ok)
	}
	if after, ok := r.NewValue(); ok || after != nil {
		t.Errorf("NewValue of half an object = %s, %t", after, ok)
	}
}

func TestAPrintedAuditRecordNamesNobody(t *testing.T) {
	r := decode(t, strings.ReplaceAll(auditRecord, `\"id\":\"a4c1340d\"`, `\"email\":\"grace@fabrikam.example\"`))
	var out bytes.Buffer
	for _, handler := range []slog.Handler{slog.NewTextHandler(&out, nil), slog.NewJSONHandler(&out, nil)} {
		slog.New(handler).Info("read", "value", r, "pointer", &r)
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d"} {
		fmt.Fprintf(&out, verb+verb+"\n", r, &r)
	}
	text := out.String()
	for _, person := range []string{"ada@", "grace@"} {
		if strings.Contains(text, person) {
			t.Errorf("%s is named in:\n%s", person, text)
		}
	}
	if n := strings.Count(text, "update_subscription"); n != 16 {
		t.Errorf("the operation is named %d times, want 16, in:\n%s", n, text)
	}
}

func TestAuditValuesCompareInAnyLetterCase(t *testing.T) {
	if !partnercenter.AuditOperation("Update_Order").Is(partnercenter.AuditUpdateOrder) || partnercenter.AuditUpdateOrder.Is(partnercenter.AuditUpdateSubscription) {
		t.Error("operations do not compare in any letter case")
	}
	if !partnercenter.AuditResource("Order").Is(partnercenter.AuditOrder) || partnercenter.AuditOrder.Is(partnercenter.AuditSubscription) {
		t.Error("resource types do not compare in any letter case")
	}
	if !partnercenter.AuditStatus("Succeeded").Is(partnercenter.AuditSucceeded) || partnercenter.AuditSucceeded.Is(partnercenter.AuditFailed) {
		t.Error("statuses do not compare in any letter case")
	}
}

// Whatever object the service sends is a record, and stays the same record
// when it is written and read again.
func FuzzAuditRecord(f *testing.F) {
	for _, seed := range []string{auditRecord, `{}`, `null`, `[]`, `{"id":1e9}`, `{"customizedData":[{"key":{}}]}`, `{"operationDate":"0001-01-01T00:00:00"}`, `{"ID":"a","id":"b"}`, "{\"id\":\"\xff\"}", "{\"id\":{\"a\":\"\xff\"}}"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var r, again partnercenter.AuditRecord
		err := r.UnmarshalJSON(data)
		if object := json.Valid(data) && bytes.HasPrefix(bytes.TrimSpace(data), []byte("{")); object != (err == nil) {
			t.Fatalf("%q: %v", data, err)
		}
		if err != nil {
			return
		}
		text, err := json.Marshal(r)
		if err != nil {
			t.Fatalf("%q cannot be written: %v", data, err)
		}
		if err := json.Unmarshal(text, &again); err != nil {
			t.Fatalf("%s cannot be read: %v", text, err)
		}
		if diff := cmp.Diff(r, again); diff != "" {
			t.Errorf("%q, written and read again (-want +got):\n%s", data, diff)
		}
		if value, ok := r.NewValue(); ok && !json.Valid(value) {
			t.Errorf("NewValue = %q, which is not JSON", value)
		}
		_ = r.String()
	})
}
