// updater_proof: loom_updater, with any count up to GROUPS_MAX and any flags, gives the neurons what they need when they need
// it: loom_neuron.v and loom_core.v say how long before a group's write its state, current, accumulators and parameters must
// have been addressed. Every group is read and written once, at its own address, with its own (or the one) set of
// parameters, and its accumulators are cleared once; in the weight memory, which has one address, a write never takes the
// place of a read; the spike words are complete, in order, and written a cycle after their last group; busy falls in time, in
// the cycle of the last write of a state. With check a group's state is shown once more when it is written. A second UPDATE
// follows as soon as it may, with other flags and another set or the same, which need not be read again then (SECOND); between the
// two there may be one that is left out.
`default_nettype none
module updater_proof #(
    parameter SLOTS = 4,
    parameter EXTERNAL = 1,     // states in the weight memory
    parameter LOGIC = 0,        // neurons two cycles slower
    parameter SECOND = 0,
    parameter GROUPS_MAX = 5,
    parameter GROUP_BITS = 3,
    parameter ROW_BITS = 5,
    parameter ADDRESS_BITS = 6,
    parameter SPIKE_BITS = 4
) (
    input wire             clk,
    input wire             rst,
    input wire             forget,
    input wire [SLOTS-1:0] spikes
);
    localparam PER_WORD = 16 / SLOTS;
    (* anyconst *) wire [GROUP_BITS:0] count_1, count_2;
    (* anyconst *) wire [ROW_BITS-1:0] parameter_row_1, parameter_row_2;
    (* anyconst *) wire [9:0] period;
    (* anyconst *) wire [ADDRESS_BITS-1:0] state, target;
    (* anyconst *) wire [SPIKE_BITS-1:0] spike_word, spike_increment;
    (* anyconst *) wire each_1, each_2, biases_1, biases_2, fire_1, fire_2, current_1, current_2, check_1, check_2;
    wire external = EXTERNAL != 0;
    // The one between: it is left out, and only its parameters matter.
    (* anyconst *) wire between_any, each_between, current_between, same_between, same_2;
    (* anyconst *) wire [ROW_BITS-1:0] parameter_row_between;
    wire left_out = SECOND != 0 && between_any;
    reg second = 1'b0;
    reg [4:1] second_ago = 4'd0;
    wire at_between = left_out && !second_ago[2];
    wire flags_second = left_out ? second_ago[3] : second_ago[1]; // a cycle after the load
    wire second_started = left_out ? second_ago[4] : second_ago[2];
    reg leak_taken = 1'b0; // by the second
    wire [GROUP_BITS:0] count = second ? count_2 : count_1;
    wire [ROW_BITS-1:0] parameter_row = second ? parameter_row_2 : parameter_row_1;
    wire each = second ? each_2 : each_1;
    wire biases = second ? biases_2 : biases_1;
    wire fire = second ? fire_2 : fire_1;
    wire current = second ? current_2 : current_1;
    wire check = second ? check_2 : check_1;

    wire busy_next;
    reg busy = 1'b0;
    wire writing, write, clear, spike_write;
    wire [ROW_BITS-1:0] row;
    wire [ADDRESS_BITS-1:0] external_address, write_address;
    wire take_leak, take_bias, take_threshold, take_reset, take_current;
    wire [GROUP_BITS-1:0] group, clear_group;
    wire [SPIKE_BITS-1:0] spike_place;
    wire [15:0] spike_data;

    reg begun = 1'b0;
    reg loaded = 1'b0;
    reg started = 1'b0;
    wire load = (!begun && !rst) || (second && !second_ago[1]) || (left_out && second_ago[2] && !second_ago[3]);
    wire skip = left_out && second_ago[1] && !second_ago[2];
    wire start = loaded && !skip;
    wire between = second && !second_started; // two UPDATEs

    loom_updater #(.SLOTS(SLOTS), .GROUP_BITS(GROUP_BITS), .ROW_BITS(ROW_BITS), .ADDRESS_BITS(ADDRESS_BITS),
                   .SPIKE_BITS(SPIKE_BITS), .LOGIC(LOGIC)) u_updater (
        .clk(clk), .rst(rst), .i_load(load), .i_start(start), .i_skip(skip), .i_count(count),
        .i_parameter_row(second && at_between ? parameter_row_between : parameter_row), .i_period(period),
        .i_state(state), .i_target(target), .i_spike_word(spike_word), .i_spike_increment(spike_increment),
        .i_same(second && (at_between ? same_between : same_2)), .i_biases(biases), .i_each_first(second && at_between ? each_between : each),
        .i_external_first(external), .i_current_first(second && at_between ? current_between : current),
        .i_each(flags_second ? each_2 : left_out && second_ago[1] ? each_between : each_1), .i_forget(forget),
        .i_fire(flags_second ? fire_2 : fire_1), .i_external(external),
        .i_current(flags_second ? current_2 : left_out && second_ago[1] ? current_between : current_1),
        .i_check(flags_second ? check_2 : check_1), .o_busy(busy_next),
        .o_read_row(row), .o_external_address(external_address), .o_take_leak(take_leak), .o_take_bias(take_bias),
        .o_take_threshold(take_threshold), .o_take_reset(take_reset), .o_take_current(take_current),
        .o_read_group(group), .o_clear_x(clear), .o_clear_group(clear_group), .o_writing(writing), .o_write(write),
        .o_write_address(write_address), .i_spikes(spikes), .o_spike_write(spike_write), .o_spike_word(spike_place),
        .o_spike_data(spike_data)
    );

    // What was addressed n cycles ago, in [n]; a write takes the weight memory's address (written).
    reg [ROW_BITS-1:0] row_1, row_2, row_3, row_4, row_5, row_6, row_7, row_8;
    reg [ADDRESS_BITS-1:0] external_1, external_2, external_3, external_4, external_5, external_6, external_7, external_8,
        external_9;
    reg [9:1] written = 9'd0;
    reg [GROUP_BITS-1:0] group_1, group_2, group_3, group_4, group_5, group_6, group_7, group_8;
    reg [7:1] cleared = 7'd0;
    reg [GROUP_BITS-1:0] clear_1, clear_2, clear_3, clear_4, clear_5, clear_6, clear_7;

    // What a neuron holds, as the row it came from, and when it uses it: leak and current four cycles before the write,
    // bias five, threshold two, reset one; with LOGIC leak and current six, bias four, threshold two, reset one.
    reg [ROW_BITS-1:0] leak, bias, threshold, reset;
    reg [ROW_BITS-1:0] leak_1, leak_2, leak_3, leak_4, leak_5, leak_6, bias_1, bias_2, bias_3, bias_4, bias_5, threshold_1, threshold_2, reset_1;
    reg [ADDRESS_BITS-1:0] input_row, input_1, input_2, input_3, input_4, input_5, input_6;
    reg input_spoiled = 1'b0; // the address belonged to a write
    reg spoiled_1, spoiled_2, spoiled_3, spoiled_4, spoiled_5, spoiled_6;

    reg [GROUP_BITS:0] writes = 0;
    reg [GROUP_BITS:0] clears = 0;
    reg [2:0] words = 3'd0;
    reg [SPIKE_BITS-1:0] spike_offset = 0;
    reg [9:0] set = 10'd0;          // of the group that is written next
    reg [5:0] age = 6'd0;
    reg [15:0] gathered = 16'd0;
    reg spike_due = 1'b0;
    reg past_valid = 1'b0;
    always @(posedge clk) begin
        past_valid <= 1'b1;
        begun <= begun || load;
        loaded <= load;
        started <= started || start;
        busy <= !rst && busy_next;
        {row_8, row_7, row_6, row_5, row_4, row_3, row_2, row_1} <= {row_7, row_6, row_5, row_4, row_3, row_2, row_1, row};
        {external_9, external_8, external_7, external_6, external_5, external_4, external_3, external_2, external_1}
            <= {external_8, external_7, external_6, external_5, external_4, external_3, external_2, external_1, external_address};
        written <= {written[8:1], write && !rst};
        {group_8, group_7, group_6, group_5, group_4, group_3, group_2, group_1}
            <= {group_7, group_6, group_5, group_4, group_3, group_2, group_1, group};
        cleared <= {cleared[6:1], clear && !rst};
        {clear_7, clear_6, clear_5, clear_4, clear_3, clear_2, clear_1}
            <= {clear_6, clear_5, clear_4, clear_3, clear_2, clear_1, clear_group};
        if (take_leak)
            leak <= row_1;
        if (take_bias)
            bias <= row_1;
        if (take_threshold)
            threshold <= row_1;
        if (take_reset)
            reset <= row_1;
        if (take_current) begin
            input_row <= external ? external_2 : row_1;
            input_spoiled <= external && written[2];
        end
        {leak_6, leak_5, leak_4, leak_3, leak_2, leak_1} <= {leak_5, leak_4, leak_3, leak_2, leak_1, leak};
        {bias_5, bias_4, bias_3, bias_2, bias_1} <= {bias_4, bias_3, bias_2, bias_1, bias};
        {threshold_2, threshold_1} <= {threshold_1, threshold};
        reset_1 <= reset;
        {input_6, input_5, input_4, input_3, input_2, input_1} <= {input_5, input_4, input_3, input_2, input_1, input_row};
        {spoiled_6, spoiled_5, spoiled_4, spoiled_3, spoiled_2, spoiled_1} <= {spoiled_5, spoiled_4, spoiled_3, spoiled_2, spoiled_1, input_spoiled};
        if (!rst && clear)
            clears <= clears + 1'b1;
        if (!rst && write) begin
            writes <= writes + 1'b1;
            set <= set + 10'd1 == period ? 10'd0 : set + 10'd1;
            gathered <= gathered_now;
        end
        spike_due <= !rst && spike_next;
        if (!rst && spike_write) begin
            words <= words + 3'd1;
            spike_offset <= spike_offset + spike_increment;
        end
        if (busy && age != 6'd63)
            age <= age + 6'd1;
        if (SECOND != 0 && started && !busy)
            second <= 1'b1;
        leak_taken <= second && (leak_taken || take_leak);
        second_ago <= {second_ago[3:1], second};
        if (second && !second_ago[1]) begin
            writes <= 0;
            clears <= 0;
            words <= 3'd0;
            spike_offset <= 0;
            set <= 10'd0;
            age <= 6'd0;
            gathered <= 16'd0;
        end
    end

    wire [1:0] part = writes % PER_WORD;
    wire [15:0] gathered_now = (part == 2'd0 ? 16'd0 : gathered) | (spikes << (SLOTS * part));
    wire spike_next = write && fire && (part == PER_WORD - 1 || writes + 1 == count);
    wire [ROW_BITS-1:0] set_row = parameter_row + (each && !biases ? set << 2 : 10'd0);
    wire [ROW_BITS-1:0] bias_row = biases ? parameter_row + set + 10'd3 : set_row + 10'd1;
    wire [ROW_BITS-1:0] threshold_row = set_row + (biases ? 10'd1 : 10'd2);
    wire [ROW_BITS-1:0] reset_row = set_row + (biases ? 10'd2 : 10'd3);
    wire [2:0] reads = biases ? (LOGIC != 0 && external ? 3'd4 : 3'd2 + current) : (each ? 3'd4 : external || check ? 3'd1 : 3'd0) + 3'd1 + current + (LOGIC != 0 && external && current != each); // cycles a group
    // As seen from the write.
    wire [ROW_BITS-1:0] row_v = LOGIC != 0 ? row_8 : row_6;
    wire [ADDRESS_BITS-1:0] external_v = LOGIC != 0 ? external_9 : external_7;
    wire written_v = LOGIC != 0 ? written[9] : written[7];
    wire [GROUP_BITS-1:0] group_v = LOGIC != 0 ? group_8 : group_6;
    wire cleared_v = LOGIC != 0 ? cleared[7] : cleared[5];
    wire [GROUP_BITS-1:0] clear_v = LOGIC != 0 ? clear_7 : clear_5;
    wire [ADDRESS_BITS-1:0] input_v = LOGIC != 0 ? input_6 : input_4;
    wire spoiled_v = LOGIC != 0 ? spoiled_6 : spoiled_4;
    wire [ROW_BITS-1:0] leak_v = LOGIC != 0 ? leak_6 : leak_4;
    wire [ROW_BITS-1:0] bias_v = LOGIC != 0 ? bias_4 : bias_5;
    always @* begin
        assume (rst == !past_valid);
        assume (count_1 >= 1 && count_1 <= GROUPS_MAX);
        assume (count_2 >= 1 && count_2 <= 2);
        assume (parameter_row_1[1:0] == 2'd0 && parameter_row_2[1:0] == 2'd0);
        assume ((each_1 || !biases_1) && (each_2 || !biases_2));
        if (check_1)
            assume (!each_1 && !external && !current_1);
        if (check_2)
            assume (!each_2 && !external && !current_2);
        assume (!same_between || (!each_1 && !each_between && parameter_row_between == parameter_row_1));
        assume (!same_2 || (!each_2 && (left_out ? !each_between && parameter_row_2 == parameter_row_between
                                                 : !each_1 && parameter_row_2 == parameter_row_1)));
        assume (period >= 1 && period <= GROUPS_MAX);
        if (past_valid) begin
            if (write) begin
                assert (started && writes < count);
                assert (write_address == state + writes);
                if (external) begin
                    assert (external_address == state + writes);
                    assert (external_v == state + writes && !written_v);
                end else
                    assert (row_v == ((state + writes) & {ROW_BITS{1'b1}}));
                if (current) begin
                    assert ((external ? input_v : input_v & {ROW_BITS{1'b1}})
                            == (external ? target + writes : (target + writes) & {ROW_BITS{1'b1}}));
                    assert (!spoiled_v);
                end else begin
                    assert (group_v == ((target + writes) & {GROUP_BITS{1'b1}}));
                    assert (cleared_v && clear_v == ((target + writes) & {GROUP_BITS{1'b1}}));
                end
                if (check)
                    assert (row_1 == ((state + writes) & {ROW_BITS{1'b1}}) && row_v == row_1);
                assert (leak_v == set_row);
                assert (bias_v == bias_row);
                if (fire) begin
                    assert (threshold_2 == threshold_row);
                    assert (reset_1 == reset_row);
                end
            end
            assert (spike_write == spike_due);
            assert (writing == (write || spike_write));
            if (spike_write) begin
                assert (spike_place == ((spike_word + spike_offset) & {SPIKE_BITS{1'b1}}));
                assert (spike_data == gathered);
            end
            if (!busy && started && !between) begin
                assert (writes + write == count && clears == (current ? 0 : count));
                assert (words + spike_write + spike_next == (fire ? (count + PER_WORD - 1) / PER_WORD : 0));
            end
            if (busy)
                assert (started && age <= 11 + (LOGIC != 0 ? 2 : 0) + reads * count);
            if (SECOND == 0) begin
                cover (started && !busy && count == GROUPS_MAX && (EXTERNAL != 0 || check) && !write);
                cover (started && !busy && count == GROUPS_MAX && each && current && fire && period == 2);
                cover (started && !busy && count == GROUPS_MAX && !each && current && fire);
                cover (started && !busy && count == GROUPS_MAX && !each && !current && fire);
                cover (started && !busy && count == GROUPS_MAX && each && !current && !fire);
                cover (started && !busy && count == GROUPS_MAX && biases && current && fire && period == 2);
                cover (started && !busy && count == GROUPS_MAX && biases && !current && !fire);
            end else begin
                cover (second_started && !busy && count_2 == 2 && !each_2 && !leak_taken && !left_out);
                cover (second_started && !busy && count_2 == 2 && !each_2 && !leak_taken && left_out);
                cover (second_started && !busy && count_2 == 2 && !each_2 && leak_taken && parameter_row_1 == parameter_row_2);
            end
        end
    end
endmodule
`default_nettype wire
