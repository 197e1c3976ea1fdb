# Continuo's everyday commands; `make help` lists them. Tools are pinned in .tools/go.mod and built into .tools/bin.

MODULES := gen $(patsubst %/,%,$(sort $(dir $(wildcard services/*/go.mod))))
PACKAGES := $(MODULES:%=./%/...)
TOOLS   := $(CURDIR)/.tools/bin
SHELL   := bash
.SHELLFLAGS := -eu -o pipefail -c

.DEFAULT_GOAL := help

.PHONY: help
help: ## list the commands
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-14s %s\n", $$1, $$2}'

GENERATORS := buf protoc-gen-go protoc-gen-go-grpc protoc-gen-grpc-gateway protoc-gen-openapiv2 protoc-gen-reasons protodeps

$(addprefix $(TOOLS)/,$(GENERATORS)) &: .tools/go.mod .tools/go.sum $(wildcard .tools/protodeps/*.go .tools/protoc-gen-reasons/*.go)
	cd .tools && GOWORK=off go build -o bin/ ./protodeps ./protoc-gen-reasons github.com/bufbuild/buf/cmd/buf \
	  google.golang.org/protobuf/cmd/protoc-gen-go google.golang.org/grpc/cmd/protoc-gen-go-grpc \
	  github.com/grpc-ecosystem/grpc-gateway/v2/protoc-gen-grpc-gateway \
	  github.com/grpc-ecosystem/grpc-gateway/v2/protoc-gen-openapiv2
	touch $(addprefix $(TOOLS)/,$(GENERATORS))

# sqlc has a module of its own, so that what it needs does not hold back the other tools. Without cgo it takes the PostgreSQL
# parser as WebAssembly, which needs no C compiler and builds sooner.
$(TOOLS)/sqlc: .tools/sqlc/go.mod .tools/sqlc/go.sum
	cd .tools/sqlc && CGO_ENABLED=0 GOWORK=off go build -o ../bin/ github.com/sqlc-dev/sqlc/cmd/sqlc
	touch $@

$(TOOLS)/golangci-lint: .tools/go.mod .tools/go.sum
	cd .tools && GOWORK=off go build -o bin/ github.com/golangci/golangci-lint/v2/cmd/golangci-lint
	touch $@

$(TOOLS)/reasonlint: .tools/go.mod .tools/go.sum $(wildcard .tools/reasonlint/*.go)
	cd .tools && GOWORK=off go build -o bin/ ./reasonlint
	touch $@

$(TOOLS)/api-linter: .tools/go.mod .tools/go.sum
	cd .tools && GOWORK=off go build -o bin/ github.com/googleapis/api-linter/v2/cmd/api-linter
	touch $@

$(TOOLS)/grpcurl: .tools/go.mod .tools/go.sum
	cd .tools && GOWORK=off go build -o bin/ github.com/fullstorydev/grpcurl/cmd/grpcurl
	touch $@

.protodeps: $(TOOLS)/protodeps
	exec 9>$(TOOLS)/.lock && flock 9; $(TOOLS)/protodeps .protodeps; touch $@

# The stores whose queries are in .sql files, and the packages that are generated from them.
STORES := $(patsubst %/sqlc.yaml,%,$(wildcard services/*/internal/store/sqlc.yaml services/platform/*/sqlc.yaml))
ROWS   := $(STORES:%=%/internal/rows)

.PHONY: generate
generate: generate-proto generate-sql ## regenerate gen/ from proto/, and the stores' rows from their SQL

.PHONY: generate-sql
generate-sql: $(TOOLS)/sqlc
	for store in $(STORES); do \
	  $(TOOLS)/sqlc compile -f $$store/sqlc.yaml; \
	  rm -rf $$store/internal/rows; \
	  $(TOOLS)/sqlc generate -f $$store/sqlc.yaml; \
	done

# The protos of a vendor that only the gateway's tests know, and what is generated from them.
ACME := services/gateway/internal/acmetest

.PHONY: generate-proto
generate-proto: $(addprefix $(TOOLS)/,$(GENERATORS)) .protodeps
	exec 9>.tools/bin/.lock && flock 9; \
	out=$$(mktemp -d gen/.new.XXXXXX); trap 'rm -rf "$$out"' EXIT; \
	$(TOOLS)/buf generate -o "$$out"; \
	rm -rf gen/go gen/openapi gen/reason gen/docs; mv "$$out/go" "$$out/openapi" "$$out/reason" "$$out/docs" gen/; \
	rm -rf $(ACME)/acme; $(TOOLS)/buf generate . --config $(ACME)/buf.workspace.yaml --path $(ACME)/proto/acme \
	  --template $(ACME)/buf.gen.yaml -o $(ACME)

PROGRAMS := continuo customer-recurrence subscription recurring-billing gateway

.PHONY: build
build: ## build the programs into bin/
	go build -trimpath -o bin/ $(foreach p,$(PROGRAMS),./services/$(p)/cmd/$(p))

run run-separate: export CONTINUO_DEMO ?= true

.PHONY: run
run: build $(TOOLS)/grpcurl ## run everything in one process on embedded stores, with demo data
	CONTINUO_HINTS=true bin/continuo

.PHONY: run-separate
run-separate: build $(TOOLS)/grpcurl ## run the four programs as processes of their own; Ctrl-C stops all
	trap 'kill $$(jobs -p) 2>/dev/null; wait' EXIT; trap 'exit 0' INT TERM; \
	bin/customer-recurrence & bin/subscription & bin/recurring-billing & bin/gateway & wait -n

# The race detector watches all but the C of SQLite, which a translator made Go and which takes twice as long under it: that
# package holds nothing else, and shares with others what their locks, which are watched, guard.
RACE := -race '-gcflags=modernc.org/sqlite/lib=-race=false'

.PHONY: setup
setup: ## install what the tests need beside Go and make
	@.tools/setup

.PHONY: test
test: setup $(TOOLS)/grpcurl ## run all tests, with the race detector
	go test $(RACE) -timeout 20m $(PACKAGES)

# A count of inputs, not a time: the go command sometimes fails a fuzz run that its clock ends.
FUZZTIME ?= 20000x

.PHONY: fuzz
fuzz: ## run every fuzz target for FUZZTIME inputs
	grep -rlE '^func Fuzz' --include='*_test.go' services | xargs -n1 dirname | sort -u | while read -r package; do \
	  cat $$package/*_test.go | grep -oE '^func Fuzz[A-Za-z0-9_]*' | cut -d' ' -f2 | while read -r target; do \
	    go test ./$$package -run '^$$' -fuzz "^$$target$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 10x < /dev/null; \
	  done; \
	done

.PHONY: bench
bench: ## run every benchmark
	go test -run '^$$' -bench . -benchmem $(PACKAGES)

# What stands around the domains. Every other package below a service's internal/ is domain: it may reach neither a database
# nor a transport, through whatever it imports.
ADAPTERS := api|billingtest|crmcom|demo|dynamics|sedona|store
BEYOND   := database/sql|net/http|google\.golang\.org/(grpc|protobuf)(/.*)?

.PHONY: layers
layers: ## check that the domains reach no database and no transport
	for store in services/*/internal/store; do (cd $${store%/internal/store} && \
	  for package in $$(go list ./internal/... | grep -vE '/internal/($(ADAPTERS))(/|$$)'); do \
	    if reached=$$(go list -deps $$package | grep -xE '$(BEYOND)'); then echo "$$package reaches" $$reached; exit 1; fi; \
	  done); \
	done

.PHONY: lint
lint: $(addprefix $(TOOLS)/,buf api-linter golangci-lint reasonlint) .protodeps layers ## check form: gofmt, go vet, golangci-lint, buf lint, api-linter, layers, tidy modules
	unformatted=$$(git ls-files -co --exclude-standard '*.go' ':!gen/go' ':!gen/reason' | xargs gofmt -l); \
	if [ -n "$$unformatted" ]; then echo "gofmt would change: $$unformatted"; exit 1; fi
	go vet $(PACKAGES)
	go vet -vettool=$(TOOLS)/reasonlint $(PACKAGES)
	$(TOOLS)/buf lint
	cd proto && $(TOOLS)/api-linter --config ../.tools/api-linter.yaml --set-exit-status -I . -I ../.protodeps $$(find continuo -name '*.proto')
	for module in $(MODULES); do \
	  (cd $$module && export GOWORK=off && go mod tidy -diff && go build ./... && \
	   if [ $$module != gen ]; then $(TOOLS)/golangci-lint run --config $(CURDIR)/.golangci.yml ./...; fi); \
	done
	for module in .tools .tools/sqlc; do (cd $$module && GOWORK=off go mod tidy -diff); done

.PHONY: generated
generated: generate ## check that generated code is what proto/ and the stores' SQL generate
	if [ -n "$$(git status --porcelain gen $(ROWS) $(ACME))" ]; then git --no-pager diff --stat gen $(ROWS) $(ACME); git status --short gen $(ROWS) $(ACME); \
	  echo "generated code is out of date: run make generate and commit"; exit 1; fi

# The commit whose protos must stay compatible; move it on when a release has gone out. A clone without it compares with
# the commit before this one, or this one where there is no other.
BREAKING_BASE ?= $(shell for base in $$(cat .ci/breaking-base) HEAD~1 HEAD; do \
  git rev-parse --verify --quiet "$$base^{commit}" && break; done)

.PHONY: breaking
breaking: $(TOOLS)/buf .protodeps ## check that the protos break no caller of the base commit
	base=$$(mktemp -d); trap 'rm -rf "$$base"' EXIT; \
	git archive $(BREAKING_BASE) proto buf.yaml | tar -x -C "$$base"; cp -r .protodeps "$$base/"; \
	(cd "$$base" && $(TOOLS)/buf build proto --exclude-source-info -o base.binpb); \
	$(TOOLS)/buf breaking proto --against "$$base/base.binpb"
