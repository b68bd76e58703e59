/* Steps of a placed image in time: every core goes through its program, the one that is behind first, so that messages are
 * sent in the order of time. Cycles are counted from the first STEP after a reset on the ring. */
#include "cost_parts.h"

#include <string.h>

enum {
    STEP_TO_CORE = 3,      /* from the STEP on the ring to the first core's first fetch */
    STEP_COUNTED = 2,      /* from the STEP on the ring to the first cycle that is counted */
    STEP_ALONE = 1,        /* more to a lone core, whose station is a register */
    START = 1,             /* from the dispatch to an engine's start */
    SEND_FIRST = 3,        /* from there to the first word */
    END_TO_FETCH = 3,      /* from the last END in a core to its next fetch */
    LINK_MESSAGE = 6,      /* cycles of a message to the host */
    LINK_DROPPED = 3,      /* of one that is not passed on */
    STATION_PLACES = 2     /* messages in a station of the ring */
};

/* ---- what populations put out ---- */

static uint32_t ring_index(const struct cost *cost, uint32_t phase, unsigned ring_log2)
{
    return ((uint32_t)cost->totals.steps + phase) & ((1u << ring_log2) - 1);
}

/* What was put in lag steps ago, in exchange for the words of this step; word w of neither is needed afterwards. */
static void exchange(struct cost *cost, size_t population)
{
    const struct image_buffer *buffer = &cost->image->buffers[population];
    uint16_t *late;

    if (!buffer->lag)
        return;
    late = cost->late[population] + cost->totals.steps % buffer->lag * buffer->words;
    for (size_t word = 0; word < buffer->words; word++) {
        uint16_t now = cost->words[word];
        cost->words[word] = late[word];
        late[word] = now;
    }
}

static void put_words(uint16_t *slot, const struct image_buffer *buffer, const uint16_t *words)
{
    for (size_t word = 0; word < buffer->words; word++)
        slot[word << buffer->ring_log2] = words[word];
}

void cost_put_spikes(struct cost *cost, size_t population, const uint8_t *spikes)
{
    const struct image_buffer *buffer = &cost->image->buffers[population];

    if (!buffer->used)
        return;
    memset(cost->words, 0, buffer->words * sizeof *cost->words);
    for (size_t neuron = 0; neuron < cost->image->populations[population].size; neuron++) {
        size_t place = image_order_place(&cost->image->orders[population], neuron);
        if (spikes[neuron])
            cost->words[place / 16] = (uint16_t)(cost->words[place / 16] | 1u << place % 16);
    }
    exchange(cost, population);
    put_words(cost->spikes + buffer->address + ring_index(cost, 0, buffer->ring_log2), buffer, cost->words);
}

static void put_rings(struct cost *cost, size_t population, const int16_t *values)
{
    const struct image_buffer *buffer = &cost->image->buffers[population];

    memset(cost->words, 0, buffer->words * sizeof *cost->words);
    for (size_t neuron = 0; neuron < cost->image->populations[population].size; neuron++)
        cost->words[image_order_place(&cost->image->orders[population], neuron)] = (uint16_t)values[neuron];
    exchange(cost, population);
    for (unsigned core = 0; core < cost->board->cores; core++)
        put_words(cost->cores[core].values + buffer->address + ring_index(cost, 0, buffer->ring_log2), buffer,
                  cost->words);
}

static void put_states(struct cost *cost, const struct image_slice *slice, const int16_t *values)
{
    uint16_t *states = cost->cores[slice->core].values + slice->state_address;

    for (size_t neuron = 0; neuron < cost->image->populations[slice->population].size; neuron++) {
        size_t place = image_order_place(&cost->image->orders[slice->population], neuron);
        if (place >= slice->first_neuron && place - slice->first_neuron < slice->neurons)
            states[place - slice->first_neuron] = (uint16_t)values[neuron];
    }
}

/* Values that no ring holds are read from the states, in the core that has them. */
void cost_put_values(struct cost *cost, size_t population, const int16_t *values)
{
    const struct image *image = cost->image;

    if (image->buffers[population].used) {
        put_rings(cost, population, values);
        return;
    }
    for (size_t index = 0; index < image->slice_count; index++) {
        const struct image_slice *slice = &image->slices[index];
        if (slice->population == population && slice->state_space == HW_SPACE_STATE)
            put_states(cost, slice, values);
    }
}

/* ---- a step ---- */

static bool one_fetch(const struct board *board)
{
    return board->program_bits == HW_OPERATION_WORDS * HW_WORD_BITS;
}

/* From the cycle in which an operation is over, and the next may be fetched, to that one's dispatch: with the whole operation a
 * memory word, none. It is read in that cycle, but of the first operation of a step, whose field 7 is read before. */
static uint64_t fetch_cycles(const struct board *board, bool first)
{
    unsigned fetches = HW_OPERATION_WORDS * HW_WORD_BITS / board->program_bits;

    return fetches > 1 ? fetches + 2 : first ? 2 : 0;
}

