// frame_proof: any frame of up to one payload word, flags and escapes included, goes from loom_frame_transmitter to
// loom_frame_receiver unchanged, once, within LATENCY cycles, with up to three cycles of pause on the line, anywhere, where
// HASTE is 0.
`default_nettype none
`include "hardware.vh"
module frame_proof #(
    parameter LATENCY = 56,
    parameter HASTE = 1
) (
    input wire clk,
    input wire rst,
    input wire go
);
    (* anyconst *) wire        data;
    (* anyconst *) wire        synchronise;
    (* anyconst *) wire [7:0]  sequence;
    (* anyconst *) wire [7:0]  acknowledge;
    (* anyconst *) wire        length;
    (* anyconst *) wire [15:0] payload;
    reg past_valid = 1'b0;
    reg started = 1'b0;
    reg [6:0] age = 7'd0;
    reg got = 1'b0;
    reg written = 1'b0;
    reg [15:0] word;
    wire idle, read, byte_valid, byte_ready;
    wire [6:0] read_address;
    wire [7:0] octet;
    reg [15:0] read_data;
    wire start = idle && !started;
    wire write, frame, stored, out_data, out_synchronise;
    wire [6:0] write_address, out_length;
    wire [15:0] write_data;
    wire [7:0] out_sequence, out_acknowledge;
    reg [1:0] pauses = 2'd0;
    wire pass = HASTE != 0 || go || pauses == 2'd3;

    loom_frame_transmitter u_transmitter (
        .clk(clk), .rst(rst), .i_start(start), .o_idle(idle), .i_data(data), .i_synchronise(synchronise),
        .i_sequence(sequence), .i_acknowledge(acknowledge), .i_length({6'd0, length}),
        .o_read(read), .o_read_address(read_address), .i_read_data(read_data),
        .o_byte_valid(byte_valid), .i_byte_ready(byte_ready && pass), .o_byte(octet)
    );
    wire held_valid, held_ready, held_flag, held_escape;
    wire [7:0] held;
    loom_byte_register u_register (
        .clk(clk), .rst(rst), .i_valid(byte_valid && pass), .o_ready(byte_ready), .i_byte(octet),
        .o_valid(held_valid), .i_ready(held_ready), .o_byte(held), .o_flag(held_flag), .o_escape(held_escape)
    );
    loom_frame_receiver u_receiver (
        .clk(clk), .rst(rst), .i_byte_valid(held_valid), .o_byte_ready(held_ready), .i_byte(held),
        .i_byte_flag(held_flag), .i_byte_escape(held_escape), .i_keep(1'b1), .o_write(write), .o_write_address(write_address), .o_write_data(write_data),
        .o_frame(frame), .o_stored(stored), .o_data(out_data), .o_synchronise(out_synchronise),
        .o_sequence(out_sequence), .o_acknowledge(out_acknowledge), .o_length(out_length)
    );
    stream_check #(.WIDTH(8)) u_check (
        .clk(clk), .rst(rst), .i_valid(byte_valid), .i_ready(byte_ready && pass), .i_data(octet)
    );
    always @(posedge clk) begin
        past_valid <= 1'b1;
        if (!pass)
            pauses <= pauses + 2'd1;
        if (read)
            read_data <= read_address == 7'd0 ? payload : 16'd0;
        if (!rst) begin
            started <= started || start;
            if (started && age != 7'd127)
                age <= age + 7'd1;
            got <= got || frame;
            if (write && write_address == 7'd0) begin
                written <= 1'b1;
                word <= write_data;
            end
        end
    end
    always @* begin
        assume (rst == !past_valid);
        if (past_valid) begin
            if (frame) begin
                assert (!got && stored);
                assert (out_data == data && out_synchronise == synchronise && out_length == {6'd0, length});
                assert (out_sequence == sequence && out_acknowledge == acknowledge);
                if (length)
                    assert (written && word == payload);
            end
            cover (frame && length && stored);
            cover (frame && sequence == `HW_FRAME_FLAG && acknowledge == `HW_FRAME_ESCAPE);
            if (HASTE != 0 && age == LATENCY)
                assert (got);
        end
    end
endmodule
`default_nettype wire
