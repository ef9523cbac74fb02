package main

import (
	"fmt"
	"slices"
	"strings"
)

// downward lists the folders from the top to the bottom. A package imports only
// packages of its own entry and of those below. Tests are free: they may come
// in through the client.
var downward = []string{
	"examples",
	"docs",              // nothing but the tests of what the guides show
	"partnercentertest", // above all but the examples: no library code may import it
	"mocks",             // likewise: it would link gomock into every program
	"store/storetest",
	"store/sqlite",
	"store/postgres",
	"store/internal", // what the two have in common
	"store/seal",
	"azureauth",
	"oteltrace",
	"temporal",
	".",
	"offboard",
	"mca",
	"webhooks",
	"subscriptions",
	"customers",
	"partnercenter",
	"auth",
	"internal",
}

// only names what a folder may import where that is less than what is below it.
var only = map[string][]string{
	// It speaks the wire, and so cannot inherit our mistakes.
	"partnercentertest": {},
	// It checks stores of other people: the packages whose interfaces it checks,
	// and customers, whose types these interfaces use.
	"store/storetest": {"offboard", "mca", "auth", "customers"},
	// It knows nothing of what it seals.
	"store/seal": {},
}

// check returns what is wrong with the imports of the package in folder.
func check(folder string, imports []string) []string {
	place := entry(folder)
	if place < 0 {
		return []string{fmt.Sprintf("%s has no place in the list: add it to tools/imports/rules.go", folder)}
	}
	var problems []string
	for _, imp := range imports {
		to := entry(imp)
		allowed, narrow := only[downward[place]]
		switch {
		case to == place: // within one entry
		case to < place:
			problems = append(problems, fmt.Sprintf("%s imports %s, which is not below it", folder, imp))
		case narrow && !slices.Contains(allowed, downward[to]):
			problems = append(problems, fmt.Sprintf("%s imports %s; it may import only %v of ours", folder, imp, allowed))
		}
	}
	return problems
}

// entry returns the index in downward that folder belongs to, or -1.
func entry(folder string) int {
	return slices.IndexFunc(downward, func(e string) bool {
		return folder == e || strings.HasPrefix(folder, e+"/")
	})
}
