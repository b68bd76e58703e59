// multiplier_proof: loom_multiplier is a * (b + 2^15) + 2^14, or with GRADED a * b + 2^7, but for its lowest byte, LATENCY cycles
// after a and with the b that was taken last, of any a and b. B_BITS of b are any, from B_LOW on, the others 0: what one
// bit of b adds is a row of its own, so that every bit of b is in a proof though not every pair of them.
`default_nettype none
module multiplier_proof #(
    parameter LOGIC  = 1,
    parameter GRADED = 0,
    parameter B_LOW  = 0,
    parameter B_BITS = 4
) (
    input wire        clk,
    input wire [15:0] a,
    input wire        take_b,
    input wire [15:0] b
);
    localparam LATENCY = LOGIC != 0 ? 4 : 2;
    localparam [15:0] MASK = ((1 << B_BITS) - 1) << B_LOW;
    wire graded = GRADED != 0;
    wire [31:0] sum;

    loom_multiplier #(.LOGIC(LOGIC)) u_multiplier (
        .clk(clk), .i_graded(graded), .i_a(a), .i_take_b(take_b), .i_b(b), .o_sum(sum)
    );

    reg signed [15:0] held;
    reg signed [15:0] a_1, a_2, a_3, a_4;
    reg signed [15:0] b_2, b_3, b_4;
    reg [3:0] age = 4'd0;
    always @(posedge clk) begin
        if (take_b)
            held <= b;
        {a_4, a_3, a_2, a_1} <= {a_3, a_2, a_1, a};
        {b_4, b_3, b_2} <= {b_3, b_2, held};
        if (age != 4'd15)
            age <= age + 4'd1;
    end

    wire signed [33:0] a_then = LATENCY == 4 ? a_4 : a_2;
    wire signed [33:0] b_then = LATENCY == 4 ? b_4 : b_2;
    wire signed [33:0] expected = graded ? a_then * b_then + 34'sd128 : a_then * (b_then + 34'sd32768) + 34'sd16384;
    always @* begin
        assume ((b & ~MASK) == 16'd0);
        if (age == 0)
            assume (take_b);
        if (age == LATENCY + 1)
            assert (sum[31:8] == expected[31:8]);
        cover (age == LATENCY + 1 && sum[31:8] != 24'd0 && a_1 != a_2);
    end
endmodule
`default_nettype wire
