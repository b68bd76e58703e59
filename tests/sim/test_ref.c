/* The integer model against arithmetic written differently: exact, wide, by division instead of shifts. */
#include "data.h"
#include "device.h"
#include "random_network.h"
#include "ref.h"
#include "support.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

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
    bool fired;
};

static struct slow_neuron slow_update(const struct image_population *population, size_t neuron, __int128 v,
                                      __int128 sum)
{
    __int128 leak = population->parameter[NEURON_LEAK][neuron];
    __int128 reset = population->parameter[NEURON_RESET][neuron];
    __int128 gain = 1;

    for (unsigned shift = 0; shift < population->gain_shift; shift++)
        gain *= 2;
    /* v (1 + leak / 32768), rounded to nearest, ties up */
    __int128 kept = floor_quotient(2 * v * 32768 + 2 * v * leak + 32768, 65536);
    __int128 next = clip(kept + sum * gain + population->parameter[NEURON_BIAS][neuron]);
    bool fired = population->fire && next > population->parameter[NEURON_THRESHOLD][neuron];

    if (fired)
        next = population->subtract ? clip(next + reset) : reset;
    return (struct slow_neuron){next, fired};
}

/* Target by target and source by source, from the last to the first: another order than ref's. */
static __int128 slow_sum(const struct image *image, struct slow_neuron *const *neurons, size_t target, size_t neuron)
{
    __int128 sum = 0;

    for (size_t index = image->projection_count; index-- > 0;) {
        const struct image_projection *projection = &image->projections[index];
        if (projection->target != target)
            continue;
        for (size_t source = image->populations[projection->source].size; source-- > 0;) {
            __int128 weight = projection->weight[source * image->populations[target].size + neuron];
            if (projection->graded)
                sum += floor_quotient(weight * neurons[projection->source][source].v * 2 + 256, 512);
            else if (neurons[projection->source][source].fired)
                sum += weight;
        }
    }
    cr_assert(sum <= 32767 && sum >= -32768);
    return sum;
}

Test(ref, equals_a_slow_exact_model)
{
    for (uint64_t seed = 1; seed <= 40; seed++) {
        struct arena arena = {NULL};
        struct diagnostics diagnostics;
        struct network network;
        struct input_range inputs[RANDOM_INPUTS_MAX];
        struct image image = {.arena = &arena};
        struct slow_neuron *neurons[RANDOM_INPUTS_MAX + RANDOM_POPULATIONS_MAX];
        uint64_t state = seed, fired = 0, operations = 0;

        diagnostics_begin(&diagnostics, NULL);
        cr_assert_eq(random_network(&network, inputs, &arena, seed), 0);
        cr_assert_eq(image_quantize(&image, &network, inputs, NULL, &diagnostics), 0);
        struct ref *ref = ref_open(&image);
        cr_assert_not_null(ref);
        for (size_t index = 0; index < image.population_count; index++)
            neurons[index] = arena_allocate(&arena, image.populations[index].size, sizeof **neurons);
        for (int step = 0; step < 12; step++) {
            for (size_t input = 0; input < image.input_count; input++) {
                size_t index = image.inputs[input].population, size = image.populations[index].size;
                uint8_t spikes[RANDOM_NEURONS_MAX] = {0};
                double values[RANDOM_NEURONS_MAX] = {0};
                int16_t units[RANDOM_NEURONS_MAX] = {0};

                if (inputs[input].graded) {
                    random_values(&state, &inputs[input], values, size);
                    for (size_t neuron = 0; neuron < size; neuron++) {
                        units[neuron] = device_quantize_value(values[neuron], image.populations[index].scale,
                                                              image.populations[index].limit);
                        neurons[index][neuron].v = units[neuron];
                    }
                    ref_set_values(ref, input, units);
                } else {
                    random_spikes(&state, spikes, size);
                    for (size_t neuron = 0; neuron < size; neuron++)
                        neurons[index][neuron].fired = spikes[neuron];
                    ref_set_spikes(ref, input, spikes);
                }
            }
            ref_step(ref);
            for (size_t index = 0; index < image.population_count; index++) {
                for (size_t neuron = 0; neuron < image.populations[index].size; neuron++) {
                    if (image.populations[index].model != MODEL_INPUT)
                        neurons[index][neuron] =
                            slow_update(&image.populations[index], neuron, neurons[index][neuron].v,
                                        slow_sum(&image, neurons, index, neuron));
                    cr_assert_eq(ref_spikes(ref, index)[neuron], neurons[index][neuron].fired,
                                 "seed %llu step %d population %zu neuron %zu", (unsigned long long)seed, step, index,
                                 neuron);
                    cr_assert(ref_state(ref, index)[neuron] == neurons[index][neuron].v,
                              "seed %llu step %d population %zu neuron %zu", (unsigned long long)seed, step, index,
                              neuron);
                    fired += neurons[index][neuron].fired;
                }
            }
            for (size_t index = 0; index < image.projection_count; index++) {
                const struct image_projection *projection = &image.projections[index];
                for (size_t source = 0; source < image.populations[projection->source].size; source++) {
                    const struct slow_neuron *neuron = &neurons[projection->source][source];
                    if (projection->graded ? neuron->v != 0 : neuron->fired)
                        operations += image.populations[projection->target].size;
                }
            }
        }
        cr_expect_gt(fired + operations, 0);
        cr_expect_eq(ref_operations(ref), operations);
        ref_close(ref);
        diagnostics_free(&diagnostics);
        arena_free(&arena);
    }
}

