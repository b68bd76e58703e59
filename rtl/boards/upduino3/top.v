// top: the UPduino 3 around an array: its 12 MHz oscillator, which reaches pin 20 through a solder jumper, made 48 MHz by the
// PLL; reset after configuration (there is no button); a serial port on two header pins, because the lines to the board's own
// USB chip are those of the flash. The red LED is lit while the host sends, the green one while the array does.
`default_nettype none

module top #(
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
    parameter DIVIDER          = 48
) (
    input  wire i_clock,
    input  wire i_uart,
    output wire o_uart,
    output wire o_ledr_n,
    output wire o_ledg_n
);
    wire clk;
    wire locked;
    wire rst;

    SB_PLL40_CORE #(
        .FEEDBACK_PATH ("SIMPLE"),
        .DIVR          (4'd0),
        .DIVF          (7'd63),
        .DIVQ          (3'd4),
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

    assign o_ledr_n = i_uart;
    assign o_ledg_n = o_uart;
endmodule

`default_nettype wire
