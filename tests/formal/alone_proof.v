// The station of a lone core (loom_node_alone): every message of the link and every SPIKE of the core goes to the core in the
// cycle in which it is taken, one a cycle, unchanged; all else that the core sends goes to the link, in the cycle in which it is
// taken, whether the core is ready or not. What is there is taken if those that it is for are ready.
`default_nettype none
`include "hardware.vh"
module alone_proof (
    input wire                        clk,
    input wire                        ring_valid,
    input wire [`HW_MESSAGE_BITS-1:0] ring_message,
    input wire                        out_ready,
    input wire                        local_ready,
    input wire                        inject_valid,
    input wire [`HW_MESSAGE_BITS-1:0] inject_message
);
    wire ring_ready;
    wire out_valid;
    wire local_valid;
    wire inject_ready;
    wire [`HW_MESSAGE_BITS-1:0] out_message;
    wire [`HW_MESSAGE_BITS-1:0] local_message;

    wire spike = inject_message[`HW_MESSAGE_KIND] == `HW_KIND_SPIKE;

    loom_node_alone dut (
        .i_ring_valid     (ring_valid),
        .o_ring_ready     (ring_ready),
        .i_ring_message   (ring_message),
        .o_ring_valid     (out_valid),
        .i_ring_ready     (out_ready),
        .o_ring_message   (out_message),
        .o_local_valid    (local_valid),
        .i_local_ready    (local_ready),
        .o_local_message  (local_message),
        .i_inject_valid   (inject_valid),
        .i_inject_spike   (inject_valid && spike),
        .o_inject_ready   (inject_ready),
        .i_inject_message (inject_message)
    );

    wire from_link = ring_valid && ring_ready;
    wire from_core = inject_valid && spike; // taken, whatever inject_ready says
    wire out = inject_valid && inject_ready && !spike;
    wire delivered = local_valid && local_ready;

    always @* begin
        // the core is ready for its own
        assume (local_ready || !(inject_valid && spike));
        assert (!(from_link && from_core));
        assert (delivered == (from_link || from_core));
        if (delivered)
            assert (local_message == (from_core ? inject_message : ring_message));
        if (inject_valid && spike)
            assert (from_core);
        else
            assert (from_link == (ring_valid && local_ready));
        assert ((out_valid && out_ready) == out);
        if (out)
            assert (out_message == inject_message);
        if (inject_valid && !spike && out_ready)
            assert (out);
    end

    // A cycle that shows each of them, for the covers.
    reg seen = 1'b0;
    always @(posedge clk)
        seen <= delivered && from_core && ring_valid;
    always @* begin
        cover (seen);
        cover (ring_valid && !local_ready && out);
    end
endmodule
`default_nettype wire
