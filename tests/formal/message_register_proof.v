// The register for messages before a core (loom_message_register): every message that was taken stands there until the core takes
// it, in order, none lost or doubled, and says what it asks for: at most one thing, at the place that its address names.
`default_nettype none
`include "hardware.vh"
module message_register_proof #(
    parameter ADDRESS_BITS = 16,
    parameter PARTS = 4,
    parameter SLOTS = 4
) (
    input wire                        clk,
    input wire                        rst,
    input wire                        valid,
    input wire [`HW_MESSAGE_BITS-1:0] message,
    input wire                        ready
);
    wire taken;
    wire [PARTS-1:0] weight;
    wire [SLOTS-1:0] state;
    wire spike, program, read, step, spike_seen, end_seen;
    wire [2:0] space;
    wire [ADDRESS_BITS-1:0] address;
    wire [15:0] data;

    loom_message_register #(.ADDRESS_BITS(ADDRESS_BITS), .PARTS(PARTS), .SLOTS(SLOTS)) dut (
        .clk(clk), .rst(rst), .i_valid(valid), .o_ready(taken), .i_message(message), .i_ready(ready), .o_weight(weight),
        .o_state(state), .o_spike(spike), .o_program(program), .o_read(read), .o_step(step), .o_spike_seen(spike_seen),
        .o_end_seen(end_seen), .o_space(space), .o_address(address), .o_data(data)
    );

    reg past_valid = 1'b0;
    reg waiting = 1'b0;
    reg [`HW_MESSAGE_BITS-1:0] kept;
    wire [2:0] kind = kept[`HW_MESSAGE_KIND];
    wire [2:0] kept_space = kept[`HW_MESSAGE_SPACE];
    wire [23:0] kept_address = kept[`HW_MESSAGE_ADDRESS];
    wire stores = waiting && (kind == `HW_KIND_WRITE || kind == `HW_KIND_SPIKE);
    integer index;
    always @(posedge clk) begin
        past_valid <= 1'b1;
        if (rst)
            waiting <= 1'b0;
        else if (taken)
            waiting <= valid;
        if (taken)
            kept <= message;
    end

    always @* begin
        assume (rst == !past_valid);
        if (past_valid) begin
            assert (taken == (!waiting || ready));
            for (index = 0; index < PARTS; index = index + 1)
                assert (weight[index] == (stores && kept_space == `HW_SPACE_WEIGHT && kept_address % PARTS == index));
            for (index = 0; index < SLOTS; index = index + 1)
                assert (state[index] == (stores && kept_space == `HW_SPACE_STATE && kept_address % SLOTS == index));
            assert (spike == (stores && kept_space == `HW_SPACE_SPIKE));
            assert (program == (stores && kept_space == `HW_SPACE_PROGRAM));
            assert (read == (waiting && kind == `HW_KIND_READ));
            assert (step == (waiting && kind == `HW_KIND_STEP));
            assert (spike_seen == (waiting && kind == `HW_KIND_SPIKE));
            assert (end_seen == (waiting && kind == `HW_KIND_END));
            if (waiting)
                assert (space == kept_space && address == kept_address[ADDRESS_BITS-1:0] && data == kept[`HW_MESSAGE_DATA]);
            cover (waiting && !ready && valid && weight[2]);
            cover (waiting && ready && valid && state[1]);
        end
    end
endmodule
`default_nettype wire
