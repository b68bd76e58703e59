/* Placed images, run by the second implementation of the array, against a direct evaluation of the integer network:
 * every state, spike and value of every neuron in every step, and every word that the host gets. */
#include "cost.h"
#include "hardware.h"
#include "integer_network.h"
#include "placed_image.h"
#include "support.h"

#include <criterion/criterion.h>

static void check_on_all_boards(uint64_t first, uint64_t last, unsigned least_placed)
{
    uint64_t fired = 0;
    unsigned placed = 0;

    for (uint64_t seed = first; seed <= last; seed++) {
        for (unsigned index = 0; board_at(index); index++) {
            struct arena arena = { NULL };
            struct image image = integer_network_random(&arena, seed);
            if (placed_on(&image, board_at(index)->name, "")) {
                fired += placed_check(&image, seed, 3, NULL);
                placed++;
            }
            arena_free(&arena);
        }
    }
    cr_log_info("%u placed, %llu spikes", placed, (unsigned long long)fired);
    cr_expect_gt(placed, least_placed);
    cr_expect_gt(fired, 10000);
}

Test(place_array, random_networks)
{
    check_on_all_boards(1, 60, 240);
}

struct pattern {
    size_t distance; /* from one target of a source to its next */
    size_t count;
    int weight;      /* 0: depends on source and target */
};

static bool pattern_weight(void *context, size_t source, size_t target, int *weight)
{
    const struct pattern *pattern = context;

    *weight = pattern->weight ? pattern->weight : (int)((source * 7919 + target * 104729) % 253) - 126;
    return target >= source && (target - source) % pattern->distance == 0 &&
           (target - source) / pattern->distance < pattern->count;
}

static bool full_weight(void *context, size_t source, size_t target, int *weight)
{
    (void)context;
    *weight = (int)((source * 7919 + target * 104729 + source * target) % 61) - 30;
    return true;
}

static struct image two_populations(struct arena *arena, enum model model, size_t sources, size_t targets)
{
    struct image image = integer_network_begin(arena);

    integer_network_add(&image, MODEL_INPUT, false, sources, 0, 0);
    integer_network_add(&image, model, false, targets, 0, 0);
    integer_network_output(&image, 1);
    return image;
}

/* 8 neighbours share an entry and 8 words of weights, all others share those words: 1024 / 8 entries. */
Test(place_array, uniform_diagonal_is_stored_once)
{
    struct arena arena = { NULL };
    struct image image = two_populations(&arena, MODEL_IF, 1024, 1024);
    struct pattern pattern = { 1, 1, 60 };

    integer_network_connect(&image, 0, 1, 0, 8, pattern_weight, &pattern);
    cr_assert(placed_on(&image, "icebreaker", ""));
    size_t words = placed_weight_words(&image, 0);
    cr_expect(words >= 128 + 8 && words <= 128 + 8 + 15, "%zu words", words);
    cr_expect_gt(placed_check(&image, 1, 4, NULL), 0);
    arena_free(&arena);
}

static struct image convolution_image(struct arena *arena, size_t channels, size_t size,
                                      struct convolution *convolution)
{
    struct image image = integer_network_begin(arena);

    integer_network_add(&image, MODEL_INPUT, false, channels, size, size);
    integer_network_add(&image, MODEL_LIF, false, 2 * channels, size / (size_t)convolution->stride,
                        size / (size_t)convolution->stride);
    integer_network_output(&image, 1);
    *convolution = (struct convolution){ .image = &image, .source = 0, .target = 1, .kernel = convolution->kernel,
                                         .stride = convolution->stride, .padding = convolution->padding,
                                         .dilation = convolution->dilation, .limit = 120 };
    integer_network_connect(&image, 0, 1, 0, 8, convolution_weight, convolution);
    return image;
}

/* 8 to 16 channels, 3 x 3, 16 x 16 pixels: 1152 weights are 144 words of 8. Two tiles of 8 image rows, each reached
 * from 9 rows of 16 pixels: 2 * 144 entries for the 8 channels of a pixel. States of 4096 neurons are external. */
