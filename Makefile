# Digital Post. `make run` starts everything on this machine, `make test` proves it.

GO      ?= go
DATA    ?= var/localserve
BIN     := bin/digitalpost
ASSETS  := internal/web/dist/.built
SOURCES := $(shell find cmd internal memo -name '*.go' -o -name '*.sql' -o -name '*.html' -o -name '*.tmpl' -o -name '*.txt' 2>/dev/null) go.mod go.sum

.PHONY: run build test test-go test-browser screens lint soak clean tools

run: build
	$(BIN) localserve --data $(DATA)

build: $(BIN)

$(BIN): $(ASSETS) $(SOURCES)
	CGO_ENABLED=0 $(GO) build -trimpath -o $@ ./cmd/digitalpost

$(ASSETS): node_modules/.installed build.mjs $(shell find internal/web/assets -type f 2>/dev/null) $(shell find internal -name '*.html' -o -path 'internal/portal/*.go' -o -path 'internal/web/*.go')
	npm run --silent build
	touch $@

node_modules/.installed: package-lock.json
	cmp -s package-lock.json $@ || npm ci --no-audit --no-fund
	cp package-lock.json $@

# What the tests need beside Go and Node: PostgreSQL, Chromium, xmllint. As root
# on Debian they are installed; elsewhere the script says what is missing.
tools:
	scripts/tools

test: tools lint test-go test-browser

# What only computes, in the goroutine that calls it, is not watched for races: SQLite is
# three times slower when each of its reads and writes is, and the others tell for much too.
# What calls them is watched, as is all that is ours.
UNWATCHED := modernc.org/... regexp/... text/template/parse math/big golang.org/x/text/... golang.org/x/net/html/... \
	github.com/jackc/pgx/v5/pgtype/... github.com/jackc/pgx/v5/pgproto3 github.com/santhosh-tekuri/jsonschema/...

test-go: $(ASSETS)
	$(GO) test -race $(UNWATCHED:%=-gcflags=%=-race=false) -shuffle=on -timeout 14m ./...

test-browser: node_modules/.installed $(BIN)
	npx playwright test

# Pictures of all pages, kept so that a change of look is seen in review.
screens: node_modules/.installed $(BIN)
	SCREENS=1 npx playwright test --workers 1 e2e/pages

lint: $(ASSETS)
	scripts/lint

# What takes longer: many kills, full disks, long fuzzing.
soak: tools $(BIN)
	scripts/soak

clean:
	rm -rf bin var internal/web/dist node_modules test-results playwright-report
