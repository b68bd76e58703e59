// loom_weight_memory: the weights and the program of a core, one port.
//
// Each of the 16-bit parts of a word has its own write enable; a part that is not written is read, one cycle later
// in o_word. 16384 words of 64 bits are the four SPRAM blocks of an UP5K, which have no initial contents:
// the host loads them.
`default_nettype none

module loom_weight_memory #(
    parameter WORD_BITS = 64,
    parameter WORDS     = 16384
) (
    input  wire                     clk,
    input  wire [WORD_BITS/16-1:0]  i_write,
    input  wire [$clog2(WORDS)-1:0] i_address,
    input  wire [WORD_BITS-1:0]     i_data,
    output wire [WORD_BITS-1:0]     o_word
);
    genvar part;
    generate
        for (part = 0; part < WORD_BITS / 16; part = part + 1) begin : g_part
            reg [15:0] memory [0:WORDS-1];
            reg [15:0] word_q;

            always @(posedge clk) begin
                if (i_write[part])
                    memory[i_address] <= i_data[16*part +: 16];
                else
                    word_q <= memory[i_address];
            end
            assign o_word[16*part +: 16] = word_q;
        end
    endgenerate
endmodule

`default_nettype wire
