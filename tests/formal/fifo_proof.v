// fifo_proof: loom_fifo of 2^DEPTH_LOG2 words, whose properties are in its own file, and the rules of its output.
`default_nettype none
module fifo_proof #(
    parameter DEPTH_LOG2 = 1
) (
    input wire       clk,
    input wire       rst,
    input wire       i_valid,
    input wire [3:0] i_data,
    input wire       i_ready
);
    wire ready, valid, space_two;
    wire [3:0] data;
    loom_fifo #(.WIDTH(4), .DEPTH_LOG2(DEPTH_LOG2)) u_fifo (
        .clk(clk), .rst(rst), .i_valid(i_valid), .o_ready(ready), .i_data(i_data),
        .o_valid(valid), .i_ready(i_ready), .o_data(data), .o_space_two(space_two)
    );
    stream_check #(.WIDTH(4)) u_check (.clk(clk), .rst(rst), .i_valid(valid), .i_ready(i_ready), .i_data(data));
endmodule
`default_nettype wire
