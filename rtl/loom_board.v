// loom_board: an array behind a serial port, as every board has it; only the clock, the reset and the pins are
// a board's own. DIVIDER clocks a bit, 8 data bits, no parity, one stop bit.
`default_nettype none

module loom_board #(
    parameter CORES            = 1,
    parameter LANES            = 8,
    parameter SLOTS            = 4,
    parameter WORD_BITS        = 64,
    parameter WEIGHT_WORDS     = 16384,
    parameter STATE_ROWS       = 256,
    parameter ACCUMULATOR_ROWS = 256,
    parameter SPIKE_WORDS      = 512,
    parameter OPERATIONS       = 256,
    parameter PROGRAM_BITS     = 128,
    parameter DSP              = 1,
    parameter DIVIDER          = 30
) (
    input  wire clk,
    input  wire rst,
    input  wire i_uart,
    output wire o_uart
);
    wire       in_valid;
    wire       in_ready;
    wire [7:0] in_byte;
    wire       out_valid;
    wire [7:0] out_byte;
    wire       line_ready;
    reg        line_valid_q; // a byte for the line: between the two ends of a long way
    reg  [7:0] line_byte_q;
    wire       overrun;

    loom_uart_receiver #(.DIVIDER(DIVIDER)) u_receiver (
        .clk       (clk),
        .rst       (rst),
        .i_line    (i_uart),
        .o_valid   (in_valid),
        .i_ready   (in_ready),
        .o_data    (in_byte),
        .o_overrun (overrun)
    );

    loom_uart_transmitter #(.DIVIDER(DIVIDER)) u_transmitter (
        .clk     (clk),
        .rst     (rst),
        .i_valid (line_valid_q),
        .o_ready (line_ready),
        .i_data  (line_byte_q),
        .o_line  (o_uart)
    );

    loom_array #(
        .CORES            (CORES),
        .LANES            (LANES),
        .SLOTS            (SLOTS),
        .WORD_BITS        (WORD_BITS),
        .WEIGHT_WORDS     (WEIGHT_WORDS),
        .STATE_ROWS       (STATE_ROWS),
        .ACCUMULATOR_ROWS (ACCUMULATOR_ROWS),
        .SPIKE_WORDS      (SPIKE_WORDS),
        .OPERATIONS       (OPERATIONS),
        .PROGRAM_BITS     (PROGRAM_BITS),
        .DSP              (DSP)
    ) u_array (
        .clk          (clk),
        .rst          (rst),
        .i_byte_valid (in_valid),
        .o_byte_ready (in_ready),
        .i_byte       (in_byte),
        .o_byte_valid (out_valid),
        .i_byte_ready (!line_valid_q),
        .o_byte       (out_byte)
    );

    always @(posedge clk) begin
        line_valid_q <= !rst && (line_valid_q ? !line_ready : out_valid);
        if (!line_valid_q)
            line_byte_q <= out_byte;
    end

    // An overrun damages a frame, which its check finds.
    wire unused = &{1'b0, overrun};
endmodule

`default_nettype wire
