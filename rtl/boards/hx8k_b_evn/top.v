// top: the iCE40HX8K-B-EVN around an array: its 12 MHz clock made 96 MHz by the PLL; reset after configuration (there is no
// button); the serial port of the FTDI chip's second channel. LED D9 is lit while the host sends, D8 while the array does, D7
// when the array is out of reset.
`default_nettype none

module top #(
    parameter CORES            = 1,
    parameter LANES            = 8,
    parameter SLOTS            = 4,
    parameter WORD_BITS        = 64,
    parameter WEIGHT_WORDS     = 1024,
    parameter STATE_ROWS       = 256,
    parameter ACCUMULATOR_ROWS = 256,
    parameter SPIKE_WORDS      = 256,
    parameter OPERATIONS       = 32,
    parameter PROGRAM_BITS     = 16,
    parameter DSP              = 0,
    parameter DIVIDER          = 32
) (
    input  wire i_clock,
    input  wire i_uart,
    output wire o_uart,
    output wire o_led_in,
    output wire o_led_out,
    output wire o_led_run
);
    wire clk;
    wire locked;
    wire rst;

    SB_PLL40_CORE #(
        .FEEDBACK_PATH ("SIMPLE"),
        .DIVR          (4'd0),
        .DIVF          (7'd63),
        .DIVQ          (3'd3),
        .FILTER_RANGE  (3'd1)
    ) u_pll (
        .REFERENCECLK  (i_clock),
        .PLLOUTGLOBAL  (clk),
        .RESETB        (1'b1),
        .BYPASS        (1'b0),
        .LOCK          (locked)
    );

    loom_reset u_reset (
        .clk     (clk),
        .i_ready (locked),
        .rst     (rst)
    );

    loom_board #(
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
        .DSP              (DSP),
        .DIVIDER          (DIVIDER)
    ) u_board (
        .clk    (clk),
        .rst    (rst),
        .i_uart (i_uart),
        .o_uart (o_uart)
    );

    assign o_led_in  = !i_uart;
    assign o_led_out = !o_uart;
    assign o_led_run = !rst;
endmodule

`default_nettype wire
