// uart_proof: any two bytes that loom_uart_transmitter is given come out of loom_uart_receiver, in order, alone.
`default_nettype none
module uart_proof #(
    parameter DIVIDER = 4
) (
    input wire clk,
    input wire rst,
    input wire send
);
    (* anyconst *) wire [7:0] first;
    (* anyconst *) wire [7:0] second;
    reg past_valid = 1'b0;
    reg [1:0] sent = 2'd0;
    reg [1:0] got = 2'd0;
    reg [6:0] time_q = 7'd0;
    wire ready, line, valid, overrun;
    wire [7:0] data;
    wire offer = send && sent != 2'd2;
    loom_uart_transmitter #(.DIVIDER(DIVIDER)) u_transmitter (
        .clk(clk), .rst(rst), .i_valid(offer), .o_ready(ready), .i_data(sent == 2'd0 ? first : second), .o_line(line)
    );
    loom_uart_receiver #(.DIVIDER(DIVIDER)) u_receiver (
        .clk(clk), .rst(rst), .i_line(line), .o_valid(valid), .i_ready(1'b1), .o_data(data), .o_overrun(overrun)
    );
    always @(posedge clk) begin
        past_valid <= 1'b1;
        if (!rst) begin
            sent <= sent + (offer && ready);
            got <= got + valid;
            time_q <= sent == 2'd2 ? time_q + 7'd1 : 7'd0;
        end
    end
    always @* begin
        assume (rst == !past_valid);
        if (past_valid) begin
            assert (!overrun);
            if (valid) begin
                assert (got < sent);
                assert (data == (got == 2'd0 ? first : second));
            end
            cover (got == 2'd2 && first != second);
            // Ten bits after the second byte was taken, and the two registers and the sample point more.
            if (time_q == 10 * DIVIDER + 4)
                assert (got == 2'd2);
        end
    end
endmodule
`default_nettype wire
