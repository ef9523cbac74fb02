package main

import "testing"

func TestCheck(t *testing.T) {
	tests := []struct {
		folder  string
		imports []string
		want    int // problems
	}{
		{".", []string{"offboard", "auth", "internal/guid"}, 0},
		{"offboard", []string{"subscriptions", "customers"}, 0},
		{"customers", []string{"partnercenter", "subscriptions"}, 1},
		{"customers", []string{"."}, 1},
		{"internal/guid", []string{"internal/rawjson"}, 0},
		{"internal/guid", []string{"auth"}, 1},
		{"offboard", []string{"partnercentertest"}, 1},
		{"examples/offboard", []string{".", "partnercentertest", "examples/internal/env"}, 0},
		{"mocks", []string{"offboard", "mca", "auth", "customers"}, 0},
		{"offboard", []string{"mocks"}, 1},
		{"partnercentertest", []string{"partnercentertest/wire"}, 0},
		{"partnercentertest", []string{"internal/guid"}, 1},
		{"store/storetest", []string{"offboard", "mca", "customers"}, 0},
		{"store/storetest", []string{"internal/guid", "."}, 2},
		{"auth", []string{"newcomer"}, 1},
		{"newcomer", nil, 1},
	}
	for _, tt := range tests {
		if got := check(tt.folder, tt.imports); len(got) != tt.want {
			t.Errorf("check(%s, %v) = %q, want %d problems", tt.folder, tt.imports, got, tt.want)
		}
	}
}
