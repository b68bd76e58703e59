// loom_link_registers: what the link knows: the CONTROL space, the steps under way, the cycle counter.
// Contract: o_control_data follows i_control_address a cycle later. i_end is an END of a core; o_end_last says
// whether it is the one that finishes a step. After i_synchronise steps that were under way are stale: they
// finish, but the host is not told, and nothing new begins before.
// Parameters: the shape of the array, as the CONTROL space gives it; each 0 to 65535, CORES 1 to 256.
`default_nettype none
`include "hardware.vh"
module loom_link_registers #(
    parameter [15:0] CORES = 16'd1,
    parameter [15:0] LANES = 16'd8,
    parameter [15:0] SLOTS = 16'd8,
    parameter [15:0] WEIGHT_WORDS = 16'd0,
    parameter [15:0] STATE_ROWS = 16'd256,
    parameter [15:0] ACCUMULATOR_ROWS = 16'd256,
    parameter [15:0] SPIKE_WORDS = 16'd256,
    parameter [15:0] OPERATIONS = 16'd256
) (
    input  wire        clk,
    input  wire        rst,
    input  wire        i_synchronise,
    input  wire        i_step,           // a STEP went to the ring
    input  wire        i_end,            // an END was taken from it
    output wire        o_end_last,
    output wire        o_steps_none,
    output wire        o_steps_few,
    output wire        o_stale,
    output wire [15:0] o_step_number,    // of the step that finishes next, from 1
    input  wire [3:0]  i_control_address,
    output reg  [15:0] o_control_data,
    input  wire        i_control_read,
    input  wire        i_control_clear
);
    localparam [7:0] ENDS_BEFORE_LAST = CORES[7:0] - 8'd2;   // not met where the first END is the last
    localparam ONE_CORE = CORES == 16'd1;

    reg [1:0]  steps_q;       // under way or waiting
    reg [7:0]  ends_q;
    reg        end_last_q;    // the next END is the last of its step
    reg        stale_q;
    reg [15:0] number_q;
    reg        count_q;       // it is to be counted on: a cycle late, long before the next END
    // The cycle counter; its high half follows one cycle late, long before anybody may read it. overflow_q
    // stands for every count past the top.
    reg [15:0] cycles_low_q;
    reg [15:0] cycles_high_q;
    reg [15:0] latched_q;
    reg        carry_q;
    reg        overflow_q;
    // A cycle late as well: nobody clears or reads while steps are under way.
    reg        clear_q;
    reg        latch_q;

    wire under_way = steps_q != 2'd0;
    wire finished = i_end && o_end_last && under_way;

    always @(posedge clk) begin
        if (rst) begin
            steps_q <= 2'd0;
            ends_q <= 8'd0;
            end_last_q <= ONE_CORE;
            stale_q <= 1'b0;
            number_q <= 16'd1;
        end else begin
            steps_q <= steps_q + {1'b0, i_step} - {1'b0, finished};
            if (i_end) begin
                ends_q <= end_last_q ? 8'd0 : ends_q + 8'd1;
                end_last_q <= ONE_CORE || (!end_last_q && ends_q == ENDS_BEFORE_LAST);
            end
            if (i_synchronise)
                stale_q <= under_way || i_step;
            else if (!under_way)
                stale_q <= 1'b0;
            if (i_synchronise)
                number_q <= 16'd1;
            else if (count_q)
                number_q <= number_q + 16'd1;
        end
        count_q <= !rst && !i_synchronise && finished && !stale_q;
        clear_q <= i_control_clear;
        latch_q <= i_control_read && i_control_address == `HW_CONTROL_CYCLES_LOW;
        if (rst || clear_q) begin
            cycles_low_q <= 16'd0;
            cycles_high_q <= 16'd0;
            carry_q <= 1'b0;
            overflow_q <= 1'b0;
        end else begin
            if (under_way)
                cycles_low_q <= cycles_low_q + 16'd1;
            carry_q <= under_way && cycles_low_q == 16'hFFFF;
            if (carry_q)
                cycles_high_q <= cycles_high_q + 16'd1;
            overflow_q <= overflow_q || (carry_q && cycles_high_q == 16'hFFFF);
        end
        if (latch_q)
            latched_q <= cycles_high_q | {16{overflow_q}};
    end

    assign o_end_last = end_last_q;
    assign o_steps_none = !under_way;
    assign o_steps_few = steps_q < `HW_STEPS_AHEAD && !stale_q;
    assign o_stale = stale_q;
    assign o_step_number = number_q;

    always @(posedge clk) begin
        case (i_control_address)
            `HW_CONTROL_MAGIC: o_control_data <= `HW_MAGIC;
            `HW_CONTROL_VERSION: o_control_data <= `HW_VERSION;
            `HW_CONTROL_CORES: o_control_data <= CORES;
            `HW_CONTROL_LANES: o_control_data <= LANES;
            `HW_CONTROL_SLOTS: o_control_data <= SLOTS;
            `HW_CONTROL_WEIGHT_WORDS: o_control_data <= WEIGHT_WORDS;
            `HW_CONTROL_STATE_ROWS: o_control_data <= STATE_ROWS;
            `HW_CONTROL_ACCUMULATOR_ROWS: o_control_data <= ACCUMULATOR_ROWS;
            `HW_CONTROL_SPIKE_WORDS: o_control_data <= SPIKE_WORDS;
            `HW_CONTROL_OPERATIONS: o_control_data <= OPERATIONS;
            `HW_CONTROL_CYCLES_LOW: o_control_data <= cycles_low_q | {16{overflow_q}};
            `HW_CONTROL_CYCLES_HIGH: o_control_data <= latched_q;
            default: o_control_data <= 16'd0;
        endcase
    end
endmodule
`default_nettype wire
