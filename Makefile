# Continuo's everyday commands; `make help` lists them. Tools are pinned in .tools/go.mod and built into .tools/bin.

MODULES := gen $(patsubst %/,%,$(sort $(dir $(wildcard services/*/go.mod))))
PACKAGES := $(MODULES:%=./%/...)
TOOLS   := $(CURDIR)/.tools/bin
SHELL   := bash
.SHELLFLAGS := -eu -o pipefail -c

.DEFAULT_GOAL := help

# Programs and tools are static. Everything but tests under the race detector, which needs a C compiler, is then compiled once.
export CGO_ENABLED := 0

.PHONY: help
help: ## list the commands
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-14s %s\n", $$1, $$2}'

GENERATORS := buf protoc-gen-go protoc-gen-go-grpc protoc-gen-grpc-gateway protoc-gen-reasons protodeps

$(addprefix $(TOOLS)/,$(GENERATORS)) &: .tools/go.mod .tools/go.sum $(wildcard .tools/protodeps/*.go .tools/protoc-gen-reasons/*.go)
	cd .tools && GOWORK=off go build -o bin/ ./protodeps ./protoc-gen-reasons github.com/bufbuild/buf/cmd/buf \
	  google.golang.org/protobuf/cmd/protoc-gen-go google.golang.org/grpc/cmd/protoc-gen-go-grpc \
	  github.com/grpc-ecosystem/grpc-gateway/v2/protoc-gen-grpc-gateway
	touch $(addprefix $(TOOLS)/,$(GENERATORS))

# sqlc has its own module, so that its dependencies do not hold back the other tools. Without cgo it uses the PostgreSQL
# parser as WebAssembly, which needs no C compiler and builds faster.
$(TOOLS)/sqlc: .tools/sqlc/go.mod .tools/sqlc/go.sum
	cd .tools/sqlc && GOWORK=off go build -o ../bin/ github.com/sqlc-dev/sqlc/cmd/sqlc
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

# The stores with queries in .sql files, and the packages generated from them.
STORES := $(patsubst %/sqlc.yaml,%,$(wildcard services/*/internal/store/sqlc.yaml services/platform/*/sqlc.yaml))

.PHONY: generate
generate: generate-proto generate-sql ## regenerate gen/ from proto/, and the stores' rows from their SQL

# The checksum of the rows and of what they are generated from. CI compares it, because building sqlc takes minutes.
SQL_SUM  := .tools/sqlc/generated.sum
sum_rows  = find $(foreach s,$(STORES),$(s)/sqlc.yaml $(s)/queries $(wildcard $(s)/migrations) $(s)/internal/rows) \
  services/platform/database/migrations .tools/sqlc/go.mod -type f | LC_ALL=C sort | xargs sha256sum | sha256sum

.PHONY: generate-sql
generate-sql: $(TOOLS)/sqlc
	for store in $(STORES); do \
	  $(TOOLS)/sqlc compile -f $$store/sqlc.yaml; \
	  rm -rf $$store/internal/rows; \
	  $(TOOLS)/sqlc generate -f $$store/sqlc.yaml; \
	done
	$(sum_rows) > $(SQL_SUM)

# The protos of a fictional vendor for the gateway's tests, with the code generated from them.
ACME := services/gateway/internal/acmetest

.PHONY: generate-proto
generate-proto: $(addprefix $(TOOLS)/,$(GENERATORS)) .protodeps
	exec 9>.tools/bin/.lock && flock 9; \
	out=$$(mktemp -d gen/.new.XXXXXX); trap 'rm -rf "$$out"' EXIT; \
	$(TOOLS)/buf generate -o "$$out"; \
	cp -r proto "$$out/protos"; \
	rm -rf gen/go gen/reason gen/docs gen/protos; \
	mv "$$out/go" "$$out/reason" "$$out/docs" "$$out/protos" gen/; \
	rm -rf $(ACME)/acme; $(TOOLS)/buf generate . --config $(ACME)/buf.workspace.yaml --path $(ACME)/proto/acme \
	  --template $(ACME)/buf.gen.yaml -o $(ACME)

.PHONY: protos
protos: $(TOOLS)/protodeps ## write the protos with everything that they import to bin/protos
	$(TOOLS)/protodeps -well-known bin/protos; cp -r proto/. bin/protos

PROGRAMS := continuo customer-recurrence subscription recurring-billing gateway

# The version that every program prints.
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo devel)
STAMP   := github.com/continuo-billing/continuo/services/platform/version.stamped

.PHONY: build
build: ## build the programs into bin/
	go build -trimpath -ldflags '-X $(STAMP)=$(VERSION)' -o bin/ $(foreach p,$(PROGRAMS),./services/$(p)/cmd/$(p))

# The platforms of a release.
PLATFORMS   ?= linux/amd64 linux/arm64
RELEASE_DIR ?= bin/release

# The same sources, Go release and VERSION give the same bytes wherever they are built: no path, no time and no state of the
# working copy gets into a program.
.PHONY: release-programs
release-programs:
	rm -rf $(RELEASE_DIR); mkdir -p $(RELEASE_DIR)
	for platform in $(PLATFORMS); do for program in $(PROGRAMS); do \
	  GOOS=$${platform%/*} GOARCH=$${platform#*/} go build -trimpath -buildvcs=false \
	    -ldflags '-s -w -buildid= -X $(STAMP)=$(VERSION)' -o $(RELEASE_DIR)/$$program-$${platform%/*}-$${platform#*/} ./services/$$program/cmd/$$program; \
	done; done

# The file tree of the container image, from the programs in RELEASE_DIR: besides them a user without rights, a folder for data,
# and the certificates of public authorities, by which webhooks know whom they call.
IMAGE_PLATFORM ?= linux/amd64
IMAGE_TREE     ?= bin/image
CERTIFICATES   ?= /etc/ssl/certs/ca-certificates.crt

.PHONY: image-tree
image-tree:
	rm -rf $(IMAGE_TREE); install -d $(IMAGE_TREE)/usr/local/bin $(IMAGE_TREE)/etc/ssl/certs $(IMAGE_TREE)/var/lib/continuo
	for program in $(PROGRAMS); do \
	  install $(RELEASE_DIR)/$$program-$(subst /,-,$(IMAGE_PLATFORM)) $(IMAGE_TREE)/usr/local/bin/$$program; \
	done
	install -m 644 $(CERTIFICATES) $(IMAGE_TREE)/etc/ssl/certs/ca-certificates.crt
	echo 'continuo:x:65532:65532::/var/lib/continuo:/' > $(IMAGE_TREE)/etc/passwd
	echo 'continuo:x:65532:' > $(IMAGE_TREE)/etc/group
	chmod 644 $(IMAGE_TREE)/etc/passwd $(IMAGE_TREE)/etc/group

# The maker of the lists of components has its own module, so that its dependencies do not hold back the other tools.
$(TOOLS)/cyclonedx-gomod: .tools/sbom/go.mod .tools/sbom/go.sum
	cd .tools/sbom && GOWORK=off go build -o ../bin/ github.com/CycloneDX/cyclonedx-gomod/cmd/cyclonedx-gomod
	touch $@

.PHONY: release
release: release-programs $(TOOLS)/cyclonedx-gomod ## build static programs for each platform into bin/release, with SBOMs and checksums
	cd $(RELEASE_DIR); for program in *; do \
	  $(TOOLS)/cyclonedx-gomod bin -json -noserial -notimestamp -version $(VERSION) -output $$program.cdx.json $$program; \
	done; sha256sum * > SHA256SUMS

# The tools that check deploy/ have their own module and are not part of CI, because building them takes minutes.
$(addprefix $(TOOLS)/,helm kubeconform kubeschemas) &: .tools/deploy/go.mod .tools/deploy/go.sum $(wildcard .tools/deploy/*/*.go)
	cd .tools/deploy && GOWORK=off go build -o $(TOOLS)/ ./kubeschemas helm.sh/helm/v3/cmd/helm github.com/yannh/kubeconform/cmd/kubeconform
	touch $(addprefix $(TOOLS)/,helm kubeconform kubeschemas)

# Without the discovery of targets, which promtool's checks of rules do not need, and which is most of what it would build.
$(TOOLS)/promtool: .tools/deploy/go.mod .tools/deploy/go.sum
	cd .tools/deploy && CGO_ENABLED=0 GOWORK=off go build -tags remove_all_sd -o $(TOOLS)/ github.com/prometheus/prometheus/cmd/promtool
	touch $@

# The schemas of Kubernetes' kinds: made from its Go types, or `default` for those that kubeconform downloads.
SCHEMAS ?= bin/kubeschemas/{{.ResourceKind}}{{.KindSuffix}}.json
CHART   := deploy/helm/continuo
UNITS   := deploy/systemd

.PHONY: deploy-check check-chart check-units check-alerts
deploy-check: check-chart check-units check-alerts ## check the Helm chart, the systemd units and the alerts with the tools made for them

check-chart: $(addprefix $(TOOLS)/,helm kubeconform kubeschemas)
	cd .tools/deploy && GOWORK=off go mod tidy -diff && GOWORK=off $(TOOLS)/kubeschemas $(CURDIR)/bin/kubeschemas
	for values in $(CHART)/ci/*.yaml; do \
	  $(TOOLS)/helm lint --strict --values $$values $(CHART); \
	  for upgrade in false true; do \
	    $(TOOLS)/helm template continuo $(CHART) --kube-version 1.34 --values $$values --is-upgrade=$$upgrade | \
	      $(TOOLS)/kubeconform -strict -summary -schema-location '$(SCHEMAS)' -skip Cluster,Database,ServiceMonitor,Issuer,Certificate; \
	  done; \
	done

# The programs that the units start are not installed here, so they are replaced by one that is.
check-units:
	units=$$(mktemp -d); trap 'rm -rf "$$units"' EXIT; \
	cp $(UNITS)/*.timer "$$units"; \
	for unit in $(UNITS)/*.service; do \
	  systemd-analyze security --offline=true --threshold=20 --no-pager $$unit | tail -1; \
	  sed 's#/usr/local/bin/[a-z%-]*#/bin/true#' $$unit > "$$units/$${unit##*/}"; \
	done; \
	mv "$$units/continuo@.service" "$$units/continuo@gateway.service"; \
	systemd-analyze verify "$$units"/*.service "$$units"/*.timer

check-alerts: $(TOOLS)/promtool
	cd deploy/prometheus && $(TOOLS)/promtool check rules rules.yaml && $(TOOLS)/promtool test rules rules_test.yaml

run run-separate: export CONTINUO_DEMO ?= true

.PHONY: run
run: build $(TOOLS)/grpcurl ## run everything in one process on embedded stores, with demo data
	CONTINUO_HINTS=true bin/continuo

.PHONY: run-separate
run-separate: build $(TOOLS)/grpcurl ## run the four programs as separate processes; Ctrl-C stops all
	trap 'kill $$(jobs -p) 2>/dev/null; wait' EXIT; trap 'exit 0' INT TERM; \
	bin/customer-recurrence & bin/subscription & bin/recurring-billing & bin/gateway & wait -n

# The race detector skips two packages that only compute: SQLite's translated C code, and the cipher behind bcrypt, which takes
# ten times as long under it. Other packages share data with them only under their own locks, which are checked. The checks of
# unsafe pointers that -race adds find no races and take a quarter of the time.
RACE := -race -gcflags=all=-d=checkptr=0 '-gcflags=modernc.org/sqlite/lib=-race=false' '-gcflags=golang.org/x/crypto/blowfish=-race=false'

# What vet finds is lint's to say, and a test needs no symbols besides those that stack traces use. Many tests wait for processes
# or the clock, so one package more than there are processors, and more tests of one, use them better.
TEST := go test $(RACE) -vet=off -ldflags='-s -w' -p $$(($$(nproc) + 1)) -parallel $$(($$(nproc) * 2))

.PHONY: setup
setup: ## install what the tests need besides Go and make
	@.tools/setup

.PHONY: test
test: setup $(TOOLS)/grpcurl ## run all tests, with the race detector
	CGO_ENABLED=1 $(TEST) -timeout 20m $(PACKAGES)

# A number of inputs rather than a time, because the go command sometimes fails fuzz runs that end by time.
FUZZTIME ?= 10000x

.PHONY: fuzz
fuzz: ## run every fuzz target for FUZZTIME inputs
	grep -rlE '^func Fuzz' --include='*_test.go' services | xargs -n1 dirname | sort -u | while read -r package; do \
	  cat $$package/*_test.go | grep -oE '^func Fuzz[A-Za-z0-9_]*' | cut -d' ' -f2 | while read -r target; do \
	    go test ./$$package -run '^$$' -fuzz "^$$target$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 10x < /dev/null; \
	  done; \
	done

LIVES ?= 100000

.PHONY: lives
lives: ## compare LIVES random lives of lines with a reference, in memory, and a thousandth of them on both databases
	cd services/recurring-billing && go test ./internal/lives -run 'TestLivesAgreeWithReference$$' -rapid.checks=$(LIVES) -timeout 2h
	cd services/recurring-billing && go test ./internal/lives -run TestLivesAgreeWithReferenceOnStores -rapid.checks=$$(( $(LIVES) / 1000 )) -timeout 2h

.PHONY: bench
bench: ## run every benchmark
	go test -run '^$$' -bench . -benchmem $(PACKAGES)

# The adapters around the domains. All other packages in a service's internal/ belong to the domain and must not depend on a
# database or a transport, not even indirectly.
ADAPTERS := api|billingtest|crmcom|demo|dynamics|sedona|store
FORBIDDEN := database/sql|net/http|google\.golang\.org/(grpc|protobuf)(/.*)?

.PHONY: layers
layers: ## check that the domains depend on no database and no transport
	for store in services/*/internal/store; do (cd $${store%/internal/store} && \
	  for package in $$(go list ./internal/... | grep -vE '/internal/($(ADAPTERS))(/|$$)'); do \
	    if reached=$$(go list -deps $$package | grep -xE '$(FORBIDDEN)'); then echo "$$package depends on" $$reached; exit 1; fi; \
	  done); \
	done

# The tests build the programs with -trimpath too, so that they find in the cache what lint has compiled.
lint: export GOFLAGS := -trimpath

# One run for all modules loads what they share once.
LINTED := $(filter-out ./gen/...,$(PACKAGES))

.PHONY: lint
lint: $(addprefix $(TOOLS)/,buf api-linter golangci-lint reasonlint) .protodeps layers ## check style: gofmt, go vet, golangci-lint, buf lint, api-linter, layers, tidy modules
	unformatted=$$(git ls-files -co --exclude-standard '*.go' ':!gen/go' ':!gen/reason' | xargs gofmt -l); \
	if [ -n "$$unformatted" ]; then echo "gofmt would change: $$unformatted"; exit 1; fi
	go vet $(PACKAGES)
	go vet -vettool=$(TOOLS)/reasonlint $(PACKAGES)
	$(TOOLS)/buf lint
	$(MAKE) --no-print-directory protos; $(TOOLS)/buf build bin/protos -o /dev/null
	cd proto && $(TOOLS)/api-linter --config ../.tools/api-linter.yaml --set-exit-status --output-format summary -I . -I ../.protodeps $$(find continuo -name '*.proto')
	for module in $(MODULES); do (cd $$module && export GOWORK=off && go mod tidy -diff && go build ./...); done
	$(TOOLS)/golangci-lint run --allow-parallel-runners $(LINTED)
	for module in .tools .tools/sqlc .tools/sbom; do (cd $$module && GOWORK=off go mod tidy -diff); done

.PHONY: generated
generated: generate-proto ## check that generated code is what proto/ and the stores' SQL generate
	if [ -n "$$(git status --porcelain gen $(ACME))" ]; then git --no-pager diff --stat gen $(ACME); git status --short gen $(ACME); \
	  echo "generated code is out of date: run make generate and commit"; exit 1; fi
	if [ "$$($(sum_rows))" != "$$(cat $(SQL_SUM))" ]; then \
	  echo "the rows of the stores' SQL are out of date: run make generate-sql and commit"; exit 1; fi

# The commit with which the protos must stay compatible; update it after each release. A clone without that commit compares
# with the previous commit, or with the current one if there is no other.
BREAKING_BASE ?= $(shell for base in $$(cat .ci/breaking-base) HEAD~1 HEAD; do \
  git rev-parse --verify --quiet "$$base^{commit}" && break; done)

.PHONY: breaking
breaking: $(TOOLS)/buf .protodeps ## check that the protos are compatible with the base commit
	base=$$(mktemp -d); trap 'rm -rf "$$base"' EXIT; \
	git archive $(BREAKING_BASE) proto buf.yaml | tar -x -C "$$base"; cp -r .protodeps "$$base/"; \
	(cd "$$base" && $(TOOLS)/buf build proto --exclude-source-info -o base.binpb); \
	$(TOOLS)/buf breaking proto --against "$$base/base.binpb"
