/* The operations of a core. A step goes through the populations by level, with stages in another order
 * (program_order.c): for each slice an ACCUMULATE a projection, the UPDATEs, the SENDs. */
#include "place.h"

#include <string.h>

enum {
    EXTERNAL_GROUPS = 4 /* as many, and the one before an UPDATE of external states is marked before these are read */
};

struct program {
    const struct image *image;
    const struct placement *placement;
    program_put *put;
    void *context;
    struct operation accumulate; /* not put yet: the next may be joined to it; count 0 if there is none */
    struct operation last;       /* not put yet: what it may do depends on the next; code END if there is none */
    bool loaded;        /* the UPDATE before has one set of parameters, at this row: */
    uint32_t loaded_row;
    bool fired;         /* there was an UPDATE with FIRE, and it was all of this population: */
    size_t last_fired;
};

static unsigned flag(unsigned position, bool set)
{
    return set ? 1u << position : 0;
}

/* A lone core with whole operations in the program memory's words. */
static bool begins_ahead(const struct board *board)
{
    return board->cores == 1 && board->program_bits == HW_OPERATION_WORDS * HW_WORD_BITS;
}

/* True if an ACCUMULATE is to look for spikes while the UPDATE before it runs (FLAG_AHEAD). */
static bool may_begin(const struct board *board, const struct operation *update, const struct operation *next)
{
    unsigned never = 1u << HW_FLAG_EACH | 1u << HW_FLAG_CLEAR;
    unsigned other = 1u << HW_FLAG_GRADED | 1u << HW_FLAG_WIDE;
    uint64_t words = place_divide_up((size_t)update->count * board->slots, NEURONS_PER_SPIKE_WORD);

    return begins_ahead(board) && update->code == HW_OPERATION_UPDATE && (update->flags & never) == 0 &&
           operation_has(update, HW_FLAG_FIRE) &&
           next->code == HW_OPERATION_ACCUMULATE && (next->flags & other) == 0 && next->ring_log2 == update->ring_log2 &&
           (next->source <= update->source || next->source >= update->source + (words << update->ring_log2));
}

/* True if an UPDATE may begin while the last groups of the UPDATE before it are on their way through the neurons (FLAG_AHEAD): it
 * takes nothing of the operation any more, its spike words are counted on by the same step, and the next one never compares its states
 * (loom_rest), reads no current before it is written, and no state in the weight memory when one is written (docs/hardware.md, Pipelines):
 * it has to begin as soon as it can, and would wait if the UPDATE before those two were not over (loom_core). */
static bool may_follow(const struct board *board, const struct operation *update, const struct operation *next)
{
    bool each = operation_has(update, HW_FLAG_EACH), biases = operation_has(update, HW_FLAG_BIASES);
    bool next_each = operation_has(next, HW_FLAG_EACH), next_biases = operation_has(next, HW_FLAG_BIASES);
    bool external = operation_has(update, HW_FLAG_EXTERNAL), current = operation_has(update, HW_FLAG_CURRENT);
    bool next_current = operation_has(next, HW_FLAG_CURRENT);
    unsigned never_compared = 1u << HW_FLAG_EACH | 1u << HW_FLAG_EXTERNAL | 1u << HW_FLAG_CURRENT | 1u << HW_FLAG_STILL;
    uint32_t period = 1u + biases + current, rows = 0;

    if (!begins_ahead(board) || !board->dsp || update->code != HW_OPERATION_UPDATE || next->code != HW_OPERATION_UPDATE ||
        operation_has(update, HW_FLAG_CLEAR) || operation_has(next, HW_FLAG_CLEAR) || (each && (!biases || update->wait < update->count)) ||
        !(next->flags & never_compared) || (operation_has(update, HW_FLAG_FIRE) && update->ring_log2 != next->ring_log2) ||
        (external && (update->count < EXTERNAL_GROUPS || each || current || next_current || (next_each && !next_biases))))
        return false;
    if (next_each || !operation_has(next, HW_FLAG_SAME))
        rows = operation_has(next, HW_FLAG_FIRE) && (!next_each || next_biases) ? 4 : 2;
    return !next_current || READ_TO_UPDATE + 1 + rows + period * (update->count - 1) >= READ_TO_WRITTEN;
}

