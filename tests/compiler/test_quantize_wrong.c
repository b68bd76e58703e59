/* Weights that take back what quantised sources send wrong, on a network whose every spike is known by hand. */
#include "hand_image.h"
#include "quantize_pair.h"
#include "support.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>

enum { SAMPLES = 20, STEPS = 100, BITS = SAMPLES * STEPS, WORDS = (BITS + 63) / 64, SOURCES = 2, HIDDEN = 2 };

static const double leak = 0.2; /* of the readout */

/* Two sources; two Thresholds of weights of 2 bits, one that fires with source 0 and hears source 1 too, but not enough to
 * fire with it, one that fires with source 1; and a readout. */
struct chain {
    struct arena arena;
    struct diagnostics diagnostics;
    struct network network;
    struct input_range input;
    struct population populations[3];
    struct projection projections[2];
    struct port ports[2];
    struct image image;
    uint64_t fired[SOURCES * WORDS]; /* of the sources; real Thresholds fire just so */
    double power[SOURCES];
};

static void begin_chain(struct chain *chain, double unheard, const double *readout, uint64_t seed)
{
    static char names[3][8] = {"in", "hidden", "out"};
    struct arena *arena = &chain->arena;
    uint64_t state = seed;

    *chain = (struct chain){.ports = {{names[0], 0}, {names[2], 2}}};
    diagnostics_begin(&chain->diagnostics, "chain");
    chain->populations[0] = (struct population){.name = names[0], .size = SOURCES, .model = MODEL_INPUT};
    for (size_t index = 1; index < 3; index++) {
        size_t size = index == 1 ? HIDDEN : 1;
        chain->populations[index] = (struct population){.name = names[index],
                                                        .size = size,
                                                        .model = index == 1 ? MODEL_THRESHOLD : MODEL_LI,
                                                        .level = index,
                                                        .graded = index == 2,
                                                        .leak = fill(arena, size, index == 1 ? 1 : leak),
                                                        .drift = fill(arena, size, 0),
                                                        .threshold = fill(arena, size, 0.7),
                                                        .reset = fill(arena, size, 0),
                                                        .bias = fill(arena, size, 0)};
        chain->projections[index - 1] = (struct projection){.source = index - 1,
                                                            .target = index,
                                                            .map = hand_dense_map(arena, 2, size),
                                                            .weight = fill(arena, 2 * size, 0),
                                                            .weight_bits = index == 1 ? 2 : 8};
    }
    double *hidden = chain->projections[0].weight; /* (sources, targets) */
    hidden[0] = hidden[3] = 1;
    hidden[2] = unheard;
    for (size_t neuron = 0; neuron < HIDDEN; neuron++)
        chain->projections[1].weight[neuron] = readout[neuron];
    chain->network = (struct network){arena, options_default(), chain->populations, 3, chain->projections, 2,
                                      &chain->ports[0], 1, &chain->ports[1], 1};
    chain->image.arena = arena;
    for (size_t bit = 0; bit < BITS; bit++)
        for (size_t source = 0; source < SOURCES; source++)
            if (random_below(&state, 10) < 3) {
                chain->fired[source * WORDS + bit / 64] |= UINT64_C(1) << bit % 64;
                chain->power[source] += 1.0 / BITS;
            }
}

static void quantize_chain(struct chain *chain)
{
    double magnitude[3] = {1, 2, 4}, current[3] = {0}, *reach[3] = {NULL}, *power[3] = {chain->power, chain->power, NULL};
    uint64_t *fired[3] = {chain->fired, chain->fired, NULL};
    struct calibration calibration = {magnitude, current, reach, power, {SAMPLES, STEPS, WORDS, fired}};

    cr_assert_eq(image_quantize(&chain->image, &chain->network, &chain->input, &calibration, &chain->diagnostics), 0);
}

static void end_chain(struct chain *chain)
{
    diagnostics_free(&chain->diagnostics);
    arena_free(&chain->arena);
}

/* Mean square of what a readout of these weights is off, on other spikes, where the first Threshold fires with either source. */
static double readout_error(const double *real, const double *weight, uint64_t seed)
{
    enum { COUNT = 20000 };
    double off = 0, sum = 0;
    uint64_t state = seed;

    for (size_t step = 0; step < COUNT; step++) {
        bool zero = random_below(&state, 10) < 3, one = random_below(&state, 10) < 3;
        off += -leak * off + (zero || one ? weight[0] : 0) + (one ? weight[1] : 0) - (zero ? real[0] : 0) - (one ? real[1] : 0);
        sum += off * off / COUNT;
    }
    return sum;
}

/* Of 2 bits, weights of 1 and 0.6 are one unit each: the first Threshold fires with source 1 too. The readout hears that
 * its second source is most of what is wrong in the first. */
Test(quantize, weights_take_back_what_sources_send_wrong)
{
    for (uint64_t seed = 1; seed <= 5; seed++) {
        double readout[HIDDEN] = {1, 0.15 * (double)seed}, taken[HIDDEN];
        struct chain chain;

        begin_chain(&chain, 0.6, readout, seed);
        quantize_chain(&chain);
        const struct image_projection *hidden = &chain.image.projections[0], *last = &chain.image.projections[1];
        cr_assert(hidden->weight[0] == 1 && hidden->weight[2] == 1 && hidden->weight[3] == 1);
        cr_assert(hidden->scale > 0.7);
        for (size_t neuron = 0; neuron < HIDDEN; neuron++)
            taken[neuron] = last->scale * last->weight[neuron];
        double error = readout_error(readout, taken, seed + 100), plain = readout_error(readout, readout, seed + 100);
        cr_log_info("weights %.3f, %.3f from %g, %g: error %.4f, plain %.4f", taken[0], taken[1], readout[0], readout[1], error,
                    plain);
        cr_expect_lt(error, 0.4 * plain, "case %d", (int)seed);
        cr_expect_lt(taken[1], readout[1]);
        end_chain(&chain);
    }
}

/* Thresholds that fire as real ones do leave nothing to take back. */
Test(quantize, weights_of_right_sources_stay)
{
    double readout[HIDDEN] = {1, 0.3};
    struct chain chain;

    begin_chain(&chain, 0, readout, 7);
    quantize_chain(&chain);
    const struct image_projection *last = &chain.image.projections[1];
    for (size_t neuron = 0; neuron < HIDDEN; neuron++)
        cr_expect_leq(fabs(last->scale * last->weight[neuron] - readout[neuron]), last->scale);
    end_chain(&chain);
}
