// frame_receiver_proof: loom_frame_receiver given any bytes at any time announces a frame exactly when the
// bytes since the last flag, escapes undone, make one: right length, and a right sum (loom_crc32, which
// crc_proof compares with the definition). So a good frame after any garbage and a
// flag is announced, and nothing else is.
`default_nettype none
`include "hardware.vh"
module frame_receiver_proof (
    input wire       clk,
    input wire       rst,
    input wire       byte_valid,
    input wire [7:0] octet,
    input wire       keep
);
    wire ready, write, frame, stored, data, synchronise;
    wire [6:0] write_address, length;
    wire [15:0] write_data;
    wire [7:0] sequence, acknowledge;
    loom_frame_receiver u_receiver (
        .clk(clk), .rst(rst), .i_byte_valid(byte_valid), .o_byte_ready(ready), .i_byte(octet),
        .i_byte_flag(octet == 8'h7E), .i_byte_escape(octet == 8'h7D), .i_keep(keep),
        .o_write(write), .o_write_address(write_address), .o_write_data(write_data),
        .o_frame(frame), .o_stored(stored), .o_data(data), .o_synchronise(synchronise),
        .o_sequence(sequence), .o_acknowledge(acknowledge), .o_length(length)
    );

    // The head of the frame that is coming, escapes undone.
    reg [7:0] head_0, head_1, head_2, head_3;
    reg [4:0] count;     // up to 31, and stays there
    reg open, escaped, due, good;
    reg past_valid = 1'b0;

    wire take = byte_valid && ready;
    wire [7:0] plain = octet ^ (escaped ? 8'h20 : 8'h00);
    wire is_plain = take && octet != 8'h7E && octet != 8'h7D;
    wire right_sum;
    wire [31:0] sum;
    loom_crc32 u_sum (
        .clk(clk), .rst(rst), .i_clear(take && octet == 8'h7E), .i_valid(is_plain), .i_byte(plain),
        .o_crc(sum), .o_good(right_sum)
    );
    wire right_length = count != 5'd31 && {5'd0, count} == 10'd8 + {1'b0, head_3, 1'b0};

    always @(posedge clk) begin
        past_valid <= 1'b1;
        due <= 1'b0;
        good <= due;
        if (rst) begin
            open <= 1'b0;
            escaped <= 1'b0;
            count <= 5'd0;
            due <= 1'b0;
            good <= 1'b0;
        end else if (take) begin
            if (octet == 8'h7E) begin
                due <= open && !escaped && right_length && right_sum;
                open <= 1'b1;
                escaped <= 1'b0;
                count <= 5'd0;
            end else if (octet == 8'h7D) begin
                escaped <= 1'b1;
                if (escaped)
                    open <= 1'b0;
            end else begin
                escaped <= 1'b0;
                case (count)
                    5'd0: head_0 <= plain;
                    5'd1: head_1 <= plain;
                    5'd2: head_2 <= plain;
                    5'd3: head_3 <= plain;
                    default: ;
                endcase
                count <= count == 5'd31 ? 5'd31 : count + 5'd1;
            end
        end
    end
    reg kept;            // keep when the first byte of the frame came
    always @(posedge clk)
        if (is_plain && count == 5'd0)
            kept <= keep;
    always @* begin
        assume (rst == !past_valid);
        if (past_valid) begin
            assert (frame == good);
            if (frame) begin
                assert (sequence == head_1 && acknowledge == head_2);
                assert ({synchronise, data} == head_0[1:0] && {1'b0, length} == head_3);
                assert (stored == kept);
            end
            cover (frame && length == 7'd1 && stored);
        end
    end
endmodule
`default_nettype wire
