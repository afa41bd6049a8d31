# Shoal. `make help` lists what there is.

PREFIX ?= /usr/local
SWIFT ?= swift
export SWIFT

.DEFAULT_GOAL := help
.PHONY: build test demo docs wheel soak bench simulation format lint install man clean help

build: ## build shoal and shoal-server into .build/release
	@scripts/setup build
	@scripts/build

test: ## build and run every test
	@scripts/setup test
	@scripts/build tests
	@scripts/test

demo: ## build, then push, pull, verify and corrupt a model on a hub of its own
	@scripts/setup build
	@scripts/build
	@.build/release/shoal demo

soak: ## kill the hub and the client hundreds of times under load; takes an hour and a half
	@scripts/setup test
	@scripts/build tests
	@SHOAL_SOAK_ROUNDS=$${SHOAL_SOAK_ROUNDS:-150} scripts/test --filter HubCrashTests
	@SHOAL_SOAK_KILLS=$${SHOAL_SOAK_KILLS:-200} scripts/test --filter 'InterruptionTests/killedPu'

docs: ## build the library's documentation into .build/docs
	@scripts/setup build
	@scripts/docs

wheel: ## make the Python package, with the programs inside, in .build/dist
	@scripts/setup wheel
	@scripts/build
	@scripts/wheel

bench: ## measure Shoal against hf, hf_xet, nginx and zest on this machine; ROWS="push-new pull-cold" only these
	@scripts/setup bench
	@scripts/build bench
	@Benchmarks/run $(ROWS)

simulation: ## simulate swarms of 10 to 10,000 nodes and draw them against the bound; NODES="10 30" only these
	@scripts/setup bench
	@scripts/build bench
	@.build/venv/bin/python Benchmarks/simulation.py $(NODES)

format: ## rewrite the sources in the house style
	@$(SWIFT) format --in-place --parallel --recursive Package.swift Sources Tests

lint: ## check the house style
	@$(SWIFT) format lint --strict --parallel --recursive Package.swift Sources Tests

install: build ## install the stripped programs, manual pages and completions into PREFIX (default /usr/local)
	install -d "$(DESTDIR)$(PREFIX)/bin"
	install -s -m 755 .build/release/shoal .build/release/shoal-server "$(DESTDIR)$(PREFIX)/bin"
	$(MAKE) --no-print-directory man
	install -d "$(DESTDIR)$(PREFIX)/share/man/man1"
	install -m 644 .build/man/shoal.1 .build/man/shoal-hub.1 "$(DESTDIR)$(PREFIX)/share/man/man1"
	install -d "$(DESTDIR)$(PREFIX)/share/bash-completion/completions"
	.build/release/shoal completion bash > "$(DESTDIR)$(PREFIX)/share/bash-completion/completions/shoal"
	install -d "$(DESTDIR)$(PREFIX)/share/zsh/site-functions"
	.build/release/shoal completion zsh > "$(DESTDIR)$(PREFIX)/share/zsh/site-functions/_shoal"
	install -d "$(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d"
	.build/release/shoal completion fish > "$(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/shoal.fish"

man: ## make the manual pages from the built programs, in .build/man
	@mkdir -p .build/man
	@.build/release/shoal --generate-man-page shoal > .build/man/shoal.1
	@.build/release/shoal-server --generate-man-page shoal-hub > .build/man/shoal-hub.1

clean: ## remove everything that was built or downloaded
	rm -rf .build

help: ## this list
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 18
