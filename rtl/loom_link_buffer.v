// loom_link_buffer: payload words of frames, 256 words of 16 bits in one block RAM.
// Contract: o_read_data is the word at i_read_address one cycle after i_read, until the next i_read. A word is never
// read in the cycle that writes it: the link gives writer and reader different times or different halves.
`default_nettype none
module loom_link_buffer (
    input  wire        clk,
    input  wire        i_write,
    input  wire [7:0]  i_write_address,
    input  wire [15:0] i_write_data,
    input  wire        i_read,
    input  wire [7:0]  i_read_address,
    output wire [15:0] o_read_data
);
    (* no_rw_check *) reg [15:0] memory [0:255];
    reg [15:0] read_data_q;
    always @(posedge clk) begin
        if (i_write)
            memory[i_write_address] <= i_write_data;
        if (i_read)
            read_data_q <= memory[i_read_address];
    end
    assign o_read_data = read_data_q;
endmodule
`default_nettype wire
