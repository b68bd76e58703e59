/* The host's end of the link: gathers packets into frames, and takes messages and replies. link_frames.c sends and
 * receives them. */
#include "link_parts.h"

#include <stdlib.h>
#include <string.h>

enum loom_status link_open(struct link **result, struct transport transport, unsigned timeout_ms, unsigned retry_ms)
{
    struct link *link = calloc(1, sizeof *link);
    if (link)
        link->queue = calloc(LINK_QUEUE_MESSAGES, sizeof *link->queue);
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
        return link_fail(link, LOOM_BAD_ARGUMENT,
                         "link: address %u with %zu words does not fit 24 bits", address, count);
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
    link_wait_begin(link);
    while (link->queue_count == 0) {
        enum loom_status status = link_wait_turn(link, "message");
        if (status)
            return status;
    }
    *message = link->queue[link->queue_first];
    link->queue_first = (link->queue_first + 1) % LINK_QUEUE_MESSAGES;
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
    link_wait_begin(link);
    while (!status && link->reply_count > 0)
        status = link_wait_turn(link, "reply");
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
