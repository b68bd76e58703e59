// loom_program: fetches the operations of a step from the weight memory and hands them to the engines.
//
// A STEP message is taken when no step runs (one waits at most). Each operation is fetched (o_fetch drives
// the memory address; words arrive two cycles later), waits for the SPIKE messages that it needs, is started by a
// pulse on one of o_accumulate, o_update, o_send with its 128 bits in o_operation, and is over when i_busy is low. o_ring
// is the ring index of its buffer at this step, valid at that pulse and until the next fetch. END asks
// for an END message (o_end); the step is over when the END of every core was seen, its own too when it has gone round: then
// all SPIKE messages of the step were seen before. (A lone core has waited for its own and is done when its END is sent.)
`default_nettype none
`include "hardware.vh"

module loom_program #(
    parameter CORES        = 1,
    parameter WORD_BITS    = 64,
    parameter WEIGHT_WORDS = 16384
) (
    input  wire                            clk,
    input  wire                            rst,

    input  wire                            i_step_valid,
    output wire                            o_step_ready,
    input  wire [15:0]                     i_step_entry,
    input  wire [`HW_STEP_BITS-1:0]        i_step,
    input  wire                            i_end_seen,    // an END message came in
    input  wire                            i_spike_seen,  // a SPIKE message came in
    input  wire                            i_spike_sent,  // or went out

    output wire                            o_fetch,
    output wire [$clog2(WEIGHT_WORDS)-1:0] o_fetch_address,
    input  wire [WORD_BITS-1:0]            i_fetch_word,

    output wire                            o_accumulate,
    output wire                            o_update,
    output wire                            o_send,
    output wire [127:0]                    o_operation,
    output wire [`HW_STEP_BITS-1:0]        o_ring,
    input  wire                            i_busy,

    output wire                            o_end_valid,
    input  wire                            i_end_ready,
    output wire                            o_idle
);
    localparam FETCHES      = 128 / WORD_BITS;
    localparam FETCH_BITS   = $clog2(FETCHES);
    localparam ADDRESS_BITS = $clog2(WEIGHT_WORDS);
    localparam ENDS_BITS    = $clog2(CORES + 1);

    localparam [2:0] IDLE     = 3'd0; // no step
    localparam [2:0] FETCH    = 3'd1;
    localparam [2:0] WAIT     = 3'd2; // for spike words
    localparam [2:0] DISPATCH = 3'd3;
    localparam [2:0] RUN      = 3'd4;
    localparam [2:0] SEND_END = 3'd5;
    localparam [2:0] ENDED    = 3'd6; // waiting for the other cores

    reg [2:0]              state_q;
    reg [ADDRESS_BITS-1:0] address_q;
    reg [3:0]              cycle_q;
    reg [127:0]            operation_q;
    reg [`HW_STEP_BITS-1:0] step_q;
    reg [`HW_STEP_BITS-1:0] ring_q;
    reg [ENDS_BITS-1:0]    ends_q;

    wire [128+WORD_BITS-1:0] shifted = {i_fetch_word, operation_q};
    wire [2:0] code = operation_q[`HW_OPERATION_CODE];
    wire end_sent = o_end_valid && i_end_ready;
    wire step_over = ends_q == CORES[ENDS_BITS-1:0];
    wire enough_seen;
    wire step_taken = i_step_valid && o_step_ready;
    wire fetched = cycle_q == FETCHES[3:0] + 4'd1;
    wire [31:0] entry_word = {16'd0, i_step_entry} << FETCH_BITS;
    wire unused = &{1'b0, entry_word, mask, shifted};

    assign o_step_ready = state_q == IDLE;
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
                    state_q <= WAIT;
            WAIT:
                if (enough_seen)
                    state_q <= DISPATCH;
            DISPATCH:
                state_q <= code == `HW_OPERATION_END ? SEND_END : RUN;
            RUN:
                if (!i_busy)
                    state_q <= FETCH;
            SEND_END:
                if (i_end_ready)
                    state_q <= ENDED;
            default:
                if (step_over)
                    state_q <= IDLE;
            endcase
        end

        cycle_q <= state_q == FETCH ? cycle_q + 4'd1 : 4'd0;
        if (step_taken) begin
            address_q <= entry_word[ADDRESS_BITS-1:0];
            step_q    <= i_step;
        end else if (state_q == FETCH && cycle_q < FETCHES[3:0]) begin
            address_q <= address_q + 1'b1;
        end
        if (state_q == FETCH && cycle_q >= 4'd2)
            operation_q <= shifted[128+WORD_BITS-1:WORD_BITS];

        if (rst)
            ends_q <= {ENDS_BITS{1'b0}};
        else
            ends_q <= (step_over ? {ENDS_BITS{1'b0}} : ends_q) + {{ENDS_BITS-1{1'b0}}, CORES == 1 ? end_sent : i_end_seen};
    end

    // The index within the ring of 2^RING_LOG2 steps; WAIT lasts a cycle at least.
    wire [`HW_STEP_BITS-1:0] phased = step_q + operation_q[`HW_OPERATION_RING_PHASE];
    wire [`HW_STEP_BITS:0]   size = {{`HW_STEP_BITS{1'b0}}, 1'b1} << operation_q[`HW_OPERATION_RING_LOG2];
    wire [`HW_STEP_BITS:0]   mask = size - 1'b1;

    always @(posedge clk)
        ring_q <= phased & mask[`HW_STEP_BITS-1:0];

    // A lone core waits until what it sent has come back; several count what all have sent.
    generate
        if (CORES == 1) begin : g_alone
            reg [3:0] away_q;
            always @(posedge clk) begin
                if (rst)
                    away_q <= 4'd0;
                else if (i_spike_sent != i_spike_seen)
                    away_q <= i_spike_sent ? away_q + 4'd1 : away_q - 4'd1;
            end
            assign enough_seen = away_q == 4'd0;
        end else begin : g_together
            reg [15:0] seen_q;
            wire unused_sent = &{1'b0, i_spike_sent};
            always @(posedge clk) begin
                if (rst)
                    seen_q <= 16'd0;
                else
                    seen_q <= (step_over ? 16'd0 : seen_q) + {15'd0, i_spike_seen};
            end
            assign enough_seen = code == `HW_OPERATION_UPDATE || seen_q >= operation_q[`HW_OPERATION_WAIT];
        end
    endgenerate

    assign o_fetch = state_q == FETCH;
    assign o_fetch_address = address_q;
    assign o_accumulate = state_q == DISPATCH && code == `HW_OPERATION_ACCUMULATE;
    assign o_update = state_q == DISPATCH && code == `HW_OPERATION_UPDATE;
    assign o_send = state_q == DISPATCH && code == `HW_OPERATION_SEND;
    assign o_operation = operation_q;
    assign o_ring = ring_q;
    assign o_end_valid = state_q == SEND_END;
endmodule

`default_nettype wire
