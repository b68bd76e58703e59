#!/bin/sh
# All RTL under iverilog, yosys and verilator, for every array of boards.def: a warning of any of them is a failure.
# Prints a line a check; the exit status is 0 if all are clean. Run from the project's root; needs build/hardware.vh.
set -u
failed=0
log=$(mktemp)
trap 'rm -f "$log"' EXIT

check() { # name, command...
    name=$1
    shift
    if "$@" > "$log" 2>&1 && ! grep -qiE 'warning|error|sorry' "$log"; then
        echo "clean: $name"
    else
        echo "NOT CLEAN: $name"
        cat "$log"
        failed=1
    fi
}

boards=$(build/hwgen make | sed -n 's/^PARAMETERS_\([^ ]*\) := .*/\1/p')
parameters() { build/hwgen make | sed -n "s/^PARAMETERS_$1 := //p"; }

for board in $boards; do
    # More cores of one kind are more of the same modules, and take minutes.
    [ "$(parameters "$board" | sed 's/.*CORES=\([0-9]*\).*/\1/')" -gt 16 ] && continue
    verilator_parameters="" iverilog_parameters="" yosys_parameters=""
    for parameter in $(parameters "$board"); do
        verilator_parameters="$verilator_parameters -G$parameter"
        iverilog_parameters="$iverilog_parameters -Ploom_board.$parameter"
        yosys_parameters="$yosys_parameters -set ${parameter%=*} ${parameter#*=}"
    done
    # shellcheck disable=SC2086
    check "verilator $board" verilator --lint-only -Wall -Ibuild -Irtl $verilator_parameters --top-module loom_board \
        rtl/loom_board.v
    # shellcheck disable=SC2086
    check "iverilog $board" iverilog -g2005 -Wall -Ibuild $iverilog_parameters -s loom_board -o /dev/null rtl/loom_*.v
    check "yosys $board" yosys -q -p "read_verilog -Ibuild $(echo rtl/loom_*.v); chparam $yosys_parameters loom_board; \
        hierarchy -check -top loom_board; proc; opt_clean; check -assert"
done
for top in rtl/boards/*/top.v; do
    check "yosys $top" yosys -q -p "read_verilog -Ibuild $(echo rtl/loom_*.v) $top; \
        read_verilog -lib +/ice40/cells_sim.v; hierarchy -check -top top; proc; opt_clean; check -assert"
done
exit $failed
