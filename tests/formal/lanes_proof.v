// lanes_proof: loom_lanes gives every lane its weight of the word that was shown in the cycle before, sign-extended: of
// 8 bits, of 4 bits from either half, or the product of its slot; the rows, the clearing and the write of its group go
// to every lane in the cycle itself; and o_x is the group that was asked for in the cycle before. The lane that stands
// here shows what it is given, operand and the rest in turns; lanes themselves are proven in lane_proof.v.
`default_nettype none
module loom_lane #(
    parameter ROWS = 4
) (
    input  wire                    clk,
    input  wire [$clog2(ROWS)-1:0] i_read_row,
    input  wire                    i_write,
    input  wire [$clog2(ROWS)-1:0] i_write_row,
    input  wire                    i_clear,
    input  wire [15:0]             i_operand,
    output wire [15:0]             o_x
);
    reg turn = 1'b0;
    always @(posedge clk)
        turn <= !turn;
    assign o_x = turn ? {i_write, i_clear, i_write_row, i_read_row} : i_operand;
endmodule

module lanes_proof #(
    parameter LANES = 8,
    parameter SLOTS = 4,
    parameter WORD_BITS = 64,
    parameter ROWS = 4
) (
    input wire                         clk,
    input wire [WORD_BITS-1:0]         word,
    input wire                         narrow,
    input wire                         half,
    input wire                         multiplied,
    input wire [16*SLOTS-1:0]          product,
    input wire [$clog2(ROWS)-1:0]      read_row,
    input wire [$clog2(LANES/SLOTS):0] read_group,
    input wire [LANES/SLOTS-1:0]       write,
    input wire [$clog2(ROWS)-1:0]      write_row,
    input wire                         clear
);
    localparam BYTES = WORD_BITS / 8;
    localparam GROUPS = LANES / SLOTS;
    wire [16*SLOTS-1:0] x;

    loom_lanes #(.LANES(LANES), .SLOTS(SLOTS), .WORD_BITS(WORD_BITS), .ROWS(ROWS)) u_lanes (
        .clk(clk), .i_word(word), .i_narrow(narrow), .i_half(half), .i_multiplied(multiplied), .i_product(product),
        .i_read_row(read_row), .i_read_group(read_group), .i_write(write), .i_write_row(write_row), .i_clear(clear),
        .o_x(x)
    );

    reg past_valid = 1'b0;
    reg turn = 1'b0;
    reg [WORD_BITS-1:0] word_1;
    reg narrow_1, half_1, multiplied_1;
    reg [16*SLOTS-1:0] product_1;
    reg [$clog2(LANES/SLOTS):0] group_1;
    always @(posedge clk) begin
        past_valid <= 1'b1;
        turn <= !turn;
        word_1 <= word;
        narrow_1 <= narrow;
        half_1 <= half;
        multiplied_1 <= multiplied;
        product_1 <= product;
        group_1 <= read_group;
    end

    genvar lane;
    generate
        for (lane = 0; lane < LANES; lane = lane + 1) begin : g_check
            // 4-bit weights: as many lanes as fit, the second half of the word if it has twice as many.
            wire [31:0] nibble = lane + (2 * BYTES != LANES && half_1 ? BYTES : 0);
            wire signed [3:0] four = word_1[4*nibble +: 4];
            wire signed [7:0] eight = word_1[8*(lane % BYTES) +: 8];
            wire signed [15:0] four_wide = four;
            wire signed [15:0] eight_wide = eight;
            wire [15:0] operand = multiplied_1 ? product_1[16*(lane % SLOTS) +: 16] : narrow_1 ? four_wide : eight_wide;
            wire [15:0] rest = {write[lane / SLOTS], clear, write_row, read_row};
            always @*
                if (past_valid && (GROUPS == 1 || group_1 == lane / SLOTS))
                    assert (x[16*(lane % SLOTS) +: 16] == (turn ? rest : operand));
        end
    endgenerate
    always @*
        cover (past_valid && narrow_1 && half_1 && write == 1);
endmodule
`default_nettype wire
