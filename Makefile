# Two commands set up a fresh machine: `make demo` and `make test`. Both install what is missing.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
ZCAP := .build/release/zcap
DEMO := captures/data-trace/http-clear-text.ctr

help:
	@echo "make demo    install what is missing, build, convert a trace and show it"
	@echo "make test    install what is missing, run every test"
	@echo "make format  format the sources; make lint checks them"
	@echo "make bench   measure against other tools on files of 1 GB"

# libpcap and zlib are linked; tshark, tcpdump and openssl check what zcap writes.
deps:
	@Scripts/install-dependencies

# Linked statically on Linux, the command starts in two thirds of the time and runs where no Swift is.
STATIC := $(if $(filter Linux,$(shell uname -s)),--static-swift-stdlib)
build: deps
	swift build -c release $(STATIC) --product zcap

demo: build
	@Scripts/demo $(ZCAP) $(DEMO)

test: deps
	swift build --build-tests
	swift test --skip-build

format:
	swift format --in-place --recursive Package.swift Sources Tests

lint:
	swift format lint --strict --recursive Package.swift Sources Tests

# Rewrites the expected outputs of captures/CASES; read the difference before you commit it.
golden:
	swift build --build-tests
	UPDATE_GOLDEN=1 swift test --skip-build --filter GoldenTests

bench: build
	@Scripts/bench $(ZCAP)

.PHONY: help deps build demo test format lint golden bench
