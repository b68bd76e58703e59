/* Splits populations over cores and gives everything an address. A population is cut by output neuron into
 * slices of whole spike words, as even as they go, so that every core sees the same spikes and holds only its own
 * weights. Spike words and shared values have one address in all cores: a message carries it unchanged. */
#include "place.h"

#include <stdlib.h>

enum { NEURONS_PER_SPIKE_WORD = 16, NEURON_LIMIT = 1 << 16 };

static size_t divide_up(size_t count, size_t by)
{
    return (count + by - 1) / by;
}

struct unit_layout place_unit_layout(const struct board *board, const struct image_projection *projection)
{
    unsigned bytes = board->word_bits / 8;

    if (projection->graded)
        return (struct unit_layout){ 8, board->slots, bytes / board->slots };
    if (projection->weight_bits == 4)
        return (struct unit_layout){ 4, board->lanes, 2 * bytes / board->lanes };
    return (struct unit_layout){ 8, bytes, 1 };
}

uint32_t place_units(const struct unit_layout *layout, size_t neurons)
{
    return (uint32_t)divide_up(neurons, layout->lanes);
}

uint64_t place_weight_words(const struct unit_layout *layout, size_t sources, size_t neurons)
{
    return divide_up((uint64_t)sources * place_units(layout, neurons), layout->units_per_word);
}

bool place_each(const struct image_population *population, size_t neurons, unsigned slots)
{
    if (population->each)
        return true;
    bool padded = neurons % slots != 0;
    bool silent = population->parameter[NEURON_BIAS][0] <= 0 && population->parameter[NEURON_THRESHOLD][0] >= 0;
    return population->fire && padded && !silent;
}

bool place_is_source(const struct image *image, size_t population)
{
    for (size_t index = 0; index < image->projection_count; index++) {
        if (image->projections[index].source == population)
            return true;
    }
    return false;
}

static bool is_output(const struct image *image, size_t population)
{
    for (size_t index = 0; index < image->output_count; index++) {
        if (image->outputs[index].population == population)
            return true;
    }
    return false;
}

/* One population after another over the cores; a small one starts where the last ended, so that small ones
 * do not all meet in core 0. */
static int cut(struct image *image, const struct board *board)
{
    size_t capacity = image->population_count * board->cores;
    unsigned next_core = 0;

    image->slices = arena_allocate(image->arena, capacity, sizeof *image->slices);
    if (!image->slices)
        return -1;
    image->slice_count = 0;
    for (size_t population = 0; population < image->population_count; population++) {
        const struct image_population *from = &image->populations[population];
        if (from->model == MODEL_INPUT)
            continue;
        size_t words = divide_up(from->size, NEURONS_PER_SPIKE_WORD);
        size_t parts = words < board->cores ? words : board->cores;
        size_t first_word = 0;
        for (size_t part = 0; part < parts; part++) {
            size_t last_word = words * (part + 1) / parts;
            size_t first = first_word * NEURONS_PER_SPIKE_WORD;
            size_t end = last_word * NEURONS_PER_SPIKE_WORD < from->size ? last_word * NEURONS_PER_SPIKE_WORD
                                                                          : from->size;
            image->slices[image->slice_count++] = (struct image_slice){
                .population = population,
                .first_neuron = first,
                .neurons = end - first,
                .core = next_core,
                .output = is_output(image, population),
            };
            next_core = (next_core + 1) % board->cores;
            first_word = last_word;
        }
    }
    return 0;
}

