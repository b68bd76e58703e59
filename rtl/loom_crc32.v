// loom_crc32: CRC-32 (IEEE 802.3) of a byte stream, a byte a cycle.
// Contract: i_clear begins anew and wins over i_valid; o_crc is the sum over the bytes so far; o_good: these bytes
// end in their own sum, low byte first.
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
    localparam [31:0] POLYNOMIAL = 32'hEDB88320;
    localparam [31:0] RESIDUE = 32'hDEBB20E3;  // what the register holds after any bytes and their sum

    reg [31:0] sum_q;
    reg [31:0] sum_d;
    integer index;
    always @* begin
        sum_d = {sum_q[31:8], sum_q[7:0] ^ i_byte};
        for (index = 0; index < 8; index = index + 1)
            sum_d = {1'b0, sum_d[31:1]} ^ (sum_d[0] ? POLYNOMIAL : 32'd0);
    end
    always @(posedge clk) begin
        if (rst || i_clear)
            sum_q <= 32'hFFFFFFFF;
        else if (i_valid)
            sum_q <= sum_d;
    end
    assign o_crc = ~sum_q;
    assign o_good = sum_q == RESIDUE;
endmodule
`default_nettype wire
