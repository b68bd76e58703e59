/* The integer model against the plain one (slow_ref.h), to the last bit, on networks that its plan treats differently. */
#include "compile.h"
#include "data.h"
#include "device.h"
#include "integer_network.h"
#include "random_graph.h"
#include "ref_kernels.h"
#include "slow_ref.h"
#include "support.h"

#include <criterion/criterion.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void compare_population(struct ref *ref, struct slow_ref *slow, const struct image *image, size_t index,
                               const char *where, size_t step)
{
    size_t size = image->populations[index].size;

    cr_assert(memcmp(ref_spikes(ref, index), slow_ref_spikes(slow, index), size) == 0, "%s, step %zu: spikes of %s", where,
              step, image->populations[index].name);
    cr_assert(memcmp(ref_state(ref, index), slow_ref_state(slow, index), size * sizeof(int16_t)) == 0,
              "%s, step %zu: v of %s", where, step, image->populations[index].name);
    if (slow_ref_current(slow, index))
        cr_assert(memcmp(ref_current(ref, index), slow_ref_current(slow, index), size * sizeof(int16_t)) == 0,
                  "%s, step %zu: i of %s", where, step, image->populations[index].name);
}

static void set_random_inputs(struct ref *ref, struct slow_ref *slow, const struct image *image, uint64_t *state)
{
    for (size_t input = 0; input < image->input_count; input++) {
        const struct image_population *population = &image->populations[image->inputs[input].population];
        size_t size = population->size, rate = 2 + random_below(state, 12);
        uint8_t *spikes = calloc(size, 1);
        int16_t *values = calloc(size, sizeof *values);

        for (size_t neuron = 0; neuron < size; neuron++) {
            bool sent = random_below(state, rate) == 0;
            spikes[neuron] = (uint8_t)(sent ? 1 + random_below(state, 255) : 0);
            values[neuron] = (int16_t)(sent ? (int64_t)random_below(state, 2 * (size_t)population->limit + 1) - population->limit
                                            : 0);
        }
        if (population->graded) {
            ref_set_values(ref, input, values);
            slow_ref_set_values(slow, input, values);
        } else {
            ref_set_spikes(ref, input, spikes);
            slow_ref_set_spikes(slow, input, spikes);
        }
        free(spikes);
        free(values);
    }
}

/* Now and then a state is set through one of the models' pointers, as set_state() of the device does. */
static void disturb(struct ref *ref, struct slow_ref *slow, const struct image *image, uint64_t *state)
{
    size_t index = random_below(state, image->population_count);
    size_t neuron = random_below(state, image->populations[index].size);
    int16_t value = (int16_t)((int)random_below(state, 400) - 200);

    if (image->populations[index].model == MODEL_INPUT)
        return;
    ref_state(ref, index)[neuron] = value;
    slow_ref_state(slow, index)[neuron] = value;
    if (ref_current(ref, index)) {
        ref_current(ref, index)[neuron] = value;
        slow_ref_current(slow, index)[neuron] = value;
    }
}

/* Returns the operations, so that a silent run can be told from a real one. */
static uint64_t compare_kernels(const struct image *image, const char *where, size_t steps, uint64_t seed,
                                const struct ref_kernels *kernels)
{
    struct ref_plan *plan = ref_plan_open(image);
    cr_assert(plan);
    plan->kernels = kernels;
    struct ref *ref = ref_start(plan);
    struct slow_ref *slow = slow_ref_open(image);
    uint64_t state = seed * 0x9E3779B97F4A7C15u | 1;

    cr_assert(ref && slow);
    for (size_t step = 0; step < steps; step++) {
        if (step == steps / 2) {
            ref_reset(ref);
            slow_ref_reset(slow);
        }
        set_random_inputs(ref, slow, image, &state);
        if (step % 5 == 3)
            disturb(ref, slow, image, &state);
        ref_step(ref);
        slow_ref_step(slow);
        for (size_t index = 0; index < image->population_count && step % 3 != 1; index++)
            compare_population(ref, slow, image, index, where, step);
    }
    uint64_t operations = slow_ref_operations(slow);
    cr_expect_eq(ref_operations(ref), operations, "%s", where);
    ref_close(ref);
    ref_plan_close(plan);
    slow_ref_close(slow);
    return operations;
}

