/* The order of neurons in the array, and how populations are cut: over cores by output neuron, so that every core sees
 * the same spikes and holds only its own weights; and in a core into tiles that the accumulators hold. */
#include "place.h"

/* A row of an image that no tile could hold counts as part of one long row: then it may be cut anywhere. */
static struct image_order order_of(const struct image_population *population, const struct board *board)
{
    const struct shape *shape = &population->shape;
    struct image_order order = { population->size, 1, 1, population->size };

    if ((shape->rank != 2 && shape->rank != 3) || shape->size[0] == 0)
        return order;
    size_t columns = (size_t)shape->size[shape->rank - 1];
    size_t rows = shape->rank == 3 ? (size_t)shape->size[1] : 1;
    size_t channels = (size_t)shape->size[0];
    if (!columns || !rows || population->size % columns || population->size / columns % rows ||
        population->size / columns / rows != channels)
        return order;
    size_t row = channels * columns;
    size_t padded = place_divide_up(row, board->lanes) * board->lanes;
    if (rows > 1 && population->model != MODEL_INPUT &&
        padded * (padded % NEURONS_PER_SPIKE_WORD ? 2 : 1) > (size_t)board->accumulator_rows * board->lanes) {
        columns *= rows;
        rows = 1;
    }
    if (rows == 1)
        return (struct image_order){ channels, columns, 1, channels * columns };
    return (struct image_order){ channels, columns, rows, population->model == MODEL_INPUT ? row : padded };
}

/* Parts of a row that are whole words of spikes, so that more cores than there are rows have one; 1 where there are none. */
static size_t row_parts(const struct image_order *order, const struct board *board)
{
    size_t row = order->channels * order->columns, parts = board->cores / order->rows;

    while (parts > 1 && (row % (parts * NEURONS_PER_SPIKE_WORD) || row != order->row_stride))
        parts--;
    return parts > 1 ? parts : 1;
}

/* Neurons between two places where a population may be cut. */
static size_t cut_distance(const struct image_order *order)
{
    if (order->rows == 1)
        return NEURONS_PER_SPIKE_WORD;
    return order->row_stride * (order->row_stride % NEURONS_PER_SPIKE_WORD ? 2 : 1);
}

/* Tiles of what one core has of a population. */
static size_t tile_count(size_t quanta, size_t distance, const struct placement *placement)
{
    const struct board *board = placement->board;
    size_t capacity = (size_t)board->accumulator_rows * board->lanes / placement->tile_divisor / distance;

    return place_divide_up(quanta, capacity ? capacity : 1);
}

/* Where the population may be cut. With more cores than rows of an image parts of rows are pieces, and all rows are one. */
static void choose_pieces(const struct placement *placement, bool input, struct image_order *order,
                          struct population_cut *cut)
{
    size_t parts = placement->row_parts && !input && order->rows > 1 ? row_parts(order, placement->board) : 1;

    cut->distance = cut_distance(order);
    if (parts > 1) {
        cut->distance = order->row_stride / parts;
        *order = (struct image_order){ order->channels, order->columns * order->rows, 1, image_order_size(order) };
    }
    cut->pieces = place_divide_up(image_order_size(order), cut->distance);
}

/* The same for every core, as even as pieces go. A small population starts at the core where the last ended, so that
 * small ones do not all meet in core 0. */
static void cut_evenly(const struct placement *placement, struct population_cut *cut, unsigned *next_core)
{
    unsigned cores = placement->board->cores;
    size_t parts = cut->pieces < cores ? cut->pieces : cores;

    cut->first_core = *next_core;
    for (size_t part = 0; part < parts; part++) {
        cut->counts[*next_core] = (uint32_t)(cut->pieces * (part + 1) / parts - cut->pieces * part / parts);
        *next_core = (*next_core + 1) % cores;
    }
}

/* What each core has, cut into tiles as even as they go. */
static void make_slices(struct image *image, const struct placement *placement, size_t population,
                        const struct population_cut *cut)
{
    unsigned cores = placement->board->cores;
    size_t size = image_order_size(&image->orders[population]), piece = 0;

    for (unsigned each = 0; each < cores; each++) {
        unsigned core = (cut->first_core + each) % cores;
        size_t pieces = cut->counts[core], tiles = tile_count(pieces, cut->distance, placement);
        for (size_t tile = 0; tile < tiles; tile++) {
            size_t first = (piece + pieces * tile / tiles) * cut->distance;
            size_t end = (piece + pieces * (tile + 1) / tiles) * cut->distance;
            if (end > size)
                end = size;
            image->slices[image->slice_count++] = (struct image_slice){
                .population = population,
                .first_neuron = first,
                .neurons = end - first,
                .core = core,
                .output = place_is_output(image, population),
            };
        }
        piece += pieces;
    }
}

int place_slices(struct image *image, struct placement *placement)
{
    const struct board *board = placement->board;
    struct population_cut *cuts = arena_allocate(&placement->arena, image->population_count, sizeof *cuts);
    unsigned next_core = 0;
    size_t capacity = 0;

    image->orders = arena_allocate(image->arena, image->population_count, sizeof *image->orders);
    image->buffers = arena_allocate(image->arena, image->population_count, sizeof *image->buffers);
    if (!image->orders || !image->buffers || !cuts)
        return -1;
    place_lags(image, board);
    for (size_t population = 0; population < image->population_count; population++) {
        struct image_order *order = &image->orders[population];
        *order = order_of(&image->populations[population], board);
        choose_pieces(placement, image->populations[population].model == MODEL_INPUT, order, &cuts[population]);
        cuts[population].counts = arena_allocate(&placement->arena, board->cores, sizeof *cuts->counts);
        if (!cuts[population].counts)
            return -1;
        capacity += place_divide_up(image_order_size(order), NEURONS_PER_SPIKE_WORD);
    }
    image->slices = arena_allocate(image->arena, capacity, sizeof *image->slices);
    if (!image->slices || (placement->balanced && place_balance(image, placement, cuts)))
        return -1;
    image->slice_count = 0;
    for (size_t population = 0; population < image->population_count; population++) {
        if (image->populations[population].model == MODEL_INPUT)
            continue;
        if (!placement->balanced)
            cut_evenly(placement, &cuts[population], &next_core);
        make_slices(image, placement, population, &cuts[population]);
    }
    placement->slices = arena_allocate(&placement->arena, image->slice_count, sizeof *placement->slices);
    placement->order = arena_allocate(&placement->arena, image->slice_count, sizeof *placement->order);
    if (!placement->slices || !placement->order)
        return -1;
    for (size_t slice = 0; slice < image->slice_count; slice++)
        placement->slices[slice].groups = (uint32_t)place_divide_up(image->slices[slice].neurons, board->slots);
    return 0;
}
