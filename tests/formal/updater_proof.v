// updater_proof: loom_updater, with any count up to GROUPS_MAX and any flags, gives the neurons what they need when they need
// it: loom_neuron.v and loom_core.v say how long before a group's write its state, current, accumulators and parameters must
// have been addressed. Every group is read and written once, at its own address, with its own (or the one) set of
// parameters, and its accumulators are cleared once; in the weight memory, which has one address, a write never takes the
// place of a read; the spike words are complete, in order, and written a cycle after their last group; busy falls in time, in
// the cycle of the last write of a state. With check a group's state is shown once more when it is written. The flags that the
// neurons use late are those of the group that is there then.
// A second UPDATE follows as soon as loom_core and loom_program let it, with other operands and flags, and another set or the same,
// which need not be read again then (SECOND); between the two there may be one that is left out. With AHEAD the operation behind stands
// three cycles after each load, and is loaded when what is before it has read its groups: of such a pair is taken for granted what
// compiler/program.c:may_follow() promises.
`default_nettype none
module updater_proof #(
    parameter SLOTS = 4,
    parameter EXTERNAL = 1,     // states in the weight memory; 2: any
    parameter LOGIC = 0,        // neurons two cycles slower
    parameter SECOND = 0,
    parameter AHEAD = 0,
    parameter SECOND_MAX = 2,   // groups of the second
    parameter EXTERNAL_MIN = 4, // groups of states in the weight memory before another UPDATE may follow
    parameter GROUPS_MAX = 5,
    parameter GROUP_BITS = 3,
    parameter ROW_BITS = 5,
    parameter ADDRESS_BITS = 6,
    parameter SPIKE_BITS = 4
) (
    input wire             clk,
    input wire             rst,
    input wire             forget,
    input wire [SLOTS-1:0] spikes,
    input wire             older_any,
    input wire [ROW_BITS-1:0]     any_row,
    input wire [ADDRESS_BITS-1:0] any_address,
    input wire [SPIKE_BITS-1:0]   any_word
);
    localparam PER_WORD = 16 / SLOTS;
    localparam [1:0] FIRST = 2'd0, BETWEEN = 2'd1, LAST = 2'd2, BEHIND = 2'd3;
    // Between is one that is left out: what it would do does not matter. What is behind is anything.
    (* anyconst *) wire between_any;
    wire left_out = SECOND != 0 && between_any;
    (* anyconst *) wire [GROUP_BITS:0] count_1, count_2, count_between;
    (* anyconst *) wire [ROW_BITS-1:0] parameter_row_1, parameter_row_2, parameter_row_between;
    (* anyconst *) wire [9:0] period_1, period_2, period_between;
    (* anyconst *) wire [ADDRESS_BITS-1:0] state_1, state_2, target_1, target_2;
    (* anyconst *) wire [SPIKE_BITS-1:0] spike_word_1, spike_word_2, spike_increment_1, spike_increment_2;
    (* anyconst *) wire each_1, each_2, each_between, biases_1, biases_2, biases_between, fire_1, fire_2, fire_between;
    (* anyconst *) wire current_1, current_2, current_between, check_1, check_2, check_between;
    (* anyconst *) wire external_1_any, external_2_any, external_between_any;
    (* anyconst *) wire subtract_1, subtract_2, subtract_between, clear_x_1, clear_x_2, clear_x_between;
    (* anyconst *) wire same_between, same_2, ahead_1_any, ahead_2_any, ahead_between_any;
    wire external_1 = EXTERNAL == 2 ? external_1_any : EXTERNAL != 0;
    wire external_2 = EXTERNAL == 2 ? external_2_any : EXTERNAL != 0;
    wire external_between = EXTERNAL == 2 ? external_between_any : EXTERNAL != 0;
    wire ahead_1 = AHEAD != 0 && ahead_1_any;
    wire ahead_2 = AHEAD != 0 && ahead_2_any;
    wire ahead_between = AHEAD != 0 && ahead_between_any;

    wire busy_next, reading, newer;
    reg busy = 1'b0;
    wire writing, write, write_external, over, clear, spike_write;
    wire late_fire, late_subtract, late_clear;
    wire [ROW_BITS-1:0] row;
    wire [ADDRESS_BITS-1:0] external_address, write_address;
    wire take_leak, take_bias, take_threshold, take_reset, take_current;
    wire [GROUP_BITS-1:0] group, clear_group;
    wire [SPIKE_BITS-1:0] spike_place;
    wire [15:0] spike_data;

    // The program: an operation stands (hand), is loaded (loaded_2 two cycles later), and when it is over the next one stands.
    reg begun = 1'b0;
    reg [1:0] hand = FIRST;
    reg [1:0] hand_before = FIRST;    // what comes a cycle late
    reg [1:0] flags = FIRST;          // of the last that was loaded, from the cycle after
    reg stands = 1'b1;                // and is not loaded
    reg loaded = 1'b0, loaded_2 = 1'b0;
    reg update_waits = 1'b0;
    reg [3:0] since_first = 4'd0;     // its load
    wire load = !rst && stands && hand != BEHIND && !update_waits;
    wire skip = loaded && flags == BETWEEN;
    wire start = loaded && !skip;
    wire ahead = hand == FIRST ? ahead_1 : hand == BETWEEN ? ahead_between : ahead_2;
    wire next = SECOND != 0 && hand != BEHIND && begun && !stands && ((loaded_2 && ahead) || (!loaded && !busy) || (skip && !busy));
    wire check = flags == FIRST ? check_1 : flags == BETWEEN ? check_between : check_2;
    wire external_flags = flags == FIRST ? external_1 : flags == BETWEEN ? external_between : external_2;
    // An UPDATE before the first one is not marked yet.
    wire older = AHEAD != 0 && older_any && since_first <= 4'd8;
    reg started = 1'b0;
    reg second_loaded = 1'b0, second_started = 1'b0;
    always @(posedge clk) begin
        if (!rst) begin
            begun <= begun || load;
            loaded <= load;
            loaded_2 <= loaded;
            stands <= (stands || next) && !load;
            hand_before <= hand;
            if (next)
                hand <= hand == FIRST && left_out ? BETWEEN : hand == LAST ? BEHIND : LAST;
            if (load)
                flags <= hand;
            since_first <= !begun ? 4'd1 : since_first == 4'd15 ? 4'd15 : since_first + 4'd1;
            update_waits <= (reading && !skip) || newer || (older && begun) || (busy_next && check);
            started <= started || start;
            second_loaded <= second_loaded || (load && hand == LAST);
            second_started <= second_started || (start && flags == LAST);
        end
    end

    loom_updater #(.SLOTS(SLOTS), .GROUP_BITS(GROUP_BITS), .ROW_BITS(ROW_BITS), .ADDRESS_BITS(ADDRESS_BITS),
                   .SPIKE_BITS(SPIKE_BITS), .LOGIC(LOGIC)) u_updater (
        .clk(clk), .rst(rst), .i_load(load), .i_start(start), .i_skip(skip),
        .i_count(hand == FIRST ? count_1 : hand == LAST ? count_2 : count_between),
        .i_parameter_row(hand == FIRST ? parameter_row_1 : hand == BETWEEN ? parameter_row_between : hand == LAST ? parameter_row_2
                                                                                                       : any_row),
        .i_period(hand == FIRST ? period_1 : hand == LAST ? period_2 : period_between),
        .i_state(hand == FIRST ? state_1 : hand == LAST ? state_2 : any_address),
        .i_target(hand == FIRST ? target_1 : hand == LAST ? target_2 : any_address),
        .i_spike_word(hand_before == FIRST ? spike_word_1 : hand_before == LAST ? spike_word_2 : any_word),
        .i_spike_increment(hand_before == FIRST ? spike_increment_1 : hand_before == LAST ? spike_increment_2 : any_word),
        .i_same(hand == BETWEEN ? same_between : hand == LAST && same_2),
        .i_biases(hand == FIRST ? biases_1 : hand == BETWEEN ? biases_between : biases_2),
        .i_each_first(hand == FIRST ? each_1 : hand == BETWEEN ? each_between : each_2),
        .i_external_first(hand == FIRST ? external_1 : hand == BETWEEN ? external_between : external_2),
        .i_current_first(hand == FIRST ? current_1 : hand == BETWEEN ? current_between : current_2),
        .i_each(flags == FIRST ? each_1 : flags == BETWEEN ? each_between : each_2), .i_forget(forget),
        .i_fire(flags == FIRST ? fire_1 : flags == BETWEEN ? fire_between : fire_2),
        .i_subtract(flags == FIRST ? subtract_1 : flags == BETWEEN ? subtract_between : subtract_2),
        .i_clear(flags == FIRST ? clear_x_1 : flags == BETWEEN ? clear_x_between : clear_x_2),
        .i_external(external_flags),
        .i_current(flags == FIRST ? current_1 : flags == BETWEEN ? current_between : current_2),
        .i_check(check), .o_busy(busy_next), .o_reading(reading), .o_newer(newer),
        .o_read_row(row), .o_external_address(external_address), .o_take_leak(take_leak), .o_take_bias(take_bias),
        .o_take_threshold(take_threshold), .o_take_reset(take_reset), .o_take_current(take_current),
        .o_read_group(group), .o_clear_x(clear), .o_clear_group(clear_group), .o_writing(writing), .o_write(write),
        .o_write_external(write_external), .o_over(over), .o_write_address(write_address),
        .o_fire(late_fire), .o_subtract(late_subtract), .o_clear(late_clear),
        .i_spikes(spikes), .o_spike_write(spike_write), .o_spike_word(spike_place), .o_spike_data(spike_data)
    );

    // The UPDATE whose group is written next.
    reg second = 1'b0;
    wire [GROUP_BITS:0] count = second ? count_2 : count_1;
    wire [ROW_BITS-1:0] parameter_row = second ? parameter_row_2 : parameter_row_1;
    wire [9:0] period = second ? period_2 : period_1;
    wire [ADDRESS_BITS-1:0] state = second ? state_2 : state_1;
    wire [ADDRESS_BITS-1:0] target = second ? target_2 : target_1;
    wire each = second ? each_2 : each_1;
    wire biases = second ? biases_2 : biases_1;
    wire fire = second ? fire_2 : fire_1;
    wire current = second ? current_2 : current_1;
    wire external = second ? external_2 : external_1;
    wire checked = second ? check_2 : check_1;

    // What was addressed n cycles ago, in [n]; a write takes the weight memory's address (written).
    reg [ROW_BITS-1:0] row_1, row_2, row_3, row_4, row_5, row_6, row_7, row_8;
    reg [ADDRESS_BITS-1:0] word_1, word_2, word_3, word_4, word_5, word_6, word_7, word_8,
        word_9;
    reg [9:1] written = 9'd0;
    reg [GROUP_BITS-1:0] group_1, group_2, group_3, group_4, group_5, group_6, group_7, group_8;
    reg [7:1] cleared = 7'd0;
    reg [GROUP_BITS-1:0] clear_1, clear_2, clear_3, clear_4, clear_5, clear_6, clear_7;

    reg [2:1] over_ago = 2'd0;
    reg fire_ago_1, fire_ago_2, subtract_ago, clear_ago; // late flags
    reg [1:0] flags_ago_1, flags_ago_2, flags_ago_3, flags_ago_4, flags_ago_5, flags_ago_6, flags_ago_7, flags_ago_8;

    // What a neuron holds, as the row it came from, and when it uses it: leak and current four cycles before the write,
    // bias five, threshold two, reset one; with LOGIC leak and current six, bias four, threshold two, reset one.
    reg [ROW_BITS-1:0] leak, bias, threshold, reset;
    reg [ROW_BITS-1:0] leak_1, leak_2, leak_3, leak_4, leak_5, leak_6, bias_1, bias_2, bias_3, bias_4, bias_5, threshold_1, threshold_2, reset_1;
    reg [ADDRESS_BITS-1:0] input_row, input_1, input_2, input_3, input_4, input_5, input_6;
    reg input_spoiled = 1'b0; // the address belonged to a write
    reg spoiled_1, spoiled_2, spoiled_3, spoiled_4, spoiled_5, spoiled_6;

    reg [GROUP_BITS:0] writes = 0;  // of that UPDATE
    reg [GROUP_BITS+1:0] all_writes = 0;
    reg [GROUP_BITS+1:0] all_clears = 0;
    reg [3:0] all_words = 4'd0;
    reg [SPIKE_BITS-1:0] spike_offset = 0;
    reg [9:0] set = 10'd0;          // of the group that is written next
    reg [5:0] age = 6'd0;
    reg [15:0] gathered = 16'd0;
    reg spike_due = 1'b0;
    reg spike_last = 1'b0;          // that one is its UPDATE's last
    reg spike_second = 1'b0;        // and that the second
    reg past_valid = 1'b0;
    always @(posedge clk) begin
        past_valid <= 1'b1;
        busy <= !rst && busy_next;
        {row_8, row_7, row_6, row_5, row_4, row_3, row_2, row_1} <= {row_7, row_6, row_5, row_4, row_3, row_2, row_1, row};
        {word_9, word_8, word_7, word_6, word_5, word_4, word_3, word_2, word_1}
            <= {word_8, word_7, word_6, word_5, word_4, word_3, word_2, word_1, external_address};
        written <= {written[8:1], write && write_external && !rst};
        over_ago <= {over_ago[1], over && !rst};
        {fire_ago_2, fire_ago_1, subtract_ago, clear_ago} <= {fire_ago_1, late_fire, late_subtract, late_clear};
        {flags_ago_8, flags_ago_7, flags_ago_6, flags_ago_5, flags_ago_4, flags_ago_3, flags_ago_2, flags_ago_1}
            <= {flags_ago_7, flags_ago_6, flags_ago_5, flags_ago_4, flags_ago_3, flags_ago_2, flags_ago_1, flags};
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
            input_row <= external_flags ? word_2 : row_1;
            input_spoiled <= external_flags && written[2];
        end
        {leak_6, leak_5, leak_4, leak_3, leak_2, leak_1} <= {leak_5, leak_4, leak_3, leak_2, leak_1, leak};
        {bias_5, bias_4, bias_3, bias_2, bias_1} <= {bias_4, bias_3, bias_2, bias_1, bias};
        {threshold_2, threshold_1} <= {threshold_1, threshold};
        reset_1 <= reset;
        {input_6, input_5, input_4, input_3, input_2, input_1} <= {input_5, input_4, input_3, input_2, input_1, input_row};
        {spoiled_6, spoiled_5, spoiled_4, spoiled_3, spoiled_2, spoiled_1} <= {spoiled_5, spoiled_4, spoiled_3, spoiled_2, spoiled_1, input_spoiled};
        if (!rst && clear)
            all_clears <= all_clears + 1'b1;
        if (!rst && write) begin
            all_writes <= all_writes + 1'b1;
            if (SECOND != 0 && !second && writes + 1'b1 == count) begin
                second <= 1'b1;
                writes <= 0;
                set <= 10'd0;
            end else begin
                writes <= writes + 1'b1;
                set <= set + 10'd1 == period ? 10'd0 : set + 10'd1;
            end
            gathered <= gathered_now;
        end
        spike_due <= !rst && spike_next;
        spike_last <= writes + 1'b1 == count;
        spike_second <= second;
        if (!rst && spike_write) begin
            all_words <= all_words + 4'd1;
            spike_offset <= spike_last ? 0 : spike_offset + (spike_second ? spike_increment_2 : spike_increment_1);
        end
        leak_taken <= second_loaded && (leak_taken || take_leak);
        if (load)
            age <= 6'd0;
        else if (busy && age != 6'd63)
            age <= age + 6'd1;
    end
    reg leak_taken = 1'b0; // by the second

    wire [1:0] part = writes % PER_WORD;
    wire [15:0] gathered_now = (part == 2'd0 ? 16'd0 : gathered) | (spikes << (SLOTS * part));
    wire spike_next = write && fire && (part == PER_WORD - 1 || writes + 1 == count);
    wire [ROW_BITS-1:0] set_row = parameter_row + (each && !biases ? set << 2 : 10'd0);
    wire [ROW_BITS-1:0] bias_row = biases ? parameter_row + set + 10'd3 : set_row + 10'd1;
    wire [ROW_BITS-1:0] threshold_row = set_row + (biases ? 10'd1 : 10'd2);
    wire [ROW_BITS-1:0] reset_row = set_row + (biases ? 10'd2 : 10'd3);
    // Of the last that was loaded:
    wire [GROUP_BITS:0] count_loaded = second_loaded ? count_2 : count_1;
    wire current_loaded = second_loaded ? current_2 : current_1;
    wire external_loaded = second_loaded ? external_2 : external_1;
    wire each_loaded = second_loaded ? each_2 : each_1;
    wire [2:0] reads = (second_loaded ? biases_2 : biases_1) ? (LOGIC != 0 && external_loaded ? 3'd4 : 3'd2 + current_loaded) :
        (each_loaded ? 3'd4 : external_loaded || (second_loaded ? check_2 : check_1) ? 3'd1 : 3'd0) + 3'd1 + current_loaded
        + (LOGIC != 0 && external_loaded && current_loaded != each_loaded); // cycles a group
    // As seen from the write.
    wire [ROW_BITS-1:0] row_v = LOGIC != 0 ? row_8 : row_6;
    wire [ADDRESS_BITS-1:0] external_v = LOGIC != 0 ? word_9 : word_7;
    wire written_v = LOGIC != 0 ? written[9] : written[7];
    wire [GROUP_BITS-1:0] group_v = LOGIC != 0 ? group_8 : group_6;
    wire cleared_v = LOGIC != 0 ? cleared[7] : cleared[5];
    wire [GROUP_BITS-1:0] clear_v = LOGIC != 0 ? clear_7 : clear_5;
    wire [ADDRESS_BITS-1:0] input_v = LOGIC != 0 ? input_6 : input_4;
    wire spoiled_v = LOGIC != 0 ? spoiled_6 : spoiled_4;
    wire [ROW_BITS-1:0] leak_v = LOGIC != 0 ? leak_6 : leak_4;
    wire [ROW_BITS-1:0] bias_v = LOGIC != 0 ? bias_4 : bias_5;
    wire [1:0] flags_v = LOGIC != 0 ? flags_ago_7 : flags_ago_5;
    wire [1:0] flags_before_v = LOGIC != 0 ? flags_ago_8 : flags_ago_6;
    wire [1:0] expected = second ? LAST : FIRST;
    wire check_next = left_out ? check_between : check_2;
    wire current_next = left_out ? current_between : current_2;
    wire each_next = left_out ? each_between : each_2;
    wire biases_next = left_out ? biases_between : biases_2;
    wire [GROUP_BITS+1:0] due_writes = count_1 + (second_started ? count_2 : 0);
    wire [GROUP_BITS+1:0] due_clears = (current_1 ? 0 : count_1) + (second_started && !current_2 ? count_2 : 0);
    wire [GROUP_BITS:0] words_1 = fire_1 ? (count_1 + PER_WORD - 1) / PER_WORD : 0;
    wire [GROUP_BITS:0] words_2 = fire_2 && second_started ? (count_2 + PER_WORD - 1) / PER_WORD : 0;
    wire together = second_started && !second; // two UPDATEs are at work
    reg met = 1'b0; // so they were
    reg skipped_flying = 1'b0;
    always @(posedge clk)
        {met, skipped_flying} <= {met || (together && busy), skipped_flying || (skip && busy)};
    always @* begin
        assume (rst == !past_valid);
        assume (count_1 >= 1 && count_1 <= GROUPS_MAX);
        assume (count_2 >= 1 && count_2 <= SECOND_MAX && count_between >= 1);
        assume (parameter_row_1[1:0] == 2'd0 && parameter_row_2[1:0] == 2'd0);
        assume ((each_1 || !biases_1) && (each_2 || !biases_2) && (each_between || !biases_between));
        assume (!check_1 || (!each_1 && !external_1 && !current_1));
        assume (!check_2 || (!each_2 && !external_2 && !current_2));
        assume (!check_between || (!each_between && !external_between && !current_between));
        assume (!same_between || (!each_1 && !each_between && parameter_row_between == parameter_row_1));
        assume (!same_2 || (!each_2 && (left_out ? !each_between && parameter_row_2 == parameter_row_between
                                                 : !each_1 && parameter_row_2 == parameter_row_1)));
        assume (period_1 >= 1 && period_1 <= GROUPS_MAX && period_2 >= 1 && period_2 <= GROUPS_MAX);
        // The compiler's promises.
        if (ahead_1) begin
            assume (!each_1 || (biases_1 && period_1 >= count_1));
            assume (!check_next);
            assume (left_out || !fire_1 || spike_increment_1 == spike_increment_2);
            if (external_1)
                assume (!each_1 && !current_1 && !current_next && (!each_next || biases_next) && count_1 >= EXTERNAL_MIN);
        end
        if (ahead_between)
            assume (!check_2);
        if (ahead_2)
            assume (!each_2 || (biases_2 && period_2 >= count_2));
        if (past_valid) begin
            if (write) begin
                assert ((second ? second_started : started) && writes < count);
                assert (write_external == external && over == (writes + 1'b1 == count));
                assert (fire_ago_2 == fire);
                assert (subtract_ago == (second ? subtract_2 : subtract_1) && clear_ago == (second ? clear_x_2 : clear_x_1));
                assert (flags_v == expected && (!current || flags_before_v == expected));
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
                if (checked)
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
                assert (spike_place == (((spike_second ? spike_word_2 : spike_word_1) + spike_offset) & {SPIKE_BITS{1'b1}}));
                assert (spike_data == gathered);
            end
            if (!write)
                assert (!over);
            assert (!(write && |over_ago)); // as loom_rest wants
            if (!busy && started) begin
                assert (all_writes + write == due_writes && all_clears == due_clears);
                assert (all_words + spike_write + spike_next == words_1 + words_2);
            end
            if (busy)
                assert (started && age <= 11 + (LOGIC != 0 ? 2 : 0) + reads * count_loaded);
            if (SECOND == 0) begin
                cover (started && !busy && count == GROUPS_MAX && (EXTERNAL != 0 || checked) && !write);
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
            if (AHEAD != 0) begin
                cover (met && !busy && second && fire_1 && fire_2 && words_1 == 2 && words_2 == 2);
                cover (met && !busy && second && biases_1 && current_2);
                cover (met && !busy && second && external_1 && external_2 && !leak_taken);
                cover (met && !busy && second && !external_1 && external_2);
                cover (second_started && !busy && left_out && skipped_flying);
            end
        end
    end
endmodule
`default_nettype wire
