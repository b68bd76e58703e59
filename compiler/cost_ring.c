/* Several cores in time, cycle by cycle: what they send goes through stations (rtl/loom_node.v) round the ring; the link takes
 * what is for the host (rtl/loom_packet_writer.v), and puts STEP and the inputs of steps to come on the ring as the host's
 * frames arrive (rtl/loom_packet_executor.v), between the words of the cores. Cycles in which nothing can move are passed over.
 *
 * The host is one that does nothing else (runtime/device_array.c): it has two steps under way, and sends a frame when the one
 * before is acknowledged. Bytes that need an escape are an average: their number is not known before they are sent. */
#include "cost_parts.h"

#include <stdlib.h>
#include <string.h>

enum message_kind { MESSAGE_NONE, MESSAGE_WRITE, MESSAGE_STEP, MESSAGE_SPIKE, MESSAGE_OUTPUT, MESSAGE_END };

enum {
    STATION_PLACES = 2,   /* of a station's fifo */
    LINK_TAKES = 5,       /* from a message at the link's head to its leaving, where it is for the host */
    LINK_DROPS = 2,       /* where it is not */
    SWAP = 2,             /* from the last packet of a frame to its first byte's start, and before the next packet */
    FRAME_BYTES = 10,     /* around a frame's payload */
    SECOND_BYTE = 1,      /* a byte passes a second register on its way to the host */
    BYTES_AN_ESCAPE = 128,/* two of 256 bytes need one */
    FRAME_EXECUTED = 6,   /* from the last byte of a frame to the first word of its first packet */
    PACKET_HEAD = 6,      /* from there to its first message */
    ACKNOWLEDGED = 16,    /* from the end of a frame's last packet to the first byte of the next one */
    PACKETS_A_FRAME = HW_FRAME_PAYLOAD_WORDS / HW_PACKET_HOST_WORDS,
    STEP_WORDS = HW_PACKET_HEAD_WORDS + 1
};

static const uint64_t never = UINT64_MAX;

struct ring_message {
    uint8_t kind;
    bool state; /* its word goes to the state memory */
    uint16_t core;
};

struct station {
    struct ring_message places[STATION_PLACES];
    unsigned count;
    bool delivered;
    bool passed;
};

/* What the host sends for a step, in order. */
struct packet {
    uint8_t kind;
    bool state;
    uint32_t messages;
    uint32_t frame_words; /* of the frame that begins with it; 0 where none does */
};

/* Of a core, beside struct core_time. */
struct arrivals {
    struct ring_message held; /* in the core's register, a cycle at least; none where its kind is MESSAGE_NONE */
    uint32_t words;     /* SPIKE messages of this step */
    unsigned ends;      /* END messages of this step */
    uint64_t last_end;  /* when the last of them came */
    unsigned steps;     /* STEP messages that wait */
    uint64_t step;      /* when the last of them came */
    bool running;
};

struct link_state {
    uint64_t looked;      /* when the message at its head was seen first; never */
    uint64_t free;        /* from when on it looks at another */
    unsigned packets;     /* in the frame for the host */
    unsigned end_packets; /* of those, ENDs: it is to be sent */
    uint64_t frame_free;  /* from when on that frame may be sent: the host has the one before */
    unsigned ends;        /* of the step that ends next */
    uint64_t ended;       /* steps that have ended */
    uint64_t end_time;    /* when the last of them did */
};

struct host_state {
    size_t packet;      /* that is carried out next */
    uint32_t left;      /* its messages */
    uint64_t offered;   /* from when on the next message can be put on the ring; never while an END is waited for */
    uint64_t frame;     /* from when on the next frame can be sent */
    uint64_t launched;  /* steps whose STEP was put on the ring */
    uint64_t heard;     /* ENDs of which it knows */
};

struct cost_ring {
    unsigned cores;
    struct station *stations;   /* (cores + 1), the link's last */
    struct station *copies;     /* (cores + 1) */
    struct ring_message *entering;   /* (cores + 1) at the end of a cycle */
    struct arrivals *arrivals;  /* (cores) */
    struct packet *packets;     /* (packet_count) of a step */
    size_t packet_count;
    uint64_t now;
    size_t under_way; /* messages in stations */
    unsigned ended;   /* cores that have sent the END of this step */
    struct link_state link;
    struct host_state host;
};

