/* How populations are cut over cores, from cycles counted by hand: a group of slots neurons takes one; a tenth of the
 * sources spikes, each of which takes a cycle for each unit of lanes weights, and two at least. */
#include "integer_network.h"
#include "place.h"

#include <criterion/criterion.h>

static bool dense_weight(void *context, size_t source, size_t target, int *weight)
{
    (void)context, (void)source, (void)target;
    *weight = 1;
    return true;
}

/* Adds neurons with a dense projection from an Input of their own. Returns their population. */
static size_t add_layer(struct image *image, size_t sources, size_t neurons)
{
    size_t input = integer_network_add(image, MODEL_INPUT, false, sources, 0, 0);
    size_t population = integer_network_add(image, MODEL_LIF, false, neurons, 0, 0);

    integer_network_connect(image, input, population, 0, 8, dense_weight, NULL);
    integer_network_output(image, population);
    return population;
}

/* Neurons of a population in each core. */
static void cut(struct image *image, const char *board, bool balanced, size_t population, size_t *neurons)
{
    struct placement placement = {.board = board_find(board), .tolerance = 1, .tile_divisor = 1, .balanced = balanced};

    cr_assert_eq(place_slices(image, &placement), 0);
    for (unsigned core = 0; core < placement.board->cores; core++)
        neurons[core] = 0;
    for (size_t index = 0; index < image->slice_count; index++)
        if (image->slices[index].population == population)
            neurons[image->slices[index].core] += image->slices[index].neurons;
    arena_free(&placement.arena);
}

static void expect_cut(struct image *image, const char *board, size_t population, const size_t *want)
{
    size_t neurons[16];

    cut(image, board, true, population, neurons);
    for (unsigned core = 0; core < board_find(board)->cores; core++)
        cr_expect_eq(neurons[core], want[core], "%s, population %zu, core %u: %zu neurons, not %zu", board, population,
                     core, neurons[core], want[core]);
}

/* On 8 lanes with 4 slots, 16 neurons are two units and four groups: of the large layer 4 + 25.6 * 2 cycles, so of its 7
 * pieces three cores get two and one gets one. The small layer's only piece takes 4 + 6.4 * 2 and goes to that one. */
Test(place_balance, small_layers_even_out_large_ones)
{
    struct arena arena = { NULL };
    struct image image = integer_network_begin(&arena);
    size_t small = add_layer(&image, 64, 16), large = add_layer(&image, 256, 112);

    expect_cut(&image, "sim-quad", large, (const size_t[]){ 32, 32, 32, 16 });
    expect_cut(&image, "sim-quad", small, (const size_t[]){ 0, 0, 0, 16 });
    arena_free(&arena);
}

/* On 16 lanes with 8 slots, 16 neurons are one unit, two pieces two, and an event takes two cycles with either: 2 + 51.2 * 2
 * cycles, or 4 + 51.2 * 2. Two cores with two are done as soon as four with one. */
Test(place_balance, an_event_takes_two_cycles)
{
    struct arena arena = { NULL };
    struct image image = integer_network_begin(&arena);
    size_t population = add_layer(&image, 512, 64);

    expect_cut(&image, "sim-large", population, (const size_t[16]){ 32, 32 });
    arena_free(&arena);
}

/* Layers behind each other are done one after the other: each is spread over all cores, whatever the other takes. */
Test(place_balance, levels_do_not_wait_for_each_other)
{
    struct arena arena = { NULL };
    struct image image = integer_network_begin(&arena);
    size_t first = add_layer(&image, 256, 80), second = integer_network_add(&image, MODEL_LIF, false, 64, 0, 0);

    integer_network_connect(&image, first, second, 0, 8, dense_weight, NULL);
    expect_cut(&image, "sim-quad", first, (const size_t[]){ 32, 16, 16, 16 });
    expect_cut(&image, "sim-quad", second, (const size_t[]){ 16, 16, 16, 16 });
    arena_free(&arena);
}
