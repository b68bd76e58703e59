// loom_node_alone: the station of a lone core: a register between the link and the core, and the core's way to itself.
//
// With one core there is no ring. What the link sends (WRITE, READ, STEP) and what the core sends to all cores (SPIKE) is
// for the core, and waits in one register until it is taken; the core's SPIKE comes first where both are there. All else
// that the core sends (OUTPUT, END, REPLY) goes to the link, past the register, so a READ may stand in it until its REPLY has left.
// o_local_valid and o_local_message are registers. Ready does not look at valid, but for the link, which waits for a SPIKE.
`default_nettype none
`include "hardware.vh"

module loom_node_alone (
    input  wire                        clk,
    input  wire                        rst,
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
    reg                        valid_q;
    reg [`HW_MESSAGE_BITS-1:0] message_q;

    wire [2:0] kind = i_inject_message[`HW_MESSAGE_KIND];
    wire       own = kind == `HW_KIND_SPIKE;
    wire       own_valid = i_inject_valid && own;
    wire       free = !valid_q || i_local_ready;

    always @(posedge clk) begin
        if (rst)
            valid_q <= 1'b0;
        else if (free)
            valid_q <= own_valid || i_ring_valid;
        if (free)
            message_q <= own_valid ? i_inject_message : i_ring_message;
    end

    assign o_ring_ready = free && !own_valid;
    assign o_ring_valid = i_inject_valid && !own;
    assign o_ring_message = i_inject_message;
    assign o_local_valid = valid_q;
    assign o_local_message = message_q;
    assign o_inject_ready = own ? free : i_ring_ready;
endmodule

`default_nettype wire
