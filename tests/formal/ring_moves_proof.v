// ring_moves_proof: a ring of the link and two cores never comes to a stop in which every station waits for the
// next, whatever the messages and whatever the stations put in. By induction, hence for any length of time.
`default_nettype none
`include "hardware.vh"
module ring_moves_proof (
    input wire                          clk,
    input wire                          rst,
    input wire [2:0]                    inject_valid,
    input wire [3*`HW_MESSAGE_BITS-1:0] inject,
    input wire [2:0]                    local_ready
);
    wire [2:0] ring_valid, ring_ready, local_valid, inject_ready;
    wire [`HW_MESSAGE_BITS-1:0] ring [0:2];
    wire [`HW_MESSAGE_BITS-1:0] local [0:2];
    genvar station;
    generate
        for (station = 0; station < 3; station = station + 1) begin : g_station
            localparam [8:0] CORE = station - 1;
            loom_node #(.LINK(station == 0)) u_node (
                .clk(clk), .rst(rst), .i_core(CORE),
                .i_ring_valid(ring_valid[(station + 2) % 3]), .o_ring_ready(ring_ready[station]),
                .i_ring_message(ring[(station + 2) % 3]),
                .o_ring_valid(ring_valid[station]), .i_ring_ready(ring_ready[(station + 1) % 3]),
                .o_ring_message(ring[station]),
                .o_local_valid(local_valid[station]), .i_local_ready(local_ready[station]),
                .o_local_message(local[station]),
                .i_inject_valid(inject_valid[station]), .o_inject_ready(inject_ready[station]),
                .i_inject_message(inject[station*`HW_MESSAGE_BITS +: `HW_MESSAGE_BITS])
            );
        end
    endgenerate
    reg past_valid = 1'b0;
    always @(posedge clk)
        past_valid <= 1'b1;
    always @* begin
        if (!past_valid)
            assume (rst);
        else begin
            assert (!(ring_valid == 3'b111 && ring_ready == 3'b000));
            cover (ring_valid == 3'b111);
        end
    end
endmodule
`default_nettype wire
