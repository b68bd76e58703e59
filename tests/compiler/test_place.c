/* Capacity: what just fits is placed, one more is refused with the count. The arithmetic is done here by hand for
 * sim-small (1 core, 8 lanes, 4 slots, words of 64 bits, 16384 words of weights, 256 rows of states, 64 operations). */
#include "hardware.h"
#include "integer_network.h"
#include "placed_image.h"

#include <criterion/criterion.h>

static bool dense_weight(void *context, size_t source, size_t target, int *weight)
{
    (void)context;
    *weight = 1 + (int)((source * 31 + target * 17 + source * target % 13) % 120);
    return true;
}

static struct image dense(struct arena *arena, enum model model, size_t sources, size_t neurons)
{
    struct image image = integer_network_begin(arena);

    integer_network_add(&image, MODEL_INPUT, false, sources, 0, 0);
    integer_network_add(&image, model, false, neurons, 0, 0);
    integer_network_output(&image, 1);
    integer_network_connect(&image, 0, 1, 0, 8, dense_weight, NULL);
    return image;
}

static bool fits(enum model model, size_t sources, size_t neurons, const char *message)
{
    struct arena arena = { NULL };
    struct image image = dense(&arena, model, sources, neurons);
    bool placed = placed_on(&image, "sim-small", message);

    if (placed && sources * neurons < 200000)
        placed_check(&image, 1, 9, NULL);
    arena_free(&arena);
    return placed;
}

/* 160 neurons are 20 words a source. */
Test(place, weight_memory)
{
    cr_expect(fits(MODEL_LIF, 819, 160, ""));
    cr_expect(!fits(MODEL_LIF, 820, 160, "needs 16400 words of weight memory and has 16384, 16 too many"));
}

/* The Input has two steps of 255 words, the population 2 words: 512. */
Test(place, spike_memory)
{
    cr_expect(fits(MODEL_LIF, 4080, 32, ""));
    cr_expect(!fits(MODEL_LIF, 4081, 32, "needs 514 words of spike memory and has 512, 2 too many"));
}

/* Four rows of parameters and 252 rows of four membranes are 256. Values may not leave the state memory. */
Test(place, state_memory)
{
    cr_expect(fits(MODEL_LI, 1, 1008, ""));
    cr_expect(!fits(MODEL_LI, 1, 1009, "needs 257 rows of state memory and has 256, 1 too many"));
}

/* Membranes of neurons that fire may: then they lie behind the weights. */
Test(place, external_states)
{
    struct arena arena = { NULL };
    struct image image = dense(&arena, MODEL_LIF, 3, 1008);

    cr_assert(placed_on(&image, "sim-small", ""));
    cr_expect_eq(image.slices[0].state_space, HW_SPACE_STATE);
    image = dense(&arena, MODEL_LIF, 3, 1012);
    cr_assert(placed_on(&image, "sim-small", ""));
    cr_expect_eq(image.slices[0].state_space, HW_SPACE_WEIGHT);
    cr_expect_eq(image.slices[0].state_address, 4 * placed_weight_words(&image, 0));
    placed_check(&image, 2, 2, NULL);
    arena_free(&arena);
}

Test(place, neurons_of_a_population)
{
    cr_expect(!fits(MODEL_LIF, 1, 65536, "65536 neurons are more than a population may have (65535)"));
}

/* 14 populations and projections of an Input to them, an ACCUMULATE each; 14 UPDATEs, a SEND, END. Clearing are three
 * operations: states, spikes, END. */
static bool projections_fit(size_t projections, const char *message)
{
    struct arena arena = { NULL };
    struct image image = integer_network_begin(&arena);

    integer_network_add(&image, MODEL_INPUT, false, 1, 0, 0);
    for (size_t index = 0; index < 14; index++)
        integer_network_add(&image, MODEL_LIF, false, 1, 0, 0);
    for (size_t index = 0; index < projections; index++)
        integer_network_connect(&image, 0, 1 + index % 14, index / 14, 8, dense_weight, NULL);
    integer_network_output(&image, 14);
    bool placed = placed_on(&image, "sim-small", message);
    if (placed)
        placed_check(&image, 3, 5, NULL);
    arena_free(&arena);
    return placed;
}

Test(place, program_memory)
{
    cr_expect(projections_fit(45, ""));
    cr_expect(!projections_fit(46, "needs 65 operations of program memory and has 64, 1 too many"));
}

/* Four cores have 48 of the 160 neurons at most: 6 words a source. */
Test(place, a_board_that_would_do_is_named)
{
    cr_expect(!fits(MODEL_LIF, 820, 160, "it fits --board sim-quad"));
}

/* 65 words a step; a ring of 8 steps is the least that keeps 7 delayed ones, 4 the least for an Input delayed by 2. */
Test(place, rings)
{
    struct arena arena = { NULL };
    struct image image = dense(&arena, MODEL_LIF, 3, 1030);

    integer_network_connect(&image, 1, 1, 7, 8, dense_weight, NULL);
    image.projections[1].map.pattern[0] = LINEAR_MAP_NONE;
    for (size_t source = 3; source < 1030; source++)
        image.projections[1].map.pattern[source] = LINEAR_MAP_NONE;
    integer_network_connect(&image, 0, 1, 2, 8, dense_weight, NULL);
    cr_assert(placed_on(&image, "icebreaker", ""));
    cr_expect_eq(image.buffers[0].ring_log2, 2);
    cr_expect_eq(image.buffers[1].ring_log2, 3);
    cr_expect_eq(image.buffers[1].words, 65);
    cr_expect_eq(image.buffers[1].address, 4);
    placed_check(&image, 3, 1, NULL);
    integer_network_connect(&image, 0, 1, 4095, 8, dense_weight, NULL);
    cr_expect(!placed_on(&image, "icebreaker",
                         "its output is delayed by 4095 steps; the array keeps it for at most 4094"));
    arena_free(&arena);
}
