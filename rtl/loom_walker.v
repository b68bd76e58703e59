// loom_walker: walks the weights of one source neuron, a unit a cycle.
//
// Without i_table an event brings the address of the neuron's first unit, as a sum of two; i_stride units follow, and unit u
// goes to target unit i_target + u. With i_table an event first fetches its entry (hardware.def, Entry): o_fetch presents
// i_event_base to the memory, i_entry is the word two cycles later, and i_event_offset is added to the entry's address; runs
// of units follow.
// The fetch takes a cycle from the units and happens in the last run of the event before, whose lengths are no longer needed.
// o_busy: a unit will be left in the next cycle, even if there is no event more. o_issue presents a unit, o_value follows it a cycle later; units follow each other without a gap, but for one cycle where two units running are the
// same: the lanes cannot add to one row in two cycles running.
`default_nettype none
`include "hardware.vh"

module loom_walker #(
    parameter ADDRESS_BITS = 16,
    parameter TARGET_BITS  = 9
) (
    input  wire                    clk,
    input  wire                    rst,
    input  wire                    i_start,
    input  wire                    i_table,
    input  wire [ADDRESS_BITS-1:0] i_stride,
    input  wire [TARGET_BITS-1:0]  i_target,

    input  wire                    i_event_valid,
    output wire                    o_event_ready,
    input  wire [ADDRESS_BITS-1:0] i_event_base,
    input  wire [ADDRESS_BITS-1:0] i_event_offset,
    input  wire [15:0]             i_event_value,
    output wire                    o_fetch,
    input  wire [63:0]             i_entry,

    output wire                    o_issue,
    output wire [ADDRESS_BITS-1:0] o_address,
    output wire [TARGET_BITS-1:0]  o_target,
    output wire [15:0]             o_value,
    output wire                    o_busy
);
    localparam [ADDRESS_BITS-1:0] ONE = 1;
    localparam LENGTH_BITS = TARGET_BITS > 8 ? TARGET_BITS : 9;
    localparam [LENGTH_BITS-1:0] ONE_LEFT = 1;

    // The next event, and the lengths of the one at hand until its last run begins.
    reg                    next_valid_q;
    reg [ADDRESS_BITS-1:0] next_address_q;
    reg [15:0]             next_value_q;
    reg [TARGET_BITS-1:0]  next_target_q;
    reg [LENGTH_BITS-1:0]  length_q; // units of a run, less 1
    reg [6:0]              runs_q;   // runs, less 1
    reg [7:0]              weight_skip_q;
    reg [10:0]             target_skip_q;
    reg [1:0]              fetching_q;
    reg                    same_q;   // its first target is the last of the event at hand
    reg                    ready_q;  // for an event: nothing is next, or its entry is there
    reg                    may_fetch_q; // there is a table, and no entry is there or on its way

    // The event at hand.
    reg                    active_q;
    reg [ADDRESS_BITS-1:0] address_q;
    reg [TARGET_BITS-1:0]  target_q;
    reg                    loaded_q; // in the cycle before
    reg [15:0]             value_q;
    reg [LENGTH_BITS-1:0]  left_q;   // units of this run after this one
    reg                    last_unit_q;
    reg [6:0]              runs_left_q;
    reg                    last_run_q;
    reg                    free_q;   // nothing is at hand, or its last run
    reg [TARGET_BITS-1:0]  last_target_q; // of the run at hand, from its second cycle on: a fetch in its first needs it later

    wire [31:0] entry_weight = {16'd0, i_entry[`HW_ENTRY_WEIGHT]};
    wire [12:0] entry_target = i_entry[`HW_ENTRY_TARGET];
    wire [7:0]  entry_length = i_entry[`HW_ENTRY_LENGTH];
    wire [6:0]  entry_runs   = i_entry[`HW_ENTRY_RUNS];
    wire [7:0]  entry_weight_skip = i_entry[`HW_ENTRY_WEIGHT_SKIP];
    wire [10:0] entry_target_skip = i_entry[`HW_ENTRY_TARGET_SKIP];
    wire        entry_none   = i_entry[`HW_ENTRY_NONE];

    wire fetched = fetching_q[1];
    wire fetch = i_event_valid && may_fetch_q && free_q;
    wire issue = active_q && !fetch;
    wire over = issue && last_unit_q && last_run_q;
    // While the next event is there nothing is fetched, so the one at hand is over if its last unit is there.
    wire load = next_valid_q && (!active_q || (last_unit_q && last_run_q && !same_q));
    wire take = ready_q && i_event_valid;
    wire reload = load || last_unit_q;
    wire last_unit = reload ? length_q == {LENGTH_BITS{1'b0}} : left_q == ONE_LEFT;
    wire next_valid = (take && !(i_table && entry_none)) || (next_valid_q && !load);
    wire active = load || (active_q && !over);
    wire last_run = load ? runs_q == 7'd0 : issue && last_unit_q ? runs_left_q == 7'd1 : last_run_q;
    wire [15:0] skip = last_unit_q ? {5'd0, target_skip_q} : 16'd0;

    always @(posedge clk) begin
        if (rst) begin
            next_valid_q <= 1'b0;
            fetching_q   <= 2'd0;
            active_q     <= 1'b0;
            ready_q      <= 1'b0;
            may_fetch_q  <= 1'b0;
            free_q       <= 1'b1;
        end else begin
            next_valid_q <= next_valid;
            fetching_q   <= {fetching_q[0], fetch};
            active_q     <= active;
            ready_q      <= i_table ? fetching_q[0] : !next_valid;
            may_fetch_q  <= i_table && !next_valid && !fetch && !fetching_q[0];
            free_q       <= !active || last_run;
        end
        last_run_q <= last_run;

        if (take) begin
            next_address_q <= i_event_offset + (i_table ? entry_weight[ADDRESS_BITS-1:0] : i_event_base);
            next_value_q   <= i_event_value;
        end
        if (i_start) begin
            next_target_q <= i_target;
            length_q      <= i_stride[LENGTH_BITS-1:0] - 1'b1;
            runs_q        <= 7'd0;
            same_q        <= i_stride[LENGTH_BITS-1:0] == ONE_LEFT;
        end else if (i_table && fetched) begin
            next_target_q <= entry_target[TARGET_BITS-1:0];
            length_q      <= {{LENGTH_BITS-8{1'b0}}, entry_length};
            runs_q        <= entry_runs;
            weight_skip_q <= entry_weight_skip;
            target_skip_q <= entry_target_skip;
            same_q        <= entry_target[TARGET_BITS-1:0] == last_target_q;
        end

        last_target_q <= target_q + left_q[TARGET_BITS-1:0];
        loaded_q      <= load;
        if (loaded_q)
            value_q <= next_value_q;

        // In the last run it counts on, and nobody looks: an enable with fewer levels.
        if (reload)
            runs_left_q <= load ? runs_q : runs_left_q - 7'd1;
        if (load) begin
            address_q <= next_address_q;
            target_q  <= next_target_q;
        end else if (issue) begin
            address_q <= address_q + ONE + (last_unit_q ? {{ADDRESS_BITS-8{1'b0}}, weight_skip_q} : {ADDRESS_BITS{1'b0}});
            target_q  <= target_q + 1'b1 + skip[TARGET_BITS-1:0];
        end
        if (load || issue) begin
            left_q      <= reload ? length_q : left_q - 1'b1;
            last_unit_q <= last_unit;
        end
    end

    assign o_event_ready = ready_q; // whether an event is there or not
    assign o_fetch = fetch;
    assign o_issue = issue;
    assign o_address = address_q;
    assign o_target = target_q;
    assign o_value = value_q;
    assign o_busy = next_valid_q || (active_q && !(last_unit_q && last_run_q));

    wire unused = &{1'b0, i_stride, entry_weight, entry_target, skip};
endmodule

`default_nettype wire
