/* Several cores in time, cycle by cycle: what they send goes through stations (rtl/loom_node.v) round the ring, between
 * the words of the link (cost_link.c). Cycles in which nothing can move are passed over. */
#include "cost_link.h"

#include <stdlib.h>
#include <string.h>

enum { STATION_PLACES = 2 /* of a station's fifo */ };

struct station {
    struct ring_message places[STATION_PLACES];
    unsigned count;
    bool delivered;
    bool passed;
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

struct cost_ring {
    unsigned cores;
    struct station *stations;   /* (cores + 1), the link's last */
    struct station *copies;     /* (cores + 1) */
    struct ring_message *entering;   /* (cores + 1) at the end of a cycle */
    struct arrivals *arrivals;  /* (cores) */
    uint64_t now;
    size_t under_way; /* messages in stations */
    unsigned ended;   /* cores that have sent the END of this step */
    struct cost_link link;
};

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
    bool opened = cost_link_open(&ring->link, image, ring->cores);
    if (!ring->stations || !ring->copies || !ring->entering || !ring->arrivals || !opened) {
        cost_ring_close(ring);
        return NULL;
    }
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
    cost_link_close(&ring->link);
    free(ring);
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
    cost_link_reset(&ring->link);
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
            *entering = link ? cost_link_sends(&ring->link, ring->now, &cost->idle) : core_sends(cost, number);
        return false;
    }
    if (!station->delivered)
        station->delivered = !delivers(ring, number, head) || (link ? cost_link_takes(&ring->link, ring->now, head)
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

    cost_link_send_frame(&ring->link, ring->now);
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
        return cost_never;
    if (own->left > 0 || own->ending)
        return own->time;
    if (operation->code != HW_OPERATION_UPDATE && arrivals->words < operation->wait)
        return cost_never;
    return own->time + cost_fetch_cycles(cost->board, own->operation == 0);
}

/* A core whose step before has ended everywhere takes the next STEP. */
static void start_core(struct cost *cost, unsigned core)
{
    struct arrivals *arrivals = &cost->ring->arrivals[core];
    struct core_time *own = &cost->times[core];
    uint64_t free = arrivals->last_end + COST_END_TO_FETCH;

    if (own->ended || arrivals->running || arrivals->ends < cost->ring->cores || arrivals->steps == 0)
        return;
    *own = (struct core_time){
        .time = cost_later(cost->totals.steps ? free : 0, arrivals->step + COST_STEP_TO_CORE - 1)};
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
        uint64_t due = cost_link_due(&ring->link);
        for (unsigned core = 0; core < ring->cores; core++) {
            start_core(cost, core);
            uint64_t own = core_due(cost, core);
            if (own <= ring->now && cost->times[core].left == 0 && !cost->times[core].ending) {
                cost_begin(cost, core, ring->now, totals);
                own = core_due(cost, core);
            }
            due = own < due ? own : due;
        }
        if (ring->under_way == 0 && due == cost_never)
            break; /* a program waits for words that nobody sends */
        if (ring->under_way == 0 && due > ring->now)
            ring->now = due;
        else
            move(cost, false);
    }
    cost->end_time = find_end(cost);
}
