// loom_ram: block memory with one write port and one read port, both clocked.
//
// o_data shows the word at i_read_address one cycle later, while i_read is high; it holds its
// value otherwise. Reading the address that is written in the same cycle gives an undefined word: every
// user keeps the two apart. Contents start undefined and are never reset.
// WIDTH bits a word, DEPTH words; 256 x 16 is one iCE40 block.
`default_nettype none

module loom_ram #(
    parameter WIDTH = 16,
    parameter DEPTH = 256
) (
    input  wire                     clk,
    input  wire                     i_write,
    input  wire [$clog2(DEPTH)-1:0] i_write_address,
    input  wire [WIDTH-1:0]         i_write_data,
    input  wire                     i_read,
    input  wire [$clog2(DEPTH)-1:0] i_read_address,
    output reg  [WIDTH-1:0]         o_data
);
    (* no_rw_check *)
    reg [WIDTH-1:0] memory [0:DEPTH-1];

    always @(posedge clk) begin
        if (i_write)
            memory[i_write_address] <= i_write_data;
        if (i_read)
            o_data <= memory[i_read_address];
    end
endmodule

`default_nettype wire
