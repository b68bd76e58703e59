// accumulate_stand_in: loom_scanner and loom_walker that do anything at any time which their contracts (scanner_proof.v,
// walker_proof.v) allow: from i_start on the scanner is busy for any time; the walker has units four cycles later at the
// soonest, and while the scanner is busy, was so in the cycle before, or the walker was; a fetch is no unit; units that follow each
// other have two targets; o_value follows a unit a cycle later.
`default_nettype none
module loom_scanner #(
    parameter SOURCE_BITS = 8,
    parameter ADDRESS_BITS = 16,
    parameter SPIKE_BITS = SOURCE_BITS
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
    output wire [ADDRESS_BITS-1:0] o_event_base,
    output wire [ADDRESS_BITS-1:0] o_event_offset,
    output wire [15:0]             o_event_value
);
    (* anyseq *) wire ends;
    reg busy_q = 1'b0;
    always @(posedge clk)
        busy_q <= !rst && (i_start || (busy_q && !ends));
    assign o_busy = busy_q;
    assign o_read = 1'b1;
    assign o_read_address = 0;
    assign o_event_valid = busy_q; // tells the walker's stand-in
    assign o_event_base = 0;
    assign o_event_offset = 0;
    assign o_event_value = 16'd0;
endmodule

module loom_walker #(
    parameter ADDRESS_BITS = 16,
    parameter TARGET_BITS  = 9
) (
    input  wire                    clk,
    input  wire                    rst,
    input  wire                    i_start,
    input  wire                    i_table,
    input  wire [ADDRESS_BITS-1:0] i_stride,
    input  wire [TARGET_BITS-1:0]  i_target,
    input  wire                    i_event_valid,
    output wire                    o_event_ready,
    input  wire [ADDRESS_BITS-1:0] i_event_base,
    input  wire [ADDRESS_BITS-1:0] i_event_offset,
    input  wire [15:0]             i_event_value,
    output wire                    o_fetch,
    input  wire [63:0]             i_entry,
    output wire                    o_issue,
    output wire [ADDRESS_BITS-1:0] o_address,
    output wire [TARGET_BITS-1:0]  o_target,
    output wire [15:0]             o_value,
    output wire                    o_busy
);
    (* anyseq *) wire busy_any, more_any, issue_any, fetch_any;
    (* anyseq *) wire [ADDRESS_BITS-1:0] address;
    (* anyseq *) wire [TARGET_BITS-1:0] target;
    (* anyseq *) wire [15:0] value;
    reg [3:0] early_q = 4'd0;
    reg could_q = 1'b0, issued_q = 1'b0;
    reg [TARGET_BITS-1:0] last_q;
    wire could = i_event_valid || could_q;
    wire works = busy_any && could && early_q == 4'd0 && !rst;
    assign o_busy = works && more_any; // in the next cycle
    assign o_fetch = works && i_table && fetch_any;
    assign o_issue = works && issue_any && !o_fetch && !(issued_q && target == last_q);
    assign o_address = address;
    assign o_target = target;
    assign o_value = value;
    assign o_event_ready = 1'b1;
    always @(posedge clk) begin
        early_q <= {early_q[2:0], i_start};
        could_q <= !rst && (i_event_valid || o_busy);
        issued_q <= o_issue;
        last_q <= target;
    end
endmodule
`default_nettype wire
