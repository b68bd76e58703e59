// loom_link: the host's station: frames on one side, the ring on the other (hardware.def, Frame, Packet, Control).
// Contract: a data frame is acted on once, in order, after its sum and length were found right, and acknowledged
// when it is carried out. Frames from the host are looked at whatever the ring does, so that an acknowledgement always
// frees the way out: the host must only take what the array sends.
// Parameters: the shape of the array, as CONTROL tells it (WEIGHT_WORDS in 16-bit words / 256); ADDRESS_BITS that its
// memories need, 16 to 24;
// RETRY_CYCLES until an unacknowledged frame is sent again. Two block RAMs.
`default_nettype none
`include "hardware.vh"
module loom_link #(
    parameter CORES = 1,
    parameter ADDRESS_BITS = 24,
    parameter LANES = 8,
    parameter SLOTS = 4,
    parameter WEIGHT_WORDS = 0,
    parameter STATE_ROWS = 256,
    parameter ACCUMULATOR_ROWS = 256,
    parameter SPIKE_WORDS = 256,
    parameter OPERATIONS = 256,
    parameter RETRY_CYCLES = `HW_FRAME_RETRY_CYCLES
) (
    input  wire                        clk,
    input  wire                        rst,
    input  wire                        i_byte_valid,
    output wire                        o_byte_ready,
    input  wire [7:0]                  i_byte,
    output wire                        o_byte_valid,
    input  wire                        i_byte_ready,
    output wire [7:0]                  o_byte,
    input  wire                        i_ring_valid,
    output wire                        o_ring_ready, // with one core: for what is no END
    input  wire                        i_end_valid,  // with one core: an END, behind the message that is there
    output wire                        o_end_ready,  // for an END
    input  wire [`HW_MESSAGE_BITS-1:0] i_ring_message,
    output wire                        o_ring_valid,
    input  wire                        i_ring_ready,
    output wire [`HW_MESSAGE_BITS-1:0] o_ring_message
);
    localparam RETRY_BITS = $clog2(RETRY_CYCLES + 1);
    localparam [RETRY_BITS-1:0] RETRY = RETRY_CYCLES;

    // Host to array: receiver, buffer, executor.
    wire        frame, frame_stored, frame_data, frame_synchronise;
    wire [7:0]  frame_sequence, frame_acknowledge;
    wire [6:0]  frame_length;
    wire        in_write, in_read;
    wire [6:0]  in_write_address, in_read_address;
    wire [15:0] in_write_data, in_word;
    wire        busy, done;

    wire        octet_valid, octet_ready, octet_flag, octet_escape;
    wire [7:0]  octet;

    loom_byte_register u_octet (
        .clk(clk), .rst(rst), .i_valid(i_byte_valid), .o_ready(o_byte_ready), .i_byte(i_byte),
        .o_valid(octet_valid), .i_ready(octet_ready), .o_byte(octet), .o_flag(octet_flag), .o_escape(octet_escape)
    );
    loom_frame_receiver u_receiver (
        .clk(clk), .rst(rst),
        .i_byte_valid(octet_valid), .o_byte_ready(octet_ready), .i_byte(octet), .i_byte_flag(octet_flag),
        .i_byte_escape(octet_escape), .i_keep(!busy && !start_q),
        .o_write(in_write), .o_write_address(in_write_address), .o_write_data(in_write_data),
        .o_frame(frame), .o_stored(frame_stored), .o_data(frame_data), .o_synchronise(frame_synchronise),
        .o_sequence(frame_sequence), .o_acknowledge(frame_acknowledge), .o_length(frame_length)
    );
    loom_link_buffer u_in (
        .clk(clk),
        .i_write(in_write), .i_write_address({1'b0, in_write_address}), .i_write_data(in_write_data),
        .i_read(in_read), .i_read_address({1'b0, in_read_address}), .o_read_data(in_word)
    );

    // What a frame means, one cycle after it was announced: its fields are compared in registers' time.
    reg       synchronise_q;
    reg       restart_q;       // that, or a reset in the cycle before
    reg       data_frame_q;
    reg       start_q;
    reg       acknowledged_q;
    reg [7:0] expected_q;      // sequence of the next data frame to carry out
    reg [7:0] carried_q;       // of the last one carried out
    reg [7:0] own_q;           // of the frame to the host under way, or of the next
    reg       outstanding_q;   // that frame is not yet acknowledged
    reg       done_q;          // the last data frame was carried out, in the cycle before
    wire synchronise = synchronise_q;
    always @(posedge clk) begin
        synchronise_q <= !rst && frame && frame_synchronise;
        restart_q <= rst || (frame && frame_synchronise);
        data_frame_q <= !rst && frame && frame_data && !frame_synchronise;
        start_q <= !rst && frame && frame_data && !frame_synchronise && frame_stored && frame_sequence == expected_q;
        acknowledged_q <= !rst && frame && !frame_synchronise && frame_acknowledge == own_q;
        done_q <= !rst && done;
    end

    wire                        inject_valid, inject_ready;
    wire [`HW_MESSAGE_BITS-1:0] inject_message;
    wire                        local_valid, local_ready;
    wire [`HW_MESSAGE_BITS-1:0] local_message;
    wire        taken = local_valid && local_ready;
    wire        local_end, local_reply; // its kind
    reg         reply_q;       // a REPLY was taken in the cycle before
    always @(posedge clk)
        reply_q <= !rst && taken && local_reply;
    wire        discard, step, control_read, control_clear;
    wire        steps_none, steps_few, stale, end_last;
    wire [15:0] step_number, control_data;
    wire [3:0]  control_address;

    loom_packet_executor #(.CORES(CORES[8:0]), .ADDRESS_BITS(ADDRESS_BITS)) u_executor (
        .clk(clk), .rst(rst), .i_start(start_q), .i_abort(frame && frame_synchronise), .i_length(frame_length),
        .o_busy(busy), .o_done(done), .o_read(in_read), .o_read_address(in_read_address), .i_word(in_word),
        .o_message_valid(inject_valid), .i_message_ready(inject_ready), .o_message(inject_message),
        .i_reply(reply_q), .o_discard(discard), .i_steps_none(steps_none), .i_steps_few(steps_few), .o_step(step),
        .o_control_address(control_address), .i_control_data(control_data),
        .o_control_read(control_read), .o_control_clear(control_clear)
    );
    loom_link_registers #(
        .CORES(CORES[15:0]), .LANES(LANES[15:0]), .SLOTS(SLOTS[15:0]),
        .WEIGHT_WORDS(WEIGHT_WORDS[15:0]), .STATE_ROWS(STATE_ROWS[15:0]),
        .ACCUMULATOR_ROWS(ACCUMULATOR_ROWS[15:0]), .SPIKE_WORDS(SPIKE_WORDS[15:0]), .OPERATIONS(OPERATIONS[15:0])
    ) u_registers (
        .clk(clk), .rst(rst), .i_synchronise(synchronise),
        .i_step(step), .i_end(taken && local_end), .o_end_last(end_last),
        .o_steps_none(steps_none), .o_steps_few(steps_few), .o_stale(stale), .o_step_number(step_number),
        .i_control_address(control_address), .o_control_data(control_data),
        .i_control_read(control_read), .i_control_clear(control_clear)
    );
    generate
        if (CORES == 1) begin : g_alone
            // No station: messages go straight to the core's, and come straight from it. What a REPLY answers stands in the
            // executor, which waits for it, so a lone core's REPLY needs no address; and while CONTROL is read no step is
            // under way, so the core sends nothing.
            wire [2:0] kind = inject_message[`HW_MESSAGE_KIND];
            wire [2:0] ring_kind = i_ring_message[`HW_MESSAGE_KIND];
            wire       control = kind == `HW_KIND_REPLY;
            reg        control_q;       // a word of CONTROL is on its way to the host
            reg        end_q;           // an END is kept: the core need not wait
            reg        end_next_q;      // and no message that was there before it

            always @(posedge clk) begin
                control_q <= !rst && ((inject_valid && control) || (control_q && !local_ready));
                end_q      <= !rst && (end_q ? !(end_next_q && local_ready) : i_end_valid);
                end_next_q <= !rst && (end_next_q ? !local_ready :
                                       end_q      ? local_ready
                                                  : i_end_valid && (!i_ring_valid || local_ready));
            end

            // It is an answer: a cycle late, as the writer looks at it.
            wire       answer = control_q || ring_kind == `HW_KIND_REPLY;
            reg        asked_q;
            always @(posedge clk)
                asked_q <= answer;

            assign local_end = end_next_q;
            assign local_reply = !end_q && answer;

            assign o_ring_valid = inject_valid && !control;
            assign o_ring_message = inject_message;
            assign inject_ready = control || i_ring_ready;
            assign local_valid = end_q || control_q || i_ring_valid;
            assign o_ring_ready = local_ready && !local_end;
            assign o_end_ready = !end_q;
            assign local_message[`HW_MESSAGE_KIND] = local_end ? `HW_KIND_END : control_q ? `HW_KIND_REPLY : ring_kind;
            assign local_message[`HW_MESSAGE_CORE] = asked_q ? inject_message[`HW_MESSAGE_CORE]
                                                            : i_ring_message[`HW_MESSAGE_CORE];
            assign local_message[`HW_MESSAGE_SPACE] = asked_q ? inject_message[`HW_MESSAGE_SPACE]
                                                            : i_ring_message[`HW_MESSAGE_SPACE];
            assign local_message[`HW_MESSAGE_ADDRESS] = asked_q ? inject_message[`HW_MESSAGE_ADDRESS]
                                                              : i_ring_message[`HW_MESSAGE_ADDRESS];
            assign local_message[`HW_MESSAGE_DATA] = control_q ? inject_message[`HW_MESSAGE_DATA]
                                                               : i_ring_message[`HW_MESSAGE_DATA];
        end else begin : g_ring
            loom_node #(.LINK(1), .UNUSED_LSB(16 + ADDRESS_BITS), .UNUSED_BITS(24 - ADDRESS_BITS)) u_node (
                .clk(clk), .rst(rst), .i_core(9'd0),
                .i_ring_valid(i_ring_valid), .o_ring_ready(o_ring_ready), .i_ring_message(i_ring_message),
                .o_ring_valid(o_ring_valid), .i_ring_ready(i_ring_ready), .o_ring_message(o_ring_message),
                .o_local_valid(local_valid), .i_local_ready(local_ready), .o_local_message(local_message),
                .i_inject_valid(inject_valid), .o_inject_ready(inject_ready), .i_inject_message(inject_message)
            );
            wire unused_end = &{1'b0, i_end_valid};
            assign o_end_ready = o_ring_ready;
            wire [2:0] local_kind = local_message[`HW_MESSAGE_KIND];
            assign local_end = local_kind == `HW_KIND_END;
            assign local_reply = local_kind == `HW_KIND_REPLY;
        end
    endgenerate

    // Array to host: writer, buffer of two halves, transmitter.
    wire drop = local_reply ? discard : stale || steps_none || (local_end && !end_last);
    wire        out_write, out_read, fill_half, swap, idle;
    wire [7:0]  out_write_address;
    wire [15:0] out_write_data, out_word;
    wire [6:0]  fill_length, out_read_address;

    loom_packet_writer u_writer (
        .clk(clk), .rst(rst), .i_clear(synchronise),
        .i_message_valid(local_valid), .o_message_ready(local_ready), .i_message(local_message),
        .i_drop(drop), .i_step_number(step_number),
        .o_write(out_write), .o_write_address(out_write_address), .o_write_data(out_write_data),
        .i_free(free_q), .o_swap(swap), .o_half(fill_half), .o_length(fill_length)
    );

    reg                  free_q;          // nothing reads the half that was handed over
    reg                  send_q;          // the frame under way is to be sent (again)
    reg                  acknowledge_q;   // the host wants to hear what was carried out
    reg                  answer_q;        // the host wants to hear that sequences began anew
    reg [6:0]            length_q;
    reg [RETRY_BITS-1:0] timer_q;
    wire acknowledged = acknowledged_q && outstanding_q;
    wire send = idle && (answer_q || send_q || acknowledge_q);

    always @(posedge clk) begin
        if (restart_q) begin
            expected_q <= 8'd1;
            carried_q <= 8'd0;
            own_q <= 8'd1;
            outstanding_q <= 1'b0;
            send_q <= 1'b0;
            acknowledge_q <= 1'b0;
            answer_q <= synchronise;
        end else begin
            if (done_q) begin
                expected_q <= expected_q + 8'd1;
                carried_q <= expected_q;
            end
            if (swap)
                outstanding_q <= 1'b1;
            else if (acknowledged) begin
                outstanding_q <= 1'b0;
                own_q <= own_q + 8'd1;
            end
            if (acknowledged)
                send_q <= 1'b0;
            else if (swap || (outstanding_q && timer_q == RETRY))
                send_q <= 1'b1;
            else if (send && !answer_q)
                send_q <= 1'b0;
            if (data_frame_q || done_q)
                acknowledge_q <= 1'b1;
            else if (send && !answer_q)
                acknowledge_q <= 1'b0;
            if (send)
                answer_q <= 1'b0;
        end
        free_q <= !rst && idle && !outstanding_q;
        if (!idle || !outstanding_q)
            timer_q <= {RETRY_BITS{1'b0}};
        else
            timer_q <= timer_q + 1'b1;
        if (swap)
            length_q <= fill_length;
    end

    wire payload = send_q && !answer_q;
    loom_frame_transmitter u_transmitter (
        .clk(clk), .rst(rst), .i_start(send), .o_idle(idle),
        .i_data(payload), .i_synchronise(answer_q), .i_sequence(own_q), .i_acknowledge(carried_q),
        .i_length(payload ? length_q : 7'd0),
        .o_read(out_read), .o_read_address(out_read_address), .i_read_data(out_word),
        .o_byte_valid(o_byte_valid), .i_byte_ready(i_byte_ready), .o_byte(o_byte)
    );
    loom_link_buffer u_out (
        .clk(clk),
        .i_write(out_write), .i_write_address(out_write_address), .i_write_data(out_write_data),
        .i_read(out_read), .i_read_address({!fill_half, out_read_address}), .o_read_data(out_word)
    );
endmodule
`default_nettype wire
