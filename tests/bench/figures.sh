#!/bin/sh
# Rewrites one section of docs/figures.md, and the same in README.md, from what the command prints as JSON.
#   figures.sh array             the example network on every array, 8 and 4 bit, all its samples
#   figures.sh fpga BUILD.json   what `nirloom build --json` printed
#   figures.sh ref PYTHON        the integer model beside PyTorch (docs/figures.md alone)
#   figures.sh primitives        how close the array comes for each NIR primitive (README.md alone)
# Cycles, cells and clocks of a seed are the same on every machine; the one timing of a host is that of ref.
set -eu
pages='docs/figures.md README.md'

value() { # file, key: the first scalar of that key in json-c's one-key-a-line print
    sed -n "s/^ *\"$2\": *\([^,]*\),*\$/\1/p" "$1" | head -1 | tr -d '"'
}

list() { # file, key: the numbers of a list, separated by ", "
    tr -d '\n' < "$1" | sed -n "s/.*\"$2\": *\[\([^]]*\)\].*/\1/p" | tr -d ' ' | sed 's/,/, /g'
}

rounded() { # a list on standard input, one decimal each
    awk -F', ' '{ for (i = 1; i <= NF; i++) printf("%s%.1f", (i > 1 ? ", " : ""), $i) }'
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

fpga_rows() {
    echo '| figure | icebreaker (iCE40UP5K) |'
    echo '| --- | --- |'
    echo "| clock, nextpnr, a seed (MHz) | $(list "$1" clock_mhz | rounded) |"
    echo "| clock, icetime (MHz) | $(list "$1" icetime_mhz | rounded) |"
    echo "| clock of the array (MHz) | $(value "$1" target_mhz) |"
    echo "| logic cells | $(value "$1" ICESTORM_LC) of 5280 |"
    echo "| block RAM | $(value "$1" ICESTORM_RAM) of 30 |"
    echo "| SPRAM | $(value "$1" ICESTORM_SPRAM) of 4 |"
    echo "| critical path | $(sed -n 's/.*"critical_path": "\(.*\)",*$/\1/p' "$1" | sed 's/_SB_[A-Za-z0-9_]*//g; s/u_board.u_array.//g; s/u_board.//g') |"
    echo "| multipliers | $(value "$1" ICESTORM_DSP) of 8 |"
}

work=$(mktemp)
rows=$(mktemp)
trap 'rm -f "$work" "$rows"' EXIT
section=$1
case $section in
array) array_rows > "$rows" ;;
fpga) fpga_rows "$2" > "$rows" ;;
ref)
    build/bench-ref "$2" > "$rows"
    pages='docs/figures.md' ;;
primitives)
    build/primitives > "$rows"
    pages='README.md' ;;
*) echo "usage: figures.sh array | fpga BUILD.json | ref PYTHON | primitives" >&2; exit 2 ;;
esac
for page in $pages; do
    awk -v section="$section" -v rows="$rows" '
        $0 == "<!-- " section " -->" { print; while ((getline line < rows) > 0) print line; inside = 1; next }
        $0 == "<!-- /" section " -->" { inside = 0 }
        !inside { print }' "$page" > "$work"
    cp "$work" "$page"
done
