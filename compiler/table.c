/* Chooses how the weights of each projection are kept in each core. All ways are made; of those whose average event
 * costs little more than the cheapest, the smallest is taken. */
#include "table.h"

#include <stdlib.h>

enum { WAYS = 6, POSITIONS_LOG2 = 5 }; /* dense; 1, 2, 4, 8 or 16 neurons a position */

static const double NEARLY = 1.03;  /* as fast */
static const double SLOWEST = 1000; /* no way is that much slower than another: a tolerance above asks for memory alone */

enum { NARROW_WEIGHT_BITS = 4 }; /* up to here weights lie in 4 bits, above in 8, but for those of 16 */

enum { WORTH = 64 }; /* this part of the weight memory is worth being slower for */

struct unit_layout place_unit_layout(const struct board *board, const struct image_projection *projection)
{
    unsigned bytes = board->word_bits / 8;

    if (projection->weight_bits == 16)
        return (struct unit_layout){ 16, board->slots, board->word_bits / 16 / board->slots };
    if (projection->graded)
        return (struct unit_layout){ 8, board->slots, bytes / board->slots };
    if (projection->weight_bits <= NARROW_WEIGHT_BITS)
        return (struct unit_layout){ 4, board->lanes, 2 * bytes / board->lanes };
    return (struct unit_layout){ 8, bytes, 1 };
}

size_t table_scanned(const struct table_input *input, const struct connection *connection)
{
    size_t places = connection->words;

    if (!input->image->projections[connection->projection].graded)
        places *= NEURONS_PER_SPIKE_WORD;
    if (places > input->rows->sources - connection->first_neuron)
        places = input->rows->sources - connection->first_neuron;
    return places;
}

static size_t slice_units(const struct table_input *input, const struct connection *connection)
{
    return place_divide_up(input->image->slices[connection->slice].neurons, input->layout.lanes);
}

void table_dense(struct candidate *candidate, const struct table_input *input)
{
    size_t units = 0;

    *candidate = (struct candidate){ 0 };
    for (size_t index = 0; index < input->count; index++) {
        const struct connection *connection = input->connections[index];
        size_t own = slice_units(input, connection);
        size_t scanned = table_scanned(input, connection);
        units += scanned * own;
        for (size_t place = 0; place < scanned; place++)
            candidate->cost += !input->rows->present[connection->first_neuron + place] ? 0 : own > 2 ? (double)own : 2;
    }
    candidate->words = place_divide_up(units, input->layout.units_per_word);
}

/* Scans only the words that have neurons with targets in the slice. */
static void restrict_source(struct connection *connection, const struct projection_rows *rows, bool graded)
{
    const size_t *first = rows->slices[connection->slice - rows->first_slice].first;
    size_t unit = graded ? 1 : NEURONS_PER_SPIKE_WORD;
    size_t begin = 0, end = rows->sources;

    while (begin < end && first[begin + 1] == first[0])
        begin++;
    while (end > begin && first[end - 1] == first[rows->sources])
        end--;
    connection->first_neuron = (uint32_t)(begin / unit * unit);
    connection->words = end > begin ? (uint32_t)(place_divide_up(end, unit) - begin / unit) : 0;
}

static int write_dense(struct weight_set *set, const struct table_input *input, struct arena *arena)
{
    size_t lanes = set->layout.lanes, alignment = (size_t)1 << board_weight_shift(input->board);

    for (size_t index = 0; index < input->count; index++) {
        struct connection *connection = input->connections[index];
        set->units = place_divide_up(set->units, alignment) * alignment;
        connection->first_unit = set->units;
        connection->stride = (uint32_t)slice_units(input, connection);
        set->units += table_scanned(input, connection) * connection->stride;
    }
    if (set->units / set->layout.units_per_word > input->board->weight_words)
        return 0;
    set->weights = arena_allocate(arena, set->units, lanes * sizeof *set->weights);
    if (!set->weights)
        return -1;
    for (size_t index = 0; index < input->count; index++) {
        const struct connection *connection = input->connections[index];
        const struct slice_rows *rows = &input->rows->slices[connection->slice - input->rows->first_slice];
        for (size_t place = 0; place < table_scanned(input, connection); place++) {
            int16_t *row = set->weights + (connection->first_unit + place * connection->stride) * lanes;
            size_t source = connection->first_neuron + place;
            for (size_t synapse = rows->first[source]; synapse < rows->first[source + 1]; synapse++)
                row[rows->target[synapse]] = rows->weight[synapse];
        }
    }
    return 0;
}

