#!/bin/sh
# Rewrites one section of docs/figures.md, and the same in README.md, from what the command prints as JSON.
#   figures.sh array             the example network on every array, 8 and 4 bit, all its samples
#   figures.sh demo              what `make demo` shows
#   figures.sh fpga BOARD...     what `nirloom build --json` printed to build/BOARD.json; rtl/built.def gets its cells
#   figures.sh netlists BOARD... a whole network on every netlist and bitstream of `make fpga`; fails on a difference
#   figures.sh diagram           a step of a small network, cycle by cycle, from a trace of the simulated icebreaker
#   figures.sh resources         cells of the array on other families
#   figures.sh ref PYTHON        the integer model beside PyTorch
#   figures.sh variations       accuracy on varied networks and samples
#   figures.sh sim               speed of simulated arrays
#   figures.sh primitives        how close the array comes for each NIR primitive
#   figures.sh scaling CORES...  strong scaling on sim-scale-CORES; NETWORKS
#   figures.sh energy            constants of the energy estimate, and what it was checked with
# Cycles, cells and clocks of a seed are the same on every machine; timings of a host are those of ref and sim.
set -eu

value() { # file, key: the first scalar of that key in json-c's one-key-a-line print
    sed -n "s/^ *\"$2\": *\([^,]*\),*\$/\1/p" "$1" | head -1 | tr -d '"'
}

list() { # file, key: the numbers of a list, separated by ", "
    tr -d '\n' < "$1" | sed -n "s/.*\"$2\": *\[\([^]]*\)\].*/\1/p" | tr -d ' ' | sed 's/,/, /g'
}

rounded() { # a list on standard input, one decimal each
    awk -F', ' '{ for (i = 1; i <= NF; i++) printf("%s%.1f", (i > 1 ? ", " : ""), $i) }'
}

# Where a section stands. A new one is a function NAME_rows, markers in a page and, if that is another, a line here.
pages_of() {
    case $1 in
    array | fpga) echo 'docs/figures.md README.md' ;;
    primitives | demo) echo 'README.md' ;;
    energy) echo 'docs/energy.md' ;;
    diagram) echo 'docs/hardware.md' ;;
    *) echo 'docs/figures.md' ;;
    esac
}

array_rows() {
    echo '| board | cores x lanes | weights | accuracy % (float) | cycles a sample | synaptic operations a cycle | latency us |'
    echo '| --- | --- | --- | --- | --- | --- | --- |'
    for board in icebreaker sim-wide sim-sixteen sim-quad sim-large; do
        for bits in 8 4; do
            build/nirloom eval examples/mnist/mnist.nir -i examples/mnist/digits.h5 --board "$board" \
                --weight-bits "$bits" --scales population --json > "$work" 2> /dev/null
            [ "$(value "$work" equal_to_ref)" = true ]
            shape=$(build/hwgen make | sed -n "s/^PARAMETERS_$(echo "$board" | tr - _) := CORES=\([0-9]*\) LANES=\([0-9]*\).*/\1 x \2/p")
            awk -v board="$board" -v bits="$bits" -v shape="$shape" -v accuracy="$(value "$work" accuracy)" \
                -v oracle="$(value "$work" float_accuracy)" -v cycles="$(value "$work" cycles)" \
                -v samples="$(value "$work" samples)" -v rate="$(value "$work" synops_per_cycle)" \
                -v latency="$(value "$work" latency_us)" 'BEGIN {
                    printf "| %s | %s | %s bit | %.1f (%.1f) | %.0f | %.2f | %.0f |\n", board, shape, bits,
                        100 * accuracy, 100 * oracle, cycles / samples, rate, latency }'
        done
    done
}

used_of() { # file, nextpnr's name: how many are used, and how many the part has
    awk -v key="\"$2\":" '$1 == key { sub(/,$/, "", $2); seen = seen (seen == "" ? "" : " of ") $2 }
        END { print seen == "" || seen ~ /^0/ ? (seen ~ / of [1-9]/ ? seen : "none") : seen }' "$1"
}

