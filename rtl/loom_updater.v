// loom_updater: walks the groups of an UPDATE operation and times the neurons' pipeline.
//
// A group (SLOTS neurons) reads leak, bias, v with x, threshold, reset, in five cycles; where one set of
// parameters serves all groups, every group after the first reads v and x alone, one a cycle. The order is such
// that a parameter arrives just before its stage needs it and is replaced only after (loom_neuron has the stages).
// i_start begins; o_busy stays high until the last state and spike word is written.
`default_nettype none

module loom_updater #(
    parameter SLOTS       = 8,
    parameter GROUP_BITS  = 8, // address of a group of accumulators
    parameter ROWS        = 256,
    parameter SPIKE_WORDS = 256
) (
    input  wire                           clk,
    input  wire                           rst,
    input  wire                           i_start,
    input  wire [GROUP_BITS:0]            i_count,
    input  wire [$clog2(ROWS)-1:0]        i_parameter_row,
    input  wire [$clog2(ROWS)-1:0]        i_state_row,
    input  wire [GROUP_BITS-1:0] i_group,
    input  wire [$clog2(SPIKE_WORDS)-1:0] i_spike_word,
    input  wire                           i_each,
    input  wire                           i_fire,
    output wire                           o_busy,

    output wire [$clog2(ROWS)-1:0]        o_read_row,
    output wire                           o_take_leak,
    output wire                           o_take_bias,
    output wire                           o_take_threshold,
    output wire                           o_take_reset,
    output wire [GROUP_BITS-1:0] o_read_group,
    output wire                           o_clear_x,
    output wire [GROUP_BITS-1:0] o_clear_group,
    output wire                           o_write,
    output wire [$clog2(ROWS)-1:0]        o_write_row,

    input  wire [SLOTS-1:0]               i_spikes,
    output wire                           o_spike_write,
    output wire [$clog2(SPIKE_WORDS)-1:0] o_spike_word,
    output wire [15:0]                    o_spike_data
);
    localparam ROW_BITS   = $clog2(ROWS);
    localparam [GROUP_BITS:0] ONE = 1;
    localparam PER_WORD   = 16 / SLOTS; // groups of a spike word

    localparam [2:0] READ_LEAK      = 3'd0;
    localparam [2:0] READ_BIAS      = 3'd1;
    localparam [2:0] READ_V         = 3'd2;
    localparam [2:0] READ_THRESHOLD = 3'd3;
    localparam [2:0] READ_RESET     = 3'd4;
    localparam [2:0] READ_V_ALONE   = 3'd5;

    // What the presented read row is; parameters of the next group follow those of this one.
    reg                  running_q;
    reg [2:0]            read_q;
    reg [GROUP_BITS:0]   left_q;
    reg [ROW_BITS-1:0]   parameter_row_q;
    reg [ROW_BITS-1:0]   state_row_q;
    reg [GROUP_BITS-1:0] group_q;

    wire last_group = left_q == ONE;
    wire reads_v = running_q && (read_q == READ_V || read_q == READ_V_ALONE);
    wire group_done = read_q == READ_RESET || read_q == READ_V_ALONE;

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
            state_row_q     <= i_state_row;
            group_q         <= i_group;
        end else if (running_q) begin
            if (group_done) begin
                read_q <= i_each ? READ_LEAK : READ_V_ALONE;
                left_q <= left_q - ONE;
            end else begin
                read_q <= read_q + 3'd1;
            end
            if (reads_v) begin
                state_row_q <= state_row_q + 1'b1;
                group_q     <= group_q + 1'b1;
            end else begin
                parameter_row_q <= parameter_row_q + 1'b1;
            end
        end
    end

    assign o_read_row = reads_v ? state_row_q : parameter_row_q;
    assign o_read_group = group_q;

    // Tags of the word that the memories show now.
    reg [4:0]            take_q;
    reg [GROUP_BITS-1:0] clear_group_q;

    always @(posedge clk) begin
        if (rst)
            take_q <= 5'd0;
        else
            take_q <= {running_q && read_q == READ_RESET, running_q && read_q == READ_THRESHOLD,
                       running_q && read_q == READ_BIAS, running_q && read_q == READ_LEAK, reads_v};
        clear_group_q <= group_q;
    end

    assign o_clear_x = take_q[0];
    assign o_clear_group = clear_group_q;
    assign o_take_leak = take_q[1];
    assign o_take_bias = take_q[2];
    assign o_take_threshold = take_q[3];
    assign o_take_reset = take_q[4];

    // The group whose next state and spikes the neurons show: six cycles after its v was presented.
    reg [5:1]            stage_q;
    reg [ROW_BITS-1:0]   write_row_q;
    reg [$clog2(SPIKE_WORDS)-1:0] spike_word_q;
    reg [GROUP_BITS:0]   write_left_q;
    reg [15:0]           spikes_q;
    reg [1:0]            part_q;

    wire write = stage_q[5];
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
            stage_q <= 5'd0;
        else
            stage_q <= {stage_q[4:1], take_q[0]};

        if (i_start) begin
            write_row_q  <= i_state_row;
            spike_word_q <= i_spike_word;
            write_left_q <= i_count;
            part_q       <= 2'd0;
        end else if (write) begin
            write_row_q  <= write_row_q + 1'b1;
            write_left_q <= write_left_q - ONE;
            spikes_q     <= spikes_d;
            part_q       <= last_part ? 2'd0 : part_q + 2'd1;
            if (last_part)
                spike_word_q <= spike_word_q + 1'b1;
        end
    end

    assign o_write = write;
    assign o_write_row = write_row_q;
    assign o_spike_write = write && last_part && i_fire;
    assign o_spike_word = spike_word_q;
    assign o_spike_data = spikes_d;
    assign o_busy = running_q || take_q[0] || stage_q != 5'd0;
endmodule

`default_nettype wire
