# nirloom: NIR networks on open FPGAs. `make help` lists the targets; everything made goes to build/.

CC        ?= gcc
CXX       ?= g++
BUILD     ?= build
WARNINGS  := -Wall -Wextra -Wconversion -Wshadow
OPTIMISE  ?= -O2
SANITIZE  ?=
CFLAGS    := -std=gnu11 -D_GNU_SOURCE -g -ffp-contract=off $(OPTIMISE) $(WARNINGS) $(SANITIZE)
PACKAGES  := hdf5 json-c libserialport zlib
INCLUDES   = -Icompiler -Iruntime -Isim -Icli -Irtl -Itests -Itests/sim -Itests/compiler $(shell pkg-config --cflags $(PACKAGES))
LIBRARIES  = $(shell pkg-config --libs $(PACKAGES)) -lm -ldl -lpthread

# The one list of what a fresh machine needs.
DEPENDENCIES := gcc g++ make pkg-config verilator yosys nextpnr-ice40 fpga-icestorm fpga-icestorm-chipdb iverilog z3 \
                libhdf5-dev libjson-c-dev libserialport-dev zlib1g-dev libcriterion-dev

V ?=
Q := $(if $(V),,@)

.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
.PHONY: all models model scaling traced-model help deps demo test test-quick fuzz-graphs test-sanitize lint formal netlist \
        netlists netlist-board registers figures diagram bench-ref variations bench fpga resources clean

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):[^#]*## /  \1\t/' | expand -t 18

# ---- what hardware.def and boards.def say --------------------------------------------------------
$(BUILD)/hwgen: rtl/hwgen.c rtl/boards.c rtl/sources.c rtl/sources.h rtl/hardware.def rtl/boards.def rtl/hardware.h
	@mkdir -p $(@D)
	$(Q)$(CC) -std=gnu11 $(WARNINGS) -Irtl -o $@ rtl/hwgen.c rtl/boards.c rtl/sources.c

$(BUILD)/hardware.vh: $(BUILD)/hwgen
	$(Q)$< verilog > $@.new; cmp -s $@.new $@ && rm $@.new || mv $@.new $@

$(BUILD)/boards.mk: $(BUILD)/hwgen
	$(Q)$< make > $@.new; cmp -s $@.new $@ && rm $@.new || mv $@.new $@

registers: docs/registers.md ## docs/registers.md from rtl/hardware.def
docs/registers.md: $(BUILD)/hwgen
	$(Q)$< markdown > $@

ifeq ($(filter help deps clean,$(MAKECMDGOALS)),)
-include $(BUILD)/boards.mk
endif

# ---- from nothing to a running network --------------------------------------------------------------------
JOBS ?= $(shell nproc)

deps: ## installs the Debian packages that are missing
	@missing=""; for package in $(DEPENDENCIES); do \
	    dpkg-query -W -f='$${Status}' $$package 2> /dev/null | grep -q 'ok installed' || missing="$$missing $$package"; done; \
	if [ -n "$$missing" ]; then \
	    echo "installing:$$missing"; \
	    if [ "$$(id -u)" = 0 ]; then run=""; else run=sudo; fi; \
	    $$run apt-get update -qq && \
	    DEBIAN_FRONTEND=noninteractive $$run apt-get install -y -qq --no-install-recommends $$missing > /dev/null; fi

DIGITS ?= 100
demo: deps ## compiles a trained MNIST network, runs DIGITS=100 test digits on the simulated board
	@$(MAKE) --no-print-directory -s -j$(JOBS) all MODELS=icebreaker
	build/nirloom compile examples/mnist/mnist.nir -o build/mnist.loom --board icebreaker
	build/nirloom eval build/mnist.loom -i examples/mnist/digits.h5 --device sim --limit $(DIGITS)

# ---- the library and the command --------------------------------------------------------------------
LIBRARY_SOURCES := $(wildcard compiler/*.c runtime/*.c sim/*.c) rtl/boards.c rtl/sources.c
COMMAND_SOURCES := $(wildcard cli/*.c)
BENCH_SOURCES   := $(wildcard tests/bench/*.c)
TEST_SOURCES    := $(filter-out $(BENCH_SOURCES) tests/rtl/read_fst.c,$(wildcard tests/*.c tests/*/*.c))
OBJECTS          = $(patsubst %.c,$(BUILD)/objects/%.o,$(1))

