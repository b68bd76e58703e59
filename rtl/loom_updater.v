// loom_updater: walks the groups of an UPDATE operation and times the neurons' pipeline.
//
// A group (SLOTS neurons) reads, a word a cycle, with i_each: leak, bias, [current], v with x, threshold, reset; else the four
// parameters once, then for every group [current], v with x. Parameters come from the state memory, o_read_row. States and
// currents too, or with i_external from the weight memory, o_external_address, whose word shows a cycle later; uniform
// groups then leave a cycle after v, so that no read meets a write (a write is seven cycles after its read, with LOGIC nine, and
// every schedule has a gap there: hardware.md). With LOGIC they leave two with currents; groups with parameters of their own
// leave one if they have none, so that a threshold stays long enough. The order is such that a parameter arrives just
// before its stage needs it and is replaced only after (loom_neuron has the stages). With i_each the parameter rows begin
// anew every i_period groups.
// i_start begins; the operands stand until o_busy falls, in the cycle in which the last state and spike word is written.
// With i_check (one set of parameters, states in the state memory, no current) a group takes two cycles, and its state is
// read again, to be shown when it is written: whoever compares then (loom_core) sees whether anything changes. o_busy falls
// a cycle later.
`default_nettype none

module loom_updater #(
    parameter SLOTS        = 4,
    parameter GROUP_BITS   = 8,  // address of a group of accumulators
    parameter ROW_BITS     = 8,  // address of a row of the state memory
    parameter ADDRESS_BITS = 14, // of a state: a row, or a word of the weight memory
    parameter SPIKE_BITS   = 8,
    parameter LOGIC        = 0   // neurons whose multipliers take two cycles more
) (
    input  wire                    clk,
    input  wire                    rst,
    input  wire                    i_start,
    input  wire [GROUP_BITS:0]     i_count,
    input  wire [ROW_BITS-1:0]     i_parameter_row,
    input  wire [9:0]              i_period,
    input  wire [ADDRESS_BITS-1:0] i_state,
    input  wire [ADDRESS_BITS-1:0] i_target, // first group, or with i_current the first current
    input  wire [SPIKE_BITS-1:0]   i_spike_word,
    input  wire [SPIKE_BITS-1:0]   i_spike_increment,
    input  wire                    i_each,
    input  wire                    i_fire,
    input  wire                    i_external,
    input  wire                    i_current,
    input  wire                    i_check,
    output wire                    o_busy,

    output wire [ROW_BITS-1:0]     o_read_row,
    output wire [ADDRESS_BITS-1:0] o_external_address, // of the read, or of the write while o_write
    output wire                    o_take_leak,
    output wire                    o_take_bias,
    output wire                    o_take_threshold,
    output wire                    o_take_reset,
    output wire                    o_take_current,
    output wire [GROUP_BITS-1:0]   o_read_group,
    output wire                    o_clear_x,
    output wire [GROUP_BITS-1:0]   o_clear_group,
    output wire                    o_write,
    output wire [ADDRESS_BITS-1:0] o_write_address,

    input  wire [SLOTS-1:0]        i_spikes,
    output wire                    o_spike_write,
    output wire [SPIKE_BITS-1:0]   o_spike_word,
    output wire [15:0]             o_spike_data
);
    localparam [GROUP_BITS:0] ONE = 1;
    localparam PER_WORD = 16 / SLOTS; // groups of a spike word
    localparam STAGES   = LOGIC != 0 ? 7 : 5; // from a v shown to the state written

    localparam [2:0] READ_LEAK      = 3'd0;
    localparam [2:0] READ_BIAS      = 3'd1;
    localparam [2:0] READ_THRESHOLD = 3'd2;
    localparam [2:0] READ_RESET     = 3'd3;
    localparam [2:0] READ_CURRENT   = 3'd4;
    localparam [2:0] READ_V         = 3'd5;
    localparam [2:0] READ_NOTHING   = 3'd6;
    localparam [2:0] READ_NOTHING_2 = 3'd7;

    // What the presented address is of.
    reg                    running_q;
    reg [2:0]              read_q;
    reg [GROUP_BITS:0]     left_q;
    reg [ROW_BITS-1:0]     parameter_row_q;
    reg [9:0]              period_q;
    reg [ADDRESS_BITS-1:0] state_q;
    reg [ADDRESS_BITS-1:0] target_q; // group or current
    reg [ADDRESS_BITS-1:0] write_q;  // next state to be written

    wire last_group = left_q == ONE;
    wire reads_v = running_q && read_q == READ_V;
    wire reads_current = running_q && read_q == READ_CURRENT;
    wire [2:0] first_of_state = i_current ? READ_CURRENT : READ_V;
    // Slow neurons need a threshold a cycle longer, and a gap in the weight memory two cycles later.
    wire idle_after_reset = LOGIC != 0 && i_external && !i_current;
    wire idle_twice = LOGIC != 0 && i_current && !i_each;
    reg  [2:0] read_next;
    reg        group_done;

    always @* begin
        group_done = 1'b0;
        case (read_q)
        READ_LEAK:      read_next = READ_BIAS;
        READ_BIAS:      read_next = i_each ? first_of_state : READ_THRESHOLD;
        READ_CURRENT:   read_next = READ_V;
        READ_V: begin
            read_next = i_each ? READ_THRESHOLD : i_external || i_check ? READ_NOTHING : first_of_state;
            group_done = !i_each && !i_external && !i_check;
        end
        READ_THRESHOLD: read_next = READ_RESET;
        READ_RESET: begin
            read_next = !i_each ? first_of_state : idle_after_reset ? READ_NOTHING : READ_LEAK;
            group_done = i_each && !idle_after_reset;
        end
        READ_NOTHING: begin
            read_next = idle_twice ? READ_NOTHING_2 : i_each ? READ_LEAK : first_of_state;
            group_done = !idle_twice;
        end
        default: begin
            read_next = first_of_state;
            group_done = 1'b1;
        end
        endcase
    end

    wire reads_parameter = read_q <= READ_RESET;
    wire set_over = read_q == READ_RESET && period_q == 10'd1;

    always @(posedge clk) begin
        if (rst)
            running_q <= 1'b0;
        else if (i_start)
            running_q <= i_count != 0;
        else if (group_done && last_group)
            running_q <= 1'b0;

        if (i_start) begin
            read_q          <= READ_LEAK;
            left_q          <= i_count;
            parameter_row_q <= i_parameter_row;
            period_q        <= i_period;
            state_q         <= i_state;
            target_q        <= i_target;
        end else if (running_q) begin
            read_q <= read_next;
            if (group_done)
                left_q <= left_q - ONE;
            if (reads_v)
                state_q <= state_q + 1'b1;
            if (i_current ? reads_current : reads_v)
                target_q <= target_q + 1'b1;
            if (reads_parameter)
                parameter_row_q <= set_over ? i_parameter_row : parameter_row_q + 1'b1;
            if (read_q == READ_RESET)
                period_q <= set_over ? i_period : period_q - 10'd1;
        end
    end

    // What is read again is shown in the cycle of its write, so it is asked for when it is the next to be written.
    assign o_read_row = reads_v       ? state_q[ROW_BITS-1:0] :
                        reads_current ? target_q[ROW_BITS-1:0] :
                        running_q && reads_parameter ? parameter_row_q : write_q[ROW_BITS-1:0];

    // Tags of what the memories show now; states of the weight memory show a cycle later.
    reg [3:0]            take_q;
    reg                  v_early_q;
    reg                  v_late_q;
    reg                  current_early_q;
    reg                  current_late_q;
    reg [GROUP_BITS-1:0] group_early_q;
    reg [GROUP_BITS-1:0] clear_group_q;
    wire                 v_shown = i_external ? v_late_q : v_early_q;

    always @(posedge clk) begin
        if (rst) begin
            take_q    <= 4'd0;
            v_early_q <= 1'b0;
            v_late_q  <= 1'b0;
        end else begin
            take_q    <= {running_q && read_q == READ_RESET, running_q && read_q == READ_THRESHOLD,
                          running_q && read_q == READ_BIAS, running_q && read_q == READ_LEAK};
            v_early_q <= reads_v;
            v_late_q  <= v_early_q && i_external;
        end
        current_early_q <= reads_current;
        current_late_q  <= current_early_q;
        group_early_q   <= target_q[GROUP_BITS-1:0];
        clear_group_q   <= o_read_group;
    end

    assign o_read_group = i_external ? group_early_q : target_q[GROUP_BITS-1:0];
    assign o_clear_x = v_shown && !i_current;
    assign o_clear_group = clear_group_q;
    assign o_take_leak = take_q[0];
    assign o_take_bias = take_q[1];
    assign o_take_threshold = take_q[2];
    assign o_take_reset = take_q[3];
    assign o_take_current = i_external ? current_late_q : current_early_q;

    // The group whose next state and spikes the neurons show: STAGES cycles after its v was shown.
    reg [STAGES:1]         stage_q;
    reg [SPIKE_BITS-1:0]   spike_word_q;
    reg [GROUP_BITS:0]     write_left_q;
    reg [15:0]             spikes_q;
    reg [1:0]              part_q;

    wire write = stage_q[STAGES];
    wire last_part = part_q == PER_WORD[1:0] - 2'd1 || write_left_q == ONE;
    reg [15:0] spikes_d;
    integer part;

    always @* begin
        spikes_d = part_q == 2'd0 ? 16'd0 : spikes_q;
        for (part = 0; part < PER_WORD; part = part + 1) begin
            if (part_q == part[1:0])
                spikes_d[SLOTS*part +: SLOTS] = i_spikes;
        end
    end

    always @(posedge clk) begin
        if (rst)
            stage_q <= {STAGES{1'b0}};
        else
            stage_q <= {stage_q[STAGES-1:1], v_shown};

        if (i_start) begin
            write_q      <= i_state;
            spike_word_q <= i_spike_word;
            write_left_q <= i_count;
            part_q       <= 2'd0;
        end else if (write) begin
            write_q      <= write_q + 1'b1;
            write_left_q <= write_left_q - ONE;
            spikes_q     <= spikes_d;
            part_q       <= last_part ? 2'd0 : part_q + 2'd1;
            if (last_part)
                spike_word_q <= spike_word_q + i_spike_increment;
        end
    end

    assign o_write = write;
    assign o_write_address = write_q;
    assign o_external_address = write ? write_q : read_q == READ_V ? state_q : target_q;
    assign o_spike_write = write && last_part && i_fire;
    assign o_spike_word = spike_word_q;
    assign o_spike_data = spikes_d;
    assign o_busy = running_q || v_early_q || v_late_q || stage_q[STAGES-1:1] != {STAGES-1{1'b0}} || (i_check && write);
endmodule

`default_nettype wire