static void address_spikes_and_values(struct image *image, struct placement *placement)
{
    const struct board *board = placement->board;
    uint32_t spike = 0;
    uint32_t row = 0;

    for (size_t population = 0; population < image->population_count; population++) {
        const struct image_population *from = &image->populations[population];
        uint32_t words = (uint32_t)divide_up(from->size, NEURONS_PER_SPIKE_WORD);
        uint32_t rows = (uint32_t)divide_up(from->size, board->slots);
        uint32_t buffers = from->model == MODEL_INPUT ? 2 : 1; /* an input of the next step may arrive in this one */

        placement->spike_address[population] = spike;
        placement->value_address[population] = VALUE_NONE;
        if (!from->graded) {
            spike += words * buffers;
        } else if (from->model == MODEL_INPUT || place_is_source(image, population)) {
            placement->value_address[population] = row * board->slots;
            row += rows * buffers;
        }
    }
    placement->spike_words = spike;
    placement->shared_rows = row;

    for (size_t input = 0; input < image->input_count; input++) {
        size_t population = image->inputs[input].population;
        const struct image_population *from = &image->populations[population];
        struct image_input_map *map = &image->input_maps[input];
        if (from->graded) {
            uint32_t rows = (uint32_t)divide_up(from->size, board->slots);
            *map = (struct image_input_map){ HW_SPACE_STATE, placement->value_address[population], rows * board->slots,
                                             from->size };
        } else {
            uint32_t words = (uint32_t)divide_up(from->size, NEURONS_PER_SPIKE_WORD);
            *map = (struct image_input_map){ HW_SPACE_SPIKE, placement->spike_address[population], words, words };
        }
    }
}

/* State rows, accumulator rows, operations and weight words of every core; addresses of v and of outputs. */
static void address_cores(struct image *image, struct placement *placement)
{
    const struct board *board = placement->board;
    uint32_t output = 0;
    uint64_t *weight_words = calloc(board->cores, sizeof *weight_words);

    for (unsigned core = 0; core < board->cores; core++)
        placement->cores[core] = (struct core_use){ .operations = 1, .state_rows = placement->shared_rows };
    for (size_t index = 0; index < image->slice_count; index++) {
        struct image_slice *slice = &image->slices[index];
        const struct image_population *population = &image->populations[slice->population];
        struct core_use *use = &placement->cores[slice->core];
        uint32_t groups = (uint32_t)divide_up(slice->neurons, board->slots);
        uint32_t accumulators = (uint32_t)divide_up(slice->neurons, board->lanes);
        bool each = place_each(population, slice->neurons, board->slots);
        bool shared = placement->value_address[slice->population] != VALUE_NONE;

        use->operations += 1u + (slice->output ? 1u : 0u);
        if (board->cores > 1 && place_is_source(image, slice->population))
            use->operations++;
        if (use->accumulator_rows < accumulators)
            use->accumulator_rows = accumulators;
        use->slices++;
        placement->parameter_row[index] = use->state_rows;
        use->state_rows += HW_PARAMETER_ROWS * (each ? groups : 1);
        if (shared) {
            slice->state_address = placement->value_address[slice->population] + (uint32_t)slice->first_neuron;
        } else {
            slice->state_address = use->state_rows * board->slots;
            use->state_rows += groups;
        }
        if (slice->output) {
            slice->output_address = output;
            output += (uint32_t)image_words(population, slice->neurons);
        }
        for (size_t projection = 0; projection < image->projection_count; projection++) {
            const struct image_projection *from = &image->projections[projection];
            if (from->target != slice->population)
                continue;
            struct unit_layout layout = place_unit_layout(board, from);
            use->operations++;
            if (weight_words)
                weight_words[slice->core] +=
                    place_weight_words(&layout, image->populations[from->source].size, slice->neurons);
        }
    }
    placement->clear_operations = 0;
    for (unsigned core = 0; core < board->cores; core++) {
        if (placement->clear_operations < placement->cores[core].slices + 1)
            placement->clear_operations = placement->cores[core].slices + 1;
    }
    for (unsigned core = 0; core < board->cores; core++) {
        struct core_use *use = &placement->cores[core];
        uint64_t words = (placement->clear_operations + use->operations) * (uint64_t)(HW_OPERATION_WORDS * 16 / board->word_bits);
        words += weight_words ? weight_words[core] : UINT32_MAX;
        use->weight_words = words < UINT32_MAX ? (uint32_t)words : UINT32_MAX;
    }
    free(weight_words);
}

