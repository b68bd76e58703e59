// loom_sender: sends a range of spike or state words as messages, for SEND.
//
// From word to word the source address rises by i_source_increment, the message's by i_target_increment. Words come from the
// memory through a register (o_read and o_read_address; i_read_data two cycles later; both hold while o_read is low), a word
// a cycle while the messages are taken. o_busy falls when the last one is.
`default_nettype none
`include "hardware.vh"

module loom_sender #(
    parameter SOURCE_BITS = 16
) (
    input  wire        clk,
    input  wire        rst,
    input  wire [8:0]  i_core,
    input  wire        i_start,
    input  wire        i_state,
    input  wire        i_host,
    input  wire [SOURCE_BITS-1:0] i_source,
    input  wire [SOURCE_BITS:0]   i_count,
    input  wire [SOURCE_BITS-1:0] i_source_increment,
    input  wire [15:0] i_target,
    input  wire [15:0] i_target_increment,
    output wire        o_busy,
    output wire        o_read,
    output wire [SOURCE_BITS-1:0] o_read_address,
    input  wire [15:0] i_read_data,
    output wire        o_message_valid,
    input  wire        i_message_ready,
    output wire [`HW_MESSAGE_BITS-1:0] o_message
);
    localparam [SOURCE_BITS:0] NONE = 0;

    reg                   read_q;  // the memory shows a word
    reg                   valid_q; // the register behind it has one
    reg [SOURCE_BITS-1:0] source_q;
    reg [15:0]            target_q;
    reg [SOURCE_BITS:0]   left_q;  // to be read

    wire advance = !valid_q || i_message_ready;

    always @(posedge clk) begin
        if (rst || i_start) begin
            read_q  <= 1'b0;
            valid_q <= 1'b0;
            left_q  <= rst ? NONE : i_count;
        end else if (advance) begin
            read_q  <= left_q != NONE;
            valid_q <= read_q;
            if (left_q != NONE)
                left_q <= left_q - 1'b1;
        end

        if (i_start)
            source_q <= i_source;
        else if (advance)
            source_q <= source_q + i_source_increment;
        if (i_start)
            target_q <= i_target;
        else if (valid_q && i_message_ready)
            target_q <= target_q + i_target_increment;
    end

    wire [2:0] kind = i_host ? `HW_KIND_OUTPUT : `HW_KIND_SPIKE;
    wire [2:0] space = i_state ? `HW_SPACE_STATE : `HW_SPACE_SPIKE;

    assign o_busy = left_q != NONE || read_q || valid_q;
    assign o_read = advance;
    assign o_read_address = source_q;
    assign o_message_valid = valid_q;
    assign o_message = {kind, i_core, space, 8'd0, target_q, i_read_data};
endmodule

`default_nettype wire