/* True if the END behind a SEND may be given out while that is at work (FLAG_AHEAD): of one word, it takes nothing of the operation
 * after its start. */
static bool may_end(const struct board *board, const struct operation *send, const struct operation *next)
{
    return begins_ahead(board) && send->code == HW_OPERATION_SEND && operation_has(send, HW_FLAG_TO_HOST) && send->count == 1 &&
           next->code == HW_OPERATION_END;
}

static void note_parameters(struct program *program, struct operation *operation)
{
    bool one = !operation_has(operation, HW_FLAG_EACH);

    if (operation->code != HW_OPERATION_UPDATE)
        return;
    operation->flags |= flag(HW_FLAG_SAME, one && program->loaded && program->loaded_row == operation->weight);
    program->loaded = one;
    program->loaded_row = operation->weight;
}

static void give(struct program *program, const struct operation *operation)
{
    const struct board *board = program->placement->board;
    struct operation next = *operation;

    note_parameters(program, &next);
    if (may_begin(board, &program->last, &next) || may_follow(board, &program->last, &next) || may_end(board, &program->last, &next))
        program->last.flags |= flag(HW_FLAG_AHEAD, true);
    if (program->last.code != HW_OPERATION_END)
        program->put(program->context, &program->last);
    program->last = next;
    if (operation->code == HW_OPERATION_END)
        program->put(program->context, operation);
}

/* SPIKE messages of all cores in levels below level. A core sends words of a level only when it has seen all of the
 * levels below, and in every other core its words follow those (the ring keeps their order): so the count alone tells
 * that a level is complete. With stages nothing waits: what is read was sent in a step before. */
static uint32_t words_before(const struct program *program, size_t level)
{
    const struct image *image = program->image;
    size_t words = 0;

    if (image->stage_count > 1)
        return 0;
    for (size_t index = 0; index < image->slice_count; index++) {
        const struct image_slice *slice = &image->slices[index];
        const struct image_population *population = &image->populations[slice->population];
        if (program->placement->slices[index].sent && population->level < level)
            words += image_words(population, slice->neurons);
    }
    return (uint32_t)words;
}

/* Address of the source as an ACCUMULATE reads it: its ring, or the states of the one slice that it has. */
static void set_source(const struct program *program, const struct connection *connection, struct operation *operation)
{
    const struct image *image = program->image;
    const struct image_projection *projection = &image->projections[connection->projection];
    const struct image_buffer *buffer = &image->buffers[projection->source];
    uint32_t steps = 1u << buffer->ring_log2;

    if (!buffer->used) {
        for (size_t slice = 0; slice < image->slice_count; slice++) {
            if (image->slices[slice].population == projection->source)
                operation->source = image->slices[slice].state_address + connection->first_neuron;
        }
        return;
    }
    uint32_t word = projection->graded ? connection->first_neuron : connection->first_neuron / NEURONS_PER_SPIKE_WORD;
    operation->source = buffer->address + (word << buffer->ring_log2);
    operation->ring_log2 = buffer->ring_log2;
    size_t back = image_ring_back(image, projection->source, image_array_delay(image, projection));
    operation->ring_phase = (steps - (uint32_t)back % steps) % steps;
    if (projection->delay == 0 && image->populations[projection->source].model != MODEL_INPUT)
        operation->wait = words_before(program, image->populations[projection->source].level + 1);
}

static void put_waiting(struct program *program)
{
    if (program->accumulate.count)
        give(program, &program->accumulate);
    program->accumulate.count = 0;
}

