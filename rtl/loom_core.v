// loom_core: one neuron core: memories, program, and the engines that share them.
//
// Messages come in at i_local (from the core's ring station) and leave at o_inject. A step runs the program
// (loom_program): ACCUMULATE (loom_accumulate -> weight memory -> lanes), UPDATE (updater, neurons), SEND (sender), END. One engine works at a time, but the scanner may begin beside the
// updater; docs/hardware.md shows who drives which memory when.
// LANES is WORD_BITS / 8 or twice that; SLOTS is WORD_BITS / 16: 4 or 8.
`default_nettype none
`include "hardware.vh"

module loom_core #(
    parameter       CORES            = 1,
    parameter       LANES            = 8,
    parameter       SLOTS            = 4,
    parameter       WORD_BITS        = 64,
    parameter       WEIGHT_WORDS     = 16384,
    parameter       STATE_ROWS       = 256,
    parameter       ACCUMULATOR_ROWS = 256,
    parameter       SPIKE_WORDS      = 512,
    parameter       OPERATIONS       = 256,
    parameter       PROGRAM_BITS     = 128,
    parameter       DSP              = 1
) (
    input  wire                        clk,
    input  wire                        rst,
    input  wire [8:0]                  i_core, // its number, a constant
    input  wire                        i_local_valid,
    output wire                        o_local_ready,
    input  wire [`HW_MESSAGE_BITS-1:0] i_local_message,
    output wire                        o_inject_valid,
    output wire                        o_inject_spike, // it is, and is a SPIKE
    input  wire                        i_inject_ready,
    output wire                        o_end_valid,    // with one core: an END, after what else is there
    input  wire                        i_end_ready,    // it is taken; of several: the message is
    output wire [`HW_MESSAGE_BITS-1:0] o_inject_message
);
    /*verilator hier_block*/ // compiled once for all cores where verilator is asked to
    localparam BYTES        = WORD_BITS / 8;
    localparam GROUPS       = LANES / SLOTS;
    localparam GROUP_BITS   = $clog2(GROUPS);
    localparam PARTS        = WORD_BITS / 16;
    localparam PART_BITS    = $clog2(PARTS);
    localparam SLOT_BITS    = $clog2(SLOTS);
    localparam WORD_ADDRESS = $clog2(WEIGHT_WORDS);
    localparam UNIT_BITS    = WORD_ADDRESS + 1; // some units are half a word
    localparam ROW_BITS     = $clog2(STATE_ROWS);
    localparam LANE_BITS    = $clog2(ACCUMULATOR_ROWS);
    localparam TARGET_BITS  = LANE_BITS + GROUP_BITS;
    localparam SPIKE_BITS   = $clog2(SPIKE_WORDS);
    localparam STATE_BITS   = ROW_BITS + SLOT_BITS;
    localparam FIELD_BITS   = $clog2(8 * OPERATIONS);
    localparam LOGIC        = DSP != 0 ? 0 : 1;
    localparam BLOCK_BITS   = $clog2(`HW_BLOCKS);
    localparam SOURCE_BITS  = SPIKE_BITS > STATE_BITS ? SPIKE_BITS : STATE_BITS;
    localparam WORDS_BITS   = WORD_ADDRESS + PART_BITS;
    localparam ADDRESS_BITS = WORDS_BITS > SOURCE_BITS ? WORDS_BITS : SOURCE_BITS; // of messages that matter here
    localparam UNIT_SHIFT   = UNIT_BITS > 16 ? UNIT_BITS - 16 : 0;                 // of WEIGHT in an ACCUMULATE

    generate
        if (LANES != BYTES && LANES != 2 * BYTES) begin : g_bad_lanes
            LANES_must_be_one_or_two_times_WORD_BITS_over_8 bad ();
        end
        if ((SLOTS != 4 && SLOTS != 8) || 16 * SLOTS != WORD_BITS) begin : g_bad_slots
            SLOTS_must_be_4_or_8_and_WORD_BITS_over_16 bad ();
        end
    endgenerate

    // ---- messages ------------------------------------------------------------------------------
    wire [PARTS-1:0] store_part; // of a weight word
    wire [SLOTS-1:0] store_slot; // of a row of states
    wire        store_spike;
    wire        store_program;
    wire        read;
    wire        step;
    wire        spike_seen;
    wire        end_seen;
    wire [2:0]  space;
    wire [ADDRESS_BITS-1:0] address;
    wire [15:0] data;
    wire [31:0] address_wide = {{32-ADDRESS_BITS{1'b0}}, address};
    wire        taken; // what stands in the register, if anything does

    loom_message_register #(.ADDRESS_BITS(ADDRESS_BITS), .PARTS(PARTS), .SLOTS(SLOTS)) u_message (
        .clk          (clk),
        .rst          (rst),
        .i_valid      (i_local_valid),
        .o_ready      (o_local_ready),
        .i_message    (i_local_message),
        .i_ready      (taken),
        .o_weight     (store_part),
        .o_state      (store_slot),
        .o_spike      (store_spike),
        .o_program    (store_program),
        .o_read       (read),
        .o_step       (step),
        .o_spike_seen (spike_seen),
        .o_end_seen   (end_seen),
        .o_space      (space),
        .o_address    (address),
        .o_data       (data)
    );

    // What is being read. A lone core's READ stands in the register until its reply has left; that of others is kept here: in
    // the register it would keep messages in the station, and these the reply out of the ring.
    wire        reading;
    wire [2:0]  read_space;
    wire [ADDRESS_BITS-1:0] read_address;
    wire [SOURCE_BITS-1:0] read_source; // of states and spikes
    reg  [1:0]  read_cycle_q;
    wire        reply_valid;
    wire        reply_taken = reply_valid && i_inject_ready;
    wire        read_over;

    wire idle;
    wire step_ready;
    reg  step_pending_q;
    reg        step_rest_q;
    reg        rest_allowed_q; // in the step that runs
    reg [15:0] step_entry_q;
    reg [`HW_STEP_BITS-1:0] step_number_q;

    wire update_write;
    wire update_spike_write;
    wire update_writing;
    wire update_reading;
    wire update_newer;
    wire [SPIKE_BITS-1:0] update_spike_word;
    // A lone core takes any message but in the cycles in which the updater writes. On a ring, where what waits holds up the words
    // of all cores, only a word for the memory that it writes to waits. The link lets a WRITE to the weights or a READ
    // through only while no step is under way, and at most one STEP while one is (hardware.def, STEPS_AHEAD).
    wire meets = (update_write && space == `HW_SPACE_STATE) || (update_spike_write && store_spike);
    wire ready = CORES == 1 ? !update_writing : !meets;

    generate
        if (CORES == 1) begin : g_read_stands
            reg reading_q; // a cycle late, as its address is: shorter ways to the memories
            reg [SOURCE_BITS-1:0] address_q;
            reg taken_q;   // the READ leaves a cycle after its reply: a shorter path
            reg valid_q;   // the sender's register shows it
            always @(posedge clk) begin
                reading_q <= read && !read_over && !rst;
                address_q <= address[SOURCE_BITS-1:0];
                taken_q   <= reply_taken && !rst;
                valid_q   <= read_cycle_q == 2'd3 && !read_over && !rst;
            end
            assign reading = reading_q;
            assign reply_valid = valid_q;
            assign read_space = space;
            assign read_address = address;
            assign read_source = address_q;
            assign read_over = reply_taken || taken_q;
            assign taken = read ? taken_q : ready;
        end else begin : g_read_kept
            reg        reading_q;
            reg [2:0]  space_q;
            reg [ADDRESS_BITS-1:0] address_q;

            always @(posedge clk) begin
                if (rst || reply_taken)
                    reading_q <= 1'b0;
                else if (read && ready)
                    reading_q <= 1'b1;
                if (read && ready) begin
                    space_q   <= space;
                    address_q <= address;
                end
            end
            assign reading = reading_q;
            assign reply_valid = read_cycle_q == 2'd3;
            assign read_over = reply_taken;
            assign read_space = space_q;
            assign read_address = address_q;
            assign read_source = address_q[SOURCE_BITS-1:0];
            assign taken = ready;
        end
    endgenerate

    always @(posedge clk) begin
        if (rst)
            step_pending_q <= 1'b0;
        else if (step && ready)
            step_pending_q <= 1'b1;
        else if (step_ready)
            step_pending_q <= 1'b0;
        if (step && ready) begin
            step_entry_q  <= address_wide[15:0];
            step_number_q <= data[`HW_STEP_BITS-1:0];
            step_rest_q   <= data[`HW_STEP_REST];
        end
        if (step_ready)
            rest_allowed_q <= step_rest_q;
        // The memories show what the address asks for after two cycles.
        if (!reading || read_over)
            read_cycle_q <= 2'd0;
        else if (read_cycle_q != 2'd3)
            read_cycle_q <= read_cycle_q + 2'd1;
    end

    // ---- program -------------------------------------------------------------------------------
    wire [WORD_BITS-1:0]    word;
    wire [15:0]             program_data;
    wire                    dispatch;
    wire                    skip;
    wire                    fired;
    wire                    mark;
    wire [1:0]              marked;
    wire [`HW_STEP_BITS-1:0] step_number;
    wire                    start_accumulate;
    wire                    start_update;
    wire                    load_update;
    wire                    start_send;
    wire [127:0]            operation;
    wire [`HW_STEP_BITS-1:0] ring;
    wire [3:0]              ring_log2;
    wire                    busy;
    wire                    end_stays;
    wire                    end_valid;
    wire                    send_valid;
    wire                    send_holds;
    wire                    older;
    wire                    check;
    reg                     update_waits_q;
    reg                     wait_q;

    loom_program #(.CORES(CORES), .PROGRAM_BITS(PROGRAM_BITS), .OPERATIONS(OPERATIONS)) u_program (
        .clk             (clk),
        .rst             (rst),
        .i_store         (store_program),
        .i_look          (CORES == 1 ? read : read && ready), // a lone core's stands, and has no updater beside it
        .i_field         (address[FIELD_BITS-1:0]),
        .i_store_data    (data),
        .o_looked        (program_data),
        .i_step_valid    (step_pending_q),
        .o_step_ready    (step_ready),
        .i_step_entry    (step_entry_q),
        .i_step          (step_number_q),
        .o_step          (step_number),
        .i_end_seen      (end_seen && ready),
        .i_spike_seen    (spike_seen && ready),
        .i_fired         (fired),
        .i_update_waits  (update_waits_q),
        .i_wait          (wait_q),
        .i_send_waits    (send_holds),
        .i_older         (older),
        .o_dispatch      (dispatch),
        .i_skip          (skip),
        .i_mark          (mark),
        .i_marked        (marked),
        .o_accumulate    (start_accumulate),
        .o_update        (start_update),
        .o_update_dispatched (load_update),
        .o_send          (start_send),
        .o_operation     (operation),
        .o_ring          (ring),
        .o_ring_log2     (ring_log2),
        .i_busy          (busy),
        .o_end_stays     (end_stays),
        .o_end_valid     (end_valid),
        .i_end_ready     (i_end_ready),
        .o_idle          (idle)
    );

    // Who has the memories is told by the operation, not by the engines' states: fewer levels of logic before an address.
    // Between steps the operation is anything.
    wire [2:0]  code = operation[`HW_OPERATION_CODE];
    // An UPDATE with AHEAD has what it needs until its last write, while the ACCUMULATE behind it has the spikes.
    wire        update = code == `HW_OPERATION_UPDATE;
    wire        updating;
    reg         updating_q;
    reg         accumulate_has_q; // from the start on
    reg         update_has_q;
    reg         external_has_q;   // and its states are in the weight memory
    reg         walker_has_q;     // the weight memory
    reg         hold_q;           // groups are still to be read, or states to be written to the weight memory
    reg         send_has_q;

    always @(posedge clk) begin
        updating_q       <= !rst && updating;
        accumulate_has_q <= !idle && code == `HW_OPERATION_ACCUMULATE;
        update_has_q     <= !idle && (update || (update_has_q && updating_q));
        external_has_q   <= !idle && (update ? operation[`HW_FLAG_EXTERNAL] : external_has_q && updating_q);
        walker_has_q     <= !idle && code == `HW_OPERATION_ACCUMULATE && !(external_has_q && updating_q) && !update_newer;
        hold_q           <= update_reading || (external_has_q && updating_q);
        send_has_q       <= !idle && code == `HW_OPERATION_SEND;
        // An UPDATE is loaded when the one before has read its groups, and all if it compares them, and the one before that is over.
        // Nothing begins before the END of the step before is sent.
        update_waits_q   <= (update_reading && !skip) || update_newer || older || (updating && check) || end_stays;
        wait_q           <= update_newer || end_stays;
    end

    // Flags as the engines see them: a cycle late, from the start on.
    reg  [15:3] flags_q;
    reg  [15:3] update_flags_q;  // of the last UPDATE
    always @(posedge clk) begin
        flags_q <= operation[`HW_OPERATION_FLAGS];
        if (load_update)
            update_flags_q <= operation[`HW_OPERATION_FLAGS];
    end
    wire        graded = flags_q[`HW_FLAG_GRADED];
    wire        narrow = flags_q[`HW_FLAG_NARROW];
    wire        wide = flags_q[`HW_FLAG_WIDE];
    wire        external = update_flags_q[`HW_FLAG_EXTERNAL];
    wire        current = update_flags_q[`HW_FLAG_CURRENT];
    wire        to_host = operation[`HW_FLAG_TO_HOST];
    wire [15:0] ring_index = {{16-`HW_STEP_BITS{1'b0}}, ring};
    wire [15:0] ring_size = 16'd1 << ring_log2;
    wire        plain_source = code == `HW_OPERATION_SEND && operation[`HW_FLAG_GRADED]; // states, not a buffer
    reg [15:0]  source_q;    // sums, there at the start
    reg [15:0]  send_target_q;
    reg [15:0]  source_increment_q;
    wire [15:0] target = operation[`HW_OPERATION_TARGET];
    reg [15:0]  send_increment_q;
    wire [15:0] count  = operation[`HW_OPERATION_COUNT];
    wire [15:0] weight = operation[`HW_OPERATION_WEIGHT];
    wire [15:0] stride = operation[`HW_OPERATION_STRIDE];
    always @(posedge clk) begin
        source_q      <= operation[`HW_OPERATION_SOURCE] + (plain_source ? 16'd0 : ring_index);
        send_target_q <= target + (to_host ? 16'd0 : ring_index);
        source_increment_q <= plain_source ? 16'd1 : ring_size;
        send_increment_q   <= to_host ? 16'd1 : ring_size;
    end
    // Wide enough for any memory; what an operation cannot say is 0.
    wire [31:0] weight_unit = {16'd0, weight} << UNIT_SHIFT;
    wire [31:0] stride_wide = {16'd0, stride};
    wire [31:0] target_wide = {16'd0, target};

    // ---- accumulate ----------------------------------------------------------------------------
    wire                    accumulating;
    wire                    scan_read;
    wire [SOURCE_BITS-1:0]  scan_address;
    wire [WORD_ADDRESS-1:0] unit_word;
    wire                    unit_half;
    wire                    unit_narrow;
    wire                    take_value;
    wire [15:0]             unit_value;
    wire                    take_product;
    wire                    unit_read;
    wire [LANE_BITS-1:0]    unit_read_row;
    wire                    issue;
    wire [LANE_BITS-1:0]    issue_row;
    wire [GROUPS-1:0]       unit_groups;

    loom_accumulate #(.LANES(LANES), .SLOTS(SLOTS), .BYTES(BYTES), .SOURCE_BITS(SOURCE_BITS), .SPIKE_BITS(SPIKE_BITS),
                      .WORD_ADDRESS(WORD_ADDRESS), .UNIT_BITS(UNIT_BITS), .LANE_BITS(LANE_BITS),
                      .GROUP_BITS(GROUP_BITS), .LOGIC(LOGIC)) u_accumulate (
        .clk            (clk),
        .rst            (rst),
        .i_start        (start_accumulate),
        .i_graded       (graded),
        .i_narrow       (narrow),
        .i_wide         (wide),
        .i_table        (flags_q[`HW_FLAG_TABLE]),
        .i_position     (flags_q[`HW_FLAG_POSITION +: 3]),
        .i_source       (source_q[SOURCE_BITS-1:0]),
        .i_increment    (source_increment_q[SOURCE_BITS-1:0]),
        .i_count        (count[SOURCE_BITS:0]),
        .i_weight       (weight_unit[UNIT_BITS-1:0]),
        .i_stride       (stride_wide[UNIT_BITS-1:0]),
        .i_target       (target[TARGET_BITS-1:0]),
        .o_busy         (accumulating),
        .i_hold         (hold_q),
        .i_writing      (update_has_q || update_writing),
        .i_write        (update_spike_write),
        .i_write_word   (update_spike_word),
        .o_scan         (scan_read),
        .o_scan_address (scan_address),
        .i_scan_data    (source_data_q),
        .i_word         (word[63:0]),
        .o_word_address (unit_word),
        .o_half         (unit_half),
        .o_narrow       (unit_narrow),
        .o_take_value   (take_value),
        .o_value        (unit_value),
        .o_take_product (take_product),
        .o_read         (unit_read),
        .o_read_row     (unit_read_row),
        .o_issue        (issue),
        .o_issue_row    (issue_row),
        .o_groups       (unit_groups)
    );

    // ---- weight memory -------------------------------------------------------------------------
    wire [WORD_ADDRESS-1:0] external_address;
    wire [16*SLOTS-1:0]     next;
    reg [WORD_ADDRESS-1:0]  word_address_q;
    reg [PARTS-1:0]         word_write_q;
    reg [WORD_BITS-1:0]     word_data_q;
    wire [15:0] weight_data = word[16*read_address[PART_BITS-1:0] +: 16];
    wire external_write = update_write && write_external;

    always @(posedge clk) begin
        word_address_q <= walker_has_q ? unit_word :
                          update_has_q ? external_address :
                          reading      ? read_address[PART_BITS +: WORD_ADDRESS]
                                       : address[PART_BITS +: WORD_ADDRESS];
        word_write_q   <= (store_part & {PARTS{idle}}) | {PARTS{external_write}};
        word_data_q    <= external_write ? next : {PARTS{data}};
    end

    loom_weight_memory #(.WORD_BITS(WORD_BITS), .WORDS(WEIGHT_WORDS)) u_weights (
        .clk       (clk),
        .i_write   (word_write_q),
        .i_address (word_address_q),
        .i_data    (word_data_q),
        .o_word    (word)
    );

    // ---- update --------------------------------------------------------------------------------
    wire [ROW_BITS-1:0]     update_read_row;
    wire [WORD_ADDRESS-1:0] update_write_address;
    wire [ROW_BITS-1:0]     update_write_row = update_write_address[ROW_BITS-1:0];
    wire                    take_leak, take_bias, take_threshold, take_reset, take_current;
    wire                    late_fire, late_subtract, late_clear;
    wire                    write_external;
    wire                    update_over;
    wire [TARGET_BITS-1:0]  read_group;
    wire                    clear_x;
    wire [TARGET_BITS-1:0]  clear_group;
    wire [SLOTS-1:0]        spikes;
    wire [15:0]             update_spikes;
    wire [15:0]             period = operation[`HW_OPERATION_WAIT];

    // The neurons' parameters may be others when the host has written; their leak makes room for values.
    reg                     forget_q;

    always @(posedge clk)
        forget_q <= idle || (start_accumulate && (graded || wide));

    loom_updater #(.SLOTS(SLOTS), .GROUP_BITS(TARGET_BITS), .ROW_BITS(ROW_BITS), .ADDRESS_BITS(WORD_ADDRESS),
                   .SPIKE_BITS(SPIKE_BITS), .LOGIC(LOGIC)) u_updater (
        .clk                (clk),
        .rst                (rst),
        .i_load             (load_update),
        .i_start            (start_update),
        .i_skip             (skip),
        .i_count            (count[TARGET_BITS:0]),
        .i_parameter_row    (weight[ROW_BITS-1:0]),
        .i_period           (period[9:0]),
        .i_state            (stride_wide[WORD_ADDRESS-1:0]),
        .i_target           (target_wide[WORD_ADDRESS-1:0]),
        .i_spike_word       (source_q[SPIKE_BITS-1:0]),
        .i_spike_increment  (source_increment_q[SPIKE_BITS-1:0]),
        .i_same             (operation[`HW_FLAG_SAME]),
        .i_biases           (operation[`HW_FLAG_BIASES]),
        .i_each_first       (operation[`HW_FLAG_EACH]),
        .i_external_first   (operation[`HW_FLAG_EXTERNAL]),
        .i_current_first    (operation[`HW_FLAG_CURRENT]),
        .i_each             (update_flags_q[`HW_FLAG_EACH]),
        .i_forget           (forget_q),
        .i_fire             (update_flags_q[`HW_FLAG_FIRE]),
        .i_subtract         (update_flags_q[`HW_FLAG_SUBTRACT]),
        .i_clear            (update_flags_q[`HW_FLAG_CLEAR]),
        .i_external         (external),
        .i_current          (current),
        .i_check            (check),
        .o_busy             (updating),
        .o_reading          (update_reading),
        .o_newer            (update_newer),
        .o_read_row         (update_read_row),
        .o_external_address (external_address),
        .o_take_leak        (take_leak),
        .o_take_bias        (take_bias),
        .o_take_threshold   (take_threshold),
        .o_take_reset       (take_reset),
        .o_take_current     (take_current),
        .o_read_group       (read_group),
        .o_clear_x          (clear_x),
        .o_clear_group      (clear_group),
        .o_writing          (update_writing),
        .o_write            (update_write),
        .o_write_external   (write_external),
        .o_over             (update_over),
        .o_write_address    (update_write_address),
        .o_fire             (late_fire),
        .o_subtract         (late_subtract),
        .o_clear            (late_clear),
        .i_spikes           (spikes),
        .o_spike_write      (update_spike_write),
        .o_spike_word       (update_spike_word),
        .o_spike_data       (update_spikes)
    );

    // ---- lanes ---------------------------------------------------------------------------------
    wire [LANE_BITS-1:0] read_group_row  = read_group[TARGET_BITS-1 -: LANE_BITS];
    wire [LANE_BITS-1:0] clear_group_row = clear_group[TARGET_BITS-1 -: LANE_BITS];
    wire [GROUPS-1:0]    clear_groups;
    // What is written in the cycle after its row was read: sums, or 0.
    reg                  clear_q;
    reg [LANE_BITS-1:0]  write_row_q;
    reg [GROUPS-1:0]     write_groups_q;
    wire [16*SLOTS-1:0]  product;
    wire [16*SLOTS-1:0]  x;

    generate
        if (GROUPS == 1) begin : g_clear_one
            assign clear_groups = 1'b1;
        end else begin : g_clear_groups
            wire [GROUPS-1:0] one = 1;
            assign clear_groups = one << clear_group[GROUP_BITS-1:0];
        end
    endgenerate

    always @(posedge clk) begin
        clear_q        <= clear_x;
        write_row_q    <= clear_x ? clear_group_row : unit_read_row;
        write_groups_q <= rst ? {GROUPS{1'b0}} : clear_x ? clear_groups : unit_groups;
    end

    loom_lanes #(.LANES(LANES), .SLOTS(SLOTS), .WORD_BITS(WORD_BITS), .ROWS(ACCUMULATOR_ROWS)) u_lanes (
        .clk          (clk),
        .i_word       (word),
        .i_narrow     (unit_narrow),
        .i_half       (unit_half),
        .i_multiplied (take_product),
        .i_product    (product),
        .i_read_row   (unit_read ? unit_read_row : read_group_row),
        .i_read_group (read_group[GROUP_BITS:0]),
        .i_write      (write_groups_q),
        .i_write_row  (write_row_q),
        .i_clear      (clear_q),
        .o_x          (x)
    );

    // ---- neurons and their state ---------------------------------------------------------------
    wire                 sending;
    wire                 send_read;
    wire [SOURCE_BITS-1:0] send_address;
    wire [SOURCE_BITS-1:0] plain_address = accumulate_has_q ? scan_address :
                                           send_has_q       ? send_address : read_source;
    wire [ROW_BITS-1:0]  state_row = update_has_q ? update_read_row : plain_address[SLOT_BITS +: ROW_BITS];
    wire                 source_read = scan_read && send_read; // an engine that is not at work holds nothing
    (* keep *) wire      state_free; // a level of logic of its own: what the sender says is late
    assign               state_free = scan_read || update_has_q;
    wire                 state_read = state_free && send_read;
    wire [16*SLOTS-1:0]  state;
    wire                 state_write = update_write && !write_external;
    reg [SLOT_BITS-1:0]  state_slot_q;
    wire [15:0]          state_data = state[16*state_slot_q +: 16];

    always @(posedge clk) begin
        if (source_read)
            state_slot_q <= plain_address[SLOT_BITS-1:0];
    end

    // A cycle late: states written that were not what is shown.
    reg [SLOTS-1:0]      differs_q;

    genvar slot;
    generate
        for (slot = 0; slot < SLOTS; slot = slot + 1) begin : g_neuron
            always @(posedge clk)
                differs_q[slot] <= update_write && next[16*slot +: 16] != state[16*slot +: 16];

            loom_neuron #(.ROWS(STATE_ROWS), .LOGIC(LOGIC)) u_neuron (
                .clk              (clk),
                .i_read           (state_read),
                .i_read_row       (state_row),
                .i_write          (state_write || store_slot[slot]),
                .i_write_row      (state_write ? update_write_row : address[SLOT_BITS +: ROW_BITS]),
                .i_write_data     (state_write ? next[16*slot +: 16] : data),
                .o_state          (state[16*slot +: 16]),
                .i_take_leak      (take_leak),
                .i_take_bias      (take_bias),
                .i_take_threshold (take_threshold),
                .i_take_reset     (take_reset),
                .i_take_current   (take_current),
                .i_x              (x[16*slot +: 16]),
                .i_current        (current),
                .i_external       (external || !update_has_q),
                .i_external_state (word[16*slot +: 16]),
                .i_gain           (update_flags_q[`HW_FLAG_GAIN +: 4]),
                .i_fire           (late_fire),
                .i_subtract       (late_subtract),
                .i_clear          (late_clear),
                .o_next           (next[16*slot +: 16]),
                .o_spike          (spikes[slot]),
                .i_graded         (!update_has_q),
                .i_wide           (wide),
                .i_take_value     (take_value),
                .i_weight         (unit_half ? word[8*(SLOTS + slot) +: 8] : word[8*slot +: 8]),
                .i_value          (unit_value),
                .o_product        (product[16*slot +: 16])
            );
        end
    endgenerate

    // ---- spikes --------------------------------------------------------------------------------
    wire [15:0] spike_data;

    loom_ram #(.WIDTH(16), .DEPTH(SPIKE_WORDS)) u_spikes (
        .clk             (clk),
        .i_write         (update_spike_write || store_spike),
        .i_write_address (update_spike_write ? update_spike_word : address[SPIKE_BITS-1:0]),
        .i_write_data    (update_spike_write ? update_spikes : data),
        .i_read          (source_read),
        .i_read_address  (plain_address[SPIKE_BITS-1:0]),
        .o_data          (spike_data)
    );

    // What the scanner, the sender and replies look at: a register behind the memories, which holds with them.
    wire from_state = idle ? read_space == `HW_SPACE_STATE : graded;
    wire from_weight = idle && read_space == `HW_SPACE_WEIGHT;
    wire from_program = idle && read_space == `HW_SPACE_PROGRAM;
    reg [15:0] source_data_q;

    always @(posedge clk) begin
        if (source_read)
            source_data_q <= from_weight  ? weight_data :
                             from_program ? program_data :
                             from_state   ? state_data : spike_data;
    end

    // ---- rest ----------------------------------------------------------------------------------
    loom_rest #(.BLOCKS(`HW_BLOCKS)) u_rest (
        .clk         (clk),
        .rst         (rst),
        .i_allowed   (rest_allowed_q),
        .i_step      (step_number[2:0]),
        .i_operation (operation[15:0]),
        .i_ring_log2 (ring_log2),
        .i_block     (target[TARGET_BITS-1 -: BLOCK_BITS]),
        .i_dispatch  (dispatch),
        .i_over      (update_over),
        .o_skip      (skip),
        .o_check     (check),
        .o_fired     (fired),
        .i_add       (issue),
        .i_add_block (issue_row[LANE_BITS-1 -: BLOCK_BITS]),
        .i_fired     (update_write && spikes != {SLOTS{1'b0}}),
        .i_changed   (differs_q != {SLOTS{1'b0}}),
        .o_older     (older),
        .o_mark      (mark),
        .o_marked    (marked)
    );

    // ---- sending -------------------------------------------------------------------------------
    wire [`HW_MESSAGE_BITS-1:0] send_message;

    loom_sender #(.SOURCE_BITS(SOURCE_BITS), .ALONE(CORES == 1)) u_sender (
        .clk             (clk),
        .rst             (rst),
        .i_core          (i_core),
        .i_start         (start_send),
        .i_state         (graded),
        .i_host          (flags_q[`HW_FLAG_TO_HOST]),
        .i_source        (source_q[SOURCE_BITS-1:0]),
        .i_count         (count[SOURCE_BITS:0]),
        .i_source_increment (source_increment_q[SOURCE_BITS-1:0]),
        .i_target        (send_target_q),
        .i_target_increment (send_increment_q),
        .o_busy          (sending),
        .o_holds         (send_holds),
        .o_read          (send_read),
        .o_read_address  (send_address),
        .i_read_data     (source_data_q),
        .o_message_valid (send_valid),
        .o_message_spike (o_inject_spike),
        .i_message_ready (i_inject_ready),
        .o_message       (send_message)
    );

    wire [2:0]  kind_out  = CORES > 1 && end_valid ? `HW_KIND_END : reply_valid ? `HW_KIND_REPLY : send_message[`HW_MESSAGE_KIND];
    wire [2:0]  space_out = reply_valid ? read_space : send_message[`HW_MESSAGE_SPACE];
    // A lone core's link knows what it asked for (loom_link), so the address needs no multiplexer.
    wire [23:0] address_out = CORES == 1 || !reply_valid ? send_message[`HW_MESSAGE_ADDRESS]
                                                         : {{24-ADDRESS_BITS{1'b0}}, read_address};

    assign o_inject_valid = send_valid || (CORES > 1 && end_valid) || reply_valid;
    assign o_end_valid = CORES == 1 && end_valid;
    // The kind does not look at send_valid: a short path back to the sender.
    // Of an END nobody looks at more than kind and core.
    assign o_inject_message = {kind_out, i_core, space_out, address_out, send_message[`HW_MESSAGE_DATA]};

    reg busy_q;
    always @(posedge clk)
        busy_q <= !rst && (accumulating || updating || sending);
    assign busy = busy_q;

    wire unused = &{1'b0, operation, flags_q, update_flags_q, address_wide, spike_seen, weight_unit, stride_wide, target_wide, count, source_q,
                      period, source_increment_q, plain_address, update_write_address, step_number, issue_row, send_message};
endmodule

`default_nettype wire
