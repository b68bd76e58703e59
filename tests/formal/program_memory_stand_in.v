// program_memory_stand_in: loom_program_memory with contents that nobody writes: of an operation any code, low bits of fields 0
// and 6, ring, FOLLOWS and AHEAD; 0 elsewhere, for the prover's sake.
`default_nettype none
module loom_program_memory #(
    parameter PROGRAM_BITS = 128,
    parameter OPERATIONS   = 256,
    parameter WORDS        = OPERATIONS * (128 / PROGRAM_BITS)
) (
    input  wire                             clk,
    input  wire                             i_write,
    input  wire [$clog2(8*OPERATIONS)-1:0]  i_write_address,
    input  wire [15:0]                      i_write_data,
    input  wire                             i_mark,
    input  wire [$clog2(OPERATIONS)-1:0]    i_mark_operation,
    input  wire [1:0]                       i_marked,
    input  wire                             i_read,
    input  wire                             i_read_ends,
    input  wire [$clog2(WORDS)-1:0]         i_read_address,
    output wire [PROGRAM_BITS-1:0]          o_word
);
    (* anyconst *) wire [11*OPERATIONS-1:0] seeds;
    wire [128*OPERATIONS-1:0] contents;
    genvar index;
    generate
        for (index = 0; index < OPERATIONS; index = index + 1) begin : g_operation
            wire [10:0] seed = seeds[11*index +: 11];
            assign contents[128*index +: 128] = {3'd0, seed[8], 10'd0, seed[7:6], 14'd0, seed[5:4], 65'd0, seed[10], 19'd0, seed[9],
                                                   6'd0, seed[3:0]};
        end
    endgenerate
    reg [PROGRAM_BITS-1:0] word_q;
    wire [PROGRAM_BITS-1:0] read = contents[PROGRAM_BITS*i_read_address +: PROGRAM_BITS];
    always @(posedge clk) begin
        if (i_read)
            word_q[PROGRAM_BITS-17:16] <= read[PROGRAM_BITS-17:16];
        if (i_read_ends)
            word_q[15:0] <= read[15:0];
        if (i_read_ends)
            word_q[PROGRAM_BITS-1 -: 16] <= read[PROGRAM_BITS-1 -: 16];
    end
    assign o_word = word_q;
endmodule
`default_nettype wire
