// sender_proof: loom_sender, started at any time with any range of a memory of 2^SOURCE_BITS words, sends every word
// of it once, in order, at addresses that rise by powers of two, under any back-pressure: what is offered stays until it is taken, the first word is offered
// three cycles after the start, each other one in the cycle after the one before was taken, and busy falls with the last. One
// start may follow another. ALONE: the first word is offered a cycle later; a SPIKE is taken in its first cycle; busy falls when the last
// word is offered, and the memory is another's from then on, or, of one word, from two cycles after the start on; but nothing is started
// before that word is taken: o_holds.
`default_nettype none
`include "hardware.vh"
module sender_proof #(
    parameter SOURCE_BITS = 2,
    parameter ALONE = 0
) (
    input wire                   clk,
    input wire                   rst,
    input wire                   start_any,
    input wire                   state_any,
    input wire                   host_any,
    input wire [SOURCE_BITS-1:0] source_any,
    input wire [SOURCE_BITS:0]   count_any,
    input wire [15:0]            target_any,
    input wire                   ready,
    input wire [15:0]            other_any // that another reads
);
    localparam [8:0] CORE = 9'd5;
    localparam WORDS = 1 << SOURCE_BITS;
    (* anyconst *) wire [16*WORDS-1:0] memory;
    (* anyconst *) wire [1:0] source_log2;
    (* anyconst *) wire [3:0] target_log2;
    wire [SOURCE_BITS-1:0] source_increment = 1 << source_log2;
    wire [15:0] target_increment = 16'd1 << target_log2;

    wire busy_next;
    reg busy = 1'b0;
    reg fresh = 1'b0;               // started in the cycle before
    wire valid, spike, read, holds;
    wire [SOURCE_BITS-1:0] read_address;
    wire [`HW_MESSAGE_BITS-1:0] message;
    wire start = start_any && !busy && !holds && !rst;
    wire take = ready || (ALONE != 0 && spike);

    reg state_held, host_held;
    reg [SOURCE_BITS-1:0] source;
    reg [SOURCE_BITS:0] count = 0;
    reg [SOURCE_BITS:0] count_before; // a cycle ago
    reg [15:0] target;
    reg [15:0] shown;               // by the memory
    reg [15:0] read_data;           // by the register behind it
    always @(posedge clk) begin
        count_before <= count_any;
        if (start) begin
            state_held <= state_any;
            host_held <= host_any;
            source <= source_any;
            count <= count_any;
            target <= target_any;
        end
        if (read) begin
            shown <= fresh || (busy && !(ALONE != 0 && count == 1)) ? memory[16*read_address +: 16] : other_any;
            read_data <= shown;
        end
    end

    loom_sender #(.SOURCE_BITS(SOURCE_BITS), .ALONE(ALONE)) u_sender (
        .clk(clk), .rst(rst), .i_core(CORE), .i_start(start), .i_state(state_any), .i_host(host_any), .i_source(source_any), .i_count(count_any),
        .i_source_increment(source_increment), .i_target(target_any),
        .i_target_increment(target_increment),
        .o_busy(busy_next), .o_holds(holds), .o_read(read), .o_read_address(read_address), .i_read_data(read_data),
        .o_message_valid(valid), .o_message_spike(spike), .i_message_ready(ready), .o_message(message)
    );
    stream_check #(.WIDTH(`HW_MESSAGE_BITS)) u_check (
        .clk(clk), .rst(rst), .i_valid(valid), .i_ready(take), .i_data(message)
    );

    reg past_valid = 1'b0;
    reg [SOURCE_BITS:0] sent = 0;   // of the range
    reg [1:0] quiet = 2'd0;         // cycles since a word was taken, or the start
    reg waited = 1'b0;              // back-pressure was felt
    reg [1:0] starts = 2'd0;
    reg held = 1'b0;                // a word stood, ALONE, while another read something else
    always @(posedge clk) begin
        past_valid <= 1'b1;
        busy <= !rst && busy_next;
        fresh <= start;
        held <= held || (!busy && holds && take && read_data != message[15:0]);
        if (start) begin
            sent <= 0;
            quiet <= 2'd0;
            starts <= starts == 2'd3 ? 2'd3 : starts + 2'd1;
        end else if (!rst && valid && take) begin
            sent <= sent + 1'b1;
            quiet <= 2'd0;
        end else if (quiet != 2'd3)
            quiet <= quiet + 2'd1;
        waited <= waited || (!rst && valid && !take);
    end

    wire [SOURCE_BITS-1:0] place = source + (sent[SOURCE_BITS-1:0] << source_log2);
    wire [15:0] word = memory[16*place +: 16];
    wire [15:0] address = target + ({{(15-SOURCE_BITS){1'b0}}, sent} << target_log2);
    wire [2:0] kind = host_held ? `HW_KIND_OUTPUT : `HW_KIND_SPIKE;
    wire [2:0] space = state_held ? `HW_SPACE_STATE : `HW_SPACE_SPIKE;
    always @* begin
        assume (rst == !past_valid);
        if (start)
            assume (count_any <= WORDS && count_any == count_before);
        if (past_valid) begin
            assert (busy == (fresh || (sent != count && !(ALONE != 0 && valid && sent + 1'b1 == count))));
            assert (ALONE == 0 || busy || read);
            assert (holds == (ALONE != 0 && valid && host_held));
            assert (spike == (valid && !host_held));
            if (valid) begin
                assert (sent < count);
                assert (message == {kind, CORE, space, 8'd0, address, word});
            end
            if (sent != count && !fresh && (sent != 0 || quiet > (ALONE != 0 ? 2'd2 : 2'd1)))
                assert (valid);
            cover (waited && starts == 2'd2 && !busy && count == 2 && place == 1 && source_log2 == 1
                   && target_log2 == 2);
            cover (!busy && count == WORDS);
            cover (ALONE == 0 || (held && starts == 2'd2 && sent == count && count == 1));
        end
    end
endmodule
`default_nettype wire
