/* The link of an array of several cores and the host behind it: the link takes what is for the host
 * (rtl/loom_packet_writer.v), and puts STEP and the inputs of steps to come on the ring as the host's frames arrive
 * (rtl/loom_packet_executor.v).
 *
 * The host is one that does nothing else (runtime/device_array.c): it has two steps under way and the next one's frame in the
 * link, and sends a frame when the one before is acknowledged. Bytes that need an escape are an average: their number is not
 * known before they are sent. */
#include "cost_link.h"

#include <stdlib.h>

enum {
    LINK_TAKES = 5,       /* from a message at the link's head to its leaving, where it is for the host */
    LINK_DROPS = 2,       /* where it is not */
    SWAP = 2,             /* from the last packet of a frame to its first byte's start, and before the next packet */
    FRAME_BYTES = 10,     /* around a frame's payload */
    SECOND_BYTE = 1,      /* a byte passes a second register on its way to the host */
    BYTES_AN_ESCAPE = 128,/* two of 256 bytes need one */
    FRAME_EXECUTED = 6,   /* from the last byte of a frame to the first word of its first packet */
    PACKET_HEAD = 6,      /* from there to its first message */
    ENDED = 2,            /* from the END of a step to the message that waited for it */
    ACKNOWLEDGED = 16,    /* from the end of a frame's last packet to the first byte of the next one */
    PACKETS_A_FRAME = HW_FRAME_PAYLOAD_WORDS / HW_PACKET_HOST_WORDS,
    STEP_WORDS = HW_PACKET_HEAD_WORDS + 1
};

/* What the host sends for a step. */
struct host_packet {
    uint8_t kind;
    bool state;
    uint32_t messages;
    uint32_t frame_words; /* of the frame that begins with it; 0 where none does */
};

static void add_packet(struct cost_link *link, struct host_packet packet, size_t *filled, size_t words, size_t *first)
{
    if (*filled + words > HW_FRAME_PAYLOAD_WORDS)
        *filled = 0;
    if (*filled == 0)
        *first = link->packet_count;
    *filled += words;
    link->packets[link->packet_count++] = packet;
    link->packets[*first].frame_words = (uint32_t)*filled;
}

/* As runtime/link.c divides the words of an Input among frames. */
static void add_packets(struct cost_link *link, const struct image *image)
{
    size_t filled = 0, first = 0;

    for (size_t input = 0; input < image->input_count; input++) {
        const struct image_buffer *buffer = &image->buffers[image->inputs[input].population];
        size_t left = buffer->used ? buffer->words : 0;
        while (left > 0) {
            size_t room = HW_FRAME_PAYLOAD_WORDS - filled;
            if (room < HW_PACKET_HEAD_WORDS + left && room < 2 * HW_PACKET_HEAD_WORDS)
                room = HW_FRAME_PAYLOAD_WORDS;
            size_t part = left < room - HW_PACKET_HEAD_WORDS ? left : room - HW_PACKET_HEAD_WORDS;
            add_packet(link, (struct host_packet){MESSAGE_WRITE, buffer->space == HW_SPACE_STATE, (uint32_t)part, 0},
                       &filled, HW_PACKET_HEAD_WORDS + part, &first);
            left -= part;
        }
    }
    add_packet(link, (struct host_packet){MESSAGE_STEP, false, 1, 0}, &filled, STEP_WORDS, &first);
}

static size_t count_packets(const struct image *image)
{
    size_t count = 1;

    for (size_t input = 0; input < image->input_count; input++) {
        const struct image_buffer *buffer = &image->buffers[image->inputs[input].population];
        count += 2 + buffer->words / (HW_FRAME_PAYLOAD_WORDS / 2);
    }
    return count;
}

bool cost_link_open(struct cost_link *link, const struct image *image, unsigned cores)
{
    *link = (struct cost_link){.cores = cores, .packets = calloc(count_packets(image), sizeof *link->packets)};
    if (!link->packets)
        return false;
    add_packets(link, image);
    return true;
}

void cost_link_close(struct cost_link *link)
{
    free(link->packets);
}

/* When the first message of the packet at hand can be put on the ring. Its frame comes first, if it begins one. A step's first
 * frame comes when no more than STEPS_AHEAD steps are under way, as far as the host knows, and waits in the link until fewer are. */