/* One neuron, one source, parameters at their edges: reached through weights, so that every number is a legal image's. */
Test(ref, update_at_the_edges)
{
    static const int16_t words[] = {-32768, -32767, -16385, -16384, -1, 0, 1, 16383, 16384, 32766, 32767};
    static const int16_t leaks[] = {-32768, -32767, -16384, -3, -1, 0};
    static const int8_t weights[] = {-127, -1, 0, 1, 127};
    enum { WORDS = sizeof words / sizeof *words };
    int8_t weight;
    int16_t parameter[NEURON_PARAMETERS];
    static char name[] = "n";
    struct image_population populations[2] = {
        {.name = name, .model = MODEL_INPUT, .size = 1, .graded = false, .scale = 1, .limit = 1},
        {.name = name, .model = MODEL_LIF, .size = 1, .level = 1, .scale = 1, .limit = 1}};
    struct image_projection projection = {.source = 0, .target = 1, .weight_bits = 8, .scale = 1, .weight = &weight};
    struct port port = {name, 0};
    struct image image = {.populations = populations,
                          .population_count = 2,
                          .projections = &projection,
                          .projection_count = 1,
                          .inputs = &port,
                          .input_count = 1};
    struct ref *ref = ref_open(&image);
    uint64_t state = 11;
    uint8_t spike = 1;

    for (size_t kind = 0; kind < NEURON_PARAMETERS; kind++)
        populations[1].parameter[kind] = &parameter[kind];
    for (int trial = 0; trial < 20000; trial++) {
        struct slow_neuron neuron = {0, false};

        parameter[NEURON_LEAK] = leaks[random_below(&state, sizeof leaks / sizeof *leaks)];
        parameter[NEURON_BIAS] = words[random_below(&state, WORDS)];
        parameter[NEURON_THRESHOLD] = words[random_below(&state, WORDS)];
        parameter[NEURON_RESET] = words[random_below(&state, WORDS)];
        populations[1].fire = random_below(&state, 2);
        populations[1].subtract = random_below(&state, 2);
        populations[1].gain_shift = (unsigned)random_below(&state, 8);
        ref_reset(ref);
        ref_set_spikes(ref, 0, &spike);
        for (int step = 0; step < 3; step++) {
            weight = weights[random_below(&state, sizeof weights / sizeof *weights)];
            neuron = slow_update(&populations[1], 0, neuron.v, weight);
            ref_step(ref);
            cr_assert(ref_state(ref, 1)[0] == neuron.v, "trial %d step %d", trial, step);
            cr_assert_eq(ref_spikes(ref, 1)[0], neuron.fired, "trial %d step %d", trial, step);
        }
    }
    ref_close(ref);
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

Test(ref, device_runs_resets_and_repeats)
{
    for (uint64_t seed = 1; seed <= 20; seed++) {
        enum { STEPS = 10, MOST = RANDOM_INPUTS_MAX + RANDOM_POPULATIONS_MAX };
        struct arena arena = {NULL};
        struct diagnostics diagnostics;
        struct network network;
        struct input_range ranges[RANDOM_INPUTS_MAX];
        struct image image = {.arena = &arena};
        struct loom_buffer inputs[RANDOM_INPUTS_MAX] = {{0}}, first[MOST] = {{0}}, second[MOST] = {{0}};
        struct device *device;
        char error[DEVICE_ERROR_BYTES] = "";
        uint64_t state = seed;

        diagnostics_begin(&diagnostics, NULL);
        cr_assert_eq(random_network(&network, ranges, &arena, seed), 0);
        cr_assert_eq(image_quantize(&image, &network, ranges, NULL, &diagnostics), 0);
        cr_assert_eq(device_ref_open(&device, &image, NULL, error), LOOM_OK);
        for (size_t input = 0; input < image.input_count; input++) {
            size_t count = STEPS * image.populations[image.inputs[input].population].size;
            if (ranges[input].graded) {
                inputs[input].values = arena_allocate(&arena, count, sizeof(double));
                random_values(&state, &ranges[input], inputs[input].values, count);
            } else {
                inputs[input].spikes = arena_allocate(&arena, count, 1);
                for (size_t index = 0; index < count; index++)
                    inputs[input].spikes[index] = random_below(&state, 3) == 0;
            }
        }
        for (size_t output = 0; output < image.output_count; output++) {
            const struct image_population *population = &image.populations[image.outputs[output].population];
            size_t count = STEPS * population->size;
            struct loom_buffer *buffers[] = {&first[output], &second[output]};
            for (int run = 0; run < 2; run++) {
                if (population->graded)
                    buffers[run]->values = arena_allocate(&arena, count, sizeof(double));
                else
                    buffers[run]->spikes = arena_allocate(&arena, count, 1);
            }
        }
        cr_assert_eq(device->operations->run(device, STEPS, inputs, first), LOOM_OK);
        uint64_t operations = device->counters.synaptic_operations;
        cr_assert_eq(device->operations->reset(device), LOOM_OK);
        cr_expect_eq(device->counters.steps, 0);
        cr_expect_eq(device->counters.synaptic_operations, 0);
        cr_assert_eq(device->operations->run(device, STEPS, inputs, second), LOOM_OK);
        cr_expect_eq(device->counters.steps, STEPS);
        cr_expect_eq(device->counters.synaptic_operations, operations);
        for (size_t output = 0; output < image.output_count; output++) {
            const struct image_population *population = &image.populations[image.outputs[output].population];
            size_t count = STEPS * population->size;
            if (population->graded) {
                double state_now[RANDOM_NEURONS_MAX];
                cr_expect_arr_eq(first[output].values, second[output].values, count * sizeof(double));
                cr_assert_eq(device->operations->read_state(device, image.outputs[output].population, state_now),
                             LOOM_OK);
                cr_expect_arr_eq(state_now, first[output].values + (STEPS - 1) * population->size,
                                 population->size * sizeof(double));
            } else {
                cr_expect_arr_eq(first[output].spikes, second[output].spikes, count);
            }
        }
        struct loom_buffer nothing[RANDOM_INPUTS_MAX] = {{0}};
        cr_expect_eq(device->operations->run(device, 1, nothing, first), LOOM_BAD_ARGUMENT);
        cr_expect_not_null(strstr(device->error, "/p0"));
        device->operations->close(device);
        diagnostics_free(&diagnostics);
        arena_free(&arena);
    }
}

enum { SAMPLES = 100 };

static size_t most_spikes(const uint64_t *counts, size_t size)
{
    size_t best = 0;

    for (size_t neuron = 1; neuron < size; neuron++) {
        if (counts[neuron] > counts[best])
            best = neuron;
    }
    return best;
}

/* Right answers among the first samples of a trained net, quantised without calibration. */
static size_t right_answers(const char *graph_path, const char *data_path, unsigned weight_bits)
{
    struct arena arena = {NULL};
    struct diagnostics diagnostics;
    struct graph graph = {.arena = &arena};
    struct network network = {.arena = &arena};
    struct image image = {.arena = &arena};
    struct options options = options_default();
    struct input_range input = {false, 0};
    struct data data;
    size_t right = 0;

    options.dt = 1e-4;
    options.weight_bits = weight_bits;
    diagnostics_begin(&diagnostics, graph_path);
    cr_assert_eq(graph_load(&graph, graph_path, &diagnostics), 0);
    cr_assert_eq(network_lower(&network, &graph, &options, &diagnostics), 0);
    cr_assert_eq(image_quantize(&image, &network, &input, NULL, &diagnostics), 0);
    cr_assert_eq(data_read(&data, data_path, 0, SAMPLES, 1e-4, &diagnostics), 0);
    const struct data_series *series = data_find(&data, "input", NULL);
    cr_assert(series && series->spikes && data.labels);
    size_t output = image.outputs[0].population, size = image.populations[output].size;
    struct ref *ref = ref_open(&image);
    for (size_t sample = 0; sample < data.samples; sample++) {
        uint64_t counts[16] = {0};

        cr_assert_leq(size, 16);
        ref_reset(ref);
        for (size_t step = 0; step < data.steps; step++) {
            ref_set_spikes(ref, 0, series->spikes + (sample * data.steps + step) * series->neurons);
            ref_step(ref);
            for (size_t neuron = 0; neuron < size; neuron++)
                counts[neuron] += ref_spikes(ref, output)[neuron];
        }
        right += (int64_t)most_spikes(counts, size) == data.labels[sample];
    }
    cr_log_info("%u bits: %zu of %d right", weight_bits, right, SAMPLES);
    ref_close(ref);
    data_free(&data);
    diagnostics_free(&diagnostics);
    arena_free(&arena);
    return right;
}

/* The net's float accuracy is 97.6 %, 97.5 % with weights alone rounded to 8 bits, 97.3 % to 4 bits (1000 samples). */
Test(ref, trained_net_keeps_its_accuracy)
{
    const char *graph = shared_data("own/nets/a_mnist_ff/net.nir");
    const char *data = shared_data("own/nets/a_mnist_ff/test.h5");

    if (!graph || !data)
        cr_skip_test("own/nets/a_mnist_ff is not on this machine");
    cr_expect_geq(right_answers(graph, data, 8), 95);
    cr_expect_geq(right_answers(graph, data, 4), 94);
}
