// loom_uart_transmitter: bytes to an 8N1 serial line.
// Contract: takes a byte whenever none is on the line; the line rests high.
// Parameters: DIVIDER clocks per bit, 4 to 65535.
`default_nettype none
module loom_uart_transmitter #(
    parameter DIVIDER = 24
) (
    input  wire       clk,
    input  wire       rst,
    input  wire       i_valid,
    output wire       o_ready,
    input  wire [7:0] i_data,
    output wire       o_line
);
    localparam WIDTH = $clog2(DIVIDER);
    localparam [WIDTH-1:0] WHOLE = DIVIDER - 1;
    localparam [3:0] BITS = 4'd10;

    reg [WIDTH-1:0] timer_q;
    reg [3:0]       left_q;    // bits that still have to be on the line, the present one included
    reg [8:0]       shift_q;   // bit 0 is on the line

    reg             idle_q;    // left_q is 0
    wire next = timer_q == {WIDTH{1'b0}};
    always @(posedge clk) begin
        if (rst) begin
            left_q <= 4'd0;
            idle_q <= 1'b1;
            shift_q <= 9'h1FF;
        end else if (idle_q) begin
            if (i_valid) begin
                left_q <= BITS;
                idle_q <= 1'b0;
                shift_q <= {i_data, 1'b0};
            end
        end else if (next) begin
            left_q <= left_q - 4'd1;
            idle_q <= left_q == 4'd1;
            shift_q <= {1'b1, shift_q[8:1]};
        end
        if (idle_q || next)
            timer_q <= WHOLE;
        else
            timer_q <= timer_q - 1'b1;
    end
    assign o_ready = idle_q;
    assign o_line = shift_q[0];
endmodule
`default_nettype wire