/* True if next goes on where operation ends, with words and weights: then one ACCUMULATE does both. */
static bool goes_on(const struct operation *operation, const struct operation *next)
{
    uint64_t neurons = (uint64_t)operation->count *
                       (operation->flags >> HW_FLAG_GRADED & 1 ? 1 : NEURONS_PER_SPIKE_WORD);
    unsigned alone = 1u << HW_FLAG_TABLE | 1u << HW_FLAG_FOLLOWS;

    return operation->count && operation->flags == next->flags && !(next->flags & alone) &&
           operation->stride == next->stride && operation->ring_log2 == next->ring_log2 &&
           operation->ring_phase == next->ring_phase &&
           operation->source + ((uint64_t)operation->count << operation->ring_log2) == next->source &&
           operation->weight + neurons * operation->stride == next->weight &&
           (uint64_t)operation->count + next->count <= UINT16_MAX;
}

static void put_accumulate(struct program *program, const struct connection *connection)
{
    const struct weight_set *set = connection->set;
    bool graded = program->image->projections[connection->projection].graded;
    struct operation operation = {
        .code = HW_OPERATION_ACCUMULATE,
        .flags = flag(HW_FLAG_GRADED, graded),
        .count = connection->words,
    };

    if (!connection->words)
        return;
    operation.flags |= flag(HW_FLAG_NARROW, set->layout.bits == 4) | flag(HW_FLAG_WIDE, set->layout.bits == 16) |
                       flag(HW_FLAG_TABLE, set->table);
    if (set->table) {
        operation.flags |= set->position_log2 << HW_FLAG_POSITION;
        operation.weight = connection->table_word;
        operation.stride = set->stride;
    } else {
        operation.weight = (uint32_t)(set->first_unit + connection->first_unit);
        operation.stride = connection->stride;
    }
    set_source(program, connection, &operation);
    const struct image_projection *projection = &program->image->projections[connection->projection];
    if (program->fired && program->last_fired == projection->source &&
        image_array_delay(program->image, projection) == 0)
        operation.flags |= flag(HW_FLAG_FOLLOWS, true);
    if (goes_on(&program->accumulate, &operation)) {
        program->accumulate.count += operation.count;
        if (operation.wait > program->accumulate.wait)
            program->accumulate.wait = operation.wait;
        return;
    }
    put_waiting(program);
    program->accumulate = operation;
}

static struct operation update(const struct program *program, const struct slice_placement *own,
                               const struct parameter_sets *sets, uint32_t address, int exponent)
{
    return (struct operation){
        .code = HW_OPERATION_UPDATE,
        .flags = flag(HW_FLAG_EACH, sets->count > 1) | flag(HW_FLAG_BIASES, sets->biases) | flag(HW_FLAG_EXTERNAL, own->external) |
                 (unsigned)(exponent + HW_GAIN_SHIFT) << HW_FLAG_GAIN,
        .wait = sets->count > 1 ? sets->count : 0,
        .count = own->groups,
        .weight = sets->row,
        .stride = address / program->placement->board->slots,
    };
}

static void note_fired(struct program *program, size_t population, bool whole)
{
    program->fired = whole;
    program->last_fired = population;
}

/* True if no set has a leak or a bias. */
static bool is_still(const struct program *program, const struct parameter_sets *sets)
{
    size_t slots = program->placement->board->slots;

    for (uint32_t set = 0; set < sets->count; set++) {
        const int16_t *leak = sets->words + (size_t)set * HW_PARAMETER_ROWS * slots, *bias = leak + slots;
        for (size_t slot = 0; slot < slots; slot++) {
            if (leak[slot] || bias[slot])
                return false;
        }
    }
    return true;
}

/* An UPDATE from the accumulators, middle groups before (or, below 0, behind) the middle of its population. Without leak and bias
 * it rests when nothing was added, and is cut at the borders of the parts of the accumulators of which that is known, unless its
 * parameters repeat across them. The part next to the middle comes last: of an image that is the one that least often rests, and
 * an ACCUMULATE behind it begins beside it (FLAG_AHEAD). Returns the operations. */
