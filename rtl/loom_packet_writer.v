// loom_packet_writer: makes packets of the messages for the host and gathers them into frames.
// Contract: writes the four words of a packet into the half o_half of the buffer, through registers, and takes the message in
// the cycle of the last write.
// When a half should be sent (it is full, or a REPLY or an END is in it: OUTPUT waits for its END) and i_free says
// that the other one is not in use, o_swap hands it over: o_length words, the cycle before o_half changes. i_drop
// takes the message unwritten. i_clear empties the half.
`default_nettype none
`include "hardware.vh"
module loom_packet_writer (
    input  wire                        clk,
    input  wire                        rst,
    input  wire                        i_clear,
    input  wire                        i_message_valid,
    output wire                        o_message_ready,
    input  wire [`HW_MESSAGE_BITS-1:0] i_message,
    input  wire                        i_drop,
    input  wire [15:0]                 i_step_number,   // DATA of an END
    output wire                        o_write,
    output wire [7:0]                  o_write_address,
    output wire [15:0]                 o_write_data,
    input  wire                        i_free,
    output wire                        o_swap,
    output wire                        o_half,
    output wire [6:0]                  o_length
);
    // 31 packets of 4 words fill a frame, and 5 bits count them.
    localparam PACKETS_LAST = `HW_FRAME_PAYLOAD_WORDS / `HW_PACKET_HOST_WORDS - 1;

    reg        half_q;
    reg [4:0]  packets_q;
    reg [1:0]  word_q;
    reg        rst_q;        // in time: the first message is decided on first
    reg        urgent_q;
    reg        full_q;
    reg        swap_q;
    reg        decided_q;    // drop_q is what i_drop says of this message
    reg        drop_q;
    reg        ready_q;      // the message is in the buffer, or dropped

    reg  [2:0]  kind_q;       // of the message, a cycle late: it stands for longer
    reg         is_end_q;
    wire [2:0]  kind = i_message[`HW_MESSAGE_KIND];
    wire [23:0] address = i_message[`HW_MESSAGE_ADDRESS];
    // Between two messages, or where the next one finds no place.
    wire swap = (full_q || (urgent_q && !decided_q)) && i_free && !swap_q && !ready_q;
    wire write = decided_q && !drop_q && !full_q && !swap_q && !i_clear;
    wire last = word_q == 2'd3;

    reg [15:0] data;
    always @* begin
        case (word_q)
            2'd0: begin
                data = 16'd0;
                data[`HW_PACKET_KIND] = kind_q;
                data[`HW_PACKET_SPACE] = i_message[`HW_MESSAGE_SPACE];
                data[`HW_PACKET_CORE] = i_message[`HW_MESSAGE_CORE];
            end
            2'd1: data = is_end_q ? 16'd0 : address[15:0];
            2'd2: data = is_end_q ? 16'd0 : {8'd0, address[23:16]};
            default: data = is_end_q ? i_step_number : i_message[`HW_MESSAGE_DATA];
        endcase
    end

    always @(posedge clk) begin
        if (rst) begin
            half_q <= 1'b0;
            packets_q <= 5'd0;
            urgent_q <= 1'b0;
            full_q <= 1'b0;
        end else if (i_clear || swap_q) begin
            half_q <= half_q ^ swap_q;
            packets_q <= 5'd0;
            urgent_q <= 1'b0;
            full_q <= 1'b0;
        end else if (write && last) begin
            packets_q <= packets_q + 5'd1;
            full_q <= packets_q == PACKETS_LAST[4:0];
            urgent_q <= urgent_q || kind_q != `HW_KIND_OUTPUT;
        end
        rst_q <= rst;
        if (rst_q || i_clear || swap_q)
            word_q <= 2'd0;
        else if (write)
            word_q <= word_q + 2'd1;
    end

    reg        write_q;
    reg [7:0]  write_address_q;
    reg [15:0] write_data_q;

    always @(posedge clk) begin
        kind_q          <= kind;
        is_end_q        <= kind == `HW_KIND_END;
        write_q         <= write;
        write_address_q <= {half_q, packets_q, word_q};
        write_data_q    <= data;
        swap_q <= !rst && !i_clear && swap;
        // Anew after i_clear, which may change the answer. With the message goes its decision.
        decided_q <= !rst && !i_clear && i_message_valid && !ready_q && !(decided_q && (drop_q || (write && last)));
        drop_q <= i_drop;
        ready_q <= !rst && decided_q && (drop_q || (write && last));
    end

    assign o_message_ready = ready_q;
    assign o_write = write_q;
    assign o_write_address = write_address_q;
    assign o_write_data = write_data_q;
    assign o_swap = swap_q && !i_clear;
    assign o_half = half_q;
    assign o_length = {packets_q, 2'b00};
endmodule
`default_nettype wire
