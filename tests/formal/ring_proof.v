// ring_proof: a ring of the link and two cores, built of loom_node.
// Claims: one marked message of any kind, put in at any station at any time among others, is delivered at most once
// at each station, only where hardware.def says (a SPIKE at its origin too), and, where all sides take what they get, everywhere it should be
// within LATENCY cycles of its way in. Messages are narrowed to kind, core and the mark (run.sh).
`default_nettype none
`include "hardware.vh"
module ring_proof #(
    parameter LATENCY = 14,
    parameter TRAFFIC = 1   // 0: the marked message travels alone, so that its latency is bounded
) (
    input wire        clk,
    input wire        rst,
    input wire [2:0]  inject_valid,
    input wire [17:0] inject_head,   // 3 stations: kind, and core in three bits
    input wire [2:0]  inject_mark,
    input wire [2:0]  local_ready_any
);
    // Station 0 is the link, stations 1 and 2 cores 0 and 1.
    wire [2:0] ring_valid, ring_ready, local_valid, inject_ready;
    wire [`HW_MESSAGE_BITS-1:0] ring [0:2];
    wire [`HW_MESSAGE_BITS-1:0] local [0:2];
    wire [2:0] local_ready = TRAFFIC != 0 ? local_ready_any : 3'b111;

    genvar station;
    generate
        for (station = 0; station < 3; station = station + 1) begin : g_station
            wire [8:0] core = {{6{inject_head[6*station + 2]}}, inject_head[6*station +: 3]};
            wire [`HW_MESSAGE_BITS-1:0] message = {inject_head[6*station + 3 +: 3], core, inject_mark[station]};
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
                .i_inject_message(message)
            );
            stream_check #(.WIDTH(`HW_MESSAGE_BITS)) u_ring_check (
                .clk(clk), .rst(rst), .i_valid(ring_valid[station]), .i_ready(ring_ready[(station + 1) % 3]),
                .i_data(ring[station])
            );
            stream_check #(.WIDTH(`HW_MESSAGE_BITS)) u_local_check (
                .clk(clk), .rst(rst), .i_valid(local_valid[station]), .i_ready(local_ready[station]),
                .i_data(local[station])
            );
            // What the stations are given: the link WRITE, READ, STEP and REPLY (to itself); a core
            // its own events and answers.
            wire [2:0] kind = inject_head[6*station + 3 +: 3];
            always @* if (inject_valid[station]) begin
                if (station == 0)
                    assume (kind == `HW_KIND_WRITE || kind == `HW_KIND_READ || kind == `HW_KIND_STEP
                            || kind == `HW_KIND_REPLY);
                else
                    assume ((kind == `HW_KIND_SPIKE || kind == `HW_KIND_END || kind == `HW_KIND_REPLY
                             || kind == `HW_KIND_OUTPUT) && core == station - 1);
            end
        end
    endgenerate

    // The marked message.
    reg        past_valid = 1'b0;
    reg        inside = 1'b0;
    reg [1:0]  origin;
    reg [2:0]  kind_in;
    reg [8:0]  core_in;
    reg [4:0]  age = 5'd0;
    reg [2:0]  delivered = 3'd0;
    wire [2:0] enter = inject_valid & inject_ready;
    wire [2:0] deliver;
    assign deliver = local_valid & local_ready & {local[2][0], local[1][0], local[0][0]};
    integer index;
    always @* begin
        if (!past_valid)
            assume (rst);
        else
            assume (!rst);
        // One mark in all.
        assume (!(inside && |(inject_valid & inject_mark)));
        assume (inject_mark == 3'd0 || inject_mark == 3'd1 || inject_mark == 3'd2 || inject_mark == 3'd4);
        if (TRAFFIC == 0)
            assume ((inject_valid & ~inject_mark) == 3'd0);
    end
    always @(posedge clk) begin
        past_valid <= 1'b1;
        if (!rst) begin
            for (index = 0; index < 3; index = index + 1)
                if (enter[index] && inject_mark[index]) begin
                    inside <= 1'b1;
                    origin <= index;
                    kind_in <= inject_head[6*index + 3 +: 3];
                    core_in <= {{6{inject_head[6*index + 2]}}, inject_head[6*index +: 3]};
                end
            if (inside && age != 5'd31)
                age <= age + 5'd1;
            delivered <= delivered | deliver;
        end
    end

    reg [2:0] wanted;
    always @* begin
        case (kind_in)
            `HW_KIND_WRITE, `HW_KIND_READ:
                wanted = core_in == `HW_BROADCAST ? 3'b110 : core_in == 9'd0 ? 3'b010 : core_in == 9'd1 ? 3'b100 : 3'd0;
            `HW_KIND_STEP: wanted = 3'b110;
            `HW_KIND_REPLY, `HW_KIND_OUTPUT: wanted = 3'b001;
            `HW_KIND_SPIKE: wanted = 3'b110;
            default: wanted = 3'b111;
        endcase
        if (past_valid && !rst) begin
            assert ((deliver & delivered) == 3'd0);
            assert (deliver == 3'd0 || inside);
            assert (!inside || (deliver & ~wanted) == 3'd0);
            cover (inside && delivered == wanted && wanted == 3'b110 && kind_in == `HW_KIND_SPIKE);
            cover (inside && delivered == wanted && wanted == 3'b110 && kind_in == `HW_KIND_STEP);
            if (TRAFFIC == 0 && inside && age >= LATENCY) begin
                assert (delivered == wanted);
                assert (ring_valid == 3'd0 && local_valid == 3'd0);
            end
        end
    end
endmodule
`default_nettype wire
