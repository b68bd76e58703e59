// loom_frame_receiver: bytes of the link to frames (hardware.def, Frame).
// Contract: o_frame is high for one cycle a frame whose sum and length are right; the o_ fields hold until the
// next byte is taken. Payload words are written as they come (o_write stands until a word is whole: what was written before is
// written over), right or wrong, unless i_keep was low when the frame
// began: then o_stored is 0 and the buffer was not touched. Anything else between flags is dropped in silence.
`default_nettype none
`include "hardware.vh"
module loom_frame_receiver (
    input  wire        clk,
    input  wire        rst,
    input  wire        i_byte_valid,
    output wire        o_byte_ready,
    input  wire [7:0]  i_byte,
    input  wire        i_byte_flag,     // it is a flag, an escape
    input  wire        i_byte_escape,
    input  wire        i_keep,
    output wire        o_write,
    output wire [6:0]  o_write_address,
    output wire [15:0] o_write_data,
    output wire        o_frame,
    output wire        o_stored,
    output wire        o_data,
    output wire        o_synchronise,
    output wire [7:0]  o_sequence,
    output wire [7:0]  o_acknowledge,
    output wire [6:0]  o_length
);
    // Bytes since the flag, from -4, so that the first of the payload is 0; it stops at 256: too long.
    localparam [8:0] FIRST = 9'd0 - `HW_FRAME_HEAD_BYTES;
    localparam [6:0] CRC_WORDS = 7'd2;
    localparam [7:0] LENGTH_MAX = `HW_FRAME_PAYLOAD_WORDS;

    reg [8:0]  count_q;
    reg        open_q;       // a flag was seen, and nothing since that no frame has
    reg        escape_q;
    reg        check_q;      // the frame has ended: is it good?
    reg        announce_q;   // it is
    reg        keep_q;
    reg [7:0]  low_q;
    reg [1:0]  control_q;
    reg [7:0]  sequence_q;
    reg [7:0]  acknowledge_q;
    reg [7:0]  length_q;

    reg        ready_q;      // for two cycles after the end of a frame no byte is taken

    assign o_byte_ready = ready_q;
    wire take = i_byte_valid && o_byte_ready;
    wire flag = i_byte_flag;
    wire escape = i_byte_escape;
    wire plain = take && !flag && !escape;
    wire [7:0] octet = i_byte ^ (escape_q ? `HW_FRAME_ESCAPE_XOR : 8'h00);
    reg  in_head_q;             // count_q is one of FIRST to FIRST + 3
    wire too_long = count_q[8] && !in_head_q;
    wire crc_good;
    wire [31:0] crc;

    loom_crc32 u_crc (
        .clk(clk), .rst(rst), .i_clear(flag_q), .i_valid(plain_q), .i_byte(octet_q),
        .o_crc(crc), .o_good(crc_good)
    );

    // The sum is a cycle late: it is there in the cycle after the flag, then cleared.
    reg       flag_q;
    reg       plain_q;
    reg [7:0] octet_q;
    // Both follow length_q by a cycle: the sum's bytes give time enough.
    reg [6:0] words_q;
    reg       fits_q;
    reg       length_good_q; // of the byte before
    wire ends = take && flag && open_q && !escape_q;

    always @(posedge clk) begin
        if (rst) begin
            open_q <= 1'b0;
            escape_q <= 1'b0;
            check_q <= 1'b0;
            announce_q <= 1'b0;
            ready_q <= 1'b1;
            count_q <= FIRST;
            in_head_q <= 1'b1;
            flag_q <= 1'b0;
            plain_q <= 1'b0;
        end else begin
            flag_q <= take && flag;
            plain_q <= plain;
            check_q <= ends;
            ready_q <= !ends && !check_q;
            announce_q <= check_q && length_good_q && crc_good;
            // Without an enable, which would come later.
            open_q <= take && flag ? 1'b1 : open_q && !(take && escape && escape_q);
            escape_q <= take ? escape : escape_q;
            if (take && flag)
                in_head_q <= 1'b1;
            else if (plain && count_q[1:0] == 2'd3)
                in_head_q <= 1'b0;
            if (take && flag)
                count_q <= FIRST;
            else if (plain && !too_long)
                count_q <= count_q + 9'd1;
        end
        words_q <= length_q[6:0] + CRC_WORDS;
        fits_q <= length_q <= LENGTH_MAX;
        length_good_q <= count_q == {1'b0, words_q, 1'b0} && fits_q;
        octet_q <= octet;
        if (o_byte_ready && count_q == FIRST)
            keep_q <= i_keep;
        if (plain) begin
            low_q <= octet;
            if (in_head_q && count_q[1:0] == 2'd0)
                control_q <= {octet[`HW_FRAME_SYNCHRONISE], octet[`HW_FRAME_DATA]};
            if (in_head_q && count_q[1:0] == 2'd1)
                sequence_q <= octet;
            if (in_head_q && count_q[1:0] == 2'd2)
                acknowledge_q <= octet;
            if (in_head_q && count_q[1:0] == 2'd3)
                length_q <= octet;
        end
    end

    // The word at hand is written in every cycle until its high byte is there, and then it is right: nothing waits for that byte.
    assign o_write = keep_q && !count_q[8] && count_q[0];
    assign o_write_address = count_q[7:1];
    assign o_write_data = {octet, low_q};
    assign o_frame = announce_q;
    assign o_stored = keep_q;
    assign {o_synchronise, o_data} = control_q;
    assign o_sequence = sequence_q;
    assign o_acknowledge = acknowledge_q;
    assign o_length = length_q[6:0];

    wire unused = &{1'b0, crc};
endmodule
`default_nettype wire
