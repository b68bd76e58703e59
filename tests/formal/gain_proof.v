// gain_proof: loom_gain is a rounded x * 2^(gain - 7) plus a bias, two cycles after the x that was taken last, with LOGIC four,
// for any x, any gain and any bias, which counts a cycle after x, with LOGIC three.
`default_nettype none
module gain_proof #(
    parameter LOGIC = 1
) (
    input wire        clk,
    input wire        take,
    input wire [15:0] x,
    input wire [16:0] bias
);
    (* anyconst *) wire [3:0] gain;
    wire [23:0] drive;

    loom_gain #(.LOGIC(LOGIC)) u_gain (
        .clk(clk), .i_take(take), .i_x(x), .i_gain(gain), .i_bias(bias), .o_drive(drive)
    );

    reg signed [15:0] held, held_2, held_3, held_4;
    reg signed [16:0] bias_1;
    reg [3:0] age = 4'd0;
    always @(posedge clk) begin
        if (take)
            held <= x;
        {held_4, held_3, held_2} <= {held_3, held_2, held};
        bias_1 <= bias;
        if (age != 4'd15)
            age <= age + 4'd1;
    end

    wire signed [39:0] x_wide = LOGIC != 0 ? held_4 : held_2;
    wire signed [39:0] bias_wide = bias_1;
    wire signed [39:0] expected = ((x_wide <<< gain) + (bias_wide <<< 7) + 40'sd64) >>> 7;
    always @* begin
        assume (gain <= 4'd14);
        if (age == 0)
            assume (take);
        if (age == 5)
            assert (drive == expected[23:0]);
        cover (age == 5 && gain == 4'd14 && x_wide < 0 && bias_wide > 0);
    end
endmodule
`default_nettype wire
