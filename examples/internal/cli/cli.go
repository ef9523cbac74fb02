// Package cli is what the command lines and outputs of the examples have in
// common: the console, exit statuses, flags, lists of customers, tables, lines
// of JSON.
package cli
