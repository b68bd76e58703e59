// neuron_any_proof: loom_neuron with any leak and any gain: what multiplier and gain make of the operands of one update
// (product_stand_in.v), whose state was shown at any time and whose parameters were taken in any pattern, is added up,
// saturated, compared and reset as docs/numbers.md says, with any flags, whatever comes before and after. The
// multiplier gets that state and that leak, the gain that input and that bias: with others its sum would be another
// one. The memory of states shows anything at any time.
`default_nettype none
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

module neuron_any_proof #(
    parameter LOGIC = 0
) (
    input wire        clk,
    input wire        take_leak,
    input wire        take_bias,
    input wire        take_threshold,
    input wire        take_reset,
    input wire        take_current,
    input wire [15:0] x,
    input wire [15:0] external_state
);
    (* anyconst *) wire current, external, fire, subtract, clear;
    (* anyconst *) wire [3:0] gain;
    wire [15:0] state, next, product;
    wire spike;

    loom_neuron #(.ROWS(2), .LOGIC(LOGIC)) u_neuron (
        .clk(clk), .i_read(1'b0), .i_read_row(1'b0), .i_write(1'b0), .i_write_row(1'b0), .i_write_data(16'd0),
        .o_state(state), .i_take_leak(take_leak), .i_take_bias(take_bias),
        .i_take_threshold(take_threshold), .i_take_reset(take_reset), .i_take_current(take_current), .i_x(x),
        .i_current(current), .i_external(external), .i_external_state(external_state), .i_gain(gain), .i_fire(fire),
        .i_subtract(subtract), .i_clear(clear), .o_next(next), .o_spike(spike), .i_graded(1'b0), .i_wide(1'b0),
        .i_take_value(1'b0), .i_weight(8'd0), .i_value(16'd0), .o_product(product)
    );

    // The constants of the stand-ins: yosys makes one wire of the two when it flattens.
    (* hierconn *) wire [15:0] \u_neuron.u_multiplier.a ;
    (* hierconn *) wire [15:0] \u_neuron.u_multiplier.b ;
    (* hierconn *) wire [31:0] \u_neuron.u_multiplier.sum ;
    (* hierconn *) wire [15:0] \u_neuron.u_gain.x ;
    (* hierconn *) wire [16:0] \u_neuron.u_gain.bias ;
    (* hierconn *) wire [23:0] \u_neuron.u_gain.drive ;
    wire signed [31:0] sum = \u_neuron.u_multiplier.sum ;
    wire signed [23:0] drive = \u_neuron.u_gain.drive ;

    // Operands of an update whose state was shown n cycles ago, in _n; parameters as taken up to then, the bias up to
    // the cycle before.
    wire [15:0] v_0 = external ? external_state : state;
    reg [15:0] leak, input_marked, bias, threshold, reset;
    wire [15:0] leak_0 = take_leak ? state : leak;
    wire [15:0] input_0 = !current ? x : take_current ? v_0 : input_marked;
    reg [15:0] v_1, v_2, v_3, v_4, v_5, v_6, v_7;
    reg [15:0] leak_1, leak_2, leak_3, leak_4, leak_5, leak_6, leak_7;
    reg [15:0] input_1, input_2, input_3, input_4, input_5, input_6, input_7;
    reg [15:0] bias_1, bias_2, bias_3, bias_4, bias_5;
    reg signed [15:0] threshold_1, threshold_2, reset_1;
    reg [3:0] age = 4'd0;
    always @(posedge clk) begin
        leak <= leak_0;
        if (take_bias)
            bias <= state;
        if (take_threshold)
            threshold <= state;
        if (take_reset)
            reset <= state;
        if (take_current)
            input_marked <= v_0;
        {v_7, v_6, v_5, v_4, v_3, v_2, v_1} <= {v_6, v_5, v_4, v_3, v_2, v_1, v_0};
        {leak_7, leak_6, leak_5, leak_4, leak_3, leak_2, leak_1}
            <= {leak_6, leak_5, leak_4, leak_3, leak_2, leak_1, leak_0};
        {input_7, input_6, input_5, input_4, input_3, input_2, input_1}
            <= {input_6, input_5, input_4, input_3, input_2, input_1, input_0};
        {bias_5, bias_4, bias_3, bias_2, bias_1} <= {bias_4, bias_3, bias_2, bias_1, bias};
        {threshold_2, threshold_1} <= {threshold_1, threshold};
        reset_1 <= reset;
        if (age != 4'd15)
            age <= age + 4'd1;
    end

    function signed [15:0] saturate(input signed [31:0] value);
        saturate = value > 32'sd32767 ? 16'sh7FFF : value < -32'sd32768 ? 16'sh8000 : value[15:0];
    endfunction

    // Beside a product without v it is added to the bias.
    wire [16:0] base = LOGIC != 0 ? {bias_4[15], bias_4} : {bias_5[15], bias_5} + {v_5[15], v_5};
    wire met = (LOGIC != 0 ? v_7 : v_5) == \u_neuron.u_multiplier.a
               && (LOGIC != 0 ? leak_7 : leak_5) == \u_neuron.u_multiplier.b
               && (LOGIC != 0 ? input_7 : input_5) == \u_neuron.u_gain.x
               && base == \u_neuron.u_gain.bias ;
    wire signed [31:0] leaked = sum >>> 15;
    wire signed [31:0] driven = drive;
    wire signed [15:0] s = saturate(leaked + driven);
    wire signed [31:0] s_wide = s;
    wire signed [31:0] reset_wide = reset_1;
    wire fired = fire && s > threshold_2;
    wire signed [15:0] after = !fired ? s : subtract ? saturate(s_wide + reset_wide) : reset_1;

    always @* begin
        if (age == 0)
            assume (take_leak && take_bias && take_threshold && take_reset && take_current == current);
        assume (current || !take_current);
        // What is true of every sum and every drive (loom_neuron: 24 bits hold their sum).
        assume (drive <= 24'sd4259840 && drive >= -24'sd4259840);
        if (age == (LOGIC != 0 ? 10 : 8) && met) begin
            assert (next == (clear ? 16'd0 : after));
            assert (spike == (!clear && fired));
            cover (spike && subtract && current && external && s != after && leaked < 0);
            cover (!spike && !current && s == 16'sh7FFF && leaked < 32'sd32767 && fire);
        end
    end
endmodule
`default_nettype wire
