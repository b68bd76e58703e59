/* Steps of a placed image in time: every core goes through its program; several send each other words (cost_ring.c). Cycles are counted from the first STEP after a reset on the ring. */
#include "cost_parts.h"

#include <string.h>

enum {
    STEP_ALONE = 1,        /* of a STEP in the register of a lone core */
    START = 1,             /* from the dispatch to an engine's start, but for an UPDATE, which begins with it */
    SEND_FIRST = 3,        /* from there to the first word, */
    SEND_ALONE = 1,        /* which a lone core keeps in a register */
    SEND_AHEAD = 3,        /* from the dispatch of a SEND with AHEAD to that of the END */
    AHEAD = 3,             /* from the dispatch of an UPDATE with AHEAD to that of the next operation, */
    FIRED_AHEAD = 3,       /* or to it from the write of the first group that fires, if the next one FOLLOWS */
    READ_TO_FREE = 6,      /* from the last group read, and known to be so, to the end of an UPDATE */
    WRITTEN_TO_UPDATE = 5, /* an UPDATE behind one with AHEAD is dispatched no earlier after the last write of the one before that, */
    WRITTEN_TO_OTHER = 2,  /* and any other operation no earlier than this */
    WAIT_AFTER = 2,        /* from there to the cycle in which no word is waited for */
    LINK_MESSAGE = 6       /* cycles of a message to the host */
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
    put_words(cost->spikes + buffer->address + image_ring_slot(cost->image, population, cost->totals.steps), buffer, cost->words);
}

static void put_rings(struct cost *cost, size_t population, const int16_t *values)
{
    const struct image_buffer *buffer = &cost->image->buffers[population];

    memset(cost->words, 0, buffer->words * sizeof *cost->words);
    for (size_t neuron = 0; neuron < cost->image->populations[population].size; neuron++)
        cost->words[image_order_place(&cost->image->orders[population], neuron)] = (uint16_t)values[neuron];
    exchange(cost, population);
    for (unsigned core = 0; core < cost->board->cores; core++)
        put_words(cost->cores[core].values + buffer->address + image_ring_slot(cost->image, population, cost->totals.steps),
                  buffer, cost->words);
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

/* With the whole operation a memory word, none: it is read in the cycle in which the one before is over, but of the first
 * operation of a step, whose fields 0 and 7 are read before. */
uint64_t cost_fetch_cycles(const struct board *board, bool first)
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

    if (operation_has(operation, HW_FLAG_BIASES))
        return !board->dsp && external ? 4 : 2 + (uint64_t)current;
    return (each ? (current ? 6u : 5u) : 1 + (uint64_t)external + current + checks) + gap;
}

/* Rows of parameters that an UPDATE reads before its first group. */
static uint64_t parameter_cycles(const struct cost_core *core, const struct operation *operation)
{
    bool fire = operation_has(operation, HW_FLAG_FIRE);

    if (operation_has(operation, HW_FLAG_EACH))
        return !operation_has(operation, HW_FLAG_BIASES) ? 0 : fire ? 3 : 1;
    return core->loaded && operation_has(operation, HW_FLAG_SAME) ? 0 : fire ? 4 : 2;
}

static void note_parameters(struct cost_core *core, const struct operation *operation, bool skips)
{
    bool same = core->loaded && operation_has(operation, HW_FLAG_SAME);
    bool one = !operation_has(operation, HW_FLAG_EACH);

    core->loaded = same || (!skips && one && operation_has(operation, HW_FLAG_FIRE));
}

/* From dispatch to the write of the last group: parameters, groups, and the last group through the neurons. */
static uint64_t update_cycles(const struct board *board, const struct cost_core *core, const struct operation *operation,
                              bool checks)
{
    bool current = operation_has(operation, HW_FLAG_CURRENT);
    bool each = operation_has(operation, HW_FLAG_EACH), biases = operation_has(operation, HW_FLAG_BIASES);
    /* leak and bias before v; or a bias, if it is not behind v */
    unsigned before = !each ? 0 : !biases ? 2 : board->dsp ? 1 : 0;
    uint64_t last_v = parameter_cycles(core, operation) + before + current + 1 +
                      group_cycles(board, operation, checks) * (operation->count - 1);

    return last_v + 7 + checks + (board->dsp ? 0 : MULTIPLIER_LATE);
}

/* What an ACCUMULATE meets that is dispatched while the UPDATE before it, which is as core_time says, still runs. */
static struct cost_writing writing_of(const struct board *board, const struct core_time *own,
                                      const struct operation *operation, uint32_t ring, bool checks)
{
    uint32_t groups = 16u / board->slots, words = (uint32_t)place_divide_up(operation->count, groups);
    uint64_t late = READ_TO_FREE + (board->dsp ? 0 : MULTIPLIER_LATE);

    return (struct cost_writing){
        .until = own->free - (operation_has(operation, HW_FLAG_EXTERNAL) ? 0 : late),
        .over = own->free + WAIT_AFTER - checks,
        .address = operation->source + ring,
        .step = 1u << operation->ring_log2,
        .words = words,
        .first = (int64_t)(own->write_first + own->write_period * ((operation->count < groups ? operation->count : groups) - 1) + 1),
        .period = (int64_t)(own->write_period * groups),
        .last = (int64_t)own->write_last + 1,
    };
}

