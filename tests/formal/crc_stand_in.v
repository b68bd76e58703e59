// crc_stand_in: takes the place of loom_crc32 in the proofs of framing, which must not depend on what sum it is.
// Contract: that of loom_crc32, but with a sum of 8 bits that provers like: any bytes and their o_crc after them, low
// byte first, lead to o_good. The bytes of o_crc are one of any value, an escape, a 0 and another.
`default_nettype none
module loom_crc32 (
    input  wire        clk,
    input  wire        rst,
    input  wire        i_clear,
    input  wire        i_valid,
    input  wire [7:0]  i_byte,
    output wire [31:0] o_crc,
    output wire        o_good
);
    reg [7:0] sum_q;
    wire [7:0] turned = {sum_q[6:0], sum_q[7]};
    always @(posedge clk) begin
        if (rst || i_clear)
            sum_q <= 8'h35;
        else if (i_valid)
            sum_q <= turned ^ i_byte;
    end
    // From any sum to 7E, 81, 03, 5B.
    assign o_crc = {24'h5D007D, turned ^ 8'h7E};
    assign o_good = sum_q == 8'h5B;
endmodule
`default_nettype wire
