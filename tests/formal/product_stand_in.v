// product_stand_in: loom_multiplier and loom_gain with their timing, but of arithmetic only this: one pair of factors,
// any, has one sum, any; and one input with one bias one drive. What all others make may be anything at any time. What
// is proven with them holds for the real ones, whose arithmetic has proofs of its own.
`default_nettype none
module loom_multiplier #(
    parameter LOGIC = 0
) (
    input  wire        clk,
    input  wire        i_graded,
    input  wire [15:0] i_a,
    input  wire        i_take_b,
    input  wire [15:0] i_b,
    output wire [31:0] o_sum
);
    (* anyconst *) wire [15:0] a;
    (* anyconst *) wire [15:0] b;
    (* anyconst *) wire [31:0] sum;
    (* anyseq *) wire [31:0] other;
    reg [15:0] a_q, b_q;
    reg        known_q, known_2_q, known_3_q;
    wire       known = LOGIC != 0 ? known_3_q : known_q;
    always @(posedge clk) begin
        a_q <= i_a;
        if (i_take_b)
            b_q <= i_b;
        known_q <= a_q == a && b_q == b;
        {known_3_q, known_2_q} <= {known_2_q, known_q};
    end
    assign o_sum = known ? sum : other;
endmodule

module loom_gain #(
    parameter LOGIC = 0
) (
    input  wire        clk,
    input  wire        i_take,
    input  wire [15:0] i_x,
    input  wire [3:0]  i_gain,
    input  wire [16:0] i_bias,
    output wire [23:0] o_drive
);
    (* anyconst *) wire [15:0] x;
    (* anyconst *) wire [16:0] bias;
    (* anyconst *) wire [23:0] drive;
    (* anyseq *) wire [23:0] other;
    reg [15:0] x_q;
    reg        x_2_q, x_3_q, known_q, known_slow_q;
    always @(posedge clk) begin
        if (i_take)
            x_q <= i_x;
        {x_3_q, x_2_q} <= {x_2_q, x_q == x};
        known_q <= x_q == x && i_bias == bias;
        known_slow_q <= x_3_q && i_bias == bias;
    end
    assign o_drive = (LOGIC != 0 ? known_slow_q : known_q) ? drive : other;
endmodule
`default_nettype wire
