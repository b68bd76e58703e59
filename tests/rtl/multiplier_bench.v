// multiplier_bench: loom_multiplier and loom_gain, of products and of adders, against arithmetic in 40 bits: edge values in
// all combinations, then random ones, a new operand every cycle. Prints "N sums right" or the first that is wrong.
`default_nettype none
module multiplier_bench;
    localparam ROUNDS = 200000;
    localparam EDGES  = 12;

    reg clk = 1'b0;
    reg graded;
    reg [15:0] a, b;
    reg [3:0] gain;
    wire [31:0] sum_fast, sum_slow;
    wire [23:0] drive_fast, drive_slow;
    reg signed [16:0] bias;

    loom_multiplier #(.LOGIC(0)) u_fast (.clk(clk), .i_graded(graded), .i_a(a), .i_take_b(1'b1), .i_b(b), .o_sum(sum_fast));
    loom_multiplier #(.LOGIC(1)) u_slow (.clk(clk), .i_graded(graded), .i_a(a), .i_take_b(1'b1), .i_b(b), .o_sum(sum_slow));
    loom_gain #(.LOGIC(0)) u_gain_fast (.clk(clk), .i_take(1'b1), .i_x(a), .i_gain(gain), .i_bias(bias), .o_drive(drive_fast));
    loom_gain #(.LOGIC(1)) u_gain_slow (.clk(clk), .i_take(1'b1), .i_x(a), .i_gain(gain), .i_bias(bias),
                                        .o_drive(drive_slow));

    function [15:0] edge_value(input integer index);
        case (index)
        0: edge_value = 16'h0000;  1: edge_value = 16'h0001;  2: edge_value = 16'hFFFF;  3: edge_value = 16'h7FFF;
        4: edge_value = 16'h8000;  5: edge_value = 16'h8001;  6: edge_value = 16'h0080;  7: edge_value = 16'hFF80;
        8: edge_value = 16'h5555;  9: edge_value = 16'hAAAA;  10: edge_value = 16'h00FF; default: edge_value = 16'hFF7F;
        endcase
    endfunction

    // What the operands of the last four cycles make.
    reg signed [39:0] sum_now, sum_1, sum_2, sum_3, fast_now, fast_1;
    reg signed [39:0] drive_now, drive_1, drive_2, drive_3;
    reg signed [39:0] a_wide, b_wide, bias_wide;
    integer round, mode, right;

    // Both are wide enough to be exact; only what is used of a sum is compared.
    function same(input [31:0] sum, input [39:0] expected);
        same = graded ? sum[23:8] === expected[23:8] : sum[31:15] === expected[31:15];
    endfunction

    initial begin
        right = 0;
        for (mode = 0; mode < 2; mode = mode + 1) begin
            graded = mode[0];
            gain = 4'd0;
            for (round = 0; round < ROUNDS; round = round + 1) begin
                a = round < EDGES * EDGES ? edge_value(round / EDGES) : $random;
                b = round < EDGES * EDGES ? edge_value(round % EDGES) : $random;
                if (round % 1000 == 0)
                    gain = round / 1000 % 15;
                if (round % 8 == 0) begin // to the adders it counts later: both see it from the fourth round on
                    bias = $random;
                end
                a_wide = $signed(a);
                b_wide = $signed(b);
                bias_wide = bias;
                fast_now = a_wide * b_wide + (graded ? 40'sd128 : 40'sd16384); // without a itself
                sum_now = graded ? a_wide * b_wide + 40'sd128 : a_wide * (b_wide + 40'sd32768) + 40'sd16384;
                drive_now = ((a_wide <<< gain) + (bias_wide <<< 7) + 40'sd64) >>> 7;
                #1 clk = 1'b1;
                #1 clk = 1'b0;
                if (round % 1000 >= 8) begin
                    if (!same(sum_fast, fast_1) || !same(sum_slow, sum_3)) begin
                        $display("wrong: graded %b, %h and %h, %h and %h", graded, sum_fast, fast_1[31:0], sum_slow, sum_3[31:0]);
                        $finish;
                    end
                    if (round % 8 > 2 && (drive_fast !== drive_1[23:0] || drive_slow !== drive_3[23:0])) begin
                        $display("wrong: gain %0d, %h and %h, %h and %h", gain, drive_fast, drive_1[23:0], drive_slow,
                                 drive_3[23:0]);
                        $finish;
                    end
                    right = right + 1;
                end
                fast_1 = fast_now;
                {sum_3, sum_2, sum_1} = {sum_2, sum_1, sum_now};
                {drive_3, drive_2, drive_1} = {drive_2, drive_1, drive_now};
            end
        end
        $display("%0d sums right", right);
        $finish;
    end
endmodule
`default_nettype wire
