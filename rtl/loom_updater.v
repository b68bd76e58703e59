// loom_updater: walks the groups of an UPDATE operation and times the neurons' pipeline.
//
// A group (SLOTS neurons) reads, a word a cycle, with i_each: leak, bias, [current], v with x, threshold, reset; else the four
// parameters once, then for every group [current], v with x. With i_each and i_biases leak, threshold and reset are read
// once, a bias for every group: before its v, or, with LOGIC, behind it, for it is used later there. Without i_fire one
// set has no threshold and no reset. One set is not read at all if the neurons have it: i_same says that it is that of the UPDATE
// before, which may have been left out and have had i_same too, the last one that was done has read all of it or had it, and
// i_forget (the parameters may be others now) was not there since. Parameters come from the state memory, o_read_row. States and
// currents too, or with i_external from the weight memory, through the register before it, o_external_address; uniform
// groups then leave a cycle after v, so that no read meets a write (a write is seven cycles after its read, with LOGIC nine, and
// every schedule has a gap there: hardware.md). With LOGIC they leave two with currents; groups with parameters of their own
// leave one if they have none, so that a threshold stays long enough, and with biases as many as make it four cycles. The order is such that a parameter arrives just
// before its stage needs it and is replaced only after (loom_neuron has the stages). With i_each the parameter rows begin
// anew every i_period groups, biases at the fourth row: i_parameter_row is a multiple of four.
// i_load takes the operands and begins, at least one group; i_start follows in the cycle after, or i_skip: then
// nothing is done. i_spike_word, its increment and the flags come with i_start, all else with i_load. o_busy says that
// it will be at work in the next cycle. The operands stand until it is not: in the cycle in
// which the last state is written; the last spike word is a cycle later. Another UPDATE may be loaded when all groups are read
// (o_reading fell), while the last of them are on their way through the neurons: o_newer then says that it has begun and the older one is
// not over, o_over in which cycle that is, and late flags, o_spike_word and addresses are the older one's until then.
// With i_check (one set of parameters, states in the state memory, no current) a group takes two cycles, and its state is
// read again, to be shown when it is written: whoever compares then (loom_core) sees whether anything changes. It is over
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
    input  wire                    i_load,
    input  wire                    i_start,
    input  wire                    i_skip,
    input  wire [GROUP_BITS:0]     i_count,
    input  wire [ROW_BITS-1:0]     i_parameter_row,
    input  wire [9:0]              i_period,
    input  wire [ADDRESS_BITS-1:0] i_state,
    input  wire [ADDRESS_BITS-1:0] i_target, // first group, or with i_current the first current
    input  wire [SPIKE_BITS-1:0]   i_spike_word,
    input  wire [SPIKE_BITS-1:0]   i_spike_increment,
    input  wire                    i_same,
    input  wire                    i_biases,
    input  wire                    i_each_first,    // i_each, i_external and i_current, a cycle earlier
    input  wire                    i_external_first,
    input  wire                    i_current_first,
    input  wire                    i_each,
    input  wire                    i_forget,
    input  wire                    i_fire,
    input  wire                    i_subtract,
    input  wire                    i_clear,
    input  wire                    i_external,
    input  wire                    i_current,
    input  wire                    i_check,
    output wire                    o_busy,
    output wire                    o_reading, // groups are still to be read
    output wire                    o_newer,   // states of an UPDATE are still to be written, and another one was loaded

    output wire [ROW_BITS-1:0]     o_read_row,
    output wire [ADDRESS_BITS-1:0] o_external_address, // of the read, or of the write while o_write and o_write_external
    output wire                    o_take_leak,
    output wire                    o_take_bias,
    output wire                    o_take_threshold,
    output wire                    o_take_reset,
    output wire                    o_take_current,
    output wire [GROUP_BITS-1:0]   o_read_group,
    output wire                    o_clear_x,
    output wire [GROUP_BITS-1:0]   o_clear_group,
    output wire                    o_writing, // in this cycle a state or a spike word is written
    output wire                    o_write,
    output wire                    o_write_external,
    output wire                    o_over,    // the last state of an UPDATE is written
    output wire [ADDRESS_BITS-1:0] o_write_address,
    output wire                    o_fire,    // flags of the group that the neurons compare,
    output wire                    o_subtract, // and a cycle later reset
    output wire                    o_clear,

    input  wire [SLOTS-1:0]        i_spikes,
    output wire                    o_spike_write,
    output wire [SPIKE_BITS-1:0]   o_spike_word,
    output wire [15:0]             o_spike_data
);
    localparam [GROUP_BITS:0] ONE = 1;
    localparam [GROUP_BITS:0] TWO = 2;
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
    reg [GROUP_BITS:0]     left_q;       // groups whose v is to be read: once a group
    reg                    last_group_q; // it is 1
    reg                    none_left_q;  // it is 0
    reg [ROW_BITS-1:0]     parameter_row_q;
    reg [9:0]              period_q;
    reg                    last_period_q; // it is 1
    reg [ADDRESS_BITS-1:0] state_q;
    reg [ADDRESS_BITS-1:0] target_q; // group or current
    reg [ADDRESS_BITS-1:0] write_q;  // next state to be written
    reg [ADDRESS_BITS-1:0] begin_q;  // first state of the UPDATE that was loaded last
    reg                    load_q;   // the cycle after its load
    reg                    flying_q; // in this cycle groups are read, or on their way to their write
    reg                    newer_q;  // and it was loaded behind them

    // The set that the neurons have, all four.
    reg                    loaded_q;

    reg                    biases_q;
    reg                    ends_with_v_q;     // so does a group, and with it, but for i_check
    reg                    ends_with_reset_q; // there in time: later than the first read
    always @(posedge clk) begin
        if (i_load) begin
            biases_q      <= i_each_first && i_biases;
            ends_with_v_q <= i_each_first ? i_biases && LOGIC == 0 : !i_external_first;
        end
        ends_with_reset_q <= i_each && !biases_q && !idle_after_reset;
    end

    wire reuse = loaded_q && i_same;
    wire reads_v = running_q && read_q == READ_V;
    wire reads_current = running_q && read_q == READ_CURRENT;
    wire [2:0] first_of_state = i_current ? READ_CURRENT : READ_V;
    // Slow neurons need a threshold a cycle longer, and a gap in the weight memory two cycles later.
    wire idle_after_reset = LOGIC != 0 && i_external && !i_current;
    wire idle_after_bias = LOGIC != 0 && i_external && biases_q;
    wire idle_twice = LOGIC != 0 && (biases_q ? !i_current : i_current && !i_each);
    wire [2:0] first_of_group = biases_q && LOGIC == 0 ? READ_BIAS : first_of_state;
    reg  [2:0] read_next;
    reg        group_done;

    always @* begin
        group_done = 1'b0;
        case (read_q)
        READ_LEAK:      read_next = !biases_q ? READ_BIAS : i_fire ? READ_THRESHOLD : first_of_group;
        READ_BIAS: begin
            read_next = idle_after_bias ? READ_NOTHING : i_each || !i_fire ? first_of_state : READ_THRESHOLD;
            group_done = biases_q && LOGIC != 0 && !idle_after_bias;
        end
        READ_CURRENT:   read_next = READ_V;
        READ_V: begin
            read_next = biases_q ? READ_BIAS : i_each ? READ_THRESHOLD : ends_with_v_q && !i_check ? first_of_state
                                                                                             : READ_NOTHING;
            group_done = ends_with_v_q && !i_check;
        end
        READ_THRESHOLD: read_next = READ_RESET;
        READ_RESET: begin
            read_next = !i_each || biases_q ? first_of_group : idle_after_reset ? READ_NOTHING : READ_LEAK;
            group_done = ends_with_reset_q;
        end
        READ_NOTHING: begin
            read_next = idle_twice ? READ_NOTHING_2 : i_each && !biases_q ? READ_LEAK : first_of_state;
            group_done = !idle_twice;
        end
        default: begin
            read_next = first_of_state;
            group_done = 1'b1;
        end
        endcase
    end

    wire over = group_done && (read_q == READ_V ? last_group_q : none_left_q);
    wire reads_parameter = read_q <= READ_RESET;
    wire last_of_set = read_q == (biases_q ? READ_BIAS : READ_RESET);
    wire set_over = last_of_set && last_period_q;
    wire to_biases = biases_q && (set_over || (read_q == READ_LEAK && !i_fire));

    always @(posedge clk) begin
        // Not by an enable, which would come later than what it enables.
        running_q <= !rst && (i_load || (running_q && !over && !i_skip));

        if (i_load) begin
            read_q          <= !reuse ? READ_LEAK : i_current_first ? READ_CURRENT : READ_V;
            left_q          <= i_count;
            last_group_q    <= i_count == ONE;
            none_left_q     <= 1'b0;
            parameter_row_q <= i_parameter_row;
            period_q        <= i_period;
            last_period_q   <= i_period == 10'd1;
            state_q         <= i_state;
        end else if (running_q) begin
            read_q <= read_next;
            if (reads_v) begin
                left_q       <= left_q - ONE;
                last_group_q <= left_q == TWO;
                none_left_q  <= last_group_q;
                state_q      <= state_q + 1'b1;
            end
            if (reads_parameter)
                parameter_row_q <= to_biases ? {i_parameter_row[ROW_BITS-1:2], 2'd3} :
                                   set_over  ? i_parameter_row : parameter_row_q + 1'b1;
            if (last_of_set) begin
                period_q      <= last_period_q ? i_period : period_q - 10'd1;
                last_period_q <= last_period_q ? i_period == 10'd1 : period_q == 10'd2;
            end
        end
    end

    // With a current its row, else the group: READ_CURRENT and READ_V differ in their lowest bit alone.
    always @(posedge clk) begin
        if (i_load)
            target_q <= i_target;
        else if (running_q && read_q[2:1] == READ_V[2:1] && read_q[0] != i_current)
            target_q <= target_q + 1'b1;
    end

    always @(posedge clk) begin
        if (rst || i_forget)
            loaded_q <= 1'b0;
        else if (i_load)
            loaded_q <= reuse;
        else if (i_start)
            loaded_q <= !i_each && (i_fire || loaded_q);
    end

    // What is read again is shown in the cycle of its write, so it is asked for when it is the next to be written.
    reg  [ROW_BITS-1:0]     read_row_q;
    wire                    write;
    reg                     counts_q; // as write, for what follows alone: write goes to every memory
    wire [ADDRESS_BITS-1:0] write_d = write_q + {{ADDRESS_BITS-1{1'b0}}, counts_q};

    always @(posedge clk)
        read_row_q <= reads_v       ? state_q[ROW_BITS-1:0] :
                      reads_current ? target_q[ROW_BITS-1:0] :
                      running_q && reads_parameter ? parameter_row_q : write_d[ROW_BITS-1:0];

    assign o_read_row = read_row_q;

    // Tags of what is addressed (1), and of what the memories show (2).
    reg [3:0]            take_1_q, take_2_q;
    reg                  v_1_q, v_2_q;
    reg                  current_1_q, current_2_q;
    reg                  last_1_q, last_2_q; // it is the last group
    reg [GROUP_BITS-1:0] group_1_q, group_2_q;

    always @(posedge clk) begin
        take_1_q    <= {running_q && read_q == READ_RESET, running_q && read_q == READ_THRESHOLD,
                        running_q && read_q == READ_BIAS, running_q && read_q == READ_LEAK && !i_skip};
        take_2_q    <= rst ? 4'd0 : take_1_q;
        v_1_q       <= !rst && reads_v && !i_skip;
        v_2_q       <= !rst && v_1_q;
        current_1_q <= reads_current;
        current_2_q <= current_1_q;
        last_1_q    <= last_group_q;
        last_2_q    <= last_1_q;
        group_1_q   <= target_q[GROUP_BITS-1:0];
        group_2_q   <= group_1_q;
    end

    assign o_read_group = group_1_q;
    assign o_clear_x = v_2_q && !i_current;
    assign o_clear_group = group_2_q;
    assign {o_take_reset, o_take_threshold, o_take_bias, o_take_leak} = take_2_q;
    assign o_take_current = current_2_q;

    // The group whose next state and spikes the neurons show: STAGES cycles after its v was shown.
    reg [STAGES:1]         stage_q;
    reg [STAGES:1]         last_q;        // it is the last
    reg [SPIKE_BITS-1:0]   spike_word_q;
    reg [SPIKE_BITS-1:0]   spike_begin_q; // first spike word of the UPDATE that was started last
    reg [SPIKE_BITS-1:0]   spike_increment_q; // the operation may be another one before the last word
    reg                    spike_end_q;   // spikes_q is its UPDATE's last word
    reg                    late_fire_q, late_subtract_q, late_clear_q, late_external_q;
    reg                    write_fire_q, write_external_q;
    reg                    takes_word_q;  // write, to the weight memory
    reg [15:0]             spikes_q;
    reg [1:0]              part_q;
    reg                    spike_write_q; // spikes_q is complete
    reg                    writing_q;

    assign write = stage_q[STAGES];
    wire last_part = part_q == PER_WORD[1:0] - 2'd1 || last_q[STAGES];
    wire over_last = write && last_q[STAGES];
    // The older one's flags stand until its last group has passed.
    wire late_take = !newer_q || (stage_q[STAGES-1] && last_q[STAGES-1]);
    integer part;

    always @(posedge clk) begin
        last_q <= {last_q[STAGES-1:1], last_2_q};
        if (rst) begin
            stage_q       <= {STAGES{1'b0}};
            spike_write_q <= 1'b0;
            writing_q     <= 1'b0;
        end else begin
            stage_q       <= {stage_q[STAGES-1:1], v_2_q};
            spike_write_q <= write && last_part && write_fire_q;
            writing_q     <= stage_q[STAGES-1] || (write && last_part && write_fire_q);
        end

        counts_q <= stage_q[STAGES-1];
        load_q   <= i_load;
        flying_q <= !rst && o_busy;
        newer_q  <= !rst && (i_load ? flying_q : newer_q && !over_last);
        if (i_load)
            begin_q <= i_state;
        write_q <= (load_q && !newer_q) || (over_last && newer_q) ? begin_q : write_d;

        if (late_take)
            {late_fire_q, late_subtract_q, late_clear_q, late_external_q} <= {i_fire, i_subtract, i_clear, i_external};
        write_fire_q     <= late_fire_q;
        write_external_q <= late_external_q;
        takes_word_q     <= stage_q[STAGES-1] && late_external_q;

        spike_end_q <= over_last;
        if (i_start) begin
            spike_begin_q     <= i_spike_word;
            spike_increment_q <= i_spike_increment;
        end
        if (i_start && !(newer_q && late_fire_q))
            spike_word_q <= i_spike_word;
        else if (spike_write_q)
            spike_word_q <= spike_end_q ? spike_begin_q : spike_word_q + spike_increment_q;
        if (rst)
            part_q <= 2'd0;
        else if (write)
            part_q <= last_part ? 2'd0 : part_q + 2'd1;
        for (part = 0; part < PER_WORD; part = part + 1) begin
            if (write && part_q == part[1:0])
                spikes_q[SLOTS*part +: SLOTS] <= i_spikes;
            else if (write && part_q == 2'd0)
                spikes_q[SLOTS*part +: SLOTS] <= {SLOTS{1'b0}};
        end
    end

    assign o_newer = newer_q;
    assign o_writing = writing_q;
    assign o_write = write;
    assign o_write_external = write_external_q;
    assign o_over = over_last;
    assign o_fire = late_fire_q;
    assign o_subtract = late_subtract_q;
    assign o_clear = late_clear_q;
    assign o_write_address = write_q;
    assign o_external_address = takes_word_q ? write_q : read_q == READ_V ? state_q : target_q;
    assign o_spike_write = spike_write_q;
    assign o_spike_word = spike_word_q;
    assign o_spike_data = spikes_q;
    assign o_reading = running_q;
    assign o_busy = (running_q && !i_skip) || v_1_q || v_2_q || stage_q[STAGES-2:1] != {STAGES-2{1'b0}}
                    || (i_check && stage_q[STAGES-1]);
endmodule

`default_nettype wire
