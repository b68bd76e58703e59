/* The order of neurons in the array, and how populations are cut: over cores by output neuron, as even as whole rows
 * go, so that every core sees the same spikes and holds only its own weights; and in a core into tiles that the
 * accumulators hold. */
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

/* Parts for the cores, each cut into tiles, all as even as they go. */
static void cut_population(struct image *image, const struct placement *placement, size_t population,
                           unsigned *next_core)
{
    const struct board *board = placement->board;
    const struct image_order *order = &image->orders[population];
    size_t distance = cut_distance(order);
    size_t size = image_order_size(order);
    size_t quanta = place_divide_up(size, distance);
    size_t parts = quanta < board->cores ? quanta : board->cores;

    for (size_t part = 0; part < parts; part++) {
        size_t part_first = quanta * part / parts;
        size_t part_quanta = quanta * (part + 1) / parts - part_first;
        size_t tiles = tile_count(part_quanta, distance, placement);
        for (size_t tile = 0; tile < tiles; tile++) {
            size_t first = (part_first + part_quanta * tile / tiles) * distance;
            size_t end = (part_first + part_quanta * (tile + 1) / tiles) * distance;
            if (end > size)
                end = size;
            image->slices[image->slice_count++] = (struct image_slice){
                .population = population,
                .first_neuron = first,
                .neurons = end - first,
                .core = *next_core,
                .output = place_is_output(image, population),
            };
        }
        *next_core = (*next_core + 1) % board->cores;
    }
}

/* A small population starts at the core where the last ended, so that small ones do not all meet in core 0. */
int place_slices(struct image *image, struct placement *placement)
{
    const struct board *board = placement->board;
    unsigned next_core = 0;
    size_t capacity = 0;

    image->orders = arena_allocate(image->arena, image->population_count, sizeof *image->orders);
    image->buffers = arena_allocate(image->arena, image->population_count, sizeof *image->buffers);
    if (!image->orders || !image->buffers)
        return -1;
    place_lags(image, board);
    for (size_t population = 0; population < image->population_count; population++) {
        image->orders[population] = order_of(&image->populations[population], board);
        capacity += place_divide_up(image_order_size(&image->orders[population]), NEURONS_PER_SPIKE_WORD);
    }
    image->slices = arena_allocate(image->arena, capacity, sizeof *image->slices);
    if (!image->slices)
        return -1;
    image->slice_count = 0;
    for (size_t population = 0; population < image->population_count; population++) {
        if (image->populations[population].model != MODEL_INPUT)
            cut_population(image, placement, population, &next_core);
    }
    placement->slices = arena_allocate(&placement->arena, image->slice_count, sizeof *placement->slices);
    placement->order = arena_allocate(&placement->arena, image->slice_count, sizeof *placement->order);
    if (!placement->slices || !placement->order)
        return -1;
    for (size_t slice = 0; slice < image->slice_count; slice++)
        placement->slices[slice].groups = (uint32_t)place_divide_up(image->slices[slice].neurons, board->slots);
    return 0;
}