/* ---- what the host sends ---- */

static void add_packet(struct cost_ring *ring, struct packet packet, size_t *filled, size_t words, size_t *first)
{
    if (*filled + words > HW_FRAME_PAYLOAD_WORDS)
        *filled = 0;
    if (*filled == 0)
        *first = ring->packet_count;
    *filled += words;
    ring->packets[ring->packet_count++] = packet;
    ring->packets[*first].frame_words = (uint32_t)*filled;
}

/* As runtime/link.c divides the words of an Input among frames. */
static void add_packets(struct cost_ring *ring, const struct image *image)
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
            add_packet(ring, (struct packet){MESSAGE_WRITE, buffer->space == HW_SPACE_STATE, (uint32_t)part, 0}, &filled,
                       HW_PACKET_HEAD_WORDS + part, &first);
            left -= part;
        }
    }
    add_packet(ring, (struct packet){MESSAGE_STEP, false, 1, 0}, &filled, STEP_WORDS, &first);
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

struct cost_ring *cost_ring_open(const struct image *image, const struct board *board)
{
    struct cost_ring *ring = calloc(1, sizeof *ring);

    if (!ring)
        return NULL;
    ring->cores = board->cores;
    ring->stations = calloc(ring->cores + 1u, sizeof *ring->stations);
    ring->copies = calloc(ring->cores + 1u, sizeof *ring->copies);
    ring->entering = calloc(ring->cores + 1u, sizeof *ring->entering);
    ring->arrivals = calloc(ring->cores, sizeof *ring->arrivals);
    ring->packets = calloc(count_packets(image), sizeof *ring->packets);
    if (!ring->stations || !ring->copies || !ring->entering || !ring->arrivals || !ring->packets) {
        cost_ring_close(ring);
        return NULL;
    }
    add_packets(ring, image);
    return ring;
}

void cost_ring_close(struct cost_ring *ring)
{
    if (!ring)
        return;
    free(ring->stations);
    free(ring->copies);
    free(ring->entering);
    free(ring->arrivals);
    free(ring->packets);
    free(ring);
}

static uint64_t later(uint64_t one, uint64_t other)
{
    return one > other ? one : other;
}

/* When the first message of the packet at hand can be put on the ring. Its frame comes first, if it begins one, and a step's
 * first frame when fewer than STEPS_AHEAD steps are under way, as far as the host knows. */
static void begin_packet(struct cost_ring *ring, uint64_t after)
{
    struct host_state *host = &ring->host;
    const struct packet *packet = &ring->packets[host->packet];
    uint32_t bytes = 2 * packet->frame_words;

    host->left = packet->messages;
    host->offered = after + 1 + PACKET_HEAD;
    if (packet->frame_words == 0)
        return;
    host->frame = later(host->frame, after + ACKNOWLEDGED);
    host->offered = never;
    if (host->packet > 0 || host->launched - host->heard < HW_STEPS_AHEAD)
        host->offered = host->frame + FRAME_BYTES + bytes + bytes / BYTES_AN_ESCAPE + FRAME_EXECUTED + PACKET_HEAD;
}

/* The first STEP is on the ring in cycle 0; the next one's inputs follow. */
void cost_ring_reset(struct cost *cost)
{
    struct cost_ring *ring = cost->ring;

    memset(ring->stations, 0, (ring->cores + 1) * sizeof *ring->stations);
    memset(ring->entering, 0, (ring->cores + 1) * sizeof *ring->entering);
    memset(ring->arrivals, 0, ring->cores * sizeof *ring->arrivals);
    for (unsigned core = 0; core < ring->cores; core++)
        ring->arrivals[core].ends = ring->cores;
    ring->stations[0] = (struct station){.places = {{.kind = MESSAGE_STEP}}, .count = 1};
    ring->under_way = 1;
    ring->now = 1;
    ring->link = (struct link_state){.looked = never};
    ring->host = (struct host_state){.launched = 1};
    begin_packet(ring, 0);
}

