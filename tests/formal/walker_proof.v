// walker_proof: loom_walker issues exactly the units of every event, in the order and with the addresses, targets and
// values (a cycle later) that hardware.def's Entry says (without TABLE: i_stride units from i_target on): none lost, none doubled, none
// of an entry with NONE; never the same target unit in two cycles running; and it never rests for more than REST cycles
// while there is something to do. Up to EVENTS events with any entries, any pauses between them, and a memory that
// answers a fetch two cycles later and shows anything else at other times.
`default_nettype none
`include "hardware.vh"
module walker_proof #(
    parameter TABLE = 1,
    parameter EVENTS = 3,
    parameter LENGTH_MAX = 3,   // units of a run
    parameter RUNS_MAX = 3,
    parameter ADDRESS_BITS = 9,
    parameter TARGET_BITS = 5,
    parameter REST = 4
) (
    input wire        clk,
    input wire        rst,
    input wire        offer_any,
    input wire [63:0] word_any
);
    (* anyconst *) wire [64*EVENTS-1:0] entries;
    (* anyconst *) wire [ADDRESS_BITS*EVENTS-1:0] addresses;
    (* anyconst *) wire [16*EVENTS-1:0] values;
    (* anyconst *) wire [ADDRESS_BITS-1:0] base; // without TABLE a part of every address
    (* anyconst *) wire [ADDRESS_BITS-1:0] stride;
    (* anyconst *) wire [TARGET_BITS-1:0] target;

    wire ready, fetch, issue, more;
    reg busy = 1'b0; // as loom_accumulate says it
    wire [ADDRESS_BITS-1:0] unit_address;
    wire [TARGET_BITS-1:0] unit_target;
    wire [15:0] unit_value;

    // The events, in order; what is offered stays until it is taken.
    reg started = 1'b0;
    reg offered = 1'b0;
    reg [2:0] taken = 3'd0;
    wire start = !started && !rst;
    wire valid = started && !rst && taken < EVENTS && (offered || offer_any);

    // The memory: the entry of the event at hand, two cycles after the fetch.
    reg fetch_1 = 1'b0;
    reg fetch_2 = 1'b0;
    wire [63:0] entry = fetch_2 ? entries[64*taken +: 64] : word_any;

    loom_walker #(.ADDRESS_BITS(ADDRESS_BITS), .TARGET_BITS(TARGET_BITS)) u_walker (
        .clk(clk), .rst(rst), .i_start(start), .i_table(TABLE != 0), .i_stride(stride), .i_target(target),
        .i_event_valid(valid), .o_event_ready(ready), .i_event_base(base),
        .i_event_offset(addresses[ADDRESS_BITS*taken +: ADDRESS_BITS] - (TABLE != 0 ? 0 : base)),
        .i_event_value(values[16*taken +: 16]), .o_fetch(fetch), .i_entry(entry),
        .o_issue(issue), .o_address(unit_address), .o_target(unit_target), .o_value(unit_value), .o_busy(more)
    );

    // The unit that is due: unit u of run r of event e.
    reg [2:0] e = 3'd0;
    reg [6:0] r = 7'd0;
    reg [8:0] u = 9'd0;
    reg [EVENTS:0] none; // the event has no units, or is past the last
    integer index;
    always @* begin
        none = 0;
        for (index = 0; index < EVENTS; index = index + 1)
            none[index] = TABLE != 0 && entries[64*index + 63];
    end
    reg [2:0] due; // e, or the first behind it that has units
    always @* begin
        due = e;
        for (index = 0; index < EVENTS; index = index + 1)
            if (due == index && none[index])
                due = index + 1;
    end
    wire [63:0] at = entries[64*due +: 64];
    wire [8:0] length = TABLE != 0 ? at[`HW_ENTRY_LENGTH] + 9'd1 : stride;
    wire [7:0] runs = TABLE != 0 ? at[`HW_ENTRY_RUNS] + 8'd1 : 8'd1;
    wire [ADDRESS_BITS-1:0] weight_period = TABLE != 0 ? length + at[`HW_ENTRY_WEIGHT_SKIP] : 9'd0;
    wire [TARGET_BITS-1:0] target_period = TABLE != 0 ? length + at[`HW_ENTRY_TARGET_SKIP] : 12'd0;
    // r times the periods.
    reg [ADDRESS_BITS-1:0] run_weight = 0;
    reg [TARGET_BITS-1:0] run_target = 0;
    wire [ADDRESS_BITS-1:0] due_address = addresses[ADDRESS_BITS*due +: ADDRESS_BITS]
                                        + (TABLE != 0 ? at[`HW_ENTRY_WEIGHT] : 16'd0) + run_weight + u;
    wire [TARGET_BITS-1:0] due_target = (TABLE != 0 ? at[`HW_ENTRY_TARGET] : target) + run_target + u;
    wire run_over = u + 9'd1 == length;
    wire event_over = run_over && r + 7'd1 == runs;

    reg past_valid = 1'b0;
    reg issued = 1'b0;      // in the cycle before, to last_target, of the event with due_value
    reg [15:0] due_value;
    reg [TARGET_BITS-1:0] last_target;
    reg [2:0] rest = 3'd0;
    reg paused = 1'b0;      // an event was waited for
    reg same = 1'b0;        // two events running began and ended at one target
    always @(posedge clk) begin
        past_valid <= 1'b1;
        started <= started || start;
        offered <= valid && !ready;
        fetch_1 <= fetch && !rst;
        fetch_2 <= fetch_1 && !rst;
        if (valid && ready)
            taken <= taken + 3'd1;
        if (!rst && issue) begin
            e <= event_over ? due + 3'd1 : due;
            if (run_over) begin
                r <= event_over ? 7'd0 : r + 7'd1;
                run_weight <= event_over ? 0 : run_weight + weight_period;
                run_target <= event_over ? 0 : run_target + target_period;
            end
            u <= run_over ? 9'd0 : u + 9'd1;
            last_target <= unit_target;
        end
        busy <= !rst && (start || valid || more);
        issued <= !rst && issue;
        due_value <= values[16*due +: 16];
        rest <= rst || issue || (valid && ready) || !(valid || busy) ? 3'd0 : rest + 3'd1;
        paused <= paused || (started && taken != 3'd0 && taken < EVENTS && !valid && !busy);
        same <= same || (issue && !issued && taken > 3'd1 && last_target == unit_target);
    end

    always @* begin
        assume (rst == !past_valid);
        // Runs are short here, and the targets of an entry follow each other without going around.
        for (index = 0; index < EVENTS; index = index + 1) begin
            assume (entries[64*index + 29 +: 8] < LENGTH_MAX);
            assume (entries[64*index + 37 +: 7] < RUNS_MAX);
            assume (entries[64*index + 52 +: 11] < (1 << TARGET_BITS) - 2 * LENGTH_MAX);
        end
        assume (stride >= 1 && stride <= LENGTH_MAX);
        if (past_valid) begin
            if (issue) begin
                assert (busy);
                assert (due < taken);
                assert (unit_address == due_address);
                assert (unit_target == due_target);
                assert (!issued || unit_target != last_target);
            end
            if (issued)
                assert (unit_value == due_value);
            if (fetch)
                assert (valid && !issue);
            if (!busy && started)
                assert (due >= taken);
            assert (rest <= REST);
            cover (started && !busy && taken == EVENTS && same);
            cover (started && !busy && taken == EVENTS && none[0] == (TABLE != 0) && !none[1]);
            cover (started && !busy && taken == EVENTS && paused);
            cover (due == 1 && r == (TABLE != 0 ? RUNS_MAX - 1 : 0) && u == LENGTH_MAX - 1);
        end
    end
endmodule
`default_nettype wire
