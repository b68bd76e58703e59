#!/bin/sh
# Module blocks from source to bitstream and back: leaves in FOLDER blocks.asc (what iceunpack found), rtl.txt (what the
# RTL puts out), routed.txt and bitstream.txt (what the routed design and the recovered one put out).
# Usage: blocks.sh DEVICE PACKAGE DATABASE HARD FOLDER, from the project's root; needs build/recover.
set -eu
device=$1 package=$2 database=$3 hard=$4 folder=$5
here=tests/netlist
cells=/usr/share/yosys/ice40/cells_sim.v

yosys -q -p "read_verilog $here/blocks.v; chparam -set HARD $hard blocks; \
    synth_ice40 -top blocks $([ "$hard" = 1 ] && echo -dsp -spram) -json $folder/blocks.json"
nextpnr-ice40 -q "--$device" --package "$package" --json "$folder/blocks.json" --pcf "$here/blocks_$device.pcf" \
    --asc "$folder/placed.asc" --write "$folder/routed.json" --log "$folder/nextpnr.log"
icepack "$folder/placed.asc" "$folder/blocks.bin"
iceunpack "$folder/blocks.bin" "$folder/blocks.asc"
icepack "$folder/blocks.asc" "$folder/again.bin"
cmp "$folder/blocks.bin" "$folder/again.bin"

iverilog -g2005 "-DHARD=$hard" -o "$folder/rtl.vvp" $here/blocks.v $here/blocks_bench.v
vvp -n "$folder/rtl.vvp" > "$folder/rtl.txt"

sed '/: \[ *\],\{0,1\}$/d' "$folder/routed.json" > "$folder/connected.json"
yosys -q -l "$folder/routed.log" -p "read_verilog -sv sim/recover/routed_cells.v; \
    read_verilog -lib -nooverwrite $cells; \
    read_json $folder/connected.json; hierarchy -check -top top; proc; flatten; opt_expr; opt_clean -purge; \
    rename top blocks; write_verilog -noattr $folder/routed.v" > /dev/null
iverilog -g2012 -DNO_ICE40_DEFAULT_ASSIGNMENTS -o "$folder/routed.vvp" "$folder/routed.v" $here/blocks_bench.v $cells
vvp -n "$folder/routed.vvp" > "$folder/routed.txt"

sh $here/recovered.sh "$device" "$package" "$database" "$folder/blocks.asc" "$folder/bitstream"