/* ---- a cycle ---- */

static bool delivers(const struct cost_ring *ring, unsigned station, const struct ring_message *message)
{
    if (station == ring->cores)
        return message->kind == MESSAGE_OUTPUT || message->kind == MESSAGE_END;
    return message->kind != MESSAGE_OUTPUT;
}

static bool passes(const struct cost_ring *ring, unsigned station, const struct ring_message *message)
{
    bool event = message->kind == MESSAGE_SPIKE || message->kind == MESSAGE_END;

    return station == ring->cores ? event : !(event && message->core == station);
}

/* The frame for the host leaves, if it is full or has an END, and the host has the one before. The host acknowledges it, then
 * sends what it waited with. */
static void send_frame(struct cost_ring *ring)
{
    struct link_state *link = &ring->link;
    struct host_state *host = &ring->host;

    if ((link->packets < PACKETS_A_FRAME && link->end_packets == 0) || ring->now < link->frame_free)
        return;
    uint64_t heard = ring->now + 2 * SWAP + SECOND_BYTE + FRAME_BYTES + 2 * HW_PACKET_HOST_WORDS * link->packets;
    link->free = later(link->free, ring->now + SWAP);
    link->frame_free = heard + FRAME_BYTES + SWAP;
    host->frame = later(host->frame, heard + FRAME_BYTES);
    host->heard += link->end_packets;
    link->packets = link->end_packets = 0;
    if (host->offered == never)
        begin_packet(ring, 0);
}

/* The link looks at a message for LINK_TAKES or LINK_DROPS cycles, then takes it. */
static bool link_takes(struct cost_ring *ring, const struct ring_message *message)
{
    struct link_state *link = &ring->link;
    bool last = message->kind == MESSAGE_END && link->ends + 1 == ring->cores;
    bool kept = message->kind == MESSAGE_OUTPUT || last;

    if (link->packets == PACKETS_A_FRAME)
        return false;
    if (link->looked == never)
        link->looked = later(ring->now, link->free);
    if (ring->now < link->looked + (kept ? LINK_TAKES : LINK_DROPS))
        return false;
    link->looked = never;
    link->free = ring->now + 1;
    link->packets += kept;
    if (message->kind == MESSAGE_END)
        link->ends = last ? 0 : link->ends + 1;
    if (last) {
        link->ended++;
        link->end_time = ring->now;
        link->end_packets++;
    }
    return true;
}

/* True in the cycles in which the core's UPDATE writes states. */
static bool writes_states(const struct core_time *own, uint64_t now)
{
    return now >= own->write_first && now <= own->write_last && (now - own->write_first) % own->write_period == 0;
}

/* True in the cycles after them in which it writes their spikes. */
static bool writes_spikes(const struct core_time *own, uint64_t now)
{
    if (own->word_groups == 0 || now <= own->write_first || now > own->write_last + 1)
        return false;
    uint64_t after = now - 1 - own->write_first;
    uint64_t group = after / own->write_period; /* whose state was written in the cycle before */
    return after % own->write_period == 0 && ((group + 1) % own->word_groups == 0 || now == own->write_last + 1);
}

/* A word waits where the core writes to the memory that it is for. */
static bool core_is_writing(const struct core_time *own, uint64_t now, const struct ring_message *message)
{
    if (own->write_period == 0 || (message->kind != MESSAGE_WRITE && message->kind != MESSAGE_SPIKE))
        return false;
    return message->state ? writes_states(own, now) : writes_spikes(own, now);
}

/* What stands in a core's register is taken, but for words for a memory that it writes to. */
static void core_takes(struct cost *cost, unsigned core)
{
    const struct core_time *own = &cost->times[core];
    struct arrivals *arrivals = &cost->ring->arrivals[core];
    uint64_t now = cost->ring->now;

    if (core_is_writing(own, now, &arrivals->held))
        return;
    switch (arrivals->held.kind) {
    case MESSAGE_SPIKE:
        arrivals->words++;
        break;
    case MESSAGE_END:
        arrivals->ends++;
        arrivals->last_end = now;
        break;
    case MESSAGE_STEP:
        arrivals->steps++;
        arrivals->step = now;
        break;
    default:
        break;
    }
    arrivals->held.kind = MESSAGE_NONE;
}

