# whorl's build. `make` builds build/whorl; `make help` lists the targets.

BUILD    ?= build
CC       ?= cc
CXX      ?= c++
OPTIMISE ?= -O2 -g
NODE     ?= tools/node_modules/.bin/node

# Ours stay apart from CFLAGS and CXXFLAGS, which belong to whoever builds.
WARNINGS = -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wundef -Werror
HARDEN   = -fstack-protector-strong -fPIE
COMMON   = -D_GNU_SOURCE -Isrc -I$(BUILD)/generated $(OPTIMISE) $(HARDEN) $(WARNINGS) $(SANITIZE) -MMD -MP
C_FLAGS  = -std=c17 -Wstrict-prototypes -Wmissing-prototypes $(COMMON) $(CFLAGS)
CC_FLAGS = -std=c++17 -fno-rtti $(COMMON) $(CXXFLAGS)
LIBS     = -lrocksdb -lzstd -luv -lssl -lcrypto -lsimdjson -lpcre2-8 -lmaxminddb -lnghttp2 -lcurl -lcares -lz -lstdc++ -lpthread -lm

SOURCES := $(sort $(shell find src -name '*.c' -o -name '*.cc'))
OBJECTS := $(SOURCES:%=$(BUILD)/%.o) $(BUILD)/generated/assets.c.o $(BUILD)/generated/ua_patterns.c.o $(BUILD)/generated/geo_tables.c.o \
           $(BUILD)/generated/bot_table.c.o $(BUILD)/generated/zone_tables.c.o
LIBRARY := $(filter-out $(BUILD)/src/main.c.o,$(OBJECTS))
UNITS   := $(patsubst %.c,$(BUILD)/%,$(sort $(shell find tests/unit -name 'test_*.c')))
FUZZERS := $(sort $(wildcard fuzz/fuzz_*.c))

all: $(BUILD)/whorl ## builds the server and command-line tool

$(BUILD)/whorl: $(OBJECTS)
	@echo "  link $@"; $(CXX) -pie $(SANITIZE) -o $@ $^ $(LDFLAGS) $(LIBS)

$(BUILD)/%.c.o: %.c $(BUILD)/flags
	@mkdir -p $(@D)
	@echo "  cc   $<"; $(CC) $(C_FLAGS) -c -o $@ $<

$(BUILD)/%.cc.o: %.cc $(BUILD)/flags
	@mkdir -p $(@D)
	@echo "  c++  $<"; $(CXX) $(CC_FLAGS) -c -o $@ $<

# Rebuilt when the flags or the list of sources change, so that a deleted file does not live on.
$(BUILD)/flags: FORCE
	@mkdir -p $(@D)
	@echo '$(CC) $(C_FLAGS) $(CC_FLAGS) $(SOURCES)' | cmp -s - $@ || echo '$(CC) $(C_FLAGS) $(CC_FLAGS) $(SOURCES)' > $@

# What the binary serves: the browser agent and the demo page, made by esbuild, embedded as C arrays.
$(BUILD)/generated/assets.c: tools/embed.mjs tools/node_modules/.package-lock.json $(shell find agent data/dictionary data/openapi -type f -not -path '*/node_modules/*')
	@mkdir -p $(@D)
	$(NODE) tools/embed.mjs $@

# What a User-Agent header says: uap-core's patterns.
$(BUILD)/generated/ua_patterns.c: tools/ua_table.mjs tools/node_modules/.package-lock.json
	@mkdir -p $(@D)
	$(NODE) tools/ua_table.mjs $@

# What is known about places: our own tables and the one of time zones.
$(BUILD)/generated/geo_tables.c: tools/geo_tables.mjs data/geo/countries.txt data/geo/subdivisions.txt data/geo/asn_types.txt tools/node_modules/.package-lock.json
	@mkdir -p $(@D)
	$(NODE) tools/geo_tables.mjs $@