fpga_row() { # name, figure of the peer, command that prints a board's: a row of all boards
    name=$1 peer=$2
    shift 2
    row="| $name |"
    for board in $boards; do
        row="$row $("$@" "build/$board.json") |"
    done
    echo "$row $peer |"
}

fpga_clocks() { list "$1" clock_mhz | rounded; }
fpga_icetime() { list "$1" icetime_mhz | rounded; }
fpga_part() { value "$1" part; }
fpga_target() { value "$1" target_mhz; }
fpga_cells() { used_of "$1" ICESTORM_LC; }
fpga_ram() { used_of "$1" ICESTORM_RAM; }
fpga_spram() { used_of "$1" ICESTORM_SPRAM; }
fpga_dsp() { used_of "$1" ICESTORM_DSP; }
fpga_path() {
    sed -n 's/.*"critical_path": "\(.*\)",*$/\1/p' "$1" | sed 's/_SB_[A-Za-z0-9_]*//g; s/u_board.u_array.//g; s/u_board.//g'
}

keep_cells() { # board, logic cells: what the energy estimate knows of the design
    awk -v id="$(echo "$1" | tr - _)" -v cells="$2" '
        index($0, "BUILT(" id ",") == 1 { print "BUILT(" id ", " cells ")"; found = 1; next }
        { print }
        END { if (!found) print "BUILT(" id ", " cells ")" }' rtl/built.def > "$work"
    cp "$work" rtl/built.def
}

fpga_rows() { # boards
    boards=$*
    for board in $boards; do
        keep_cells "$board" "$(value "build/$board.json" ICESTORM_LC)"
    done
    row='| figure |' rule='| --- |'
    for board in $boards; do
        row="$row $board |" rule="$rule --- |"
    done
    echo "$row SYNtzulu |"
    echo "$rule --- |"
    fpga_row 'part' up5k-sg48 fpga_part
    fpga_row 'clock, nextpnr, a seed (MHz)' 26.8 fpga_clocks
    fpga_row 'clock, icetime (MHz)' 25.3 fpga_icetime
    fpga_row 'clock of the array (MHz)' 24 fpga_target
    fpga_row 'logic cells' 3473 fpga_cells
    fpga_row 'block RAM' 17 fpga_ram
    fpga_row 'SPRAM' 4 fpga_spram
    fpga_row 'multipliers' 2 fpga_dsp
    fpga_row 'critical path' '' fpga_path
}

# A network that fits the board, and data.
network_of() { # board
    case $1 in
    hx8k-b-evn) echo examples/digits8x8/digits8x8.nir examples/digits8x8/digits.h5 ;;
    *) echo examples/mnist/mnist.nir examples/mnist/digits.h5 ;;
    esac
}

# The arrays that were routed by themselves, and every board: outputs and states alone, or outputs, of every step.
netlists_rows() { # boards
    mkdir -p build/whole
    echo '| board | device | network | samples x steps | equal in every step | values other than 0 | cycles, those of `sim` |'
    echo '| --- | --- | --- | --- | --- | --- | --- |'
    for board in "$@"; do
        # shellcheck disable=SC2046
        set -- $(network_of "$board")
        build/nirloom compile "$1" -o "build/whole/$board.loom" --board "$board" > "$work" 2>&1 || { cat "$work" >&2; exit 1; }
        for kind in synthesis routed bitstream board; do
            netlist=build/netlist/$(echo "$board" | tr - _).$kind.so
            samples=3 compared='outputs, states, cycles' alone=
            [ $kind = board ] && samples=1 compared='outputs, cycles' alone=outputs
            # Boards of one part have one array.
            [ $kind = board ] || [ -f "$netlist" ] || continue
            # shellcheck disable=SC2086
            build/compare-netlist "build/whole/$board.loom" "$2" $samples "$netlist" $alone > "$work"
            read -r samples steps values cycles < "$work"
            echo "| $board | \`netlist:$kind\` | $(basename "$1" .nir) | $samples x $steps | $compared | $values | $cycles |"
        done
    done
}

