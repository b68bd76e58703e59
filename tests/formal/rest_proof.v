// rest_proof: loom_rest leaves an operation out only when nothing would change, whatever the program, its states and
// the engines' times. By induction, hence for any number of steps.
//
// Beside it stands a core of which only this is known: an UPDATE turns a state and the sums of its accumulators into a
// state and whether anything fired, the same from the same if the sums are 0, and clears them; with STILL, a state
// after a run that fired nothing stays, and fires nothing, without sums (docs/hardware.md, loom_rest: no leak, no bias,
// not above the threshold). Sums of a STILL UPDATE are those of one of BLOCKS parts, of others all that wait. With FIRE
// it writes a slot of a ring of 2^k steps. An UPDATE with CURRENT has an input of which nothing is known.
//
// An UPDATE is left out only where its sums are 0, the state would stay as it is, nothing would fire, and the slot that
// it would write says so already; an ACCUMULATE with FOLLOWS only where the slot that the last UPDATE with FIRE wrote,
// in this step, is 0. It is told so in the cycle after the dispatch; a mark comes two cycles after the end. A step without i_allowed comes after a reset, and after anything at all was written: states,
// parameters, spikes, program.
`default_nettype none
`include "hardware.vh"
module rest_proof #(
    parameter OPERATIONS = 3,
    parameter BLOCKS = 2
) (
    input wire              clk,
    input wire              rst,
    input wire              go,             // the next operation is dispatched
    input wire              end_any,        // the one at hand is over
    input wire              allowed_any,
    input wire              add,
    input wire              add_block,
    input wire              fired_any,
    input wire              changed_any,
    input wire [BLOCKS-1:0] sum,            // what an addition leaves in each part: 0 again, or not
    input wire [1:0]        any_state,      // after a run with sums or a current
    input wire              any_fires,
    input wire [16*OPERATIONS-1:0] any_program,
    input wire [2*OPERATIONS-1:0]  any_states,
    input wire [2*OPERATIONS-1:0]  any_slots,
    input wire [12*OPERATIONS-1:0] any_functions
);
    localparam INDEX = 2;
    // In this step's number only the low bits count: in one step of eight states are compared.
    reg [2:0] step = 3'd0;

    reg [16*OPERATIONS-1:0] programs;       // field 0 of each
    (* anyconst *) wire [4*OPERATIONS-1:0] rings;   // k of each
    (* anyconst *) wire [OPERATIONS-1:0] blocks;
    reg [2*OPERATIONS-1:0]  states;
    reg [12*OPERATIONS-1:0] functions;      // for each state: what it becomes without sums, and whether that fires
    reg [2*OPERATIONS-1:0]  slots;          // whether spikes were written one and two steps ago, in [0] and [1]
    reg [BLOCKS-1:0] waiting;               // parts of the accumulators with sums other than 0

    reg [INDEX-1:0] index = 0;              // of the operation that is next, or at hand
    reg deciding = 1'b0;                    // the cycle after a dispatch
    reg running = 1'b0;
    reg allowed = 1'b0;                     // in this step
    reg past_valid = 1'b0;
    reg met = 1'b0;                         // an UPDATE with FIRE, in this step
    reg met_fired = 1'b0;                   // that one wrote spikes
    reg [1:0] next_state;                   // of the run at hand
    reg next_fires;
    reg sums;                               // the run at hand has sums other than 0
    reg saw_fired, saw_changed;

    wire begins = index == 0 && !running;   // a step begins with this dispatch
    wire allowed_now = begins && !deciding ? allowed_any : allowed;
    wire dispatch = go && !running && !deciding && !rst && past_valid && !renew;
    // What a run leaves is noted with its mark, before its operation can come again; nothing is written anew meanwhile.
    reg over_1 = 1'b0, over_2 = 1'b0;
    reg [INDEX-1:0] last_index;
    reg [1:0] last_state;
    reg last_fires, last_update;
    // A step without i_allowed: all is written anew in the cycle before its first dispatch.
    reg renewed = 1'b0;
    reg ever = 1'b0;                        // such a step was there: it is the first
    wire renew = begins && !deciding && !over_1 && !over_2 && !allowed_any && !renewed;

    wire [15:0] operation = programs[16*index +: 16];
    wire [1:0]  state = states[2*index +: 2];
    wire [2:0]  code = operation[`HW_OPERATION_CODE];
    wire        accumulate = code == `HW_OPERATION_ACCUMULATE;
    wire        update = code == `HW_OPERATION_UPDATE;
    wire        fire = operation[`HW_FLAG_FIRE];
    wire        still = operation[`HW_FLAG_STILL];
    wire        current = operation[`HW_FLAG_CURRENT];
    wire [3:0]  ring = rings[4*index +: 4];
    wire        block = blocks[index];
    wire        over = running && end_any;

    wire [11:0] function_here = functions[12*index +: 12];
    wire [2:0]  result = function_here[3*state +: 3];        // without sums
    wire [BLOCKS-1:0] part = still ? {{BLOCKS-1{1'b0}}, 1'b1} << block : {BLOCKS{1'b1}};
    wire        has_sums = (waiting & part) != 0 || current;
    wire        i_fired = running && update && fire && next_fires && fired_any;
    wire        i_changed = running && update && (check ? changed_any && next_state != state : changed_any);
    wire        i_add = running && accumulate && add && !over;

    wire skip, check, mark;
    wire [1:0] marked;
    loom_rest #(.BLOCKS(BLOCKS)) u_rest (
        .clk(clk), .rst(rst), .i_allowed(allowed_now), .i_step(step), .i_operation(operation), .i_ring_log2(ring),
        .i_block(block), .i_dispatch(dispatch), .i_over(over && update), .o_skip(skip), .o_check(check), .i_add(i_add),
        .i_add_block(add_block), .i_fired(i_fired), .i_changed(i_changed), .o_mark(mark), .o_marked(marked)
    );
    (* hierconn *) wire [BLOCKS-1:0] \u_rest.touched_q ;
    (* hierconn *) wire [BLOCKS-1:0] \u_rest.added_q ;
    (* hierconn *) wire \u_rest.was_touched_q ;
    (* hierconn *) wire \u_rest.check_q ;
    (* hierconn *) wire \u_rest.changed_q ;
    (* hierconn *) wire \u_rest.fired_q ;
    (* hierconn *) wire \u_rest.first_q ;
    (* hierconn *) wire \u_rest.fire_q ;
    (* hierconn *) wire \u_rest.calm_if_silent_q ;
    wire [1:0] earlier = operation[`HW_FLAG_REST +: 2] & {2{allowed}};

    wire [1:0] run_state = has_sums ? any_state : result[1:0];
    wire       run_fires = fire && (has_sums ? any_fires : result[2]);
    wire [11:0] after_run = function_here >> 3 * run_state;
    wire       stays = after_run[1:0] == run_state && !(fire && after_run[2]); // the state after the run, without sums
    wire       last = index == OPERATIONS - 1;

    always @(posedge clk) begin
        past_valid <= 1'b1;
        deciding <= dispatch;
        over_1 <= over && !rst;
        over_2 <= over_1 && !rst;
        if (!rst && over_2 && last_update) begin
            states[2*last_index +: 2] <= last_state;
            slots[2*last_index +: 2] <= {slots[2*last_index], last_fires};
            if (mark)
                programs[16*last_index + `HW_FLAG_REST +: 2] <= marked;
        end
        if (rst) begin
            programs <= any_program;
            waiting <= sum;
        end else if (renew) begin
            renewed <= 1'b1;
            ever <= 1'b1;
            programs <= any_program;
            states <= any_states;
            slots <= any_slots;
            functions <= any_functions;
        end else if (dispatch) begin
            renewed <= 1'b0;
            if (begins)
                allowed <= allowed_any;
        end else if (deciding) begin
            if (begins)
                met <= update && fire;
            else
                met <= met || (update && fire);
            if (update && fire)
                met_fired <= !skip && run_fires;
            running <= !skip;
            saw_fired <= 1'b0;
            saw_changed <= 1'b0;
            sums <= has_sums;
            next_state <= run_state;
            next_fires <= run_fires;
            if (update && !skip && !current)
                waiting <= waiting & ~part;
            if (update && skip)
                slots[2*index +: 2] <= {slots[2*index], 1'b0};
            if (skip) begin
                index <= last ? 0 : index + 1'b1;
                step <= step + last;
            end
        end else if (running) begin
            if (i_add)
                waiting[add_block] <= sum[add_block];
            saw_fired <= saw_fired || i_fired;
            saw_changed <= saw_changed || i_changed;
            if (over) begin
                running <= 1'b0;
                index <= last ? 0 : index + 1'b1;
                step <= step + last;
                last_index <= index;
                last_state <= next_state;
                last_fires <= next_fires;
                last_update <= update;
            end
        end
    end

    // What is known between two dispatches of an operation, from its run in a step without i_allowed on.
    reg [OPERATIONS-1:0] known;
    reg [OPERATIONS-1:0] settled;
    reg [11:0] function_of;
    integer which;
    always @* begin
        known = 0;
        settled = 0;
        function_of = 0;
        for (which = 0; which < OPERATIONS; which = which + 1) begin
            known[which] = ever && !renewed && (allowed || which < index || (begins && !deciding))
                           && !((over_1 || over_2) && last_update && last_index == which);
            function_of = functions[12*which +: 12] >> 3 * states[2*which +: 2];
            settled[which] = function_of[1:0] == states[2*which +: 2]
                             && !(programs[16*which + `HW_FLAG_FIRE] && function_of[2]);
        end
    end

    always @* begin
        assume (rst == !past_valid);
        assume ((ever && !renewed) || !allowed_any);
        // What engines and compiler promise.
        if (dispatch) begin
            assume (code == `HW_OPERATION_ACCUMULATE || code == `HW_OPERATION_UPDATE);
            if (accumulate && operation[`HW_FLAG_FOLLOWS])
                assume (!begins && met);
        end
        if (deciding && update && still)
            assume (run_fires || stays);
        if (over && update) begin
            assume (!next_fires || saw_fired || i_fired);
            assume (!(check && next_state != state) || saw_changed || i_changed);
        end

        if (past_valid) begin
            if (deciding && skip && update) begin
                assert (!has_sums);
                assert (result[1:0] == state);
                assert (!(fire && result[2]));
                if (fire)
                    assert (ring == 4'd0 ? !slots[2*index] : ring == 4'd1 && !slots[2*index + 1]);
            end
            if (deciding && skip && !update)
                assert (accumulate && operation[`HW_FLAG_FOLLOWS] && !met_fired);
            if (running && update && check) // what the updater asks for
                assert (!current && !operation[`HW_FLAG_EACH] && !operation[`HW_FLAG_EXTERNAL]);
            assert (!skip || deciding);
            assert (mark == (over_2 && last_update));

            // For the induction.
            assert (ever || (begins && !renewed));
            assert (!running || accumulate || update);
            assert (index < OPERATIONS && !(renewed && (running || deciding)) && !(renewed && !begins));
            assert (!(running && deciding) && !(over_1 && running) && !(renewed && (over_1 || over_2)));
            if (over_1 || over_2)
                assert (last_index == (index == 0 ? OPERATIONS - 1 : index - 1));
            assert ((waiting & ~(\u_rest.touched_q | \u_rest.added_q )) == 0);
            if (running && update) begin
                assert (\u_rest.was_touched_q || !sums || current);
                assert (\u_rest.first_q == (earlier == 2'd0) && \u_rest.fire_q == fire);
                assert (\u_rest.calm_if_silent_q == (!current && (still || (!\u_rest.was_touched_q && earlier != 2'd0))));
                assert (!\u_rest.check_q || (!\u_rest.was_touched_q && !still && !current));
                assert (!saw_changed || \u_rest.changed_q );
                assert (!saw_fired || next_fires);
                if (fire)
                    assert (\u_rest.fired_q == saw_fired);
                if (!still && !sums)
                    assert (next_state == result[1:0] && next_fires == (fire && result[2]));
                if (still && !next_fires) begin
                    assert (function_here[3*next_state +: 2] == next_state);
                    assert (!(fire && function_here[3*next_state + 2]));
                end
                if (fire)
                    assert (met && met_fired == next_fires);
                if (!fire)
                    assert (!next_fires);
            end
            if (!running || accumulate || !fire)
                assert (!met || begins || \u_rest.fired_q == met_fired);
            for (which = 0; which < OPERATIONS; which = which + 1)
                if (known[which] && programs[16*which +: 3] == `HW_OPERATION_UPDATE
                    && programs[16*which + `HW_FLAG_REST +: 2] != 2'd0) begin
                    assert (settled[which] && !programs[16*which + `HW_FLAG_CURRENT]);
                    assert (!programs[16*which + `HW_FLAG_FIRE] || !slots[2*which]);
                    assert (!programs[16*which + `HW_FLAG_REST + 1] || !programs[16*which + `HW_FLAG_FIRE]
                            || !slots[2*which + 1]);
                end
            cover (deciding && skip && update && still && fire && ring == 4'd1);
            cover (deciding && skip && update && !still && fire && !begins);
            cover (deciding && skip && !update);
        end
    end
endmodule
`default_nettype wire