static size_t put_update(struct program *program, struct operation whole, const struct parameter_sets *sets, int64_t middle)
{
    const struct board *board = program->placement->board;
    uint32_t block = board->accumulator_rows / HW_BLOCKS * (board->lanes / board->slots);
    uint32_t words = block * board->slots / NEURONS_PER_SPIKE_WORD;

    if (!is_still(program, sets) ||
        (whole.count > block && (block % sets->count || words * NEURONS_PER_SPIKE_WORD != block * board->slots))) {
        give(program, &whole);
        return 1;
    }
    whole.flags |= flag(HW_FLAG_STILL, true);
    uint32_t parts = (uint32_t)place_divide_up(whole.count, block);
    uint32_t last = middle <= 0 ? 0 : middle >= whole.count ? parts - 1 : (uint32_t)middle / block;
    for (uint32_t turn = 0; turn < parts; turn++) {
        uint32_t first = (turn + 1 == parts ? last : turn < last ? turn : turn + 1) * block;
        struct operation part = whole;
        part.count = whole.count - first < block ? whole.count - first : block;
        part.stride += first;
        part.target += first;
        part.source += first / block * words << whole.ring_log2;
        give(program, &part);
    }
    return parts;
}

static void put_updates(struct program *program, size_t index)
{
    const struct image_slice *slice = &program->image->slices[index];
    const struct slice_placement *own = &program->placement->slices[index];
    const struct image_population *population = &program->image->populations[slice->population];
    const struct image_buffer *buffer = &program->image->buffers[slice->population];
    size_t whole = image_order_size(&program->image->orders[slice->population]);
    struct operation membrane = update(program, own, &own->membrane, slice->state_address, population->gain_exponent);

    membrane.flags |= flag(HW_FLAG_SUBTRACT, population->subtract) | flag(HW_FLAG_FIRE, population->fire);
    if (population->fire) {
        uint32_t word = (uint32_t)(slice->first_neuron / NEURONS_PER_SPIKE_WORD);
        membrane.source = buffer->address + (word << buffer->ring_log2);
        membrane.ring_log2 = buffer->ring_log2;
    }
    int64_t middle = ((int64_t)whole / 2 - (int64_t)slice->first_neuron) / program->placement->board->slots;
    if (!own->current.count) {
        bool one = put_update(program, membrane, &own->membrane, middle) == 1 && slice->neurons >= whole;
        if (population->fire)
            note_fired(program, slice->population, one);
        return;
    }
    struct operation current =
        update(program, own, &own->current, slice->current_address, population->current_exponent);
    membrane.flags |= flag(HW_FLAG_CURRENT, true);
    membrane.target = slice->current_address / program->placement->board->slots;
    if (population->current_old)
        give(program, &membrane);
    put_update(program, current, &own->current, middle);
    if (!population->current_old)
        give(program, &membrane);
    if (population->fire)
        note_fired(program, slice->population, slice->neurons >= whole);
}

static void put_send(struct program *program, size_t index, bool host)
{
    const struct image_slice *slice = &program->image->slices[index];
    const struct image_population *population = &program->image->populations[slice->population];
    const struct image_buffer *buffer = &program->image->buffers[slice->population];
    uint32_t word = (uint32_t)(population->graded ? slice->first_neuron : slice->first_neuron / NEURONS_PER_SPIKE_WORD);
    uint32_t ring = buffer->address + (word << buffer->ring_log2);
    struct operation send = {
        .code = HW_OPERATION_SEND,
        .flags = flag(HW_FLAG_GRADED, population->graded) | flag(HW_FLAG_TO_HOST, host),
        .source = population->graded ? slice->state_address : ring,
        .count = (uint32_t)image_words(population, slice->neurons),
        .target = host ? slice->output_address : ring,
        .ring_log2 = host && population->graded ? 0 : buffer->ring_log2,
        .wait = host ? 0 : words_before(program, population->level),
    };

    give(program, &send);
}

