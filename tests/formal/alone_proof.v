// The station of a lone core (loom_node_alone): what comes from the link is delivered, passed on or dropped, as its kind says,
// and never two of these; the core's own messages get out; neither takes the other's place.
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

    loom_node_alone dut (
        .i_ring_valid     (ring_valid),
        .o_ring_ready     (ring_ready),
        .i_ring_message   (ring_message),
        .o_ring_valid     (out_valid),
        .i_ring_ready     (out_ready),
        .o_ring_message   (out_message),
        .o_local_valid    (local_valid),
        .i_local_ready    (local_ready),
        .i_inject_valid   (inject_valid),
        .o_inject_ready   (inject_ready),
        .i_inject_message (inject_message)
    );

    wire [2:0] kind = ring_message[`HW_MESSAGE_KIND];
    wire taken = ring_valid && ring_ready;
    wire delivered = local_valid && local_ready;
    wire injected = inject_valid && inject_ready;
    wire sent = out_valid && out_ready;

    always @* begin
        case (kind)
            `HW_KIND_WRITE, `HW_KIND_READ, `HW_KIND_SPIKE, `HW_KIND_STEP: begin
                assert (delivered == taken);
                assert (sent == injected);
            end
            `HW_KIND_REPLY: begin
                assert (!local_valid);
                assert (sent == (injected || taken) && !(injected && taken));
                if (taken)
                    assert (out_message == ring_message);
            end
            `HW_KIND_END: assert (!local_valid && sent == injected);
            default: ;
        endcase
        if (injected)
            assert (out_message == inject_message);
        // What is for the core never waits for the way out.
        if (ring_valid && local_ready && kind != `HW_KIND_REPLY)
            assert (taken);
        cover (taken && kind == `HW_KIND_REPLY);
        cover (delivered && injected);
    end
endmodule
`default_nettype wire
