// loom_sender: sends a range of spike or state words as messages, for SEND.
//
// From word to word the source address rises by i_source_increment, the message's by i_target_increment. Words come from the
// memory through a register (o_read and o_read_address; i_read_data two cycles later; both hold while o_read is low), a word
// a cycle while the messages are taken. i_count stands a cycle before i_start, i_host and i_state with it. o_busy says that
// it will be at work in the next cycle: until the last one is taken. ALONE: a word stands in a register of its own when it is shown, so
// that others may read the memory then; a SPIKE is taken in its first cycle, whatever i_message_ready says; o_busy falls a cycle before the
// last word is shown. o_holds then says that one for the host stands and is not taken: nothing may be started before it is.
// Of one word nothing but i_start and i_read_data is looked at after the start.
`default_nettype none
`include "hardware.vh"

module loom_sender #(
    parameter SOURCE_BITS = 16,
    parameter ALONE = 0
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
    output wire        o_holds,
    output wire        o_read,
    output wire [SOURCE_BITS-1:0] o_read_address,
    input  wire [15:0] i_read_data,
    output wire        o_message_valid,
    output wire        o_message_spike, // it is a SPIKE
    input  wire        i_message_ready,
    output wire [`HW_MESSAGE_BITS-1:0] o_message
);
    localparam [SOURCE_BITS:0] NONE = 0;
    localparam [SOURCE_BITS:0] LAST = 1;

    reg                   read_q;  // the memory shows a word
    reg                   have_q;  // ALONE: the register behind it has one
    reg                   valid_q; // a word is shown
    reg                   spike_q; // so it is, for the cores
    reg                   asks_q;  // so it is, and i_message_ready says when it is taken
    reg [SOURCE_BITS-1:0] source_q;
    reg [15:0]            target_q;
    reg [SOURCE_BITS:0]   left_q;  // to be read; counts on below 0
    reg                   more_q;  // it is not 0
    reg                   some_q;  // i_count is not 0, a cycle ago
    reg                   host_q;
    reg                   state_q;

    wire advance = !asks_q || i_message_ready;
    wire next = ALONE != 0 ? have_q : read_q; // is shown next

    always @(posedge clk) begin
        if (rst || i_start) begin
            more_q  <= !rst && some_q;
            read_q  <= 1'b0;
            have_q  <= 1'b0;
            valid_q <= 1'b0;
            spike_q <= 1'b0;
            asks_q  <= 1'b0;
        end else if (advance) begin
            more_q  <= more_q && left_q != LAST;
            read_q  <= more_q;
            have_q  <= read_q;
            valid_q <= next;
            spike_q <= next && !host_q;
            asks_q  <= next && (host_q || ALONE == 0);
        end
        some_q  <= i_count != NONE;
        if (i_start) begin
            host_q  <= i_host;
            state_q <= i_state;
        end

        if (i_start)
            left_q <= i_count;
        else if (advance)
            left_q <= left_q - 1'b1;
        if (i_start)
            source_q <= i_source;
        else if (advance)
            source_q <= source_q + i_source_increment;
        if (i_start)
            target_q <= i_target;
        else if (valid_q && advance)
            target_q <= target_q + i_target_increment;
    end

    wire [2:0] kind = host_q ? `HW_KIND_OUTPUT : `HW_KIND_SPIKE;
    wire [2:0] space = state_q ? `HW_SPACE_STATE : `HW_SPACE_SPIKE;

    wire [15:0] data;
    generate
        if (ALONE != 0) begin : g_kept
            reg [15:0] data_q;
            always @(posedge clk) begin
                if (advance)
                    data_q <= i_read_data;
            end
            assign data = data_q;
        end else begin : g_shown
            assign data = i_read_data;
        end
    endgenerate

    assign o_busy = i_start || more_q || read_q || ((ALONE != 0 ? have_q : 1'b1) && asks_q && !i_message_ready);
    assign o_holds = ALONE != 0 && asks_q;
    assign o_read = advance || (ALONE != 0 && !more_q && !read_q && !have_q);
    assign o_read_address = source_q;
    assign o_message_valid = valid_q;
    assign o_message_spike = spike_q;
    assign o_message = {kind, i_core, space, 8'd0, target_q, data};
endmodule

`default_nettype wire
