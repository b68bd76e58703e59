// accumulate_proof: what loom_accumulate does with the units that leave the walker, whatever these are and whenever they
// come: each word is addressed in the cycle of its unit, and shown two cycles later to lanes and multipliers with its half,
// its width and its value; its row and its groups are read for exactly one addition, a cycle before that, and nothing else
// is; no two units that follow each other by the walker's rule meet at the lanes; and while o_busy is low no unit leaves the
// walker, and none is far from its addition. Scanner and walker are any here (accumulate_stand_in.v).
`default_nettype none
`include "hardware.vh"
module accumulate_proof #(
    parameter LANES = 8,
    parameter LOGIC = 0
) (
    input wire        clk,
    input wire        rst,
    input wire        start_any,
    input wire [63:0] word
);
    localparam SLOTS = 4;
    localparam BYTES = 8;
    localparam WORD_ADDRESS = 5;
    localparam UNIT_BITS = 6;
    localparam LANE_BITS = 3;
    localparam GROUPS = LANES / SLOTS;
    localparam GROUP_BITS = $clog2(GROUPS);
    localparam TARGET_BITS = LANE_BITS + GROUP_BITS;
    // Cycles from a unit to the read of its row: the lanes add one cycle later.
    localparam PLAIN = 2;
    localparam MULTIPLIED = LOGIC != 0 ? 6 : 4;

    reg graded, narrow, wide, table_used;   // of the operation at hand
    wire busy_next;
    reg busy = 1'b0;
    wire scan, half, narrow_shown, take_value, take_product, read, issue;
    wire [LANE_BITS-1:0] read_row, issue_row;
    wire [GROUPS-1:0] groups;
    wire [WORD_ADDRESS-1:0] word_address;
    wire [15:0] value;
    wire [4:0] scan_address;
    wire start = start_any && !busy && !rst;
    (* anyseq *) wire next_graded, next_narrow, next_wide, next_table;

    loom_accumulate #(.LANES(LANES), .SLOTS(SLOTS), .BYTES(BYTES), .SOURCE_BITS(5), .WORD_ADDRESS(WORD_ADDRESS),
                      .UNIT_BITS(UNIT_BITS), .LANE_BITS(LANE_BITS), .GROUP_BITS(GROUP_BITS), .LOGIC(LOGIC)) u_accumulate (
        .clk(clk), .rst(rst), .i_start(start), .i_graded(graded), .i_narrow(narrow), .i_wide(wide), .i_table(table_used),
        .i_position(3'd0), .i_source(5'd0), .i_increment(5'd0), .i_count(6'd0), .i_weight({UNIT_BITS{1'b0}}),
        .i_stride({UNIT_BITS{1'b0}}), .i_target({TARGET_BITS{1'b0}}), .o_busy(busy_next), .i_hold(1'b0), .i_writing(1'b0), .i_write(1'b0),
        .i_write_word(5'd0), .o_scan(scan),
        .o_scan_address(scan_address), .i_scan_data(16'd0), .i_word(word), .o_word_address(word_address), .o_half(half),
        .o_narrow(narrow_shown), .o_take_value(take_value), .o_value(value), .o_take_product(take_product), .o_read(read),
        .o_read_row(read_row), .o_issue(issue), .o_issue_row(issue_row), .o_groups(groups)
    );
    // What the stand-ins chose: yosys makes one wire of the two when it flattens.
    (* hierconn *) wire [UNIT_BITS-1:0] \u_accumulate.u_walker.address ;
    (* hierconn *) wire [TARGET_BITS-1:0] \u_accumulate.u_walker.target ;
    (* hierconn *) wire [15:0] \u_accumulate.u_walker.value ;
    wire [UNIT_BITS-1:0] unit = \u_accumulate.u_walker.address ;
    wire [TARGET_BITS-1:0] target = \u_accumulate.u_walker.target ;

    // The table in docs/hardware.md, loom_core: which word, and what of a row, a unit covers.
    wire multiplied = graded || wide;
    wire halves = wide ? 1'b0 : graded ? 1'b1 : narrow && LANES == BYTES;  // a unit is half a word
    wire [WORD_ADDRESS-1:0] due_word = halves ? unit >> 1 : unit;
    wire whole_row = narrow || LANES == BYTES;
    wire [LANE_BITS-1:0] due_row = multiplied ? target / GROUPS : whole_row ? target : target / 2;
    wire [GROUPS-1:0] one = 1;
    wire [GROUPS-1:0] half_row = target[0] ? {GROUPS{1'b1}} << GROUPS / 2 : {GROUPS{1'b1}} >> GROUPS / 2;
    wire [GROUPS-1:0] due_groups = multiplied ? one << target % GROUPS
                                              : whole_row ? {GROUPS{1'b1}} : half_row;

    // Units n cycles ago, in bit or part n.
    reg [6:0] was_plain = 7'd0, was_multiplied = 7'd0;
    reg [LANE_BITS-1:0] row_1, row_2, row_3, row_4, row_5, row_6;
    reg [GROUPS-1:0] groups_1, groups_2, groups_3, groups_4, groups_5, groups_6;
    reg half_1, half_2, narrow_1, narrow_2, graded_1;
    reg [15:0] value_2;
    reg [2:0] quiet = 3'd0;                  // cycles since o_busy fell
    reg past_valid = 1'b0;
    always @(posedge clk) begin
        past_valid <= 1'b1;
        if (rst || !busy)
            {graded, narrow, wide, table_used} <= {next_graded, next_narrow, next_wide && !next_narrow, next_table};
        was_plain <= rst ? 7'd0 : {was_plain[5:0], issue && !multiplied} & 7'h7F;
        was_multiplied <= rst ? 7'd0 : {was_multiplied[5:0], issue && multiplied};
        {row_6, row_5, row_4, row_3, row_2, row_1} <= {row_5, row_4, row_3, row_2, row_1, due_row};
        {groups_6, groups_5, groups_4, groups_3, groups_2, groups_1}
            <= {groups_5, groups_4, groups_3, groups_2, groups_1, due_groups};
        {half_2, half_1} <= {half_1, unit[0]};
        {narrow_2, narrow_1} <= {narrow_1, narrow};
        graded_1 <= graded;
        value_2 <= graded_1 ? \u_accumulate.u_walker.value : 16'd256;
        busy <= !rst && busy_next;
        quiet <= busy ? 3'd0 : quiet == 3'd7 ? 3'd7 : quiet + 3'd1;
    end

    wire plain_due = was_plain[PLAIN - 1];
    wire multiplied_due = was_multiplied[MULTIPLIED - 1];
    wire [LANE_BITS-1:0] multiplied_row = LOGIC != 0 ? row_6 : row_4;
    wire [GROUPS-1:0] multiplied_groups = LOGIC != 0 ? groups_6 : groups_4;
    wire [6:0] lasting = was_multiplied & (7'd1 << MULTIPLIED) - 7'd1;      // still to be added, from the unit's next cycle on
    reg read_before = 1'b0;
    reg [LANE_BITS-1:0] row_before;
    reg [GROUPS-1:0] groups_before;
    always @(posedge clk) begin
        read_before <= read && !rst;
        row_before <= read_row;
        groups_before <= groups;
    end

    always @* begin
        assume (rst == !past_valid);
        // Targets lie in the accumulators.
        if (issue && !multiplied)
            assume (target < (whole_row ? 1 : 2) << LANE_BITS);
        if (past_valid) begin
            if (issue) begin
                assert (busy);
                assert (word_address == due_word);
                assert (issue_row == due_row);
            end
            assert (!(plain_due && multiplied_due));
            assert (read == (plain_due || multiplied_due));
            assert (take_product == multiplied_due);
            if (plain_due)
                assert (read_row == row_2 && groups == groups_2);
            if (multiplied_due)
                assert (read_row == multiplied_row && groups == multiplied_groups);
            if (!plain_due && !multiplied_due)
                assert (groups == 0);
            assert (!(read && read_before && read_row == row_before && (groups & groups_before) != 0));
            // The word that is shown is that of the unit two cycles ago.
            if (was_plain[1] || was_multiplied[1]) begin
                assert (half == half_2);
                assert (narrow_shown == narrow_2);
            end
            assert (take_value == was_multiplied[1]);
            if (take_value)
                assert (value == value_2);
            // From the first idle cycle on: one cycle more for the multipliers' operands, two for the last row to be read.
            if (quiet >= 3'd1)
                assert (!take_value);
            if (quiet >= 3'd3)
                assert (!read && lasting == 0);
            cover (plain_due && read_before && narrow_2);
            cover (multiplied_due && read_before && groups_before != groups);
        end
    end
endmodule
`default_nettype wire
