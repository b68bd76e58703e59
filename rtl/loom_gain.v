// loom_gain: the drive of a neuron, (x * 2^i_gain + bias * 2^7 + 2^6) / 2^7 rounded down: an input times a power of two from
// -7 to 7, rounded to nearest, plus a bias.
//
// i_x is taken while i_take is high, and held. LOGIC = 0, LATENCY 2: an inferred product by 2^i_gain with registers before
// and behind it; i_bias counts a cycle after i_x. LOGIC = 1, LATENCY 4: a shifter, two levels a cycle; i_bias counts three cycles after
// i_x. i_gain stands.
`default_nettype none

module loom_gain #(
    parameter LOGIC = 0
) (
    input  wire        clk,
    input  wire        i_take,
    input  wire [15:0] i_x,
    input  wire [3:0]  i_gain, // 0 to 14
    input  wire [16:0] i_bias,
    output wire [23:0] o_drive
);
    reg signed [15:0] x_q;

    always @(posedge clk) begin
        if (i_take)
            x_q <= i_x;
    end

    generate
        if (LOGIC == 0) begin : g_dsp
            reg signed [15:0] factor_q;
            reg signed [31:0] drive_q;

            always @(posedge clk) begin
                factor_q <= 16'sd1 <<< i_gain;
                drive_q  <= x_q * factor_q + $signed({{8{i_bias[16]}}, i_bias, 7'h40});
            end
            assign o_drive = drive_q[30:7];

            wire unused = &{1'b0, drive_q[31], drive_q[6:0]};
        end else begin : g_logic
            // x * 2^i_gain without the six lowest bits, of which no sum depends; what was shifted first was shifted farthest.
            reg signed [27:0] coarse_q;
            reg signed [24:0] scaled_q;
            reg signed [23:0] drive_q;
            wire signed [23:0] by_8 = i_gain[3] ? {x_q, 8'd0} : {{8{x_q[15]}}, x_q};
            wire signed [29:0] by_2 = i_gain[1] ? {coarse_q, 2'd0} : {{2{coarse_q[27]}}, coarse_q};
            wire signed [30:0] by_1 = i_gain[0] ? {by_2, 1'd0} : {by_2[29], by_2};

            always @(posedge clk) begin
                coarse_q <= i_gain[2] ? {by_8, 4'd0} : {{4{by_8[23]}}, by_8};
                scaled_q <= by_1[30:6];
                drive_q  <= scaled_q[24:1] + {{7{i_bias[16]}}, i_bias} + {23'd0, scaled_q[0]};
            end
            assign o_drive = drive_q;

            wire unused = &{1'b0, by_1[5:0]};
        end
    endgenerate
endmodule

`default_nettype wire
