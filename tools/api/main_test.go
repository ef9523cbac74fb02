package main

import "testing"

func TestPublic(t *testing.T) {
	tests := []struct {
		name, path string
		want       bool
	}{
		{"cspkit", root, true},
		{"storetest", root + "/store/storetest", true},
		{"guid", root + "/internal/guid", false},
		{"internal", root + "/store/sqlite/internal", false},
		{"main", root + "/examples/offboard", false},
		{"mocks", root + "/mocks", false},
		{"docs", root + "/docs", false},
	}
	for _, tt := range tests {
		if got := public(tt.name, tt.path); got != tt.want {
			t.Errorf("public(%s, %s) = %t, want %t", tt.name, tt.path, got, tt.want)
		}
	}
}
