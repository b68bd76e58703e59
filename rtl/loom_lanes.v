// loom_lanes: the lanes of a core: weights of a memory word become operands, one a lane.
//
// Lane l is slot l mod SLOTS of group l / SLOTS. A memory word has BYTES = WORD_BITS / 8 weights of 8 bits or twice
// as many of 4; LANES is BYTES or 2 BYTES. What one unit of weights covers:
//   8 bit   the word: BYTES lanes                        4 bit, LANES = 2 BYTES   the word: all lanes
//   graded  SLOTS bytes: one group                       4 bit, LANES = BYTES     half a word (i_half): all lanes
//   16 bit  the word: one group, graded or not
// i_write has a bit a group. Every cycle captures operands: from i_word, or with i_multiplied from i_product
// (weight times value, a slot each). In the next cycle i_write adds them, or stores 0 with i_clear.
`default_nettype none

module loom_lanes #(
    parameter LANES     = 8,
    parameter SLOTS     = 4,
    parameter WORD_BITS = 64,
    parameter ROWS      = 256
) (
    input  wire                           clk,
    input  wire [WORD_BITS-1:0]           i_word,
    input  wire                           i_narrow,
    input  wire                           i_half,
    input  wire                           i_multiplied,
    input  wire [16*SLOTS-1:0]            i_product,
    input  wire [$clog2(ROWS)-1:0]        i_read_row,
    input  wire [$clog2(LANES/SLOTS):0]   i_read_group,
    input  wire [LANES/SLOTS-1:0]         i_write,
    input  wire [$clog2(ROWS)-1:0]        i_write_row,
    input  wire                           i_clear,
    output wire [16*SLOTS-1:0]            o_x
);
    localparam BYTES  = WORD_BITS / 8;
    localparam GROUPS = LANES / SLOTS;

    wire [16*LANES-1:0] x;

    genvar lane;
    generate
        for (lane = 0; lane < LANES; lane = lane + 1) begin : g_lane
            wire [7:0] wide = i_word[8*(lane % BYTES) +: 8];
            wire [3:0] narrow;
            reg [15:0] operand_q;

            if (LANES == BYTES)
                assign narrow = i_half ? i_word[4*(BYTES + lane) +: 4] : i_word[4*lane +: 4];
            else
                assign narrow = i_word[4*lane +: 4];

            always @(posedge clk) begin
                if (i_multiplied)
                    operand_q <= i_product[16*(lane % SLOTS) +: 16];
                else if (i_narrow)
                    operand_q <= {{12{narrow[3]}}, narrow};
                else
                    operand_q <= {{8{wide[7]}}, wide};
            end

            loom_lane #(.ROWS(ROWS)) u_lane (
                .clk         (clk),
                .i_read_row  (i_read_row),
                .i_write     (i_write[lane / SLOTS]),
                .i_write_row (i_write_row),
                .i_clear     (i_clear),
                .i_operand   (operand_q),
                .o_x         (x[16*lane +: 16])
            );
        end

        if (GROUPS == 1) begin : g_one_group
            wire unused = &{1'b0, i_read_group};
            assign o_x = x;
        end else begin : g_groups
            reg [$clog2(GROUPS)-1:0] group_q;
            wire unused = &{1'b0, i_read_group};
            always @(posedge clk)
                group_q <= i_read_group[$clog2(GROUPS)-1:0];
            assign o_x = x[16*SLOTS*group_q +: 16*SLOTS];
        end
        if (LANES != BYTES) begin : g_words
            wire unused = &{1'b0, i_half};
        end
    endgenerate
endmodule

`default_nettype wire