static uint64_t group_cycles(const struct board *board, const struct operation *operation, bool checks)
{
    bool external = operation_has(operation, HW_FLAG_EXTERNAL), current = operation_has(operation, HW_FLAG_CURRENT);
    bool each = operation_has(operation, HW_FLAG_EACH);
    /* for a gap in the weight memory, or a threshold that stays */
    bool gap = !board->dsp && external && each != current;

    return (each ? (current ? 6u : 5u) : 1 + (uint64_t)external + current + checks) + gap;
}

/* From dispatch to the write of the last group: parameters, groups, and the last group through the neurons. */
static uint64_t update_cycles(const struct board *board, const struct operation *operation, bool checks)
{
    bool external = operation_has(operation, HW_FLAG_EXTERNAL), current = operation_has(operation, HW_FLAG_CURRENT);
    bool each = operation_has(operation, HW_FLAG_EACH);
    uint64_t last_v = (each ? 3 : 5) + (uint64_t)current + group_cycles(board, operation, checks) * (operation->count - 1);

    return last_v + (external || checks ? 7 : 6) + (board->dsp ? 0 : MULTIPLIER_LATE);
}

/* True if as many SPIKE messages as wait have been sent; then *time is not before the core has counted them. */
static bool counted(const struct cost *cost, unsigned core, size_t wait, uint64_t *time)
{
    struct core_time *own = &cost->times[core];

    if (wait > cost->message_count)
        return false;
    for (; own->counted < wait; own->counted++) {
        const struct sent_word *message = &cost->messages[own->counted];
        uint64_t arrival = 1 + (core > message->core ? message->time + core - message->core : message->link + core + 1);
        own->arrival = arrival > own->arrival ? arrival : own->arrival;
    }
    *time = wait && own->arrival > *time ? own->arrival : *time;
    return true;
}

/* Words to the host pass the stations up to the link, which takes them one after the other. */
static uint64_t output_time(const struct cost *cost, unsigned core, uint64_t time)
{
    uint64_t way = cost->board->cores - core, places = STATION_PLACES * way;

    if (cost->taken_count >= places && cost->taken[cost->taken_count - places] + 1 > time)
        return cost->taken[cost->taken_count - places] + 1;
    return time;
}

/* When the link can look at what a core shows it at time: in its station, behind the last core on the ring, or, an OUTPUT of
 * a lone core, at once. */
static uint64_t at_link(const struct cost *cost, unsigned core, uint64_t time, bool at_once)
{
    uint64_t shown = at_once ? time : time + cost->board->cores - core;

    return shown > cost->link_free ? shown : cost->link_free;
}

static uint64_t take(struct cost *cost, unsigned core, uint64_t time, bool at_once, unsigned cycles)
{
    cost->link_free = at_link(cost, core, time, at_once) + cycles;
    return cost->link_free - 1;
}

/* Sends the next word of a SEND; after the last the core fetches. */
static void send_word(struct cost *cost, unsigned core)
{
    struct core_time *own = &cost->times[core];
    const struct operation *operation = &cost->cores[core].operations[own->operation];

    if (operation_has(operation, HW_FLAG_TO_HOST)) {
        bool alone = cost->board->cores == 1;
        own->time = alone ? own->time : output_time(cost, core, own->time);
        uint64_t taken = take(cost, core, own->time, alone, LINK_MESSAGE);
        if (cost->taken_count < cost->taken_capacity)
            cost->taken[cost->taken_count++] = taken;
        if (alone) /* nothing stands between: the word is shown until it is taken */
            own->time = taken;
    } else {
        own->time = cost->ring_free > own->time ? cost->ring_free : own->time;
        cost->ring_free = own->time + 1;
        uint64_t link = at_link(cost, core, own->time, false);
        if (cost->message_count < cost->message_capacity)
            cost->messages[cost->message_count++] = (struct sent_word){own->time, link, core};
    }
    own->left--;
    own->time += own->left ? 1 : 2;
    if (own->left == 0)
        own->operation++;
}

static void send_end(struct cost *cost, unsigned core)
{
    struct core_time *own = &cost->times[core];
    bool last = ++cost->ended == cost->board->cores;

    own->end = cost->board->cores == 1 ? own->time : output_time(cost, core, own->time);
    own->end_at_link = at_link(cost, core, own->end, false);
    own->ended = true;
    cost->end_time = take(cost, core, own->end, false, last ? LINK_MESSAGE : LINK_DROPPED);
}

