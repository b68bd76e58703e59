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
// in this step, is 0. It is told so in the cycle after the dispatch; a mark comes three cycles after the last write. A step without
// i_allowed comes after a reset, and after anything at all was written: states, parameters, spikes, program.
//
// What was started need not be over when the next operation is dispatched. Of UPDATEs two at most are not marked, an older and a newer
// one, which writes nothing in the two cycles after the last write of the older one (updater_proof); none is dispatched behind two, nor
// while states are compared; and what FOLLOWS only when all is over, or the last UPDATE with FIRE has fired (program_proof). When a
// step begins all are marked: an END is between, and a STEP.
`default_nettype none
`include "hardware.vh"
module rest_proof #(
    parameter OPERATIONS = 3,
    parameter BLOCKS = 2
) (
    input wire              clk,
    input wire              rst,
    input wire              go,             // the next operation is dispatched
    input wire              end_any,        // what is behind the one at hand need not wait
    input wire              over_any,       // the last state of an UPDATE is written
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
    // UPDATEs that were started and are not marked: an older and a newer one, or one.
    reg older_valid = 1'b0, newer_valid = 1'b0;
    reg [INDEX-1:0] older_index, newer_index;
    reg [1:0] older_state, newer_state;     // after it
    reg older_fires, newer_fires;
    reg older_sums, newer_sums;             // it has sums other than 0
    reg older_check, newer_check;
    reg older_touched, newer_touched;
    reg older_new = 1'b0;                   // it is the older one since this cycle
    reg over_1 = 1'b0, over_2 = 1'b0, over_3 = 1'b0; // so many cycles ago the last write was
    reg saw_fired = 1'b0, saw_changed = 1'b0;
    reg wrote = 1'b0;                       // an UPDATE was at work in the cycle before
    reg behind = 1'b0;                      // one with FIRE was dispatched behind what is at work
    reg last_fires = 1'b0;                  // the last one with FIRE is still at work, or before

    wire begins = index == 0 && !running;   // a step begins with this dispatch
    wire allowed_now = begins && !deciding ? allowed_any : allowed;
    wire writes = over_3 ? newer_valid : older_valid && !over_1 && !over_2;
    wire [INDEX-1:0] writer = over_3 ? newer_index : older_index;
    wire at_work = writes || newer_valid;
    // What a run leaves is noted with its mark, before its operation can come again; nothing is written anew meanwhile.
    wire dispatch = go && !running && !deciding && !rst && past_valid && !renew && !(begins && older_valid);
    // A step without i_allowed: all is written anew in the cycle before its first dispatch.
    reg renewed = 1'b0;
    reg ever = 1'b0;                        // such a step was there: it is the first
    wire renew = begins && !deciding && !older_valid && !allowed_any && !renewed;

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
    wire        i_fired = writes && (over_3 ? newer_fires : older_fires) && fired_any;
    wire        i_over = writes && over_any;
    wire        i_changed = wrote && changed_any && !(older_check && older_state == states[2*older_index +: 2]);
    wire        i_add = running && accumulate && add && !over;

    wire skip, check, mark, older, fired;
    reg older_ago = 1'b0;
    wire [1:0] marked;
    loom_rest #(.BLOCKS(BLOCKS)) u_rest (
        .clk(clk), .rst(rst), .i_allowed(allowed_now), .i_step(step), .i_operation(operation), .i_ring_log2(ring),
        .i_block(block), .i_dispatch(dispatch), .i_over(i_over), .o_skip(skip), .o_check(check), .i_add(i_add),
        .i_add_block(add_block), .i_fired(i_fired), .i_changed(i_changed), .o_older(older), .o_fired(fired), .o_mark(mark), .o_marked(marked)
    );
    (* hierconn *) wire [BLOCKS-1:0] \u_rest.touched_q ;
    (* hierconn *) wire [BLOCKS-1:0] \u_rest.added_q ;
    (* hierconn *) wire \u_rest.was_touched_q ;
    (* hierconn *) wire \u_rest.changed_q ;
    (* hierconn *) wire \u_rest.spiked_q ;
    (* hierconn *) wire \u_rest.late_q ;
    (* hierconn *) wire \u_rest.pending_q ;
    (* hierconn *) wire \u_rest.first_q ;
    (* hierconn *) wire \u_rest.first_last_q ;
    (* hierconn *) wire \u_rest.calm_if_silent_q ;
    (* hierconn *) wire \u_rest.calm_last_q ;
    (* hierconn *) wire \u_rest.compared_q ;
    (* hierconn *) wire \u_rest.compared_last_q ;

    wire [1:0] run_state = has_sums ? any_state : result[1:0];
    wire       run_fires = fire && (has_sums ? any_fires : result[2]);
    wire [11:0] after_run = function_here >> 3 * run_state;
    wire       stays = after_run[1:0] == run_state && !(fire && after_run[2]); // the state after the run, without sums
    wire       last = index == OPERATIONS - 1;

    always @(posedge clk) begin
        past_valid <= 1'b1;
        deciding <= dispatch;
        {over_3, over_2, over_1} <= {over_2, over_1, i_over} & {3{!rst}};
        older_ago <= older;
        wrote <= !rst && writes;
        saw_fired <= !rst && (over_3 || !older_valid ? i_fired : saw_fired || i_fired);
        saw_changed <= !rst && older_valid && !over_3 && (saw_changed || i_changed);
        behind <= !rst && !i_over && (behind || (deciding && update && fire && older_valid && !over_1 && !over_2 && !over_3));
        last_fires <= !rst && (deciding && update && fire ? !skip : last_fires && !(i_over && !behind));
        older_new <= 1'b0;
        if (rst) begin
            older_valid <= 1'b0;
            newer_valid <= 1'b0;
        end else begin
            if (over_3) begin
                states[2*older_index +: 2] <= older_state;
                slots[2*older_index +: 2] <= {slots[2*older_index], older_fires};
                programs[16*older_index + `HW_FLAG_REST +: 2] <= marked;
                older_valid <= newer_valid;
                newer_valid <= 1'b0;
                older_new <= newer_valid;
                {older_index, older_state, older_fires, older_sums, older_check, older_touched}
                    <= {newer_index, newer_state, newer_fires, newer_sums, newer_check, newer_touched};
            end
            if (deciding && update && !skip) begin
                if (older_valid && !over_3) begin
                    newer_valid <= 1'b1;
                    {newer_index, newer_state, newer_fires, newer_sums, newer_check, newer_touched}
                        <= {index, run_state, run_fires, has_sums, check, \u_rest.was_touched_q };
                end else begin
                    older_valid <= 1'b1;
                    older_new <= 1'b1;
                    {older_index, older_state, older_fires, older_sums, older_check, older_touched}
                        <= {index, run_state, run_fires, has_sums, check, \u_rest.was_touched_q };
                end
            end
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
            if (over) begin
                running <= 1'b0;
                index <= last ? 0 : index + 1'b1;
                step <= step + last;
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
            known[which] = ever && !renewed && (allowed || ((which < index || (running && which == index) || (begins && !deciding))
                                                            && !(older_valid && older_index == which)
                                                            && !(newer_valid && newer_index == which)));
            function_of = functions[12*which +: 12] >> 3 * states[2*which +: 2];
            settled[which] = function_of[1:0] == states[2*which +: 2]
                             && !(programs[16*which + `HW_FLAG_FIRE] && function_of[2]);
        end
    end

    wire [15:0] older_operation = programs[16*older_index +: 16];
    wire [11:0] older_function = functions[12*older_index +: 12];
    wire [2:0]  older_result = older_function[3*states[2*older_index +: 2] +: 3];
    wire [1:0]  older_earlier = older_operation[`HW_FLAG_REST +: 2] & {2{allowed}};
    wire        older_still = older_operation[`HW_FLAG_STILL];
    wire        older_fire = older_operation[`HW_FLAG_FIRE];
    wire        older_current = older_operation[`HW_FLAG_CURRENT];
    wire        older_first = older_earlier == 2'd0;
    wire        older_calm = !older_current && (older_still || (!older_touched && older_earlier != 2'd0));
    wire [15:0] newer_operation = programs[16*newer_index +: 16];
    wire [11:0] newer_function = functions[12*newer_index +: 12];
    wire [2:0]  newer_result = newer_function[3*states[2*newer_index +: 2] +: 3];
    wire [1:0]  newer_earlier = newer_operation[`HW_FLAG_REST +: 2] & {2{allowed}};
    wire        newer_still = newer_operation[`HW_FLAG_STILL];
    wire        newer_fire = newer_operation[`HW_FLAG_FIRE];
    wire        newer_current = newer_operation[`HW_FLAG_CURRENT];
    wire        newer_first = newer_earlier == 2'd0;
    wire        newer_calm = !newer_current && (newer_still || (!newer_touched && newer_earlier != 2'd0));

    always @* begin
        assume (rst == !past_valid);
        assume ((ever && !renewed) || !allowed_any);
        // What engines and compiler promise.
        if (dispatch) begin
            assume (code == `HW_OPERATION_ACCUMULATE || code == `HW_OPERATION_UPDATE);
            if (accumulate && operation[`HW_FLAG_FOLLOWS])
                assume (!begins && met && (fired || !at_work));
            if (update)
                assume (!older_ago && !(older_check && older_valid && writes));
        end
        if (deciding && update && still)
            assume (run_fires || stays);
        if (over_1)
            assume (!older_fires || saw_fired);
        if (over_2)
            assume (!(older_check && older_state != states[2*older_index +: 2]) || saw_changed);

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
            if (deciding && update && !skip && check) // what the updater asks for
                assert (!current && !operation[`HW_FLAG_EACH] && !operation[`HW_FLAG_EXTERNAL]);
            assert (!skip || deciding);
            assert (mark == over_3);
            assert (older == newer_valid);

            // For the induction.
            assert (ever || (begins && !renewed));
            assert (!running || accumulate || update);
            assert (index < OPERATIONS && !(renewed && (running || deciding)) && !(renewed && !begins));
            assert (!(running && deciding) && !(renewed && older_valid) && (older_valid || !newer_valid));
            assert (!older_valid || older_index < OPERATIONS);
            assert (!newer_valid || (newer_index < OPERATIONS && newer_index > older_index));
            if (begins && deciding)
                assert (!older_valid);
            if (!begins) begin
                assert (!older_valid || older_index < index || (older_index == index && running));
                assert (!newer_valid || newer_index < index || (newer_index == index && running));
            end
            assert (over_1 + over_2 + over_3 <= 1 && (older_valid || !(over_1 || over_2 || over_3)));
            assert (!older_new || (older_valid && !over_2 && !over_3 && !newer_valid));
            assert (\u_rest.pending_q == older_valid && \u_rest.late_q == behind);
            assert (wrote == (older_valid && !older_new && !over_2 && !over_3) || older_new);
            assert (!behind || (older_valid && !over_1 && !over_2 && !over_3));
            assert (!(newer_valid && older_check) || over_1 || over_2 || over_3);
            assert (older_ago || !older || !deciding);
            assert ((waiting & ~(\u_rest.touched_q | \u_rest.added_q )) == 0);
            assert (\u_rest.spiked_q || !(saw_fired && older_valid && !over_3));
            if (older_valid && !over_3)
                assert (!saw_changed || \u_rest.changed_q );
            if (older_valid) begin
                assert (!saw_fired || older_fires);
                assert (!older_new || !saw_changed);
                if (newer_valid || !older_new)
                    assert (\u_rest.first_q == older_first && \u_rest.calm_if_silent_q == older_calm && \u_rest.compared_q == older_check);
                if (!newer_valid)
                    assert (\u_rest.first_last_q == older_first && \u_rest.calm_last_q == older_calm
                            && \u_rest.compared_last_q == older_check);
            end
            if (newer_valid)
                assert (\u_rest.first_last_q == newer_first && \u_rest.calm_last_q == newer_calm
                        && \u_rest.compared_last_q == newer_check);
            for (which = 0; which < OPERATIONS; which = which + 1) begin
                if (older_valid && older_index == which) begin
                    assert (programs[16*which +: 3] == `HW_OPERATION_UPDATE && (older_touched || !older_sums || older_current));
                    assert (!older_check || (!older_touched && !older_still && !older_current));
                    if (!older_still && !older_sums)
                        assert (older_state == older_result[1:0] && older_fires == (older_fire && older_result[2]));
                    if (older_still && !older_fires) begin
                        assert (older_function[3*older_state +: 2] == older_state);
                        assert (!(older_fire && older_function[3*older_state + 2]));
                    end
                    assert (older_fire || !older_fires);
                end
                if (newer_valid && newer_index == which) begin
                    assert (programs[16*which +: 3] == `HW_OPERATION_UPDATE && (newer_touched || !newer_sums || newer_current));
                    assert (!newer_check || (!newer_touched && !newer_still && !newer_current));
                    if (!newer_still && !newer_sums)
                        assert (newer_state == newer_result[1:0] && newer_fires == (newer_fire && newer_result[2]));
                    if (newer_still && !newer_fires) begin
                        assert (newer_function[3*newer_state +: 2] == newer_state);
                        assert (!(newer_fire && newer_function[3*newer_state + 2]));
                    end
                    assert (newer_fire || !newer_fires);
                end
            end
            // The last UPDATE with FIRE.
            if (last_fires && newer_valid && newer_fire)
                assert (!fired && met && met_fired == newer_fires && (behind || over_1 || over_2 || over_3));
            else if (last_fires)
                assert (older_valid && older_fire && !over_1 && !over_2 && !over_3 && !behind && fired == saw_fired && met
                        && met_fired == older_fires);
            else
                assert (!met || fired == met_fired || (begins && !deciding) || begins);
            assert (!(older_valid && older_fire) || over_1 || over_2 || over_3 || last_fires || behind);
            if (newer_valid && newer_fire)
                assert (last_fires || (deciding && begins));
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
            cover (mark && newer_valid && marked != 2'd0 && newer_fires && older_fire);
            cover (deciding && skip && update && older_valid && writes && allowed);
        end
    end
endmodule
`default_nettype wire
