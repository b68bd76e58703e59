// blocks: one of everything that an iCE40 has and the array uses, in a design that is placed and routed in seconds:
// lookup tables, carries, flip-flops of every kind of reset and both clock edges, block RAM with contents and of two
// widths, and with HARD a single-port memory and a multiplier. What is taken from the memory shows from then on.
`default_nettype none

module blocks #(
    parameter HARD = 1
) (
    input  wire       clk,
    input  wire       rst,
    input  wire [7:0] i_byte,
    output reg  [7:0] o_byte
);
    reg [15:0] sum_q;
    reg [7:0]  set_q;
    reg [7:0]  asynchronous_q;
    reg [7:0]  falling_q;
    reg [7:0]  plain_q;
    reg [5:0]  address_q;

    always @(posedge clk) begin
        plain_q <= i_byte;
        address_q <= rst ? 6'd0 : address_q + 6'd1;
        if (i_byte[0])
            sum_q <= sum_q + {plain_q, i_byte};
        if (rst)
            sum_q <= 16'd0;
        if (i_byte[1])
            set_q <= set_q ^ {i_byte[6:0], plain_q[7]};
        if (rst)
            set_q <= 8'hff;
    end

    always @(posedge clk or posedge rst)
        if (rst)
            asynchronous_q <= 8'd0;
        else
            asynchronous_q <= asynchronous_q - {4'd0, plain_q[3:0]};

    always @(negedge clk)
        falling_q <= plain_q & i_byte;

    // 256 words of 16 bits and 512 of 8, with contents.
    reg [15:0] words [0:255];
    reg [7:0]  bytes [0:511];
    reg [15:0] word_q;
    reg [7:0]  byte_q;
    integer    index;

    initial begin
        for (index = 0; index < 256; index = index + 1)
            words[index] = index * 257 + 12345;
        for (index = 0; index < 512; index = index + 1)
            bytes[index] = index * 7 + 3;
    end

    always @(posedge clk) begin
        if (plain_q[0])
            words[{2'd0, address_q}] <= sum_q;
        word_q <= words[{plain_q[1], i_byte[6:0]}];
        if (plain_q[1])
            bytes[{3'd5, address_q}] <= set_q;
        byte_q <= bytes[{plain_q[4], i_byte}];
    end

    wire [15:0] hard;

    generate
        if (HARD) begin : g_hard
            // Filled once before it is read: it has no contents to begin with.
            (* ram_style = "huge" *) reg [15:0] memory [0:16383];
            reg [15:0]        memory_q;
            reg [15:0]        kept_q;
            reg               filled_q;
            reg               read_q;
            wire              write = !filled_q || plain_q[2];
            wire [13:0]       address = write ? {8'd0, address_q} : {8'd0, address_q ^ 6'd21};
            reg signed [15:0] left_q;
            reg signed [15:0] right_q;
            reg signed [31:0] product_q;

            always @(posedge clk) begin
                filled_q <= !rst && (filled_q || address_q == 6'd63);
                read_q <= !write;
                if (write)
                    memory[address] <= sum_q ^ {address_q, 10'd0};
                else
                    memory_q <= memory[address];
                kept_q <= rst ? 16'd0 : read_q ? memory_q : kept_q;
                left_q <= {i_byte, plain_q};
                right_q <= {plain_q, set_q};
                product_q <= left_q * right_q;
            end
            assign hard = kept_q ^ product_q[31:16] ^ product_q[15:0];
        end else begin : g_soft
            assign hard = 16'd0;
        end
    endgenerate

    always @(posedge clk)
        o_byte <= sum_q[15:8] ^ sum_q[7:0] ^ set_q ^ asynchronous_q ^ falling_q ^ word_q[15:8] ^ word_q[7:0] ^ byte_q ^
                  hard[15:8] ^ hard[7:0];
endmodule

`default_nettype wire
