// Programs to copy from. A module of its own, so that what they need for tables
// and databases never reaches a user of the library.
module github.com/cspkit/cspkit/examples

go 1.26.0

require github.com/cspkit/cspkit v0.0.0

replace github.com/cspkit/cspkit => ../
