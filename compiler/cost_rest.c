/* Operations that are not done because nothing would change (rtl/loom_rest.v): what a core knows of its accumulators and of the
 * last runs of its UPDATEs, and what the array's next states are, as the model is told them. */
#include "cost_parts.h"

#include <stdlib.h>
#include <string.h>

enum { MOVED_STATE = 1, MOVED_CURRENT = 2, CHECK_STEPS = 8, CALM_MAX = 2 };

/* What an UPDATE is of: the place of its first neuron in the population, and which of its states. */
static void find_range(const struct cost *cost, unsigned core, const struct operation *operation, struct cost_update *update)
{
    const struct image *image = cost->image;
    uint32_t slots = cost->board->slots, address = operation->stride * slots;
    unsigned space = operation_has(operation, HW_FLAG_EXTERNAL) ? HW_SPACE_WEIGHT : HW_SPACE_STATE;

    for (size_t index = 0; index < image->slice_count; index++) {
        const struct image_slice *slice = &image->slices[index];
        bool current = model_has_current(image->populations[slice->population].model);
        if (slice->core != core || slice->state_space != space)
            continue;
        for (unsigned which = 0; which < 1u + current; which++) {
            uint32_t first = which ? slice->current_address : slice->state_address;
            if (address < first || address - first >= slice->neurons)
                continue;
            size_t left = slice->neurons - (address - first), count = (size_t)operation->count * slots;
            *update = (struct cost_update){
                .known = true,
                .population = slice->population,
                .first = slice->first_neuron + (address - first),
                .count = count < left ? count : left,
                .moved = which ? MOVED_CURRENT : MOVED_STATE,
            };
        }
    }
}

bool cost_rest_open(struct cost *cost)
{
    const struct image *image = cost->image;

    cost->moved = calloc(image->population_count + 1, sizeof *cost->moved);
    cost->states = calloc(image->population_count + 1, sizeof *cost->states);
    cost->currents = calloc(image->population_count + 1, sizeof *cost->currents);
    if (!cost->moved || !cost->states || !cost->currents)
        return false;
    for (size_t index = 0; index < image->population_count; index++) {
        size_t size = image->populations[index].size;
        cost->moved[index] = calloc(image_order_size(&image->orders[index]) + 1, 1);
        cost->states[index] = calloc(size + 1, sizeof *cost->states[index]);
        cost->currents[index] = calloc(size + 1, sizeof *cost->currents[index]);
        if (!cost->moved[index] || !cost->states[index] || !cost->currents[index])
            return false;
    }
    for (unsigned core = 0; core < cost->board->cores; core++) {
        struct cost_core *own = &cost->cores[core];
        own->updates = calloc(own->operation_count, sizeof *own->updates);
        if (!own->updates)
            return false;
        for (size_t index = 0; index < own->operation_count; index++) {
            if (own->operations[index].code == HW_OPERATION_UPDATE)
                find_range(cost, core, &own->operations[index], &own->updates[index]);
        }
    }
    return true;
}

void cost_rest_close(struct cost *cost)
{
    for (unsigned core = 0; cost->cores && core < cost->board->cores; core++)
        free(cost->cores[core].updates);
    for (size_t index = 0; index < cost->image->population_count; index++) {
        if (cost->moved)
            free(cost->moved[index]);
        if (cost->states)
            free(cost->states[index]);
        if (cost->currents)
            free(cost->currents[index]);
    }
    free(cost->moved);
    free(cost->states);
    free(cost->currents);
}

void cost_rest_reset(struct cost *cost)
{
    for (size_t index = 0; index < cost->image->population_count; index++) {
        size_t size = cost->image->populations[index].size;
        memset(cost->moved[index], 0, image_order_size(&cost->image->orders[index]));
        memset(cost->states[index], 0, size * sizeof *cost->states[index]);
        memset(cost->currents[index], 0, size * sizeof *cost->currents[index]);
    }
    for (unsigned core = 0; core < cost->board->cores; core++) {
        cost->cores[core].touched = ~0u;
        cost->cores[core].fired = false;
        for (size_t index = 0; index < cost->cores[core].operation_count; index++)
            cost->cores[core].updates[index].calm = 0;
    }
}

static void put(const struct image_order *order, size_t size, uint8_t *moved, uint8_t bit, int16_t *before, const int16_t *now)
{
    for (size_t neuron = 0; neuron < size; neuron++) {
        uint8_t *flags = &moved[image_order_place(order, neuron)];
        *flags = (uint8_t)(before[neuron] != now[neuron] ? *flags | bit : *flags & ~bit);
    }
    memcpy(before, now, size * sizeof *before);
}

