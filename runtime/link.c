/* The host's end of the link: gathers packets into frames, has one data frame unacknowledged at a time, sends it
 * again until it is acknowledged, and takes each data frame of the array once. It works only inside its
 * functions (no thread): link_flush() returns when the frame before the last is acknowledged and the last one is
 * sent; a loss of the last is repaired by whichever function waits next. */
#include "link.h"

#include "frame.h"
#include "packet.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    ERROR_BYTES = 256,
    CHUNK_BYTES = 4096,
    QUEUE_MESSAGES = 1 << 16,  /* messages that wait for link_receive(): two steps of the largest outputs */
    /* An array that goes on answering but gets nowhere (a step that never ends) is given up after this many
     * timeouts: it may be slow, and it may hang. */
    PATIENCE = 8
};

struct link {
    struct transport transport;
    unsigned timeout_ms;
    unsigned retry_ms;
    struct link_statistics statistics;
    char error[ERROR_BYTES];
    enum loom_status broken;      /* LOOM_OK, or what ended the conversation */

    struct frame filling;         /* packets that are not yet sent */
    uint8_t sent[FRAME_BYTES];    /* the frame that is not yet acknowledged */
    size_t sent_bytes;
    bool outstanding;
    uint64_t sent_ms;
    uint8_t own_sequence;         /* of that frame, or of the next */

    struct frame_decoder decoder;
    uint8_t expected_sequence;
    bool acknowledge_due;
    bool synchronising;

    uint64_t heard_ms;            /* when the last good frame came */
    uint64_t progress_ms;         /* when the last frame came that brought something new */

    struct link_message *queue;
    size_t queue_first;
    size_t queue_count;

    bool reading;                 /* link_read() waits for replies */
    struct link_message reply;    /* the next one, but for its data */
    uint16_t *reply_words;
    size_t reply_count;           /* still to come */
};

