# Everything here needs Go and make (and a C compiler for the race detector),
# and works in a fresh clone. `make help` lists the targets.

# The folders of all modules: the core is `.`; tools is not part of go.work.
MODULES := $(patsubst %/go.mod,%,$(shell find . -name go.mod -not -path '*/.*' | sort))
# The modules that users import, in the form that tools/ sees them.
PUBLIC := $(addprefix ../,$(filter-out ./examples ./tools,$(MODULES)))

# A linter of tools/go.mod. -modfile is refused while a go.work is active.
tool = GOWORK=off go tool -modfile=$(CURDIR)/tools/go.mod
# A program of tools/, run in that folder.
own = GOWORK=off go -C tools run

# A number of inputs, not a time: when a time runs out, Go before 1.27 now and
# then reports "context deadline exceeded" as a failure (go.dev/issue/75804).
FUZZTIME ?= 20000x

.PHONY: help test lint format vet staticcheck fix deadcode imports api-check race fuzz api demo

help:
	@echo 'make test   everything a change must pass: lint, api-check, race'
	@echo 'make lint   format, vet, staticcheck, go fix, unused functions, import directions'
	@echo 'make race   the tests of all modules, with the race detector'
	@echo 'make fuzz   every fuzz test for a moment (FUZZTIME=$(FUZZTIME))'
	@echo 'make api    record the exported declarations in api/, after a change of them; CHANGELOG.md tells users'
	@echo 'make demo   offboard the demo customers of the built-in emulator'

test: lint api-check race

lint: format vet staticcheck fix deadcode imports

format:
	@echo '== gofmt'
	@files=$$(gofmt -l .) && if [ -n "$$files" ]; then echo "not formatted:"; echo "$$files"; exit 1; fi

# -json=false changes nothing but the key of go's cache: a plain `go vet ./x` or
# `go fix -diff ./x` also caches, for each package that x imports, that nothing
# was found there, and a later run over the whole tree believes it (Go 1.26).
vet:
	@echo '== go vet'
	@go vet -json=false work
	@GOWORK=off go -C tools vet -json=false ./...

staticcheck:
	@set -e; for m in $(MODULES); do echo "== staticcheck $$m"; (cd $$m && $(tool) staticcheck ./...); done

fix:
	@echo '== go fix -diff'
	@go fix -diff -json=false work
	@GOWORK=off go -C tools fix -diff -json=false ./...

deadcode:
	@echo '== deadcode: internal functions that nothing reaches, not even a test'
	@out=$$($(tool) deadcode -test -filter '^github.com/cspkit/cspkit/internal/' ./...) && if [ -n "$$out" ]; then echo "$$out"; exit 1; fi

imports:
	@echo '== import directions'
	@$(own) ./imports $(addprefix ../,$(filter-out ./tools,$(MODULES)))

# The exported declarations of today against those recorded in api/, with what
# apidiff says of the difference; and the changelog against the record.
api-check:
	@echo '== exported declarations'
	@$(own) ./api check ../api ../CHANGELOG.md $(PUBLIC)

api:
	@$(own) ./api record ../api $(PUBLIC)

race:
	@echo '== go test -race'
	@go test -race work
	@GOWORK=off go -C tools test -race ./...

fuzz:
	@set -e; grep -rHo --include='*_test.go' '^func Fuzz[A-Za-z0-9_]*' . | sort | while IFS=: read -r file func; do \
		echo "== $${func#func } in $$(dirname "$$file")"; \
		go test -run '^$$' -fuzz "^$${func#func }\$$" -fuzztime '$(FUZZTIME)' "$$(dirname "$$file")" </dev/null; \
	done

# Ends with status 3: some demo customers wait for a date or are blocked.
demo:
	go run ./examples/offboard -yes -poll 200ms
