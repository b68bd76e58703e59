// loom_neuron: one slot: a bank of the state memory, a multiplier, and the update of a neuron.
//
// The arithmetic of docs/numbers.md, a stage a cycle, on the word v in o_state and the accumulator i_x beside it:
//   1 operands, x << gain   2 v + v * leak, x + bias   3 sum   4 saturate   5 fire and reset   6 o_next, o_spike valid
// Parameters arrive in o_state too, marked by i_take_leak, i_take_bias, i_take_threshold, i_take_reset;
// loom_updater has the schedule. While a graded source is accumulated (i_graded), the multiplier takes i_weight
// and the value that i_take_value marks; o_product, two cycles later, is their product without its low byte, rounded.
`default_nettype none

module loom_neuron #(
    parameter ROWS = 256
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
    input  wire [15:0]             i_x,
    input  wire [2:0]              i_gain,
    input  wire                    i_fire,
    input  wire                    i_subtract,
    input  wire                    i_clear,
    output wire [15:0]             o_next,
    output wire                    o_spike,

    input  wire                    i_graded,
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

    // Multiplier and adder: operands and result registered, as the DSP block wants it. In an update the
    // addend is v in units of 2^-LEAK_SHIFT, so that the sum is the leaked membrane; both addends round.
    reg signed [15:0] operand_a_q;
    reg signed [15:0] operand_b_q;
    reg signed [31:0] addend_q;
    reg signed [31:0] product_q;

    always @(posedge clk) begin
        operand_a_q <= i_graded ? {{8{i_weight[7]}}, i_weight} : o_state;
        if (i_take_value)
            operand_b_q <= i_value;
        else if (i_take_leak)
            operand_b_q <= o_state;
        addend_q <= i_graded ? 32'sd128 : {o_state[15], o_state, 15'h4000};
        product_q <= operand_a_q * operand_b_q + addend_q;
    end

    assign o_product = product_q[8 +: 16];

    // Parameters.
    reg signed [15:0] bias_q;
    reg signed [15:0] threshold_q;
    reg signed [15:0] reset_q;

    always @(posedge clk) begin
        if (i_take_bias)
            bias_q <= o_state;
        if (i_take_threshold)
            threshold_q <= o_state;
        if (i_take_reset)
            reset_q <= o_state;
    end

    // Stages 1 to 4; product_q is the leaked membrane at stage 3. |leaked| <= 2^16, |driven| < 2^22 + 2^15,
    // so 24 bits hold their sum.
    reg  signed [22:0] x_q;
    reg  signed [23:0] driven_q;
    reg  signed [23:0] sum_q;
    reg  signed [15:0] v_q;
    wire signed [22:0] x_wide = {{7{i_x[15]}}, i_x};
    wire signed [16:0] leaked = product_q[31:15];
    wire               fits = sum_q[23:15] == {9{sum_q[15]}};

    always @(posedge clk) begin
        x_q      <= x_wide <<< i_gain;
        driven_q <= {x_q[22], x_q} + {{8{bias_q[15]}}, bias_q};
        sum_q    <= {{7{leaked[16]}}, leaked} + driven_q;
        v_q      <= fits ? sum_q[15:0] : {sum_q[23], {15{~sum_q[23]}}};
    end

    // Stage 5: fire and reset.
    reg  signed [15:0] next_q;
    reg                spike_q;
    wire signed [16:0] margin = {threshold_q[15], threshold_q} - {v_q[15], v_q};
    wire               above = margin[16] && i_fire;
    wire signed [15:0] kept = v_q & {16{i_subtract}};
    wire signed [16:0] after = {kept[15], kept} + {reset_q[15], reset_q};
    wire               after_fits = after[16] == after[15];
    wire signed [15:0] after_saturated = after_fits ? after[15:0] : {after[16], {15{~after[16]}}};

    always @(posedge clk) begin
        if (i_clear) begin
            next_q  <= 16'sd0;
            spike_q <= 1'b0;
        end else begin
            next_q  <= above ? after_saturated : v_q;
            spike_q <= above;
        end
    end

    assign o_next = next_q;
    assign o_spike = spike_q;

    wire unused = &{1'b0, product_q[7:0], margin[15:0]};
endmodule

`default_nettype wire
