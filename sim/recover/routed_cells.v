// The cells of a design that nextpnr-ice40 has placed and routed (`nextpnr-ice40 --write`), for yosys to resolve.
//
// nextpnr leaves a pin open where the part's own default will do: 1 for clock enables, 0 for everything else. A
// simulator takes an open pin for z, or, with two states, for 0: flip-flops would never load. Hence the defaults.
`default_nettype none

module ICESTORM_LC #(
    parameter [15:0] LUT_INIT     = 16'd0,
    parameter [0:0]  NEG_CLK      = 1'b0,
    parameter [0:0]  CARRY_ENABLE = 1'b0,
    parameter [0:0]  DFF_ENABLE   = 1'b0,
    parameter [0:0]  SET_NORESET  = 1'b0,
    parameter [0:0]  ASYNC_SR     = 1'b0,
    parameter [0:0]  CIN_CONST    = 1'b0,
    parameter [0:0]  CIN_SET      = 1'b0
) (
    input  wire I0 = 1'b0,
    input  wire I1 = 1'b0,
    input  wire I2 = 1'b0,
    input  wire I3 = 1'b0,
    input  wire CIN = 1'b0,
    input  wire CLK = 1'b0,
    input  wire CEN = 1'b1,
    input  wire SR = 1'b0,
    output wire LO,
    output wire O,
    output wire COUT
);
    wire carry_in = CIN_CONST ? CIN_SET : CIN;
    wire [7:0] table_3 = I3 ? LUT_INIT[15:8] : LUT_INIT[7:0];
    wire [3:0] table_2 = I2 ? table_3[7:4] : table_3[3:0];
    wire [1:0] table_1 = I1 ? table_2[3:2] : table_2[1:0];

    assign LO = I0 ? table_1[1] : table_1[0];
    assign COUT = CARRY_ENABLE & ((I1 & I2) | ((I1 | I2) & carry_in));

    generate
        if (!DFF_ENABLE) begin : g_table
            assign O = LO;
        end else begin : g_register
            wire clock = CLK ^ NEG_CLK;
            reg  value_q = 1'b0;

            if (ASYNC_SR) begin : g_asynchronous
                always @(posedge clock, posedge SR)
                    if (SR)
                        value_q <= SET_NORESET;
                    else if (CEN)
                        value_q <= LO;
            end else begin : g_synchronous
                always @(posedge clock)
                    if (CEN)
                        value_q <= SR ? SET_NORESET : LO;
            end
            assign O = value_q;
        end
    endgenerate
endmodule

module SB_GB (
    input  wire USER_SIGNAL_TO_GLOBAL_BUFFER,
    output wire GLOBAL_BUFFER_OUTPUT
);
    assign GLOBAL_BUFFER_OUTPUT = USER_SIGNAL_TO_GLOBAL_BUFFER;
endmodule

// Plain inputs and plain outputs; another PIN_TYPE is an unknown module, which stops yosys.
module SB_IO #(
    parameter [5:0]    PIN_TYPE    = 6'b000001,
    parameter [0:0]    PULLUP      = 1'b0,
    parameter [0:0]    NEG_TRIGGER = 1'b0,
    parameter          IO_STANDARD = "SB_LVCMOS"
) (
    inout  wire PACKAGE_PIN,
    input  wire LATCH_INPUT_VALUE = 1'b0,
    input  wire CLOCK_ENABLE = 1'b1,
    input  wire INPUT_CLK = 1'b0,
    input  wire OUTPUT_CLK = 1'b0,
    input  wire OUTPUT_ENABLE = 1'b0,
    input  wire D_OUT_0 = 1'b0,
    input  wire D_OUT_1 = 1'b0,
    output wire D_IN_0,
    output wire D_IN_1
);
    generate
        if (PIN_TYPE == 6'b000001) begin : g_input
            assign D_IN_0 = PACKAGE_PIN;
        end else if (PIN_TYPE == 6'b011001) begin : g_output
            assign PACKAGE_PIN = D_OUT_0;
            assign D_IN_0 = PACKAGE_PIN;
        end else begin : g_unknown
            SB_IO_of_a_type_that_is_not_supported u_io ();
        end
    endgenerate
    assign D_IN_1 = 1'b0;
endmodule

module ICESTORM_RAM #(
    parameter READ_MODE = 0,
    parameter WRITE_MODE = 0,
    parameter [0:0] NEG_CLK_R = 1'b0,
    parameter [0:0] NEG_CLK_W = 1'b0,
    parameter [255:0] INIT_0 = 256'd0,
    parameter [255:0] INIT_1 = 256'd0,
    parameter [255:0] INIT_2 = 256'd0,
    parameter [255:0] INIT_3 = 256'd0,
    parameter [255:0] INIT_4 = 256'd0,
    parameter [255:0] INIT_5 = 256'd0,
    parameter [255:0] INIT_6 = 256'd0,
    parameter [255:0] INIT_7 = 256'd0,
    parameter [255:0] INIT_8 = 256'd0,
    parameter [255:0] INIT_9 = 256'd0,
    parameter [255:0] INIT_A = 256'd0,
    parameter [255:0] INIT_B = 256'd0,
    parameter [255:0] INIT_C = 256'd0,
    parameter [255:0] INIT_D = 256'd0,
    parameter [255:0] INIT_E = 256'd0,
    parameter [255:0] INIT_F = 256'd0
) (
    output wire RDATA_0, output wire RDATA_1, output wire RDATA_2, output wire RDATA_3, output wire RDATA_4,
    output wire RDATA_5, output wire RDATA_6, output wire RDATA_7, output wire RDATA_8, output wire RDATA_9,
    output wire RDATA_10, output wire RDATA_11, output wire RDATA_12, output wire RDATA_13, output wire RDATA_14,
    output wire RDATA_15, input  wire RCLK = 1'b0, input  wire RCLKE = 1'b1, input  wire RE = 1'b0,
    input  wire WCLK = 1'b0, input  wire WCLKE = 1'b1, input  wire WE = 1'b0, input  wire RADDR_0 = 1'b0,
    input  wire RADDR_1 = 1'b0, input  wire RADDR_2 = 1'b0, input  wire RADDR_3 = 1'b0, input  wire RADDR_4 = 1'b0,
    input  wire RADDR_5 = 1'b0, input  wire RADDR_6 = 1'b0, input  wire RADDR_7 = 1'b0, input  wire RADDR_8 = 1'b0,
    input  wire RADDR_9 = 1'b0, input  wire RADDR_10 = 1'b0, input  wire WADDR_0 = 1'b0, input  wire WADDR_1 = 1'b0,
    input  wire WADDR_2 = 1'b0, input  wire WADDR_3 = 1'b0, input  wire WADDR_4 = 1'b0, input  wire WADDR_5 = 1'b0,
    input  wire WADDR_6 = 1'b0, input  wire WADDR_7 = 1'b0, input  wire WADDR_8 = 1'b0, input  wire WADDR_9 = 1'b0,
    input  wire WADDR_10 = 1'b0, input  wire MASK_0 = 1'b0, input  wire MASK_1 = 1'b0, input  wire MASK_2 = 1'b0,
    input  wire MASK_3 = 1'b0, input  wire MASK_4 = 1'b0, input  wire MASK_5 = 1'b0, input  wire MASK_6 = 1'b0,
    input  wire MASK_7 = 1'b0, input  wire MASK_8 = 1'b0, input  wire MASK_9 = 1'b0, input  wire MASK_10 = 1'b0,
    input  wire MASK_11 = 1'b0, input  wire MASK_12 = 1'b0, input  wire MASK_13 = 1'b0, input  wire MASK_14 = 1'b0,
    input  wire MASK_15 = 1'b0, input  wire WDATA_0 = 1'b0, input  wire WDATA_1 = 1'b0, input  wire WDATA_2 = 1'b0,
    input  wire WDATA_3 = 1'b0, input  wire WDATA_4 = 1'b0, input  wire WDATA_5 = 1'b0, input  wire WDATA_6 = 1'b0,
    input  wire WDATA_7 = 1'b0, input  wire WDATA_8 = 1'b0, input  wire WDATA_9 = 1'b0, input  wire WDATA_10 = 1'b0,
    input  wire WDATA_11 = 1'b0, input  wire WDATA_12 = 1'b0, input  wire WDATA_13 = 1'b0,
    input  wire WDATA_14 = 1'b0, input  wire WDATA_15 = 1'b0
);
    SB_RAM40_4K #(
        .READ_MODE(READ_MODE),
        .WRITE_MODE(WRITE_MODE),
        .INIT_0(INIT_0),
        .INIT_1(INIT_1),
        .INIT_2(INIT_2),
        .INIT_3(INIT_3),
        .INIT_4(INIT_4),
        .INIT_5(INIT_5),
        .INIT_6(INIT_6),
        .INIT_7(INIT_7),
        .INIT_8(INIT_8),
        .INIT_9(INIT_9),
        .INIT_A(INIT_A),
        .INIT_B(INIT_B),
        .INIT_C(INIT_C),
        .INIT_D(INIT_D),
        .INIT_E(INIT_E),
        .INIT_F(INIT_F)
    ) u_ram (
        .RDATA({RDATA_15, RDATA_14, RDATA_13, RDATA_12, RDATA_11, RDATA_10, RDATA_9, RDATA_8, RDATA_7, RDATA_6,
            RDATA_5, RDATA_4, RDATA_3, RDATA_2, RDATA_1, RDATA_0}),
        .RADDR({RADDR_10, RADDR_9, RADDR_8, RADDR_7, RADDR_6, RADDR_5, RADDR_4, RADDR_3, RADDR_2, RADDR_1, RADDR_0}),
        .WADDR({WADDR_10, WADDR_9, WADDR_8, WADDR_7, WADDR_6, WADDR_5, WADDR_4, WADDR_3, WADDR_2, WADDR_1, WADDR_0}),
        .MASK({MASK_15, MASK_14, MASK_13, MASK_12, MASK_11, MASK_10, MASK_9, MASK_8, MASK_7, MASK_6, MASK_5, MASK_4,
            MASK_3, MASK_2, MASK_1, MASK_0}),
        .WDATA({WDATA_15, WDATA_14, WDATA_13, WDATA_12, WDATA_11, WDATA_10, WDATA_9, WDATA_8, WDATA_7, WDATA_6,
            WDATA_5, WDATA_4, WDATA_3, WDATA_2, WDATA_1, WDATA_0}),
        .RCLK(RCLK ^ NEG_CLK_R),
        .RCLKE(RCLKE),
        .RE(RE),
        .WCLK(WCLK ^ NEG_CLK_W),
        .WCLKE(WCLKE),
        .WE(WE)
    );
endmodule

module ICESTORM_SPRAM (
    output wire DATAOUT_0, output wire DATAOUT_1, output wire DATAOUT_2, output wire DATAOUT_3, output wire DATAOUT_4,
    output wire DATAOUT_5, output wire DATAOUT_6, output wire DATAOUT_7, output wire DATAOUT_8, output wire DATAOUT_9,
    output wire DATAOUT_10, output wire DATAOUT_11, output wire DATAOUT_12, output wire DATAOUT_13,
    output wire DATAOUT_14, output wire DATAOUT_15, input  wire ADDRESS_0 = 1'b0, input  wire ADDRESS_1 = 1'b0,
    input  wire ADDRESS_2 = 1'b0, input  wire ADDRESS_3 = 1'b0, input  wire ADDRESS_4 = 1'b0,
    input  wire ADDRESS_5 = 1'b0, input  wire ADDRESS_6 = 1'b0, input  wire ADDRESS_7 = 1'b0,
    input  wire ADDRESS_8 = 1'b0, input  wire ADDRESS_9 = 1'b0, input  wire ADDRESS_10 = 1'b0,
    input  wire ADDRESS_11 = 1'b0, input  wire ADDRESS_12 = 1'b0, input  wire ADDRESS_13 = 1'b0,
    input  wire DATAIN_0 = 1'b0, input  wire DATAIN_1 = 1'b0, input  wire DATAIN_2 = 1'b0,
    input  wire DATAIN_3 = 1'b0, input  wire DATAIN_4 = 1'b0, input  wire DATAIN_5 = 1'b0,
    input  wire DATAIN_6 = 1'b0, input  wire DATAIN_7 = 1'b0, input  wire DATAIN_8 = 1'b0,
    input  wire DATAIN_9 = 1'b0, input  wire DATAIN_10 = 1'b0, input  wire DATAIN_11 = 1'b0,
    input  wire DATAIN_12 = 1'b0, input  wire DATAIN_13 = 1'b0, input  wire DATAIN_14 = 1'b0,
    input  wire DATAIN_15 = 1'b0, input  wire MASKWREN_0 = 1'b0, input  wire MASKWREN_1 = 1'b0,
    input  wire MASKWREN_2 = 1'b0, input  wire MASKWREN_3 = 1'b0, input  wire WREN = 1'b0,
    input  wire CHIPSELECT = 1'b0, input  wire CLOCK = 1'b0, input  wire STANDBY = 1'b0, input  wire SLEEP = 1'b0,
    input  wire POWEROFF = 1'b0
);
    SB_SPRAM256KA u_memory (
        .DATAOUT({DATAOUT_15, DATAOUT_14, DATAOUT_13, DATAOUT_12, DATAOUT_11, DATAOUT_10, DATAOUT_9, DATAOUT_8,
            DATAOUT_7, DATAOUT_6, DATAOUT_5, DATAOUT_4, DATAOUT_3, DATAOUT_2, DATAOUT_1, DATAOUT_0}),
        .ADDRESS({ADDRESS_13, ADDRESS_12, ADDRESS_11, ADDRESS_10, ADDRESS_9, ADDRESS_8, ADDRESS_7, ADDRESS_6,
            ADDRESS_5, ADDRESS_4, ADDRESS_3, ADDRESS_2, ADDRESS_1, ADDRESS_0}),
        .DATAIN({DATAIN_15, DATAIN_14, DATAIN_13, DATAIN_12, DATAIN_11, DATAIN_10, DATAIN_9, DATAIN_8, DATAIN_7,
            DATAIN_6, DATAIN_5, DATAIN_4, DATAIN_3, DATAIN_2, DATAIN_1, DATAIN_0}),
        .MASKWREN({MASKWREN_3, MASKWREN_2, MASKWREN_1, MASKWREN_0}),
        .WREN(WREN),
        .CHIPSELECT(CHIPSELECT),
        .CLOCK(CLOCK),
        .STANDBY(STANDBY),
        .SLEEP(SLEEP),
        .POWEROFF(POWEROFF)
    );
endmodule

module ICESTORM_DSP #(
    parameter [0:0] NEG_TRIGGER = 1'b0,
    parameter [0:0] C_REG = 1'b0,
    parameter [0:0] A_REG = 1'b0,
    parameter [0:0] B_REG = 1'b0,
    parameter [0:0] D_REG = 1'b0,
    parameter [0:0] TOP_8x8_MULT_REG = 1'b0,
    parameter [0:0] BOT_8x8_MULT_REG = 1'b0,
    parameter [0:0] PIPELINE_16x16_MULT_REG1 = 1'b0,
    parameter [0:0] PIPELINE_16x16_MULT_REG2 = 1'b0,
    parameter [1:0] TOPOUTPUT_SELECT = 2'b00,
    parameter [1:0] TOPADDSUB_LOWERINPUT = 2'b00,
    parameter [0:0] TOPADDSUB_UPPERINPUT = 1'b0,
    parameter [1:0] TOPADDSUB_CARRYSELECT = 2'b00,
    parameter [1:0] BOTOUTPUT_SELECT = 2'b00,
    parameter [1:0] BOTADDSUB_LOWERINPUT = 2'b00,
    parameter [0:0] BOTADDSUB_UPPERINPUT = 1'b0,
    parameter [1:0] BOTADDSUB_CARRYSELECT = 2'b00,
    parameter [0:0] MODE_8x8 = 1'b0,
    parameter [0:0] A_SIGNED = 1'b0,
    parameter [0:0] B_SIGNED = 1'b0
) (
    output wire O_0, output wire O_1, output wire O_2, output wire O_3, output wire O_4, output wire O_5,
    output wire O_6, output wire O_7, output wire O_8, output wire O_9, output wire O_10, output wire O_11,
    output wire O_12, output wire O_13, output wire O_14, output wire O_15, output wire O_16, output wire O_17,
    output wire O_18, output wire O_19, output wire O_20, output wire O_21, output wire O_22, output wire O_23,
    output wire O_24, output wire O_25, output wire O_26, output wire O_27, output wire O_28, output wire O_29,
    output wire O_30, output wire O_31, output wire CO, output wire ACCUMCO, output wire SIGNEXTOUT,
    input  wire CLK = 1'b0, input  wire CE = 1'b1, input  wire A_0 = 1'b0, input  wire A_1 = 1'b0,
    input  wire A_2 = 1'b0, input  wire A_3 = 1'b0, input  wire A_4 = 1'b0, input  wire A_5 = 1'b0,
    input  wire A_6 = 1'b0, input  wire A_7 = 1'b0, input  wire A_8 = 1'b0, input  wire A_9 = 1'b0,
    input  wire A_10 = 1'b0, input  wire A_11 = 1'b0, input  wire A_12 = 1'b0, input  wire A_13 = 1'b0,
    input  wire A_14 = 1'b0, input  wire A_15 = 1'b0, input  wire B_0 = 1'b0, input  wire B_1 = 1'b0,
    input  wire B_2 = 1'b0, input  wire B_3 = 1'b0, input  wire B_4 = 1'b0, input  wire B_5 = 1'b0,
    input  wire B_6 = 1'b0, input  wire B_7 = 1'b0, input  wire B_8 = 1'b0, input  wire B_9 = 1'b0,
    input  wire B_10 = 1'b0, input  wire B_11 = 1'b0, input  wire B_12 = 1'b0, input  wire B_13 = 1'b0,
    input  wire B_14 = 1'b0, input  wire B_15 = 1'b0, input  wire C_0 = 1'b0, input  wire C_1 = 1'b0,
    input  wire C_2 = 1'b0, input  wire C_3 = 1'b0, input  wire C_4 = 1'b0, input  wire C_5 = 1'b0,
    input  wire C_6 = 1'b0, input  wire C_7 = 1'b0, input  wire C_8 = 1'b0, input  wire C_9 = 1'b0,
    input  wire C_10 = 1'b0, input  wire C_11 = 1'b0, input  wire C_12 = 1'b0, input  wire C_13 = 1'b0,
    input  wire C_14 = 1'b0, input  wire C_15 = 1'b0, input  wire D_0 = 1'b0, input  wire D_1 = 1'b0,
    input  wire D_2 = 1'b0, input  wire D_3 = 1'b0, input  wire D_4 = 1'b0, input  wire D_5 = 1'b0,
    input  wire D_6 = 1'b0, input  wire D_7 = 1'b0, input  wire D_8 = 1'b0, input  wire D_9 = 1'b0,
    input  wire D_10 = 1'b0, input  wire D_11 = 1'b0, input  wire D_12 = 1'b0, input  wire D_13 = 1'b0,
    input  wire D_14 = 1'b0, input  wire D_15 = 1'b0, input  wire AHOLD = 1'b0, input  wire BHOLD = 1'b0,
    input  wire CHOLD = 1'b0, input  wire DHOLD = 1'b0, input  wire IRSTTOP = 1'b0, input  wire IRSTBOT = 1'b0,
    input  wire ORSTTOP = 1'b0, input  wire ORSTBOT = 1'b0, input  wire OLOADTOP = 1'b0, input  wire OLOADBOT = 1'b0,
    input  wire ADDSUBTOP = 1'b0, input  wire ADDSUBBOT = 1'b0, input  wire OHOLDTOP = 1'b0,
    input  wire OHOLDBOT = 1'b0, input  wire CI = 1'b0, input  wire ACCUMCI = 1'b0, input  wire SIGNEXTIN = 1'b0
);
    SB_MAC16 #(
        .NEG_TRIGGER(NEG_TRIGGER),
        .C_REG(C_REG),
        .A_REG(A_REG),
        .B_REG(B_REG),
        .D_REG(D_REG),
        .TOP_8x8_MULT_REG(TOP_8x8_MULT_REG),
        .BOT_8x8_MULT_REG(BOT_8x8_MULT_REG),
        .PIPELINE_16x16_MULT_REG1(PIPELINE_16x16_MULT_REG1),
        .PIPELINE_16x16_MULT_REG2(PIPELINE_16x16_MULT_REG2),
        .TOPOUTPUT_SELECT(TOPOUTPUT_SELECT),
        .TOPADDSUB_LOWERINPUT(TOPADDSUB_LOWERINPUT),
        .TOPADDSUB_UPPERINPUT(TOPADDSUB_UPPERINPUT),
        .TOPADDSUB_CARRYSELECT(TOPADDSUB_CARRYSELECT),
        .BOTOUTPUT_SELECT(BOTOUTPUT_SELECT),
        .BOTADDSUB_LOWERINPUT(BOTADDSUB_LOWERINPUT),
        .BOTADDSUB_UPPERINPUT(BOTADDSUB_UPPERINPUT),
        .BOTADDSUB_CARRYSELECT(BOTADDSUB_CARRYSELECT),
        .MODE_8x8(MODE_8x8),
        .A_SIGNED(A_SIGNED),
        .B_SIGNED(B_SIGNED)
    ) u_multiplier (
        .O({O_31, O_30, O_29, O_28, O_27, O_26, O_25, O_24, O_23, O_22, O_21, O_20, O_19, O_18, O_17, O_16, O_15,
            O_14, O_13, O_12, O_11, O_10, O_9, O_8, O_7, O_6, O_5, O_4, O_3, O_2, O_1, O_0}),
        .A({A_15, A_14, A_13, A_12, A_11, A_10, A_9, A_8, A_7, A_6, A_5, A_4, A_3, A_2, A_1, A_0}),
        .B({B_15, B_14, B_13, B_12, B_11, B_10, B_9, B_8, B_7, B_6, B_5, B_4, B_3, B_2, B_1, B_0}),
        .C({C_15, C_14, C_13, C_12, C_11, C_10, C_9, C_8, C_7, C_6, C_5, C_4, C_3, C_2, C_1, C_0}),
        .D({D_15, D_14, D_13, D_12, D_11, D_10, D_9, D_8, D_7, D_6, D_5, D_4, D_3, D_2, D_1, D_0}),
        .CO(CO),
        .ACCUMCO(ACCUMCO),
        .SIGNEXTOUT(SIGNEXTOUT),
        .CLK(CLK),
        .CE(CE),
        .AHOLD(AHOLD),
        .BHOLD(BHOLD),
        .CHOLD(CHOLD),
        .DHOLD(DHOLD),
        .IRSTTOP(IRSTTOP),
        .IRSTBOT(IRSTBOT),
        .ORSTTOP(ORSTTOP),
        .ORSTBOT(ORSTBOT),
        .OLOADTOP(OLOADTOP),
        .OLOADBOT(OLOADBOT),
        .ADDSUBTOP(ADDSUBTOP),
        .ADDSUBBOT(ADDSUBBOT),
        .OHOLDTOP(OHOLDTOP),
        .OHOLDBOT(OHOLDBOT),
        .CI(CI),
        .ACCUMCI(ACCUMCI),
        .SIGNEXTIN(SIGNEXTIN)
    );
endmodule

`default_nettype wire
