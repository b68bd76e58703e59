// neuron_proof: loom_neuron computes the update of docs/numbers.md from any state, input, bias, threshold and reset, taken in
// any pattern of the i_take signals, with any flags; and with GRADED the product of any weight, with WIDE of 16 bits, and value. The reference is
// written from the formulas in wide signed arithmetic. Bounded: one leak, LEAK, taken once, and one gain, 2^(GAIN - 7), a
// proof (run.sh); another leak than none or all of it only without input and bias, or z3 takes too long.
// The memory of states shows anything at any time.
`default_nettype none
`include "hardware.vh"
module loom_ram #(
    parameter WIDTH = 16,
    parameter DEPTH = 256
) (
    input  wire                     clk,
    input  wire                     i_write,
    input  wire [$clog2(DEPTH)-1:0] i_write_address,
    input  wire [WIDTH-1:0]         i_write_data,
    input  wire                     i_read,
    input  wire [$clog2(DEPTH)-1:0] i_read_address,
    output wire [WIDTH-1:0]         o_data
);
    (* anyseq *) wire [WIDTH-1:0] data;
    assign o_data = data;
endmodule

module neuron_proof #(
    parameter GAIN = 7,
    parameter [15:0] LEAK = 16'h8000,
    parameter GRADED = 0,
    parameter WIDE = 0,
    parameter LOGIC = 0
) (
    input wire        clk,
    input wire        take_bias,
    input wire        take_threshold,
    input wire        take_reset,
    input wire        take_current,
    input wire        take_value,
    input wire [15:0] x,
    input wire [15:0] external_state,
    input wire [7:0]  weight,
    input wire [15:0] value
);
    (* anyconst *) wire current, external, fire, subtract, clear;
    wire graded = GRADED != 0;
    wire wide = WIDE != 0;
    wire rests = LEAK != 16'h0000 && LEAK != 16'h8000;  // proven without an input only
    wire [15:0] state, next, product;
    wire spike;

    loom_neuron #(.ROWS(2), .LOGIC(LOGIC)) u_neuron (
        .clk(clk), .i_read(1'b0), .i_read_row(1'b0), .i_write(1'b0), .i_write_row(1'b0), .i_write_data(16'd0),
        .o_state(state), .i_take_leak(!graded && age == 0), .i_take_bias(take_bias), .i_take_threshold(take_threshold),
        .i_take_reset(take_reset), .i_take_current(take_current), .i_x(x), .i_current(current), .i_external(external || wide),
        .i_external_state(external_state), .i_gain(GAIN[3:0]), .i_fire(fire), .i_subtract(subtract), .i_clear(clear),
        .o_next(next), .o_spike(spike), .i_graded(graded), .i_wide(wide), .i_take_value(graded && take_value), .i_weight(weight), .i_value(value),
        .o_product(product)
    );

    // Operands of an update whose state was shown n cycles ago, in _n: the state itself, the input, the leak as marked up to
    // then, the bias as marked before, threshold and reset as marked up to the cycle before the last, threshold a cycle before.
    wire signed [15:0] v_0 = external ? external_state : state;
    reg signed [15:0] leak, input_marked, bias, threshold, reset;
    wire signed [15:0] leak_0 = age == 0 ? state : leak;
    wire signed [15:0] input_0 = !current ? x : take_current ? v_0 : input_marked;
    reg signed [15:0] v_1, v_2, v_3, v_4, v_5, v_6, v_7;
    reg signed [15:0] leak_1, leak_2, leak_3, leak_4, leak_5, leak_6, leak_7;
    reg signed [15:0] input_1, input_2, input_3, input_4, input_5, input_6, input_7;
    reg signed [15:0] bias_1, bias_2, bias_3, bias_4, bias_5;
    reg signed [15:0] threshold_1, threshold_2, reset_1;
    reg signed [15:0] value_held;
    reg signed [15:0] weight_1, weight_2, weight_3, weight_4;
    reg signed [15:0] value_2, value_3, value_4;
    reg [3:0] age = 4'd0;
    always @(posedge clk) begin
        if (age == 0)
            leak <= state;
        if (take_bias)
            bias <= state;
        if (take_threshold)
            threshold <= state;
        if (take_reset)
            reset <= state;
        if (take_current)
            input_marked <= v_0;
        {v_7, v_6, v_5, v_4, v_3, v_2, v_1} <= {v_6, v_5, v_4, v_3, v_2, v_1, v_0};
        {leak_7, leak_6, leak_5, leak_4, leak_3, leak_2, leak_1} <= {leak_6, leak_5, leak_4, leak_3, leak_2, leak_1, leak_0};
        {input_7, input_6, input_5, input_4, input_3, input_2, input_1} <= {input_6, input_5, input_4, input_3, input_2, input_1, input_0};
        {bias_5, bias_4, bias_3, bias_2, bias_1} <= {bias_4, bias_3, bias_2, bias_1, bias};
        {threshold_2, threshold_1} <= {threshold_1, threshold};
        reset_1 <= reset;
        if (take_value)
            value_held <= value;
        {weight_4, weight_3, weight_2, weight_1} <= {weight_3, weight_2, weight_1, wide ? external_state : {{8{weight[7]}}, weight}};
        {value_4, value_3, value_2} <= {value_3, value_2, value_held};
        if (age != 4'd15)
            age <= age + 4'd1;
    end

    function signed [15:0] saturate(input signed [39:0] sum);
        saturate = sum > 40'sd32767 ? 16'sh7FFF : sum < -40'sd32768 ? 16'sh8000 : sum[15:0];
    endfunction

    wire signed [15:0] v_then = LOGIC != 0 ? v_7 : v_5;
    wire signed [15:0] leak_then = LOGIC != 0 ? leak_7 : leak_5;
    wire signed [31:0] decay = v_then * leak_then;
    wire signed [39:0] t = v_then + ((decay + 40'sd16384) >>> 15);
    wire signed [39:0] scaled = LOGIC != 0 ? input_7 : input_5;
    wire signed [39:0] offset = LOGIC != 0 ? bias_4 : bias_5;
    wire signed [39:0] d = ((scaled <<< GAIN) + (offset <<< 7) + 40'sd64) >>> 7;
    wire signed [15:0] s = saturate(t + d);
    wire fired = fire && s > threshold_2;
    wire signed [39:0] reset_wide = reset_1;
    wire signed [39:0] s_wide = s;
    wire signed [15:0] after = !fired ? s : subtract ? saturate(s_wide + reset_wide) : reset_1;

    wire signed [15:0] weight_then = LOGIC != 0 ? weight_4 : weight_2;
    wire signed [15:0] value_then = LOGIC != 0 ? value_4 : value_2;
    wire signed [31:0] graded_product = weight_then * value_then;
    wire signed [39:0] rounded = (graded_product + 40'sd128) >>> 8;
    always @* begin
        // Everything was marked once; currents come only where they are asked for, values only while a graded
        // source is accumulated.
        if (age == 0)
            assume ((graded || state == LEAK) && (take_bias || rests) && take_threshold && take_reset && take_current == current);
        assume (current || !take_current);
        if (graded && age == 1)
            assume (take_value);
        if (rests)
            assume (x == 16'd0 && !current && take_bias == (age == 1) && (!take_bias || state == 16'd0));
        if (age == (LOGIC != 0 ? 10 : 8)) begin
            if (graded)
                assert (product == rounded[15:0]);
            else begin
                assert (next == (clear ? 16'd0 : after));
                assert (spike == (!clear && fired));
            end
            if (GRADED == 0)
                cover (spike && subtract && (current || rests) && external && s != after);
            else
                cover (rounded < 0);
        end
    end
endmodule
`default_nettype wire
