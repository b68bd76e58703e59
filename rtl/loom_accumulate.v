// loom_accumulate: the engine of ACCUMULATE: active neurons of the source, their weight units, and what the lanes do
// with each unit when its word arrives.
//
// i_start begins; o_busy says that it will be at work in the next cycle. The other operands stand until it is not: then the last
// unit has left the walker, and what is left of its
// way needs no operand: the next operation may begin, if it does not look at accumulators or multipliers for two cycles
// (three at the accumulators). A unit leaves the walker in stage 0: o_word_address goes to
// the weight memory's address register (1), the word is there in stage 2 with o_half and, for a graded source, o_take_value
// and o_value for the multipliers. The lanes read o_read_row, and will write it in the groups o_groups, one stage
// before they add, which is stage 3, or stage 5 (with LOGIC 7) where weights pass the multipliers first: those of a
// graded source, and 16-bit ones (i_wide), which spikes multiply by 256, so that a product is the weight. With i_table the walker
// fetches entries through o_word_address too, and i_word brings them.
// Which part of a word and which groups of a row a unit covers depends on the shape of the array (loom_lanes).
`default_nettype none
`include "hardware.vh"

module loom_accumulate #(
    parameter LANES        = 8,
    parameter SLOTS        = 4,
    parameter BYTES        = 8,  // 8-bit weights of a memory word
    parameter SOURCE_BITS  = 12,
    parameter SPIKE_BITS   = SOURCE_BITS,
    parameter WORD_ADDRESS = 14,
    parameter UNIT_BITS    = 15,
    parameter LANE_BITS    = 8,
    parameter GROUP_BITS   = 1,
    parameter LOGIC        = 0   // multipliers of adders (loom_multiplier), which take two cycles more
) (
    input  wire                    clk,
    input  wire                    rst,
    input  wire                    i_start,
    input  wire                    i_graded,
    input  wire                    i_narrow,
    input  wire                    i_wide,
    input  wire                    i_table,
    input  wire [2:0]              i_position,
    input  wire [SOURCE_BITS-1:0]  i_source,
    input  wire [SOURCE_BITS-1:0]  i_increment,
    input  wire [SOURCE_BITS:0]    i_count,
    input  wire [UNIT_BITS-1:0]    i_weight,
    input  wire [UNIT_BITS-1:0]    i_stride,
    input  wire [LANE_BITS+GROUP_BITS-1:0] i_target,
    output wire                    o_busy,

    input  wire                    i_hold,         // no unit leaves the walker, though events may be looked for
    input  wire                    i_writing,      // in the next cycle words of the source are still to be written
    input  wire                    i_write,        // i_write_word is written, and another one is the next
    input  wire [SPIKE_BITS-1:0]   i_write_word,

    output wire                    o_scan,
    output wire [SOURCE_BITS-1:0]  o_scan_address,
    input  wire [15:0]             i_scan_data,

    input  wire [63:0]             i_word,
    output wire [WORD_ADDRESS-1:0] o_word_address,
    output wire                    o_half,
    output wire                    o_narrow,
    output wire                    o_take_value,
    output wire [15:0]             o_value,
    output wire                    o_take_product, // the lanes' operands come from the multipliers
    output wire                    o_read,         // of accumulators
    output wire [LANE_BITS-1:0]    o_read_row,
    output wire                    o_issue,        // a unit leaves the walker: its row will be added to
    output wire [LANE_BITS-1:0]    o_issue_row,
    output wire [LANES/SLOTS-1:0]  o_groups
);
    localparam GROUPS      = LANES / SLOTS;
    localparam TARGET_BITS = LANE_BITS + GROUP_BITS;
    localparam [15:0] SPIKE = 16'd1 << `HW_PRODUCT_SHIFT;

    wire                   scanning;
    wire                   event_valid;
    wire                   event_ready;
    wire [UNIT_BITS-1:0]   event_offset;
    wire [UNIT_BITS-1:0]   event_base;
    wire [15:0]            event_value;
    wire                   fetch;
    wire                   walking;
    wire                   issue;
    wire [UNIT_BITS-1:0]   unit_address;
    wire [TARGET_BITS-1:0] unit_target;
    wire [15:0]            unit_value;     // of the unit in stage 1

    reg                    table_q; // there in time: the first event comes later
    always @(posedge clk)
        table_q <= i_table;

    loom_scanner #(.SOURCE_BITS(SOURCE_BITS), .ADDRESS_BITS(UNIT_BITS), .SPIKE_BITS(SPIKE_BITS)) u_scanner (
        .clk             (clk),
        .rst             (rst),
        .i_start         (i_start),
        .i_graded        (i_graded),
        .i_table         (table_q),
        .i_position      (i_position),
        .i_source        (i_source),
        .i_increment     (i_increment),
        .i_count         (i_count),
        .i_weight        (i_weight),
        .i_stride        (i_stride),
        .o_busy          (scanning),
        .i_hold          (i_hold),
        .i_writing       (i_writing),
        .i_write         (i_write),
        .i_write_word    (i_write_word),
        .o_read          (o_scan),
        .o_read_address  (o_scan_address),
        .i_read_data     (i_scan_data),
        .o_event_valid   (event_valid),
        .i_event_ready   (event_ready),
        .o_event_base    (event_base),
        .o_event_offset  (event_offset),
        .o_event_value   (event_value)
    );

    loom_walker #(.ADDRESS_BITS(UNIT_BITS), .TARGET_BITS(TARGET_BITS)) u_walker (
        .clk             (clk),
        .rst             (rst),
        .i_start         (i_start),
        .i_table         (table_q),
        .i_stride        (i_stride),
        .i_target        (i_target),
        .i_event_valid   (event_valid),
        .o_event_ready   (event_ready),
        .i_event_base    (event_base),
        .i_event_offset  (event_offset),
        .i_event_value   (event_value),
        .o_fetch         (fetch),
        .i_entry         (i_word),
        .o_issue         (issue),
        .o_address       (unit_address),
        .o_target        (unit_target),
        .o_value         (unit_value),
        .o_busy          (walking)
    );

    // What a unit covers (loom_lanes): which part of which word, and which groups of which row.
    wire                    narrow_halves = i_narrow && LANES == BYTES;
    wire                    multiplied    = i_graded || i_wide;
    wire                    graded_halves = i_graded && !i_wide && SLOTS != BYTES;
    assign o_word_address = fetch ? event_base[WORD_ADDRESS-1:0] :
                            narrow_halves || graded_halves ? unit_address[UNIT_BITS-1 -: WORD_ADDRESS]
                                                           : unit_address[WORD_ADDRESS-1:0];
    wire [LANE_BITS-1:0]    unit_row;
    wire [GROUPS-1:0]       unit_groups;

    generate
        if (GROUPS == 1) begin : g_one_group
            assign unit_row     = unit_target;
            assign unit_groups  = 1'b1;
        end else begin : g_groups
            wire [GROUPS-1:0] one = 1;
            wire [GROUPS-1:0] halves;

            if (LANES == BYTES) begin : g_whole
                assign halves = {GROUPS{1'b1}};
                assign unit_row = multiplied ? unit_target[TARGET_BITS-1:GROUP_BITS] : unit_target[LANE_BITS-1:0];
            end else begin : g_half
                assign halves = {{GROUPS/2{unit_target[0]}}, {GROUPS/2{!unit_target[0]}}};
                assign unit_row = multiplied ? unit_target[TARGET_BITS-1:GROUP_BITS] :
                                  i_narrow ? unit_target[LANE_BITS-1:0] : unit_target[LANE_BITS:1];
            end
            assign unit_groups = multiplied ? one << unit_target[GROUP_BITS-1:0] :
                                 i_narrow ? {GROUPS{1'b1}} : halves;
        end
    endgenerate

    // A unit on its way: memory address (1), word (2), addition (3); multiplied: product (3), operand (4), addition (5),
    // with LOGIC product (5), operand (6), addition (7). The two kinds go their own ways, for the next operation may be of
    // the other kind.
    localparam OPERAND = LOGIC != 0 ? 6 : 4;
    reg [2:1]           spike_q;
    reg [OPERAND:1]     product_q;
    reg [LANE_BITS-1:0] row_1_q, row_2_q, row_3_q, row_4_q, row_5_q, row_6_q;
    reg [GROUPS-1:0]    groups_1_q, groups_2_q, groups_3_q, groups_4_q, groups_5_q, groups_6_q;
    reg                 half_1_q, half_2_q;
    reg                 narrow_1_q, narrow_2_q;
    reg [15:0]          value_2_q;

    always @(posedge clk) begin
        if (rst) begin
            spike_q    <= 2'd0;
            product_q  <= {OPERAND{1'b0}};
        end else begin
            spike_q    <= {spike_q[1], issue && !multiplied};
            product_q  <= {product_q[OPERAND-1:1], issue && multiplied};
        end
        {row_6_q, row_5_q, row_4_q, row_3_q, row_2_q, row_1_q} <= {row_5_q, row_4_q, row_3_q, row_2_q, row_1_q, unit_row};
        {groups_6_q, groups_5_q, groups_4_q, groups_3_q, groups_2_q, groups_1_q}
            <= {groups_5_q, groups_4_q, groups_3_q, groups_2_q, groups_1_q, unit_groups};
        {half_2_q, half_1_q} <= {half_1_q, unit_address[0]};
        {narrow_2_q, narrow_1_q} <= {narrow_1_q, i_narrow};
        value_2_q <= i_graded ? unit_value : SPIKE;
    end

    wire                 product = product_q[OPERAND];
    wire [LANE_BITS-1:0] product_row = LOGIC != 0 ? row_6_q : row_4_q;
    wire [GROUPS-1:0]    product_groups = LOGIC != 0 ? groups_6_q : groups_4_q;

    assign o_half         = half_2_q;
    assign o_narrow       = narrow_2_q;
    assign o_take_value   = product_q[2];
    assign o_value        = value_2_q;
    assign o_take_product = product;
    assign o_read         = product || spike_q[2];
    assign o_read_row     = product ? product_row : row_2_q;
    assign o_groups       = (product_groups & {GROUPS{product}}) | (groups_2_q & {GROUPS{spike_q[2]}});
    assign o_issue        = issue;
    assign o_issue_row    = unit_row;
    // Where the walker stands still for a fetch the scanner has an event.
    assign o_busy         = i_start || scanning || walking || (issue && multiplied) || (LOGIC != 0 && product_q[2:1] != 2'd0);

    wire unused = &{1'b0, unit_target, unit_address, event_base};
endmodule

`default_nettype wire
