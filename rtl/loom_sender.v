// loom_sender: sends a range of spike or state words as messages, for SEND.
//
// From word to word the source address rises by i_source_increment, the message's by i_target_increment. A word is read (o_read_address; i_read_data one cycle later), then offered until it is taken.
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
    output wire [SOURCE_BITS-1:0] o_read_address,
    input  wire [15:0] i_read_data,
    output wire        o_message_valid,
    input  wire        i_message_ready,
    output wire [`HW_MESSAGE_BITS-1:0] o_message
);
    reg        valid_q; // the memory shows the word at source_q
    reg [SOURCE_BITS-1:0] source_q;
    reg [15:0]            target_q;
    reg [SOURCE_BITS:0]   left_q;
    localparam [SOURCE_BITS:0] NONE = 0;

    wire taken = valid_q && i_message_ready;

    always @(posedge clk) begin
        if (rst) begin
            valid_q <= 1'b0;
            left_q  <= NONE;
        end else if (i_start) begin
            valid_q <= 1'b0;
            left_q  <= i_count;
        end else if (taken) begin
            valid_q <= 1'b0;
            left_q  <= left_q - 1'b1;
        end else begin
            valid_q <= left_q != NONE;
        end

        if (i_start) begin
            source_q <= i_source;
            target_q <= i_target;
        end else if (taken) begin
            source_q <= source_q + i_source_increment;
            target_q <= target_q + i_target_increment;
        end
    end

    wire [2:0] kind = i_host ? `HW_KIND_OUTPUT : `HW_KIND_SPIKE;
    wire [2:0] space = i_state ? `HW_SPACE_STATE : `HW_SPACE_SPIKE;

    assign o_busy = left_q != NONE;
    assign o_read_address = source_q;
    assign o_message_valid = valid_q;
    assign o_message = {kind, i_core, space, 8'd0, target_q, i_read_data};
endmodule

`default_nettype wire
