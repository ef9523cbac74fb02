package cli

import (
	"sort"
	"time"
)

// EndOfDay is the last second of the day that is so many days after that of t,
// in the time zone of t.
func EndOfDay(t time.Time, days int) time.Time {
	noon := time.Date(t.Year(), t.Month(), t.Day()+days, 12, 0, 0, 0, t.Location())
	// Where clocks change at midnight there is none, or two: it is looked for.
	over := sort.Search(24*60*60, func(s int) bool { return noon.Add(time.Duration(s)*time.Second).Day() != noon.Day() })
	return noon.Add(time.Duration(over-1) * time.Second)
}

// Moment is a time in its time zone, as people need it.
func Moment(t time.Time) string { return t.Format("Monday 2 January 2006 15:04:05 MST") }