$(BUILD)/objects/%.o: %.c Makefile
	@mkdir -p $(@D)
	$(if $(V),,@echo compile $<)
	$(Q)$(CC) $(CFLAGS) $(INCLUDES) -MMD -MP -c -o $@ $<

# The integer model's inner loops are written to be vectorised, for several instruction sets (sim/ref_kernels.h).
KERNEL_SOURCES := sim/ref_events.c sim/ref_neurons.c
KERNEL_SETS    := $(if $(filter x86_64%,$(shell $(CC) -dumpmachine)),avx2 avx512)
KERNEL_avx2    := -mavx2 -mbmi -mpopcnt
KERNEL_avx512  := $(KERNEL_avx2) -mavx512f -mavx512bw -mavx512vl -mavx512vbmi2 -mprefer-vector-width=512
KERNEL_OBJECTS  = $(foreach set,$(KERNEL_SETS),$(KERNEL_SOURCES:%.c=$(BUILD)/objects/%.$(set).o))

define kernels
$(KERNEL_SOURCES:%.c=$(BUILD)/objects/%.$(1).o): $(BUILD)/objects/%.$(1).o: %.c Makefile
	@mkdir -p $$(@D)
	$$(if $$(V),,@echo compile $$< for $(1))
	$$(Q)$$(CC) $$(CFLAGS) $$(KERNEL_$(1)) -DREF_KERNELS=$(1) $$(INCLUDES) -MMD -MP -c -o $$@ $$<
endef
$(foreach set,$(KERNEL_SETS),$(eval $(call kernels,$(set))))
$(KERNEL_SOURCES:%.c=$(BUILD)/objects/%.o) $(KERNEL_OBJECTS): CFLAGS += $(if $(SANITIZE),,-O3 -fno-tree-slp-vectorize)

-include $(patsubst %.o,%.d,$(KERNEL_OBJECTS) $(call OBJECTS,$(LIBRARY_SOURCES) $(COMMAND_SOURCES) $(TEST_SOURCES) $(BENCH_SOURCES)))

$(BUILD)/libnirloom.a: $(call OBJECTS,$(LIBRARY_SOURCES)) $(KERNEL_OBJECTS)
	@rm -f $@
	$(if $(V),,@echo archive $@)
	$(Q)ar rcs $@ $^

# ---- the Verilated arrays -----------------------------------------------------------------------------
# Shared objects that the program loads when it simulates a board. `make` builds those of MODELS, which demo and tests
# use; `make model BOARD=sim-large` any other of boards.def. memories.h says where their memories are.
MODELS         ?= icebreaker hx8k-b-evn sim-small sim-sixteen sim-wide sim-quad sim-large sim-many
RTL            := $(wildcard rtl/loom_*.v)
MODELS_DIR     := build/models
VERILATOR_ROOT  = $(shell verilator --getenv VERILATOR_ROOT)
VERILATE       := verilator --cc -O3 --x-assign fast --x-initial fast --noassert -Wno-fatal -Ibuild -Irtl \
                  -CFLAGS '-fPIC -fvisibility=hidden'
MODEL_CXXFLAGS  = -std=c++17 -O2 -fPIC -fvisibility=hidden -Wall -Wextra -Isim -isystem $(VERILATOR_ROOT)/include \
                  -isystem $(VERILATOR_ROOT)/include/vltstd
MODEL_OBJECTS  := $(patsubst %,$(MODELS_DIR)/%.so,$(subst -,_,$(MODELS))) $(MODELS_DIR)/icebreaker_board.so

# Arrays of several cores are built from one model of a core, in seconds; otherwise verilator looks at each core anew.
hierarchical = $(if $(filter CORES=1,$(PARAMETERS_$(1))),,--hierarchical)