/* The station gives its message to the core's register, once what stood there is taken. */
static bool core_holds(struct cost *cost, unsigned core, const struct ring_message *message)
{
    struct arrivals *arrivals = &cost->ring->arrivals[core];

    if (arrivals->held.kind != MESSAGE_NONE)
        return false;
    arrivals->held = *message;
    return true;
}

/* What a core puts on the ring in this cycle. */
static struct ring_message core_sends(struct cost *cost, unsigned core)
{
    struct core_time *own = &cost->times[core];
    const struct operation *operation = &cost->cores[core].operations[own->operation];

    if (!cost->ring->arrivals[core].running || own->time > cost->ring->now || (own->left == 0 && !own->ending))
        return (struct ring_message){.kind = MESSAGE_NONE};
    if (own->ending) {
        own->ended = true;
        cost->ring->arrivals[core].running = false;
        cost->ring->ended++;
        return (struct ring_message){.kind = MESSAGE_END, .core = (uint16_t)core};
    }
    own->left--;
    own->time = cost->ring->now + (own->left ? 1 : 2);
    if (own->left == 0)
        own->operation++;
    return (struct ring_message){.kind = operation_has(operation, HW_FLAG_TO_HOST) ? MESSAGE_OUTPUT : MESSAGE_SPIKE,
                                 .state = operation_has(operation, HW_FLAG_GRADED),
                                 .core = (uint16_t)core};
}

static struct ring_message link_sends(struct cost *cost)
{
    struct cost_ring *ring = cost->ring;
    struct host_state *host = &ring->host;
    const struct packet *packet = &ring->packets[host->packet];
    struct ring_message message = {.kind = packet->kind, .state = packet->state};

    if (ring->now < host->offered)
        return (struct ring_message){.kind = MESSAGE_NONE};
    if (packet->kind == MESSAGE_STEP) {
        if (host->launched == ring->link.ended)
            cost->idle += ring->now + COST_STEP_COUNTED - (ring->link.end_time + 1);
        host->launched++;
    }
    host->offered = ring->now + 2;
    if (--host->left == 0) {
        host->packet = (host->packet + 1) % ring->packet_count;
        begin_packet(ring, ring->now + 1);
    }
    return message;
}

/* One station in this cycle: its message is delivered and passed on, or it takes one from its core or the link, if it is
 * empty. Frozen: nobody puts anything on the ring. True if its message has left. */
static bool move_station(struct cost *cost, unsigned number, bool next_ready, bool frozen, struct ring_message *entering)
{
    struct cost_ring *ring = cost->ring;
    struct station *station = &ring->stations[number];
    const struct ring_message *head = &station->places[0];
    bool link = number == ring->cores;

    if (station->count == 0) {
        if (next_ready && !frozen)
            *entering = link ? link_sends(cost) : core_sends(cost, number);
        return false;
    }
    if (!station->delivered)
        station->delivered = !delivers(ring, number, head) || (link ? link_takes(ring, head)
                                                                    : frozen || core_holds(cost, number, head));
    if (!station->passed && (next_ready || !passes(ring, number, head))) {
        station->passed = true;
        if (passes(ring, number, head))
            *entering = *head;
    }
    return station->delivered && station->passed;
}

