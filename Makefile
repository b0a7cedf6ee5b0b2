# Two commands set up a fresh machine: `make demo` and `make test`. Both install what is missing.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
ZCAP := .build/release/zcap
DEMO := captures/data-trace/http-clear-text.ctr

help:
	@echo "make demo    install what is missing, build, convert a trace and show it"
	@echo "make test    install what is missing, run every test"
	@echo "make test-spark  the data source of Spark in a small cluster; downloads PySpark"
	@echo "make allocations  no allocation for a record in the optimized command"
	@echo "make fuzz    fuzz every target, TIME=60 seconds each; damage every capture"
	@echo "make sanitize  the tests under the address sanitizer, the writer under the thread sanitizer"
	@echo "make install PREFIX=/usr/local   the command, manual pages, completions; make uninstall"
	@echo "make package  a Debian package and a tarball in .build/package"
	@echo "make docs    the documentation of the library in .build/docs"
	@echo "make format  format the sources; make lint checks them"
	@echo "make bench   measure against other tools on files of 1 GB"

# zlib and libyaml are linked, libpcap is loaded for `-f`; tshark, tcpdump and openssl check what zcap writes.
deps:
	@Scripts/install-dependencies

# Linked statically on Linux, the command starts in two thirds of the time and runs where no Swift is. Its symbols
# are nobody else's, and without their table it is 1.1 MB smaller; Scripts/command.ld leaves out 2.9 MB more, and
# functions that came out the same stand once (0.2 MB).
LINKED := -Xswiftc -use-ld=lld -Xlinker -O2 -Xlinker --icf=all -Xlinker --no-export-dynamic -Xlinker --script=$(CURDIR)/Scripts/command.ld
STATIC := $(if $(filter Linux,$(shell uname -s)),--static-swift-stdlib $(LINKED))

test-deps: deps
	@Scripts/install-dependencies test

bench-deps:
	@Scripts/install-dependencies bench

build: deps
	swift build -c release $(STATIC) --product zcap

# Below PREFIX: bin, share/man and the folders of the shells for completions. DESTDIR for those who package.
PREFIX ?= /usr/local
STAGE := .build/stage
INSTALLED = bin/zcap share/man/man1/zcap*.1.gz share/man/man7/zcap-*.7.gz \
	share/bash-completion/completions/zcap share/zsh/site-functions/_zcap \
	share/fish/vendor_completions.d/zcap.fish \
	share/mime/packages/zcap.xml share/applications/zcap.desktop \
	share/icons/hicolor/scalable/apps/zcap.svg \
	share/icons/hicolor/scalable/mimetypes/application-x-zos-ctrace.svg

install: build
	rm -rf $(STAGE)
	Scripts/stage $(ZCAP) $(STAGE)
	mkdir -p "$(DESTDIR)$(PREFIX)"
	cd $(STAGE) && find . -type d -exec install -d "$(DESTDIR)$(PREFIX)/{}" \;
	cd $(STAGE) && find . -type f -exec sh -c 'for f; do install -m "$$(test -x "$$f" && echo 755 || echo 644)" \
		"$$f" "$(DESTDIR)$(PREFIX)/$$f"; done' sh {} +
	@test -n "$(DESTDIR)" || for part in mime desktop; do \
		folder="$(PREFIX)/share/$$(test $$part = mime && echo mime || echo applications)"; \
		! command -v update-$$part-database >/dev/null || update-$$part-database "$$folder" || true; done

uninstall:
	cd "$(DESTDIR)$(PREFIX)" && rm -f $(INSTALLED)

package: build
	Scripts/package $(ZCAP) .build/package

demo: build
	@Scripts/demo $(ZCAP) $(DEMO)

# The readers of other people, from PyPI, that tests give tables to.
judges: test-deps
	@Scripts/python-venv

test: judges
	swift build --build-tests
	swift test --skip-build

# By hand: PySpark is a download of 434 MB and needs Java 17.
test-spark: build
	@Scripts/test-spark $(ZCAP)

# With the docc of the toolchain; no package is needed for it.
docs: deps
	@Scripts/docs

format:
	swift format --in-place --recursive Package.swift Sources Tests

lint:
	swift format lint --strict --recursive Package.swift Sources Tests \
		Benchmarks/Package.swift Benchmarks/Benchmarks

# Rewrites the expected outputs of captures/CASES; read the difference before you commit it.
golden:
	swift build --build-tests
	UPDATE_GOLDEN=1 swift test --skip-build --filter GoldenTests

# Without optimization the compiler allocates for itself: the command is the one that users run.
allocations: build
	swift build --build-tests
	ZCAP_RELEASE=$(ZCAP) swift test --skip-build --filter AllocationTests

TIME ?= 60
fuzz: deps
	@Scripts/fuzz $(TIME)

sanitize: deps
	@Scripts/sanitize

SIZE ?= 1G
bench: bench-deps build
	@SIZE=$(SIZE) Scripts/bench $(ZCAP)

.PHONY: help deps test-deps judges test-spark bench-deps build demo test docs format lint golden allocations fuzz sanitize bench
