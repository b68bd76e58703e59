// loom_lane: one bank of accumulators and its adder.
//
// In the cycle after i_read_row was presented, o_x is that accumulator. If i_write is high in that cycle,
// o_x + i_operand, or 0 with i_clear, goes to i_write_row. The sum wraps;
// the compiler proves that no total leaves 16 bits, so the order of additions never matters. A row written
// in one cycle must not be presented for reading in the same cycle: the walker leaves a cycle between two
// additions to one row.
`default_nettype none

module loom_lane #(
    parameter ROWS = 256
) (
    input  wire                    clk,
    input  wire [$clog2(ROWS)-1:0] i_read_row,
    input  wire                    i_write,
    input  wire [$clog2(ROWS)-1:0] i_write_row,
    input  wire                    i_clear,
    input  wire [15:0]             i_operand,
    output wire [15:0]             o_x
);
    // The adder's logic cells have an input to spare for the clearing.
    wire [15:0] sum = o_x + i_operand;
    wire [15:0] stored = i_clear ? 16'd0 : sum;

    loom_ram #(.WIDTH(16), .DEPTH(ROWS)) u_accumulators (
        .clk             (clk),
        .i_write         (i_write),
        .i_write_address (i_write_row),
        .i_write_data    (stored),
        .i_read          (1'b1),
        .i_read_address  (i_read_row),
        .o_data          (o_x)
    );
endmodule

`default_nettype wire