diagram_rows() {
    mkdir -p build/diagram-trace
    build/nirloom run tests/micro/rec_two_pop_loop.nir -i tests/micro/rec_two_pop_loop.h5 --limit 1 \
        -o build/diagram-trace/out.h5 --trace build/diagram-trace/wave.fst 2> /dev/null
    build/diagram build/diagram-trace/wave.fst 3 > "$work"
    sed 's/^\(.\)/    \1/; s/ *$//' "$work"
    rm -r build/diagram-trace
}

demo_rows() {
    echo '```'
    for command in 'build/nirloom compile examples/mnist/mnist.nir -o build/mnist.loom --board icebreaker' \
        'build/nirloom eval build/mnist.loom -i examples/mnist/digits.h5 --device sim --limit 100'; do
        echo "$command"
        $command 2>&1
    done
    echo '```'
}

ref_rows() {
    build/bench-ref "$1"
}

primitives_rows() {
    build/primitives
}

# The clock of this machine, in seconds, for so many samples at a time.
seconds_of() {
    start=$(date +%s.%N)
    build/nirloom eval build/bench.loom -i examples/mnist/digits.h5 --float-samples 0 --jobs "$1" > /dev/null
    echo "$start $(date +%s.%N)" | awk '{ printf "%.2f", $2 - $1 }'
}

sim_rows() {
    echo '| array | `sim`, million cycles a second | bare clock loop | `sim` / bare | with `--trace` |'
    echo '| --- | --- | --- | --- | --- |'
    for board in icebreaker sim-quad sim-large; do
        build/nirloom compile examples/mnist/mnist.nir -o build/bench.loom --board "$board" 2> /dev/null
        if [ "$board" = icebreaker ]; then
            build/bench-sim build/bench.loom examples/mnist/digits.h5 10 build/bench.fst
        else
            build/bench-sim build/bench.loom examples/mnist/digits.h5 3
        fi
    done
    build/nirloom compile examples/mnist/mnist.nir -o build/bench.loom 2> /dev/null
    one=$(seconds_of 1)
    two=$(seconds_of 2)
    echo
    echo "\`eval\` of 200 digits on icebreaker: $one s with \`--jobs 1\`, $two s with \`--jobs 2\`, by the clock, on $(nproc)" \
        "processors with $(cut -d' ' -f1 /proc/loadavg) processes that want one."
    rm -f build/bench.loom build/bench.fst
}

# Eight steps once the pipeline is full. An array that a network does not fit is left out.
scaling_rows() { # cores...
    mkdir -p build/networks
    build/scaling build/networks
    echo '| network | cores | cycles a step | speed-up | efficiency | predicted | off | outputs equal to ref |'
    echo '| --- | --- | --- | --- | --- | --- | --- | --- |'
    for network in ${NETWORKS:-dense convolutional narrow}; do
        first=
        for cores in "$@"; do
            build/nirloom compile "build/networks/$network.nir" -o build/networks/bench.loom --pipeline on \
                --board "sim-scale-$cores" 2> "$work" || { grep 'does not fit' "$work" >&2 && continue; }
            build/scaling-measure build/networks/bench.loom "build/networks/$network.h5" 16 8 > "$work"
            read -r cycles predicted equal fired < "$work"
            first=${first:-$cycles}
            awk -v network="$network" -v cores="$cores" -v cycles="$cycles" -v first="$first" -v equal="$equal" \
                -v predicted="$predicted" -v one="$1" -v fired="$fired" 'BEGIN {
                    printf "| %s | %d | %.0f | %.2f | %.0f %% | %.0f | %.1f %% | %s, %d spikes |\n", network, cores, cycles,
                        first / cycles, 100 * first * one / cycles / cores, predicted, 100 * (predicted / cycles - 1), equal,
                        fired }'
        done
    done
    rm -f build/networks/bench.loom
}

energy_rows() {
    build/bench-energy
}

# Cells whose names match a pattern in the last part of yosys's statistics, which has the whole design.
cells() { # file, pattern
    awk -v pattern="^($2)\$" '/design hierarchy/ { sum = 0; whole = 1 } whole && NF == 2 && $1 ~ pattern { sum += $2 }
        END { print sum + 0 }' "$1"
}

