// lane_proof: an accumulator of loom_lane is the sum, modulo 2^16, of all operands that were added to it since it was
// cleared: none lost, none added twice, none added elsewhere, under any traffic in which a row is not presented in the
// cycle in which it is written. By induction, hence for any length of time. With |operands| up to LARGEST and at most
// COUNT of them it wraps nowhere: the sum is that of wide arithmetic.
`default_nettype none
module lane_proof #(
    parameter ROWS = 4,
    parameter LARGEST = 128,
    parameter COUNT = 255
) (
    input wire                    clk,
    input wire                    present_any,  // a row is presented to be written in the next cycle
    input wire [$clog2(ROWS)-1:0] row,
    input wire                    clear,
    input wire [15:0]             operand
);
    (* anyconst *) wire [$clog2(ROWS)-1:0] watched;

    reg presented = 1'b0;
    reg [$clog2(ROWS)-1:0] last;        // row that was presented in the cycle before
    wire [15:0] x;

    loom_lane #(.ROWS(ROWS)) u_lane (
        .clk(clk), .i_read_row(row), .i_write(presented), .i_write_row(last), .i_clear(clear), .i_operand(operand),
        .o_x(x)
    );
    (* hierconn *) wire [16*ROWS-1:0] \u_lane.u_accumulators.memory ;

    reg known = 1'b0;                   // was cleared
    reg signed [31:0] sum;
    reg [8:0] count;
    reg cleared_since = 1'b0;
    reg known_before = 1'b0;            // in the cycle before too
    wire signed [15:0] signed_operand = operand;
    wire written = presented && last == watched;
    wire few = count < COUNT;
    always @(posedge clk) begin
        presented <= present_any;
        last <= row;
        known_before <= known;
        if (written) begin
            known <= known || clear;
            sum <= clear ? 32'sd0 : sum + signed_operand;
            count <= clear ? 9'd0 : few ? count + 9'd1 : count;
        end
        cleared_since <= cleared_since || (known && written && clear && sum < 0);
    end

    always @* begin
        assume (!(presented && row == last));
        assume (signed_operand <= LARGEST && signed_operand >= -LARGEST);
        if (!clear && written)
            assume (few);
        if (known) begin
            assert (\u_lane.u_accumulators.memory [16*watched +: 16] == sum[15:0]);
            assert (sum <= LARGEST * $signed({1'b0, count}) && sum >= -LARGEST * $signed({1'b0, count}));
            assert (count <= COUNT);
            if (known_before && last == watched)
                assert ($signed(x) == sum);
        end
        cover (known && count == 2 && sum == -2 * LARGEST && cleared_since);
    end
endmodule
`default_nettype wire
