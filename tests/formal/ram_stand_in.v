// ram_stand_in: loom_ram of a few registers, which the prover takes for what they are. A word that is read while it is
// written is anything, as its contract has it.
`default_nettype none
module loom_ram #(
    parameter WIDTH = 16,
    parameter DEPTH = 4
) (
    input  wire                     clk,
    input  wire                     i_write,
    input  wire [$clog2(DEPTH)-1:0] i_write_address,
    input  wire [WIDTH-1:0]         i_write_data,
    input  wire                     i_read,
    input  wire [$clog2(DEPTH)-1:0] i_read_address,
    output wire [WIDTH-1:0]         o_data
);
    (* anyseq *) wire [WIDTH-1:0] undefined;
    reg [WIDTH*DEPTH-1:0] memory;
    reg [WIDTH-1:0]       data_q;
    assign o_data = data_q;
    always @(posedge clk) begin
        if (i_write)
            memory[WIDTH*i_write_address +: WIDTH] <= i_write_data;
        if (i_read)
            data_q <= i_write && i_write_address == i_read_address ? undefined : memory[WIDTH*i_read_address +: WIDTH];
    end
endmodule
`default_nettype wire