Test(place_array, convolution_is_stored_once)
{
    struct arena arena = { NULL };
    struct convolution convolution = { .kernel = 3, .stride = 1, .padding = 1, .dilation = 1 };
    struct image image = convolution_image(&arena, 8, 16, &convolution);

    cr_assert(placed_on(&image, "icebreaker", ""));
    cr_assert_eq(image.slice_count, 2);
    cr_expect_eq(image.slices[0].state_space, HW_SPACE_WEIGHT);
    size_t words = placed_weight_words(&image, 0);
    cr_expect(words >= 144 + 288 && words <= 144 + 288 + 2 * 15, "%zu words", words);
    cr_expect_gt(placed_check(&image, 2, 4, NULL), 0);
    arena_free(&arena);
}

/* Every second row and every second column is hit: the runs skip a row; a spike inside walks three runs of the 5 pixels
 * (10 units) that the taps of a row span, one at the corner four pixels of two. */
Test(place_array, dilated_convolution_skips_rows)
{
    struct arena arena = { NULL };
    struct convolution convolution = { .kernel = 3, .stride = 1, .padding = 2, .dilation = 2 };
    struct image image = convolution_image(&arena, 8, 8, &convolution);
    uint64_t units, fewest = UINT64_MAX;

    cr_assert(placed_on(&image, "icebreaker", ""));
    cr_expect_gt(placed_check(&image, 3, 1, &units), 0);
    /* 9 + 4 steps in which all 8 x 8 x 8 inputs spike. Rows reached from row y: 2, 2, 3, 3, 3, 3, 2, 2 (20); columns
     * spanned from column x, in pixels of 2 units: 3, 3, 5, 5, 5, 5, 3, 3 (32) */
    fewest = (uint64_t)(9 + 4) * 8 * 20 * (32 * 2);
    cr_expect_eq(units, fewest, "%llu units, not %llu", (unsigned long long)units, (unsigned long long)fewest);
    arena_free(&arena);
}

enum { ROOM = 8192 }; /* words of weights; smaller boards may refuse a network, by name */

/* Odd channels: rows begin at lane 0 but pixels do not, so contents come in as many kinds as lanes have phases. */
Test(place_array, convolutions_of_odd_sizes)
{
    for (int number = 0; number < 24; number++) {
        struct arena arena = { NULL };
        struct convolution convolution = { .kernel = 1 + number % 4, .stride = 1 + number / 4 % 2,
                                           .padding = number % 3, .dilation = 1 + number / 12 };
        struct image image = convolution_image(&arena, 1 + (size_t)number % 7, 6 + (size_t)number % 11, &convolution);

        for (unsigned index = 0; board_at(index); index++) {
            if (board_at(index)->weight_words < ROOM)
                continue;
            cr_assert(placed_on(&image, board_at(index)->name, ""));
            placed_check(&image, (uint64_t)number, 4, NULL);
        }
        arena_free(&arena);
    }
}

/* A source with targets 2000 apart: one run would be longer than an entry can say. */
Test(place_array, long_runs_are_cut)
{
    struct arena arena = { NULL };
    struct image image = integer_network_begin(&arena);
    struct pattern pattern = { 1500, 2, 0 };

    integer_network_add(&image, MODEL_INPUT, true, 30, 0, 0);
    integer_network_add(&image, MODEL_IF, false, 1800, 0, 0);
    integer_network_connect(&image, 0, 1, 0, 8, pattern_weight, &pattern);
    for (unsigned index = 0; board_at(index); index++) {
        cr_assert(placed_on(&image, board_at(index)->name, ""), "%s", board_at(index)->name);
        placed_check(&image, 5, 2, NULL);
    }
    arena_free(&arena);
}

static bool column_weight(void *context, size_t source, size_t target, int *weight)
{
    (void)context;
    *weight = (int)(source * 31 + target) % 90 - 40;
    return target % 8 / 4 == source;
}

/* A source that reaches 4 of the 8 columns of 250 rows, of which the icebreaker holds all: more runs than an entry can
 * say. */
