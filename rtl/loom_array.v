// loom_array: the whole array behind a byte stream: the link and a ring of cores.
//
// The ring goes link, core 0, core 1, …, link. Bytes are those of docs/registers.md, Frame; a byte moves where
// valid and ready are both high.
`default_nettype none
`include "hardware.vh"

module loom_array #(
    parameter CORES            = 1,
    parameter LANES            = 8,
    parameter SLOTS            = 4,
    parameter WORD_BITS        = 64,
    parameter WEIGHT_WORDS     = 16384,
    parameter STATE_ROWS       = 256,
    parameter ACCUMULATOR_ROWS = 256,
    parameter SPIKE_WORDS      = 512,
    parameter OPERATIONS       = 256,
    parameter PROGRAM_BITS     = 128,
    parameter DSP              = 1    // 0: multipliers of adders, for parts without DSP blocks
) (
    input  wire       clk,
    input  wire       rst,
    input  wire       i_byte_valid,
    output wire       o_byte_ready,
    input  wire [7:0] i_byte,
    output wire       o_byte_valid,
    input  wire       i_byte_ready,
    output wire [7:0] o_byte
);
    localparam BITS = `HW_MESSAGE_BITS;
    localparam WORDS_BITS = $clog2(WEIGHT_WORDS * (WORD_BITS / 16));
    localparam ADDRESS_BITS = WORDS_BITS > 16 ? WORDS_BITS : 16;

    // Hop n enters core n; hop CORES enters the link.
    wire [CORES:0]          hop_valid;
    wire [CORES:0]          hop_ready;
    wire                    link_end_ready;
    wire [(CORES+1)*BITS-1:0] hop_message;

    loom_link #(
        .CORES            (CORES),
        .ADDRESS_BITS     (ADDRESS_BITS),
        .LANES            (LANES),
        .SLOTS            (SLOTS),
        .WEIGHT_WORDS     (WEIGHT_WORDS * (WORD_BITS / 16) / 256),
        .STATE_ROWS       (STATE_ROWS),
        .ACCUMULATOR_ROWS (ACCUMULATOR_ROWS),
        .SPIKE_WORDS      (SPIKE_WORDS),
        .OPERATIONS       (OPERATIONS)
    ) u_link (
        .clk            (clk),
        .rst            (rst),
        .i_byte_valid   (i_byte_valid),
        .o_byte_ready   (o_byte_ready),
        .i_byte         (i_byte),
        .o_byte_valid   (o_byte_valid),
        .i_byte_ready   (i_byte_ready),
        .o_byte         (o_byte),
        .i_ring_valid   (hop_valid[CORES]),
        .o_ring_ready   (hop_ready[CORES]),
        .i_end_valid    (end_valid[0]),
        .o_end_ready    (link_end_ready),
        .i_ring_message (hop_message[CORES*BITS +: BITS]),
        .o_ring_valid   (hop_valid[0]),
        .i_ring_ready   (hop_ready[0]),
        .o_ring_message (hop_message[0 +: BITS])
    );

    wire [CORES-1:0] end_valid; // of a lone core
    generate
        if (CORES > 1) begin : g_ends_are_messages
            wire unused = &{1'b0, end_valid};
        end
    endgenerate

    genvar core;
    generate
        for (core = 0; core < CORES; core = core + 1) begin : g_core
            localparam [8:0] CORE = core;
            wire            local_valid;
            wire            local_ready;
            wire [BITS-1:0] local_message;
            wire            inject_valid;
            wire            inject_spike;
            wire            inject_ready;
            wire            end_ready;
            wire [BITS-1:0] inject_message;

            if (CORES == 1) begin : g_alone
                loom_node_alone u_node (
                    .i_ring_valid     (hop_valid[core]),
                    .o_ring_ready     (hop_ready[core]),
                    .i_ring_message   (hop_message[core*BITS +: BITS]),
                    .o_ring_valid     (hop_valid[core+1]),
                    .i_ring_ready     (hop_ready[core+1]),
                    .o_ring_message   (hop_message[(core+1)*BITS +: BITS]),
                    .o_local_valid    (local_valid),
                    .i_local_ready    (local_ready),
                    .o_local_message  (local_message),
                    .i_inject_valid   (inject_valid),
                    .i_inject_spike   (inject_spike),
                    .o_inject_ready   (inject_ready),
                    .i_inject_message (inject_message)
                );
                assign end_ready = link_end_ready;
            end else begin : g_ring
                wire unused = &{1'b0, inject_spike, link_end_ready};
                assign end_ready = inject_ready;
                loom_node #(.LINK(0), .UNUSED_LSB(16 + ADDRESS_BITS), .UNUSED_BITS(24 - ADDRESS_BITS)) u_node (
                    .clk              (clk),
                    .rst              (rst),
                    .i_core           (CORE),
                    .i_ring_valid     (hop_valid[core]),
                    .o_ring_ready     (hop_ready[core]),
                    .i_ring_message   (hop_message[core*BITS +: BITS]),
                    .o_ring_valid     (hop_valid[core+1]),
                    .i_ring_ready     (hop_ready[core+1]),
                    .o_ring_message   (hop_message[(core+1)*BITS +: BITS]),
                    .o_local_valid    (local_valid),
                    .i_local_ready    (local_ready),
                    .o_local_message  (local_message),
                    .i_inject_valid   (inject_valid),
                    .o_inject_ready   (inject_ready),
                    .i_inject_message (inject_message)
                );
            end

            loom_core #(
                .CORES            (CORES),
                .LANES            (LANES),
                .SLOTS            (SLOTS),
                .WORD_BITS        (WORD_BITS),
                .WEIGHT_WORDS     (WEIGHT_WORDS),
                .STATE_ROWS       (STATE_ROWS),
                .ACCUMULATOR_ROWS (ACCUMULATOR_ROWS),
                .SPIKE_WORDS      (SPIKE_WORDS),
                .OPERATIONS       (OPERATIONS),
                .PROGRAM_BITS     (PROGRAM_BITS),
                .DSP              (DSP)
            ) u_core (
                .clk              (clk),
                .rst              (rst),
                .i_core           (CORE),
                .i_local_valid    (local_valid),
                .o_local_ready    (local_ready),
                .i_local_message  (local_message),
                .o_inject_valid   (inject_valid),
                .o_inject_spike   (inject_spike),
                .i_inject_ready   (inject_ready),
                .o_end_valid      (end_valid[core]),
                .i_end_ready      (end_ready),
                .o_inject_message (inject_message)
            );
        end
    endgenerate
endmodule

`default_nettype wire
