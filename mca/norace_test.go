//go:build !race

package mca_test

const raceEnabled = false