# $(1) file, $(2) board's id, $(3) top module, $(4) shim, $(5) further parameters; for a model with traces $(6) what
# verilator takes, $(7) what the shim takes, $(8) what is linked
define model
$(MODELS_DIR)/$(1).so: $$(RTL) build/hardware.vh build/boards.mk sim/$(4).cpp sim/model.h sim/memories.sh $(MODELS_DIR)/runtime.a \
        $(filter %.a,$(8))
	@rm -rf $(MODELS_DIR)/$(1)
	@mkdir -p $(MODELS_DIR)/$(1)
	$$(if $$(V),,@echo verilate $(1))
	$$(Q)build/hwgen sources > $(MODELS_DIR)/$(1)/sources
	$$(Q)$(VERILATE) --prefix V$(1) --top-module $(3) $(addprefix -G,$(PARAMETERS_$(2)) $(5)) $(6) \
	    -Mdir $(MODELS_DIR)/$(1) rtl/$(3).v > $(MODELS_DIR)/$(1).log 2>&1 \
	    || { cat $(MODELS_DIR)/$(1).log; exit 1; }
	$$(Q)$$(MAKE) -s -C $(MODELS_DIR)/$(1) -f V$(1)$(if $(filter --hierarchical,$(6)),_hier).mk OPT_FAST=-O2 OPT_SLOW=-O1 \
	    >> $(MODELS_DIR)/$(1).log 2>&1 || { cat $(MODELS_DIR)/$(1).log; exit 1; }
	$$(Q)sh sim/memories.sh $(MODELS_DIR)/$(1) V$(1) > $(MODELS_DIR)/$(1)/memories.h
	$$(Q)$(CXX) $$(MODEL_CXXFLAGS) -Irtl -shared -isystem $(MODELS_DIR)/$(1) -DMODEL_CLASS=V$(1) \
	    '-DMODEL_HEADER="V$(1).h"' '-DMODEL_BOARD="$(subst _,-,$(2))"' -DMODEL_SYMBOL=$(4) \
	    "-DMODEL_SOURCES=\"$$$$(cat $(MODELS_DIR)/$(1)/sources)\"" \
	    $(if $(filter model,$(4)),'-DMODEL_MEMORIES_HEADER="memories.h"') $(7) -o $$@ sim/$(4).cpp \
	    $(MODELS_DIR)/$(1)/V$(1)__ALL.a $$$$(find $(MODELS_DIR)/$(1) -name 'lib*.a') $(8) $(MODELS_DIR)/runtime.a \
	    -lpthread
endef
$(foreach id,$(BOARDS),$(eval $(call model,$(id),$(id),loom_array,model,,$(call hierarchical,$(id)))))
$(foreach id,$(BOARDS),$(eval $(call model,$(id)_traced,$(id),loom_array,model,,--trace-fst,-DMODEL_TRACED,\
    $(MODELS_DIR)/trace.a -lz)))
$(eval $(call model,icebreaker_board,icebreaker,loom_board,board_model,DIVIDER=$(DIVIDER_icebreaker)))

$(MODELS_DIR)/runtime.a:
	@mkdir -p $(MODELS_DIR)/runtime
	$(Q)for unit in verilated verilated_threads; do \
	    $(CXX) -std=c++17 -O2 -fPIC -fvisibility=hidden -w -I$(VERILATOR_ROOT)/include \
	        -I$(VERILATOR_ROOT)/include/vltstd -c -o $(MODELS_DIR)/runtime/$$unit.o \
	        $(VERILATOR_ROOT)/include/$$unit.cpp || exit 1; done
	$(Q)ar rcs $@ $(MODELS_DIR)/runtime/verilated.o $(MODELS_DIR)/runtime/verilated_threads.o

$(MODELS_DIR)/trace.a:
	@mkdir -p $(MODELS_DIR)/runtime
	$(Q)$(CXX) -std=c++17 -O2 -fPIC -fvisibility=hidden -w -I$(VERILATOR_ROOT)/include \
	    -I$(VERILATOR_ROOT)/include/vltstd -c -o $(MODELS_DIR)/runtime/verilated_fst_c.o \
	    $(VERILATOR_ROOT)/include/verilated_fst_c.cpp
	$(Q)ar rcs $@ $(MODELS_DIR)/runtime/verilated_fst_c.o

