/* The integer model against arithmetic written differently: exact, wide, by division instead of shifts. */
#include "device.h"
#include "hand_image.h"
#include "random_network.h"
#include "ref.h"
#include "support.h"

#include <criterion/criterion.h>
#include <stdlib.h>

/* Largest integer not above dividend / divisor, by school division. */
static __int128 floor_quotient(__int128 dividend, __int128 divisor)
{
    __int128 quotient = dividend / divisor;

    return dividend % divisor < 0 ? quotient - 1 : quotient;
}

static __int128 clip(__int128 value)
{
    return value > 32767 ? 32767 : value < -32768 ? -32768 : value;
}

struct slow_neuron {
    __int128 v;
    __int128 i;
    bool fired;
};

/* state (1 + leak / 32768), rounded to nearest, ties up */
static __int128 slow_leak(__int128 state, __int128 leak)
{
    return floor_quotient(2 * state * 32768 + 2 * state * leak + 32768, 65536);
}

/* input 2^exponent + bias, rounded to nearest, ties up */
static __int128 slow_gain(__int128 input, int exponent, __int128 bias)
{
    __int128 numerator = input, denominator = 1;

    for (int shift = 0; shift < exponent; shift++)
        numerator *= 2;
    for (int shift = 0; shift > exponent; shift--)
        denominator *= 2;
    return floor_quotient(2 * numerator + 2 * bias * denominator + denominator, 2 * denominator);
}

static struct slow_neuron slow_update(const struct image_population *population, size_t neuron,
                                      struct slow_neuron before, __int128 sum)
{
    struct slow_neuron after = before;
    __int128 input = sum;

    if (population->model == MODEL_CUBALI || population->model == MODEL_CUBALIF) {
        after.i = clip(slow_leak(before.i, population->current_parameter[CURRENT_LEAK][neuron]) +
                       slow_gain(sum, population->current_exponent,
                                 population->current_parameter[CURRENT_BIAS][neuron]));
        input = population->current_old ? before.i : after.i;
    }
    __int128 next = clip(slow_leak(before.v, population->parameter[NEURON_LEAK][neuron]) +
                         slow_gain(input, population->gain_exponent, population->parameter[NEURON_BIAS][neuron]));
    after.fired = population->fire && next > population->parameter[NEURON_THRESHOLD][neuron];
    if (after.fired)
        next = population->subtract ? clip(next + population->parameter[NEURON_RESET][neuron])
                                    : population->parameter[NEURON_RESET][neuron];
    after.v = next;
    return after;
}

enum { STEPS = 16, POPULATIONS = RANDOM_INPUTS_MAX + RANDOM_POPULATIONS_MAX };

/* All steps of all populations are kept: delays only look back. */
struct slow_run {
    const struct image *image;
    struct slow_neuron *neurons[STEPS + 1][POPULATIONS]; /* [0] is the initial state, [t + 1] follows step t */
    uint64_t operations;
};

/* What source neuron sends that arrives with a delay in step t. */
static struct slow_neuron slow_source(const struct slow_run *run, const struct image_projection *projection,
                                      size_t source, size_t step)
{
    static const struct slow_neuron silent;

    return step < projection->delay ? silent : run->neurons[step + 1 - projection->delay][projection->source][source];
}

/* By target neuron: every source's entries are searched for it, from the last to the first. */
static __int128 slow_sum(struct slow_run *run, size_t target, size_t neuron, size_t step)
{
    const struct image *image = run->image;
    __int128 sum = 0;

    for (size_t index = image->projection_count; index-- > 0;) {
        const struct image_projection *projection = &image->projections[index];
        const struct linear_map *map = &projection->map;

        for (size_t source = map->sources; projection->target == target && source-- > 0;) {
            struct slow_neuron sender = slow_source(run, projection, source, step);
            int32_t pattern = map->pattern[source];

            if (pattern < 0)
                continue;
            for (size_t entry = map->first[pattern]; entry < map->first[pattern + 1]; entry++) {
                if (map->offset[source] + map->target[entry] != neuron)
                    continue;
                __int128 weight = projection->weight[entry];
                if (projection->graded)
                    sum += floor_quotient(weight * sender.v * 2 + 256, 512);
                else if (sender.fired)
                    sum += weight;
                run->operations += projection->graded ? sender.v != 0 : sender.fired;
            }
        }
    }
    cr_assert(sum <= 32767 && sum >= -32768);
    return sum;
}

static void slow_step(struct slow_run *run, size_t step)
{
    const struct image *image = run->image;

    for (size_t index = 0; index < image->population_count; index++) {
        const struct image_population *population = &image->populations[index];

        for (size_t neuron = 0; population->model != MODEL_INPUT && neuron < population->size; neuron++)
            run->neurons[step + 1][index][neuron] = slow_update(population, neuron, run->neurons[step][index][neuron],
                                                                slow_sum(run, index, neuron, step));
    }
}

