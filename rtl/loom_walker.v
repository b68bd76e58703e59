// loom_walker: walks the weights of one source neuron, a unit a cycle.
//
// An event brings the address of the neuron's first weight unit; i_stride units follow, and unit u goes to
// target unit i_target + u. o_issue presents one; events follow each other without a gap, but where a neuron
// has a single unit a cycle is left between two, because the lanes cannot add to one row in two cycles running.
`default_nettype none

module loom_walker #(
    parameter ADDRESS_BITS = 16,
    parameter TARGET_BITS  = 9
) (
    input  wire                    clk,
    input  wire                    rst,
    input  wire [ADDRESS_BITS-1:0] i_stride,
    input  wire [TARGET_BITS-1:0]  i_target,

    input  wire                    i_event_valid,
    output wire                    o_event_ready,
    input  wire [ADDRESS_BITS-1:0] i_event_address,
    input  wire [15:0]             i_event_value,

    output wire                    o_issue,
    output wire [ADDRESS_BITS-1:0] o_address,
    output wire [TARGET_BITS-1:0]  o_target,
    output wire [15:0]             o_value
);
    localparam [ADDRESS_BITS-1:0] ONE = 1;

    reg                    active_q;
    reg                    last_q;
    reg                    single_q;
    reg [ADDRESS_BITS-1:0] address_q;
    reg [ADDRESS_BITS-1:0] left_q;
    reg [TARGET_BITS-1:0]  target_q;
    reg [15:0]             value_q;

    wire ready = !active_q || (last_q && !single_q);
    wire load = ready && i_event_valid;

    always @(posedge clk) begin
        single_q <= i_stride == ONE;
        if (rst)
            active_q <= 1'b0;
        else
            active_q <= load || (active_q && !last_q);

        if (load) begin
            address_q <= i_event_address;
            target_q  <= i_target;
            value_q   <= i_event_value;
            left_q    <= i_stride - ONE;
            last_q    <= single_q;
        end else begin
            address_q <= address_q + ONE;
            target_q  <= target_q + 1'b1;
            left_q    <= left_q - ONE;
            last_q    <= left_q == ONE;
        end
    end

    assign o_event_ready = ready;
    assign o_issue = active_q;
    assign o_address = address_q;
    assign o_target = target_q;
    assign o_value = value_q;
endmodule

`default_nettype wire
