// The station of a lone core (loom_node_alone): every message of the link and every SPIKE of the core is delivered once, in
// the order in which they were taken, and stays until the core takes it; all else that the core sends goes to the link,
// unchanged, in the cycle in which it is taken, whatever stands in the station. A free station takes what is there.
`default_nettype none
`include "hardware.vh"
module alone_proof (
    input wire                        clk,
    input wire                        rst,
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

    loom_node_alone dut (
        .clk              (clk),
        .rst              (rst),
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
        .o_inject_ready   (inject_ready),
        .i_inject_message (inject_message)
    );
    stream_check #(.WIDTH(`HW_MESSAGE_BITS)) u_check (
        .clk(clk), .rst(rst), .i_valid(local_valid), .i_ready(local_ready), .i_data(local_message)
    );

    wire spike = inject_message[`HW_MESSAGE_KIND] == `HW_KIND_SPIKE;
    wire from_link = ring_valid && ring_ready;
    wire from_core = inject_valid && inject_ready && spike;
    wire out = inject_valid && inject_ready && !spike;
    wire delivered = local_valid && local_ready;

    // What was taken and not yet delivered: one at most.
    reg past_valid = 1'b0;
    reg waiting = 1'b0;
    reg [`HW_MESSAGE_BITS-1:0] message;
    always @(posedge clk) begin
        past_valid <= 1'b1;
        if (rst)
            waiting <= 1'b0;
        else if (from_link || from_core)
            waiting <= 1'b1;
        else if (delivered)
            waiting <= 1'b0;
        if (from_core)
            message <= inject_message;
        else if (from_link)
            message <= ring_message;
    end

    always @* begin
        assume (rst == !past_valid);
        if (past_valid) begin
            assert (local_valid == waiting);
            if (waiting)
                assert (local_message == message);
            assert (!(from_link && from_core));
            if (from_link || from_core)
                assert (!waiting || delivered);
            if (!waiting || local_ready)
                assert ((from_link || from_core) == (ring_valid || (inject_valid && spike)));
            assert ((out_valid && out_ready) == out);
            if (out)
                assert (out_message == inject_message);
            if (inject_valid && !spike && out_ready)
                assert (out);
            cover (delivered && from_core && ring_valid);
            cover (waiting && !local_ready && out);
        end
    end
endmodule
`default_nettype wire
