// loom_multiplier: two products in turn, with the addition that each needs, rounded to nearest, ties up, by what uses them:
//   i_graded low   o_sum = i_a * (b + 2^15) + 2^14: a membrane and its leak; bits 31:15 are the leaked membrane; with LOGIC = 0
//                  o_sum = i_a * b + 2^14: what the leak adds to it (the block's second input to its sum costs a register)
//   i_graded high  o_sum = i_a * b + 2^7: a weight and a value; bits 23:8 are their product without its low byte
// b is i_b, taken while i_take_b is high and held. o_sum shows LATENCY cycles after i_a (and b) what they make; one sum a cycle.
// Bits 7:0 of o_sum are not to be used: with LOGIC they are 0.
//
// LOGIC = 0, LATENCY 2: an inferred product with registers before and behind it, which parts with DSP blocks have inside these.
// LOGIC = 1, LATENCY 4: adders alone, 16 rows that add i_a or not, two of them or two further additions a cycle. A row is a
// logic cell a bit: its look-up table has an input to spare for the choice.
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
    reg signed [15:0] a_q;
    reg signed [15:0] b_q;

    always @(posedge clk) begin
        a_q <= i_a;
        if (i_take_b)
            b_q <= i_b;
    end

    // A row with what is higher; LOGIC alone uses it. |higher| < 2^16 stays so: half of the result is the next row's.
    function signed [17:0] row(input signed [16:0] higher, input signed [15:0] added, input chosen);
        row = chosen ? {higher[16], higher} + {{2{added[15]}}, added} : {higher[16], higher};
    endfunction

    generate
        if (LOGIC == 0) begin : g_dsp
            reg signed [31:0] sum_q;

            // What rounds is added beside the product: the block has an adder.
            always @(posedge clk)
                sum_q <= a_q * b_q + $signed({17'd0, !i_graded, 6'd0, i_graded, 7'd0});
            assign o_sum = sum_q;
        end else begin : g_logic
            // b + 2^15 is b with its highest bit turned over, and not signed; the highest row of a signed b is subtracted: it
            // adds ~a, and the 1 that is missing there is bit 15 of what the lowest rows begin with.
            reg  graded_q;
            wire top = b_q[15] ^ !graded_q;
            wire signed [16:0] begin_0 = {1'b0, top && graded_q, !graded_q, 6'd0, graded_q, 7'd0};

            always @(posedge clk)
                graded_q <= i_graded;

            // Four chains of four rows: two rows now, two in the next cycle. The lowest bit of a row goes no further, but in
            // chain 3, which begins with its highest row.
            reg signed [15:0] a_2_q;
            reg [7:0]         b_2_q; // of each chain the two rows to come
            reg signed [16:0] upper_0_q, upper_1_q, upper_2_q;
            reg signed [17:0] upper_3_q;
            reg [1:0]         lower_0_q, lower_1_q, lower_2_q;
            wire signed [17:0] row_0  = row(begin_0, a_q, b_q[0]);
            wire signed [17:0] row_1  = row(row_0[17:1], a_q, b_q[1]);
            wire signed [15:0] row_4  = a_q & {16{b_q[4]}};
            wire signed [17:0] row_5  = row({{2{row_4[15]}}, row_4[15:1]}, a_q, b_q[5]);
            wire signed [15:0] row_8  = a_q & {16{b_q[8]}};
            wire signed [17:0] row_9  = row({{2{row_8[15]}}, row_8[15:1]}, a_q, b_q[9]);
            wire signed [15:0] row_15 = (a_q ^ {16{graded_q}}) & {16{top}};
            wire signed [17:0] row_14 = row({row_15, 1'b0}, a_q, b_q[14]);

            always @(posedge clk) begin
                a_2_q <= a_q;
                b_2_q <= {b_q[13:12], b_q[11:10], b_q[7:6], b_q[3:2]};
                {upper_0_q, lower_0_q} <= {row_1, row_0[0]};
                {upper_1_q, lower_1_q} <= {row_5, row_4[0]};
                {upper_2_q, lower_2_q} <= {row_9, row_8[0]};
                upper_3_q <= row_14;
            end

            // Products of a with four bits of b each.
            reg signed [20:0] chain_0_q; // and what it began with
            reg signed [19:0] chain_1_q, chain_2_q, chain_3_q;
            wire signed [17:0] row_2  = row(upper_0_q, a_2_q, b_2_q[0]);
            wire signed [17:0] row_3  = row(row_2[17:1], a_2_q, b_2_q[1]);
            wire signed [17:0] row_6  = row(upper_1_q, a_2_q, b_2_q[2]);
            wire signed [17:0] row_7  = row(row_6[17:1], a_2_q, b_2_q[3]);
            wire signed [17:0] row_10 = row(upper_2_q, a_2_q, b_2_q[4]);
            wire signed [17:0] row_11 = row(row_10[17:1], a_2_q, b_2_q[5]);
            wire signed [18:0] upper_3_twice = {upper_3_q, 1'b0};
            wire signed [18:0] row_13 = b_2_q[7] ? upper_3_twice + {{3{a_2_q[15]}}, a_2_q} : upper_3_twice;
            wire signed [19:0] row_13_twice = {row_13, 1'b0};
            wire signed [19:0] row_12 = b_2_q[6] ? row_13_twice + {{4{a_2_q[15]}}, a_2_q} : row_13_twice;

            always @(posedge clk) begin
                chain_0_q <= {row_3, row_2[0], lower_0_q};
                chain_1_q <= {row_7[16:0], row_6[0], lower_1_q};
                chain_2_q <= {row_11[16:0], row_10[0], lower_2_q};
                chain_3_q <= row_12;
            end

            // The lowest byte is needed for its carry alone.
            reg signed [23:0] sum_q;
            wire signed [20:0] low  = {{4{chain_0_q[20]}}, chain_0_q[20:4]} + {chain_1_q[19], chain_1_q};
            wire signed [19:0] high = {{4{chain_2_q[19]}}, chain_2_q[19:4]} + chain_3_q;

            always @(posedge clk)
                sum_q <= {{7{low[20]}}, low[20:4]} + {high, chain_2_q[3:0]};
            assign o_sum = {sum_q, 8'd0};

            wire unused = &{1'b0, low[3:0], chain_0_q[3:0], row_7[17], row_11[17]};
        end
    endgenerate
endmodule

`default_nettype wire
