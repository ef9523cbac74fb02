package offboard_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/cspkit/cspkit/offboard"
	"github.com/cspkit/cspkit/partnercenter"
	"github.com/cspkit/cspkit/partnercentertest"
)

func TestARecordIsOfTheStepThatDoesTheSame(t *testing.T) {
	sub := func(status, renew string) string {
		return `{"id":"s1","status":"` + status + `","autoRenewEnabled":` + renew + `}`
	}
	tests := []struct {
		operation, kind, before, after string
		step                           offboard.Step
		subject                        string
	}{
		{"update_subscription", "subscription", sub("active", "true"), sub("deleted", "false"), offboard.CancelSubscription, "s1"},
		{"Update_Subscription", "Subscription", "", `{"Id":"s1","Status":"Deleted"}`, offboard.CancelSubscription, "s1"},
		{"update_subscription", "subscription", sub("active", "true"), sub("suspended", "false"), offboard.SuspendSubscription, "s1"},
		{"update_subscription", "subscription", sub("suspended", "false"), sub("active", "false"), offboard.ReactivateSubscription, "s1"},
		{"update_subscription", "subscription", sub("active", "true"), sub("active", "false"), offboard.EndAtTerm, "s1"},
		{"update_subscription", "subscription", sub("active", "false"), sub("active", "false"), "", "s1"},
		{"update_subscription", "subscription", sub("active", "false"), sub("active", "true"), "", "s1"},
		{"update_subscription", "subscription", sub("active", "true"), "", "", "s1"},
		{"update_subscription", "subscription", "", `{"id":`, "", ""},
		{"update_subscription", "subscription", "", `{"id":7,"status":"deleted"}`, offboard.CancelSubscription, ""},
		{"update_subscription", "subscription", "", `[]`, "", ""},
		{"update_order", "order", `{"id":"o1","status":"completed"}`, `{"id":"o1","status":"cancelled"}`, offboard.CancelOrder, "o1"},
		{"update_order", "order", "", `{"id":"o1","status":"completed"}`, "", "o1"},
		{"granular_admin_relationship_termination_requested", "granular_admin_relationship", "", `{"id":"g1"}`, offboard.TerminateGDAP, "g1"},
		{"granular_admin_relationship_terminated", "granular_admin_relationship", `{"id":"g1"}`, "", offboard.TerminateGDAP, "g1"},
		{"granular_admin_relationship_expired", "granular_admin_relationship", "", `{"id":"g1"}`, "", "g1"},
		{"remove_partner_customer_relationship", "partner_customer_relationship", "", `{"id":"x"}`, offboard.RemoveRelationship, string(contoso)},
		{"remove_partner_relationship", "partner_relationship", "", `{"id":"x"}`, "", ""},
		{"delete_customer", "customer", "", "", offboard.DeleteCustomer, string(contoso)},
		{"delete_tip_customer", "customer", "", "", offboard.DeleteCustomer, string(contoso)},
		{"assign_license", "license", "", `{"id":"ada"}`, "", ""}, // the id of a person, perhaps
		{"fold", "paper", "", `{"id":"x"}`, "", ""},
	}
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, partnercentertest.New(customer()))
		for _, tt := range tests {
			b.fake.Record(partnercentertest.AuditRecord{
				ID: "a", CustomerID: string(contoso), Operation: tt.operation, ResourceType: tt.kind, OldValue: tt.before, NewValue: tt.after, CorrelationID: "c",
			})
		}
		i := 0
		for got, err := range b.recorder().Records(t.Context(), contoso, time.Now()) {
			if err != nil {
				t.Fatal(err)
			}
			tt := tests[i]
			want := offboard.Record{
				ID: "a", At: got.At, Operation: partnercenter.AuditOperation(tt.operation), Status: partnercenter.AuditSucceeded,
				Step: tt.step, Subject: tt.subject, CorrelationID: "c",
			}
			if diff := cmp.Diff(want, got); diff != "" || got.At.IsZero() {
				t.Errorf("%s, %s -> %s (-want +got):\n%s", tt.operation, tt.before, tt.after, diff)
			}
			i++
		}
		if i != len(tests) {
			t.Errorf("%d records, want %d", i, len(tests))
		}
	})
}
