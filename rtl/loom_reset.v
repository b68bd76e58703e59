// loom_reset: the reset of a board. rst is low when i_ready was high in 2^CLOCKS_LOG2 clocks one after the other, and high
// from the third clock on after i_ready was seen low. i_ready (the PLL has locked, no button is pressed) need not be
// synchronous: two registers take it over. All registers begin as 0 after configuration, so rst is low for one clock, and
// then high until the count is complete. Block RAM of an iCE40 must not be used for 3 us after configuration: 512 clocks
// are 5 us at 96 MHz, more at slower clocks.
`default_nettype none

module loom_reset #(
    parameter CLOCKS_LOG2 = 9
) (
    input  wire clk,
    input  wire i_ready,
    output wire rst
);
    reg [1:0]           ready_q = 2'd0;
    reg [CLOCKS_LOG2:0] count_q = {(CLOCKS_LOG2 + 1){1'b0}};
    reg                 rst_q = 1'b0;

    assign rst = rst_q;

    always @(posedge clk) begin
        ready_q <= {ready_q[0], i_ready};
        if (!ready_q[1])
            count_q <= {(CLOCKS_LOG2 + 1){1'b0}};
        else if (!count_q[CLOCKS_LOG2])
            count_q <= count_q + 1'b1;
        rst_q <= !count_q[CLOCKS_LOG2];
    end
endmodule

`default_nettype wire
