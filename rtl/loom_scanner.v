// loom_scanner: finds the active neurons of a source and where their weights begin.
//
// i_start takes a range of i_count words (which stands a cycle before), i_increment apart. Spikes: a word holds 16 neurons, and every set bit is an
// event; values (i_graded): a word is one neuron, and every word but 0 is an event that carries it. An event has two addresses,
// made by additions alone. Without i_table o_event_base is i_weight plus i_stride times the index of its word's first neuron, and
// o_event_offset i_stride times its index within the word. With i_table 2^i_position neurons (one, if graded) share the
// table entry at o_event_base, from i_weight on, and o_event_offset is i_stride times the neuron's index among them.
// Words without an event cost one cycle; an event is offered every cycle until the word is empty.
// The memory is read through o_read, o_read_address; i_read_data follows two cycles later, and both the memory and the
// register behind it hold while o_read is low. o_busy falls when the last event has been taken.
// i_writing: in the next cycle words are still to be written, i_increment apart and in the order in which they are read here;
// i_write_word is the next one, which is not read before i_write, in whose cycle it is written. It
// stands with i_start. i_hold, which may be high from the start on but not again: events are found, but none is offered.
`default_nettype none

module loom_scanner #(
    parameter SOURCE_BITS  = 16,
    parameter ADDRESS_BITS = 16,
    parameter SPIKE_BITS   = SOURCE_BITS
) (
    input  wire                    clk,
    input  wire                    rst,
    input  wire                    i_start,
    input  wire                    i_graded,
    input  wire                    i_table,
    input  wire [2:0]              i_position,
    input  wire [SOURCE_BITS-1:0]  i_source,
    input  wire [SOURCE_BITS-1:0]  i_increment,
    input  wire [SOURCE_BITS:0]    i_count,
    input  wire [ADDRESS_BITS-1:0] i_weight,
    input  wire [ADDRESS_BITS-1:0] i_stride,
    output wire                    o_busy,

    input  wire                    i_hold,
    input  wire                    i_writing,
    input  wire                    i_write,
    input  wire [SPIKE_BITS-1:0]   i_write_word,

    output wire                    o_read,
    output wire [SOURCE_BITS-1:0]  o_read_address,
    input  wire [15:0]             i_read_data,

    output wire                    o_event_valid,
    input  wire                    i_event_ready,
    output wire [ADDRESS_BITS-1:0] o_event_offset,
    output wire [ADDRESS_BITS-1:0] o_event_base,
    output wire [15:0]             o_event_value
);
    localparam [SOURCE_BITS:0] NONE = 0;
    localparam [SOURCE_BITS:0] LAST = 1;
    localparam [ADDRESS_BITS-1:0] WORD_ENTRIES = 16;
    localparam [ADDRESS_BITS-1:0] ONE = 1;

    // Words on their way: the memory shows one, the register behind it the one before, word_q the one that is scanned.
    reg [SOURCE_BITS-1:0]  source_q;
    reg [SOURCE_BITS:0]    left_q;       // counts on below 0
    reg                    more_q;       // words are left to be read
    reg                    some_q;       // i_count is not 0, a cycle ago
    reg                    read_q;
    reg                    fetched_q;
    reg                    first_q;      // the next word to be scanned is the first
    reg [15:0]             word_q;
    reg                    empty_q;      // word_q has no event
    reg [3:0]              parts_q;      // of four neurons each, in which there is one, unless it is empty
    reg [ADDRESS_BITS-1:0] base_q;       // of the word that is scanned
    reg [ADDRESS_BITS-1:0] word_stride_q;

    wire advance = !fetched_q || empty_q;
    wire take = fetched_q && empty_q;
    // What is read while the word is not there is nothing, and read again. The reader never is before the writer, so both are at
    // the same word only where the reader comes to it, and until the writer goes on.
    reg  first_waits_q; // so it does with the first word
    reg  waits_q;       // or with another one
    wire there = !first_waits_q && !waits_q;
    reg  [SPIKE_BITS-1:0] before_q; // the word before i_write_word

    assign o_read = advance;
    assign o_read_address = source_q;

    always @(posedge clk) begin
        if (i_table)
            word_stride_q <= i_graded ? ONE : WORD_ENTRIES >> i_position;
        else
            word_stride_q <= i_graded ? i_stride : i_stride << 4;

        if (rst || i_start) begin
            more_q    <= !rst && some_q;
            read_q    <= 1'b0;
            fetched_q <= 1'b0;
        end else if (advance) begin
            more_q    <= more_q && !(there && left_q == LAST);
            read_q    <= more_q && there;
            fetched_q <= read_q;
        end
        some_q <= i_count != NONE;
        if (i_start)
            left_q <= i_count;
        else if (advance && there)
            left_q <= left_q - 1'b1;

        // Beyond the last word it goes on to read, and nobody looks.
        if (i_start)
            source_q <= i_source;
        else if (advance && there)
            source_q <= source_q + i_increment;
        first_waits_q <= i_writing && !i_write
                         && (i_start ? i_source[SPIKE_BITS-1:0] == i_write_word : first_waits_q);
        waits_q <= i_writing && !i_write && !i_start
                   && (advance && there ? source_q[SPIKE_BITS-1:0] == before_q : waits_q);
        before_q <= i_write ? i_write_word : i_write_word - i_increment[SPIKE_BITS-1:0];

        if (i_start)
            first_q <= 1'b1;
        else if (take)
            first_q <= 1'b0;
        if (take)
            base_q <= first_q ? i_weight : base_q + word_stride_q;
    end

    // The lowest set bit: its part of the word, its index there, and the word without it.
    wire [3:0]  lowest = {parts_q[2:0] == 3'd0, parts_q[1:0] == 2'd0, !parts_q[0], 1'b1}; // nothing below this part
    wire [1:0]  part = {parts_q[1:0] == 2'd0, parts_q[0] ? 1'b0 : parts_q[1] || !parts_q[2]};
    wire [15:0] rest;
    wire [3:0]  parts_rest;
    wire [7:0]  places;

    genvar quarter;
    generate
        for (quarter = 0; quarter < 4; quarter = quarter + 1) begin : g_quarter
            wire [3:0] bits = word_q[4*quarter +: 4];
            wire [3:0] bits_rest = {bits[3] && bits[2:0] != 3'd0, bits[2] && bits[1:0] != 2'd0, bits[1] && bits[0], 1'b0};

            assign rest[4*quarter +: 4] = lowest[quarter] ? bits_rest : bits;
            assign parts_rest[quarter] = lowest[quarter] ? bits_rest != 4'd0 : parts_q[quarter];
            assign places[2*quarter +: 2] = {bits[1:0] == 2'd0, bits[0] ? 1'b0 : bits[1] || !bits[2]};
        end
    endgenerate

    wire [3:0] index = {part, places[2*part +: 2]};

    // Two stages: the index; its product, of two bits each.
    wire [3:0] inner_mask = {4{!i_table}} | {i_position >= 3'd4, i_position >= 3'd3, i_position >= 3'd2, i_position >= 3'd1};
    reg                    valid_1_q;
    reg                    valid_2_q;
    reg [3:0]              index_1_q;    // in the word
    reg [3:0]              inner_1_q;    // in its position, if there is a table
    reg [ADDRESS_BITS-1:0] base_1_q;
    reg [ADDRESS_BITS-1:0] base_2_q;
    reg [ADDRESS_BITS-1:0] offset_2_q;
    reg [15:0]             value_1_q;
    reg [15:0]             value_2_q;
    reg [ADDRESS_BITS-1:0] stride_3_q;   // three strides

    wire enable = !i_hold && (!valid_2_q || i_event_ready);
    wire scan = enable && !empty_q;
    wire [3:0] position = index_1_q >> i_position;
    wire [ADDRESS_BITS-1:0] low = {ADDRESS_BITS{inner_1_q[0]}} & (inner_1_q[1] ? stride_3_q : i_stride)
                                | {ADDRESS_BITS{inner_1_q[1] && !inner_1_q[0]}} & (i_stride << 1);
    wire [ADDRESS_BITS-1:0] high = {ADDRESS_BITS{inner_1_q[2]}} & (inner_1_q[3] ? stride_3_q : i_stride)
                                 | {ADDRESS_BITS{inner_1_q[3] && !inner_1_q[2]}} & (i_stride << 1);

    wire [3:0] parts_read = {i_read_data[15:12] != 4'd0, i_read_data[11:8] != 4'd0, i_read_data[7:4] != 4'd0,
                            i_read_data[3:0] != 4'd0};

    always @(posedge clk) begin
        if (rst)
            empty_q <= 1'b1;
        else if (take)
            empty_q <= parts_read == 4'd0;
        else if (scan)
            empty_q <= i_graded || parts_rest == 4'd0;
        // Of an empty word nobody looks at more than that it is.
        if (empty_q) begin
            parts_q <= parts_read;
            word_q  <= i_read_data;
        end else if (enable) begin
            parts_q <= parts_rest;
            word_q  <= rest;
        end

        if (rst) begin
            valid_1_q <= 1'b0;
            valid_2_q <= 1'b0;
        end else if (enable) begin
            valid_1_q <= !empty_q;
            valid_2_q <= valid_1_q;
        end

        stride_3_q <= i_stride + (i_stride << 1);
        if (enable) begin
            index_1_q  <= i_graded || !i_table ? 4'd0 : index;
            inner_1_q  <= i_graded ? 4'd0 : index & inner_mask;
            base_1_q   <= base_q;
            value_1_q  <= word_q;
            base_2_q   <= {base_1_q[ADDRESS_BITS-1:4], base_1_q[3:0] | position};
            offset_2_q <= low + (high << 2);
            value_2_q  <= value_1_q;
        end
    end

    assign o_event_valid = valid_2_q;
    assign o_event_base = base_2_q;
    assign o_event_offset = offset_2_q;
    assign o_event_value = value_2_q;
    assign o_busy = more_q || read_q || fetched_q || !empty_q || valid_1_q || valid_2_q;
endmodule

`default_nettype wire