static void begin_packet(struct cost_link *link, uint64_t after)
{
    struct host_state *host = &link->host;
    const struct host_packet *packet = &link->packets[host->packet];
    uint32_t bytes = 2 * packet->frame_words;
    bool first = host->packet == 0; /* of a step */

    host->left = packet->messages;
    host->offered = after + 1 + PACKET_HEAD;
    if (packet->frame_words == 0)
        return;
    host->frame = cost_later(host->frame, after + ACKNOWLEDGED);
    host->offered = cost_never;
    host->waits = 0;
    if (first && host->launched - host->heard > HW_STEPS_AHEAD)
        return;
    uint64_t arrived = host->frame + FRAME_BYTES + bytes + bytes / BYTES_AN_ESCAPE + FRAME_EXECUTED + PACKET_HEAD;
    if (first && host->launched - link->ended >= HW_STEPS_AHEAD)
        host->waits = arrived;
    else
        host->offered = arrived;
}

void cost_link_reset(struct cost_link *link)
{
    *link = (struct cost_link){.cores = link->cores,
                               .packets = link->packets,
                               .packet_count = link->packet_count,
                               .looked = cost_never,
                               .host = {.launched = 1}};
    begin_packet(link, 0);
}

/* It leaves if it is full or has an END, and the host has the one before. The host acknowledges it, then sends what it
 * waited with. */
void cost_link_send_frame(struct cost_link *link, uint64_t now)
{
    struct host_state *host = &link->host;

    if ((link->frame_packets < PACKETS_A_FRAME && link->end_packets == 0) || now < link->frame_free)
        return;
    uint64_t heard = now + 2 * SWAP + SECOND_BYTE + FRAME_BYTES + 2 * HW_PACKET_HOST_WORDS * link->frame_packets;
    link->free = cost_later(link->free, now + SWAP);
    link->frame_free = heard + FRAME_BYTES + SWAP;
    host->frame = cost_later(host->frame, heard + FRAME_BYTES);
    host->heard += link->end_packets;
    link->frame_packets = link->end_packets = 0;
    if (host->offered == cost_never && host->waits == 0)
        begin_packet(link, 0);
}

/* The link looks at a message for LINK_TAKES or LINK_DROPS cycles, then takes it. */
bool cost_link_takes(struct cost_link *link, uint64_t now, const struct ring_message *message)
{
    bool last = message->kind == MESSAGE_END && link->ends + 1 == link->cores;
    bool kept = message->kind == MESSAGE_OUTPUT || last;

    if (link->frame_packets == PACKETS_A_FRAME)
        return false;
    if (link->looked == cost_never)
        link->looked = cost_later(now, link->free);
    if (now < link->looked + (kept ? LINK_TAKES : LINK_DROPS))
        return false;
    link->looked = cost_never;
    link->free = now + 1;
    link->frame_packets += kept;
    if (message->kind == MESSAGE_END)
        link->ends = last ? 0 : link->ends + 1;
    if (last) {
        link->ended++;
        link->end_time = now;
        link->end_packets++;
        if (link->host.waits)
            link->host.offered = cost_later(link->host.waits, now + ENDED);
        link->host.waits = 0;
    }
    return true;
}

struct ring_message cost_link_sends(struct cost_link *link, uint64_t now, uint64_t *idle)
{
    struct host_state *host = &link->host;
    const struct host_packet *packet = &link->packets[host->packet];
    struct ring_message message = {.kind = packet->kind, .state = packet->state};

    if (now < host->offered)
        return (struct ring_message){.kind = MESSAGE_NONE};
    if (packet->kind == MESSAGE_STEP) {
        if (host->launched == link->ended)
            *idle += now + COST_STEP_COUNTED - (link->end_time + 1);
        host->launched++;
    }
    host->offered = now + 2;
    if (--host->left == 0) {
        host->packet = (host->packet + 1) % link->packet_count;
        begin_packet(link, now + 1);
    }
    return message;
}

uint64_t cost_link_due(const struct cost_link *link)
{
    uint64_t frame = link->frame_packets == PACKETS_A_FRAME || link->end_packets ? link->frame_free : cost_never;

    return frame < link->host.offered ? frame : link->host.offered;
}
