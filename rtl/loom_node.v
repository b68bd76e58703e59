// loom_node: one station of the ring; takes, passes on and adds messages (hardware.def, Message).
// Contract: messages keep their order from station to station; what is for several is delivered once at each.
// o_inject_ready means "now": it may fall again. The one stream whose valid looks at its ready is an injected
// message on the ring: the next station's ready is a register that only falls after a transfer, so nothing waits in
// a circle, and a message that is shown there is taken in the same cycle and cannot change.
// The bubble rule: a station adds a message only when its own fifo is empty, hence is not full in the next cycle;
// passing on moves a free place, it does not use one. So never are all places of the ring full of messages to be
// passed on, and the ring moves as long as the local sides take.
// i_core is the core's number, a constant: a port, so that all stations are one module. LINK is 1 for the host's station.
// UNUSED_BITS of every message, from UNUSED_LSB on, are 0 in this array (of addresses), and not kept. Cost: about 2.3 logic cells a message bit.
`default_nettype none
`include "hardware.vh"
module loom_node #(
    parameter LINK = 0,
    parameter UNUSED_LSB = 16,
    parameter UNUSED_BITS = 0
) (
    input  wire                        clk,
    input  wire                        rst,
    input  wire [8:0]                  i_core,
    input  wire                        i_ring_valid,
    output wire                        o_ring_ready,
    input  wire [`HW_MESSAGE_BITS-1:0] i_ring_message,
    output wire                        o_ring_valid,
    input  wire                        i_ring_ready,
    output wire [`HW_MESSAGE_BITS-1:0] o_ring_message,
    output wire                        o_local_valid,
    input  wire                        i_local_ready,
    output wire [`HW_MESSAGE_BITS-1:0] o_local_message,
    input  wire                        i_inject_valid,
    output wire                        o_inject_ready,
    input  wire [`HW_MESSAGE_BITS-1:0] i_inject_message
);
    // What is to be done with a message is found out on its way into the fifo, where there is time.
    wire [2:0] kind = i_ring_message[`HW_MESSAGE_KIND];
    wire [8:0] core = i_ring_message[`HW_MESSAGE_CORE];
    wire is_access = kind == `HW_KIND_WRITE || kind == `HW_KIND_READ;
    wire is_event = kind == `HW_KIND_SPIKE || kind == `HW_KIND_END;
    wire is_answer = kind == `HW_KIND_REPLY || kind == `HW_KIND_OUTPUT;
    wire for_me = core == i_core;
    wire for_all = core == `HW_BROADCAST;
    wire deliver_in;
    wire pass_in;
    generate
        if (LINK != 0) begin : g_link
            assign deliver_in = is_answer || kind == `HW_KIND_END;
            assign pass_in = is_event;
            wire unused = &{1'b0, is_access, for_me, for_all};
        end else begin : g_core
            assign deliver_in = (is_access && (for_me || for_all)) || is_event || kind == `HW_KIND_STEP;
            assign pass_in = (is_access || is_event) ? !for_me : 1'b1;
            wire unused = &{1'b0, is_answer};
        end
    endgenerate

    localparam KEPT_BITS = `HW_MESSAGE_BITS - UNUSED_BITS;
    wire [KEPT_BITS-1:0]        kept;
    wire [KEPT_BITS-1:0]        kept_head;
    wire                        head_valid;
    wire                        head_pop;
    wire                        deliver;
    wire                        pass;
    wire [`HW_MESSAGE_BITS-1:0] head;
    wire                        space_two;

    generate
        if (UNUSED_BITS == 0) begin : g_whole
            assign kept = i_ring_message;
            assign head = kept_head;
        end else begin : g_part
            assign kept = {i_ring_message[`HW_MESSAGE_BITS-1:UNUSED_LSB+UNUSED_BITS], i_ring_message[UNUSED_LSB-1:0]};
            assign head = {kept_head[KEPT_BITS-1:UNUSED_LSB], {UNUSED_BITS{1'b0}}, kept_head[UNUSED_LSB-1:0]};
            wire unused = &{1'b0, i_ring_message};
        end
    endgenerate

    loom_fifo #(.WIDTH(KEPT_BITS + 2), .DEPTH_LOG2(1)) u_fifo (
        .clk(clk), .rst(rst),
        .i_valid(i_ring_valid), .o_ready(o_ring_ready), .i_data({deliver_in, pass_in, kept}),
        .o_valid(head_valid), .i_ready(head_pop), .o_data({deliver, pass, kept_head}), .o_space_two(space_two)
    );

    // What the head has had already while it waits for the other.
    reg delivered_q;
    reg passed_q;
    assign o_local_valid = head_valid && deliver && !delivered_q;
    assign o_local_message = head;
    wire pass_valid = pass && !passed_q;
    wire deliver_done = !deliver || delivered_q || i_local_ready;
    wire pass_done = !pass || passed_q || i_ring_ready;
    assign head_pop = deliver_done && pass_done;
    always @(posedge clk) begin
        if (rst || !head_valid || head_pop) begin
            delivered_q <= 1'b0;
            passed_q <= 1'b0;
        end else begin
            delivered_q <= deliver && deliver_done;
            passed_q <= pass && pass_done;
        end
    end

    assign o_inject_ready = i_ring_ready && !head_valid;
    assign o_ring_valid = head_valid ? pass_valid : i_inject_valid && i_ring_ready;
    assign o_ring_message = head_valid ? head : i_inject_message;

    wire unused = &{1'b0, space_two};
endmodule
`default_nettype wire
