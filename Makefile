# dirbridge: build, tests and packages. "make help" lists the targets.
#
# Every variant has a folder of its own, build/<compiler>-<variant>, so switching costs nothing:
#
#     make                              build/gcc-release      hardened, what is shipped
#     make DEV=1                        build/gcc-dev          warnings are errors
#     make SAN=address,undefined        build/gcc-address-undefined
#     make CC=clang DEV=1 SAN=thread    build/clang-dev-thread
#     make CC=clang FUZZ=1              build/clang-fuzz       the fuzzers; see "make fuzz"
#
# Each folder of src/ becomes an archive (libbase.a, libcore.a, ...), and each unit test is linked
# with the archives its folder may use and nothing else (UNIT_* below): a core that calls the
# network does not link. Sources, tests and fuzzers are found by wildcard; nothing is listed here.
#
# packaging/setup installs what is missing on Debian; check, demo, bench, lint and fuzz call it
# first (it costs a tenth of a second when nothing is missing), the plain build does not.

VERSION := 0.1.0
PREFIX ?= /usr/local
MAPPINGS_DIR ?= $(PREFIX)/share/dirbridge/mappings

ifeq ($(origin CC),default)
CC := gcc
endif

# The variant and its folder ----------------------------------------------------------------------

comma := ,
CC_NAME := $(notdir $(firstword $(CC)))
VARIANT_PARTS := $(if $(FUZZ),fuzz) $(if $(DEV),dev) $(subst $(comma), ,$(SAN))
empty :=
VARIANT ?= $(or $(subst $(empty) $(empty),-,$(strip $(VARIANT_PARTS))),release)
B := build/$(CC_NAME)-$(VARIANT)

# Flags -------------------------------------------------------------------------------------------

PACKAGES := glib-2.0 jansson libpcre2-8 libconfig libcurl libjwt libxml-2.0 sqlite3 ldap lber \
	libsasl2 krb5-gssapi krb5
# Asked once, and only when something is compiled: a fresh machine has no pkg-config to parse this.
PKG_CFLAGS = $(eval PKG_CFLAGS := $(shell pkg-config --cflags $(PACKAGES)))$(PKG_CFLAGS)

WARNINGS := -Wall -Wextra -Wformat=2 -Wformat-security -Wshadow -Wundef -Wvla -Wwrite-strings \
	-Wpointer-arith -Wstrict-prototypes -Wmissing-prototypes -Wold-style-definition \
	-Wimplicit-fallthrough -Wno-unused-parameter -Wno-missing-field-initializers
WARNINGS_DEV := -Werror -Wdouble-promotion -Wredundant-decls -Wnested-externs
ifneq ($(findstring gcc,$(CC_NAME)),)
WARNINGS_DEV += -Wlogical-op -Wduplicated-cond -Wduplicated-branches
endif

DEFINES := -D_GNU_SOURCE -DG_LOG_DOMAIN='"dirbridge"' -DDIRBRIDGE_VERSION='"$(VERSION)"' \
	-DDIRBRIDGE_MAPPINGS_DIR='"$(MAPPINGS_DIR)"' -DGLIB_VERSION_MAX_ALLOWED=GLIB_VERSION_2_74

HARDEN := -fPIE -fstack-protector-strong
HARDEN_LINK := -pie -Wl,-z,relro,-z,now -Wl,-z,noexecstack
ifneq ($(findstring gcc,$(CC_NAME)),)
HARDEN += -fstack-clash-protection
endif

SANITIZERS := $(or $(SAN),$(if $(FUZZ),address$(comma)undefined))
OPTIMIZE := $(if $(DEV)$(SANITIZERS),-O1,-O2) -g
ifneq ($(SANITIZERS),)
INSTRUMENT := -fsanitize=$(SANITIZERS) -fno-sanitize-recover=all -fno-omit-frame-pointer
else
HARDEN += -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2
endif
FUZZ_CFLAGS := $(if $(FUZZ),-fsanitize=fuzzer-no-link -DFUZZING)

COMPILE_FLAGS := -std=gnu11 $(OPTIMIZE) -pthread $(HARDEN) $(INSTRUMENT) $(FUZZ_CFLAGS) \
	$(WARNINGS) $(if $(DEV),$(WARNINGS_DEV)) $(DEFINES)