static uint64_t entry_of(const struct candidate *candidate, const struct position *position)
{
    if (position->block == BLOCK_NONE)
        return HW_PUT(1u, ENTRY_NONE);
    const struct block *block = &candidate->store.blocks[position->block];
    return HW_PUT(block->unit, ENTRY_WEIGHT) | HW_PUT(position->target, ENTRY_TARGET) |
           HW_PUT(block->length - 1, ENTRY_LENGTH) | HW_PUT(block->runs - 1, ENTRY_RUNS) |
           HW_PUT(block->weight_skip, ENTRY_WEIGHT_SKIP) | HW_PUT(position->target_skip, ENTRY_TARGET_SKIP);
}

static int write_table(struct weight_set *set, const struct candidate *candidate, const struct table_input *input,
                       struct arena *arena)
{
    const struct position *position = candidate->positions;

    set->table = true;
    set->position_log2 = candidate->position_log2;
    set->stride = (uint32_t)candidate->store.stride;
    set->units = candidate->store.units;
    set->entries = candidate->entries;
    if (candidate->words > input->board->weight_words) {
        input->connections[0]->entry_count = set->entries;
        return 0;
    }
    set->weights = arena_allocate(arena, set->units, set->layout.lanes * sizeof *set->weights);
    if (!set->weights)
        return -1;
    block_store_write(&candidate->store, set->weights);
    for (size_t index = 0; index < input->count; index++) {
        struct connection *connection = input->connections[index];
        connection->entry_count =
            place_divide_up(table_scanned(input, connection), (size_t)1 << candidate->position_log2);
        connection->entries = arena_allocate(arena, connection->entry_count, sizeof *connection->entries);
        if (!connection->entries)
            return -1;
        for (size_t entry = 0; entry < connection->entry_count; entry++)
            connection->entries[entry] = entry_of(candidate, position++);
    }
    return 0;
}

/* True if no table can beat the dense matrix: more than half of it is there, and nothing in it repeats. */
static bool plainly_dense(const struct table_input *input, const struct linear_map *map)
{
    size_t synapses = 0, places = 0, rows = 0;

    for (size_t source = 0; source < map->sources; source++)
        rows += map->pattern[source] != LINEAR_MAP_NONE;
    for (size_t index = 0; index < input->count; index++) {
        const struct connection *connection = input->connections[index];
        synapses += input->rows->slices[connection->slice - input->rows->first_slice].first[input->rows->sources];
        places += table_scanned(input, connection) * input->image->slices[connection->slice].neurons;
    }
    return synapses > places / 2 && map->pattern_count == rows;
}

static const struct candidate *smallest(const struct candidate *candidates, size_t count, double most)
{
    const struct candidate *best = NULL;

    for (size_t index = 0; index < count; index++) {
        const struct candidate *one = &candidates[index];
        if (one->cost > most)
            continue;
        if (!best || one->words < best->words || (one->words == best->words && one->cost < best->cost))
            best = one;
    }
    return best;
}

/* The smallest of those that are nearly as fast as the fastest; a slower one, as far as that is tolerated, where it
 * saves a good piece of the memory. */
static const struct candidate *choose(const struct candidate *candidates, size_t count, double tolerance,
                                      size_t weight_words)
{
    double cheapest = candidates[0].cost;

    for (size_t index = 1; index < count; index++)
        cheapest = candidates[index].cost < cheapest ? candidates[index].cost : cheapest;
    const struct candidate *fast = smallest(candidates, count, cheapest * NEARLY);
    const struct candidate *small = smallest(candidates, count, cheapest * (tolerance > NEARLY ? tolerance : NEARLY));
    return fast->words - small->words > weight_words / WORTH || tolerance > SLOWEST ? small : fast;
}

