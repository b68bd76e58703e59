// loom_message_register: a message for the core in a register, with what it asks for found out on its way in, where there is
// time: the core's memories see registers alone.
//
// A message is taken when the register is free or i_ready takes the one that stands in it; messages keep their order, one a
// cycle. Of o_weight (a bit a part of a word), o_state (a bit a slot), o_spike, o_program, o_read and o_step those
// that the message asks for are high while it stands there, and none while nothing does. o_spike_seen and o_end_seen: it is
// a SPIKE, an END.
`default_nettype none
`include "hardware.vh"

module loom_message_register #(
    parameter ADDRESS_BITS = 16, // of a message that matter
    parameter PARTS        = 4,  // 16-bit parts of a weight word
    parameter SLOTS        = 4
) (
    input  wire                        clk,
    input  wire                        rst,
    input  wire                        i_valid,
    output wire                        o_ready,
    input  wire [`HW_MESSAGE_BITS-1:0] i_message,
    input  wire                        i_ready,
    output wire [PARTS-1:0]            o_weight,
    output wire [SLOTS-1:0]            o_state,
    output wire                        o_spike,
    output wire                        o_program,
    output wire                        o_read,
    output wire                        o_step,
    output wire                        o_spike_seen,
    output wire                        o_end_seen,
    output wire [2:0]                  o_space,
    output wire [ADDRESS_BITS-1:0]     o_address,
    output wire [15:0]                 o_data
);
    localparam PART_BITS = $clog2(PARTS);
    localparam SLOT_BITS = $clog2(SLOTS);

    reg                    valid_q;
    reg [PARTS-1:0]        weight_q;
    reg [SLOTS-1:0]        state_q;
    reg                    spike_q;
    reg                    program_q;
    reg                    read_q;
    reg                    step_q;
    reg                    spike_seen_q;
    reg                    end_seen_q;
    reg [2:0]              space_q;
    reg [ADDRESS_BITS-1:0] address_q;
    reg [15:0]             data_q;

    wire [2:0]  kind    = i_message[`HW_MESSAGE_KIND];
    wire [2:0]  space   = i_message[`HW_MESSAGE_SPACE];
    wire [23:0] address = i_message[`HW_MESSAGE_ADDRESS];
    wire        valid   = i_valid && !rst;
    wire        store   = valid && (kind == `HW_KIND_WRITE || kind == `HW_KIND_SPIKE);
    wire [PARTS-1:0] one_part = 1;
    wire [SLOTS-1:0] one_slot = 1;

    assign o_ready = !valid_q || i_ready;

    always @(posedge clk) begin
        if (rst || o_ready) begin
            valid_q      <= valid;
            weight_q     <= {PARTS{store && space == `HW_SPACE_WEIGHT}} & (one_part << address[PART_BITS-1:0]);
            state_q      <= {SLOTS{store && space == `HW_SPACE_STATE}} & (one_slot << address[SLOT_BITS-1:0]);
            spike_q      <= store && space == `HW_SPACE_SPIKE;
            program_q    <= store && space == `HW_SPACE_PROGRAM;
            read_q       <= valid && kind == `HW_KIND_READ;
            step_q       <= valid && kind == `HW_KIND_STEP;
            spike_seen_q <= valid && kind == `HW_KIND_SPIKE;
            end_seen_q   <= valid && kind == `HW_KIND_END;
        end
        if (o_ready) begin
            space_q   <= space;
            address_q <= address[ADDRESS_BITS-1:0];
            data_q    <= i_message[`HW_MESSAGE_DATA];
        end
    end

    assign o_weight     = weight_q;
    assign o_state      = state_q;
    assign o_spike      = spike_q;
    assign o_program    = program_q;
    assign o_read       = read_q;
    assign o_step       = step_q;
    assign o_spike_seen = spike_seen_q;
    assign o_end_seen   = end_seen_q;
    assign o_space      = space_q;
    assign o_address    = address_q;
    assign o_data       = data_q;

    wire unused = &{1'b0, i_message, address};
endmodule

`default_nettype wire