struct shortage {
    const char *what;
    uint64_t needed;
    uint64_t available;
    unsigned core;
};

static void keep_worst(struct shortage *worst, const char *what, uint64_t needed, uint64_t available, unsigned core)
{
    if (needed <= available)
        return;
    if (!worst->what || needed * worst->available > worst->needed * available)
        *worst = (struct shortage){ what, needed, available, core };
}

static struct shortage find_shortage(const struct placement *placement)
{
    const struct board *board = placement->board;
    struct shortage worst = { 0 };

    keep_worst(&worst, "words of spike memory", placement->spike_words, board->spike_words, 0);
    for (unsigned core = 0; core < board->cores; core++) {
        const struct core_use *use = &placement->cores[core];
        keep_worst(&worst, "words of weight memory", use->weight_words, board->weight_words, core);
        keep_worst(&worst, "rows of state memory", use->state_rows, board->state_rows, core);
        keep_worst(&worst, "rows of accumulators", use->accumulator_rows, board->accumulator_rows, core);
    }
    return worst;
}

static int place_on(struct image *image, const struct board *board, struct placement *placement)
{
    size_t populations = image->population_count;

    placement->board = board;
    placement->spike_address = arena_allocate(image->arena, populations, sizeof *placement->spike_address);
    placement->value_address = arena_allocate(image->arena, populations, sizeof *placement->value_address);
    placement->cores = arena_allocate(image->arena, board->cores, sizeof *placement->cores);
    image->input_maps = arena_allocate(image->arena, image->input_count, sizeof *image->input_maps);
    if (!placement->spike_address || !placement->value_address || !placement->cores || !image->input_maps ||
        cut(image, board))
        return -1;
    placement->parameter_row = arena_allocate(image->arena, image->slice_count, sizeof *placement->parameter_row);
    if (!placement->parameter_row)
        return -1;
    address_spikes_and_values(image, placement);
    address_cores(image, placement);
    return 0;
}

/* The first other board on which the network fits, or NULL. */
static const struct board *find_larger(struct image *image, const struct board *than)
{
    for (unsigned index = 0; board_at(index); index++) {
        struct placement placement;
        if (board_at(index) != than && !place_on(image, board_at(index), &placement) && !find_shortage(&placement).what)
            return board_at(index);
    }
    return NULL;
}

int image_place(struct image *image, const struct board *board, struct diagnostics *diagnostics)
{
    struct placement placement;

    for (size_t population = 0; population < image->population_count; population++) {
        const struct image_population *from = &image->populations[population];
        if (from->size >= NEURON_LIMIT)
            return diagnostics_error(diagnostics, from->name,
                                     "%zu neurons are more than a population may have (%d)", from->size,
                                     NEURON_LIMIT - 1);
    }
    image->board = arena_copy(image->arena, board->name);
    if (!image->board || place_on(image, board, &placement))
        return diagnostics_error(diagnostics, "", "not enough memory to place the network");
    struct shortage shortage = find_shortage(&placement);
    if (shortage.what) {
        const struct board *larger = find_larger(image, board);
        return diagnostics_error(
            diagnostics, "",
            "does not fit %s: core %u needs %llu %s and has %llu, %llu too many; %s%s%s", board->name, shortage.core,
            (unsigned long long)shortage.needed, shortage.what, (unsigned long long)shortage.available,
            (unsigned long long)(shortage.needed - shortage.available),
            larger ? "it fits --board " : "no known board holds it", larger ? larger->name : "",
            image->options.weight_bits > 4 ? "; --weight-bits 4 halves the weights" : "");
    }
    for (unsigned core = 0; core < board->cores; core++)
        diagnostics_note(diagnostics, "", "core %u: %u of %u weight words, %u of %u state rows, %u of %u accumulator rows",
                         core, placement.cores[core].weight_words, board->weight_words,
                         placement.cores[core].state_rows, board->state_rows, placement.cores[core].accumulator_rows,
                         board->accumulator_rows);
    return pack(image, &placement, diagnostics);
}