/* Starts the core's next operation; false while it waits for words that were not sent yet. */
static bool begin(struct cost *cost, unsigned core, struct cost_totals_of_scan *totals)
{
    struct cost_totals *split = &cost->totals;
    struct core_time *own = &cost->times[core];
    struct cost_core *program = &cost->cores[core];
    const struct operation *operation = &program->operations[own->operation];
    bool waits = cost->board->cores > 1 && operation->code != HW_OPERATION_UPDATE;
    size_t index = own->operation;
    uint64_t units, groups;
    bool checks;
    bool skips = cost_skips(cost, program, index);
    uint64_t dispatch = own->time + fetch_cycles(cost->board, own->operation == 0);

    if (!counted(cost, core, waits ? operation->wait : 0, &dispatch))
        return false;
    if (skips) {
        if (operation->code == HW_OPERATION_UPDATE)
            cost_rest(cost, program, index, true);
        split->dispatch += dispatch + (one_fetch(cost->board) ? 2 : 1) - own->time;
        own->time = dispatch + (one_fetch(cost->board) ? 2 : 1);
        own->operation++;
        return true;
    }
    split->dispatch += dispatch + 1 - own->time;
    switch (operation->code) {
    case HW_OPERATION_ACCUMULATE:
        units = totals->units + totals->entries;
        own->time = START + 1 + dispatch +
                    cost_accumulate(program, cost->board, operation,
                                    operation_has(operation, HW_FLAG_GRADED) ? program->values : cost->spikes,
                                    ring_index(cost, operation->ring_phase, operation->ring_log2), totals);
        split->scanning += own->time - dispatch - 1 - (totals->units + totals->entries - units);
        break;
    case HW_OPERATION_UPDATE:
        checks = cost_checks(cost, program, index);
        own->time = START + 1 + dispatch + update_cycles(cost->board, operation, checks);
        groups = group_cycles(cost->board, operation, checks) * operation->count;
        split->groups += groups;
        split->filling += own->time - dispatch - 1 - groups;
        cost_rest(cost, program, index, false);
        break;
    case HW_OPERATION_SEND:
        own->left = operation->count;
        own->time = dispatch + START + SEND_FIRST;
        return true;
    default:
        own->ending = true;
        own->time = dispatch + 1;
        return true;
    }
    own->operation++;
    return true;
}

/* The core that is behind of those that can go on; none if all have ended. */
static bool advance(struct cost *cost, struct cost_totals_of_scan *totals, bool *blocked)
{
    unsigned next = cost->board->cores;

    for (unsigned core = 0; core < cost->board->cores; core++) {
        const struct core_time *own = &cost->times[core];
        if (!own->ended && !blocked[core] && (next == cost->board->cores || own->time < cost->times[next].time))
            next = core;
    }
    if (next == cost->board->cores)
        return false;
    size_t sent = cost->message_count;
    if (cost->times[next].left)
        send_word(cost, next);
    else if (cost->times[next].ending)
        send_end(cost, next);
    else if (!begin(cost, next, totals))
        blocked[next] = true;
    if (cost->message_count != sent)
        memset(blocked, 0, cost->board->cores * sizeof *blocked);
    return true;
}

/* When each core may begin again: it has had the END of every core, those of the cores behind it past the link. */
static void end_step(struct cost *cost)
{
    unsigned cores = cost->board->cores;

    for (unsigned core = 0; core < cores; core++) {
        uint64_t last = cost->times[core].end;
        for (unsigned from = 0; from < cores && cores > 1; from++) {
            const struct core_time *other = &cost->times[from];
            uint64_t seen = core > from ? other->end + core - from : other->end_at_link + core + 1;
            last = seen > last ? seen : last;
        }
        cost->times[core].time = last + END_TO_FETCH;
    }
}

uint64_t cost_step(struct cost *cost)
{
    struct cost_totals_of_scan scan = {0};
    uint64_t before = cost->totals.cycles;
    bool blocked[HW_BROADCAST + 1] = {false};

    if (cost->totals.steps) {
        cost->step_time += cost->step_cycles;
        if (cost->totals.steps >= HW_STEPS_AHEAD && cost->step_time < cost->end_before + cost->execute_cycles)
            cost->step_time = cost->end_before + cost->execute_cycles;
        if (cost->step_time > cost->end_time)
            cost->idle += cost->step_time + STEP_COUNTED - (cost->end_time + 1);
    }
    for (unsigned core = 0; core < cost->board->cores; core++) {
        uint64_t earliest = cost->step_time + STEP_TO_CORE + core + (cost->board->cores == 1 ? STEP_ALONE : 0);
        uint64_t free = cost->times[core].time;
        cost->times[core] = (struct core_time){.time = free > earliest ? free : earliest};
    }
    cost->message_count = 0;
    cost->taken_count = 0;
    cost->ended = 0;
    cost->end_before = cost->end_time;
    while (advance(cost, &scan, blocked))
        ;
    end_step(cost);
    cost->totals.steps++;
    cost->totals.events += scan.events;
    cost->totals.units += scan.units;
    cost->totals.entries += scan.entries;
    cost->totals.cycles = cost->end_time - 1 - cost->idle;
    return cost->totals.cycles - before;
}

struct cost_totals cost_totals(const struct cost *cost)
{
    return cost->totals;
}
