// reset_proof: but for the first clock after configuration, rst of loom_reset is low where, three clocks ago, i_ready
// had been high in 2^CLOCKS_LOG2 clocks one after the other, and high everywhere else.
`default_nettype none
module reset_proof #(
    parameter CLOCKS_LOG2 = 2
) (
    input wire clk,
    input wire ready
);
    localparam CLOCKS = 1 << CLOCKS_LOG2;

    wire rst;

    loom_reset #(.CLOCKS_LOG2(CLOCKS_LOG2)) u_reset (.clk(clk), .i_ready(ready), .rst(rst));

    reg [CLOCKS_LOG2:0] seen = 0;   // clocks with i_ready one after the other, up to CLOCKS
    reg enough_1 = 1'b0;
    reg enough_2 = 1'b0;
    reg enough_3 = 1'b0;            // three clocks ago
    reg past_valid = 1'b0;
    reg ran = 1'b0;
    always @(posedge clk) begin
        past_valid <= 1'b1;
        if (!ready)
            seen <= 0;
        else if (seen != CLOCKS)
            seen <= seen + 1'b1;
        enough_1 <= seen == CLOCKS;
        enough_2 <= enough_1;
        enough_3 <= enough_2;
        ran <= ran || (past_valid && !rst);
    end
    always @* begin
        assert (seen <= CLOCKS);
        if (past_valid)
            assert (rst == !enough_3);
        cover (past_valid && ran && rst);
    end
endmodule
`default_nettype wire
