// loom_program: takes the operations of a step from the program memory and hands them to the engines.
//
// A STEP message is taken when no step runs (one waits at most). An operation is loaded, waits for the SPIKE messages that
// it needs, stands in o_operation from o_dispatch on while it runs, is started by a pulse on one of o_accumulate, o_update,
// o_send in the cycle after o_dispatch, and is over when i_busy, which follows the start by a cycle, is low. i_skip, high in the
// cycle of the start alone, takes it away: the next one follows. o_ring is the index of its buffer's ring of 2^o_ring_log2 steps at this
// step, valid with the operation.
// With PROGRAM_BITS 128 the memory's output is the operation: it is loaded in the cycle in which the one before is over.
// Fields 0 and 7 have been read an operation ahead: field 0 stands in a register, so that nothing is decided from the memory's
// output, and the ring's index takes no cycle (o_operation[127:112] means nothing then).
// With less an operation is collected in a register, 128 / PROGRAM_BITS + 2 cycles later.
// An UPDATE with AHEAD is over for what is behind in the cycle after its start, or, if that FOLLOWS, two cycles after i_fired; so is a
// SEND with AHEAD, behind which is an END. i_mark stores i_marked in bits 15:14 of field 0
// of the last UPDATE that was started. END asks for an END message (o_end_valid); the step is over when the END of every core was seen, its own too when it has
// gone round: then all SPIKE messages of the step were seen before. A lone core's END is sent when the engines are idle, and the step is over
// then; behind a SEND the next STEP is taken, and its first operation read, as soon as END is met, and handed out when that is sent
// (o_end_stays says that it will not be in the next cycle; i_wait and i_update_waits follow it). The host writes and reads the memory by field, while no step runs: i_store, and i_look, whose word shows
// two cycles later in o_looked.
`default_nettype none
`include "hardware.vh"