/* The core's slices by level, those of one stage or of all; their number. */
static size_t list_slices(const struct image *image, unsigned core, int stage, size_t *slices)
{
    size_t last_level = 0, count = 0;

    for (size_t index = 0; index < image->population_count; index++) {
        if (image->populations[index].level > last_level)
            last_level = image->populations[index].level;
    }
    for (size_t level = 0; level <= last_level; level++) {
        for (size_t index = 0; index < image->slice_count; index++) {
            size_t population = image->slices[index].population;
            if (image->slices[index].core == core && image->populations[population].level == level &&
                (stage < 0 || image->buffers[population].lag == (size_t)stage))
                slices[count++] = index;
        }
    }
    return count;
}

void program_step(const struct image *image, const struct placement *placement, unsigned core, int stage,
                  program_put *put, void *context)
{
    struct program program = { .image = image, .placement = placement, .put = put, .context = context };
    size_t *slices = placement->order;
    size_t count = list_slices(image, core, stage, slices);

    program_order(image, placement, core, slices, count);
    for (size_t at = 0; at < count; at++) {
        size_t index = slices[at];
        const struct slice_placement *own = &placement->slices[index];
        for (size_t connection = 0; connection < own->connection_count; connection++)
            put_accumulate(&program, &placement->connections[own->first_connection + connection]);
        put_waiting(&program);
        put_updates(&program, index);
        if (own->sent)
            put_send(&program, index, false);
        if (image->slices[index].output)
            put_send(&program, index, true);
    }
    give(&program, &(struct operation){ .code = HW_OPERATION_END });
}

static uint64_t least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static uint64_t accumulator_groups(const struct board *board)
{
    return (uint64_t)board->accumulator_rows * board->lanes / board->slots;
}

static void clear_rows(const struct program *program, unsigned flags, uint64_t first, uint64_t rows)
{
    uint64_t most = accumulator_groups(program->placement->board);

    for (uint64_t count; rows; first += count, rows -= count) {
        count = least(rows, most);
        program->put(program->context, &(struct operation){ .code = HW_OPERATION_UPDATE,
                                                            .flags = flags,
                                                            .stride = (uint32_t)first,
                                                            .count = (uint32_t)count });
    }
}

/* Spikes are cleared by updates of rows of states, which are 0 already: all rings as if they were one list of words. */
static void clear_spikes(const struct program *program, uint64_t first_row, uint64_t rows)
{
    const struct board *board = program->placement->board;
    uint64_t groups_per_word = NEURONS_PER_SPIKE_WORD / board->slots;
    uint64_t words = least(program->placement->spike_words, board->spike_words);
    uint64_t most = least(rows, accumulator_groups(board)) / groups_per_word;
    uint64_t count;

    for (uint64_t word = 0; word < words; word += count) {
        count = least(words - word, most ? most : 1);
        program->put(program->context,
                     &(struct operation){ .code = HW_OPERATION_UPDATE,
                                          .flags = flag(HW_FLAG_CLEAR, true) | flag(HW_FLAG_FIRE, true),
                                          .source = (uint32_t)word,
                                          .count = (uint32_t)(count * groups_per_word),
                                          .stride = (uint32_t)first_row });
    }
}

/* Accumulators are cleared on the way: the rows of states, and the external ones, are at least as many groups as any
 * slice has that keeps its states there. */
void program_clear(const struct image *image, const struct placement *placement, unsigned core, program_put *put,
                   void *context)
{
    const struct board *board = placement->board;
    const struct core_use *use = &placement->cores[core];
    struct program program = { .image = image, .placement = placement, .put = put, .context = context };
    unsigned clear = flag(HW_FLAG_CLEAR, true);
    /* a placement that does not fit is only counted */
    uint64_t rows = use->first_state_row < board->state_rows ? board->state_rows - use->first_state_row : 1;

    clear_rows(&program, clear, 0, least(placement->shared_rows, board->state_rows));
    clear_rows(&program, clear | flag(HW_FLAG_EXTERNAL, true), use->external_word,
               least(use->external_words, board->weight_words));
    clear_rows(&program, clear, use->first_state_row, rows);
    clear_spikes(&program, use->first_state_row, rows);
    put(context, &(struct operation){ .code = HW_OPERATION_END });
}