BOARD ?= icebreaker

models: $(MODEL_OBJECTS) ## the simulated arrays of MODELS="icebreaker sim-quad ..."; those that demo and tests use

model: $(MODELS_DIR)/$(subst -,_,$(BOARD)).so ## the simulated array of one board, BOARD=sim-large, for --device sim

traced-model: $(MODELS_DIR)/$(subst -,_,$(BOARD))_traced.so ## the same with traces, BOARD=icebreaker, for run --trace

LINKED = $(BUILD)/libnirloom.a $(LIBRARIES)

$(BUILD)/nirloom: $(call OBJECTS,$(COMMAND_SOURCES)) $(BUILD)/libnirloom.a
	$(if $(V),,@echo link $@)
	$(Q)$(CC) $(SANITIZE) -o $@ $(call OBJECTS,$(COMMAND_SOURCES)) $(LINKED)

all: $(BUILD)/nirloom build/hardware.vh models ## build/nirloom, libnirloom.a and the simulated arrays

# ---- netlists: synthesised, routed, recovered from the bitstream; then simulated (docs/netlists.md) ------------
NETLIST ?= sim_small
NETLIST_KINDS := synthesis routed bitstream
# For arrays without a part of their own. The pins of a part's netlists are in rtl/boards/array/.
NETLIST_PART ?= up5k-sg48
NETLIST_SEEDS ?= 1 2 3
NETLIST_MHZ  ?= 30
ICE40_CELLS := /usr/share/yosys/ice40/cells_sim.v
CHIP_DATABASES ?= /usr/share/fpga-icestorm/chipdb
# $(1) id: its part as nextpnr names device and package, and the database of that device
netlist_part     = $(or $(PART_$(1)),$(NETLIST_PART))
netlist_device   = $(firstword $(subst -, ,$(call netlist_part,$(1))))
netlist_package  = $(lastword $(subst -, ,$(call netlist_part,$(1))))
netlist_database = $(CHIP_DATABASES)/chipdb-$(patsubst hx4k,8k,$(patsubst hx%,%,$(patsubst up%,%,$(call netlist_device,$(1))))).txt

# What lies between is kept.
.SECONDARY: $(foreach end,synthesis.v synthesis.json sources asc bin unpacked.asc routed.json routed.v bitstream.v, \
    $(BOARDS:%=build/netlist/%.$(end)))

build/netlist/%.synthesis.v build/netlist/%.synthesis.json build/netlist/%.sources: $(RTL) build/hardware.vh build/boards.mk
	@mkdir -p $(@D)
	$(if $(V),,@echo synthesise $*)
	$(Q)build/hwgen sources > build/netlist/$*.sources
	$(Q)yosys -q -l build/netlist/$*.synthesis.log -p "read_verilog -Ibuild $(RTL); \
	    chparam $(foreach parameter,$(PARAMETERS_$*),-set $(subst =, ,$(parameter))) loom_array; \
	    synth_ice40 -top loom_array $(SYNTHESIS_$*); \
	    write_verilog -noattr build/netlist/$*.synthesis.v; write_json build/netlist/$*.synthesis.json" > /dev/null
	@! grep -iE 'warning' build/netlist/$*.synthesis.log | grep -v 'ABC: Warning: The network is combinational'