/* Both models get the same random input of a step. */
static void feed(struct ref *ref, struct slow_run *run, const struct input_range *inputs, size_t step, uint64_t *state)
{
    const struct image *image = run->image;

    for (size_t input = 0; input < image->input_count; input++) {
        size_t index = image->inputs[input].population, size = image->populations[index].size;
        uint8_t spikes[RANDOM_NEURONS_MAX] = {0};
        double values[RANDOM_NEURONS_MAX] = {0};
        int16_t units[RANDOM_NEURONS_MAX] = {0};

        if (inputs[input].graded) {
            random_values(state, &inputs[input], values, size);
            for (size_t neuron = 0; neuron < size; neuron++) {
                units[neuron] = device_quantize_value(values[neuron], image->populations[index].scale,
                                                      image->populations[index].limit);
                run->neurons[step + 1][index][neuron].v = units[neuron];
            }
            ref_set_values(ref, input, units);
        } else {
            random_spikes(state, spikes, size);
            for (size_t neuron = 0; neuron < size; neuron++)
                run->neurons[step + 1][index][neuron].fired = spikes[neuron];
            ref_set_spikes(ref, input, spikes);
        }
    }
}

static void compare(struct ref *ref, const struct slow_run *run, size_t step, uint64_t seed, uint64_t *fired)
{
    for (size_t index = 0; index < run->image->population_count; index++) {
        for (size_t neuron = 0; neuron < run->image->populations[index].size; neuron++) {
            const struct slow_neuron *expected = &run->neurons[step + 1][index][neuron];

            cr_assert_eq(ref_spikes(ref, index)[neuron], expected->fired, "seed %llu step %zu population %zu neuron %zu",
                         (unsigned long long)seed, step, index, neuron);
            cr_assert(ref_state(ref, index)[neuron] == expected->v, "seed %llu step %zu population %zu neuron %zu",
                      (unsigned long long)seed, step, index, neuron);
            if (ref_current(ref, index))
                cr_assert(ref_current(ref, index)[neuron] == expected->i,
                          "seed %llu step %zu population %zu neuron %zu", (unsigned long long)seed, step, index, neuron);
            *fired += expected->fired;
        }
    }
}

static void load_image(struct image *image, struct input_range *inputs, struct arena *arena, uint64_t seed)
{
    struct diagnostics diagnostics;
    struct network network;

    *image = (struct image){.arena = arena};
    diagnostics_begin(&diagnostics, NULL);
    cr_assert_eq(random_network(&network, inputs, arena, seed), 0);
    cr_assert_eq(image_quantize(image, &network, inputs, NULL, &diagnostics), 0);
    diagnostics_free(&diagnostics);
}

Test(ref, equals_a_slow_exact_model)
{
    for (uint64_t seed = 1; seed <= 60; seed++) {
        struct arena arena = {NULL};
        struct input_range inputs[RANDOM_INPUTS_MAX];
        struct image image;
        struct slow_run run = {.image = &image};
        uint64_t state = seed, fired = 0;

        load_image(&image, inputs, &arena, seed);
        struct ref *ref = ref_open(&image);
        cr_assert_not_null(ref);
        for (size_t step = 0; step <= STEPS; step++) {
            for (size_t index = 0; index < image.population_count; index++)
                run.neurons[step][index] = arena_allocate(&arena, image.populations[index].size, sizeof **run.neurons[0]);
        }
        for (size_t step = 0; step < STEPS; step++) {
            feed(ref, &run, inputs, step, &state);
            ref_step(ref);
            slow_step(&run, step);
            compare(ref, &run, step, seed, &fired);
        }
        cr_expect_gt(fired + run.operations, 0);
        cr_expect_eq(ref_operations(ref), run.operations);
        ref_close(ref);
        arena_free(&arena);
    }
}

