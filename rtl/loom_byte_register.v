// loom_byte_register: a byte of the link in a register, with what it is to a frame found out on its way in, where there is
// time. Bytes pass one a cycle and keep their order; o_valid, o_byte, o_flag and o_escape are registers and stay until i_ready.
`default_nettype none
`include "hardware.vh"
module loom_byte_register (
    input  wire       clk,
    input  wire       rst,
    input  wire       i_valid,
    output wire       o_ready,
    input  wire [7:0] i_byte,
    output wire       o_valid,
    input  wire       i_ready,
    output wire [7:0] o_byte,
    output wire       o_flag,
    output wire       o_escape
);
    reg       valid_q;
    reg [7:0] byte_q;
    reg       flag_q;
    reg       escape_q;

    assign o_ready = !valid_q || i_ready;
    always @(posedge clk) begin
        if (rst)
            valid_q <= 1'b0;
        else if (o_ready)
            valid_q <= i_valid;
        if (o_ready) begin
            byte_q <= i_byte;
            flag_q <= i_byte == `HW_FRAME_FLAG;
            escape_q <= i_byte == `HW_FRAME_ESCAPE;
        end
    end
    assign o_valid = valid_q;
    assign o_byte = byte_q;
    assign o_flag = flag_q;
    assign o_escape = escape_q;
endmodule
`default_nettype wire
