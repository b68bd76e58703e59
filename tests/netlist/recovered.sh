#!/bin/sh
# What the design in an unpacked bitstream of module blocks puts out: OUT.v and OUT.txt.
# Usage: recovered.sh DEVICE PACKAGE DATABASE FILE.asc OUT, from the project's root; needs build/recover.
set -eu
device=$1 package=$2 database=$3 unpacked=$4 out=$5
here=tests/netlist

build/recover -d "$database" -p "$package" -c "$here/blocks_$device.pcf" -n blocks -o "$out.v" "$unpacked"
iverilog -g2012 -DNO_ICE40_DEFAULT_ASSIGNMENTS -o "$out.vvp" "$out.v" $here/blocks_bench.v \
    /usr/share/yosys/ice40/cells_sim.v
vvp -n "$out.vvp" > "$out.txt"
