module github.com/cspkit/cspkit

go 1.26.0
