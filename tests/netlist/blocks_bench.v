// Prints what module blocks puts out on 4,000 random bytes, with a reset at the start and one on the way.
`timescale 1ns / 1ps
`default_nettype none

module blocks_bench;
    reg        clk = 1'b0;
    reg        rst = 1'b1;
    reg  [7:0] i_byte = 8'd0;
    wire [7:0] o_byte;
    integer    cycle;
    integer    seed = 1;

    blocks u_blocks (.clk(clk), .rst(rst), .i_byte(i_byte), .o_byte(o_byte));

`ifdef HARD
    defparam u_blocks.HARD = `HARD; // of the source; what is recovered has no parameters
`endif

    initial begin
        for (cycle = 0; cycle < 4000; cycle = cycle + 1) begin
            #5 clk = 1'b1;
            if (cycle > 8)
                $display("%h", o_byte);
            #1 i_byte = $random(seed);
            rst = cycle < 4 || cycle == 1900;
            #4 clk = 1'b0;
        end
        $finish;
    end
endmodule

`default_nettype wire
