// loom_uart_receiver: 8N1 serial line to bytes.
// Contract: o_valid holds a byte until i_ready; a byte that comes meanwhile is lost, and o_overrun is high for
// a cycle. A byte without its stop bit is dropped, and the line must rest before the next.
// Parameters: DIVIDER clocks per bit, 4 to 65535. The line passes two registers first.
`default_nettype none
module loom_uart_receiver #(
    parameter DIVIDER = 24
) (
    input  wire       clk,
    input  wire       rst,
    input  wire       i_line,
    output wire       o_valid,
    input  wire       i_ready,
    output wire [7:0] o_data,
    output wire       o_overrun
);
    localparam WIDTH = $clog2(DIVIDER);
    localparam [WIDTH-1:0] WHOLE = DIVIDER - 1;
    localparam [WIDTH-1:0] HALF = DIVIDER / 2 - 1;
    localparam [3:0] STOP_BIT = 4'd9;

    reg [1:0]       line_q;
    reg             active_q;
    reg             rested_q;   // the line was high since the last byte
    reg [WIDTH-1:0] timer_q;
    reg [3:0]       bit_q;      // 0 start, 1 to 8 data, 9 stop
    reg [7:0]       shift_q;
    reg             valid_q;
    reg [7:0]       data_q;
    reg             overrun_q;

    wire line = line_q[1];
    wire sample = active_q && timer_q == {WIDTH{1'b0}};
    wire whole_byte = sample && bit_q == STOP_BIT && line;

    always @(posedge clk) begin
        line_q <= {line_q[0], i_line};
        if (rst) begin
            line_q <= 2'b11;
            active_q <= 1'b0;
            rested_q <= 1'b0;
            valid_q <= 1'b0;
            overrun_q <= 1'b0;
        end else begin
            rested_q <= line || (rested_q && !active_q);
            if (!active_q)
                active_q <= rested_q && !line;
            else if (sample && (bit_q == STOP_BIT || (bit_q == 4'd0 && line)))
                active_q <= 1'b0;
            overrun_q <= whole_byte && valid_q && !i_ready;
            valid_q <= whole_byte || (valid_q && !i_ready);
        end
        if (whole_byte && (!valid_q || i_ready))
            data_q <= shift_q;
        if (!active_q)
            timer_q <= HALF;
        else if (sample)
            timer_q <= WHOLE;
        else
            timer_q <= timer_q - 1'b1;
        if (!active_q)
            bit_q <= 4'd0;
        else if (sample)
            bit_q <= bit_q + 4'd1;
        if (sample)
            shift_q <= {line, shift_q[7:1]};
    end
    // The stop bit is not shifted in before data_q takes the byte.
    assign o_valid = valid_q;
    assign o_data = data_q;
    assign o_overrun = overrun_q;
endmodule
`default_nettype wire
