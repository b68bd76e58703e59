// program_proof: loom_program of a lone core, given any program and a step at any entry and number, hands out the operations
// from the entry on, each once, in order and whole, with the index of its ring, until the first END, and asks for one END
// message; one operation at a time, but that one may be handed out as soon as an UPDATE with AHEAD was met, or if it
// FOLLOWS that one, as soon as that has fired; its start a cycle after
// it was handed out, one that is skipped without a start. While the engine is still busy with the one before, what is behind a
// skipped one waits for the engine, but for AHEAD. No UPDATE is handed out while i_update_waits, nothing else but an END while
// i_wait. Each UPDATE that was started gets its mark, two at most wait for theirs. And it does so in time:
// TURN cycles, those in which it has to wait not counted, after the engine is idle, or a skipped one was met. Then another step may
// follow. The END message is asked for when the engine is idle; where a SEND was just before END the next STEP is taken with END,
// also while the SEND runs, if that has AHEAD, but nothing is handed out before the message has left.
`default_nettype none
`include "hardware.vh"
module program_proof #(
    parameter PROGRAM_BITS = 128,
    parameter OPERATIONS = 4,
    parameter TURN = 2       // cycles between two operations, at most
) (
    input wire clk,
    input wire rst,
    input wire step_any,
    input wire busy_any,
    input wire skip_any,
    input wire fired,
    input wire update_waits_any,
    input wire waits_any,
    input wire send_waits,
    input wire mark_any,
    input wire end_ready
);
    localparam INDEX = $clog2(OPERATIONS);
    (* anyconst *) wire [INDEX-1:0] entry;
    (* anyconst *) wire [1:0] low_number;
    wire [`HW_STEP_BITS-1:0] number = {{`HW_STEP_BITS-2{1'b1}}, low_number};

    wire dispatch, update_dispatched, accumulate, update, send, end_valid, end_stays, idle, step_ready;
    wire [127:0] operation;
    wire [`HW_STEP_BITS-1:0] ring, step_shown;
    wire [3:0] ring_log2;
    wire [15:0] looked;

    // An engine is busy from the cycle after its start on, for any time, maybe until something else has begun.
    reg dispatched = 1'b0;     // in the cycle before
    reg running = 1'b0;        // from the cycle after the start on, or after it would have been
    reg engaged = 1'b0;
    wire started = accumulate || update || send;
    wire busy = engaged && busy_any;
    wire skip = skip_any && dispatched;
    // UPDATEs that were started and wait for their marks, which come some cycles later, and not in the cycle after another one. As
    // loom_rest says which one's is next, and loom_core holds up a third.
    reg pending = 1'b0, older = 1'b0, older_ago = 1'b0;
    reg [1:0] marks_ago = 2'd0; // cycles since a mark, or since the start of an UPDATE behind which none waits
    wire mark = mark_any && pending && marks_ago == 2'd3;
    reg end_stayed = 1'b0;     // a cycle ago, as loom_core hears of it
    wire update_waits = update_waits_any || older_ago || end_stayed;
    wire waits = waits_any || end_stayed;
    reg may_go_on = 1'b0;      // the cycle after the start of an UPDATE that the next operation need not wait for, or after it fired
    reg follows = 1'b0;        // the next operation need not wait longer than for that

    loom_program #(.CORES(1), .PROGRAM_BITS(PROGRAM_BITS), .OPERATIONS(OPERATIONS)) u_program (
        .clk(clk), .rst(rst), .i_store(1'b0), .i_look(1'b0), .i_field({INDEX+3{1'b0}}), .i_store_data(16'd0), .o_looked(looked),
        .i_step_valid(step_any), .o_step_ready(step_ready), .i_step_entry({{16-INDEX{1'b0}}, entry}), .i_step(number),
        .o_step(step_shown), .i_end_seen(1'b0), .i_spike_seen(1'b0),
        .i_fired(fired), .i_update_waits(update_waits), .i_wait(waits), .i_send_waits(send_waits), .i_older(older),
        .o_dispatch(dispatch), .i_skip(skip), .i_mark(mark), .i_marked(2'd0),
        .o_accumulate(accumulate), .o_update(update), .o_update_dispatched(update_dispatched), .o_send(send), .o_operation(operation), .o_ring(ring),
        .o_ring_log2(ring_log2), .i_busy(busy), .o_end_stays(end_stays), .o_end_valid(end_valid), .i_end_ready(end_ready), .o_idle(idle)
    );

    // What the stand-in for the memory holds: yosys makes one wire of the two when it flattens.
    (* hierconn *) wire [128*OPERATIONS-1:0] \u_program.u_memory.contents ;
    (* hierconn *) wire [INDEX-1:0] \u_program.mark_q ;
    wire [128*OPERATIONS-1:0] contents = \u_program.u_memory.contents ;

    reg past_valid = 1'b0;
    reg stepping = 1'b0;       // from the STEP until END was met
    reg ending = 1'b0;         // from then until END was sent
    reg sent = 1'b0;           // the operation that was handed out last is a SEND
    reg [INDEX-1:0] index = 0; // of the operation that is due
    reg [4:0] quiet = 5'd0;    // cycles in which something could have been handed out
    reg [1:0] steps = 2'd0;
    reg early = 1'b0;          // a step was taken with the END before it
    reg [2:0] given = 3'd0;
    wire [127:0] due = contents[128*index +: 128];
    wire [INDEX-1:0] last = index - 1'b1;
    reg [INDEX-1:0] last_update, update_before; // started
    wire [127:0] at_hand = contents[128*last +: 128];
    wire [2:0] code = due[`HW_OPERATION_CODE];
    wire [2:0] code_at_hand = at_hand[`HW_OPERATION_CODE];
    wire [`HW_STEP_BITS-1:0] phase = due[`HW_OPERATION_RING_PHASE];
    wire [3:0] log2 = due[`HW_OPERATION_RING_LOG2];
    wire [`HW_STEP_BITS:0] size = 1 << log2;
    wire [`HW_STEP_BITS-1:0] phased = number + phase;
    wire is_update = code == `HW_OPERATION_UPDATE;
    wire is_end = code == `HW_OPERATION_END;
    wire waits_now = is_update ? update_waits : !is_end && (waits || (send_waits && code == `HW_OPERATION_SEND));
    wire sends_ahead = dispatched && code_at_hand == `HW_OPERATION_SEND && at_hand[`HW_FLAG_AHEAD];
    wire ahead = PROGRAM_BITS == 128 && ((dispatched && code_at_hand == `HW_OPERATION_UPDATE && at_hand[`HW_FLAG_AHEAD]) || sends_ahead);
    wire due_follows = code == `HW_OPERATION_ACCUMULATE && due[`HW_FLAG_FOLLOWS];
    reg skipped = 1'b0, skipped_ahead = 1'b0; // while it was busy, and the one at hand was; with AHEAD

    always @(posedge clk) begin
        past_valid <= 1'b1;
        if (!rst) begin
            dispatched <= dispatch && !is_end;
            end_stayed <= end_stays;
            if (dispatch)
                sent <= code == `HW_OPERATION_SEND;
            ending <= (dispatch && is_end) || (ending && !(end_valid && end_ready));
            may_go_on <= (ahead && !due_follows) || (follows && fired);
            follows <= (ahead && due_follows) || (follows && running);
            skipped <= (skip && busy) || (skipped && running && busy && !may_go_on);
            skipped_ahead <= skip && busy && ahead;
            if (update) begin
                last_update <= last;
                update_before <= last_update;
            end
            pending <= update || older || (pending && !mark);
            older <= (older || (update && pending)) && !mark;
            older_ago <= older;
            marks_ago <= mark || (update && !pending) ? 2'd0 : marks_ago == 2'd3 ? 2'd3 : marks_ago + 2'd1;
            engaged <= started || (engaged && busy);
            if (dispatch) begin
                index <= index + 1'b1;
                given <= given == 3'd7 ? 3'd7 : given + 3'd1;
            end
            running <= (dispatched && !(skip && !busy)) || (running && busy && !may_go_on);
            if (step_any && step_ready) begin
                stepping <= 1'b1;
                early <= early || !idle;
                index <= entry;
                steps <= steps == 2'd3 ? 2'd3 : steps + 2'd1;
                given <= 3'd0;
            end else if (dispatch && is_end)
                stepping <= 1'b0;
            quiet <= dispatch || (dispatched && !(skip && !busy)) || running || !stepping || ending ? 5'd0 : quiet + !waits_now;
        end
    end

    always @* begin
        assume (rst == !past_valid);
        if (past_valid) begin
            assert (step_ready == (idle || (dispatch && is_end && sent)));
            assert (started == (dispatched && !skip));
            assert (accumulate + update + send <= 1);
            assert (update_dispatched == (dispatch && is_update));
            if (dispatch) begin
                assert (stepping && !ending && !running && !dispatched && !waits_now);
                assert (operation[111:0] == due[111:0]);
                assert (ring_log2 == log2 && ring == (phased & (size - 1'b1)));
            end
            if (dispatched) begin
                assert (accumulate == (!skip && code_at_hand == `HW_OPERATION_ACCUMULATE));
                assert (update == (!skip && code_at_hand == `HW_OPERATION_UPDATE));
                assert (send == (!skip && code_at_hand == `HW_OPERATION_SEND));
            end
            if (dispatched || running)
                assert (operation[111:0] == at_hand[111:0]);
            if (mark)
                assert (\u_program.mark_q == (older ? update_before : last_update)); // where it goes
            assert (end_valid == (ending && !busy));
            assert (end_stays == (ending && !(end_valid && end_ready)));
            if (idle)
                assert (!stepping && !ending);
            cover (PROGRAM_BITS != 128 || (early && ending && busy && !idle));
            cover (PROGRAM_BITS != 128 || (early && given == 3'd2));
            assert (quiet <= TURN);
            cover (PROGRAM_BITS != 128 || (mark && older && update_before != last_update));
            cover (PROGRAM_BITS != 128 || (skipped && may_go_on && skipped_ahead && busy));
            cover (PROGRAM_BITS != 128 || (skipped && !skipped_ahead && !busy));
            cover (PROGRAM_BITS != 128 || (running && busy && may_go_on && !follows));
            cover (PROGRAM_BITS != 128 || (running && busy && may_go_on && follows));
            cover (PROGRAM_BITS != 128 || (steps == 2'd2 && stepping && given == 3'd2));
            cover (steps == 2'd1 && !stepping && given == 3'd3);
        end
        // a program has an END, and codes that there are
        assume (contents[2:0] == `HW_OPERATION_END);
        if (dispatch)
            assume (code <= `HW_OPERATION_SEND);
        if (sends_ahead)
            assume (is_end);
        if (skip)
            assume (code_at_hand != `HW_OPERATION_SEND);
    end
endmodule
`default_nettype wire
