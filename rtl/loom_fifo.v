// loom_fifo: first in, first out, in registers; depth 2 to 16 words.
// Contract: o_ready, o_valid, o_data and o_space_two are registers: no path leads through. A word stays at
// the head, unchanged, until it is taken. o_space_two: at least two places are free.
// Parameters: WIDTH >= 1; DEPTH_LOG2 1 to 4, for 2^DEPTH_LOG2 words; costs WIDTH logic cells a word.
`default_nettype none
module loom_fifo #(
    parameter WIDTH = 54,
    parameter DEPTH_LOG2 = 1
) (
    input  wire             clk,
    input  wire             rst,
    input  wire             i_valid,
    output wire             o_ready,
    input  wire [WIDTH-1:0] i_data,
    output wire             o_valid,
    input  wire             i_ready,
    output wire [WIDTH-1:0] o_data,
    output wire             o_space_two
);
    localparam DEPTH = 1 << DEPTH_LOG2;

    // Place 0 is the head. used_q counts in ones: places below the first 0 are taken.
    reg [DEPTH-1:0] used_q;
    wire push = i_valid && o_ready;
    wire pop = o_valid && i_ready;

    assign o_ready = !used_q[DEPTH-1];
    assign o_valid = used_q[0];
    assign o_space_two = !used_q[DEPTH-2];

    always @(posedge clk) begin
        if (rst)
            used_q <= {DEPTH{1'b0}};
        else if (push && !pop)
            used_q <= {used_q[DEPTH-2:0], 1'b1};
        else if (pop && !push)
            used_q <= {1'b0, used_q[DEPTH-1:1]};
    end

    // A free place loads whatever comes, so that the data needs no decoding of the level. The last place needs not
    // follow a pop: while it is taken nothing can come.
    wire [(DEPTH+1)*WIDTH-1:0] places;
    assign places[DEPTH*WIDTH +: WIDTH] = i_data;
    genvar place;
    generate
        for (place = 0; place < DEPTH; place = place + 1) begin : g_place
            reg [WIDTH-1:0] data_q;
            wire above_used = place + 1 < DEPTH ? used_q[(place + 1) % DEPTH] : 1'b0;
            always @(posedge clk)
                if (!used_q[place] || (pop && place + 1 < DEPTH))
                    data_q <= above_used ? places[(place+1)*WIDTH +: WIDTH] : i_data;
            assign places[place*WIDTH +: WIDTH] = data_q;
        end
    endgenerate
    assign o_data = places[WIDTH-1:0];

`ifdef LOOM_FIFO_PROOF
    // The twin-word proof: two words with any tags go in one after the other, with nothing between them;
    // they must come out as often, in that order, with nothing between them.
    (* anyconst *) wire [WIDTH-1:0] f_first;
    (* anyconst *) wire [WIDTH-1:0] f_second;
    reg f_past_valid = 1'b0;
    reg [DEPTH_LOG2+1:0] f_level = 0;
    reg [DEPTH_LOG2+1:0] f_ahead = 0;  // words before the first of the twins
    reg [1:0] f_twin = 2'd0;           // how many of the twins went in
    reg [1:0] f_taken = 2'd0;          // how many of the twins came out
    (* anyseq *) wire f_choose;
    reg f_full = 1'b0;                 // it was full, and had to refuse a word
    integer f_index;
    always @(posedge clk) begin
        f_past_valid <= 1'b1;
        f_full <= !rst && (f_full || (f_level == DEPTH && i_valid));
        if (rst) begin
            f_level <= 0;
            f_ahead <= 0;
            f_twin <= 2'd0;
            f_taken <= 2'd0;
        end else begin
            f_level <= f_level + push - pop;
            if (f_twin == 2'd0) begin
                f_ahead <= f_level + push - pop;
                if (push && f_choose && i_data == f_first) begin
                    f_twin <= 2'd1;
                    f_ahead <= f_level - pop;
                end
            end else if (pop && f_ahead != 0)
                f_ahead <= f_ahead - 1'b1;
            else if (pop && f_taken < f_twin)
                f_taken <= f_taken + 1'b1;
            if (f_twin == 2'd1 && push && i_data == f_second)
                f_twin <= 2'd2;
            else if (f_twin == 2'd1 && push)
                f_twin <= 2'd3;  // something came between: this trace has nothing to say about order
        end
    end
    always @* begin
        if (!f_past_valid)
            assume (rst);
        else begin
            // The level is what went in less what came out: nothing is lost, added or overflows.
            assert (f_level <= DEPTH);
            for (f_index = 0; f_index < DEPTH; f_index = f_index + 1)
                assert (used_q[f_index] == (f_level > f_index));
            assert (f_ahead <= f_level);
            assert (o_space_two == (f_level + 2 <= DEPTH));
            assert (o_ready == (f_level < DEPTH));
            assert (f_twin == 2'd3 || f_taken <= f_twin);
            if (f_twin == 2'd0)
                assert (f_ahead == f_level && f_taken == 2'd0);
            if (f_taken != 2'd0)
                assert (f_ahead == 0);
            if (f_twin == 2'd1 && f_taken == 2'd0) begin
                assert (f_level == f_ahead + 1);
                for (f_index = 0; f_index < DEPTH; f_index = f_index + 1)
                    if (f_index == f_ahead)
                        assert (places[f_index*WIDTH +: WIDTH] == f_first);
            end
            if (f_twin == 2'd1 && f_taken == 2'd1)
                assert (f_level == 0);
            if (f_twin == 2'd2 && f_taken == 2'd0) begin
                assert (f_level >= f_ahead + 2);
                for (f_index = 0; f_index < DEPTH; f_index = f_index + 1) begin
                    if (f_index == f_ahead)
                        assert (places[f_index*WIDTH +: WIDTH] == f_first);
                    if (f_index == f_ahead + 1)
                        assert (places[f_index*WIDTH +: WIDTH] == f_second);
                end
            end
            if (f_twin == 2'd2 && f_taken == 2'd1) begin
                assert (f_level >= 1);
                assert (o_data == f_second);
            end
            cover (f_full && f_level == 0 && f_twin == 2'd2 && f_taken == 2'd2 && f_first != f_second);
        end
    end
`endif
endmodule
`default_nettype wire