static uint64_t now_ms(const struct link *link)
{
    struct timespec now;

    if (link->transport.now_ms)
        return link->transport.now_ms(link->transport.self);
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

__attribute__((format(printf, 3, 4)))
static enum loom_status fail(struct link *link, enum loom_status status, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(link->error, sizeof link->error, format, arguments);
    va_end(arguments);
    if (status == LOOM_TIMEOUT || status == LOOM_PROTOCOL)
        link->broken = status;
    return status;
}

static enum loom_status send_bytes(struct link *link, const uint8_t *bytes, size_t count)
{
    enum loom_status status = link->transport.send(link->transport.self, bytes, count);
    if (status)
        return fail(link, status, "link: could not send %zu bytes to the board; is it still connected?", count);
    link->statistics.frames_sent++;
    return LOOM_OK;
}

static enum loom_status send_control(struct link *link, bool synchronise)
{
    struct frame frame = { .synchronise = synchronise,
                           .acknowledge = synchronise ? 0 : (uint8_t)(link->expected_sequence - 1) };
    uint8_t bytes[FRAME_BYTES];
    link->acknowledge_due = false;
    return send_bytes(link, bytes, frame_encode(&frame, bytes));
}

static enum loom_status send_data(struct link *link)
{
    link->sent_ms = now_ms(link);
    return send_bytes(link, link->sent, link->sent_bytes);
}

static enum loom_status take_reply(struct link *link, const struct link_message *message)
{
    if (!link->reading || link->reply_count == 0)
        return fail(link, LOOM_PROTOCOL, "link: the board sent a reply (space %u, address %u) that nobody asked for; "
                    "synchronise the link", message->space, message->address);
    if (message->core != link->reply.core || message->space != link->reply.space
        || message->address != link->reply.address)
        return fail(link, LOOM_PROTOCOL, "link: the board answered core %u, space %u, address %u instead of %u, %u, "
                    "%u; synchronise the link", message->core, message->space, message->address, link->reply.core,
                    link->reply.space, link->reply.address);
    *link->reply_words++ = message->data;
    link->reply_count--;
    link->reply.address = (link->reply.address + 1) & 0xFFFFFF;
    return LOOM_OK;
}

static enum loom_status take_payload(struct link *link, const struct frame *frame)
{
    if (frame->length % HW_PACKET_HOST_WORDS != 0)
        return fail(link, LOOM_PROTOCOL, "link: the board sent a frame of %zu words, not a multiple of %d; "
                    "its design does not fit this program", frame->length, HW_PACKET_HOST_WORDS);
    for (size_t word = 0; word < frame->length; word += HW_PACKET_HOST_WORDS) {
        struct link_message message;
        packet_get_message(&message, frame->payload + word);
        if (message.kind == HW_KIND_REPLY) {
            enum loom_status status = take_reply(link, &message);
            if (status)
                return status;
        } else if (message.kind == HW_KIND_OUTPUT || message.kind == HW_KIND_END) {
            link->queue[(link->queue_first + link->queue_count++) % QUEUE_MESSAGES] = message;
        } else {
            return fail(link, LOOM_PROTOCOL, "link: the board sent a message of kind %u, which is none for the host; "
                        "its design does not fit this program", message.kind);
        }
    }
    return LOOM_OK;
}

static enum loom_status take_data_frame(struct link *link, const struct frame *frame)
{
    if (frame->sequence == (uint8_t)(link->expected_sequence - 1)) {
        link->statistics.frames_dropped++;
        link->acknowledge_due = true;
        return LOOM_OK;
    }
    if (frame->sequence != link->expected_sequence)
        return fail(link, LOOM_PROTOCOL, "link: the board sent frame %u where %u follows: it was reset, or another "
                    "program uses it; synchronise the link", frame->sequence, link->expected_sequence);
    if (QUEUE_MESSAGES - link->queue_count < HW_FRAME_PAYLOAD_WORDS / HW_PACKET_HOST_WORDS) {
        /* Not acknowledged: the array holds it and sends it again. */
        link->statistics.frames_dropped++;
        return LOOM_OK;
    }
    link->expected_sequence++;
    link->acknowledge_due = true;
    link->progress_ms = now_ms(link);
    return take_payload(link, frame);
}

static enum loom_status take_frame(struct link *link, const struct frame *frame)
{
    link->statistics.frames_received++;
    link->heard_ms = now_ms(link);
    if (frame->synchronise) {
        link->synchronising = false;
        return LOOM_OK;
    }
    if (link->synchronising) /* of the conversation before */
        return LOOM_OK;
    if (link->outstanding && frame->acknowledge == link->own_sequence) {
        link->outstanding = false;
        link->own_sequence++;
        link->progress_ms = link->heard_ms;
    }
    return frame->data ? take_data_frame(link, frame) : LOOM_OK;
}

/* Takes what has come, waiting up to wait_ms for the first byte, and acknowledges it. */
static enum loom_status pump(struct link *link, unsigned wait_ms)
{
    uint8_t bytes[CHUNK_BYTES];
    size_t count = 0;
    enum loom_status status = link->transport.receive(link->transport.self, bytes, sizeof bytes, &count, wait_ms);
    if (status)
        return fail(link, status, "link: could not receive from the board; is it still connected?");
    for (size_t index = 0; index < count; index++) {
        struct frame frame;
        enum frame_event event = frame_decode(&link->decoder, bytes[index], &frame);
        if (event == FRAME_BAD)
            link->statistics.frames_dropped++;
        if (event == FRAME_GOOD) {
            status = take_frame(link, &frame);
            if (status)
                return status;
        }
    }
    return link->acknowledge_due ? send_control(link, false) : LOOM_OK;
}

/* Begins a wait: the array has the whole timeout from now. */
static void wait_begin(struct link *link)
{
    link->heard_ms = link->progress_ms = now_ms(link);
}

/* One turn of a wait: sends again what is due, takes what comes, and gives up when it is time. */
static enum loom_status wait_turn(struct link *link, const char *what)
{
    uint64_t now = now_ms(link);
    uint64_t silent = now - link->heard_ms;
    uint64_t stuck = now - link->progress_ms;
    if (silent >= link->timeout_ms)
        return fail(link, LOOM_TIMEOUT, "link: the board was silent for %u ms while waiting for %s; is it powered, "
                    "configured, and the baud rate right?", link->timeout_ms, what);
    if (stuck >= (uint64_t)PATIENCE * link->timeout_ms)
        return fail(link, LOOM_TIMEOUT, "link: the board answers but for %u ms brought no %s (%zu messages wait to be "
                    "taken); does every core end its step?", PATIENCE * link->timeout_ms, what, link->queue_count);
    uint64_t wait = link->timeout_ms - silent;
    if (link->outstanding || link->synchronising) {
        uint64_t waited = now - link->sent_ms;
        if (waited >= link->retry_ms) {
            link->statistics.frames_repeated++;
            enum loom_status status = LOOM_OK;
            if (link->synchronising) {
                link->sent_ms = now;
                status = send_control(link, true);
            } else {
                status = send_data(link);
            }
            if (status)
                return status;
            waited = 0;
        }
        if (link->retry_ms - waited < wait)
            wait = link->retry_ms - waited;
    }
    return pump(link, (unsigned)(wait > 0 ? wait : 1));
}

enum loom_status link_open(struct link **result, struct transport transport, unsigned timeout_ms, unsigned retry_ms)
{
    struct link *link = calloc(1, sizeof *link);
    if (link)
        link->queue = calloc(QUEUE_MESSAGES, sizeof *link->queue);
    *result = link;
    if (!link || !link->queue) {
        transport.close(transport.self);
        free(link);
        *result = NULL;
        return LOOM_NO_MEMORY;
    }
    link->transport = transport;
    link->timeout_ms = timeout_ms;
    link->retry_ms = retry_ms > 0 ? retry_ms : 1;
    link->own_sequence = 1;
    link->expected_sequence = 1;
    return LOOM_OK;
}

void link_close(struct link *link)
{
    if (!link)
        return;
    link->transport.close(link->transport.self);
    free(link->queue);
    free(link);
}

const char *link_error(const struct link *link)
{
    return link->error;
}

struct link_statistics link_statistics(const struct link *link)
{
    return link->statistics;
}

enum loom_status link_synchronise(struct link *link)
{
    link->broken = LOOM_OK;
    link->filling.length = 0;
    link->outstanding = false;
    link->own_sequence = 1;
    link->expected_sequence = 1;
    link->acknowledge_due = false;
    link->queue_count = 0;
    link->reading = false;
    link->synchronising = true;
    wait_begin(link);
    link->sent_ms = now_ms(link);
    enum loom_status status = send_control(link, true);
    while (!status && link->synchronising) {
        /* Only the answer counts, not the noise of the conversation before. */
        link->heard_ms = link->progress_ms;
        status = wait_turn(link, "the answer to SYNCHRONISE");
    }
    link->synchronising = false;
    return status;
}

static enum loom_status wait_acknowledged(struct link *link)
{
    if (!link->outstanding)
        return LOOM_OK;
    wait_begin(link);
    while (link->outstanding) {
        enum loom_status status = wait_turn(link, "acknowledgement");
        if (status)
            return status;
    }
    return LOOM_OK;
}

enum loom_status link_flush(struct link *link)
{
    if (link->broken)
        return link->broken;
    if (link->filling.length == 0)
        return LOOM_OK;
    enum loom_status status = wait_acknowledged(link);
    if (status)
        return status;
    link->filling.data = true;
    link->filling.sequence = link->own_sequence;
    link->filling.acknowledge = (uint8_t)(link->expected_sequence - 1);
    link->sent_bytes = frame_encode(&link->filling, link->sent);
    link->filling.length = 0;
    link->outstanding = true;
    return send_data(link);
}

/* Queues a packet with words data words after its head; needs room for it or sends the frame before. */
static enum loom_status queue_packet(struct link *link, const struct packet_head *head, const uint16_t *words,
                                     size_t count)
{
    if (HW_FRAME_PAYLOAD_WORDS - link->filling.length < HW_PACKET_HEAD_WORDS + count) {
        enum loom_status status = link_flush(link);
        if (status)
            return status;
    }
    packet_put_head(head, link->filling.payload + link->filling.length);
    link->filling.length += HW_PACKET_HEAD_WORDS;
    if (count > 0)
        memcpy(link->filling.payload + link->filling.length, words, count * sizeof *words);
    link->filling.length += count;
    return link->filling.length == HW_FRAME_PAYLOAD_WORDS ? link_flush(link) : LOOM_OK;
}

static enum loom_status check_range(struct link *link, uint32_t address, size_t count)
{
    if (link->broken)
        return link->broken;
    if (address > 0xFFFFFF || count > (size_t)0x1000000 - address)
        return fail(link, LOOM_BAD_ARGUMENT, "link: address %u with %zu words does not fit 24 bits", address, count);
    return LOOM_OK;
}

enum loom_status link_write(struct link *link, unsigned core, unsigned space, uint32_t address, const uint16_t *words,
                            size_t count)
{
    return link_write_apart(link, core, space, address, 0, words, count);
}

enum loom_status link_write_apart(struct link *link, unsigned core, unsigned space, uint32_t address,
                                  unsigned increment_log2, const uint16_t *words, size_t count)
{
    enum loom_status status = count > (size_t)0x1000000 >> increment_log2
                                  ? check_range(link, address, SIZE_MAX)
                                  : check_range(link, address, count << increment_log2);
    while (!status && count > 0) {
        size_t room = HW_FRAME_PAYLOAD_WORDS - link->filling.length;
        /* A head for a word or two is not worth it: begin the next frame. */
        if (room < HW_PACKET_HEAD_WORDS + count && room < 2 * HW_PACKET_HEAD_WORDS)
            room = HW_FRAME_PAYLOAD_WORDS;
        size_t part = count < room - HW_PACKET_HEAD_WORDS ? count : room - HW_PACKET_HEAD_WORDS;
        struct packet_head head = { .kind = HW_KIND_WRITE, .space = space, .core = core, .address = address,
                                    .increment_log2 = increment_log2, .count = (uint16_t)part };
        status = queue_packet(link, &head, words, part);
        address += (uint32_t)part << increment_log2;
        words += part;
        count -= part;
    }
    return status;
}

enum loom_status link_fill(struct link *link, unsigned core, unsigned space, uint32_t address, uint16_t word,
                           size_t count)
{
    enum loom_status status = check_range(link, address, count);
    while (!status && count > 0) {
        uint16_t part = (uint16_t)(count < UINT16_MAX ? count : UINT16_MAX);
        struct packet_head head = { .kind = HW_KIND_WRITE, .space = space, .core = core, .fill = true,
                                    .address = address, .count = part };
        status = queue_packet(link, &head, &word, 1);
        address += part;
        count -= part;
    }
    return status;
}

static enum loom_status queue_step(struct link *link, uint32_t entry, uint16_t word)
{
    enum loom_status status = check_range(link, entry, 1);
    if (status)
        return status;
    struct packet_head head = { .kind = HW_KIND_STEP, .core = HW_BROADCAST, .address = entry, .count = 1 };
    return queue_packet(link, &head, &word, 1);
}

static unsigned step_number(unsigned step)
{
    return step & ((1u << HW_STEP_BITS) - 1);
}

enum loom_status link_step(struct link *link, uint32_t entry, unsigned step)
{
    return queue_step(link, entry, (uint16_t)step_number(step));
}

enum loom_status link_next_step(struct link *link, uint32_t entry, unsigned step)
{
    return queue_step(link, entry, (uint16_t)(step_number(step) | 1u << HW_STEP_REST));
}

enum loom_status link_receive(struct link *link, struct link_message *message)
{
    if (link->broken)
        return link->broken;
    wait_begin(link);
    while (link->queue_count == 0) {
        enum loom_status status = wait_turn(link, "message");
        if (status)
            return status;
    }
    *message = link->queue[link->queue_first];
    link->queue_first = (link->queue_first + 1) % QUEUE_MESSAGES;
    link->queue_count--;
    return LOOM_OK;
}

/* One READ packet of at most 65535 words. */
static enum loom_status read_part(struct link *link, const struct packet_head *head, uint16_t *words)
{
    enum loom_status status = queue_packet(link, head, NULL, 0);
    link->reply = (struct link_message){ .space = head->space, .core = head->core, .address = head->address };
    link->reply_words = words;
    link->reply_count = head->count;
    link->reading = true;
    if (!status)
        status = link_flush(link);
    wait_begin(link);
    while (!status && link->reply_count > 0)
        status = wait_turn(link, "reply");
    link->reading = false;
    return status;
}

enum loom_status link_read(struct link *link, unsigned core, unsigned space, uint32_t address, uint16_t *words,
                           size_t count)
{
    enum loom_status status = check_range(link, address, count);
    while (!status && count > 0) {
        uint16_t part = (uint16_t)(count < UINT16_MAX ? count : UINT16_MAX);
        struct packet_head head = { .kind = HW_KIND_READ, .space = space, .core = core, .address = address,
                                    .count = part };
        status = read_part(link, &head, words);
        address += part;
        words += part;
        count -= part;
    }
    return status;
}
