// crc_proof: loom_crc32 against the definition: division by the polynomial 0x04C11DB7, a bit at a time, most
// significant first; and o_good after any bytes followed by their own sum. By induction, for any stream.
`default_nettype none
module crc_proof (
    input wire       clk,
    input wire       rst,
    input wire       clear,
    input wire       valid,
    input wire [7:0] octet
);
    wire [31:0] crc;
    wire good;
    loom_crc32 u_crc (
        .clk(clk), .rst(rst), .i_clear(clear), .i_valid(valid), .i_byte(octet), .o_crc(crc), .o_good(good)
    );
    function [31:0] reversed(input [31:0] word);
        integer index;
        for (index = 0; index < 32; index = index + 1)
            reversed[index] = word[31 - index];
    endfunction
    function [31:0] divide(input [31:0] sum, input [7:0] value);
        integer index;
        begin
            divide = sum;
            for (index = 0; index < 8; index = index + 1)
                divide = {divide[30:0], 1'b0} ^ (divide[31] ^ value[index] ? 32'h04C11DB7 : 32'd0);
        end
    endfunction
    reg past_valid = 1'b0;
    reg [31:0] sum;
    // While the bytes of the sum follow, low byte first, the register holds what is left of it at its low end, and
    // exclusive-or that a constant of the number of bytes alone.
    (* anyseq *) wire pick;  // begin here
    reg [31:0] left;         // of the sum, what should still follow
    reg [2:0] followed;
    reg following = 1'b0;
    always @(posedge clk) begin
        past_valid <= 1'b1;
        if (rst || clear) begin
            sum <= 32'hFFFFFFFF;
            following <= 1'b0;
        end else if (valid) begin
            sum <= divide(sum, octet);
            if (following) begin
                following <= followed != 3'd4 && octet == left[7:0];
                followed <= followed + 3'd1;
                left <= {8'd0, left[31:8]};
            end else if (pick) begin
                following <= octet == crc[7:0];
                followed <= 3'd1;
                left <= {8'd0, crc[31:8]};
            end
        end
    end
    always @* begin
        assume (rst == !past_valid);
        cover (past_valid && following && followed == 3'd4 && good);
        if (past_valid) begin
            assert (crc == ~reversed(sum));
            assert (!following || (followed != 3'd0 && followed <= 3'd4));
            if (following)
                case (followed)
                    3'd1: assert (left[31:24] == 8'd0 && crc == (left ^ {8'hFF, 24'd0} ^ 32'h2D02EF8D));
                    3'd2: assert (left[31:16] == 16'd0 && crc == (left ^ {16'hFFFF, 16'd0} ^ 32'hBE2612FF));
                    3'd3: assert (left[31:8] == 24'd0 && crc == (left ^ {24'hFFFFFF, 8'd0} ^ 32'h00BE2612));
                    default: assert (left == 32'd0 && good);
                endcase
        end
    end
endmodule
`default_nettype wire
