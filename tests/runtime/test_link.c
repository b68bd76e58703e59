/* The host's link against a model of the array's side, written from hardware.def, over a line that loses,
 * damages and repeats bytes; and the serial transport over a pseudo terminal. */
#include <criterion/criterion.h>

#include "device.h"
#include "frame.h"
#include "link.h"
#include "packet.h"
#include "support.h"
#include "transport_serial.h"

#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

enum { MEMORY_WORDS = 4096, SPACES = 4, LINE_BYTES = 1 << 20, OUTBOX = 1 << 14, IDLE_TURNS = 2 };

/* The array: a memory a space; STEP answers with as many OUTPUT messages as outputs says, and an END. */
struct far_end {
    uint16_t memory[SPACES][MEMORY_WORDS];
    unsigned writes[MEMORY_WORDS];       /* messages that hit a word of STATE: each must come once */
    unsigned outputs;
    uint16_t steps;
    uint8_t expected, own;
    bool outstanding, stopped, endless;
    unsigned idle;                       /* calls of receive() with nothing to say, until it sends again */
    struct frame sent;
    struct link_message outbox[OUTBOX];
    size_t outbox_first, outbox_count;
    struct frame_decoder decoder;
    uint8_t line[LINE_BYTES];            /* to the host */
    size_t line_first, line_count;
    uint64_t random;
    unsigned loss, damage, twice;        /* chance of a frame, in 1/100, each way */
    unsigned frames_hit;
    bool closed;
};

static void model_line(struct far_end *model, const uint8_t *bytes, size_t count)
{
    cr_assert_leq(model->line_count + count, (size_t)LINE_BYTES);
    memcpy(model->line + model->line_count, bytes, count);
    model->line_count += count;
}

/* Puts a frame on its way through the bad line: 0, 1 or 2 times, sometimes with a wrong byte. */
static void disturb(struct far_end *model, const uint8_t *bytes, size_t count,
                    void (*deliver)(struct far_end *model, const uint8_t *bytes, size_t count))
{
    uint8_t copy[FRAME_BYTES];
    memcpy(copy, bytes, count);
    size_t chance = random_below(&model->random, 100);
    if (chance < model->loss) {
        model->frames_hit++;
        return;
    }
    if (chance < model->loss + model->damage) {
        model->frames_hit++;
        copy[random_below(&model->random, count)] ^= (uint8_t)(1 + random_below(&model->random, 255));
    }
    deliver(model, copy, count);
    if (chance >= 100 - model->twice)
        deliver(model, copy, count);
}

static void model_send(struct far_end *model, const struct frame *frame)
{
    uint8_t bytes[FRAME_BYTES];
    size_t count = frame_encode(frame, bytes);
    disturb(model, bytes, count, model_line);
}

static void model_data(struct far_end *model)
{
    model->sent.acknowledge = (uint8_t)(model->expected - 1);
    model_send(model, &model->sent);
}

static void model_fill_frame(struct far_end *model)
{
    if (model->outstanding || model->outbox_count == 0)
        return;
    model->sent = (struct frame){ .data = true, .sequence = model->own };
    while (model->outbox_count > 0 && model->sent.length + 4 <= HW_FRAME_PAYLOAD_WORDS) {
        packet_put_message(&model->outbox[model->outbox_first], model->sent.payload + model->sent.length);
        model->outbox_first = (model->outbox_first + 1) % OUTBOX;
        model->outbox_count--;
        model->sent.length += 4;
    }
    model->outstanding = true;
    model_data(model);
}

static void model_say(struct far_end *model, unsigned kind, unsigned core, unsigned space, uint32_t address,
                      uint16_t data)
{
    cr_assert_lt(model->outbox_count, (size_t)OUTBOX);
    model->outbox[(model->outbox_first + model->outbox_count++) % OUTBOX] =
        (struct link_message){ .kind = kind, .space = space, .core = core, .address = address, .data = data };
}