Test(place_array, high_images)
{
    struct arena arena = { NULL };
    struct image image = integer_network_begin(&arena);

    integer_network_add(&image, MODEL_INPUT, true, 2, 0, 0);
    integer_network_add(&image, MODEL_LIF, false, 1, 250, 8);
    integer_network_connect(&image, 0, 1, 0, 8, column_weight, NULL);
    for (unsigned index = 0; board_at(index); index++) {
        cr_assert(placed_on(&image, board_at(index)->name, ""), "%s", board_at(index)->name);
        cr_expect_gt(placed_check(&image, 10, 2, NULL), 0);
    }
    arena_free(&arena);
}

/* An image row of 70 x 32 neurons, more than the accumulators of the icebreaker: it is cut like one long row. */
Test(place_array, wide_rows)
{
    struct arena arena = { NULL };
    struct image image = integer_network_begin(&arena);
    struct convolution convolution = { .image = &image, .source = 0, .target = 1, .kernel = 3, .stride = 1,
                                       .padding = 1, .dilation = 1, .depthwise = true, .limit = 7 };

    integer_network_add(&image, MODEL_INPUT, false, 70, 2, 32);
    integer_network_add(&image, MODEL_IF, false, 70, 2, 32);
    integer_network_connect(&image, 0, 1, 0, 4, convolution_weight, &convolution);
    cr_assert(placed_on(&image, "icebreaker", ""));
    cr_expect_eq(image.orders[1].rows, 1);
    cr_expect_gt(placed_check(&image, 11, 3, NULL), 0);
    cr_assert(placed_on(&image, "sim-large", ""));
    cr_expect_gt(placed_check(&image, 11, 3, NULL), 0);
    arena_free(&arena);
}

/* Words of parameters that core 0 gets. */
static size_t parameter_words(const struct image *image)
{
    for (size_t index = 0; index < image->segment_count; index++) {
        if (image->segments[index].core == 0 && image->segments[index].space == HW_SPACE_STATE)
            return image->segments[index].count;
    }
    return 0;
}

/* 16 channels whose thresholds are 100, but 50 for channels 8 to 11: four sets of four rows of four words. */
Test(place_array, parameters_repeat_with_the_channels)
{
    struct arena arena = { NULL };
    struct image image = integer_network_begin(&arena);

    integer_network_add(&image, MODEL_INPUT, false, 16, 5, 4);
    integer_network_add(&image, MODEL_LIF, false, 16, 5, 4);
    struct convolution convolution = { .image = &image, .source = 0, .target = 1, .kernel = 3, .stride = 1,
                                       .padding = 1, .dilation = 1, .limit = 100 };
    integer_network_connect(&image, 0, 1, 0, 8, convolution_weight, &convolution);
    for (size_t neuron = 8 * 20; neuron < 12 * 20; neuron++)
        image.populations[1].parameter[NEURON_THRESHOLD][neuron] = 50;
    cr_assert(placed_on(&image, "icebreaker", ""));
    cr_expect_eq(parameter_words(&image), 4 * 4 * 4);
    cr_expect_gt(placed_check(&image, 12, 4, NULL), 0);
    image.populations[1].parameter[NEURON_THRESHOLD][8 * 20 + 19] = 51;
    cr_assert(placed_on(&image, "icebreaker", ""));
    cr_expect_gt(parameter_words(&image), 4 * 4 * 4);
    cr_expect_gt(placed_check(&image, 12, 4, NULL), 0);
    arena_free(&arena);
}

static bool sparse_weight(void *context, size_t source, size_t target, int *weight)
{
    uint64_t state = (source * 700 + target + 1) * UINT64_C(0x9E3779B97F4A7C15);

    (void)context;
    random_next(&state);
    *weight = 10 + (int)random_below(&state, 90);
    return random_below(&state, 128) == 0;
}

/* One synapse in 128 of 700 x 700: as a matrix 700 * 88 words, and spans of rows are not much less. Cut into small
 * tiles, the about 3800 synapses fit. */
