// loom_frame_transmitter: frames to bytes of the link (hardware.def, Frame).
// Contract: i_start while o_idle takes the fields and sends one frame; the payload is read word by word through
// o_read and o_read_address, i_read_data is that word one cycle later and until the next o_read. A byte passes two registers, a
// byte a cycle: before the second it is found out whether it needs an escape.
`default_nettype none
`include "hardware.vh"
module loom_frame_transmitter (
    input  wire        clk,
    input  wire        rst,
    input  wire        i_start,
    output wire        o_idle,
    input  wire        i_data,
    input  wire        i_synchronise,
    input  wire [7:0]  i_sequence,
    input  wire [7:0]  i_acknowledge,
    input  wire [6:0]  i_length,
    output wire        o_read,
    output wire [6:0]  o_read_address,
    input  wire [15:0] i_read_data,
    output wire        o_byte_valid,
    input  wire        i_byte_ready,
    output wire [7:0]  o_byte
);
    localparam [2:0] ST_IDLE = 3'd0;
    localparam [2:0] ST_OPEN = 3'd1;
    localparam [2:0] ST_HEAD = 3'd2;
    localparam [2:0] ST_PAYLOAD = 3'd3;
    localparam [2:0] ST_SETTLE = 3'd4;  // the last byte is on its way into the sum
    localparam [2:0] ST_CRC = 3'd5;
    localparam [2:0] ST_CLOSE = 3'd6;

    reg [2:0]  state_q;
    reg [1:0]  index_q;       // byte of the head or of the sum; bit 0 is the half of a payload word
    reg [6:0]  word_q;        // payload words read
    reg [1:0]  control_q;
    reg [7:0]  sequence_q;
    reg [7:0]  acknowledge_q;
    reg [6:0]  length_q;
    reg        read_q;
    reg [7:0]  high_q;        // high byte of the payload word at hand: the next word is fetched meanwhile

    // The next byte, before escaping.
    reg        next_valid_q;
    reg        framing_q;     // a flag of the frame's own: needs no escape before it
    reg        fresh_q;       // not yet in the sum
    reg [7:0]  next_q;
    reg [7:0]  byte_d;
    // The byte that is sent.
    reg        valid_q;
    reg        special_q;     // it needs an escape before it
    reg        last_q;        // it is there, and so it is itself that is sent
    reg [7:0]  byte_q;

    wire [31:0] crc;
    wire        crc_good;
    wire move = !valid_q || (last_q && i_byte_ready);
    wire special = !framing_q && (next_q == `HW_FRAME_FLAG || next_q == `HW_FRAME_ESCAPE);
    wire room = !next_valid_q || move; // whatever is loaded then: a short way
    wire load = state_q != ST_IDLE && state_q != ST_SETTLE && room;

    loom_crc32 u_crc (
        .clk(clk), .rst(rst), .i_clear(state_q == ST_OPEN), .i_valid(fresh_q), .i_byte(next_q),
        .o_crc(crc), .o_good(crc_good)
    );

    // The state after this one, as soon as it moves on: with a byte, or at once.
    reg  [2:0] state_d;
    always @* begin
        case (state_q)
            ST_IDLE: state_d = i_start ? ST_OPEN : ST_IDLE;
            ST_OPEN: state_d = ST_HEAD;
            ST_HEAD: state_d = index_q != 2'd3 ? ST_HEAD : length_q == 7'd0 ? ST_SETTLE : ST_PAYLOAD;
            ST_PAYLOAD: state_d = index_q[0] && last_word_q ? ST_SETTLE : ST_PAYLOAD;
            ST_SETTLE: state_d = ST_CRC;
            ST_CRC: state_d = index_q == 2'd3 ? ST_CLOSE : ST_CRC;
            default: state_d = ST_IDLE;
        endcase
    end

    always @* begin
        byte_d = `HW_FRAME_FLAG;
        case (state_q)
            ST_HEAD:
                case (index_q)
                    2'd0: byte_d = {6'd0, control_q};
                    2'd1: byte_d = sequence_q;
                    2'd2: byte_d = acknowledge_q;
                    default: byte_d = {1'b0, length_q};
                endcase
            ST_PAYLOAD: byte_d = index_q[0] ? high_q : i_read_data[7:0];
            ST_CRC:
                case (index_q)
                    2'd0: byte_d = crc[7:0];
                    2'd1: byte_d = crc[15:8];
                    2'd2: byte_d = crc[23:16];
                    default: byte_d = crc[31:24];
                endcase
            default: byte_d = `HW_FRAME_FLAG;
        endcase
    end

    reg  last_word_q;         // the word at hand is the last
    always @(posedge clk) begin
        if (rst) begin
            state_q <= ST_IDLE;
            valid_q <= 1'b0;
            fresh_q <= 1'b0;
        end else begin
            fresh_q <= load && (state_q == ST_HEAD || state_q == ST_PAYLOAD);
            if (move)
                valid_q <= next_valid_q;
            if (load || state_q == ST_IDLE || state_q == ST_SETTLE)
                state_q <= state_d;
        end
        // Without enables, which would be a level of logic behind load and move.
        next_valid_q <= !rst && (load || (next_valid_q && !move));
        last_q <= !rst && (move ? next_valid_q && !special : last_q || i_byte_ready);
        index_q <= (index_q + {1'b0, load}) & {2{state_q != ST_IDLE && state_q != ST_OPEN && state_q != ST_SETTLE}};
        if (state_q == ST_IDLE)
            word_q <= 7'd0;
        else if (o_read)
            word_q <= word_q + 7'd1;
        read_q <= load && ((state_q == ST_HEAD && index_q == 2'd2) || (state_q == ST_PAYLOAD && !index_q[0]));
        if (!index_q[0]) begin // up to the cycle in which the low byte is taken
            high_q <= i_read_data[15:8];
            last_word_q <= word_q == length_q;
        end
        if (o_idle) begin
            control_q <= {i_synchronise, i_data};
            sequence_q <= i_sequence;
            acknowledge_q <= i_acknowledge;
            length_q <= i_length;
        end
        if (room) begin
            next_q <= byte_d;
            framing_q <= state_q == ST_OPEN || state_q == ST_CLOSE;
        end
        if (move) begin
            byte_q <= next_q;
            special_q <= special;
        end
    end

    // Word 0 is fetched after the last byte of the head but one, each next one after the low byte of the one before.
    assign o_read = read_q;
    assign o_read_address = word_q;
    assign o_idle = state_q == ST_IDLE;
    assign o_byte_valid = valid_q;
    assign o_byte = !special_q ? byte_q : last_q ? byte_q ^ `HW_FRAME_ESCAPE_XOR : `HW_FRAME_ESCAPE;

    wire unused = &{1'b0, crc_good};
endmodule
`default_nettype wire