resources_rows() {
    echo '| family | cores x lanes | LUTs | flip-flops | carry cells | block RAM | DSP blocks |'
    echo '| --- | --- | --- | --- | --- | --- | --- |'
    for family in ecp5 xilinx; do
        for cores in 1 4 16; do
            id=sim_quad
            [ $cores = 1 ] && id=icebreaker
            settings=
            for parameter in $(build/hwgen make | sed -n "s/^PARAMETERS_$id := //p"); do
                settings="$settings -set ${parameter%=*} ${parameter#*=}"
            done
            flow="synth_ecp5 -noflatten"
            [ $family = xilinx ] && flow="synth_xilinx -family xc7"
            yosys -q -p "read_verilog -Ibuild $(echo rtl/loom_*.v); chparam $settings -set CORES $cores loom_array;
                $flow -top loom_array; tee -q -o $work stat" > /dev/null
            if [ $family = ecp5 ]; then
                echo "| ECP5 | $cores x 8 | $(cells "$work" LUT4) | $(cells "$work" TRELLIS_FF) | $(cells "$work" CCU2C) |" \
                    "$(cells "$work" DP16KD) DP16KD | $(cells "$work" MULT18X18D) |"
            else
                echo "| Xilinx 7 | $cores x 8 | $(cells "$work" 'LUT[1-6]') | $(cells "$work" 'FD[A-Z]*(_1)?') |" \
                    "$(cells "$work" CARRY4) | $(cells "$work" RAMB36E1) RAMB36E1, $(cells "$work" RAMB18E1) RAMB18E1 |" \
                    "$(cells "$work" DSP48E1) |"
            fi
        done
    done
}

variations_rows() {
    build/variations
}

steps_rows() {
    build/step-costs dense
}

# Shares of cycles; networks that are not here are left out.
split_rows() {
    data=${NIRLOOM_DATA:-../shared/data}
    echo '| network, 8-bit weights, 1 core x 8 lanes | cycles a step | events % | groups of updates % | scanning % | starting and draining updates % | loading operations % | messages and waiting % |'
    echo '| --- | --- | --- | --- | --- | --- | --- | --- |'
    while IFS='|' read -r name network samples dt; do
        [ -f "$network" ] || continue
        printf '| %s | ' "$name"
        build/step-costs split "$network" "$samples" $dt
    done << NETWORKS
MNIST 784-128-10|examples/mnist/mnist.nir|examples/mnist/digits.h5|
MNIST convolutional|$data/own/nets/b_mnist_conv/net.nir|$data/own/nets/b_mnist_conv/test.h5|
N-MNIST CNN of the NIR paper|$data/foreign/runs/nir_paper_cnn_sinabs.nir|$data/foreign/runs/nir_paper_cnn_sinabs.h5|1
Braille, recurrent|$data/foreign/runs/braille_noBias_subtract.nir|$data/foreign/runs/braille_noBias_subtract.h5|
spoken digits, recurrent|$data/derived/nets/c_fsdd_rnn/net.nir|$data/derived/nets/c_fsdd_rnn/test.h5|
NETWORKS
}

work=$(mktemp)
rows=$(mktemp)
trap 'rm -f "$work" "$rows"' EXIT
section=${1:-}
if ! [ "$(command -v "${section}_rows")" = "${section}_rows" ]; then
    echo "usage: figures.sh SECTION [ARGUMENT]...; sections: $(sed -n 's/^\([a-z]*\)_rows() {.*/\1/p' "$0" | tr '\n' ' ')" >&2
    exit 2
fi
shift
"${section}_rows" "$@" > "$rows"
for page in $(pages_of "$section"); do
    awk -v section="$section" -v rows="$rows" '
        $0 == "<!-- " section " -->" { print; while ((getline line < rows) > 0) print line; inside = 1; next }
        $0 == "<!-- /" section " -->" { inside = 0 }
        !inside { print }' "$page" > "$work"
    cp "$work" "$page"
done
