// loom_node_alone: the station of a lone core: the way from the link to the core, and the core's way to itself and to the link.
//
// With one core there is no ring, and nothing is kept here: the core has a register for what comes to it. What the link sends
// (WRITE, READ, STEP) and what the core sends to all cores (SPIKE) is for the core; its own SPIKE comes first where both are
// there. All else that the core sends (OUTPUT, END, REPLY) goes to the link, so a READ may stand in the core until its REPLY
// has left.
// A SPIKE is taken at once, whatever o_inject_ready says: the core must be ready whenever it sends one. It is, because neither a READ nor an UPDATE is
// under way while a SEND is.
`default_nettype none
`include "hardware.vh"

module loom_node_alone (
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
    input  wire                        i_inject_spike,   // it is, and is a SPIKE
    output wire                        o_inject_ready,
    input  wire [`HW_MESSAGE_BITS-1:0] i_inject_message
);
    reg [`HW_MESSAGE_BITS-1:0] spike; // its kind is a constant: a shorter path

    always @* begin
        spike = i_inject_message;
        spike[`HW_MESSAGE_KIND] = `HW_KIND_SPIKE;
    end

    assign o_ring_ready = i_local_ready && !i_inject_spike;
    assign o_ring_valid = i_inject_valid && !i_inject_spike;
    assign o_ring_message = i_inject_message;
    assign o_local_valid = i_inject_spike || i_ring_valid;
    assign o_local_message = i_inject_spike ? spike : i_ring_message;
    assign o_inject_ready = i_ring_ready;
endmodule

`default_nettype wire
