// loom_packet_executor: carries out the packets of a frame (hardware.def, Packet): makes ring messages of them.
// Contract: i_start while not o_busy begins a payload of i_length words; o_done comes once when it is carried
// out, unless i_abort came before. i_abort comes the cycle before everything else begins anew. A READ
// has its REPLY (i_reply) before anything else happens; o_discard: nobody wants it, the READ was aborted.
// A payload that ends inside a packet ends there; a kind that the host
// must not send ends it too; a READ of a core that is not there does nothing. A READ of CONTROL travels as a REPLY:
// round the ring and back, so that every answer takes the same way. i_abort takes back a message not yet taken.
// Parameters: CORES in the array, up to 511; ADDRESS_BITS of a message that its memories need, 16 to 24.
`default_nettype none
`include "hardware.vh"
module loom_packet_executor #(
    parameter [8:0] CORES = 9'd1,
    parameter ADDRESS_BITS = 24
) (
    input  wire                        clk,
    input  wire                        rst,
    input  wire                        i_start,
    input  wire                        i_abort,
    input  wire [6:0]                  i_length,
    output wire                        o_busy,
    output wire                        o_done,
    output wire                        o_read,
    output wire [6:0]                  o_read_address,
    input  wire [15:0]                 i_word,
    output wire                        o_message_valid,
    input  wire                        i_message_ready,
    output wire [`HW_MESSAGE_BITS-1:0] o_message,
    input  wire                        i_reply,
    output wire                        o_discard,
    input  wire                        i_steps_none,    // no step is under way
    input  wire                        i_steps_few,     // fewer than STEPS_AHEAD are
    output wire                        o_step,
    output wire [3:0]                  o_control_address,
    input  wire [15:0]                 i_control_data,
    output wire                        o_control_read,
    output wire                        o_control_clear
);
    localparam [24:0] ADDRESS_END = 25'd1 << ADDRESS_BITS;
    localparam [23:0] ADDRESS_MASK = ADDRESS_END[23:0] - 24'd1; // the other bits are always 0
    // States, one bit each: everything is enabled by one of them. From the second to ST_GATE one follows the other.
    localparam ST_IDLE = 0;
    localparam ST_PRIME = 1;    // the first word is being fetched
    localparam ST_HEAD = 2;
    localparam ST_LOW = 3;
    localparam ST_HIGH = 4;
    localparam ST_COUNT = 5;
    localparam ST_JUDGE = 6;    // is there anything to do?
    localparam ST_GATE = 7;     // until the steps under way allow the packet
    localparam ST_OFFER = 8;    // a message, until the ring has taken it
    localparam ST_GO = 9;       // it has: on to the next, so a message takes two cycles
    localparam ST_REPLY = 10;
    localparam STATES = 11;

    reg [STATES-1:0] state_q;
    reg [6:0]  pointer_q;     // next word to fetch
    reg [6:0]  length_q;
    reg        word_valid_q;  // i_word is of the payload
    reg [2:0]  kind_q;
    reg [2:0]  space_q;
    reg        fill_q;
    reg [8:0]  core_q;
    reg [23:0] address_q;
    reg [15:0] increment_q;
    reg [15:0] count_q;
    reg        last_q;        // count_q is 1
    reg        abort_q;
    reg        offer_q;       // in ST_OFFER: a message is there for the ring

    // Found out in ST_COUNT and ST_JUDGE, used from ST_GATE on.
    reg is_write_q;
    reg is_read_q;
    reg is_step_q;
    reg is_control_q;
    reg is_ahead_q;           // may be carried out while a step is under way
    reg silent_q;             // nothing goes to the ring
    reg vain_q;               // READ of a core that is not there
    reg skip_q;               // nothing to do
    reg refuse_q;             // the host must not send this kind
    always @(posedge clk) begin
        if (state_q[ST_COUNT]) begin
            is_write_q <= kind_q == `HW_KIND_WRITE;
            is_read_q <= kind_q == `HW_KIND_READ;
            is_step_q <= kind_q == `HW_KIND_STEP;
            is_control_q <= space_q == `HW_SPACE_CONTROL && kind_q != `HW_KIND_STEP;
            silent_q <= space_q == `HW_SPACE_CONTROL && kind_q == `HW_KIND_WRITE;
            vain_q <= kind_q == `HW_KIND_READ && space_q != `HW_SPACE_CONTROL && core_q >= CORES;
            is_ahead_q <= kind_q == `HW_KIND_STEP
                          || (kind_q == `HW_KIND_WRITE && core_q == `HW_BROADCAST
                              && (space_q == `HW_SPACE_SPIKE || space_q == `HW_SPACE_STATE));
        end
    end
    wire [7:0]  high_word = i_word[`HW_PACKET_ADDRESS_HIGH];
    wire allowed = i_steps_none || (i_steps_few && is_ahead_q);

    wire starved = !is_read_q && !word_valid_q;
    wire go = state_q[ST_GO];
    wire in_packet_head = state_q[ST_HEAD] || state_q[ST_LOW] || state_q[ST_HIGH] || state_q[ST_COUNT];
    wire finish = (in_packet_head && !word_valid_q) || (state_q[ST_OFFER] && starved);
    wire refuse = state_q[ST_GATE] && refuse_q;
    wire fetch = state_q[ST_PRIME] || in_packet_head || (go && !is_read_q && (!fill_q || last_q));
    wire counted = go ? !is_read_q : state_q[ST_REPLY] && i_reply;
    // Past the end it stays past the end: nothing is fetched before ST_IDLE but the rest of a head.
    wire word_valid = fetch && !state_q[ST_IDLE] ? pointer_q != length_q && (word_valid_q || state_q[ST_PRIME]) : word_valid_q;
    wire abort = !rst && (i_abort || (abort_q && !state_q[ST_IDLE]));
    // A READ that the ring has taken must have its REPLY first; what else it has taken leaves a cycle later.
    wire leave = abort_q && (state_q[ST_REPLY] ? i_reply : !go);
    wire on = !(rst || finish || refuse || leave);

    // Every state for itself, without an enable for all, which would come later than any of them.
    wire taken = silent_q || i_message_ready;
    wire replied = state_q[ST_REPLY] && i_reply;
    wire [STATES-1:0] next;
    assign next[ST_IDLE]  = !on || (state_q[ST_IDLE] && !i_start);
    assign next[ST_PRIME] = on && state_q[ST_IDLE] && i_start;
    assign next[ST_HEAD]  = on && (state_q[ST_PRIME] || (state_q[ST_GATE] && skip_q) || (go && !is_read_q && last_q)
                                   || (replied && last_q));
    assign next[ST_LOW]   = on && state_q[ST_HEAD];
    assign next[ST_HIGH]  = on && state_q[ST_LOW];
    assign next[ST_COUNT] = on && state_q[ST_HIGH];
    assign next[ST_JUDGE] = on && state_q[ST_COUNT];
    assign next[ST_GATE]  = on && (state_q[ST_JUDGE] || (state_q[ST_GATE] && !skip_q && !allowed)
                                   || (go && !is_read_q && !last_q && is_step_q) || (replied && !last_q));
    assign next[ST_OFFER] = on && ((state_q[ST_GATE] && !skip_q && allowed) || (state_q[ST_OFFER] && !taken)
                                   || (go && !is_read_q && !last_q && !is_step_q));
    assign next[ST_GO]    = on && state_q[ST_OFFER] && taken;
    assign next[ST_REPLY] = on && ((go && is_read_q) || (state_q[ST_REPLY] && !i_reply));

    always @(posedge clk) begin
        state_q <= next;
        abort_q <= abort;
        offer_q <= (is_read_q || word_valid) && !silent_q && !abort;
        word_valid_q <= word_valid;
        if (state_q[ST_IDLE]) begin
            pointer_q <= 7'd0;
            length_q <= i_length;
        end else if (fetch) begin
            pointer_q <= pointer_q + 7'd1;
        end
        if (state_q[ST_HEAD]) begin
            kind_q <= i_word[`HW_PACKET_KIND];
            space_q <= i_word[`HW_PACKET_SPACE];
            fill_q <= i_word[`HW_PACKET_FILL];
            core_q <= i_word[`HW_PACKET_CORE];
        end
        // What the message says, where it is not what the packet says; the flags above are set by then.
        if (state_q[ST_JUDGE] && is_step_q)
            core_q <= `HW_BROADCAST;
        if (state_q[ST_JUDGE] && is_read_q && is_control_q)
            kind_q <= `HW_KIND_REPLY;
        if (state_q[ST_LOW])
            address_q[15:0] <= i_word;
        else if (state_q[ST_HIGH])
            address_q[23:16] <= high_word & ADDRESS_MASK[23:16];
        else if (counted)
            address_q <= (address_q + {8'd0, increment_q}) & ADDRESS_MASK;
        if (state_q[ST_HIGH])
            increment_q <= 16'd1 << i_word[`HW_PACKET_INCREMENT_LOG2];
        if (state_q[ST_COUNT])
            count_q <= i_word;
        else if (counted)
            count_q <= count_q - 16'd1;
        if (state_q[ST_JUDGE]) begin
            skip_q <= vain_q || count_q == 16'd0;
            refuse_q <= !(is_write_q || is_read_q || is_step_q);
        end
        if (state_q[ST_JUDGE])
            last_q <= count_q == 16'd1;
        else if (counted)
            last_q <= count_q == 16'd2;
    end

    assign o_busy = !state_q[ST_IDLE];
    assign o_done = (finish || refuse) && !abort_q;
    assign o_read = fetch;
    assign o_read_address = pointer_q;
    assign o_message_valid = state_q[ST_OFFER] && offer_q;
    assign o_message[`HW_MESSAGE_KIND] = kind_q;
    assign o_message[`HW_MESSAGE_CORE] = core_q;
    assign o_message[`HW_MESSAGE_SPACE] = space_q;
    assign o_message[`HW_MESSAGE_ADDRESS] = address_q;
    assign o_message[`HW_MESSAGE_DATA] = is_control_q ? i_control_data : i_word;
    assign o_discard = abort_q;
    assign o_step = go && is_step_q;
    assign o_control_address = address_q[3:0];
    assign o_control_read = go && is_control_q && is_read_q;
    assign o_control_clear = go && silent_q && address_q[3:0] == `HW_CONTROL_CLEAR;

    wire unused = &{1'b0, high_word};
endmodule
`default_nettype wire