COMPILE = $(CC) $(COMPILE_FLAGS) -Iinclude $(PKG_CFLAGS) $(CPPFLAGS) $(CFLAGS) -MMD -MP
LINK = $(CC) $(OPTIMIZE) -pthread $(HARDEN_LINK) $(INSTRUMENT) -Wl,--as-needed \
	$(CFLAGS) $(LDFLAGS)

# Archives, and the libraries each of them brings -------------------------------------------------

FOLDERS := cli run source target state core conf base
PACKAGES_base := glib-2.0 jansson
PACKAGES_core := glib-2.0 jansson libpcre2-8
PACKAGES_conf := libconfig
PACKAGES_source := ldap lber krb5-gssapi krb5
LIBRARIES_source := -lresolv
PACKAGES_target := libcurl libjwt libxml-2.0
PACKAGES_state := sqlite3

# What the tests in tests/unit/<folder>/ are linked with; users before the used.
UNIT_base := base
UNIT_core := core base
UNIT_conf := conf base
UNIT_state := state core base
UNIT_source := source core conf base
UNIT_target := target core conf base
UNIT_run := run source target state core conf base
UNIT_cli := $(FOLDERS)

archives = $(patsubst %,$B/lib%.a,$(1))
libs = $(shell pkg-config --libs $(sort $(foreach f,$(1),$(PACKAGES_$f)))) \
	$(foreach f,$(1),$(LIBRARIES_$f))

