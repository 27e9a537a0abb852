# Vitrine. `make run` starts a small Linux; `make help` lists the targets.

BUILD    ?= build
PREFIX   ?= /usr/local
CC       ?= cc
PYTHON   ?= python3
CLANG_FORMAT ?= clang-format
SEABIOS  ?= /usr/share/seabios
# Added behind our own flags: make CFLAGS_EXTRA=-m32, make CFLAGS_EXTRA=-O0
CFLAGS_EXTRA ?=
# Arguments of `make run`: make run ARGS="-m 512M"
ARGS     ?=
# make V=1 shows the commands in full.
V        ?= 0

# As many jobs as there are processors, unless the user or an outer make has said how many.
ifeq ($(MAKELEVEL),0)
ifeq ($(filter -j%,$(MAKEFLAGS)),)
MAKEFLAGS += -j$(shell nproc 2>/dev/null || echo 1)
endif
endif

# No built-in rules, no half-written outputs, and the shell as it is everywhere.
MAKEFLAGS += --no-builtin-rules
.DELETE_ON_ERROR:
.SUFFIXES:

# In front of a command: shows it as $(call show,WORD,FILE), or with V=1 as it is.
show = $(if $(filter 1,$(V)),,@printf '  %-5s %s\n' '$(1)' '$(2)' &&)

# -ffp-contract=off: a fused multiply-add rounds once where the guest's processor rounds twice.
WARNINGS := -Wall -Wextra -Wshadow -Wconversion
CFLAGS   := -std=c17 -O2 -g -ffp-contract=off $(WARNINGS) $(CFLAGS_EXTRA)
LDFLAGS  := $(CFLAGS_EXTRA)

# What each part may include: the library its own headers, programs the public interface only.
LIB_INCLUDES   := -Isrc -Iinclude
FRONT_INCLUDES := -Iinclude -I. -DVITRINE_DATA_DIR='"$(PREFIX)/share/vitrine"'
TEST_INCLUDES  := -Isrc -Iinclude -I.

