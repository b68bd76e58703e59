// loom_neuron: one slot: a bank of the state memory, a multiplier, a gain, and the update of a neuron.
//
// The arithmetic of docs/numbers.md, a stage a cycle, on the state v and the accumulator i_x beside it (with i_current: the
// current that i_take_current marked before):
//   1 operands   2 v + v * leak, input * gain + bias   3 sum   4 saturate, fire   5 reset   6 o_next, o_spike valid
// With LOGIC (no DSP blocks) stage 2 takes three cycles, and all later ones come two cycles later.
// v and the current are what the state memory shows, o_state, or with i_external i_external_state. Parameters arrive in o_state,
// marked by i_take_leak, i_take_bias, i_take_threshold, i_take_reset; loom_updater has the schedule.
// In ACCUMULATE (i_graded) the multiplier takes i_weight, or with i_wide the 16 bits of i_external_state (i_external is then
// set), and the value that i_take_value marks; o_product, two cycles later (LOGIC: four), is their product without its low
// byte, rounded.
`default_nettype none
`include "hardware.vh"

module loom_neuron #(
    parameter ROWS  = 256,
    parameter LOGIC = 0
) (
    input  wire                    clk,
    input  wire                    i_read,
    input  wire [$clog2(ROWS)-1:0] i_read_row,
    input  wire                    i_write,
    input  wire [$clog2(ROWS)-1:0] i_write_row,
    input  wire [15:0]             i_write_data,
    output wire [15:0]             o_state,

    input  wire                    i_take_leak,
    input  wire                    i_take_bias,
    input  wire                    i_take_threshold,
    input  wire                    i_take_reset,
    input  wire                    i_take_current,
    input  wire [15:0]             i_x,
    input  wire                    i_current,
    input  wire                    i_external,
    input  wire [15:0]             i_external_state,
    input  wire [3:0]              i_gain,
    input  wire                    i_fire,
    input  wire                    i_subtract,
    input  wire                    i_clear,
    output wire [15:0]             o_next,
    output wire                    o_spike,

    input  wire                    i_graded,
    input  wire                    i_wide,
    input  wire                    i_take_value,
    input  wire [7:0]              i_weight,
    input  wire [15:0]             i_value,
    output wire [15:0]             o_product
);
    loom_ram #(.WIDTH(16), .DEPTH(ROWS)) u_state (
        .clk             (clk),
        .i_write         (i_write),
        .i_write_address (i_write_row),
        .i_write_data    (i_write_data),
        .i_read          (i_read),
        .i_read_address  (i_read_row),
        .o_data          (o_state)
    );

    wire [15:0] shown = i_external ? i_external_state : o_state;

    // Parameters.
    reg signed [15:0] bias_q;
    reg signed [15:0] below_q;     // -threshold - 1: a sum needs no inverters before its carries
    reg               never_q;     // no v is above the threshold
    reg signed [15:0] reset_q;

    always @(posedge clk) begin
        if (i_take_bias)
            bias_q <= o_state;
        if (i_take_threshold) begin
            below_q <= ~o_state;
            never_q <= o_state == 16'h7FFF;
        end
        if (i_take_reset)
            reset_q <= o_state;
    end

    wire [31:0]        sum;
    wire signed [23:0] driven;

    loom_multiplier #(.LOGIC(LOGIC)) u_multiplier (
        .clk      (clk),
        .i_graded (i_graded),
        .i_a      (i_graded && !i_wide ? {{8{i_weight[7]}}, i_weight} : shown),
        .i_take_b (i_take_value || i_take_leak),
        .i_b      (i_take_value ? i_value : o_state),
        .o_sum    (sum)
    );

    loom_gain #(.LOGIC(LOGIC)) u_gain (
        .clk     (clk),
        .i_take  (i_take_current || !i_current),
        .i_x     (i_take_current ? shown : i_x),
        .i_gain  (i_gain),
        .i_bias  (base),
        .o_drive (driven)
    );

    assign o_product = sum[8 +: 16];

    // The leak's product has v in it, or v is added to the bias: where that costs less.
    wire signed [16:0] base;

    generate
        if (LOGIC != 0) begin : g_bias
            assign base = {bias_q[15], bias_q};
        end else begin : g_base
            reg signed [16:0] base_q;
            always @(posedge clk)
                base_q <= {shown[15], shown} + {bias_q[15], bias_q};
            assign base = base_q;
        end
    endgenerate

    // Stages 3 and 4. |leaked| <= 2^16, |driven| <= 2^22 + 2^16: 24 bits hold their sum.
    reg  signed [23:0] sum_q;
    reg  signed [15:0] v_q;
    wire signed [16:0] leaked = sum[31:15];
    wire               fits = sum_q[23:15] == {9{sum_q[15]}};

    // What v will be is compared before it is saturated: beside that, not after it.
    reg                above_q;
    wire signed [16:0] margin = {sum_q[15], sum_q[15:0]} + {below_q[15], below_q};

    always @(posedge clk) begin
        sum_q   <= {{7{leaked[16]}}, leaked} + driven;
        v_q     <= fits ? sum_q[15:0] : {sum_q[23], {15{~sum_q[23]}}};
        above_q <= i_fire && (fits ? !margin[16] : !sum_q[23] && !never_q);
    end

    // Stage 5: reset.
    reg  signed [15:0] next_q;
    reg                spike_q;
    wire signed [15:0] after = v_q + reset_q;
    wire signed [15:0] kept = !above_q ? v_q : i_subtract ? after : reset_q;
    // Two numbers of a sign have a sum of the other one. One bit beside kept: a shorter path.
    wire               saturates = above_q && i_subtract && v_q[15] == reset_q[15] && after[15] != v_q[15];

    always @(posedge clk) begin
        if (i_clear) begin
            next_q  <= 16'sd0;
            spike_q <= 1'b0;
        end else begin
            next_q  <= saturates ? {v_q[15], {15{~v_q[15]}}} : kept;
            spike_q <= above_q;
        end
    end

    assign o_next = next_q;
    assign o_spike = spike_q;

    wire unused = &{1'b0, sum[7:0], margin[15:0]};
endmodule

`default_nettype wire