module loom_program #(
    parameter CORES        = 1,
    parameter PROGRAM_BITS = 128, // 16, 32, 64 or 128
    parameter OPERATIONS   = 256
) (
    input  wire                            clk,
    input  wire                            rst,

    input  wire                            i_store,
    input  wire                            i_look,
    input  wire [$clog2(8*OPERATIONS)-1:0] i_field,       // operation times 8, plus the field
    input  wire [15:0]                     i_store_data,
    output wire [15:0]                     o_looked,

    input  wire                            i_step_valid,
    output wire                            o_step_ready,
    input  wire [15:0]                     i_step_entry,
    input  wire [`HW_STEP_BITS-1:0]        i_step,
    output wire [`HW_STEP_BITS-1:0]        o_step,
    input  wire                            i_end_seen,    // an END message came in
    input  wire                            i_spike_seen,  // a SPIKE message came in

    input  wire                            i_fired,       // the last UPDATE that was started has fired; means nothing as it starts
    input  wire                            i_update_waits, // no UPDATE is dispatched
    input  wire                            i_wait,         // and nothing else but an END
    input  wire                            i_send_waits,   // no SEND
    input  wire                            i_older,        // i_mark is of the UPDATE before the last that was started
    output wire                            o_dispatch,
    input  wire                            i_skip,
    input  wire                            i_mark,
    input  wire [1:0]                      i_marked,
    output wire                            o_accumulate,
    output wire                            o_update,
    output wire                            o_update_dispatched, // with o_dispatch: it starts in the next cycle or is left out
    output wire                            o_send,
    output wire [127:0]                    o_operation,
    output wire [`HW_STEP_BITS-1:0]        o_ring,
    output wire [3:0]                      o_ring_log2,
    input  wire                            i_busy,

    output wire                            o_end_stays,
    output wire                            o_end_valid,
    input  wire                            i_end_ready,
    output wire                            o_idle
);
    localparam FETCHES      = 128 / PROGRAM_BITS;
    localparam FETCH_BITS   = $clog2(FETCHES);
    localparam PARTS        = PROGRAM_BITS / 16;
    localparam PART_BITS    = $clog2(PARTS);
    localparam WORDS        = OPERATIONS * FETCHES;
    localparam ADDRESS_BITS = $clog2(WORDS);
    localparam ENDS_BITS    = $clog2(CORES + 1);

    localparam [ADDRESS_BITS-FETCH_BITS-1:0] NONE = 0;
    localparam [ADDRESS_BITS-FETCH_BITS-1:0] ONE = 1;

    localparam [2:0] IDLE     = 3'd0; // no step
    localparam [2:0] FETCH    = 3'd1; // of field 7, or of all
    localparam [2:0] LOAD     = 3'd2; // of the others, with the index of the ring
    localparam [2:0] DISPATCH = 3'd3; // and before, wait for spike words
    localparam [2:0] RUN      = 3'd4;
    localparam [2:0] SEND_END = 3'd5; // of several cores
    localparam [2:0] ENDED    = 3'd6; // waiting for the other cores, or until END is sent

    reg [2:0]               state_q;
    reg [ADDRESS_BITS-1:0]  address_q; // of the next word to be read
    reg [ADDRESS_BITS-FETCH_BITS-1:0] at_q;   // the one at hand
    reg [ADDRESS_BITS-FETCH_BITS-1:0] last_q; // the last UPDATE that was started
    reg [ADDRESS_BITS-FETCH_BITS-1:0] mark_q; // the one to be marked next
    reg                     ahead_q;   // in RUN: what is behind need not wait
    reg                     follows_q; // nor need it, as soon as a neuron fired
    reg                     dispatch_q; // DISPATCH
    reg                     begin_q;   // the cycle after the dispatch, which is the first of RUN
    reg                     running_q; // RUN without that
    reg                     load_q;    // LOAD
    reg                     open_q;    // LOAD or IDLE: the memory is read
    reg                     accumulate_q;
    reg                     update_q;
    reg                     send_q;
    reg                     sent_q;    // the last operation that was started is a SEND
    reg                     early_q;   // DISPATCH of an END behind a SEND, which nothing holds up
    reg                     end_q;     // of a lone core: END is to be sent
    reg [`HW_STEP_BITS-1:0] step_q;
    reg [`HW_STEP_BITS-1:0] ring_q;
    reg [ENDS_BITS-1:0]     ends_q;

    wire [PROGRAM_BITS-1:0] word;
    wire [127:0]            operation;
    wire [15:0]             field_7;
    wire                    fetched;
    wire                    next_word;
    wire                    read;
    wire                    read_ends;
    wire                    over = running_q && (!i_busy || ahead_q);
    wire                    next = over || (i_skip && !i_busy);
    wire                    load = load_q || (FETCHES == 1 && next);
    wire [2:0]              code = operation[`HW_OPERATION_CODE];
    wire                    step_over = CORES == 1 ? !end_q : ends_q == CORES[ENDS_BITS-1:0];
    wire                    enough_seen;
    wire [2:0]              next_code;    // of the operation that is loaded
    wire                    next_follows; // the operation behind the one at hand, which has AHEAD
    wire                    is_update = code == `HW_OPERATION_UPDATE;
    wire                    is_end = code == `HW_OPERATION_END;
    wire                    free = is_update ? !i_update_waits :
                                   is_end    ? !end_q
                                             : !i_wait && !(i_send_waits && code == `HW_OPERATION_SEND);
    wire                    dispatch = state_q == DISPATCH && enough_seen && free;
    wire                    step_taken = i_step_valid && o_step_ready;
    wire [31:0]             entry_word = {16'd0, i_step_entry} << FETCH_BITS;

    assign o_step_ready = state_q == IDLE || early_q;
    assign o_idle = state_q == IDLE;

    always @(posedge clk) begin
        if (rst) begin
            state_q <= IDLE;
        end else begin
            case (state_q)
            IDLE:
                if (i_step_valid)
                    state_q <= FETCH;
            FETCH:
                if (fetched)
                    state_q <= LOAD;
            LOAD:
                state_q <= DISPATCH;
            DISPATCH:
                if (enough_seen && free)
                    state_q <= !is_end                 ? RUN :
                               CORES > 1               ? SEND_END :
                               early_q && i_step_valid ? FETCH
                                                       : ENDED;
            RUN:
                if (next)
                    state_q <= FETCHES == 1 ? DISPATCH : FETCH;
            SEND_END:
                if (i_end_ready)
                    state_q <= ENDED;
            default: // ENDED
                if (step_over)
                    state_q <= IDLE;
            endcase
        end

        if (step_taken) begin
            address_q <= entry_word[ADDRESS_BITS-1:0];
            step_q    <= i_step;
        end else if (state_q == IDLE && i_look) begin
            address_q <= i_field[$clog2(8*OPERATIONS)-1:PART_BITS];
        end else if (next_word) begin
            address_q <= address_q + 1'b1;
        end

        if (load)
            at_q <= address_q[ADDRESS_BITS-1:FETCH_BITS] - (FETCHES == 1 ? NONE : ONE);
        if (o_update)
            last_q <= at_q;
        if (!i_older)
            mark_q <= last_q;
        ahead_q      <= CORES == 1 && FETCHES == 1 && (update_q || send_q ? operation[`HW_FLAG_AHEAD] && !next_follows
                                                                          : follows_q && i_fired);
        follows_q    <= CORES == 1 && FETCHES == 1 && !rst && (update_q ? operation[`HW_FLAG_AHEAD] && next_follows
                                                                        : follows_q && state_q != DISPATCH);

        running_q    <= !rst && (begin_q || running_q) && !next;
        load_q       <= !rst && state_q == FETCH && fetched;
        open_q       <= rst || (state_q == FETCH && fetched) || (state_q == IDLE && !i_step_valid)
                        || (state_q == ENDED && step_over);
        dispatch_q   <= !rst && (load || (dispatch_q && !(enough_seen && free)));
        begin_q      <= !rst && dispatch && !is_end;
        accumulate_q <= !rst && dispatch && code == `HW_OPERATION_ACCUMULATE;
        update_q     <= !rst && dispatch && is_update;
        send_q       <= !rst && dispatch && code == `HW_OPERATION_SEND;
        if (rst || early_q)
            sent_q <= 1'b0;
        else if (begin_q)
            sent_q <= send_q;
        early_q <= CORES == 1 && !rst && load && sent_q && !begin_q && next_code == `HW_OPERATION_END;
        end_q <= CORES == 1 && !rst && ((dispatch && is_end) || o_end_stays);

        if (rst)
            ends_q <= {ENDS_BITS{1'b0}};
        else
            ends_q <= (step_over ? {ENDS_BITS{1'b0}} : ends_q) + {{ENDS_BITS-1{1'b0}}, CORES > 1 && i_end_seen};
    end

    // ---- memory and operation ------------------------------------------------------------------
    loom_program_memory #(.PROGRAM_BITS(PROGRAM_BITS), .OPERATIONS(OPERATIONS)) u_memory (
        .clk             (clk),
        .i_write         (i_store && state_q == IDLE),
        .i_write_address (i_field),
        .i_write_data    (i_store_data),
        .i_mark          (i_mark),
        .i_mark_operation (mark_q),
        .i_marked        (i_marked),
        .i_read          (read),
        .i_read_ends     (read_ends),
        .i_read_address  (address_q),
        .o_word          (word)
    );

    generate
        if (FETCHES == 1) begin : g_whole
            reg [3:0]  ring_log2_q;
            reg [15:0] field_0_q;
            wire unused = &{1'b0, word};
            always @(posedge clk) begin
                if (load) begin
                    ring_log2_q <= field_7[15:12];
                    field_0_q   <= word[15:0];
                end
            end
            assign fetched     = 1'b1;
            assign next_word   = load;
            assign read        = open_q || next;
            assign read_ends   = state_q == FETCH || state_q == DISPATCH || state_q == IDLE;
            assign operation   = {word[127:16], field_0_q};
            assign field_7     = word[127:112];
            assign next_code   = word[`HW_OPERATION_CODE];
            assign next_follows = word[`HW_FLAG_FOLLOWS] && next_code == `HW_OPERATION_ACCUMULATE;
            assign o_ring_log2 = ring_log2_q;
        end else begin : g_collected
            reg [127:0] operation_q;
            reg [3:0]   cycle_q;
            wire [128+PROGRAM_BITS-1:0] shifted = {word, operation_q};
            wire unused = &{1'b0, shifted, open_q};
            always @(posedge clk) begin
                cycle_q <= state_q == FETCH ? cycle_q + 4'd1 : 4'd0;
                if (state_q == FETCH && cycle_q != 4'd0)
                    operation_q <= shifted[128+PROGRAM_BITS-1:PROGRAM_BITS];
            end
            assign fetched     = cycle_q == FETCHES[3:0];
            assign next_word   = state_q == FETCH && !fetched;
            assign read        = 1'b1;
            assign read_ends   = 1'b1;
            assign operation   = operation_q;
            assign field_7     = operation_q[127:112];
            assign next_code   = operation_q[`HW_OPERATION_CODE];
            assign next_follows = 1'b0;
            assign o_ring_log2 = operation_q[`HW_OPERATION_RING_LOG2];
        end
        if (PARTS == 1) begin : g_look_one
            assign o_looked = word;
        end else begin : g_look
            reg [PART_BITS-1:0] part_q;
            always @(posedge clk) begin
                if (i_look)
                    part_q <= i_field[PART_BITS-1:0];
            end
            assign o_looked = word[16*part_q +: 16];
        end
    endgenerate

    // The index within the ring of 2^RING_LOG2 steps.
    wire [`HW_STEP_BITS-1:0] phased = step_q + field_7[11:0];
    wire [`HW_STEP_BITS:0]   size = {{`HW_STEP_BITS{1'b0}}, 1'b1} << field_7[15:12];
    wire [`HW_STEP_BITS:0]   mask = size - 1'b1;

    always @(posedge clk) begin
        if (load)
            ring_q <= phased & mask[`HW_STEP_BITS-1:0];
    end

    // A lone core has stored what it sent itself before anything reads it; several count what all have sent.
    generate
        if (CORES == 1) begin : g_alone
            wire unused = &{1'b0, i_spike_seen};
            assign enough_seen = 1'b1;
        end else begin : g_together
            reg [15:0] seen_q;
            always @(posedge clk) begin
                if (rst)
                    seen_q <= 16'd0;
                else
                    seen_q <= (step_over ? 16'd0 : seen_q) + {15'd0, i_spike_seen};
            end
            assign enough_seen = code == `HW_OPERATION_UPDATE || seen_q >= operation[`HW_OPERATION_WAIT];
        end
    endgenerate

    assign o_dispatch = dispatch;
    assign o_step = step_q;
    assign o_accumulate = accumulate_q && !i_skip;
    assign o_update = update_q && !i_skip;
    assign o_update_dispatched = dispatch_q && is_update && !i_update_waits; // nothing else holds it up
    assign o_send = send_q;
    assign o_operation = operation;
    assign o_ring = ring_q;
    assign o_end_valid = CORES == 1 ? end_q && !i_busy : state_q == SEND_END;
    assign o_end_stays = CORES == 1 && end_q && !(o_end_valid && i_end_ready);

    wire unused = &{1'b0, entry_word, mask, i_end_seen, ends_q};
endmodule

`default_nettype wire