# Simulated netlists have no delays: the clock that was reached is nextpnr's to tell, not to fail by. Where a seed
# cannot be routed the next one is tried.
build/netlist/%.asc build/netlist/%.routed.json: build/netlist/%.synthesis.json $(wildcard rtl/boards/array/*.pcf)
	$(if $(V),,@echo place and route $*)
	$(Q)for seed in $(NETLIST_SEEDS); do \
	    nextpnr-ice40 -q --$(call netlist_device,$*) --package $(call netlist_package,$*) --json $< \
	        --pcf rtl/boards/array/$(call netlist_part,$*).pcf --freq $(NETLIST_MHZ) --seed $$seed \
	        --timing-allow-fail --asc build/netlist/$*.asc --write build/netlist/$*.routed.json \
	        --log build/netlist/$*.nextpnr.log > build/netlist/$*.nextpnr.err 2>&1 && exit 0; \
	    echo "seed $$seed cannot be routed"; done; tail build/netlist/$*.nextpnr.err; exit 1

# Pins that nextpnr left open are no entries of the list, so that the cells' defaults hold.
build/netlist/%.routed.v: build/netlist/%.routed.json sim/recover/routed_cells.v
	$(Q)sed '/: \[ *\],\{0,1\}$$/d' $< > build/netlist/$*.connected.json
	$(Q)yosys -q -l build/netlist/$*.routed.log -p "read_verilog -sv sim/recover/routed_cells.v; \
	    read_verilog -lib -nooverwrite $(ICE40_CELLS); read_json build/netlist/$*.connected.json; \
	    hierarchy -check -top top; proc; flatten; opt_expr; opt_clean -purge; rename top loom_array; \
	    write_verilog -noattr $@" > /dev/null
	@rm build/netlist/$*.connected.json

build/netlist/%.bin: build/netlist/%.asc
	$(Q)icepack $< $@

# From here on the bitstream is all there is; what iceunpack finds in it must be all of it.
build/netlist/%.unpacked.asc: build/netlist/%.bin
	$(Q)iceunpack $< $@
	$(Q)icepack $@ build/netlist/$*.again.bin
	$(Q)cmp $< build/netlist/$*.again.bin
	@rm build/netlist/$*.again.bin

build/recover: $(wildcard sim/recover/*.c sim/recover/*.h)
	@mkdir -p $(@D)
	$(if $(V),,@echo link $@)
	$(Q)$(CC) $(CFLAGS) -o $@ $(filter %.c,$^)

build/netlist/%.bitstream.v: build/netlist/%.unpacked.asc build/recover
	$(if $(V),,@echo recover $@)
	$(Q)build/recover -d $(call netlist_database,$*) -p $(call netlist_package,$*) \
	    -c rtl/boards/array/$(call netlist_part,$*).pcf -n loom_array -o $@ $<

# $(1) file, $(2) top module
define verilate_netlist
	$(Q)verilator --cc -O3 --x-assign fast --x-initial fast --noassert -Wno-fatal -Wno-lint -Wno-style \
	    -DNO_ICE40_DEFAULT_ASSIGNMENTS --prefix Vnetlist_$(subst .,_,$(1)) --top-module $(2) -Mdir build/netlist/$(1) \
	    -CFLAGS '-fPIC -fvisibility=hidden' build/netlist/$(1).v $(ICE40_CELLS) > build/netlist/$(1).verilator.log 2>&1 \
	    || { cat build/netlist/$(1).verilator.log; exit 1; }
	$(Q)$(MAKE) -s -C build/netlist/$(1) -f Vnetlist_$(subst .,_,$(1)).mk OPT_FAST=-O1 OPT_SLOW=-O0 \
	    Vnetlist_$(subst .,_,$(1))__ALL.a >> build/netlist/$(1).verilator.log 2>&1 \
	    || { cat build/netlist/$(1).verilator.log; exit 1; }
endef
# $(1) file, $(2) shim, $(3) what it takes, $(4) file of the sources' identity
link_netlist = $(CXX) $(MODEL_CXXFLAGS) -shared -isystem build/netlist/$(1) -DMODEL_CLASS=Vnetlist_$(subst .,_,$(1)) \
    '-DMODEL_HEADER="Vnetlist_$(subst .,_,$(1)).h"' '-DMODEL_BOARD="$(subst _,-,$(basename $(1)))"' \
    -DMODEL_SYMBOL=model_netlist "-DMODEL_SOURCES=\"$$(cat build/netlist/$(4).sources)\"" $(3) -o $@ sim/$(2).cpp \
    build/netlist/$(1)/Vnetlist_$(subst .,_,$(1))__ALL.a \
    $(MODELS_DIR)/runtime.a -lpthread

# The stem is id.kind.
.SECONDEXPANSION:
build/netlist/%.so: build/netlist/%.v $$(basename build/netlist/$$*).sources sim/model.cpp sim/model.h \
        $(MODELS_DIR)/runtime.a
	$(if $(V),,@echo verilate $@)
	$(call verilate_netlist,$*,loom_array)
	$(Q)$(call link_netlist,$*,model,,$(basename $*))

netlist: build/netlist/$(NETLIST).synthesis.so ## the simulated netlist of NETLIST=sim_small, for --device netlist
# The bitstream of a whole board, as it is flashed, behind its serial line.
NETLIST_BOARD ?= icebreaker
$(foreach end,bin sources,$(BOARDS:%=build/netlist/%.board.$(end))): ; # made by take-ID alone

build/netlist/%.board.v: build/netlist/%.board.unpacked.asc build/recover
	$(if $(V),,@echo recover $@)
	$(Q)build/recover -d $(call netlist_database,$*) -p $(call netlist_package,$*) -c rtl/boards/$*/$*.pcf -n top \
	    -o $@ $<

build/netlist/%.board.so: build/netlist/%.board.v build/netlist/%.board.sources sim/top_model.cpp sim/model.h \
        $(MODELS_DIR)/runtime.a
	$(if $(V),,@echo verilate $@)
	$(call verilate_netlist,$*.board,top)
	$(Q)$(call link_netlist,$*.board,top_model,-DMODEL_DIVIDER=$(DIVIDER_$*),$*.board)

# A board's bitstream, just built, is taken over from build/ID where it is another one, so that what follows is kept.
take-%:
	@mkdir -p build/netlist
	@cmp -s build/$*/$*.bin build/netlist/$*.board.bin || cp build/$*/$*.bin build/netlist/$*.board.bin
	@build/hwgen sources | cmp -s - build/netlist/$*.board.sources || build/hwgen sources > build/netlist/$*.board.sources

netlist-board: $(BUILD)/nirloom ## the simulated bitstream of NETLIST_BOARD=icebreaker, for --device netlist:board
	$(BUILD)/nirloom build --board $(subst _,-,$(NETLIST_BOARD)) -o build/$(NETLIST_BOARD)
	@$(MAKE) --no-print-directory take-$(NETLIST_BOARD)
	@$(MAKE) --no-print-directory build/netlist/$(NETLIST_BOARD).board.so

netlists: $(NETLIST_KINDS:%=build/netlist/$(NETLIST).%.so) ## the same after synthesis, routed, and from the bitstream

# ---- tests ------------------------------------------------------------------------------------------------
TEST_OBJECTS = $(call OBJECTS,$(TEST_SOURCES) $(filter-out cli/main.c,$(COMMAND_SOURCES)))
$(BUILD)/tests: $(TEST_OBJECTS) $(BUILD)/libnirloom.a
	$(if $(V),,@echo link $@)
	$(Q)$(CC) $(SANITIZE) -o $@ $(TEST_OBJECTS) $(LINKED) $(shell pkg-config --libs criterion)

# Suites that spend their time in other programs or in the simulated arrays, which the sanitizers do not see.
SLOW_SUITES := trace|accuracy|formal|lint|build|lockstep|published|netlist|link_rtl|demo

test: deps ## everything: installs, builds, runs all tests; Criterion's synthesis is the last line
	$(MAKE) -j$(JOBS) all $(BUILD)/tests $(BUILD)/scaling netlists $(MODELS_DIR)/icebreaker_traced.so
	$(MAKE) test-sanitize
	@[ -d "$${NIRLOOM_DATA:-../shared/data}" ] || echo "tests: no shared data sets at $${NIRLOOM_DATA:-../shared/data}:" \
	    "those that compare with them are skipped and not counted"
	$(BUILD)/tests -j$(JOBS) --timeout 2400

test-quick: all $(BUILD)/tests ## the tests that take seconds
	$(BUILD)/tests -j$(JOBS) --filter '!($(SLOW_SUITES))/*'

N    ?= 1000
SEED ?= 1
fuzz-graphs: all $(BUILD)/tests ## ref against the simulated arrays on N random graphs from SEED on
	NIRLOOM_GRAPHS=$(N) NIRLOOM_SEED=$(SEED) $(BUILD)/tests -j$(JOBS) --filter 'lockstep/random_graphs*'

test-sanitize: all ## the C tests under AddressSanitizer and UndefinedBehaviorSanitizer
	$(MAKE) -j$(JOBS) BUILD=build/sanitize OPTIMISE=-O1 \
	    SANITIZE='-fsanitize=address,undefined -fno-sanitize-recover=all' build/sanitize/nirloom build/sanitize/tests
	LSAN_OPTIONS=suppressions=tests/fuzz/leaks.supp:print_suppressions=0 \
	NIRLOOM=build/sanitize/nirloom NIRLOOM_HOME=$(CURDIR) build/sanitize/tests -j$(JOBS) --timeout 900 \
	    --filter '!($(SLOW_SUITES))/*'

lint: build/hardware.vh ## all RTL under iverilog, yosys and verilator, without a warning
	sh tests/rtl/lint.sh

formal: build/hardware.vh ## the proofs, with yosys-smtbmc and z3
	sh tests/formal/run.sh

# Programs of measurements, each of its objects and the library.
BENCH_PROGRAMS := primitives bench-ref compare-netlist step-costs scaling scaling-measure variations
$(BUILD)/primitives: $(call OBJECTS,tests/bench/primitives.c tests/sim/primitives.c tests/sim/fidelity.c)
$(BUILD)/bench-ref: $(call OBJECTS,tests/bench/bench_ref.c)
$(BUILD)/compare-netlist: $(call OBJECTS,tests/bench/compare_netlist.c tests/sim/lockstep.c)
$(BUILD)/step-costs: $(call OBJECTS,tests/bench/step_costs.c)
$(BUILD)/variations: $(call OBJECTS,tests/bench/variations.c tests/trained_networks.c tests/support.c)
$(BUILD)/scaling: $(call OBJECTS,tests/bench/scaling.c tests/support.c)
$(BUILD)/scaling-measure: $(call OBJECTS,tests/bench/scaling_measure.c)
$(BENCH_PROGRAMS:%=$(BUILD)/%): $(BUILD)/libnirloom.a
	$(if $(V),,@echo link $@)
	$(Q)$(CC) $(SANITIZE) -o $@ $(filter %.o,$^) $(LINKED)

$(BUILD)/bench-energy: $(call OBJECTS,tests/bench/energy.c) $(BUILD)/libnirloom.a
	$(Q)$(CC) $(SANITIZE) -o $@ $^ $(LIBRARIES)

# The bare loop is linked with the very code of the model that it is measured against.
$(BUILD)/bench-sim: tests/bench/bench_sim.cpp $(BUILD)/libnirloom.a $(MODELS_DIR)/icebreaker.so
	$(if $(V),,@echo link $@)
	$(Q)$(CXX) $(MODEL_CXXFLAGS) $(INCLUDES) -isystem $(MODELS_DIR)/icebreaker -DMODEL_CLASS=Vicebreaker \
	    '-DMODEL_HEADER="Vicebreaker.h"' '-DMODEL_BOARD="icebreaker"' -o $@ tests/bench/bench_sim.cpp \
	    $(MODELS_DIR)/icebreaker/Vicebreaker__ALL.a $(BUILD)/libnirloom.a $(MODELS_DIR)/runtime.a $(LIBRARIES)

# The reader of traces that comes with Verilator.
FST = $(VERILATOR_ROOT)/include/gtkwave
build/diagram: tests/bench/diagram.c rtl/hardware.h rtl/hardware.def
	@mkdir -p $(@D)
	$(if $(V),,@echo link $@)
	$(Q)$(CC) $(CFLAGS) -Irtl -isystem $(FST) -c -o $@.o $<
	$(Q)$(CC) -O2 -w -I$(FST) '-DFST_CONFIG_INCLUDE="fst_config.h"' -o $@ $@.o $(FST)/fstapi.c $(FST)/fastlz.c \
	    $(FST)/lz4.c -lz

diagram: $(BUILD)/nirloom build/diagram $(MODELS_DIR)/icebreaker_traced.so ## docs/hardware.md: a step of a small network, cycle by cycle, from its trace
	sh tests/bench/figures.sh diagram

SCALES ?= 1 4 16 64 256
scaling: $(BUILD)/nirloom $(BUILD)/scaling $(BUILD)/scaling-measure ## docs/figures.md: strong scaling, simulated on SCALES="1 4 16 64 256" cores
	$(MAKE) --no-print-directory models MODELS='$(SCALES:%=sim-scale-%)'
	sh tests/bench/figures.sh scaling $(SCALES)

PYTHON ?= /usr/bin/python3
bench-ref: $(BUILD)/bench-ref ## docs/figures.md: ref beside PyTorch (needs python3-torch, python3-h5py and the shared data sets)
	sh tests/bench/figures.sh ref $(PYTHON)

variations: $(BUILD)/variations ## docs/figures.md: accuracy on varied networks and samples (needs the shared data sets, takes minutes)
	sh tests/bench/figures.sh variations

# Sections of tests/bench/figures.sh: those that are the same on every machine, and timings. What a section needs
# stands beside bench; a section that cannot run here says so and is left out.
FIGURES := array demo primitives energy steps split
TIMINGS := sim ref

figures: all $(BUILD)/primitives $(BUILD)/bench-energy $(BUILD)/step-costs ## the tables that are the same on every machine, but for place and route
	$(Q)for section in $(FIGURES); do sh tests/bench/figures.sh $$section || exit 1; done

bench: figures $(BUILD)/bench-sim $(MODELS_DIR)/icebreaker_traced.so $(BUILD)/bench-ref ## all tables of docs/figures.md but those of place and route
	$(Q)for section in $(TIMINGS); do \
	    if [ $$section = ref ] && ! { [ -d "$${NIRLOOM_DATA:-../shared/data}" ] && \
	            $(PYTHON) -c 'import torch, h5py' 2> /dev/null; }; then \
	        echo "bench: ref is left out: it needs python3-torch, python3-h5py and the shared data sets"; continue; fi; \
	    sh tests/bench/figures.sh $$section $$([ $$section = ref ] && echo $(PYTHON)) || exit 1; done

# Boards, and those of them whose arrays are routed by themselves, one a part. What was made is taken from build/cache
# and build/netlist: `make fpga` goes on where it was stopped.
FPGA_BOARDS := icebreaker upduino3 hx8k_b_evn
FPGA_ARRAYS := icebreaker hx8k_b_evn
fpga: all $(BUILD)/compare-netlist ## bitstreams of all boards on seeds 1, 2, 3, a network on each and on netlists of each part, and docs/figures.md
	set -e; for id in $(FPGA_BOARDS); do board=$$(echo $$id | tr _ -); \
	    $(BUILD)/nirloom build --board $$board -o build/$$id --seeds 1,2,3 --json > build/$$board.json; done
	sh tests/bench/figures.sh fpga $(subst _,-,$(FPGA_BOARDS))
	$(MAKE) --no-print-directory models MODELS='$(FPGA_BOARDS)'
	set -e; for id in $(FPGA_ARRAYS); do $(MAKE) --no-print-directory netlists NETLIST=$$id; done
	$(MAKE) --no-print-directory $(FPGA_BOARDS:%=take-%)
	$(MAKE) --no-print-directory $(FPGA_BOARDS:%=build/netlist/%.board.so)
	sh tests/bench/figures.sh netlists $(subst _,-,$(FPGA_BOARDS))

resources: $(BUILD)/hwgen build/hardware.vh ## cells of 1, 4 and 16 cores on ECP5 and Xilinx 7, by yosys alone, and docs/figures.md
	sh tests/bench/figures.sh resources

clean: ## removes build/
	rm -rf build