/* Cycles counted from the dispatch of the ACCUMULATE. */
static struct cost_writing since(struct cost_writing writing, uint64_t dispatch)
{
    if (writing.over <= dispatch)
        return (struct cost_writing){0};
    writing.until = writing.until > dispatch ? writing.until - dispatch : 0;
    writing.over -= dispatch;
    writing.first -= (int64_t)dispatch;
    writing.last -= (int64_t)dispatch;
    return writing;
}

/* Groups of an UPDATE before the first one that fires; all if none does. */
static uint32_t groups_before_fired(const struct cost *cost, const struct operation *operation, uint32_t ring)
{
    uint32_t slots = cost->board->slots, groups = 16u / slots;

    for (uint32_t group = 0; group < operation->count; group++) {
        size_t address = operation->source + ((size_t)(group / groups) << operation->ring_log2) + ring;
        if (cost->spikes[address] >> group % groups * slots & ((1u << slots) - 1))
            return group;
    }
    return operation->count;
}

static bool follows(const struct operation *operation)
{
    return operation->code == HW_OPERATION_ACCUMULATE && operation_has(operation, HW_FLAG_FOLLOWS);
}

/* When the operation behind an UPDATE with AHEAD is fetched. */
static uint64_t time_ahead(const struct cost *cost, const struct core_time *own, const struct operation *operation, uint64_t dispatch,
                           uint32_t ring)
{
    uint64_t fired;

    if (!follows(operation + 1))
        return dispatch + AHEAD;
    fired = own->write_first + own->write_period * groups_before_fired(cost, operation, ring) + FIRED_AHEAD;
    return fired < own->free ? fired : own->free;
}

/* When what is behind an UPDATE that is left out is fetched: while the one before that still runs it is later. */
static uint64_t time_behind_skipped(const struct core_time *own, const struct operation *operation, uint64_t dispatch)
{
    if (own->free <= dispatch + 2)
        return dispatch + 2;
    if (operation_has(operation, HW_FLAG_AHEAD) && !follows(operation + 1))
        return dispatch + AHEAD;
    return cost_later(dispatch + AHEAD, own->free);
}

void cost_begin(struct cost *cost, unsigned core, uint64_t dispatch, struct cost_totals_of_scan *totals)
{
    struct cost_totals *split = &cost->totals;
    struct core_time *own = &cost->times[core];
    struct cost_core *program = &cost->cores[core];
    const struct operation *operation = &program->operations[own->operation];
    size_t index = own->operation;
    struct cost_operation *spent = &program->spent[index];
    bool update = operation->code == HW_OPERATION_UPDATE;
    bool checks, skips = (own->free <= dispatch || update) && cost_skips(cost, program, index);
    uint64_t work, begun = cost_later(own->time, own->free), from = cost_later(dispatch + 1, own->free);
    uint64_t written = own->write_last; /* by the UPDATE before */
    struct cost_writing writing;

    program->loaded = program->loaded && index > 0;
    if (index > 0)
        spent[-1].cycles += begun - own->fetched;
    own->fetched = begun;
    spent->runs += !skips;
    spent->skips += skips;
    if (skips) {
        if (update) {
            note_parameters(program, operation, true);
            cost_rest(cost, program, index, true);
        }
        own->time = time_behind_skipped(own, operation, dispatch);
        split->dispatch += cost_later(own->time, own->free) - begun;
        if (dispatch < written) {
            own->update_from = cost_later(own->update_from, written + WRITTEN_TO_OTHER);
            own->other_from = written + WRITTEN_TO_OTHER;
        }
        own->operation++;
        return;
    }
    split->dispatch += from - begun;
    switch (operation->code) {
    case HW_OPERATION_ACCUMULATE:
        work = totals->units + totals->entries;
        /* the leak's place is that of values */
        if (operation_has(operation, HW_FLAG_GRADED) || operation_has(operation, HW_FLAG_WIDE))
            program->loaded = false;
        writing = own->free > dispatch ? since(own->writing, dispatch) : (struct cost_writing){0};
        own->time = START + 1 + dispatch +
                    cost_accumulate(program, cost->board, operation,
                                    operation_has(operation, HW_FLAG_GRADED) ? program->values : cost->spikes,
                                    ring_index(cost, operation->ring_phase, operation->ring_log2), &writing, totals);
        own->time = cost_later(own->time, own->free);
        work = totals->units + totals->entries - work;
        /* what was done before the UPDATE was over is counted there */
        if (own->time - from >= work)
            split->scanning += own->time - from - work;
        else
            split->filling -= work - (own->time - from);
        break;
    case HW_OPERATION_UPDATE:
        checks = cost_checks(cost, program, index);
        own->time = dispatch + 1 + update_cycles(cost->board, program, operation, checks);
        note_parameters(program, operation, false);
        own->write_period = group_cycles(cost->board, operation, checks);
        own->write_last = own->time - 1 - checks;
        own->update_from = checks ? own->time - 1 : own->write_last - READ_TO_WRITTEN + READ_TO_UPDATE +
                                                    operation_has(operation, HW_FLAG_EXTERNAL);
        own->other_from = dispatch < written ? written + WRITTEN_TO_OTHER : 0;
        if (dispatch <= written + 1)
            own->update_from = cost_later(own->update_from, written + WRITTEN_TO_UPDATE);
        own->word_groups = operation_has(operation, HW_FLAG_FIRE) ? 16u / cost->board->slots : 0;
        own->write_first = own->write_last - own->write_period * (operation->count - 1);
        work = own->write_period * operation->count;
        split->groups += work;
        split->filling += own->time - from - work;
        cost_rest(cost, program, index, false);
        own->free = own->time;
        own->quiet = own->free - 1;
        if (operation_has(operation, HW_FLAG_AHEAD)) {
            uint32_t ring = ring_index(cost, operation->ring_phase, operation->ring_log2);
            own->writing = writing_of(cost->board, own, operation, ring, checks);
            own->time = time_ahead(cost, own, operation, dispatch, ring);
        }
        break;
    case HW_OPERATION_SEND:
        own->left = operation->count;
        own->time = dispatch + START + SEND_FIRST + (cost->board->cores == 1 ? SEND_ALONE : 0);
        own->ahead = operation_has(operation, HW_FLAG_AHEAD) ? dispatch + SEND_AHEAD : 0;
        return;
    default:
        own->ending = true;
        own->end_dispatch = dispatch;
        own->sent = index > 0 && operation[-1].code == HW_OPERATION_SEND;
        own->time = cost_later(dispatch + 1, own->quiet);
        spent->cycles += own->time - own->fetched;
        return;
    }
    spent->work += work;
    own->operation++;
}

