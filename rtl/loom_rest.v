// loom_rest: tells which operations need not be done, because nothing would change.
//
// An UPDATE is at rest if nothing was added to its accumulators, its last run fired nothing and left states as they would be
// left again, and its spike words are 0 in all steps of their ring. What is known of that is kept in the operation itself,
// REST (hardware.def): runs that were calm, counted to 2; a ring of 2^k steps needs 2^k. A run is calm if it fires nothing and
//   - has no leak and no bias (STILL): states stay, and are not above their thresholds, as soon as nothing is added; or
//   - nothing was added, and every state was written as it was read; o_check asks for that comparison, which takes the
//     updater twice the time, so in one step of eight only; or nothing was added, and the run before was calm.
// An ACCUMULATE with FOLLOWS reads what the UPDATE with FIRE before it wrote: there is nothing if that did not fire.
// i_allowed: nothing but inputs came from the host since the last step; without it nothing rests, and REST begins anew.
// The operation stands in i_operation from i_dispatch until the cycle after; o_skip says then that it is not to be done. i_over
// is the cycle in which the last state of an UPDATE is written; o_mark gives it a new REST three cycles later. Something else may be
// dispatched before an UPDATE is over, one more UPDATE among it, which writes nothing in the two cycles after i_over, and a third not while o_older; what FOLLOWS only if
// it has fired. Until o_mark o_older then says that the mark is not of the UPDATE that was started last. Compared (o_check) is only what runs
// alone. o_fired: the last UPDATE with FIRE did, from two cycles after its dispatch on.
// Additions are known by block: BLOCKS equal parts of the accumulators' rows. A STILL UPDATE lies within one.
`default_nettype none
`include "hardware.vh"

module loom_rest #(
    parameter BLOCKS = 8
) (
    input  wire                      clk,
    input  wire                      rst,
    input  wire                      i_allowed,
    input  wire [2:0]                i_step,      // low bits of the step's number
    input  wire [15:0]               i_operation, // field 0
    input  wire [3:0]                i_ring_log2,
    input  wire [$clog2(BLOCKS)-1:0] i_block,     // of the operation's first accumulators
    input  wire                      i_dispatch,
    input  wire                      i_over,
    output wire                      o_skip,
    output wire                      o_check,
    output wire                      o_fired,

    input  wire                      i_add,       // accumulators of this block will be added to
    input  wire [$clog2(BLOCKS)-1:0] i_add_block,
    input  wire                      i_fired,     // a neuron fires in this cycle
    input  wire                      i_changed,   // a state was written in the cycle before that was not what was shown

    output wire                      o_older,
    output wire                      o_mark,
    output wire [1:0]                o_marked
);
    wire [2:0] code       = i_operation[`HW_OPERATION_CODE];
    wire       accumulate = code == `HW_OPERATION_ACCUMULATE;
    wire       update     = code == `HW_OPERATION_UPDATE;
    wire       fire       = i_operation[`HW_FLAG_FIRE];
    wire       still      = i_operation[`HW_FLAG_STILL];
    wire       current    = i_operation[`HW_FLAG_CURRENT];
    wire [1:0] calm_runs  = i_operation[`HW_FLAG_REST +: 2];

    reg [BLOCKS-1:0] touched_q;
    reg [BLOCKS-1:0] block_q;       // of the operation at hand; all, if it takes all
    reg [BLOCKS-1:0] added_q;
    reg              begin_q;       // the cycle after the dispatch of an UPDATE
    reg              was_touched_q; // before the UPDATE at hand
    reg              skip_q;        // in the cycle after the dispatch
    reg              check_q;
    reg              changed_q;     // since the last UPDATE was over
    reg              spiked_q;      // a neuron fired since then
    reg              fired_q;       // the last UPDATE with FIRE did
    reg              late_q;        // what fires is of one before it

    // A block is compared with what was touched in one cycle, and cleared in the next: the memory's output is late.
    wire [BLOCKS-1:0] one = 1;
    wire [BLOCKS-1:0] block = still ? one << i_block : {BLOCKS{1'b1}};
    wire zeros = calm_runs[1] ? i_ring_log2[3:1] == 3'd0 : calm_runs[0] && i_ring_log2 == 4'd0;

    wire touched = (touched_q & block) != {BLOCKS{1'b0}};

    assign o_skip = skip_q;

    always @(posedge clk) begin
        added_q <= {BLOCKS{i_add}} & (one << i_add_block);
        block_q <= block;
        if (rst)
            touched_q <= {BLOCKS{1'b1}};
        else
            touched_q <= (touched_q & ~({BLOCKS{begin_q && !current}} & block_q)) | added_q;

        begin_q <= !rst && i_dispatch && update;
        skip_q  <= i_dispatch && ((update && i_allowed && zeros && !touched)
                                  || (accumulate && i_operation[`HW_FLAG_FOLLOWS] && !fired_q));
        if (i_dispatch && update) begin
            was_touched_q <= touched;
            check_q       <= i_step == 3'd0 && !touched && !still && !current && !i_operation[`HW_FLAG_EACH]
                             && !i_operation[`HW_FLAG_EXTERNAL];
        end
        changed_q <= i_changed || (changed_q && !over_q);
        spiked_q  <= i_fired || (spiked_q && !over_q);
        fired_q   <= !(begin_q && fire) && ((i_fired && !late_q) || fired_q);
        late_q    <= !rst && !i_over && (late_q || (begin_q && fire && writing));
    end

    // What a run was, two cycles after it was over; what does not change while it runs is kept from its beginning (of the last that
    // was started, and of the one that is to be marked): the operation may be another one by then.
    wire [1:0] earlier = calm_runs & {2{i_allowed}};
    wire       start = begin_q && !skip_q;
    reg        over_1_q;
    reg        over_q;
    reg        pending_q; // an UPDATE was started and is not marked
    reg        older_q;   // and another one was started behind it
    reg        first_last_q, first_q;
    reg        calm_last_q, calm_if_silent_q;
    reg        compared_last_q, compared_q;
    reg        mark_q;
    reg [1:0]  marked_q;
    wire       writing = pending_q && !(i_over || over_1_q || over_q || mark_q);
    wire       calm = !spiked_q && (calm_if_silent_q || (compared_q && !changed_q));

    always @(posedge clk) begin
        over_1_q         <= !rst && i_over;
        over_q           <= !rst && over_1_q;
        pending_q        <= !rst && (start || older_q || (pending_q && !mark_q));
        older_q          <= !rst && !mark_q && (older_q || (start && pending_q));
        if (start) begin
            first_last_q    <= earlier == 2'd0;
            calm_last_q     <= !current && (still || (!was_touched_q && earlier != 2'd0));
            compared_last_q <= check_q;
        end
        if (!older_q) begin
            first_q          <= first_last_q;
            calm_if_silent_q <= calm_last_q;
            compared_q       <= compared_last_q;
        end
        mark_q           <= !rst && over_q;
        marked_q         <= !calm ? 2'd0 : first_q ? 2'd1 : 2'd2;
    end

    assign o_older  = older_q;
    assign o_check  = check_q;
    assign o_fired  = fired_q;
    assign o_mark   = mark_q;
    assign o_marked = marked_q;

    wire unused = &{1'b0, i_operation};
endmodule

`default_nettype wire
