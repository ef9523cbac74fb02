// Package mocks has a gomock double of each interface that a program plugs into
// cspkit or takes from it, for the program's own tests.
//
//	directory := mocks.NewOffboardDirectory(gomock.NewController(t))
//	directory.EXPECT().Has(gomock.Any(), customer).Return(true, nil)
//
// A double is named after the package and the interface: that of
// offboard.Directory is OffboardDirectory. It answers the calls that were
// expected and fails the test at any other, so that a write that nobody asked
// for does not pass unnoticed. A list that is expected needs a Return: without
// one it is nil, and a range over it panics.
//
// A double knows nothing of Partner Center and contradicts itself when told to.
// For a conversation, in which an answer depends on the calls before it, there is
// package partnercentertest. What a program uses of our concrete types, such as
// customers.Service, it can name in an interface of its own with the methods
// that it needs, and have doubled by the same mockgen.
//
// Only tests should import this package: it is what links go.uber.org/mock.
package mocks
