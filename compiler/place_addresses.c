/* Addresses. Rings of spikes and of values have one address in all cores, so that a message carries it unchanged. A
 * core's state memory holds values, then parameters, then states and currents; what does not fit there goes behind
 * the weights, largest slices first. A core's weight memory holds programs, tables, weights, external states. */
#include "place.h"

#include <string.h>

enum { CLEAR_ROWS_MIN = 64 }; /* state rows that the clear program has to sweep over spikes with: fewer make it long */

bool place_is_output(const struct image *image, size_t population)
{
    for (size_t index = 0; index < image->output_count; index++) {
        if (image->outputs[index].population == population)
            return true;
    }
    return false;
}

bool place_longest_delay(const struct image *image, size_t population, size_t *delay)
{
    bool read = false;

    *delay = 0;
    for (size_t index = 0; index < image->projection_count; index++) {
        if (image->projections[index].source != population)
            continue;
        read = true;
        size_t own = image_array_delay(image, &image->projections[index]);
        *delay = own > *delay ? own : *delay;
    }
    return read;
}

/* Values may be read from the states themselves if they lie together in the core of all readers, and only as they
 * are now. */
static bool values_need_buffer(const struct image *image, const struct placement *placement, size_t population,
                               size_t delay)
{
    size_t slices = 0, own = 0;

    for (size_t slice = 0; slice < image->slice_count; slice++) {
        if (image->slices[slice].population == population) {
            slices++;
            own = slice;
        }
    }
    if (delay > 0 || slices != 1)
        return true;
    for (size_t index = 0; index < placement->connection_count; index++) {
        const struct connection *connection = &placement->connections[index];
        if (image->projections[connection->projection].source == population && connection->words &&
            image->slices[connection->slice].core != image->slices[own].core)
            return true;
    }
    return false;
}

static void address_buffers(struct image *image, struct placement *placement)
{
    unsigned slots = placement->board->slots;
    uint64_t spike = 0;
    uint64_t row = 0;

    for (size_t population = 0; population < image->population_count; population++) {
        const struct image_population *from = &image->populations[population];
        struct image_buffer *buffer = &image->buffers[population];
        bool input = from->model == MODEL_INPUT;
        size_t delay;
        bool read = place_longest_delay(image, population, &delay);

        buffer->space = from->graded ? HW_SPACE_STATE : HW_SPACE_SPIKE;
        buffer->words = image_words(from, image_order_size(&image->orders[population]));
        if (from->graded)
            buffer->used = read && (input || values_need_buffer(image, placement, population, delay));
        else
            buffer->used = read || !input;
        while (((size_t)1 << buffer->ring_log2) <= delay + (input ? 1 : 0))
            buffer->ring_log2++;
        if (!buffer->used) {
            buffer->ring_log2 = 0;
            continue;
        }
        uint64_t words = (uint64_t)buffer->words << buffer->ring_log2;
        buffer->address = (uint32_t)(from->graded ? row * slots : spike);
        if (from->graded)
            row += (words + slots - 1) / slots;
        else
            spike += words;
    }
    placement->spike_words_needed = spike;
    placement->spike_words = (uint32_t)(spike < UINT32_MAX ? spike : UINT32_MAX);
    placement->shared_rows = row;
}

/* Spikes go to the cores if some other core scans a word of the slice, values if anybody reads their ring. */
static void find_sent(const struct image *image, struct placement *placement)
{
    for (size_t index = 0; index < image->slice_count; index++) {
        const struct image_slice *slice = &image->slices[index];
        bool graded = image->populations[slice->population].graded;

        placement->slices[index].sent = graded && image->buffers[slice->population].used;
        for (size_t other = 0; !graded && other < placement->connection_count; other++) {
            const struct connection *connection = &placement->connections[other];
            if (image->projections[connection->projection].source == slice->population &&
                image->slices[connection->slice].core != slice->core &&
                connection->first_neuron < slice->first_neuron + slice->neurons &&
                slice->first_neuron < connection->first_neuron + (size_t)connection->words * NEURONS_PER_SPIKE_WORD)
                placement->slices[index].sent = true;
        }
    }
}

static uint64_t state_rows_of(const struct slice_placement *slice)
{
    return (uint64_t)slice->groups * (slice->current.count ? 2 : 1);
}

/* One set that a slice before has too; NULL if there is none. Its rows serve both, and an UPDATE that finds the set of the
 * one before it in its neurons does not read it again. */
