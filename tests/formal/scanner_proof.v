// scanner_proof: loom_scanner, given any range of up to WORDS words, 1, 2 or 4 apart, of a memory of 2^SOURCE_BITS words
// with any contents, makes exactly one event of every set bit (of every word but 0 where GRADED is 1), in order, under any
// back-pressure, in time, and is busy until the last has been taken. Base and offset of an event add to weight + index * stride;
// with TABLE the base is the entry weight + index / 2^position and the offset (index modulo 2^position) * stride.
// With WRITING the words from one of them on, or all behind, are still written, at any times, and are anything before and in the
// cycle in which they are; and events are held back for any time.
`default_nettype none
module scanner_proof #(
    parameter SOURCE_BITS = 3,
    parameter WORDS = 2,
    parameter ADDRESS_BITS = 6,
    parameter GRADED = 0,
    parameter TABLE = 0,
    parameter WRITING = 0,
    parameter STRIDE = 0,       // other than 0: this stride only, which lets the prover look further
    parameter LATENCY = 5       // cycles more than words and events, those of back-pressure aside
) (
    input wire                    clk,
    input wire                    rst,
    input wire                    start_any,
    input wire                    ready,
    input wire                    hold_any,
    input wire                    write_any,
    input wire [15:0]             garbage
);
    localparam MEMORY = 1 << SOURCE_BITS;
    localparam EACH = GRADED != 0 ? 1 : 16;     // neurons of a word
    localparam NEURONS = EACH * WORDS;
    (* anyconst *) wire [16*MEMORY-1:0] memory;
    (* anyconst *) wire [SOURCE_BITS-1:0] source;
    (* anyconst *) wire [SOURCE_BITS-1:0] increment;
    (* anyconst *) wire [SOURCE_BITS:0] count;
    (* anyconst *) wire [2:0] position;
    (* anyconst *) wire [ADDRESS_BITS-1:0] weight;
    (* anyconst *) wire [ADDRESS_BITS-1:0] any_stride;
    wire [ADDRESS_BITS-1:0] stride = STRIDE != 0 ? STRIDE : any_stride;

    wire busy, read, valid;
    wire [SOURCE_BITS-1:0] read_address;
    wire [ADDRESS_BITS-1:0] base, offset;
    wire [15:0] value;
    wire start = start_any && !busy && !rst;

    (* anyconst *) wire [1:0] first_written;    // of the words that are written
    reg [1:0] written = 2'd0;       // next word to be written
    reg writing = 1'b0;
    reg hold = 1'b0;
    wire [SOURCE_BITS-1:0] write_word = source + written * increment;
    wire write = writing && write_any;   // the word, or that there is none
    wire writing_next = !rst && (start ? WRITING != 0 && write_any : write ? written < WORDS : writing);

    reg [15:0] shown;               // by the memory
    reg [15:0] read_data;           // by the register behind it

    loom_scanner #(.SOURCE_BITS(SOURCE_BITS), .ADDRESS_BITS(ADDRESS_BITS)) u_scanner (
        .clk(clk), .rst(rst), .i_start(start), .i_graded(GRADED != 0), .i_table(TABLE != 0), .i_position(position),
        .i_source(source), .i_increment(increment), .i_count(count), .i_weight(weight), .i_stride(stride),
        .o_busy(busy), .i_hold(hold), .i_writing(writing_next), .i_write(write), .i_write_word(write_word),
        .o_read(read), .o_read_address(read_address), .i_read_data(read_data),
        .o_event_valid(valid), .i_event_ready(ready), .o_event_base(base),
        .o_event_offset(offset), .o_event_value(value)
    );
    stream_check #(.WIDTH(ADDRESS_BITS)) u_base_check (
        .clk(clk), .rst(rst), .i_valid(valid), .i_ready(ready), .i_data(base)
    );
    stream_check #(.WIDTH(ADDRESS_BITS)) u_offset_check (
        .clk(clk), .rst(rst), .i_valid(valid), .i_ready(ready), .i_data(offset)
    );
    stream_check #(.WIDTH(16)) u_value_check (
        .clk(clk), .rst(rst), .i_valid(valid), .i_ready(ready), .i_data(value)
    );

    // The neurons of the range that are active, and have no event yet; the range begins anywhere and goes around.
    reg [NEURONS-1:0] active;       // at the start
    reg [NEURONS-1:0] pending = 0;
    reg [SOURCE_BITS-1:0] place;
    integer index;
    always @* begin
        active = 0;
        place = source;
        for (index = 0; index < NEURONS; index = index + 1) begin
            place = source + (index / EACH) * increment;
            if (index / EACH < count)
                active[index] = GRADED != 0 ? memory[16*place +: 16] != 16'd0 : memory[16*place + index % EACH];
        end
    end

    // The event that is due: the lowest of them.
    reg [5:0] due;
    wire [NEURONS-1:0] lowest = pending & (~pending + 1'b1);
    integer neuron;
    always @* begin
        due = 6'd0;
        for (neuron = NEURONS - 1; neuron >= 0; neuron = neuron - 1)
            if (pending[neuron])
                due = neuron;
    end
    wire [5:0] inner = due & ((6'd1 << position) - 6'd1);
    wire [ADDRESS_BITS-1:0] address = base + offset;
    wire [ADDRESS_BITS-1:0] due_address = weight + due * stride; // modulo 2^ADDRESS_BITS, as all sums are
    wire [ADDRESS_BITS-1:0] due_offset = inner * stride;
    wire [SOURCE_BITS-1:0] due_place = source + due / EACH * increment;

    reg past_valid = 1'b0;
    reg ran = 1'b0;
    reg waited = 1'b0;              // back-pressure was felt
    reg [5:0] age = 6'd0;           // cycles since the start, those of back-pressure aside
    reg [5:0] events = 6'd0;
    always @(posedge clk) begin
        past_valid <= 1'b1;
        // Word index of those still to come: none of the range is read twice, so the address tells.
        if (read) begin
            shown <= WRITING != 0 && writing && ((written == 0 && read_address == source) ||
                (written <= 1 && read_address == source + increment)) ? garbage : memory[16*read_address +: 16];
            read_data <= shown;
        end
        writing <= writing_next;
        if (rst) begin
            hold <= 1'b0;
        end else if (start) begin
            hold <= WRITING != 0 && hold_any;
        end else begin
            if (write)
                written <= written + 2'd1;
            else if (!writing)
                written <= first_written;
            hold <= hold && hold_any;
        end
        if (start) begin
            pending <= active;
            ran <= 1'b1;
            age <= 6'd0;
            events <= 6'd0;
        end else begin
            if (!rst && valid && ready) begin
                pending <= pending & ~lowest;
                events <= events + 6'd1;
            end
            if (!(valid && !ready) && !hold && !writing && age != 6'd63)
                age <= age + 6'd1;
        end
        waited <= waited || (!rst && valid && !ready);
    end
    always @* begin
        assume (rst == !past_valid);
        assume (count <= WORDS);
        assume (increment == 1 || increment == 2 || increment == 4);
        assume (first_written <= WORDS);
        if (start)
            assume (written == first_written && !writing);
        assume (position <= (GRADED != 0 ? 0 : 4));
        if (TABLE != 0)
            assume (weight[3:0] == 4'd0);
        if (past_valid) begin
            if (valid) begin
                assert (pending != 0);
                if (TABLE != 0) begin
                    assert (offset == due_offset);
                    assert (base == weight + (due >> position));
                end else begin
                    assert (address == due_address);
                end
                if (GRADED != 0)
                    assert (value == memory[16*due_place +: 16]);
            end
            if (!busy)
                assert (pending == 0);
            if (busy)
                assert (ran && age <= count + events + LATENCY);
            cover (ran && !busy && waited && events == 2 && count == WORDS && weight != 0 && stride > 1 && increment == 4
                   && (position == 1 || GRADED != 0));
            cover (WRITING == 0 || (ran && !busy && events == 2 && count == WORDS && writing && first_written == 0));
            cover (ran && !busy && age == count + events + LATENCY);
        end
    end
endmodule
`default_nettype wire