find_c = $(sort $(shell find $(wildcard $(1)) -name '$(2)' 2>/dev/null))
LIB_SOURCES   := $(if $(wildcard src),$(call find_c,src,*.c))
FRONT_SOURCES := $(sort $(wildcard host/posix/*.c front/cli/*.c))
TEST_SOURCES  := $(call find_c,test,*_test.c)
TEST_SCRIPTS  := $(call find_c,test,*_test.sh) $(call find_c,test,*_test.py)
HEADERS       := $(call find_c,src,*.h) $(call find_c,include,*.h) \
                 $(sort $(wildcard host/posix/*.h front/cli/*.h))

object_of = $(patsubst %.c,$(BUILD)/obj/%.o,$(1))
LIB_OBJECTS   := $(call object_of,$(LIB_SOURCES))
FRONT_OBJECTS := $(call object_of,$(FRONT_SOURCES))
MAIN_OBJECT   := $(BUILD)/obj/front/cli/main.o
# The runner of conformance vectors, and where they are.
VECTOR_OBJECTS := $(call object_of,$(sort $(wildcard test/vectors/*.c)))
VECTORS        := $(if $(VECTOR_OBJECTS),$(BUILD)/vectors)
VECTOR_DATA    ?= ../shared/vectors
# The tester against the host's processor, and the programs it starts.
ORACLE_OBJECTS := $(call object_of,$(filter-out %/child.c %_test.c,$(sort $(wildcard test/oracle/*.c))))
ORACLE_CHILDREN := $(addprefix $(BUILD)/oracle-native,32 64)
ORACLE         := $(if $(filter x86_64,$(shell uname -m)),$(if $(ORACLE_OBJECTS),$(BUILD)/oracle))
# Fuzz targets. For the tests they are built as everything else is, with test/fuzz/driver.c; for `make fuzz` apart,
# by clang with libFuzzer and sanitizers.
FUZZ_SOURCES  := $(call find_c,test/fuzz,*_fuzz.c)
FUZZ_PROGRAMS := $(patsubst test/fuzz/%.c,$(BUILD)/%,$(FUZZ_SOURCES))
FUZZ_BUILD    ?= $(BUILD)/fuzz
FUZZ_DRIVER   := $(call object_of,test/fuzz/driver.c)
# How long `make fuzz` runs each of them, in seconds.
TIME          ?= 60
TEST_OBJECTS  := $(call object_of,$(TEST_SOURCES) $(FUZZ_SOURCES) test/support.c) \
                 $(FUZZ_DRIVER) $(VECTOR_OBJECTS) $(ORACLE_OBJECTS)
TEST_PROGRAMS := $(patsubst %.c,$(BUILD)/%,$(TEST_SOURCES))
# Programs called *_long_test take minutes: `make test-long` runs them, `make test` does not.
LONG_TESTS    := $(filter %_long_test %_long_test.sh %_long_test.py,$(TEST_PROGRAMS) $(TEST_SCRIPTS))
SHORT_TESTS   := $(filter-out $(LONG_TESTS),$(TEST_PROGRAMS) $(TEST_SCRIPTS))

LIBRARY  := $(BUILD)/libvitrine.a
# The front end without its main, for the tests of its parts.
FRONT_LIBRARY := $(BUILD)/libfront.a
VITRINE  := $(if $(wildcard front/cli/main.c),$(BUILD)/vitrine)
FIRMWARE := $(if $(wildcard $(SEABIOS)/bios-256k.bin), \
                 $(BUILD)/firmware/bios-256k.bin $(BUILD)/firmware/vgabios-stdvga.bin)
GUEST    := $(BUILD)/guest/bzImage
MAN_PAGE := $(wildcard doc/vitrine.1)
COMPLETION := $(wildcard front/cli/completion.bash)

.PHONY: all help run guest test check test-long test-guests test-hostile test-one vectors oracle bench bench-lc3 bench-disk bench-installer lc3os check-lc3os lint layers headers format \
        install clean sanitize clang m32 loop tail-calls packages-% force

all: $(LIBRARY) $(VITRINE) $(FIRMWARE)

help:
	@echo 'make              build/vitrine and build/libvitrine.a'
	@echo 'make run          builds, puts the default guest together, boots it (ARGS="-m 512M" ...)'
	@echo 'make test         every test; make test-one T=core/clock runs one of them'
	@echo 'make test-long    tests that take minutes'
	@echo 'make test-guests  those of them that boot systems and tools from Debian'\''s packages'
	@echo 'make vectors      conformance vectors from ../shared/vectors (ARGS=-v: each failing case)'
	@echo 'make oracle       random instructions, on this host'\''s processor as well (ARGS="--cases 1000000")'
	@echo 'make fuzz         fuzzes everything that takes bytes, TIME=60 seconds each'
	@echo 'make sanitize     the tests, with address and undefined-behaviour sanitizer'
	@echo 'make test-hostile guests made of chance, under the sanitizers (COUNT=1000 SEED=1)'
	@echo 'make clang        the tests, built by the second compiler'
	@echo 'make m32          the library as 32-bit code'
	@echo 'make loop         the processor tests, with handlers that return instead of jumping on'
	@echo 'make lint         format, include rules, long functions, headers, tail calls, text'
	@echo 'make format       clang-format over our sources'
	@echo 'make web          build/web/, the page as static files, and build/npm/, the library'
	@echo 'make bench        benchmarks against other emulators'
	@echo 'make bench-disk   an IDE disk beside QEMU; make bench-installer: Debian'\''s installer'
	@echo 'make bench-web    WebAssembly against native, and against v86'
	@echo 'make bench-lc3    the LC-3 with history and without, beside a plain interpreter'
	@echo 'make install      to PREFIX (/usr/local), under DESTDIR if given'
	@echo 'make clean        removes build/'
	@echo 'V=1               shows the commands in full'

# --- compiling and linking ---

# Files that hold a text, rewritten only when it changes: what depends on them is then made anew.
# `flags`: how everything is compiled; `front-flags`: the programs; `members`: which objects there
# are, so that a deleted source is noticed. Two makes at the same time don't meet in what they write.
TEXT_OF_flags       = $(CC) $(CFLAGS)
TEXT_OF_front-flags = $(FRONT_INCLUDES)
TEXT_OF_members     = $(LIB_OBJECTS) $(FRONT_OBJECTS)
TEXT_FILES := $(addprefix $(BUILD)/,flags front-flags members)
$(TEXT_FILES): force
	@mkdir -p $(@D)
	@printf '%s\n' '$(subst ','\'',$(TEXT_OF_$(@F)))' >$@.$$$$; \
	    if cmp -s $@.$$$$ $@; then rm $@.$$$$; else mv $@.$$$$ $@; fi

$(LIB_OBJECTS): INCLUDES = $(LIB_INCLUDES)
$(FRONT_OBJECTS): INCLUDES = $(FRONT_INCLUDES)
$(FRONT_OBJECTS): $(BUILD)/front-flags
$(TEST_OBJECTS): INCLUDES = $(TEST_INCLUDES)

$(BUILD)/obj/%.o: %.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(call show,CC,$<) $(CC) $(CFLAGS) $(INCLUDES) -MMD -MP -c $< -o $@

# An archive is made anew, so that objects of deleted sources do not live on in it.
define archive
	@mkdir -p $(@D)
	$(call show,AR,$@) ar rcs $@.$$$$ $(filter %.o,$^) && mv $@.$$$$ $@
endef

$(LIBRARY): $(LIB_OBJECTS) $(BUILD)/members
	$(archive)

$(FRONT_LIBRARY): $(filter-out $(MAIN_OBJECT),$(FRONT_OBJECTS)) $(BUILD)/members
	$(archive)

$(BUILD)/vitrine: $(FRONT_OBJECTS) $(LIBRARY)
	$(call show,LINK,$@) $(CC) $(LDFLAGS) $(filter %.o,$^) $(LIBRARY) -o $@

$(TEST_PROGRAMS): $(BUILD)/test/%: $(BUILD)/obj/test/%.o $(BUILD)/obj/test/support.o \
                  $(FRONT_LIBRARY) $(LIBRARY)
	@mkdir -p $(@D)
	$(call show,LINK,$@) $(CC) $(LDFLAGS) $^ -lcmocka -lm -o $@

$(BUILD)/test/oracle/rewrite_test: $(BUILD)/obj/test/oracle/rewrite.o

$(BUILD)/vectors: $(VECTOR_OBJECTS) $(BUILD)/obj/test/support.o $(LIBRARY)
	$(call show,LINK,$@) $(CC) $(LDFLAGS) $^ -o $@

$(BUILD)/oracle: $(ORACLE_OBJECTS) $(BUILD)/obj/test/vectors/bare.o $(BUILD)/obj/test/support.o $(LIBRARY) \
                 | $(ORACLE_CHILDREN)
	$(call show,LINK,$@) $(CC) $(LDFLAGS) $^ -o $@

# Programs without a C library, wholly below 4 GiB: they need no other package. What no compiler makes is not used.
CHILD_FLAGS := -std=c17 -O2 $(WARNINGS) -Isrc -ffreestanding -fno-pic -fno-pie -fno-stack-protector \
               -fcf-protection=none -mgeneral-regs-only -nostdlib -static -Wl,-Ttext-segment=0x10000000 \
               -Wl,--build-id=none
$(ORACLE_CHILDREN): $(BUILD)/oracle-native%: test/oracle/child.c test/oracle/child_%.h test/oracle/case.h
	@mkdir -p $(@D)
	$(call show,CC,$@) $(CC) -m$* $(CHILD_FLAGS) $< -o $@ || { rm -f $@; echo 'make: no $*-bit programs here' >&2; }

# FUZZ_MAIN: libFuzzer's flag, or nothing: then our driver is linked.
FUZZ_MAIN ?=
$(FUZZ_PROGRAMS): $(BUILD)/%: $(BUILD)/obj/test/fuzz/%.o $(BUILD)/obj/test/support.o \
                  $(if $(FUZZ_MAIN),,$(FUZZ_DRIVER)) $(FRONT_LIBRARY) $(LIBRARY)
	$(call show,LINK,$@) $(CC) $(LDFLAGS) $(FUZZ_MAIN) $^ -o $@

$(BUILD)/firmware/%.bin: $(SEABIOS)/%.bin
	@mkdir -p $(@D)
	$(call show,COPY,$@) cp $< $@

-include $(patsubst %.o,%.d,$(LIB_OBJECTS) $(FRONT_OBJECTS) $(TEST_OBJECTS)) $(wildcard $(BUILD)/obj/bench/*.d)

# --- for browsers ---

# The library and its JavaScript side as one WebAssembly module. No C library: host/wasm has what compilers call.
WASM_CC  ?= clang
WASM_LD  ?= $(firstword $(shell command -v wasm-ld wasm-ld-14 wasm-ld-15 wasm-ld-16 wasm-ld-19 2>/dev/null) wasm-ld)
# Not -ffreestanding: a load of guest bytes would then be a call of memcpy.
WASM_FLAGS := --target=wasm32 -mbulk-memory -nostdlibinc -std=c17 -O2 -ffp-contract=off $(WARNINGS) \
              -isystem host/wasm/include $(LIB_INCLUDES) -I.
# Files whose code the linker may put into another's: the run loop of the x86 and its hot handlers (hot.c).
WASM_LINKED_CODE := $(patsubst %,src/cpu/x86/%.c,hot op_arith op_bit op_branch op_fused op_move op_muldiv op_shift block)
WASM_SOURCES := $(LIB_SOURCES) $(call find_c,host/wasm front/web,*.c)
WASM_OBJECTS := $(patsubst %.c,$(BUILD)/wasm/%.o,$(WASM_SOURCES))
WASM := $(BUILD)/wasm/vitrine.wasm

.PHONY: wasm
wasm: $(WASM)

$(patsubst %.c,$(BUILD)/wasm/%.o,$(WASM_LINKED_CODE)): WASM_FLAGS += -flto
$(BUILD)/wasm/%.o: %.c
	@mkdir -p $(@D)
	$(call show,WASM,$<) $(WASM_CC) $(WASM_FLAGS) -MMD -MP -c $< -o $@

# --stack-first: what overflows the stack traps instead of writing over data.
$(WASM): $(WASM_OBJECTS)
	$(call show,LINK,$@) $(WASM_LD) --no-entry --gc-sections --stack-first -z stack-size=1048576 -O2 --strip-debug \
	    --import-undefined --initial-memory=16777216 --max-memory=4294967296 $^ -o $@

-include $(patsubst %.o,%.d,$(WASM_OBJECTS))

# The page as plain static files, and the library as an npm package. npm has what web/package-lock.json names.
WEB          := $(BUILD)/web
NPM_PACKAGE  := $(BUILD)/npm
WEB_SOURCES  := $(wildcard web/src/*.ts web/page/* web/*.mjs web/*.json examples/toy/*.toy examples/lc3/*.asm)
WEB_BUNDLES  := $(WEB)/vitrine.js
WEB_GUEST    := $(addprefix $(WEB)/guest/,bzImage initramfs.cpio.gz)
WEB_DISKS    := $(addprefix $(WEB)/guest/,modes.img pctest.img)
WEB_FIRMWARE := $(addprefix $(WEB)/firmware/,bios-256k.bin vgabios-stdvga.bin)

.PHONY: web web-here
web: packages-build+guest+web
	@$(MAKE) --no-print-directory web-here

web-here: all $(GUEST)
	@$(MAKE) --no-print-directory $(WEB_BUNDLES) $(WEB)/vitrine.wasm $(WEB_GUEST) $(WEB_DISKS) $(WEB_FIRMWARE) $(NPM_PACKAGE)/package.json

# npm writes its own files before it is through: the stamp is ours, and stands where all is there.
web/node_modules/.complete: web/package-lock.json
	$(call show,NPM,web) cd web && npm ci --silent && touch node_modules/.complete

$(WEB_BUNDLES): $(WEB_SOURCES) web/node_modules/.complete
	$(call show,BUILD,$(WEB)) node web/build.mjs $(WEB) && gzip -9 -n -k -f $(WEB)/*.js $(WEB)/*.css

# With twins that are compressed, which vitrine web sends (and other servers can).
$(WEB)/vitrine.wasm: $(WASM)
	@mkdir -p $(@D) && cp $< $@ && gzip -9 -n -k -f $@
# The page's boot menu has these too.
$(WEB)/guest/%.img: rom/%/build.sh $(wildcard rom/modes/*.S rom/pctest/*.S)
	@mkdir -p $(@D)
	$(call show,BUILD,$@) sh $< $@
$(WEB)/guest/%: $(dir $(GUEST))%
	@mkdir -p $(@D) && cp $< $@
$(WEB)/firmware/%: $(BUILD)/firmware/%
	@mkdir -p $(@D) && cp $< $@

$(NPM_PACKAGE)/package.json: web/package.json web/README.md $(wildcard web/examples/*) $(WEB_BUNDLES) $(WEB)/vitrine.wasm $(WEB_FIRMWARE) $(WEB_GUEST)
	@rm -rf $(@D) && mkdir -p $(@D)/dist
	@cp -r $(addprefix $(WEB)/,vitrine.js worker.js vitrine.wasm vitrine.wasm.gz firmware) $(@D)/dist/ && mkdir $(@D)/dist/guest && cp $(WEB_GUEST) $(@D)/dist/guest/
	@cd web && node_modules/.bin/tsc --project tsconfig.types.json --outDir $(abspath $(@D))/dist/types
	@cp -r web/README.md web/examples $(@D)/
	$(call show,COPY,$@) cp web/package.json $@

# --- running ---

packages-%:
	@tools/install_packages.sh $(subst +, ,$*)

# Packages come first, and what they bring is seen only by a make that starts after.
run: packages-build+guest
	@$(MAKE) --no-print-directory all $(GUEST)
	$(strip $(BUILD)/vitrine pc $(ARGS))

guest: packages-guest
	@$(MAKE) --no-print-directory $(GUEST)

# Its packages are fetched once: a change of these puts it together again without the network.
$(GUEST): rom/guest/init $(wildcard tools/initramfs.py tools/make_guest.sh tools/private_apt.sh)
	@tools/make_guest.sh $(@D)

install: all
	install -d '$(DESTDIR)$(PREFIX)/bin' '$(DESTDIR)$(PREFIX)/share/vitrine'
	$(if $(VITRINE),install -m 755 $(VITRINE) '$(DESTDIR)$(PREFIX)/bin/')
	$(if $(FIRMWARE),install -m 644 $(FIRMWARE) '$(DESTDIR)$(PREFIX)/share/vitrine/')
	$(if $(wildcard $(GUEST)),install -d '$(DESTDIR)$(PREFIX)/share/vitrine/guest')
	$(if $(wildcard $(GUEST)),install -m 644 $(dir $(GUEST))bzImage \
	    $(dir $(GUEST))initramfs.cpio.gz '$(DESTDIR)$(PREFIX)/share/vitrine/guest/')
	$(if $(wildcard $(GUEST)),,@echo 'Without the default guest: make guest, then install again' >&2)
	$(if $(wildcard $(WEB)/index.html),cp -r $(WEB) '$(DESTDIR)$(PREFIX)/share/vitrine/')
	$(if $(MAN_PAGE),install -d '$(DESTDIR)$(PREFIX)/share/man/man1')
	$(if $(MAN_PAGE),install -m 644 $(MAN_PAGE) '$(DESTDIR)$(PREFIX)/share/man/man1/')
	$(if $(COMPLETION),install -d '$(DESTDIR)$(PREFIX)/share/bash-completion/completions')
	$(if $(COMPLETION),install -m 644 $(COMPLETION) \
	    '$(DESTDIR)$(PREFIX)/share/bash-completion/completions/vitrine')

clean:
	rm -rf $(BUILD)

# --- testing ---

RUN_TESTS = BUILD=$(BUILD) FUZZ_BUILD=$(BUILD) VECTOR_DATA=$(VECTOR_DATA) GUEST_DIR=$(dir $(GUEST)) \
            $(PYTHON) tools/run_tests.py

test: packages-build+guest+test
	@$(MAKE) --no-print-directory check

# The tests without the packages. Without the guest (it comes over the network) the boot tests skip.
check: all $(TEST_PROGRAMS) $(VECTORS) $(ORACLE) $(FUZZ_PROGRAMS)
	@$(MAKE) --no-print-directory $(GUEST) || \
	    echo 'make: the default guest could not be made; tests that boot it will be skipped' >&2
	@[ '$(BUILD)' != build ] || $(MAKE) --no-print-directory web-if-possible
	@$(RUN_TESTS) $(SHORT_TESTS)

# The page and the package for their tests. Says what is missing if they can't be built.
.PHONY: web-if-possible
web-if-possible:
	@if ! command -v npm >/dev/null || ! command -v $(WASM_LD) >/dev/null; then \
	    echo 'make: no npm or lld: tests of the page will be skipped (tools/install_packages.sh web browser)' >&2; \
	else \
	    $(MAKE) --no-print-directory web-here || echo 'make: the page could not be built; its tests will be skipped' >&2; \
	fi

test-long: packages-build+guest+test+guests
	@[ -n '$(LONG_TESTS)' ] || { echo 'make: there is no *_long_test in test/' >&2; exit 1; }
	@$(MAKE) --no-print-directory all guest $(filter $(BUILD)/%,$(LONG_TESTS))
	@$(RUN_TESTS) --timeout 5400 $(LONG_TESTS)

# What Debian's packages hold that boots. The tests go one after the other: each wants a processor.
GUEST_TESTS := $(patsubst %,test/boot/%_long_test.py,pctest kernels machine multiboot rescue loaders installer debian debian_stopped)
test-guests: packages-build+guest+guests
	@$(MAKE) --no-print-directory all guest
	@$(RUN_TESTS) --timeout 5400 --jobs 1 $(GUEST_TESTS)

vectors: $(BUILD)/vectors
	@test/vectors/run_all.sh $< $(VECTOR_DATA) $(ARGS)

oracle: $(ORACLE)
	$(BUILD)/oracle $(ARGS)

# make test-one T=core/clock
ONE_TEST := $(filter $(BUILD)/test/$(T)_test test/$(T)_test.%,$(TEST_PROGRAMS) $(TEST_SCRIPTS))
test-one: all $(filter $(BUILD)/%,$(ONE_TEST)) $(if $(filter test/vectors/%,$(ONE_TEST)),$(VECTORS)) \
          $(if $(filter test/oracle/%,$(ONE_TEST)),$(ORACLE)) \
          $(if $(filter test/fuzz/%,$(ONE_TEST)),$(FUZZ_PROGRAMS))
	@[ -n '$(ONE_TEST)' ] || { echo 'make: no test/$(T)_test.{c,sh,py}' >&2; exit 1; }
	@$(RUN_TESTS) --verbose $(ONE_TEST)

# Built elsewhere with other flags; the guest is the same and is not made twice. (The + in front hands
# the job count on, which make does by itself only for a literal $(MAKE).)
SECOND_BUILD = $(MAKE) --no-print-directory GUEST=$(GUEST) FUZZ_BUILD=$(FUZZ_BUILD)

SANITIZERS = -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
sanitize:
	+@$(SECOND_BUILD) check BUILD=$(BUILD)/asan CFLAGS_EXTRA='$(SANITIZERS)'

clang:
	+@$(SECOND_BUILD) check BUILD=$(BUILD)/clang CC=clang

# Guests made of chance, watched by the sanitizers: make test-hostile COUNT=1000 SEED=1
COUNT ?= 300
SEED  ?= 1
HOSTILE = $(BUILD)/asan/test/boot/hostile_test
test-hostile: packages-build+guest+test
	+@$(SECOND_BUILD) $(HOSTILE) $(BUILD)/asan/firmware/bios-256k.bin \
	    $(BUILD)/asan/firmware/vgabios-stdvga.bin BUILD=$(BUILD)/asan CFLAGS_EXTRA='$(SANITIZERS)'
	@BUILD=$(BUILD)/asan $(HOSTILE) --seed $(SEED) --count $(COUNT)

# --- fuzzing ---

FUZZ_SANITIZERS = address,undefined
# Comparisons are not traced: it makes the processor ten times slower and finds nothing new.
FUZZ_FLAGS = -O1 -fno-omit-frame-pointer -fno-sanitize-recover=all \
             -fsanitize=fuzzer-no-link,$(FUZZ_SANITIZERS) -fno-sanitize-coverage=trace-cmp
HAS_LIBFUZZER = echo 'int LLVMFuzzerTestOneInput(void); int LLVMFuzzerTestOneInput(void) \
    { return 0; }' | clang -fsanitize=fuzzer,$(FUZZ_SANITIZERS) -xc - -o /dev/null 2>/dev/null

.PHONY: fuzz fuzz-programs fuzz-programs-here
fuzz-programs:
	+@if $(HAS_LIBFUZZER); then \
	    $(SECOND_BUILD) fuzz-programs-here BUILD=$(FUZZ_BUILD) CC=clang \
	        CFLAGS_EXTRA='$(FUZZ_FLAGS)' FUZZ_MAIN=-fsanitize=fuzzer; \
	else \
	    $(SECOND_BUILD) fuzz-programs-here BUILD=$(FUZZ_BUILD) CFLAGS_EXTRA= FUZZ_MAIN=; \
	fi

fuzz-programs-here: $(FUZZ_PROGRAMS)

fuzz: packages-build+test
	@$(MAKE) --no-print-directory fuzz-programs
	@FUZZ_BUILD=$(FUZZ_BUILD) test/fuzz/run_all.sh $(TIME)

m32:
	@$(MAKE) --no-print-directory $(BUILD)/m32/libvitrine.a BUILD=$(BUILD)/m32 CFLAGS_EXTRA=-m32

# The dispatch of hosts without tail calls, WebAssembly for one, on this one.
loop:
	@$(MAKE) --no-print-directory BUILD=$(BUILD)/loop CFLAGS_EXTRA=-DVT_LOOP_DISPATCH check-cpu

# The tests of the processors only.
CPU_TESTS := $(filter $(BUILD)/test/cpu/%,$(SHORT_TESTS))
.PHONY: check-cpu
check-cpu: $(VITRINE) $(CPU_TESTS)
	@$(RUN_TESTS) $(CPU_TESTS)

bench: packages-build+guest+bench
	@$(MAKE) --no-print-directory all guest
	$(PYTHON) bench/boot.py
	$(PYTHON) bench/vga.py

# Each beside QEMU, in seconds and as a ratio; BENCH_ARGS="--runs 3 --clock cpu".
BENCH_ARGS ?=
bench-disk bench-installer: bench-%: packages-build+guest+bench
	@$(MAKE) --no-print-directory all guest
	$(PYTHON) bench/$*.py --vitrine $(BUILD)/vitrine $(if $(filter disk,$*),--guest $(dir $(GUEST))) $(BENCH_ARGS)

# Our WebAssembly build in node: against the native program, and against v86 with and without its translator.
.PHONY: bench-web
bench-web: packages-build+guest+bench+web
	@$(MAKE) --no-print-directory web-here bench/web/node_modules/.complete
	$(PYTHON) bench/web.py
	$(PYTHON) bench/boot.py --engines native,vitrine,web,v86,v86-int --append cryptomgr.notests --append noisapnp $(ARGS)

bench/web/node_modules/.complete: bench/web/package-lock.json
	$(call show,NPM,bench/web) cd $(<D) && npm ci --silent && touch node_modules/.complete

bench-lc3: $(BUILD)/lc3_bench
	$<

$(BUILD)/lc3_bench: $(BUILD)/obj/bench/lc3_bench.o $(LIBRARY)
	$(call show,LINK,$@) $(CC) $(LDFLAGS) $^ -o $@
$(BUILD)/obj/bench/lc3_bench.o: INCLUDES = $(TEST_INCLUDES)

# --- care ---

FORMATTED := $(filter-out %.gen.c %.gen.h,$(call find_c,src include host front test bench,*.[ch]) \
                 $(call find_c,src,*.inc))
SHELL_SCRIPTS := $(sort $(wildcard .ci/run tools/*.sh test/*.sh test/*/*.sh rom/*/*.sh))
PYTHON_SCRIPTS := $(sort $(wildcard tools/*.py bench/*.py test/*.py test/*/*.py rom/*/*.py))

lint: layers headers tail-calls check-lc3os
	$(CLANG_FORMAT) --dry-run -Werror $(FORMATTED)
	$(PYTHON) tools/longest.py
	$(PYTHON) tools/check_text.py
	@for script in $(SHELL_SCRIPTS); do bash -n $$script || exit 1; done
	@$(PYTHON) -c 'import sys; [compile(open(f).read(), f, "exec") for f in sys.argv[1:]]' \
	    $(PYTHON_SCRIPTS)

# The LC-3's operating systems, by our own assembler.
lc3os: $(VITRINE)
	$(PYTHON) tools/lc3os.py $(VITRINE)
check-lc3os: $(VITRINE)
	$(PYTHON) tools/lc3os.py $(VITRINE) --check

layers: $(LIBRARY)
	$(PYTHON) tools/layers.py $(LIBRARY)

# Both compilers must turn the hot handlers' last calls into jumps. Done with what `make clang` builds.
tail-calls: $(LIBRARY)
	@$(MAKE) --no-print-directory $(BUILD)/clang/libvitrine.a BUILD=$(BUILD)/clang CC=clang
	$(PYTHON) tools/tail_calls.py $(LIBRARY) $(BUILD)/clang/libvitrine.a

format:
	$(CLANG_FORMAT) -i $(FORMATTED)

# Every header compiles alone, with both compilers.
HEADER_CHECKS := $(addprefix header-check/,$(HEADERS))
.PHONY: $(HEADER_CHECKS)
headers: $(HEADER_CHECKS)

header_includes = $(if $(filter src/%,$*),$(LIB_INCLUDES),$(FRONT_INCLUDES))
$(HEADER_CHECKS): header-check/%:
	@for compiler in gcc clang; do \
	    echo '#include "$(patsubst include/%,%,$(patsubst src/%,%,$*))"' | \
	    $$compiler -std=c17 -O1 $(WARNINGS) -Werror $(header_includes) -fsyntax-only -xc - || \
	    { echo '$*: does not compile alone with' $$compiler >&2; exit 1; }; done
