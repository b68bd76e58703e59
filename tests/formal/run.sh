#!/bin/sh
# Runs every proof of the queue, the link, the ring and the core's engines with yosys-smtbmc and z3; prints a line each
# and fails if one fails. A proof also has to reach its covers, so that none holds because nothing can happen.
# `run.sh mutations` instead breaks the design in one place a proof, and fails if a proof does not notice.
# `run.sh WHICH PATTERN`: only those whose name has the pattern (grep -E); `run.sh proofs rest`.
# Needs to be started in the project's root; reads build/hardware.vh.
#
# All steps go into one question without uninterpreted functions, which z3 turns into plain SAT: frames and the ring
# take seconds this way, and more than a minute step by step, as yosys-smtbmc asks by default. The scanner of any
# stride needs a product, which is what bounds it; a fixed stride lets its proof look a step further.
what=${1:-proofs}
pattern=${2:-}
ran=
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
status=0
cp rtl/loom_*.v "$work" || exit 1

# The ring's proofs need kind, core and one bit of data of a message.
narrow() {
    sed -e 's/HW_MESSAGE_BITS .*/HW_MESSAGE_BITS 13/' -e 's/HW_MESSAGE_KIND .*/HW_MESSAGE_KIND 12:10/' \
        -e 's/HW_MESSAGE_CORE .*/HW_MESSAGE_CORE 9:1/' build/hardware.vh
}

# translate TOP PARAMETERS FILES...: the design and its properties as $work/proof.smt2.
translate() {
    top=$1
    parameters=$2
    shift 2
    case $top in
        ring*) narrow > "$work/hardware.vh" ;;
        *) cp build/hardware.vh "$work" ;;
    esac
    files=
    for source in "$@"; do
        case $source in
            loom_*) files="$files $work/$source" ;;
            *) files="$files tests/formal/$source" ;;
        esac
    done
    define=
    [ "$top" = fifo_proof ] && define=-DLOOM_FIFO_PROOF
    yosys -q -p "read_verilog -formal $define -I$work tests/formal/stream_check.v tests/formal/$top.v $files;
        ${parameters:+chparam $parameters $top;} prep -top $top; flatten; async2sync; opt -full; dffunmap; clean;
        write_smt2 -wires $work/proof.smt2" > "$work/log" 2>&1
}

# ask OPTIONS...: a question to the prover; its words go to $work/log, its status is that of yosys-smtbmc. The limit
# counts seconds of processor time, so that a busy machine fails no proof.
ask() {
    (ulimit -t 400 && exec yosys-smtbmc -s z3 --unroll --noincr --noprogress --logic QF_BV "$@" "$work/proof.smt2") \
        >> "$work/log" 2>&1
}

