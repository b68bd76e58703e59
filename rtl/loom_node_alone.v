// loom_node_alone: the station of a lone core (loom_node has the contract): with nobody behind it, it needs no fifo.
//
// Everything from the link is for the core or, a REPLY, goes back; the core's own SPIKE comes round and is delivered, its own
// END is dropped. What is delivered never waits for the way out, so the link's station, which holds all that is under way, always
// empties. As in loom_node, o_inject_ready means "now".
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
    input  wire                        i_inject_valid,
    output wire                        o_inject_ready,
    input  wire [`HW_MESSAGE_BITS-1:0] i_inject_message
);
    wire [2:0] kind = i_ring_message[`HW_MESSAGE_KIND];
    wire       drop = kind == `HW_KIND_END;
    wire       pass = kind == `HW_KIND_REPLY;

    assign o_local_valid = i_ring_valid && !pass && !drop;
    assign o_ring_ready = pass ? i_ring_ready && !i_inject_valid : i_local_ready;
    assign o_ring_valid = (i_ring_valid && pass) || i_inject_valid;
    assign o_ring_message = i_inject_valid ? i_inject_message : i_ring_message;
    assign o_inject_ready = i_ring_ready; // what is passed on waits: the core's way is the longer one
endmodule

`default_nettype wire
