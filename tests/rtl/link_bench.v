// link_bench: the link with a ring of two stand-in cores, for the test against runtime/link.c.
`default_nettype none
`include "hardware.vh"
module link_bench (
    input  wire       clk,
    input  wire       rst,
    input  wire       i_byte_valid,
    output wire       o_byte_ready,
    input  wire [7:0] i_byte,
    output wire       o_byte_valid,
    input  wire       i_byte_ready,
    output wire [7:0] o_byte
);
    wire [2:0] valid, ready;
    wire       end_ready; // as ready[2], with more than one core
    wire [`HW_MESSAGE_BITS-1:0] message_0, message_1, message_2;
    loom_link #(
        .CORES(2), .LANES(4), .SLOTS(5), .WEIGHT_WORDS(6), .STATE_ROWS(7), .ACCUMULATOR_ROWS(8), .SPIKE_WORDS(9),
        .OPERATIONS(10),
        .RETRY_CYCLES(3000)
    ) u_link (
        .clk(clk), .rst(rst), .i_byte_valid(i_byte_valid), .o_byte_ready(o_byte_ready), .i_byte(i_byte),
        .o_byte_valid(o_byte_valid), .i_byte_ready(i_byte_ready), .o_byte(o_byte),
        .i_end_valid(1'b0), .i_ring_valid(valid[2]), .o_ring_ready(ready[2]), .o_end_ready(end_ready), .i_ring_message(message_2),
        .o_ring_valid(valid[0]), .i_ring_ready(ready[0]), .o_ring_message(message_0)
    );
    link_bench_core #(.CORE(9'd0)) u_core_0 (
        .clk(clk), .rst(rst), .i_valid(valid[0]), .o_ready(ready[0]), .i_message(message_0),
        .o_valid(valid[1]), .i_ready(ready[1]), .o_message(message_1)
    );
    link_bench_core #(.CORE(9'd1)) u_core_1 (
        .clk(clk), .rst(rst), .i_valid(valid[1]), .o_ready(ready[1]), .i_message(message_1),
        .o_valid(valid[2]), .i_ready(ready[2]), .o_message(message_2)
    );
    wire unused = &{1'b0, end_ready};
endmodule
`default_nettype wire