Test(place_array, sparse_maps_are_cut_into_small_tiles)
{
    struct arena arena = { NULL };
    struct image image = two_populations(&arena, MODEL_IF, 700, 700);

    integer_network_connect(&image, 0, 1, 0, 8, sparse_weight, NULL);
    size_t synapses = 0;
    for (size_t source = 0; source < 700; source++) {
        int32_t pattern = image.projections[0].map.pattern[source];
        if (pattern >= 0)
            synapses += image.projections[0].map.first[pattern + 1] - image.projections[0].map.first[pattern];
    }
    cr_assert(synapses > 3000 && synapses < 4600, "%zu", synapses);
    cr_assert(placed_on(&image, "icebreaker", ""));
    cr_expect_gt(image.slice_count, 1);
    cr_expect_gt(placed_check(&image, 13, 4, NULL), 0);
    arena_free(&arena);
}

static bool shared_rows_weight(void *context, size_t source, size_t target, int *weight)
{
    uint64_t state = (source / 4 * 256 + target + 1) * UINT64_C(0x9E3779B97F4A7C15);

    (void)context;
    random_next(&state);
    *weight = 1 + (int)random_below(&state, 120);
    return true;
}

/* 516 x 256 with every four rows alike. As a matrix it is 516 * 32 words, more than there are; a table costs a cycle
 * more an event and needs 129 * 32 words and 516 entries. */
Test(place_array, rows_are_shared_where_memory_is_short)
{
    struct arena arena = { NULL };
    struct image image = two_populations(&arena, MODEL_LIF, 516, 256);

    integer_network_connect(&image, 0, 1, 0, 8, shared_rows_weight, NULL);
    cr_assert(placed_on(&image, "icebreaker", ""));
    size_t words = placed_weight_words(&image, 0);
    cr_expect(words >= 4128 + 516 && words <= 4128 + 516 + 15, "%zu words", words);
    cr_expect_gt(placed_check(&image, 14, 20, NULL), 0);
    cr_assert(placed_on(&image, "sim-large", ""));
    placed_check(&image, 14, 20, NULL);
    arena_free(&arena);
}

/* Tiles of one long row, of every model: 5000 neurons are three tiles of the icebreaker. */
Test(place_array, tiles_of_a_row)
{
    struct arena arena = { NULL };
    struct image image = two_populations(&arena, MODEL_CUBALIF, 20, 5000);
    struct pattern pattern = { 77, 60, 0 };

    integer_network_connect(&image, 0, 1, 0, 8, pattern_weight, &pattern);
    cr_assert(placed_on(&image, "icebreaker", ""));
    cr_assert_eq(image.slice_count, 3);
    cr_expect_gt(placed_check(&image, 6, 2, NULL), 0);
    arena_free(&arena);
}

/* A population that reads itself, cut into tiles: what a tile writes must not reach the next one in the same step. */
Test(place_array, recurrence_through_tiles)
{
    struct arena arena = { NULL };
    struct image image = two_populations(&arena, MODEL_LIF, 64, 4200);
    struct pattern input = { 65, 64, 101 }, recurrent = { 300, 3, 90 };

    integer_network_connect(&image, 0, 1, 0, 8, pattern_weight, &input);
    integer_network_connect(&image, 1, 1, 1, 8, pattern_weight, &recurrent);
    cr_assert(placed_on(&image, "icebreaker", ""));
    cr_assert_geq(image.slice_count, 3);
    cr_expect_eq(image.buffers[1].ring_log2, 1);
    cr_expect_gt(placed_check(&image, 7, 3, NULL), 0);
    arena_free(&arena);
}

/* Words that the ACCUMULATEs of core 0's step go through, a number each; returns how many there are. */
static size_t accumulated_words(const struct image *image, unsigned *words, size_t room)
{
    size_t count = 0;

    for (size_t index = 0; index < image->segment_count; index++) {
        const struct image_segment *segment = &image->segments[index];
        size_t word = (size_t)image->step_entry * HW_OPERATION_WORDS;
        if (segment->core != 0 || segment->space != HW_SPACE_PROGRAM)
            continue;
        for (; (segment->words[word] & 7) != HW_OPERATION_END; word += HW_OPERATION_WORDS) {
            if ((segment->words[word] & 7) == HW_OPERATION_ACCUMULATE && count < room)
                words[count++] = segment->words[word + 3];
        }
    }
    return count;
}