/* By every instruction set that this machine has. */
static uint64_t compare_random(const struct image *image, const char *where, size_t steps, uint64_t seed)
{
    uint64_t operations = 0;

    for (size_t index = 0; index < ref_kernels_count(); index++) {
        const struct ref_kernels *kernels = ref_kernels_get(index);
        char name[64];

        snprintf(name, sizeof name, "%s, %s", where, kernels->name);
        operations += compare_kernels(image, name, steps, seed, kernels);
    }
    return operations;
}

Test(ref_slow, random_integer_networks)
{
    uint64_t operations = 0;

    for (uint64_t seed = 1; seed <= 150; seed++) {
        struct arena arena = {NULL};
        struct image image = integer_network_random(&arena, seed);
        char where[32];

        snprintf(where, sizeof where, "seed %d", (int)seed);
        operations += compare_random(&image, where, 24, seed);
        arena_free(&arena);
    }
    cr_expect_gt(operations, 0);
}

Test(ref_slow, random_graphs)
{
    uint64_t operations = 0;

    for (uint64_t seed = 1; seed <= 150; seed++) {
        struct arena arena = {NULL};
        struct random_case random;
        struct network network = {.arena = &arena};
        struct image image = {.arena = &arena};
        struct diagnostics diagnostics;
        char where[32];

        snprintf(where, sizeof where, "seed %d", (int)seed);
        diagnostics_begin(&diagnostics, where);
        cr_assert_eq(random_case_make(&random, &arena, seed, &diagnostics), 0);
        cr_assert_eq(network_lower(&network, &random.graph, &random.options, &diagnostics), 0);
        cr_assert_eq(image_quantize(&image, &network, random.inputs, NULL, &diagnostics), 0);
        operations += compare_random(&image, where, 24, seed);
        diagnostics_free(&diagnostics);
        arena_free(&arena);
    }
    cr_expect_gt(operations, 0);
}

/* ---- the shared networks ---- */

static void compare_samples(const struct image *image, const struct data *data, const char *where)
{
    struct ref *ref = ref_open(image);
    struct slow_ref *slow = slow_ref_open(image);

    cr_assert(ref && slow);
    for (size_t step = 0; step < data->samples * data->steps; step++) {
        if (step % data->steps == 0) {
            ref_reset(ref);
            slow_ref_reset(slow);
        }
        for (size_t input = 0; input < image->input_count; input++) {
            const struct image_population *population = &image->populations[image->inputs[input].population];
            const struct data_series *series = data_find(data, image->inputs[input].name, NULL);

            if (!population->graded) {
                ref_set_spikes(ref, input, series->spikes + step * population->size);
                slow_ref_set_spikes(slow, input, series->spikes + step * population->size);
                continue;
            }
            int16_t *values = malloc(population->size * sizeof *values);
            for (size_t neuron = 0; neuron < population->size; neuron++) {
                size_t at = step * population->size + neuron;
                values[neuron] = device_quantize_value(series->values ? series->values[at] : series->spikes[at],
                                                       population->scale, population->limit);
            }
            ref_set_values(ref, input, values);
            slow_ref_set_values(slow, input, values);
            free(values);
        }
        ref_step(ref);
        slow_ref_step(slow);
        for (size_t index = 0; index < image->population_count; index++)
            compare_population(ref, slow, image, index, where, step);
    }
    cr_expect_eq(ref_operations(ref), slow_ref_operations(slow), "%s", where);
    ref_close(ref);
    slow_ref_close(slow);
}

static void compare_network(const char *network, const char *samples, unsigned weight_bits)
{
    struct arena arena = {NULL};
    struct image image = {.arena = &arena};
    struct diagnostics diagnostics, sample_diagnostics;
    struct compile_request request = { .path = network, .options = options_default(), .board = board_find("sim-large"),
                                       .samples = samples };
    struct data data;

    request.options.weight_bits = weight_bits;
    diagnostics_begin(&diagnostics, network);
    diagnostics_begin(&sample_diagnostics, samples);
    cr_assert_eq(compile_integers(&image, &arena, &request, &diagnostics, &sample_diagnostics), 0, "%s", network);
    cr_assert_eq(data_read(&data, samples, 0, 2, 0, &sample_diagnostics), 0, "%s", samples);
    compare_samples(&image, &data, network);
    data_free(&data);
    diagnostics_free(&diagnostics);
    diagnostics_free(&sample_diagnostics);
    arena_free(&arena);
}