static void model_execute(struct far_end *model, const struct frame *frame)
{
    for (size_t word = 0; word < frame->length;) {
        struct packet_head head;
        cr_assert_leq(word + 4, frame->length, "a packet is cut off");
        packet_get_head(&head, frame->payload + word);
        word += 4;
        for (uint32_t index = 0; index < head.count; index++) {
            uint32_t address = (head.address + index) % MEMORY_WORDS;
            if (head.kind == HW_KIND_READ) {
                model_say(model, HW_KIND_REPLY, head.core, head.space, head.address + index,
                          model->memory[head.space][address]);
                continue;
            }
            cr_assert_lt(word, frame->length, "data words are missing");
            uint16_t data = frame->payload[word];
            if (!head.fill || index + 1 == head.count)
                word++;
            if (head.kind == HW_KIND_WRITE) {
                model->memory[head.space][address] = data;
                model->writes[address] += head.space == HW_SPACE_STATE;
            } else if (!model->endless) {
                cr_assert_eq(head.kind, HW_KIND_STEP);
                for (unsigned output = 0; output < model->outputs; output++)
                    model_say(model, HW_KIND_OUTPUT, 1, HW_SPACE_SPIKE, output, (uint16_t)(model->steps * 7 + output));
                model_say(model, HW_KIND_END, 0, 0, 0, ++model->steps);
            }
        }
    }
}

static void model_frame(struct far_end *model, const struct frame *frame)
{
    struct frame answer = { 0 };
    if (frame->synchronise) {
        model->expected = model->own = 1;
        model->outstanding = false;
        model->outbox_count = 0;
        model->steps = 0;
        answer.synchronise = true;
        model_send(model, &answer);
        return;
    }
    if (model->outstanding && frame->acknowledge == model->own) {
        model->outstanding = false;
        model->own++;
    }
    if (frame->data) {
        if (frame->sequence == model->expected) {
            model->expected++;
            model_execute(model, frame);
        }
        answer.acknowledge = (uint8_t)(model->expected - 1);
        model_send(model, &answer);
    }
    model_fill_frame(model);
}

static void model_bytes(struct far_end *model, const uint8_t *bytes, size_t count)
{
    for (size_t index = 0; index < count; index++) {
        struct frame frame;
        if (frame_decode(&model->decoder, bytes[index], &frame) == FRAME_GOOD)
            model_frame(model, &frame);
    }
}

static enum loom_status model_transport_send(void *self, const uint8_t *bytes, size_t count)
{
    struct far_end *model = self;
    if (!model->stopped)
        disturb(model, bytes, count, model_bytes);
    return LOOM_OK;
}

static enum loom_status model_transport_receive(void *self, uint8_t *bytes, size_t capacity, size_t *count,
                                                unsigned timeout_ms)
{
    struct far_end *model = self;
    size_t waiting = model->line_count - model->line_first;
    *count = waiting < capacity ? waiting : capacity;
    memcpy(bytes, model->line + model->line_first, *count);
    model->line_first += *count;
    if (model->line_first == model->line_count)
        model->line_first = model->line_count = 0;
    if (*count == 0) {
        poll(NULL, 0, timeout_ms < 1 ? (int)timeout_ms : 1);
        if (model->outstanding && !model->stopped && ++model->idle >= IDLE_TURNS) {
            model->idle = 0;
            model_data(model);
        }
    }
    return LOOM_OK;
}

static void model_transport_close(void *self)
{
    ((struct far_end *)self)->closed = true;
}

static struct link *model_open(struct far_end *model, unsigned timeout_ms, unsigned retry_ms)
{
    struct transport transport = { .self = model, .send = model_transport_send, .receive = model_transport_receive,
                                   .close = model_transport_close };
    struct link *link;
    model->expected = model->own = 1;
    model->random = 12345;
    cr_assert_eq(link_open(&link, transport, timeout_ms, retry_ms), LOOM_OK);
    return link;
}

static void close_all(struct link *link, struct far_end *model)
{
    link_close(link);
    cr_assert(model->closed);
    free(model);
}

static void synchronise(struct link *link)
{
    cr_assert_eq(link_synchronise(link), LOOM_OK, "%s", link_error(link));
}