static void move(struct cost *cost, bool frozen)
{
    struct cost_ring *ring = cost->ring;
    unsigned count = ring->cores + 1;
    bool first_ready = ring->stations[0].count < STATION_PLACES;

    send_frame(ring);
    for (unsigned core = 0; core < ring->cores && !frozen; core++)
        core_takes(cost, core);
    /* A station's readiness is what it was when the cycle began: those behind it on the ring are moved first. */
    for (unsigned number = 0; number < count; number++) {
        struct station *station = &ring->stations[number];
        unsigned next = (number + 1) % count;
        bool next_ready = next == 0 ? first_ready : ring->stations[next].count < STATION_PLACES;
        if (!move_station(cost, number, next_ready, frozen, &ring->entering[next]))
            continue;
        station->places[0] = station->places[1];
        station->count--;
        station->delivered = station->passed = false;
    }
    ring->under_way = 0;
    for (unsigned number = 0; number < count; number++) {
        struct station *station = &ring->stations[number];
        if (ring->entering[number].kind != MESSAGE_NONE) {
            station->places[station->count++] = ring->entering[number];
            ring->entering[number].kind = MESSAGE_NONE;
        }
        ring->under_way += station->count;
    }
    for (unsigned core = 0; core < ring->cores && !frozen; core++)
        ring->under_way += ring->arrivals[core].held.kind != MESSAGE_NONE;
    ring->now++;
}

/* ---- a step ---- */

/* When a core can next do something by itself; never while it waits for a message. */
static uint64_t core_due(const struct cost *cost, unsigned core)
{
    const struct core_time *own = &cost->times[core];
    const struct arrivals *arrivals = &cost->ring->arrivals[core];
    const struct operation *operation = &cost->cores[core].operations[own->operation];

    if (!arrivals->running)
        return never;
    if (own->left > 0 || own->ending)
        return own->time;
    if (operation->code != HW_OPERATION_UPDATE && arrivals->words < operation->wait)
        return never;
    return own->time + cost_fetch_cycles(cost->board, own->operation == 0);
}

static uint64_t frame_due(const struct cost_ring *ring)
{
    return ring->link.packets == PACKETS_A_FRAME || ring->link.end_packets ? ring->link.frame_free : never;
}

/* A core whose step before has ended everywhere takes the next STEP. */
static void start_core(struct cost *cost, unsigned core)
{
    struct arrivals *arrivals = &cost->ring->arrivals[core];
    struct core_time *own = &cost->times[core];
    uint64_t free = arrivals->last_end + COST_END_TO_FETCH;

    if (own->ended || arrivals->running || arrivals->ends < cost->ring->cores || arrivals->steps == 0)
        return;
    *own = (struct core_time){.time = later(cost->totals.steps ? free : 0, arrivals->step + COST_STEP_TO_CORE - 1)};
    arrivals->running = true;
    arrivals->steps--;
    arrivals->ends = 0;
    arrivals->words = 0;
}

/* Cycles from the last END on the ring to the link: nothing that is put there meanwhile can change them. */
static uint64_t find_end(struct cost *cost)
{
    struct cost_ring *ring = cost->ring;
    struct cost_ring before = *ring;

    memcpy(ring->copies, ring->stations, (ring->cores + 1) * sizeof *ring->stations);
    while (ring->link.ended == before.link.ended && ring->under_way > 0)
        move(cost, true);
    uint64_t end = ring->link.end_time;
    *ring = before;
    memcpy(ring->stations, ring->copies, (ring->cores + 1) * sizeof *ring->stations);
    return end;
}

void cost_ring_step(struct cost *cost, struct cost_totals_of_scan *totals)
{
    struct cost_ring *ring = cost->ring;

    ring->ended = 0;
    for (unsigned core = 0; core < ring->cores; core++)
        cost->times[core].ended = false;
    while (ring->ended < ring->cores) {
        uint64_t due = frame_due(ring) < ring->host.offered ? frame_due(ring) : ring->host.offered;
        for (unsigned core = 0; core < ring->cores; core++) {
            start_core(cost, core);
            uint64_t own = core_due(cost, core);
            if (own <= ring->now && cost->times[core].left == 0 && !cost->times[core].ending) {
                cost_begin(cost, core, ring->now, totals);
                own = core_due(cost, core);
            }
            due = own < due ? own : due;
        }
        if (ring->under_way == 0 && due == never)
            break; /* a program waits for words that nobody sends */
        if (ring->under_way == 0 && due > ring->now)
            ring->now = due;
        else
            move(cost, false);
    }
    cost->end_time = find_end(cost);
}
