# The two commands of the README are `make up` and `make test`; both install
# what they miss.
SHELL := /bin/bash
.ONESHELL:
.SHELLFLAGS := -euo pipefail -c
.SILENT:
.PHONY: up test faults live check bench bench-wheels golden build clean

# The tag leaves out what Cloud Storage's client over gRPC takes, which is not
# used: one package in seven of all that would be compiled.
define GO
export PATH="$$(scripts/go.sh):$$PATH"
export GOFLAGS="$$(go env GOFLAGS) -tags=disable_grpc_modules"
endef
BUILD := CGO_ENABLED=0 go build -trimpath -ldflags '-s -w' -o bin/gcpdeploy ./cmd/gcpdeploy

# Deploys the sample app spectrum on this machine and prints what it answers.
up:
	$(GO)
	scripts/apt.sh ca-certificates curl
	env=$$(scripts/docker.sh); eval "$$env"
	$(BUILD)
	bin/gcpdeploy up --local --source testdata/apps/spectrum
	bin/gcpdeploy curl --fail --local --source testdata/apps/spectrum

# Runs every test, with Docker. The summary of the test runner comes last. Tests
# wait for Docker and servers as long as they compute: twice as many as cores at once, the
# longest packages first; the collector runs less often, which is a fifth of what the race
# detector costs. Their files are in memory where there is plenty: servers that write
# thousands of small ones take a quarter less.
test:
	$(GO)
	scripts/apt.sh ca-certificates curl gcc git libc6-dev python3 python3-pip python3-venv
	env=$$(scripts/docker.sh); eval "$$env"
	unset GCPDEPLOY_BASE_IMAGE GCPDEPLOY_PYTHON
	schemas=$$(scripts/schemas.sh)
	export PATH="$$PATH:$$schemas"
	$(BUILD)
	memory=$$([[ -n "$${TMPDIR:-}" ]] || scripts/memory.sh)
	if [[ -n "$$memory" ]]; then
		trap 'rm -rf "$$memory"' EXIT
		export TMPDIR="$$memory"
	fi
	GOGC=300 GCPDEPLOY_REQUIRE_DOCKER=1 GCPDEPLOY_REQUIRE_SCHEMAS=1 go test -race -count=1 -p 4 -parallel 4 -timeout 60m ./cmd ./internal/e2e ./internal/dockerfile ./templates ./...

# Tries every fault at every call of a deploy and of a refresh, and a kill before and after each,
# of which `make test` tries a sample; plays 500 orders of two deploys and an edit by gcloud; prunes
# 200 keys, and 200 images that share layers, and kills a runtime put together of layers at each call. Prints the tables; takes minutes.
faults:
	$(GO)
	GCPDEPLOY_E2E_WHOLE=1 go test -count=1 -timeout 60m -v -run 'TestEachCall|TestKill|TestTargetIsCut|TestRaces$$|TestPrune$$|TestPruneSharedLayers' ./internal/e2e ./internal/builder

# Runs on a project at Google what `make test` runs on the emulators: an app's life
# from setup to setup --undo, then what our clients take Google's services for.
live:
	if [[ -z "$(PROJECT)" || -z "$(REGION)" ]]; then
		echo 'Name a project that nothing else lives in: make live PROJECT=my-project REGION=europe-west1' >&2
		exit 2
	fi
	cat >&2 <<'EOT'
	In $(PROJECT), $(REGION), as the application default credentials, which must be an owner's:
	* enables APIs, which stay enabled; all else that is made is removed at the end, when a test fails, too
	* takes 20 to 40 minutes; costs about 0.10 US dollars at Google's prices for 15 minutes of builds, and nothing where
	the free tier has that much left
	EOT
	$(GO)
	$(BUILD)
	export GCPDEPLOY_LIVE_PROJECT='$(PROJECT)' GCPDEPLOY_LIVE_REGION='$(REGION)' GCPDEPLOY_LIVE_PROGRAM="$$PWD/bin/gcpdeploy"
	go test -count=1 -timeout 120m -v -run 'TestLife$$' ./internal/e2e
	go test -count=1 -timeout 60m -v -run 'TestContract$$' ./gcp/cloudbuild ./gcp/registry ./gcp/run ./gcp/secretmanager ./gcp/storage

# What a change must pass before it is pushed: what CI runs, and the linters.
check:
	$(GO)
	go mod tidy -diff
	go vet ./...
	go run github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.5.0 run
	$(MAKE) test
	go run golang.org/x/vuln/cmd/govulncheck@v1.1.4 ./...

# Prints times and ratios against the 2015 recipe, a plain Dockerfile and gcloud.
bench:
	$(GO)
	scripts/apt.sh ca-certificates curl
	env=$$(scripts/docker.sh); eval "$$env"
	$(BUILD)
	go run ./internal/bench

# Prints what building wheels from source takes, against pip alone. Up to an hour.
bench-wheels:
	$(GO)
	scripts/apt.sh ca-certificates curl
	env=$$(scripts/docker.sh); eval "$$env"
	$(BUILD)
	go run ./internal/bench -only wheels

# Rewrites the golden files; read the difference before you commit it.
golden:
	$(GO)
	go test ./internal/dockerfile ./internal/plan ./gcp/cloudbuild ./cmd -update

build:
	$(GO)
	$(BUILD)

clean:
	rm -rf bin dist