/* Writes, fills, reads and steps with random sizes, and compares with a plain copy of the memory. */
static void traffic(struct far_end *model, struct link *link, int turns)
{
    uint16_t copy[SPACES][MEMORY_WORDS] = { { 0 } };
    unsigned writes[MEMORY_WORDS] = { 0 };
    uint64_t state = 99;
    uint16_t steps = 0;
    model->outputs = 40;
    synchronise(link);
    for (int turn = 0; turn < turns; turn++) {
        unsigned space = (unsigned)random_below(&state, 3);
        size_t count = 1 + random_below(&state, 600);
        uint32_t address = (uint32_t)random_below(&state, MEMORY_WORDS - 600);
        uint16_t words[600];
        for (size_t index = 0; index < count; index++)
            words[index] = (uint16_t)random_next(&state);
        switch (random_below(&state, 4)) {
        case 0:
            cr_assert_eq(link_fill(link, 0, space, address, words[0], count), LOOM_OK, "%s", link_error(link));
            for (size_t index = 0; index < count; index++)
                words[index] = words[0];
            break;
        case 1:
            cr_assert_eq(link_read(link, 0, space, address, words, count), LOOM_OK, "%s", link_error(link));
            cr_assert(!memcmp(words, copy[space] + address, count * sizeof *words), "turn %d", turn);
            continue;
        case 2:
            cr_assert_eq(link_step(link, 3, steps & 1u), LOOM_OK);
            cr_assert_eq(link_flush(link), LOOM_OK, "%s", link_error(link));
            for (unsigned output = 0; output <= model->outputs; output++) {
                struct link_message message;
                cr_assert_eq(link_receive(link, &message), LOOM_OK, "%s", link_error(link));
                bool end = output == model->outputs;
                cr_assert_eq(message.kind, (unsigned)(end ? HW_KIND_END : HW_KIND_OUTPUT), "turn %d", turn);
                cr_assert_eq(message.data, (uint16_t)(end ? steps + 1 : steps * 7 + (int)output), "turn %d", turn);
            }
            steps++;
            continue;
        default:
            cr_assert_eq(link_write(link, 0, space, address, words, count), LOOM_OK, "%s", link_error(link));
            break;
        }
        memcpy(copy[space] + address, words, count * sizeof *words);
        for (size_t index = 0; index < count; index++)
            writes[address + index] += space == HW_SPACE_STATE;
    }
    uint16_t words[MEMORY_WORDS];
    cr_assert_eq(link_read(link, 0, 0, 0, words, MEMORY_WORDS), LOOM_OK, "%s", link_error(link));
    cr_assert(!memcmp(copy, model->memory, sizeof copy));
    cr_assert(!memcmp(writes, model->writes, sizeof writes), "a message was lost or doubled");
}

Test(link, traffic_over_a_good_line)
{
    struct far_end *model = calloc(1, sizeof *model);
    struct link *link = model_open(model, 2000, 1000);
    traffic(model, link, 500);
    cr_assert_eq(link_statistics(link).frames_repeated, 0);
    cr_assert_eq(link_statistics(link).frames_dropped, 0);
    close_all(link, model);
}

Test(link, traffic_over_a_bad_line)
{
    struct far_end *model = calloc(1, sizeof *model);
    struct link *link = model_open(model, 2000, 3);
    model->loss = 6;
    model->damage = 6;
    model->twice = 6;
    traffic(model, link, 400);
    cr_assert_gt(model->frames_hit, 50);
    cr_assert_gt(link_statistics(link).frames_repeated, 0);
    cr_assert_gt(link_statistics(link).frames_dropped, 0);
    close_all(link, model);
}

Test(link, other_messages_wait_while_reading)
{
    struct far_end *model = calloc(1, sizeof *model);
    struct link *link = model_open(model, 2000, 1000);
    struct link_message message;
    uint16_t word;
    model->outputs = 3;
    model->memory[HW_SPACE_STATE][17] = 4711;
    synchronise(link);
    cr_assert_eq(link_step(link, 0, 0), LOOM_OK);
    cr_assert_eq(link_read(link, 2, HW_SPACE_STATE, 17, &word, 1), LOOM_OK, "%s", link_error(link));
    cr_assert_eq(word, 4711);
    for (unsigned output = 0; output < 3; output++) {
        cr_assert_eq(link_receive(link, &message), LOOM_OK);
        cr_assert(message.kind == HW_KIND_OUTPUT && message.address == output && message.core == 1);
    }
    cr_assert_eq(link_receive(link, &message), LOOM_OK);
    cr_assert(message.kind == HW_KIND_END && message.data == 1);
    close_all(link, model);
}

Test(link, silence_is_an_error_in_time_until_synchronised)
{
    struct far_end *model = calloc(1, sizeof *model);
    struct link *link = model_open(model, 50, 10);
    struct link_message message;
    uint16_t word;
    synchronise(link);
    model->stopped = true;
    cr_assert_eq(link_receive(link, &message), LOOM_TIMEOUT);
    cr_assert(strstr(link_error(link), "50 ms"), "%s", link_error(link));
    cr_assert_eq(link_synchronise(link), LOOM_TIMEOUT);
    cr_assert_eq(link_read(link, 0, 0, 0, &word, 1), LOOM_TIMEOUT);
    model->stopped = false;
    cr_assert_eq(link_read(link, 0, 0, 0, &word, 1), LOOM_TIMEOUT, "still unusable");
    synchronise(link);
    cr_assert_eq(link_read(link, 0, 0, 0, &word, 1), LOOM_OK, "%s", link_error(link));
    close_all(link, model);
}