Test(ref_slow, every_shared_network)
{
    static const char *const patterns[] = {"own/nets/*/net.nir", "derived/nets/*/net.nir"};
    size_t compared = 0;

    if (!shared_data("own/nets"))
        cr_skip_test("the shared data sets are not here");
    for (size_t pattern = 0; pattern < sizeof patterns / sizeof *patterns; pattern++) {
        char path[4096];
        glob_t found;

        snprintf(path, sizeof path, "%s/%s", shared_data("."), patterns[pattern]);
        cr_assert_eq(glob(path, 0, NULL, &found), 0);
        for (size_t index = 0; index < found.gl_pathc; index++) {
            const char *network = found.gl_pathv[index];

            snprintf(path, sizeof path, "%.*s/test.h5", (int)(strrchr(network, '/') - network), network);
            compare_network(network, path, 8);
            compare_network(network, path, 4);
            compared++;
        }
        globfree(&found);
    }
    cr_expect_eq(compared, 9);
}

/* ---- many samples ---- */

/* Every number of threads gives what one model after the other gives. */
Test(ref_slow, threads_do_not_change_results)
{
    enum { SAMPLES = 23, STEPS = 12 };
    struct arena arena = {NULL};
    struct image image = {.arena = &arena};
    uint64_t state = 5;

    uint64_t seed = 0;
    do { /* the first network that spikes alone go into and come out of */
        image = integer_network_random(&arena, ++seed);
    } while (image.input_count == 0 || image.output_count == 0);
    struct ref_series inputs[16] = {{0}}, alone[16] = {{0}}, together[16] = {{0}};
    for (size_t input = 0; input < image.input_count; input++) {
        const struct image_population *population = &image.populations[image.inputs[input].population];
        size_t count = SAMPLES * STEPS * population->size;

        inputs[input].spikes = population->graded ? NULL : arena_allocate(&arena, count, 1);
        inputs[input].values = population->graded ? arena_allocate(&arena, count, sizeof(int16_t)) : NULL;
        for (size_t index = 0; index < count; index++) {
            if (population->graded)
                inputs[input].values[index] = (int16_t)random_below(&state, (size_t)population->limit + 1);
            else
                inputs[input].spikes[index] = random_below(&state, 3) == 0;
        }
    }
    for (size_t output = 0; output < image.output_count; output++) {
        const struct image_population *population = &image.populations[image.outputs[output].population];
        struct ref_series *both[] = {&alone[output], &together[output]};

        for (int which = 0; which < 2; which++) {
            both[which]->spikes = population->graded ? NULL : arena_allocate(&arena, SAMPLES * STEPS * population->size, 1);
            both[which]->values =
                population->graded ? arena_allocate(&arena, SAMPLES * STEPS * population->size, sizeof(int16_t)) : NULL;
        }
    }
    struct ref_plan *plan = ref_plan_open(&image);
    struct ref *ref = ref_start(plan);
    uint64_t operations = 0, counted;
    for (size_t sample = 0; sample < SAMPLES; sample++) {
        ref_run_sample(ref, sample, STEPS, inputs, alone);
        operations += ref_operations(ref);
    }
    cr_expect_gt(operations, 0);
    for (size_t threads = 1; threads <= 4; threads++) {
        cr_assert_eq(ref_run_samples(plan, SAMPLES, STEPS, inputs, together, threads, &counted), 0);
        cr_expect_eq(counted, operations);
        for (size_t output = 0; output < image.output_count; output++) {
            size_t count = SAMPLES * STEPS * image.populations[image.outputs[output].population].size;
            if (alone[output].spikes)
                cr_expect_arr_eq(alone[output].spikes, together[output].spikes, count);
            else
                cr_expect_arr_eq(alone[output].values, together[output].values, count * sizeof(int16_t));
        }
    }
    ref_close(ref);
    ref_plan_close(plan);
    arena_free(&arena);
}