/* An Input of one word, and what the population of three put out a step ago: their rings and weights lie behind each other,
 * also if the Input's neurons do not fill their word. What is two steps old lies in another ring. */
Test(place_array, an_input_and_a_recurrence_in_one_scan)
{
    for (size_t delay = 1; delay <= 2; delay++) {
        struct arena arena = { NULL };
        struct image image = two_populations(&arena, MODEL_CUBALIF, 12, 40);
        struct cost_projection projections[2];
        unsigned words[4];

        integer_network_connect(&image, 0, 1, 0, 8, full_weight, NULL);
        integer_network_connect(&image, 1, 1, delay, 8, full_weight, NULL);
        cr_assert(placed_on(&image, "icebreaker", ""));
        size_t count = accumulated_words(&image, words, 4);
        cr_expect_eq(count, delay);
        cr_expect_eq(words[0], delay == 1 ? 1 + 3 : 1);
        cr_expect_gt(placed_check(&image, 8, 12, NULL), 0);
        struct cost *cost = cost_open(&image);
        cr_assert_not_null(cost);
        cost_describe(cost, projections);
        for (size_t index = 0; index < 2; index++) {
            cr_expect_eq(projections[index].units, 5, "40 targets are 5 units, not %g", projections[index].units);
            cr_expect_geq(projections[index].words, index ? 40 * 5 : 12 * 5);
        }
        cost_close(cost);
        arena_free(&arena);
    }
}

/* Graded populations in a row over cores: values travel, and each level waits for the one below. */
Test(place_array, values_between_cores)
{
    struct arena arena = { NULL };
    struct image image = integer_network_begin(&arena);

    integer_network_add(&image, MODEL_INPUT, true, 20, 0, 0);
    for (size_t index = 1; index < 6; index++) {
        integer_network_add(&image, index % 2 ? MODEL_LI : MODEL_RELAY, true, 50, 0, 0);
        integer_network_connect(&image, index - 1, index, 0, 8, full_weight, NULL);
        if (index > 2)
            integer_network_connect(&image, index, index - 1, 2, 8, full_weight, NULL);
    }
    integer_network_output(&image, 5);
    for (unsigned index = 0; board_at(index); index++) {
        if (board_at(index)->weight_words < ROOM)
            continue;
        cr_assert(placed_on(&image, board_at(index)->name, ""), "%s", board_at(index)->name);
        placed_check(&image, 8, 1, NULL);
    }
    arena_free(&arena);
}

/* Neurons that fire without input, by a threshold below 0 or by a bias of the current: what fills up rows of 9 would
 * do so too, were it not told otherwise. */
static void check_pads(enum model model, int16_t threshold, int16_t current_bias)
{
    struct arena arena = { NULL };
    struct image image = integer_network_begin(&arena);
    struct image_population *population;

    integer_network_add(&image, MODEL_INPUT, false, 4, 0, 0);
    integer_network_add(&image, model, false, 3, 5, 3);
    integer_network_output(&image, 1);
    integer_network_connect(&image, 0, 1, 0, 8, full_weight, NULL);
    population = &image.populations[1];
    for (size_t neuron = 0; neuron < population->size; neuron++) {
        population->parameter[NEURON_LEAK][neuron] = INT16_MIN;
        population->parameter[NEURON_THRESHOLD][neuron] = threshold;
        if (model_has_current(model))
            population->current_parameter[CURRENT_BIAS][neuron] = current_bias;
    }
    for (unsigned index = 0; board_at(index); index++) {
        cr_assert(placed_on(&image, board_at(index)->name, ""));
        cr_assert_eq(placed_check(&image, 9, 1, NULL), 13 * population->size);
    }
    arena_free(&arena);
}

Test(place_array, pads_never_fire)
{
    check_pads(MODEL_THRESHOLD, -200, 0);
    check_pads(MODEL_CUBALIF, 30, 1000);
}