static int make_set(struct placement *placement, struct weight_set *set, const struct table_input *input)
{
    const struct image_projection *projection = &input->image->projections[set->projection];
    struct candidate candidates[WAYS];
    size_t count = 1;
    int status = 0;

    table_dense(&candidates[0], input);
    size_t limit = 2 * candidates[0].words * input->layout.units_per_word * input->layout.lanes + 4096;
    size_t memory = 8 * (size_t)input->board->weight_words * input->board->word_bits / 4;
    limit = limit < memory ? limit : memory;
    if (!plainly_dense(input, &projection->map)) {
        for (unsigned log2 = 0; !status && log2 < (projection->graded ? 1 : POSITIONS_LOG2); log2++) {
            int result = table_positions(&candidates[count], input, log2, limit);
            if (result < 0)
                status = -1;
            count += result == 0;
        }
    }
    if (!status) {
        const struct candidate *chosen = choose(candidates, count, placement->tolerance, input->board->weight_words);
        set->cost = chosen->cost;
        status = chosen->table ? write_table(set, chosen, input, &placement->arena)
                               : write_dense(set, input, &placement->arena);
    }
    for (size_t index = 1; index < count; index++)
        table_free(&candidates[index]);
    return status;
}

/* Weight sets of one projection: one a core that has slices of its target with synapses. */
static int make_sets(const struct image *image, struct placement *placement, size_t projection,
                     struct connection **of_core)
{
    struct arena work = { NULL };
    struct projection_rows rows;
    const struct image_projection *from = &image->projections[projection];
    const struct image_order *order = &image->orders[from->target];
    int status = projection_rows(&rows, image, projection, &work);

    for (size_t index = 0; !status && index < placement->connection_count; index++) {
        if (placement->connections[index].projection == projection)
            restrict_source(&placement->connections[index], &rows, from->graded);
    }
    for (unsigned core = 0; !status && core < placement->board->cores; core++) {
        struct table_input input = { placement->board, image, &rows, place_unit_layout(placement->board, from),
                                     0, of_core, 0 };
        if (order->rows > 1 && order->row_stride % input.layout.lanes == 0)
            input.pitch = order->row_stride / input.layout.lanes;
        for (size_t index = 0; index < placement->connection_count; index++) {
            struct connection *connection = &placement->connections[index];
            if (connection->projection == projection && connection->words &&
                image->slices[connection->slice].core == core)
                of_core[input.count++] = connection;
        }
        if (!input.count)
            continue;
        struct weight_set *set = &placement->sets[placement->set_count++];
        *set = (struct weight_set){ .projection = projection, .core = core, .layout = input.layout };
        for (size_t index = 0; index < input.count; index++)
            of_core[index]->set = set;
        status = make_set(placement, set, &input);
    }
    arena_free(&work);
    return status;
}

int place_tables(const struct image *image, struct placement *placement)
{
    size_t count = 0;

    for (size_t slice = 0; slice < image->slice_count; slice++) {
        placement->slices[slice].first_connection = count;
        for (size_t projection = 0; projection < image->projection_count; projection++)
            count += image->projections[projection].target == image->slices[slice].population;
        placement->slices[slice].connection_count = count - placement->slices[slice].first_connection;
    }
    placement->connections = arena_allocate(&placement->arena, count, sizeof *placement->connections);
    placement->sets = arena_allocate(&placement->arena, count, sizeof *placement->sets);
    struct connection **of_core = arena_allocate(&placement->arena, count, sizeof *of_core);
    if (!placement->connections || !placement->sets || !of_core)
        return -1;
    placement->connection_count = 0;
    for (size_t slice = 0; slice < image->slice_count; slice++) {
        for (size_t projection = 0; projection < image->projection_count; projection++) {
            if (image->projections[projection].target == image->slices[slice].population)
                placement->connections[placement->connection_count++] =
                    (struct connection){ .projection = projection, .slice = slice };
        }
    }
    placement->set_count = 0;
    for (size_t projection = 0; projection < image->projection_count; projection++) {
        if (make_sets(image, placement, projection, of_core))
            return -1;
    }
    return 0;
}