# Offsets and countries of the time zones.
$(BUILD)/generated/zone_tables.c: tools/zone_tables.mjs data/geo/zones.txt tools/node_modules/.package-lock.json
	@mkdir -p $(@D)
	$(NODE) tools/zone_tables.mjs $@

# Bots that name themselves, and how each can be checked.
$(BUILD)/generated/bot_table.c: tools/bot_table.mjs data/bots/bots.txt tools/node_modules/.package-lock.json
	@mkdir -p $(@D)
	$(NODE) tools/bot_table.mjs $@

$(BUILD)/generated/%.c.o: $(BUILD)/generated/%.c $(BUILD)/flags
	@echo "  cc   $<"; $(CC) $(C_FLAGS) -Wno-overlength-strings -c -o $@ $<

tools/node_modules/.package-lock.json: tools/package.json tools/package-lock.json
	cd tools && npm ci --no-audit --no-fund
	@touch $@

# ---- tests ----

$(BUILD)/tests/unit/%: tests/unit/%.c tests/unit/test.h $(BUILD)/libwhorl.a
	@mkdir -p $(@D)
	@echo "  test $@"; $(CC) $(C_FLAGS) -I. -Wno-unused-variable -pie -o $@ $< $(BUILD)/libwhorl.a $(LDFLAGS) $(LIBS)

$(BUILD)/libwhorl.a: $(LIBRARY)
	@echo "  ar   $@"; rm -f $@; ar rcs $@ $^

unit: $(UNITS) ## runs the unit tests
	@tools/run-tests $(UNITS)

# The yardstick of the differential test; nothing that ships links it.
$(BUILD)/tests/unit/net/test_http1_differential: LIBS += -lhttp_parser

# Programs that scripts in tests/ talk to.
$(BUILD)/tests/%: tests/%.c $(BUILD)/libwhorl.a
	@mkdir -p $(@D)
	$(CC) $(C_FLAGS) -I. -pie -o $@ $< $(BUILD)/libwhorl.a $(LDFLAGS) $(LIBS)

ua-cases: $(BUILD)/tests/ua_cases ## compares the user-agent table with JavaScript and uap-core's cases
	$(NODE) tests/ua_cases.mjs $<

hello-cases: $(BUILD)/tests/hello_cases ## compares JA3 and JA4 with a second reading and with vectors
	$(NODE) tests/hello_cases.mjs $<

# ---- what no test would notice ----

examples/pages/node_modules/.package-lock.json: examples/pages/package.json examples/pages/package-lock.json
	cd examples/pages && npm ci --no-audit --no-fund
	@touch $@

lint: tools/node_modules/.package-lock.json examples/pages/node_modules/.package-lock.json ## layers, headers that compile alone, text rules, types of the agent
	tests/check_layers.sh
	tests/tidy.sh
	tools/check-layers
	tools/tidy
	tools/check-headers gcc clang-14 -- $(filter-out -MMD -MP,$(C_FLAGS))
	$(NODE) tools/traits_doc.mjs --check
	$(NODE) tools/signals_doc.mjs --check
	$(NODE) tools/verdicts_doc.mjs --check
	$(NODE) tools/features_def.mjs --check
	$(NODE) tools/node_modules/typescript/bin/tsc --noEmit -p agent
	$(NODE) tools/node_modules/typescript/bin/tsc --noEmit -p examples/pages

# ---- fuzzing ----

# fuzz/fuzz_x.c is one target; fuzz/corpus/x/ holds its first inputs. The replay programs run a target
# over those once, with the compiler and flags of everything else; `make fuzz` needs clang.
FUZZ_SECONDS ?= 60
FUZZ_NAMES   := $(FUZZERS:fuzz/fuzz_%.c=%)
FUZZ_FLAGS    = -fsanitize=address,undefined -fno-sanitize=vptr -fno-omit-frame-pointer

$(BUILD)/fuzz/replay_%: fuzz/fuzz_%.c fuzz/replay.c $(BUILD)/libwhorl.a
	@mkdir -p $(@D)
	$(CC) $(C_FLAGS) -I. -pie -o $@ $< fuzz/replay.c $(BUILD)/libwhorl.a $(LDFLAGS) $(LIBS)