static const struct parameter_sets *same_set(const struct image *image, const struct placement *placement, size_t index,
                                             const struct parameter_sets *sets)
{
    size_t bytes = HW_PARAMETER_ROWS * placement->board->slots * sizeof *sets->words;

    for (size_t before = 0; before <= index && sets->count == 1; before++) {
        struct slice_placement *own = &placement->slices[before];
        const struct parameter_sets *of[] = { &own->membrane, &own->current };
        if (image->slices[before].core != image->slices[index].core)
            continue;
        for (size_t kind = 0; kind < sizeof of / sizeof *of && of[kind] != sets; kind++) {
            if (of[kind]->count == 1 && !memcmp(of[kind]->words, sets->words, bytes))
                return of[kind];
        }
    }
    return NULL;
}

/* Returns the next free row. */
static uint64_t address_parameters(const struct image *image, const struct placement *placement, size_t index,
                                   struct parameter_sets *sets, uint64_t row)
{
    const struct parameter_sets *same = same_set(image, placement, index, sets);

    sets->row = same ? same->row : (uint32_t)row;
    return same ? row : row + place_parameter_rows(sets);
}

/* Rows of states that are still internal in a core, and the largest slice among them that may leave. */
static uint64_t internal_rows(const struct image *image, const struct placement *placement, unsigned core,
                              struct slice_placement **largest)
{
    uint64_t rows = 0;

    *largest = NULL;
    for (size_t index = 0; index < image->slice_count; index++) {
        struct slice_placement *own = &placement->slices[index];
        if (image->slices[index].core != core || own->external)
            continue;
        rows += state_rows_of(own);
        if (!image->populations[image->slices[index].population].graded &&
            (!*largest || state_rows_of(own) > state_rows_of(*largest)))
            *largest = own;
    }
    return rows;
}

static void address_states(struct image *image, struct placement *placement, unsigned core)
{
    const struct board *board = placement->board;
    struct core_use *use = &placement->cores[core];
    uint64_t row = place_divide_up(placement->shared_rows, HW_PARAMETER_ROWS) * HW_PARAMETER_ROWS;
    struct slice_placement *largest;
    uint64_t rows;

    for (size_t index = 0; index < image->slice_count; index++) {
        struct slice_placement *own = &placement->slices[index];
        if (image->slices[index].core != core)
            continue;
        row = address_parameters(image, placement, index, &own->membrane, row);
        row = address_parameters(image, placement, index, &own->current, row);
    }
    use->first_state_row = (uint32_t)row;
    rows = internal_rows(image, placement, core, &largest);
    while (largest && row + (rows > CLEAR_ROWS_MIN ? rows : CLEAR_ROWS_MIN) > board->state_rows) {
        largest->external = true;
        rows = internal_rows(image, placement, core, &largest);
    }
    use->state_rows = row + (rows > CLEAR_ROWS_MIN ? rows : CLEAR_ROWS_MIN);
    for (size_t index = 0; index < image->slice_count; index++) {
        struct image_slice *slice = &image->slices[index];
        const struct slice_placement *own = &placement->slices[index];
        if (slice->core != core || own->external)
            continue;
        slice->state_space = HW_SPACE_STATE;
        slice->state_address = (uint32_t)(row * board->slots);
        row += own->groups;
        if (own->current.count) {
            slice->current_address = (uint32_t)(row * board->slots);
            row += own->groups;
        }
    }
}

/* The one connection of a set of its core; NULL if there are several. */
static const struct connection *only_connection(const struct placement *placement, const struct weight_set *set)
{
    const struct connection *only = NULL;

    for (size_t index = 0; index < placement->connection_count; index++) {
        if (placement->connections[index].set != set)
            continue;
        if (only)
            return NULL;
        only = &placement->connections[index];
    }
    return only;
}

/* Units that are left free behind a dense set, so that the ACCUMULATE of the next one can be joined to its own: a word of
 * spikes is 16 neurons, whose weights must be there even where neurons are not. */
static uint64_t free_units(const struct image *image, const struct placement *placement, const struct weight_set *set,
                           const struct weight_set *next)
{
    const struct connection *first = only_connection(placement, set), *second = only_connection(placement, next);

    if (!first || !second || set->projection == next->projection || first->slice != second->slice ||
        first->stride != second->stride || first->first_unit || second->first_unit || second->first_neuron ||
        set->layout.bits != next->layout.bits)
        return 0;
    const struct image_projection *own = &image->projections[set->projection], *other = &image->projections[next->projection];
    const struct image_buffer *from = &image->buffers[own->source], *to = &image->buffers[other->source];
    if (own->graded || other->graded || !from->used || !to->used || from->ring_log2 != to->ring_log2 ||
        from->address + (from->words << from->ring_log2) != to->address ||
        image_ring_back(image, own->source, image_array_delay(image, own)) !=
            image_ring_back(image, other->source, image_array_delay(image, other)))
        return 0;
    uint64_t units = (uint64_t)first->words * NEURONS_PER_SPIKE_WORD * first->stride;
    return units > set->units ? units - set->units : 0;
}