SOURCES := $(foreach f,$(FOLDERS),$(sort $(wildcard src/$f/*.c)))
OBJECTS := $(SOURCES:src/%.c=$B/src/%.o)
UNIT_TESTS := $(sort $(wildcard $(foreach f,$(FOLDERS),tests/unit/$f/test_*.c)))
UNIT_BINARIES := $(UNIT_TESTS:tests/%.c=$B/%)
UNIT_STRAY := $(filter-out $(UNIT_TESTS),$(wildcard tests/unit/test_*.c tests/unit/*/test_*.c))
FUZZERS := $(if $(FUZZ)$(wildcard tests/fuzz/replay.c),\
	$(patsubst tests/%.c,$B/%,$(sort $(wildcard tests/fuzz/fuzz_*.c))))
BENCHES := $(patsubst tests/%.c,$B/%,$(sort $(wildcard tests/bench/*.c)))

# Build -------------------------------------------------------------------------------------------

# One short line for each command; V=1 shows the command itself.
show = $(if $(V),,@printf '%-8s %s\n' $(1) $@;)

.PHONY: all
all: $B/dirbridge
	@ln -sfn $(CC_NAME)-$(VARIANT)/dirbridge build/dirbridge

$B/dirbridge: $(call archives,$(FOLDERS))
	$(call show,link) $(LINK) -o $@ $^ $(call libs,$(FOLDERS))

# An archive is made anew from exactly the objects there are: a deleted source leaves nothing.
define archive_rule
$B/lib$(1).a: $(filter $B/src/$(1)/%,$(OBJECTS)) $B/.sources
	@rm -f $$@
	@$(or $(AR),ar) rcs $$@ $$(filter %.o,$$^)
endef
$(foreach f,$(FOLDERS),$(eval $(call archive_rule,$f)))

$B/src/%.o: src/%.c $B/.flags
	@mkdir -p $(@D)
	$(call show,compile) $(COMPILE) -c -o $@ $<

$B/tests/%.o: tests/%.c $B/.flags
	@mkdir -p $(@D)
	$(call show,compile) $(COMPILE) -c -o $@ $<

# These two change only when their content does, so that other flags compile all over again.
$B/.flags: TEXT = $(CC) $(COMPILE_FLAGS) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS)
$B/.sources: TEXT = $(SOURCES)
$B/.flags $B/.sources: FORCE
	@mkdir -p $(@D)
	@echo $(foreach w,$(TEXT),'$(subst ','\'',$w)') | cmp -s - $@ || \
		echo $(foreach w,$(TEXT),'$(subst ','\'',$w)') >$@

.PHONY: FORCE
FORCE:

# Unit tests: tests/unit/<folder>/test_x.c, with every *_support.c of the same folder -------------

define unit_rule
$B/unit/$(1)/test_%: $B/tests/unit/$(1)/test_%.o \
		$(patsubst %.c,$B/%.o,$(wildcard tests/unit/$(1)/*_support.c)) \
		$(call archives,$(UNIT_$(1)))
	@mkdir -p $$(@D)
	$$(call show,link) $$(LINK) -o $$@ $$^ $$(call libs,base $(UNIT_$(1)))
	@printf '#!/bin/sh\nexec timeout 300 "%s" --tap "$$$$@"\n' '$$(abspath $$@)' >$$@.t
	@chmod +x $$@.t
endef
$(foreach f,$(FOLDERS),$(eval $(call unit_rule,$f)))
.SECONDARY:

.PHONY: unit
unit: $(UNIT_BINARIES)
	$(if $(UNIT_STRAY),$(error no folder of src/ owns $(UNIT_STRAY)))

# Fuzzers: libFuzzer with FUZZ=1, else tests/fuzz/replay.c, a main that replays files; benches -----

FUZZ_MAIN := $(if $(FUZZ),-fsanitize=fuzzer,$(patsubst %.c,$B/%.o,$(wildcard tests/fuzz/replay.c)))
$B/fuzz/fuzz_%: $B/tests/fuzz/fuzz_%.o $(filter %.o,$(FUZZ_MAIN)) $(call archives,$(UNIT_run))
	@mkdir -p $(@D)
	$(call show,link) $(LINK) -o $@ $(filter %.o,$^) $(filter -f%,$(FUZZ_MAIN)) \
		$(filter %.a,$^) $(call libs,$(UNIT_run))

$B/bench/%: $B/tests/bench/%.o $(call archives,$(UNIT_run))
	@mkdir -p $(@D)
	$(call show,link) $(LINK) -o $@ $^ $(call libs,$(UNIT_run))

.PHONY: programs
programs: all unit $(FUZZERS) $(BENCHES)

# Tests: one call of prove over everything, so that its summary is the last line ------------------

# For every script below: the program under test, and the folder it was built in.
export DIRBRIDGE := $(abspath $B/dirbridge)
export BUILD := $(abspath $B)

# Sub-makes run after the set-up and so see what it installed; in parallel unless -j was given.
MAKE_ALL = $(MAKE) --no-print-directory \
	$(if $(findstring jobserver,$(MAKEFLAGS)),,-j$(shell nproc))

# The long ones first, so that the end is not one long test and an idle machine.
TEST_SCRIPTS := $(foreach d,crash plan e2e lint fuzz,$(sort $(wildcard tests/$d/*.t)))
ALL_TESTS := $(TEST_SCRIPTS) $(addsuffix .t,$(UNIT_BINARIES))
CHECK ?=
TESTS := $(foreach t,$(ALL_TESTS),$(if $(findstring $(CHECK),$t)$(if $(CHECK),,all),$t))

.PHONY: check prove
check: setup-test
	@$(MAKE_ALL) programs
	@$(MAKE) --no-print-directory prove

prove: export G_DEBUG ?= fatal-criticals
prove: export ASAN_OPTIONS ?= abort_on_error=0:strict_string_checks=1
prove: export UBSAN_OPTIONS ?= print_stacktrace=1
prove:
	$(if $(strip $(TESTS)),,$(error no test matches CHECK=$(CHECK)))
	@prove -j4 --timer $(TESTS) </dev/null

.PHONY: valgrind
SUPPRESSIONS := $(wildcard /usr/share/glib-2.0/valgrind/glib.supp)
valgrind: setup-valgrind
	@$(MAKE_ALL) unit
	@set -e; for t in $(UNIT_BINARIES); do echo "valgrind $$t"; \
		G_DEBUG=gc-friendly valgrind -q --error-exitcode=9 --leak-check=full \
		--child-silent-after-fork=yes --show-leak-kinds=definite \
		--errors-for-leak-kinds=definite $(SUPPRESSIONS:%=--suppressions=%) \
		"$$t" -q </dev/null >/dev/null; done

.PHONY: lint format
lint: setup-lint
	@tests/lint/run

C_FILES = $(shell find src include tests -name node_modules -prune -o -name '*.[ch]' -print)
format: setup-lint
	clang-format -i $(C_FILES)

.PHONY: demo demo-ad bench soak
demo: setup-demo
	@$(MAKE_ALL) -s all
	@packaging/demo/run

demo-ad: setup-demo
	@$(MAKE_ALL) -s all
	@packaging/demo/run-ad

bench: setup-bench
	@$(MAKE_ALL) all $(BENCHES)
	@tests/bench/run
	@tests/bench/run-sending
	@tests/bench/run-mapping
	@tests/bench/run-ad

SOAK_TESTS := $(sort $(wildcard tests/soak/*.t))
soak: setup-test
	@$(MAKE_ALL) programs
	@$(if $(SOAK_TESTS),prove -v --timer $(SOAK_TESTS) </dev/null,echo 'no soak tests')

# Each fuzzer runs for FUZZ_SECONDS from its seeds in tests/fuzz/seeds/<name>/; what it finds goes
# to build/.../found/. A finding becomes a seed, and so a test of "make check".
FUZZ_SECONDS ?= 30
.PHONY: fuzz fuzz-run
fuzz: setup-fuzz
	@$(MAKE_ALL) CC=clang FUZZ=1 fuzz-programs
	@$(MAKE) --no-print-directory CC=clang FUZZ=1 fuzz-run

.PHONY: fuzz-programs
fuzz-programs: $(FUZZERS)

fuzz-run:
	@set -e; mkdir -p $B/found; for f in $(FUZZERS); do name=$${f##*/fuzz_}; \
		mkdir -p "$B/corpus/$$name"; \
		seeds=tests/fuzz/seeds/$$name; [ -d "$$seeds" ] || seeds=; \
		echo "fuzz $$name, $(FUZZ_SECONDS) s"; \
		"$$f" -max_total_time=$(FUZZ_SECONDS) -timeout=10 -rss_limit_mb=2048 -verbosity=0 \
			-print_final_stats=1 -artifact_prefix="$B/found/$$name-" \
			"$B/corpus/$$name" $$seeds; \
	done

# Set-up: setup-build, setup-test, setup-demo, ... ------------------------------------------------

SETUPS := $(addprefix setup-,build test demo lint fuzz bench valgrind)
.PHONY: $(SETUPS)
$(SETUPS): setup-%:
	@packaging/setup $*

# Installing --------------------------------------------------------------------------------------

INSTALL_DIR = $(DESTDIR)$(PREFIX)
.PHONY: install
install: all
	install -D -m 755 $B/dirbridge '$(INSTALL_DIR)/bin/dirbridge'
	@set -e; for page in $(wildcard packaging/man/*.[157]); do \
		install -D -m 644 "$$page" \
			"$(INSTALL_DIR)/share/man/man$${page##*.}/$${page##*/}"; \
	done
	@set -e; find mappings -type f 2>/dev/null | while read -r file; do \
		install -D -m 644 "$$file" "$(DESTDIR)$(MAPPINGS_DIR)/$${file#mappings/}"; done
	@set -e; for unit in dirbridge.service dirbridge.timer dirbridge-run.service; do \
		mkdir -p '$(INSTALL_DIR)/lib/systemd/system'; \
		sed 's|/usr/bin/|$(PREFIX)/bin/|' packaging/$$unit \
			>"$(INSTALL_DIR)/lib/systemd/system/$$unit"; \
		chmod 644 "$(INSTALL_DIR)/lib/systemd/system/$$unit"; done

# The package has a build folder of its own, because the prefix is compiled in.
.PHONY: deb
deb: setup-build
	@rm -rf build/stage
	@$(MAKE_ALL) install DEV= SAN= FUZZ= VARIANT=deb PREFIX=/usr DESTDIR='$(CURDIR)/build/stage'
	@packaging/deb build/stage $(VERSION) build

.PHONY: clean
clean:
	rm -rf build

.PHONY: help
help:
	@echo 'make               build/dirbridge (hardened release)'
	@echo 'make check         set up, build, run every test; CHECK=text: those with it'
	@echo 'make demo          a tour: a directory, an application, and what flows between them'
	@echo 'make demo-ad       the tour on Active Directory: a Samba domain controller, Kerberos'
	@echo 'make lint          layers, budgets, banned calls, format, scripts'
	@echo 'make format        clang-format over src, include and tests'
	@echo 'make bench         measurements as ratios to floors of the same run; USERS=n scales'
	@echo 'make fuzz          every fuzzer for FUZZ_SECONDS=$(FUZZ_SECONDS)'
	@echo 'make soak          CHANGES=n random changes, kills and faults; SEED=n repeats a run'
	@echo 'make valgrind      the unit tests under valgrind'
	@echo 'make install       to DESTDIR=$(DESTDIR) PREFIX=$(PREFIX)'
	@echo 'make deb           build/dirbridge_$(VERSION)_<arch>.deb'
	@echo 'make clean         removes build/'
	@echo 'Variants: CC=clang DEV=1 SAN=address,undefined FUZZ=1; V=1 shows the commands.'

-include $(OBJECTS:.o=.d) $(wildcard $B/tests/*/*.d $B/tests/*/*/*.d)
