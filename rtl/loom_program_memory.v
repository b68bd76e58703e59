// loom_program_memory: the operations of a core, in block memory of their own.
//
// OPERATIONS operations of 128 bits, read PROGRAM_BITS at a time: o_word shows in the next cycle what i_read_address names, and
// holds it while i_read is low. Its first and its last 16 bits have a read of their own, i_read_ends: with 128 bits they are
// field 0 (code and flags) and field 7 (the ring), which loom_program needs an operation ahead. Written 16 bits at a time:
// i_write_address counts fields. i_mark writes i_marked instead, bits 15:14 of field 0 of operation i_mark_operation alone.
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
    localparam PARTS     = PROGRAM_BITS / 16;
    localparam PART_BITS = $clog2(PARTS);
    localparam [2:0] LAST = PARTS[2:0] - 3'd1;
    localparam ADDRESS_BITS = $clog2(WORDS);

    // Field 0, and what shares its memory.
    wire here_0 = (i_write_address[2:0] & LAST) == 3'd0;
    wire [$clog2(8*OPERATIONS)-1:0] address_0 = i_mark ? {i_mark_operation, 3'd0} : i_write_address;
    reg [15:0] first_q;
    (* no_rw_check *)
    reg [15:0] memory [0:WORDS-1];

    always @(posedge clk) begin
        if (i_write && here_0)
            memory[address_0[PART_BITS +: ADDRESS_BITS]][13:0] <= i_write_data[13:0];
        if ((i_write && here_0) || i_mark)
            memory[address_0[PART_BITS +: ADDRESS_BITS]][15:14] <= i_mark ? i_marked : i_write_data[15:14];
        if (i_read_ends)
            first_q <= memory[i_read_address];
    end
    assign o_word[15:0] = first_q;

    wire unused = &{1'b0, i_read, address_0};

    genvar part;
    generate
        for (part = 1; part < PARTS; part = part + 1) begin : g_part
            localparam [2:0] PART = part;
            wire here = (i_write_address[2:0] & LAST) == PART;

            loom_ram #(.WIDTH(16), .DEPTH(WORDS)) u_words (
                .clk             (clk),
                .i_write         (i_write && here),
                .i_write_address (i_write_address[$clog2(8*OPERATIONS)-1:PART_BITS]),
                .i_write_data    (i_write_data),
                .i_read          (part == PARTS - 1 ? i_read_ends : i_read),
                .i_read_address  (i_read_address),
                .o_data          (o_word[16*part +: 16])
            );
        end
    endgenerate
endmodule

`default_nettype wire