# check NAME MUTATION TOP PARAMETERS KIND STEPS FILES...; MUTATION is FILE:SED_COMMAND; KIND is "bounded" for the first
# STEPS cycles, or "induction" of STEPS for any length of time, on top of as many from the start.
check() {
    name=$1
    mutation=$2
    top=$3
    parameters=$4
    kind=$5
    steps=$6
    shift 6
    if ! echo "$name" | grep -qE -e "$pattern"; then
        return
    fi
    ran=yes
    file=${mutation%%:*}
    if [ "$what" != proofs ]; then
        sed -i "${mutation#*:}" "$work/$file"
        if cmp -s "rtl/$file" "$work/$file"; then
            echo "FAILED: $name: the mutation changes nothing in $file"
            status=1
            return
        fi
    fi
    failed=
    if ! translate "$top" "$parameters" "$@"; then
        failed=translation
    elif ! ask -t "0:$steps:$steps"; then
        failed=assertion
    elif [ "$kind" = induction ] && ! ask -i -t "$steps"; then
        failed=induction
    elif [ "$what" = proofs ] && ! ask -c -t "$steps"; then
        failed=cover
    fi
    if [ "$what" = proofs ]; then
        if [ -z "$failed" ]; then
            echo "proved: $name (smtbmc, z3, $kind, $steps steps)"
        else
            [ "$failed" = translation ] || grep -q "Status: " "$work/log" || failed="$failed, no answer in time"
            echo "FAILED: $name: $failed"
            tail -n 40 "$work/log"
            status=1
        fi
        return
    fi
    if [ -z "$failed" ]; then
        printf "%s\n" "FAILED: $name: did not notice ${mutation#*:}"
        status=1
    elif grep -q "Assert failed in" "$work/log"; then
        printf "%s\n" "noticed: $name (smtbmc, z3, $failed): ${mutation#*:}"
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
both="$frame loom_frame_transmitter.v loom_byte_register.v"
neuron="loom_neuron.v loom_multiplier.v loom_gain.v"

check "fifo of 2 keeps order, loses and adds nothing" "$fifo:s/used_q <= {1'b0, used_q.DEPTH-1:1.};/used_q <= 0;/" \
    fifo_proof "" induction 12 $fifo
check "fifo of 4 keeps order, loses and adds nothing" "$fifo:s/if (!used_q.place. ||.*)/if (1'b1)/" \
    fifo_proof "-set DEPTH_LOG2 2" induction 12 $fifo
check "a lone core's station delivers all that is for it, once, and lets the rest out" \
    "loom_node_alone.v:s/o_ring_ready = i_local_ready \&\& !i_inject_spike/o_ring_ready = i_local_ready/" \
    alone_proof "" induction 4 loom_node_alone.v
check "a core's register keeps every message until it is taken, and says what it asks for" \
    "loom_message_register.v:s/state_q      <= {SLOTS{store/state_q      <= {SLOTS{valid/" \
    message_register_proof "" induction 4 loom_message_register.v
check "ring never stands still" "loom_node.v:s/pass_done = \(.*\) || i_ring_ready;/pass_done = \1 || (i_ring_ready \&\& !i_inject_valid);/" \
    ring_moves_proof "" induction 6 $node
check "ring loses and doubles nothing, in traffic" "loom_node.v:s/passed_q <= pass && pass_done/passed_q <= 1'b0/" \
    ring_proof "" bounded 9 $node
check "ring brings every message everywhere in time" "loom_node.v:s/|| is_event ||/|| (is_event \&\& !for_me) ||/" \
    ring_proof "-set TRAFFIC 0" bounded 20 $node
check "sum is CRC-32" "loom_crc32.v:s/EDB88320/EDB88321/" \
    crc_proof "" induction 6 loom_crc32.v
check "receiver announces exactly the good frames" "loom_frame_receiver.v:s/length_good_q <= count_q == .* \&\& fits_q/length_good_q <= fits_q/" \
    frame_receiver_proof "" bounded 20 $frame
check "frames pass unchanged" "loom_frame_transmitter.v:s/next_q == .HW_FRAME_ESCAPE)/1'b0)/" \
    frame_proof "" bounded 59 $both
check "frames pass unchanged, with up to three pauses" "loom_frame_transmitter.v:s/last_q || i_byte_ready/1'b1/" \
    frame_proof "-set HASTE 0" bounded 44 $both
check "bytes pass the serial line unchanged" "loom_uart_receiver.v:s/bit_q == STOP_BIT \&\& line/bit_q == 4'd8/" \
    uart_proof "" bounded 91 loom_uart_receiver.v loom_uart_transmitter.v
check "sender sends every word of the range once" "loom_sender.v:s/advance = !asks_q || i_message_ready/advance = 1'b1/" \
    sender_proof "" bounded 16 loom_sender.v
check "a lone core's sender does the same" "loom_sender.v:s/^ *if (advance)\$/if (1'b1)/" \
    sender_proof "-set ALONE 1" bounded 16 loom_sender.v
check "scanner makes one event of every spike, in order" "loom_scanner.v:s/(!valid_2_q || i_event_ready)/1'b1/" \
    scanner_proof "-set STRIDE 5" bounded 12 loom_scanner.v
check "scanner makes one event of every spike, any stride" "loom_scanner.v:s/stride_3_q <= i_stride + (i_stride << 1)/stride_3_q <= i_stride << 1/" \
    scanner_proof "-set ADDRESS_BITS 5" bounded 11 loom_scanner.v
check "scanner reads no word before it is written" "loom_scanner.v:s/before_q <= i_write ? i_write_word :/before_q <=/" \
    scanner_proof "-set WRITING 1 -set STRIDE 5" bounded 12 loom_scanner.v
check "scanner makes one event of every value, in order" "loom_scanner.v:s/empty_q <= i_graded || parts_rest/empty_q <= parts_rest/" \
    scanner_proof "-set GRADED 1" bounded 16 loom_scanner.v
check "scanner finds the entry of every spike" "loom_scanner.v:s/base_1_q.3:0. | position/base_1_q[3:0]/" \
    scanner_proof "-set TABLE 1 -set STRIDE 5" bounded 11 loom_scanner.v
check "scanner finds the entry of every value" "loom_scanner.v:s/i_graded ? ONE : WORD_ENTRIES/WORD_ENTRIES/" \
    scanner_proof "-set TABLE 1 -set GRADED 1" bounded 14 loom_scanner.v
check "walker walks every entry" "loom_walker.v:s/take \&\& !(i_table \&\& entry_none)/take/" \
    walker_proof "-set EVENTS 2 -set RUNS_MAX 2 -set LENGTH_MAX 2" bounded 15 loom_walker.v
check "walker walks every source without a table" "loom_walker.v:s/: !next_valid;/: 1'b1;/" \
    walker_proof "-set TABLE 0" bounded 18 loom_walker.v
check "lane adds every operand once" "loom_lane.v:s/i_clear ? 16'd0 : sum/sum/" \
    lane_proof "" induction 14 ram_stand_in.v loom_lane.v
check "lanes get their weights" "loom_lanes.v:s/i_half ? i_word.4.(BYTES + lane) +: 4. : //" lanes_proof "" bounded 4 loom_lanes.v
check "lanes get their weights, two a byte" "loom_lanes.v:s/lane % BYTES/lane % SLOTS/" \
    lanes_proof "-set LANES 16" bounded 4 loom_lanes.v
accumulate="loom_accumulate.v accumulate_stand_in.v"
check "units meet their words, values and accumulators" "loom_accumulate.v:s/product ? product_row : row_2_q/row_2_q/" \
    accumulate_proof "" bounded 20 $accumulate
check "units meet their words, values and accumulators, two lanes a byte" \
    "loom_accumulate.v:s/unit_target.LANE_BITS:1./unit_target[LANE_BITS-1:0]/" accumulate_proof "-set LANES 16" bounded 20 $accumulate
check "units meet their words, values and accumulators, slow multipliers" \
    "loom_accumulate.v:s/ || (LOGIC != 0 .. product_q.2:1. != 2.d0)//" accumulate_proof "-set LOGIC 1" bounded 22 $accumulate
check "program hands out every operation once" "loom_program.v:s/i_skip .. !i_busy/i_skip/" \
    program_proof "" bounded 18 program_memory_stand_in.v loom_program.v
check "program hands out every operation once, collected" "loom_program.v:s/fetched     = cycle_q == FETCHES.3:0./fetched = cycle_q == 4'd1/" \
    program_proof "-set PROGRAM_BITS 64 -set TURN 5" bounded 23 program_memory_stand_in.v loom_program.v
check "updater reads and writes every group once, states in the weight memory" \
    "loom_updater.v:s/: !i_external_first;/: 1'b1;/" \
    updater_proof "" bounded 45 loom_updater.v
check "updater reads and writes every group once" "loom_updater.v:s/: parameter_row_q + 1'b1;/: parameter_row_q + i_each;/" \
    updater_proof "-set EXTERNAL 0" bounded 45 loom_updater.v
check "updater reads a set of parameters again unless it has it" "loom_updater.v:s/reuse = loaded_q .. i_same/reuse = i_same/" \
    updater_proof "-set EXTERNAL 0 -set SECOND 1 -set GROUPS_MAX 2" bounded 40 loom_updater.v
check "updater begins an UPDATE while the one before drains" "loom_updater.v:s/over_last .. newer_q) ? begin_q/over_last \&\& load_q) ? begin_q/" \
    updater_proof "-set EXTERNAL 2 -set SECOND 1 -set AHEAD 1 -set SLOTS 8 -set GROUPS_MAX 4 -set SECOND_MAX 3" bounded 32 loom_updater.v
check "neuron updates without a leak, gain 1" "loom_neuron.v:s/i_subtract ? after : reset_q/after/" \
    neuron_proof "-set GAIN 7 -set LEAK 0" bounded 9 $neuron
check "neuron updates with a full leak, gain 1/128" "loom_gain.v:s/i_bias, 7'h40/i_bias, 7'h00/" \
    neuron_proof "-set GAIN 0 -set LEAK 32768" bounded 9 $neuron
check "neuron updates with a leak of a half, gain 1" "loom_multiplier.v:s/!i_graded, 6'd0, i_graded/1'b0, 6'd0, i_graded/" \
    neuron_proof "-set GAIN 7 -set LEAK 49152" bounded 9 $neuron
check "neuron multiplies a weight by a value" "loom_multiplier.v:s/6'd0, i_graded, 7'd0/6'd0, 1'b0, 7'd127/" \
    neuron_proof "-set GRADED 1" bounded 9 $neuron
check "neuron multiplies a weight of 16 bits by a value" "loom_neuron.v:s/i_graded \&\& !i_wide/i_graded/" \
    neuron_proof "-set GRADED 1 -set WIDE 1" bounded 9 $neuron
check "neuron updates with any leak and gain" "loom_neuron.v:s/fits ? sum_q.15:0./1 ? sum_q[15:0]/" \
    neuron_any_proof "" bounded 9 loom_neuron.v product_stand_in.v
check "slow neuron updates with any leak and gain" "loom_neuron.v:s/above_q \&\& i_subtract \&\& v_q/above_q \&\& v_q/" \
    neuron_any_proof "-set LOGIC 1" bounded 11 loom_neuron.v product_stand_in.v
check "updater reads and writes every group once, slow neurons, states in the weight memory" \
    "loom_updater.v:s/idle_after_bias = LOGIC != 0/idle_after_bias = LOGIC > 1/" \
    updater_proof "-set LOGIC 1" bounded 55 loom_updater.v
check "updater reads and writes every group once, slow neurons" "loom_updater.v:s/LOGIC != 0 ? 7 : 5/LOGIC != 0 ? 6 : 5/" \
    updater_proof "-set LOGIC 1 -set EXTERNAL 0" bounded 47 loom_updater.v
check "multiplier of adders, bits 3 to 0" "loom_multiplier.v:s/row(row_2.17:1., a_2_q, b_2_q.1.)/row(row_2[17:1], a_2_q, b_2_q[0])/" \
    multiplier_proof "-set B_LOW 0" bounded 6 loom_multiplier.v
check "multiplier of adders, bits 7 to 4" "loom_multiplier.v:s/row_4.15:1.}, a_q, b_q.5./row_4[15:1]}, a_q, b_q[4]/" \
    multiplier_proof "-set B_LOW 4 -set GRADED 1" bounded 6 loom_multiplier.v
check "multiplier of adders, bits 11 to 8" "loom_multiplier.v:s/{high, chain_2_q.3:0.}/{high, 4'd0}/" \
    multiplier_proof "-set B_LOW 8" bounded 6 loom_multiplier.v
check "multiplier of adders, bits 15 to 12" "loom_multiplier.v:s/wire top = b_q.15. ^ !graded_q/wire top = b_q[15]/" \
    multiplier_proof "-set B_LOW 12" bounded 6 loom_multiplier.v
check "multiplier of adders subtracts the highest row" "loom_multiplier.v:s/(a_q ^ {16{graded_q}})/a_q/" \
    multiplier_proof "-set B_LOW 12 -set GRADED 1" bounded 6 loom_multiplier.v
check "gain of a product" "loom_gain.v:s/i_bias, 7'h40/i_bias, 7'h3F/" gain_proof "-set LOGIC 0" bounded 6 loom_gain.v
check "gain of a shifter" "loom_gain.v:s/by_1.30:6./by_1[29:5]/" gain_proof "" bounded 6 loom_gain.v
check "slow neuron updates without a leak, gain 1/128" "loom_neuron.v:s/i_subtract ? after : reset_q/after/" \
    neuron_proof "-set GAIN 0 -set LEAK 0 -set LOGIC 1" bounded 11 $neuron
check "slow neuron updates with a full leak, gain 1" "loom_gain.v:s/scaled_q.24:1. + /scaled_q[24:1] - /" \
    neuron_proof "-set GAIN 7 -set LEAK 32768 -set LOGIC 1" bounded 11 $neuron
check "reset is over when all was ready for long enough" "loom_reset.v:s/rst_q <= !count_q.CLOCKS_LOG2./rst_q <= !count_q[CLOCKS_LOG2-1]/" \
    reset_proof "" induction 14 loom_reset.v
check "rest leaves out only what changes nothing" \
    "loom_rest.v:s/!was_touched_q \&\& earlier/earlier/" rest_proof "" induction 18 loom_rest.v
if [ -z "$ran" ]; then
    echo "FAILED: no proof has a name with $pattern"
    status=1
fi
exit $status
