# Continuo's everyday commands; `make help` lists them. Tools are pinned in .tools/go.mod and built into .tools/bin.

MODULES := gen $(sort $(dir $(wildcard services/*/go.mod)))
TOOLS   := $(CURDIR)/.tools/bin
SHELL   := bash
.SHELLFLAGS := -eu -o pipefail -c

.DEFAULT_GOAL := help

.PHONY: help
help: ## list the commands
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-14s %s\n", $$1, $$2}'

GENERATORS := buf protoc-gen-go protoc-gen-go-grpc protoc-gen-grpc-gateway protoc-gen-openapiv2 protodeps

$(addprefix $(TOOLS)/,$(GENERATORS)) &: .tools/go.mod .tools/go.sum $(wildcard .tools/protodeps/*.go)
	cd .tools && GOWORK=off go build -o bin/ ./protodeps github.com/bufbuild/buf/cmd/buf \
	  google.golang.org/protobuf/cmd/protoc-gen-go google.golang.org/grpc/cmd/protoc-gen-go-grpc \
	  github.com/grpc-ecosystem/grpc-gateway/v2/protoc-gen-grpc-gateway \
	  github.com/grpc-ecosystem/grpc-gateway/v2/protoc-gen-openapiv2
	touch $(addprefix $(TOOLS)/,$(GENERATORS))

$(TOOLS)/golangci-lint: .tools/go.mod .tools/go.sum
	cd .tools && GOWORK=off go build -o bin/ github.com/golangci/golangci-lint/v2/cmd/golangci-lint
	touch $@

$(TOOLS)/grpcurl: .tools/go.mod .tools/go.sum
	cd .tools && GOWORK=off go build -o bin/ github.com/fullstorydev/grpcurl/cmd/grpcurl
	touch $@

.protodeps: $(TOOLS)/protodeps
	$(TOOLS)/protodeps .protodeps
	touch $@

.PHONY: generate
generate: $(addprefix $(TOOLS)/,$(GENERATORS)) .protodeps ## regenerate gen/ from proto/
	exec 9>.tools/bin/.lock && flock 9; \
	out=$$(mktemp -d gen/.new.XXXXXX); trap 'rm -rf "$$out"' EXIT; \
	$(TOOLS)/buf generate -o "$$out"; \
	rm -rf gen/go gen/openapi; mv "$$out/go" "$$out/openapi" gen/
