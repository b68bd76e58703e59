// stream_check: the rules of every valid/ready stream, for proofs: what is offered stays until it is taken.
// Contract: asserts if ASSUME is 0, assumes if it is 1 (for streams that the environment drives).
`default_nettype none
module stream_check #(
    parameter WIDTH = 8,
    parameter ASSUME = 0
) (
    input wire             clk,
    input wire             rst,
    input wire             i_valid,
    input wire             i_ready,
    input wire [WIDTH-1:0] i_data
);
    reg             held = 1'b0;
    reg [WIDTH-1:0] data;
    always @(posedge clk) begin
        held <= !rst && i_valid && !i_ready;
        data <= i_data;
    end
    always @* begin
        if (held && !rst) begin
            if (ASSUME != 0)
                assume (i_valid && i_data == data);
            else
                assert (i_valid && i_data == data);
        end
    end
endmodule
`default_nettype wire