fuzz-replay: $(FUZZ_NAMES:%=fuzz-replay-%) ## runs the fuzz targets over their corpora, once
fuzz-replay-%: $(BUILD)/fuzz/replay_%
	$< fuzz/corpus/$*

$(BUILD)/fuzz/fuzz_%: fuzz/fuzz_%.c $(BUILD)/libwhorl.a
	@mkdir -p $(@D)
	$(CC) $(C_FLAGS) -fsanitize=fuzzer -I. -pie -o $@ $< $(BUILD)/libwhorl.a $(LDFLAGS) $(LIBS)

.SECONDARY: $(FUZZ_NAMES:%=$(BUILD)/fuzz/replay_%) $(FUZZ_NAMES:%=$(BUILD)/fuzz/fuzz_%)

# New inputs go to build-fuzz/found; whoever finds a crash adds its input to the corpus.
fuzz: ## fuzzes every target for FUZZ_SECONDS
	$(MAKE) CC=clang-14 CXX=clang++-14 BUILD=build-fuzz OPTIMISE="-O1 -g" \
	    SANITIZE="$(FUZZ_FLAGS) -fsanitize=fuzzer-no-link" $(FUZZ_NAMES:%=fuzz-run-%)
fuzz-run-%: $(BUILD)/fuzz/fuzz_%
	@mkdir -p $(BUILD)/found/$*
	LSAN_OPTIONS=suppressions=tests/lsan.supp:print_suppressions=0 $< -max_total_time=$(FUZZ_SECONDS) -timeout=10 -artifact_prefix=$(BUILD)/found/crash-$*- \
	    -print_final_stats=1 $(BUILD)/found/$* fuzz/corpus/$*

# ---- measuring, long and sanitized runs ----

LOAD := $(patsubst %,$(BUILD)/bench/%.c.o,load traffic crowd body device sha256)

$(BUILD)/bench/%.c.o: C_FLAGS += -I.

$(BUILD)/bench/load: $(LOAD)
	$(CC) -pie $(SANITIZE) -o $@ $^ $(LDFLAGS)

$(BUILD)/bench/epoll_floor: $(BUILD)/bench/epoll_floor.c.o
	$(CC) -pie $(SANITIZE) -o $@ $^ $(LDFLAGS)

bench/fastify_sqlite/node_modules/.package-lock.json: bench/fastify_sqlite/package.json bench/fastify_sqlite/package-lock.json
	cd bench/fastify_sqlite && npm ci --no-audit --no-fund
	@touch $@

load: $(BUILD)/bench/load ## builds the load generator

# What each fact costs to find out.
$(BUILD)/bench/facts: bench/facts.c $(BUILD)/libwhorl.a
	@mkdir -p $(@D)
	$(CC) $(C_FLAGS) -I. -pie -o $@ $< $(BUILD)/libwhorl.a $(LDFLAGS) $(LIBS)

bench-facts: $(BUILD)/bench/facts ## measures what each fact costs (hello, handshakes, ...)
	$<

# How long it takes to find out whose visit it is.
$(BUILD)/bench/match: bench/match.c bench/match_world.c bench/match_world.h $(BUILD)/libwhorl.a
	@mkdir -p $(@D)
	$(CC) $(C_FLAGS) -I. -pie -o $@ bench/match.c bench/match_world.c $(BUILD)/libwhorl.a $(LDFLAGS) $(LIBS)

bench-match: $(BUILD)/bench/match ## measures matching at 1 thousand to 1 million visitors
	$< $(if $(BENCH_QUICK),--quick)

bench/agent/node_modules/.package-lock.json: bench/agent/package.json bench/agent/package-lock.json
	cd bench/agent && npm ci --no-audit --no-fund
	@touch $@

tests/node_modules/.package-lock.json: tests/package.json tests/package-lock.json
	cd tests && npm ci --no-audit --no-fund
	@touch $@

