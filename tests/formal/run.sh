#!/bin/sh
# Runs every proof of the link and the ring with the prover of yosys; prints a line each and fails if one fails.
# `run.sh mutations` instead breaks the design in one place a proof, and fails if a proof does not notice.
# Needs to be started in the project's root; reads build/hardware.vh.
what=${1:-proofs}
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
status=0
cp rtl/loom_*.v "$work" || exit 1

# The ring's proofs need kind, core and one bit of data of a message.
narrow() {
    sed -e 's/HW_MESSAGE_BITS .*/HW_MESSAGE_BITS 12/' -e 's/HW_MESSAGE_KIND .*/HW_MESSAGE_KIND 11:9/' \
        -e 's/HW_MESSAGE_CORE .*/HW_MESSAGE_CORE 8:1/' build/hardware.vh
}

# prove TOP PARAMETERS SAT_OPTIONS FILES...: status 0 if all assertions hold.
prove() {
    top=$1
    parameters=$2
    options=$3
    shift 3
    mkdir -p "$work/$top"
    case $top in
        ring*) narrow > "$work/$top/hardware.vh" ;;
        *) cp build/hardware.vh "$work/$top" ;;
    esac
    files=
    for file in "$@"; do
        case $file in
            loom_*) files="$files $work/$file" ;;
            *) files="$files tests/formal/$file" ;;
        esac
    done
    define=
    [ "$top" = fifo_proof ] && define=-DLOOM_FIFO_PROOF
    timeout 120 yosys -q -p "read_verilog -formal $define -I$work/$top tests/formal/stream_check.v tests/formal/$top.v $files;
        ${parameters:+chparam $parameters $top;} prep -top $top; flatten; opt -full; dffunmap;
        sat -verify -prove-asserts -set-assumes -seq 1 $options" > "$work/log" 2>&1
}

# check NAME MUTATION TOP PARAMETERS SAT_OPTIONS FILES...; MUTATION is FILE:SED_COMMAND.
check() {
    name=$1
    mutation=$2
    shift 2
    if [ "$what" = proofs ]; then
        if prove "$@"; then
            echo "proved: $name"
        else
            echo "FAILED: $name"
            tail -n 40 "$work/log"
            status=1
        fi
        return
    fi
    file=${mutation%%:*}
    cp "rtl/$file" "$work/$file"
    sed -i "${mutation#*:}" "$work/$file"
    if cmp -s "rtl/$file" "$work/$file"; then
        echo "FAILED: $name: the mutation changes nothing in $file"
        status=1
    elif prove "$@"; then
        printf "%s\n" "FAILED: $name: did not notice ${mutation#*:}"
        status=1
    elif grep -qE 'proof did fail' "$work/log"; then
        printf "%s\n" "noticed: $name: ${mutation#*:}"
    else
        echo "FAILED: $name: the mutation broke the proof itself"
        tail -n 5 "$work/log"
        status=1
    fi
    cp "rtl/$file" "$work/$file"
}

fifo=loom_fifo.v
node="loom_fifo.v loom_node.v"
frame="crc_stand_in.v loom_frame_receiver.v"

check "fifo of 2 keeps order, loses and adds nothing" "$fifo:s/used_q <= {1'b0, used_q.DEPTH-1:1.};/used_q <= 0;/" \
    fifo_proof "" "-tempinduct -maxsteps 4" $fifo
check "fifo of 4 keeps order, loses and adds nothing" "$fifo:s/if (!used_q.place. ||.*)/if (1'b1)/" \
    fifo_proof "-set DEPTH_LOG2 2" "-tempinduct -maxsteps 4" $fifo
check "ring never stands still" "loom_node.v:s/pass_done = \(.*\) || i_ring_ready;/pass_done = \1 || (i_ring_ready \&\& !i_inject_valid);/" \
    ring_moves_proof "" "-tempinduct -maxsteps 3" $node
check "ring loses and doubles nothing, in traffic" "loom_node.v:s/passed_q <= pass && pass_done/passed_q <= 1'b0/" \
    ring_proof "" "-tempinduct-baseonly -maxsteps 9" $node
check "ring brings every message everywhere in time" "loom_node.v:s/(is_event && !for_me)/is_event/" \
    ring_proof "-set TRAFFIC 0" "-tempinduct-baseonly -maxsteps 20" $node
check "sum is CRC-32" "loom_crc32.v:s/EDB88320/EDB88321/" \
    crc_proof "" "-tempinduct -maxsteps 2" loom_crc32.v
check "receiver announces exactly the good frames" "loom_frame_receiver.v:s/length_good = count_q == .* && fits_q/length_good = fits_q/" \
    frame_receiver_proof "" "-tempinduct-baseonly -maxsteps 16" $frame
check "frames pass unchanged" "loom_frame_transmitter.v:s/byte_d == .HW_FRAME_ESCAPE)/1'b0)/" \
    frame_proof "" "-tempinduct-baseonly -maxsteps 37" $frame loom_frame_transmitter.v
check "frames pass unchanged, with pauses" "loom_frame_transmitter.v:s/escaped_q ^ i_byte_ready/1'b1/" \
    frame_proof "-set HASTE 0" "-tempinduct-baseonly -maxsteps 20" $frame loom_frame_transmitter.v
check "bytes pass the serial line unchanged" "loom_uart_receiver.v:s/bit_q == STOP_BIT \&\& line/bit_q == 4'd8/" \
    uart_proof "" "-tempinduct-baseonly -maxsteps 90" loom_uart_receiver.v loom_uart_transmitter.v
exit $status
