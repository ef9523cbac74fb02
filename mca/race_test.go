//go:build race

package mca_test

const raceEnabled = true