/* ---- a lone core ---- */

/* The link takes what the core shows it, one after the other. */
static uint64_t take(struct cost *cost, uint64_t shown)
{
    cost->link_free = (shown > cost->link_free ? shown : cost->link_free) + LINK_MESSAGE;
    return cost->link_free - 1;
}

/* A word to the host is shown until it is taken: nothing stands between. Nobody waits for the last one but another SEND. */
static void send_alone(struct cost *cost)
{
    struct core_time *own = &cost->times[0];
    const struct operation *operation = &cost->cores[0].operations[own->operation];
    uint64_t taken;

    for (; own->left > 0; own->left--) {
        taken = own->time;
        if (operation_has(operation, HW_FLAG_TO_HOST)) {
            taken = take(cost, own->time);
            own->held = taken + 1;
        }
        own->quiet = own->time;
        own->time = own->left > 1 ? taken + 1 : own->time + 1;
    }
    if (own->ahead)
        own->time = own->ahead;
    own->operation++;
}

/* When the operation that was fetched is dispatched. */
static uint64_t dispatch_alone(const struct cost *cost)
{
    const struct core_time *own = &cost->times[0];
    const struct operation *operation = &cost->cores[0].operations[own->operation];
    uint64_t dispatch = own->time + cost_fetch_cycles(cost->board, own->operation == 0);

    if (operation->code == HW_OPERATION_END)
        return dispatch;
    if (operation->code == HW_OPERATION_SEND)
        dispatch = cost_later(dispatch, own->held);
    return cost_later(dispatch, operation->code == HW_OPERATION_UPDATE ? own->update_from : own->other_from);
}

static void step_alone(struct cost *cost, struct cost_totals_of_scan *totals)
{
    struct core_time *own = &cost->times[0], before = *own;
    uint64_t pending;

    if (cost->totals.steps) {
        cost->step_time += cost->step_cycles;
        if (cost->totals.steps >= HW_STEPS_AHEAD && cost->step_time < cost->end_before + cost->execute_cycles)
            cost->step_time = cost->end_before + cost->execute_cycles;
        if (cost->step_time > cost->end_time)
            cost->idle += cost->step_time + COST_STEP_COUNTED - (cost->end_time + 1);
    }
    pending = cost->step_time + COST_STEP_TO_CORE;
    *own = (struct core_time){.held = before.held};
    if (before.sent && pending <= before.end_dispatch)
        own->time = cost_later(before.end_dispatch + 1, before.time - 1);
    else
        own->time = cost_later(pending + STEP_ALONE, before.ending ? before.time + COST_END_TO_FETCH : 0);
    while (!own->ending) {
        cost_begin(cost, 0, dispatch_alone(cost), totals);
        if (own->left > 0)
            send_alone(cost);
    }
    own->time = cost_later(own->time, cost->end_time);
    cost->end_before = cost->end_time;
    cost->end_time = take(cost, own->time + 1);
}

uint64_t cost_step(struct cost *cost)
{
    struct cost_totals_of_scan scan = {0};
    uint64_t before = cost->totals.cycles;

    if (cost->board->cores > 1)
        cost_ring_step(cost, &scan);
    else
        step_alone(cost, &scan);
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

const struct cost_operation *cost_operations(const struct cost *cost, unsigned core, size_t *count)
{
    *count = cost->cores[core].operation_count;
    return cost->cores[core].spent;
}