/* The sets of one kind, tables' or dense ones; returns the next free word. */
static uint64_t address_sets(const struct image *image, struct placement *placement, unsigned core, bool tables,
                             uint64_t word)
{
    size_t alignment = place_weight_alignment(placement);
    const struct weight_set *before = NULL;

    for (size_t index = 0; index < placement->set_count; index++) {
        struct weight_set *set = &placement->sets[index];
        if (set->core != core || set->table != tables)
            continue;
        if (!tables && before)
            word += place_divide_up(free_units(image, placement, before, set), set->layout.units_per_word);
        before = set;
        word = place_divide_up(word, alignment) * alignment;
        set->first_unit = (uint32_t)(word * set->layout.units_per_word);
        if (tables && set->first_unit + set->units > placement->cores[core].table_units)
            placement->cores[core].table_units = set->first_unit + set->units;
        word += place_divide_up(set->units, set->layout.units_per_word);
    }
    return word;
}

/* Tables, weights and external states. The weights that tables name come first: an entry can name
 * fewer units than an operation. */
static void address_weights(struct image *image, struct placement *placement, unsigned core)
{
    const struct board *board = placement->board;
    struct core_use *use = &placement->cores[core];
    size_t alignment = place_weight_alignment(placement);
    uint64_t word = 0;

    alignment = alignment > HW_TABLE_ALIGNMENT ? alignment : HW_TABLE_ALIGNMENT;
    use->table_units = 0;
    for (size_t index = 0; index < placement->connection_count; index++) {
        struct connection *connection = &placement->connections[index];
        if (!connection->entry_count || connection->set->core != core)
            continue;
        word = place_divide_up(word, alignment) * alignment;
        connection->table_word = (uint32_t)word;
        word += connection->entry_count;
    }
    word = address_sets(image, placement, core, true, word);
    word = address_sets(image, placement, core, false, word);
    use->external_word = word;
    for (size_t index = 0; index < image->slice_count; index++) {
        struct image_slice *slice = &image->slices[index];
        const struct slice_placement *own = &placement->slices[index];
        if (slice->core != core || !own->external)
            continue;
        slice->state_space = HW_SPACE_WEIGHT;
        slice->state_address = (uint32_t)(word * board->slots);
        word += own->groups;
        if (own->current.count) {
            slice->current_address = (uint32_t)(word * board->slots);
            word += own->groups;
        }
    }
    use->external_words = word - use->external_word;
    use->weight_words = word;
}

static void count_operation(void *context, const struct operation *operation)
{
    uint32_t *count = context;

    (void)operation;
    ++*count;
}

static void address_outputs(struct image *image)
{
    uint32_t output = 0;

    for (size_t index = 0; index < image->slice_count; index++) {
        struct image_slice *slice = &image->slices[index];
        if (!slice->output)
            continue;
        slice->output_address = output;
        output += (uint32_t)image_words(&image->populations[slice->population], slice->neurons);
    }
}

int place_addresses(struct image *image, struct placement *placement)
{
    const struct board *board = placement->board;

    placement->cores = arena_allocate(&placement->arena, board->cores, sizeof *placement->cores);
    if (!placement->cores)
        return -1;
    address_buffers(image, placement);
    find_sent(image, placement);
    address_outputs(image);
    for (unsigned core = 0; core < board->cores; core++) {
        struct core_use *use = &placement->cores[core];
        address_states(image, placement, core);
        for (size_t index = 0; index < image->slice_count; index++) {
            uint32_t rows = (uint32_t)place_divide_up(image->slices[index].neurons, board->lanes);
            if (image->slices[index].core != core)
                continue;
            use->slices++;
            use->accumulator_rows = rows > use->accumulator_rows ? rows : use->accumulator_rows;
        }
        address_weights(image, placement, core);
        program_step(image, placement, core, PROGRAM_ALL_STAGES, count_operation, &use->operations);
        program_clear(image, placement, core, count_operation, &use->clear_operations);
        if (use->clear_operations > placement->clear_operations)
            placement->clear_operations = use->clear_operations;
        if (use->operations > placement->step_operations)
            placement->step_operations = use->operations;
    }
    /* With stages all programs are as long as the longest in any core, so that they begin at the same addresses in all. */
    for (unsigned core = 0; core < board->cores && image->stage_count > 1; core++)
        placement->cores[core].operations = placement->step_operations * (uint32_t)(1 + image->stage_count);
    return 0;
}
