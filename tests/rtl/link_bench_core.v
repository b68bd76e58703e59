// link_bench_core: a stand-in for a core behind its station of the ring, for the test of the link.
// Contract: keeps what is written to it, answers reads, and answers STEP with ADDRESS OUTPUT words (origin, the step's
// lowest bit and index in the data), one SPIKE, and an END once it has seen as many SPIKEs as there are cores, its own too.
// Parameters: CORE its number, CORES in the ring.
`default_nettype none
`include "hardware.vh"
module link_bench_core #(
    parameter [8:0] CORE = 9'd0,
    parameter CORES = 2
) (
    input  wire                        clk,
    input  wire                        rst,
    input  wire                        i_valid,
    output wire                        o_ready,
    input  wire [`HW_MESSAGE_BITS-1:0] i_message,
    output wire                        o_valid,
    input  wire                        i_ready,
    output wire [`HW_MESSAGE_BITS-1:0] o_message
);
    wire                        local_valid, local_ready, inject_valid, inject_ready;
    wire [`HW_MESSAGE_BITS-1:0] message, inject;
    loom_node u_node (
        .clk(clk), .rst(rst), .i_core(CORE), .i_ring_valid(i_valid), .o_ring_ready(o_ready), .i_ring_message(i_message),
        .o_ring_valid(o_valid), .i_ring_ready(i_ready), .o_ring_message(o_message),
        .o_local_valid(local_valid), .i_local_ready(local_ready), .o_local_message(message),
        .i_inject_valid(inject_valid), .o_inject_ready(inject_ready), .i_inject_message(inject)
    );

    reg [15:0] memory [0:4095];          // space in the two high bits
    wire [2:0] kind = message[`HW_MESSAGE_KIND];
    wire [2:0] space = message[`HW_MESSAGE_SPACE];
    wire [23:0] address = message[`HW_MESSAGE_ADDRESS];
    wire [11:0] place = {space[1:0], address[9:0]};

    reg        reply_q;
    reg [42:0] reply_message_q;          // space, address, data
    reg        waiting_q;                // a STEP has come while another is under way
    reg        waiting_bit_q;
    reg [23:0] waiting_count_q;
    reg        running_q, step_bit_q, spiked_q;
    reg [23:0] index_q, count_q;
    reg [7:0]  spikes_q, ends_q;
    reg [4:0]  pace_q;                   // cycles until the next message of the step, so that others find their way
    wire finished = running_q && spiked_q && spikes_q == CORES;
    wire parting = running_q && finished;

    assign local_ready = !reply_q;
    assign inject_valid = reply_q || (running_q && pace_q == 5'd0 && (!spiked_q || finished));
    assign inject =
        reply_q ? {3'd`HW_KIND_REPLY, CORE, reply_message_q} :
        index_q != count_q ? {3'd`HW_KIND_OUTPUT, CORE, 3'd`HW_SPACE_SPIKE, index_q,
                              CORE[3:0], 3'd0, step_bit_q, index_q[7:0]} :
        !spiked_q ? {3'd`HW_KIND_SPIKE, CORE, 3'd0, 24'd0, 16'd0} : {3'd`HW_KIND_END, CORE, 3'd0, 24'd0, 16'd0};

    wire take = local_valid && local_ready;
    wire sent = inject_valid && inject_ready && !reply_q;
    wire step = take && kind == `HW_KIND_STEP;
    wire unused = &{1'b0, message[`HW_MESSAGE_CORE]};
    // The ENDs of this step, its own too, so that no core runs ahead by a step.
    wire all_ended = ends_q == CORES;
    always @(posedge clk) begin
        if (take && kind == `HW_KIND_WRITE)
            memory[place] <= message[`HW_MESSAGE_DATA];
        if (take && kind == `HW_KIND_READ)
            reply_message_q <= {space, address, memory[place]};
        if (rst) begin
            reply_q <= 1'b0;
            waiting_q <= 1'b0;
            running_q <= 1'b0;
            pace_q <= 5'd0;
            spikes_q <= 8'd0;
            ends_q <= CORES;
        end else begin
            reply_q <= (take && kind == `HW_KIND_READ) || (reply_q && !inject_ready);
            if (step) begin
                waiting_q <= 1'b1;
                waiting_bit_q <= message[0];
                waiting_count_q <= address;
            end else if (waiting_q && all_ended) begin
                waiting_q <= 1'b0;
                running_q <= 1'b1;
                spiked_q <= 1'b0;
                step_bit_q <= waiting_bit_q;
                index_q <= 24'd0;
                count_q <= waiting_count_q;
                ends_q <= 8'd0;
            end
            pace_q <= sent ? 5'd31 : pace_q != 5'd0 ? pace_q - 5'd1 : 5'd0;
            if (sent && index_q != count_q)
                index_q <= index_q + 24'd1;
            else if (sent && !spiked_q)
                spiked_q <= 1'b1;
            else if (sent)
                running_q <= 1'b0;
            if (sent && parting)
                spikes_q <= 8'd0;
            else
                spikes_q <= spikes_q + {7'd0, take && kind == `HW_KIND_SPIKE};
            if (!(waiting_q && all_ended && !step))
                ends_q <= ends_q + {7'd0, take && kind == `HW_KIND_END};
        end
    end
endmodule
`default_nettype wire