void cost_put_states(struct cost *cost, size_t population, const int16_t *states, const int16_t *currents)
{
    const struct image_order *order = &cost->image->orders[population];
    size_t size = cost->image->populations[population].size;

    put(order, size, cost->moved[population], MOVED_STATE, cost->states[population], states);
    if (currents)
        put(order, size, cost->moved[population], MOVED_CURRENT, cost->currents[population], currents);
}

/* Part of the accumulators that a row lies in. */
static unsigned block_of(const struct board *board, uint32_t row)
{
    unsigned block = row / (board->accumulator_rows / HW_BLOCKS);

    return block < HW_BLOCKS ? block : HW_BLOCKS - 1;
}

static bool touched(const struct cost *cost, const struct cost_core *core, const struct operation *operation)
{
    uint32_t row = operation->target / (cost->board->lanes / cost->board->slots);

    return operation_has(operation, HW_FLAG_STILL) ? core->touched >> block_of(cost->board, row) & 1 : core->touched != 0;
}

void cost_touch(const struct board *board, const struct operation *operation, uint32_t first_unit, uint32_t units,
                unsigned *blocks)
{
    unsigned lanes = board->lanes, bytes = board->word_bits / 8;
    unsigned unit_lanes = operation_has(operation, HW_FLAG_GRADED) || operation_has(operation, HW_FLAG_WIDE) ? board->slots
                          : operation_has(operation, HW_FLAG_NARROW) ? lanes : bytes;
    unsigned first = block_of(board, first_unit * unit_lanes / lanes);
    unsigned last = block_of(board, (first_unit + units - 1) * unit_lanes / lanes);

    for (unsigned block = first; block <= last; block++)
        *blocks |= 1u << block;
}

bool cost_skips(const struct cost *cost, const struct cost_core *core, size_t index)
{
    const struct operation *operation = &core->operations[index];

    if (operation->code == HW_OPERATION_ACCUMULATE)
        return operation_has(operation, HW_FLAG_FOLLOWS) && !core->fired;
    if (operation->code != HW_OPERATION_UPDATE || cost->totals.steps == 0)
        return false;
    return operation->ring_log2 < 2 && core->updates[index].calm >= 1u << operation->ring_log2 &&
           !touched(cost, core, operation);
}

bool cost_checks(const struct cost *cost, const struct cost_core *core, size_t index)
{
    const struct operation *operation = &core->operations[index];

    return cost->totals.steps % CHECK_STEPS == 0 && !touched(cost, core, operation) &&
           !operation_has(operation, HW_FLAG_STILL) && !operation_has(operation, HW_FLAG_CURRENT) &&
           !operation_has(operation, HW_FLAG_EACH) && !operation_has(operation, HW_FLAG_EXTERNAL);
}

static bool fires(const struct cost *cost, const struct operation *operation)
{
    uint32_t steps = 1u << operation->ring_log2, ring = (uint32_t)cost->totals.steps % steps;
    uint32_t words = (operation->count * cost->board->slots + 15) / 16;

    for (uint32_t word = 0; operation_has(operation, HW_FLAG_FIRE) && word < words; word++) {
        size_t address = operation->source + (size_t)word * steps + ring;
        if (address < cost->board->spike_words && cost->spikes[address])
            return true;
    }
    return false;
}

static bool moves(const struct cost *cost, const struct cost_update *update)
{
    for (size_t place = 0; update->known && place < update->count; place++) {
        if (cost->moved[update->population][update->first + place] & update->moved)
            return true;
    }
    return false;
}

void cost_rest(const struct cost *cost, struct cost_core *core, size_t index, bool skipped)
{
    const struct operation *operation = &core->operations[index];
    struct cost_update *update = &core->updates[index];
    bool still = operation_has(operation, HW_FLAG_STILL), current = operation_has(operation, HW_FLAG_CURRENT);
    bool was_touched = touched(cost, core, operation), checked = cost_checks(cost, core, index);
    bool fired = fires(cost, operation);

    if (operation_has(operation, HW_FLAG_FIRE))
        core->fired = !skipped && fired;
    if (!current) {
        uint32_t row = operation->target / (cost->board->lanes / cost->board->slots);
        core->touched = still ? core->touched & ~(1u << block_of(cost->board, row)) : 0;
    }
    if (skipped)
        return;
    bool calm = !current && !fired &&
                (still || (!was_touched && (update->calm || (checked && !moves(cost, update)))));
    update->calm = calm ? (update->calm < CALM_MAX ? update->calm + 1 : CALM_MAX) : 0;
}
