/* The conversation in frames: one data frame is unacknowledged at a time, and sent again until it is acknowledged; each
 * data frame of the array is taken once. It works only inside its functions (no thread): link_flush() returns when the
 * frame before the last is acknowledged and the last one is sent; a loss of the last is repaired by whichever function
 * waits next. */
#include "link_parts.h"

#include <stdarg.h>
#include <stdio.h>
#include <time.h>

enum {
    CHUNK_BYTES = 4096,
    /* An array that goes on answering but gets nowhere (a step that never ends) is given up after this many
     * timeouts: it may be slow, and it may hang. */
    PATIENCE = 8
};

static uint64_t now_ms(const struct link *link)
{
    struct timespec now;

    if (link->transport.now_ms)
        return link->transport.now_ms(link->transport.self);
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

enum loom_status link_fail(struct link *link, enum loom_status status, const char *format, ...)
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
        return link_fail(link, status, "link: could not send %zu bytes to the board; is it still connected?", count);
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
        return link_fail(link, LOOM_PROTOCOL,
                         "link: the board sent a reply (space %u, address %u) that nobody asked for; "
                         "synchronise the link", message->space, message->address);
    if (message->core != link->reply.core || message->space != link->reply.space
        || message->address != link->reply.address)
        return link_fail(link, LOOM_PROTOCOL,
                         "link: the board answered core %u, space %u, address %u instead of %u, %u, "
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
        return link_fail(link, LOOM_PROTOCOL, "link: the board sent a frame of %zu words, not a multiple of %d; "
                         "its design does not fit this program", frame->length, HW_PACKET_HOST_WORDS);
    for (size_t word = 0; word < frame->length; word += HW_PACKET_HOST_WORDS) {
        struct link_message message;
        packet_get_message(&message, frame->payload + word);
        if (message.kind == HW_KIND_REPLY) {
            enum loom_status status = take_reply(link, &message);
            if (status)
                return status;
        } else if (message.kind == HW_KIND_OUTPUT || message.kind == HW_KIND_END) {
            link->queue[(link->queue_first + link->queue_count++) % LINK_QUEUE_MESSAGES] = message;
        } else {
            return link_fail(link, LOOM_PROTOCOL,
                             "link: the board sent a message of kind %u, which is none for the host; "
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
        return link_fail(link, LOOM_PROTOCOL,
                         "link: the board sent frame %u where %u follows: it was reset, or another "
                         "program uses it; synchronise the link", frame->sequence, link->expected_sequence);
    if (LINK_QUEUE_MESSAGES - link->queue_count < HW_FRAME_PAYLOAD_WORDS / HW_PACKET_HOST_WORDS) {
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
        return link_fail(link, status, "link: could not receive from the board; is it still connected?");
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

void link_wait_begin(struct link *link)
{
    link->heard_ms = link->progress_ms = now_ms(link);
}

enum loom_status link_wait_turn(struct link *link, const char *what)
{
    uint64_t now = now_ms(link);
    uint64_t silent = now - link->heard_ms;
    uint64_t stuck = now - link->progress_ms;
    if (silent >= link->timeout_ms)
        return link_fail(link, LOOM_TIMEOUT,
                         "link: the board was silent for %u ms while waiting for %s; is it powered, "
                         "configured, and the baud rate right?", link->timeout_ms, what);
    if (stuck >= (uint64_t)PATIENCE * link->timeout_ms)
        return link_fail(link, LOOM_TIMEOUT,
                         "link: the board answers but for %u ms brought no %s (%zu messages wait to be "
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
    link_wait_begin(link);
    link->sent_ms = now_ms(link);
    enum loom_status status = send_control(link, true);
    while (!status && link->synchronising) {
        /* Only the answer counts, not the noise of the conversation before. */
        link->heard_ms = link->progress_ms;
        status = link_wait_turn(link, "the answer to SYNCHRONISE");
    }
    link->synchronising = false;
    return status;
}

static enum loom_status wait_acknowledged(struct link *link)
{
    if (!link->outstanding)
        return LOOM_OK;
    link_wait_begin(link);
    while (link->outstanding) {
        enum loom_status status = link_wait_turn(link, "acknowledgement");
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
