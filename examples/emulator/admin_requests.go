package main

import (
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/cspkit/cspkit/partnercentertest"
)

func getFaults(_ *process, fake *partnercentertest.Server, _ *http.Request) (any, error) {
	faults := fake.Unmet()
	if len(faults) == 0 {
		return map[string]any{"unmet": []any{}}, nil
	}
	return written(func(f *form) { list(f, "unmet", &faults, describeFault) }), nil
}

func postFault(_ *process, fake *partnercentertest.Server, r *http.Request) (any, error) {
	var fault partnercentertest.Fault
	if err := readBody(fake, r, func(f *form) { describeFault(f, &fault) }); err != nil {
		return nil, err
	}
	fake.Inject(fault)
	return nil, nil
}

func deleteFaults(_ *process, fake *partnercentertest.Server, _ *http.Request) (any, error) {
	fake.ClearFaults()
	return nil, nil
}

func getOperations(*process, *partnercentertest.Server, *http.Request) (any, error) {
	return map[string]any{"operations": partnercentertest.Operations()}, nil
}

func getCalls(_ *process, fake *partnercentertest.Server, r *http.Request) (any, error) {
	var only []partnercentertest.Operation
	for _, name := range r.URL.Query()["only"] {
		o := partnercentertest.Operation(name)
		if !slices.Contains(partnercentertest.Operations(), o) {
			return nil, fmt.Errorf("only: there is no operation %.60q: GET /admin/operations lists them", name)
		}
		only = append(only, o)
	}
	return map[string]any{"calls": fake.Calls(only...)}, nil
}

func getRequests(_ *process, fake *partnercentertest.Server, _ *http.Request) (any, error) {
	type line struct {
		Time       string                      `json:"time"`
		Operation  partnercentertest.Operation `json:"operation"`
		Customer   string                      `json:"customer,omitzero"`
		Subject    string                      `json:"subject,omitzero"`
		Method     string                      `json:"method"`
		Path       string                      `json:"path"`
		Query      string                      `json:"query,omitzero"`
		Body       string                      `json:"body,omitzero"`
		Credential string                      `json:"credential,omitzero"` // app, user or graph
		RequestID  string                      `json:"request_id,omitzero"`
		Status     int                         `json:"status"` // 0: no answer arrived
		Replayed   bool                        `json:"replayed,omitzero"`
	}
	lines := []line{}
	for _, q := range fake.Requests() {
		lines = append(lines, line{
			q.Time.UTC().Format(time.RFC3339Nano), q.Operation, q.Customer, q.Subject, q.Method, q.Path, q.RawQuery,
			string(q.Body), q.Header.Get("Authorization"), q.RequestID, q.Status, q.Replayed,
		})
	}
	return map[string]any{"requests": lines, "partial_writes": fake.PartialWrites()}, nil
}
