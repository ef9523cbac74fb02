// Package sqlstore keeps runs, agreements and refresh tokens in a database
// that speaks SQL, through database/sql. Packages sqlite and postgres put it
// over theirs; the tests of both are its tests, with package storetest.
//
// Each kind of record is a row with what lists need in columns, and the record
// itself as it was given. Every promise that two processes could break is kept
// by one statement, or by the row lock of one transaction.
package sqlstore