bench-agent: bench/agent/node_modules/.package-lock.json tests/node_modules/.package-lock.json ## measures the agent beside FingerprintJS and BotD
	$(NODE) bench/agent.mjs

# How long searches take among millions of events.
$(BUILD)/bench/search: bench/search.c $(BUILD)/libwhorl.a
	@mkdir -p $(@D)
	$(CC) $(C_FLAGS) -I. -pie -o $@ $< $(BUILD)/libwhorl.a $(LDFLAGS) $(LIBS)

SEARCH_EVENTS ?= 7000000
bench-search: all load $(BUILD)/bench/search ## measures searches among SEARCH_EVENTS=7000000 events, 3 GB in build/bench, kept for the next run
	$(BUILD)/bench/search --events $(SEARCH_EVENTS) --dir $(BUILD)/bench/search-data-$(SEARCH_EVENTS)
	$(NODE) bench/search_live.mjs $(BUILD) $(BUILD)/bench/search-data-$(SEARCH_EVENTS)

bench: all $(BUILD)/bench/facts $(BUILD)/bench/match $(BUILD)/bench/load $(BUILD)/bench/epoll_floor bench/fastify_sqlite/node_modules/.package-lock.json ## measures beside two yardsticks (docs/performance.md); BENCH_QUICK=1 for 30 s
	$(NODE) bench/run.mjs $(BUILD)
	$(BUILD)/bench/facts
	$(BUILD)/bench/match $(if $(BENCH_QUICK),--quick)
	WHORL=$(BUILD)/whorl $(NODE) bench/http2.mjs
	$(MAKE) --no-print-directory bench-agent

eval/node_modules/.package-lock.json: eval/package.json eval/package-lock.json
	cd eval && npm ci --no-audit --no-fund
	@touch $@

# How well devices are told apart (eval/README.md). SEED may name several; PARAMS is a file with other rates.
SEED    ?= 1
DEVICES ?= 2000
DAYS    ?= 60
accuracy: all eval/node_modules/.package-lock.json ## SEED="1 2" DEVICES=2000 [DAYS=60] [PARAMS=file] [BASELINES=1]: how well devices are told apart
	WHORL=$(abspath $(BUILD)/whorl) $(NODE) eval/accuracy.mjs --seeds "$(SEED)" --devices $(DEVICES) --days $(DAYS) --directory $(BUILD)/accuracy \
	    $(if $(PARAMS),--params "$(PARAMS)") $(if $(filter-out 0,$(BASELINES)),--baselines)

# Who is said to use a VPN because of where an address seems to be; needs tools/geo-data.
PEOPLE  ?= 5000
accuracy-vpn: all eval/node_modules/.package-lock.json ## [PEOPLE=5000] [SEED=1]: is anybody said to use a VPN for where an address lies?
	tools/geo-data
	WHORL=$(abspath $(BUILD)/whorl) $(NODE) eval/places.mjs --people $(PEOPLE) --seed "$(SEED)"

check-long: all load $(BUILD)/tests/unit/store/test_search_model ## the tests whose long counts take hours or many minutes
	$(BUILD)/tests/unit/store/test_search_model 50000 100 20
	CRASH_KILLS=500 $(NODE) --test tests/durability/crash.test.mjs

asan: ## unit tests, bad input and load under AddressSanitizer, LeakSanitizer and UBSan
	tests/sanitize.sh build-asan address,undefined

tsan: ## the same under ThreadSanitizer
	tests/sanitize.sh build-tsan thread

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1\t\2/p' $(firstword $(MAKEFILE_LIST)) | expand -t 14

FORCE:
.PHONY: help all unit ua-cases hello-cases lint fuzz fuzz-replay load bench bench-facts bench-match bench-search bench-agent accuracy accuracy-vpn check-long asan tsan FORCE

-include $(OBJECTS:.o=.d) $(UNITS:=.d) $(LOAD:.o=.d)