Test(link, a_step_without_end_is_an_error_in_time)
{
    struct far_end *model = calloc(1, sizeof *model);
    struct link *link = model_open(model, 40, 5);
    struct link_message message;
    synchronise(link);
    model->endless = true;
    cr_assert_eq(link_step(link, 0, 0), LOOM_OK);
    cr_assert_eq(link_flush(link), LOOM_OK);
    cr_assert_eq(link_receive(link, &message), LOOM_TIMEOUT);
    close_all(link, model);
}

Test(link, a_board_that_was_reset_is_noticed)
{
    struct far_end *model = calloc(1, sizeof *model);
    struct link *link = model_open(model, 100, 10);
    uint16_t word;
    synchronise(link);
    for (int turn = 0; turn < 5; turn++)
        cr_assert_eq(link_read(link, 0, 0, 0, &word, 1), LOOM_OK);
    model->own = 1;
    cr_assert_eq(link_read(link, 0, 0, 0, &word, 1), LOOM_PROTOCOL);
    cr_assert(strstr(link_error(link), "reset"), "%s", link_error(link));
    close_all(link, model);
}

Test(link, addresses_past_24_bits_are_refused)
{
    struct far_end *model = calloc(1, sizeof *model);
    struct link *link = model_open(model, 100, 10);
    uint16_t words[2] = { 0 };
    cr_assert_eq(link_write(link, 0, 0, 0xFFFFFF, words, 2), LOOM_BAD_ARGUMENT);
    cr_assert_eq(link_fill(link, 0, 0, 0x1000000, 0, 1), LOOM_BAD_ARGUMENT);
    cr_assert_eq(link_read(link, 0, 0, 1, words, SIZE_MAX), LOOM_BAD_ARGUMENT);
    close_all(link, model);
}

Test(link, serial_bytes_pass_unchanged)
{
    int far = posix_openpt(O_RDWR | O_NOCTTY);
    cr_assert_geq(far, 0);
    cr_assert(!grantpt(far) && !unlockpt(far));
    struct transport transport;
    char error[DEVICE_ERROR_BYTES] = "";
    cr_assert_eq(transport_serial_open(&transport, ptsname(far), 1000000, error), LOOM_OK, "%s", error);
    uint8_t all[256], got[256];
    for (int byte = 0; byte < 256; byte++)
        all[byte] = (uint8_t)byte;

    cr_assert_eq(transport.send(transport.self, all, sizeof all), LOOM_OK);
    for (size_t have = 0; have < sizeof got;) {
        ssize_t count = read(far, got + have, sizeof got - have);
        cr_assert_gt(count, 0);
        have += (size_t)count;
    }
    cr_assert(!memcmp(all, got, sizeof all));

    cr_assert_eq(write(far, all, sizeof all), (ssize_t)sizeof all);
    memset(got, 0, sizeof got);
    for (size_t have = 0; have < sizeof got;) {
        size_t count;
        cr_assert_eq(transport.receive(transport.self, got + have, sizeof got - have, &count, 1000), LOOM_OK);
        cr_assert_gt(count, 0u);
        have += count;
    }
    cr_assert(!memcmp(all, got, sizeof all));
    size_t count = 1;
    cr_assert_eq(transport.receive(transport.self, got, sizeof got, &count, 10), LOOM_OK);
    cr_assert_eq(count, 0u);
    close(far);
    cr_assert_eq(transport.receive(transport.self, got, sizeof got, &count, 10), LOOM_IO, "the port is gone");
    transport.close(transport.self);
}

Test(link, serial_errors_have_sentences)
{
    struct transport transport;
    char error[DEVICE_ERROR_BYTES] = "";
    cr_assert_eq(transport_serial_open(&transport, "/nowhere/port", 115200, error), LOOM_IO);
    cr_assert(strstr(error, "/nowhere/port"), "%s", error);
    cr_assert_eq(transport_serial_open(&transport, "/dev/null", 115200, error), LOOM_IO);
    cr_assert(strstr(error, "serial port"), "%s", error);
    cr_assert_eq(transport_serial_open(&transport, "/dev/null", 12345, error), LOOM_BAD_ARGUMENT);
    cr_assert(strstr(error, "12345"), "%s", error);
}
