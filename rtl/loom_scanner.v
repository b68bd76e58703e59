// loom_scanner: finds the active neurons of a source and where their weights begin.
//
// i_start takes a range of i_count words, i_increment apart. Spikes: a word holds 16 neurons, and every set bit is an
// event; values (i_graded): a word is one neuron, and every word but 0 is an event that carries it. Without i_table the
// event's o_event_address is i_weight plus the neuron's index times i_stride, by additions alone. With i_table 2^i_position
// neurons (one, if graded) share the table entry at o_event_entry, from i_weight on, and o_event_address is i_stride times the
// neuron's index among them. Words without an event cost one cycle; an event is offered every cycle until the word is empty.
// The memory is read through o_read, o_read_address; i_read_data is its output, held while o_read is low.
// o_busy falls when the last event has been taken.
`default_nettype none

module loom_scanner #(
    parameter SOURCE_BITS  = 16,
    parameter ADDRESS_BITS = 16
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

    output wire                    o_read,
    output wire [SOURCE_BITS-1:0]  o_read_address,
    input  wire [15:0]             i_read_data,

    output wire                    o_event_valid,
    input  wire                    i_event_ready,
    output wire [ADDRESS_BITS-1:0] o_event_address,
    output wire [ADDRESS_BITS-1:0] o_event_entry,
    output wire [15:0]             o_event_value
);
    // Word fetch: the memory's output is the word after the one being scanned.
    reg [SOURCE_BITS-1:0]  source_q;
    reg [SOURCE_BITS:0]    left_q;
    reg                    fetched_q;
    reg [ADDRESS_BITS-1:0] fetched_weight_q;
    reg [15:0]             word_q;
    reg [ADDRESS_BITS-1:0] word_weight_q;
    reg [ADDRESS_BITS-1:0] word_stride_q;

    localparam [SOURCE_BITS:0] NONE = 0;
    localparam [ADDRESS_BITS-1:0] WORD_ENTRIES = 16;
    localparam [ADDRESS_BITS-1:0] ONE = 1;

    wire word_empty = word_q == 16'd0;
    wire advance = !fetched_q || word_empty;
    wire take = fetched_q && word_empty;

    assign o_read = advance;
    assign o_read_address = source_q;

    // The address of the first word's neuron 0 is there before the first word is.
    reg first_q;

    always @(posedge clk) begin
        if (i_table)
            word_stride_q <= i_graded ? ONE : WORD_ENTRIES >> i_position;
        else
            word_stride_q <= i_graded ? i_stride : i_stride << 4;

        if (rst) begin
            left_q    <= NONE;
            fetched_q <= 1'b0;
        end else if (i_start) begin
            left_q    <= i_count;
            fetched_q <= 1'b0;
        end else if (advance) begin
            fetched_q <= left_q != NONE;
            if (left_q != NONE)
                left_q <= left_q - 1'b1;
        end

        if (i_start) begin
            source_q         <= i_source;
            fetched_weight_q <= i_weight;
            first_q          <= 1'b1;
        end else if (advance && left_q != NONE) begin
            source_q <= source_q + i_increment;
            first_q  <= 1'b0;
            if (!first_q)
                fetched_weight_q <= fetched_weight_q + word_stride_q;
        end
    end

    // The lowest set bit: its index, and the word without it.
    reg [15:0] rest;
    reg [3:0]  index;
    integer    bit_index;

    always @* begin
        rest = 16'd0;
        index = 4'd0;
        for (bit_index = 15; bit_index >= 0; bit_index = bit_index - 1) begin
            if (word_q[bit_index])
                index = bit_index[3:0];
        end
        for (bit_index = 1; bit_index < 16; bit_index = bit_index + 1)
            rest[bit_index] = word_q[bit_index] && (word_q & ((16'd1 << bit_index) - 16'd1)) != 16'd0;
    end

    // The index is the neuron's within its word, or, with a table, within its position, and the position's in the word.
    wire [3:0] inner_mask = {i_position >= 3'd4, i_position >= 3'd3, i_position >= 3'd2, i_position >= 3'd1};
    wire [3:0] inner = index & (i_table ? inner_mask : 4'd15);
    wire [3:0] position = index >> i_position;

    // Events: index, then two products of two bits, then their sum.
    reg                    valid_1_q;
    reg                    valid_2_q;
    reg                    valid_3_q;
    reg [3:0]              index_1_q;
    reg [3:0]              position_1_q;
    reg [ADDRESS_BITS-1:0] base_1_q;
    reg [ADDRESS_BITS-1:0] entry_2_q;
    reg [ADDRESS_BITS-1:0] entry_3_q;
    reg [ADDRESS_BITS-1:0] low_2_q;
    reg [ADDRESS_BITS-1:0] high_2_q;
    reg [ADDRESS_BITS-1:0] address_3_q;
    reg [15:0]             value_1_q;
    reg [15:0]             value_2_q;
    reg [15:0]             value_3_q;
    reg [ADDRESS_BITS-1:0] stride_3_q; // three strides

    wire enable = !valid_3_q || i_event_ready;
    wire [ADDRESS_BITS-1:0] low = {ADDRESS_BITS{index_1_q[0]}} & (index_1_q[1] ? stride_3_q : i_stride)
                                | {ADDRESS_BITS{index_1_q[1] && !index_1_q[0]}} & (i_stride << 1);
    wire [ADDRESS_BITS-1:0] high = {ADDRESS_BITS{index_1_q[2]}} & (index_1_q[3] ? stride_3_q : i_stride)
                                 | {ADDRESS_BITS{index_1_q[3] && !index_1_q[2]}} & (i_stride << 1);

    always @(posedge clk) begin
        if (rst) begin
            word_q <= 16'd0;
        end else if (take) begin
            word_q        <= i_read_data;
            word_weight_q <= fetched_weight_q;
        end else if (enable && !word_empty) begin
            word_q <= i_graded ? 16'd0 : rest;
        end

        if (rst) begin
            valid_1_q <= 1'b0;
            valid_2_q <= 1'b0;
            valid_3_q <= 1'b0;
        end else if (enable) begin
            valid_1_q <= !word_empty;
            valid_2_q <= valid_1_q;
            valid_3_q <= valid_2_q;
        end

        stride_3_q <= i_stride + (i_stride << 1);
        if (enable) begin
            index_1_q    <= i_graded ? 4'd0 : inner;
            position_1_q <= i_graded ? 4'd0 : position;
            base_1_q     <= word_weight_q;
            value_1_q    <= word_q;
            low_2_q      <= (i_table ? {ADDRESS_BITS{1'b0}} : base_1_q) + low;
            high_2_q     <= high;
            entry_2_q    <= {base_1_q[ADDRESS_BITS-1:4], base_1_q[3:0] | position_1_q};
            value_2_q    <= value_1_q;
            address_3_q  <= low_2_q + (high_2_q << 2);
            entry_3_q    <= entry_2_q;
            value_3_q    <= value_2_q;
        end
    end

    assign o_event_valid = valid_3_q;
    assign o_event_address = address_3_q;
    assign o_event_entry = entry_3_q;
    assign o_event_value = value_3_q;
    assign o_busy = left_q != NONE || fetched_q || !word_empty || valid_1_q || valid_2_q || valid_3_q;
endmodule

`default_nettype wire