/* One neuron, one source, parameters at their edges: reached through weights, so that every number is a legal image's. */
Test(ref, update_at_the_edges)
{
    static const int16_t words[] = {-32768, -32767, -16385, -16384, -1, 0, 1, 16383, 16384, 32766, 32767};
    static const int16_t leaks[] = {-32768, -32767, -16384, -3, -1, 0};
    static const int16_t weights[] = {-127, -65, -64, -1, 0, 1, 63, 64, 127};
    enum { WORDS = sizeof words / sizeof *words, LEAKS = sizeof leaks / sizeof *leaks };
    struct arena arena = {NULL};
    enum { EDGE_STEPS = 4 }; /* with a source each, that spikes in its step */
    struct image image = hand_image(&arena, EDGE_STEPS, 1);
    struct image_population *population = &image.populations[1];
    uint64_t state = 11;

    for (size_t kind = 0; kind < CURRENT_PARAMETERS; kind++)
        population->current_parameter[kind] = arena_allocate(&arena, 1, sizeof(int16_t));
    for (int current = 0; current < 2; current++) {
        population->model = current ? MODEL_CUBALIF : MODEL_LIF;
        for (int trial = 0; trial < 20000; trial++) {
            struct slow_neuron neuron = {0, 0, false};

            for (size_t kind = 0; kind < NEURON_PARAMETERS; kind++)
                population->parameter[kind][0] = words[random_below(&state, WORDS)];
            population->parameter[NEURON_LEAK][0] = leaks[random_below(&state, LEAKS)];
            population->current_parameter[CURRENT_LEAK][0] = leaks[random_below(&state, LEAKS)];
            population->current_parameter[CURRENT_BIAS][0] = words[random_below(&state, WORDS)];
            population->fire = random_below(&state, 2);
            population->subtract = random_below(&state, 2);
            population->current_old = current && random_below(&state, 2);
            population->gain_exponent = (int)random_below(&state, 15) - 7;
            population->current_exponent = current ? (int)random_below(&state, 15) - 7 : 0;
            for (int step = 0; step < EDGE_STEPS; step++)
                image.projections[0].weight[step] = weights[random_below(&state, sizeof weights / sizeof *weights)];
            struct ref *ref = ref_open(&image);
            for (int step = 0; step < EDGE_STEPS; step++) {
                uint8_t spikes[EDGE_STEPS] = {0};

                spikes[step] = 1;
                neuron = slow_update(population, 0, neuron, image.projections[0].weight[step]);
                ref_set_spikes(ref, 0, spikes);
                ref_step(ref);
                cr_assert(ref_state(ref, 1)[0] == neuron.v, "trial %d step %d", trial, step);
                cr_assert_eq(ref_spikes(ref, 1)[0], neuron.fired, "trial %d step %d", trial, step);
                cr_assert(!current || ref_current(ref, 1)[0] == neuron.i, "trial %d step %d", trial, step);
            }
            ref_close(ref);
        }
    }
    arena_free(&arena);
}

/* Exponent -7 by hand: 127 units round to 1, 63 to 0, 64 (half) up to 1, -64 (half) up to 0; a bias counts in whole units. */
Test(ref, negative_exponents_by_hand)
{
    static const struct {
        int16_t weight, bias, v;
    } cases[] = {{127, 0, 1}, {63, 0, 0}, {64, 0, 1}, {-64, 0, 0}, {-65, 0, -1}, {127, 5, 6}, {0, -3, -3}};
    struct arena arena = {NULL};
    struct image image = hand_image(&arena, 1, 1);
    uint8_t spike = 1;

    image.populations[1].gain_exponent = -7;
    image.populations[1].parameter[NEURON_THRESHOLD][0] = 32767;
    for (size_t index = 0; index < sizeof cases / sizeof *cases; index++) {
        image.projections[0].weight[0] = cases[index].weight;
        image.populations[1].parameter[NEURON_BIAS][0] = cases[index].bias;
        struct ref *ref = ref_open(&image);
        ref_set_spikes(ref, 0, &spike);
        ref_step(ref);
        cr_expect_eq(ref_state(ref, 1)[0], cases[index].v, "case %zu", index);
        ref_close(ref);
    }
    arena_free(&arena);
}

/* A single spike in step 0 over a delay of three steps arrives in step 3, also when the past is set by hand. */
Test(ref, delays_by_hand)
{
    struct arena arena = {NULL};
    struct image image = hand_image(&arena, 1, 1);
    uint8_t spike = 1, none = 0;

    image.projections[0].delay = 3;
    image.projections[0].weight[0] = 9;
    image.populations[1].parameter[NEURON_THRESHOLD][0] = 32767;
    struct ref *ref = ref_open(&image);
    ref_set_spikes(ref, 0, &spike);
    for (int step = 0; step < 8; step++) {
        ref_step(ref);
        cr_expect_eq(ref_state(ref, 1)[0], step < 3 ? 0 : 9, "step %d", step);
        ref_set_spikes(ref, 0, &none);
    }
    ref_past_spikes(ref, 0, 2)[0] = 1; /* it came two steps ago: one step more to go */
    ref_step(ref);
    cr_expect_eq(ref_state(ref, 1)[0], 9);
    ref_step(ref);
    cr_expect_eq(ref_state(ref, 1)[0], 18);
    cr_expect_eq(ref_operations(ref), 2);
    ref_close(ref);
    arena_free(&arena);
}

Test(ref, values_are_rounded_to_nearest_and_saturated)
{
    cr_expect_eq(device_quantize_value(0.25, 0.5, 32767), 1);
    cr_expect_eq(device_quantize_value(-0.25, 0.5, 32767), -1);
    cr_expect_eq(device_quantize_value(0.24, 0.5, 32767), 0);
    cr_expect_eq(device_quantize_value(1e30, 0.5, 32767), 32767);
    cr_expect_eq(device_quantize_value(-1e30, 0.5, 32767), -32767);
    cr_expect_eq(device_quantize_value(16383.49, 0.5, 32767), 32767);
    cr_expect_eq(device_quantize_value(-16384.26, 0.5, 32767), -32767);
    cr_expect_eq(device_quantize_value(50.5, 0.5, 100), 100);
    cr_expect_eq(device_quantize_value(-51, 0.5, 100), -100);
    cr_expect_eq(device_quantize_value(0.0 / 0.0, 0.5, 32767), 0);
}
