/* The device "ref": runs, resets and states, in the units of the NIR file. */
#include "device.h"
#include "hand_image.h"
#include "random_network.h"
#include "support.h"

#include <criterion/criterion.h>
#include <string.h>

enum { STEPS = 16, POPULATIONS = RANDOM_INPUTS_MAX + RANDOM_POPULATIONS_MAX };

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

Test(ref_device, device_runs_resets_and_repeats)
{
    for (uint64_t seed = 1; seed <= 20; seed++) {
        enum { MOST = RANDOM_INPUTS_MAX + RANDOM_POPULATIONS_MAX };
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
                struct loom_state now = {.v = state_now};
                cr_assert_eq(device->operations->get_state(device, image.outputs[output].population, &now), LOOM_OK);
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

/* All of a device's state, by population. */
static void take_states(struct device *device, struct loom_state *states, struct arena *arena)
{
    const struct image *image = device->image;

    for (size_t index = 0; index < image->population_count; index++) {
        const struct image_population *population = &image->populations[index];
        size_t past = image_history(image, index) * population->size;

        states[index] = (struct loom_state){0};
        if (population->model != MODEL_INPUT)
            states[index].v = arena_allocate(arena, population->size, sizeof(double));
        if (population->model == MODEL_CUBALI || population->model == MODEL_CUBALIF)
            states[index].i = arena_allocate(arena, population->size, sizeof(double));
        if (population->graded)
            states[index].values = arena_allocate(arena, past, sizeof(double));
        else
            states[index].spikes = arena_allocate(arena, past, 1);
        cr_assert_eq(device->operations->get_state(device, index, &states[index]), LOOM_OK, "%s", device->error);
    }
}

/* A run cut in two, the state carried by get_state() and set_state() into another device, equals a whole run. */
Test(ref_device, state_carries_a_run_on)
{
    size_t currents = 0, pasts = 0;

    for (uint64_t seed = 1; seed <= 20; seed++) {
        struct arena arena = {NULL};
        struct input_range inputs[RANDOM_INPUTS_MAX];
        struct image image;
        struct loom_state states[POPULATIONS], first[POPULATIONS], second[POPULATIONS];
        struct loom_buffer buffers[RANDOM_INPUTS_MAX] = {{0}}, outputs[POPULATIONS] = {{0}};
        struct device *whole, *part;
        char error[DEVICE_ERROR_BYTES] = "";
        uint64_t state = seed;

        load_image(&image, inputs, &arena, seed);
        cr_assert_eq(device_ref_open(&whole, &image, NULL, error), LOOM_OK);
        cr_assert_eq(device_ref_open(&part, &image, NULL, error), LOOM_OK);
        for (size_t output = 0; output < image.output_count; output++) {
            size_t count = STEPS * image.populations[image.outputs[output].population].size;
            outputs[output] = (struct loom_buffer){arena_allocate(&arena, count, 1),
                                                   arena_allocate(&arena, count, sizeof(double))};
        }
        for (int half = 0; half < 2; half++) {
            for (size_t input = 0; input < image.input_count; input++) {
                size_t count = STEPS * image.populations[image.inputs[input].population].size;
                buffers[input] = (struct loom_buffer){arena_allocate(&arena, count, 1),
                                                      arena_allocate(&arena, count, sizeof(double))};
                random_spikes(&state, buffers[input].spikes, count);
                random_values(&state, &inputs[input], buffers[input].values, count);
            }
            if (half) {
                take_states(whole, states, &arena);
                for (size_t index = 0; index < image.population_count; index++) {
                    cr_assert_eq(part->operations->set_state(part, index, &states[index]), LOOM_OK);
                    currents += states[index].i != NULL;
                    pasts += image_history(&image, index) != 0;
                }
                cr_assert_eq(part->operations->run(part, STEPS, buffers, outputs), LOOM_OK);
            }
            cr_assert_eq(whole->operations->run(whole, STEPS, buffers, outputs), LOOM_OK);
        }
        take_states(whole, first, &arena);
        take_states(part, second, &arena);
        for (size_t index = 0; index < image.population_count; index++) {
            size_t size = image.populations[index].size, past = image_history(&image, index) * size;

            if (first[index].v)
                cr_expect_arr_eq(first[index].v, second[index].v, size * sizeof(double));
            if (first[index].i)
                cr_expect_arr_eq(first[index].i, second[index].i, size * sizeof(double));
            if (first[index].spikes)
                cr_expect_arr_eq(first[index].spikes, second[index].spikes, past);
            if (first[index].values)
                cr_expect_arr_eq(first[index].values, second[index].values, past * sizeof(double));
        }
        cr_expect_eq(whole->operations->get_state(whole, image.population_count, &states[0]), LOOM_BAD_ARGUMENT);
        struct loom_state wrong = {.v = first[1].v};
        cr_expect_eq(whole->operations->set_state(whole, 0, &wrong), wrong.v ? LOOM_BAD_ARGUMENT : LOOM_OK);
        whole->operations->close(whole);
        part->operations->close(part);
        arena_free(&arena);
    }
    cr_expect_gt(currents, 0);
    cr_expect_gt(pasts, 0);
}

/* i and history in real units, by hand: units of 0.25 of i, spikes of the Input oldest first. */
Test(ref_device, state_by_hand)
{
    struct arena arena = {NULL};
    struct image image = hand_image(&arena, 1, 1);
    struct image_population *population = &image.populations[1];
    struct device *device;
    char error[DEVICE_ERROR_BYTES] = "";
    double unit = 0.25, v = 0, i = 0;
    uint8_t spikes[] = {1, 0, 1}, past[2] = {7, 7}, out[3];
    struct loom_buffer input = {.spikes = spikes}, output = {.spikes = out};

    population->model = MODEL_CUBALIF;
    population->scale = 0.5;
    population->current_unit = &unit;
    for (size_t kind = 0; kind < CURRENT_PARAMETERS; kind++)
        population->current_parameter[kind] = arena_allocate(&arena, 1, sizeof(int16_t));
    population->parameter[NEURON_THRESHOLD][0] = 32767;
    image.projections[0].weight[0] = 6;
    image.projections[0].delay = 2;
    cr_assert_eq(device_ref_open(&device, &image, NULL, error), LOOM_OK);
    cr_assert_eq(device->operations->run(device, 3, &input, &output), LOOM_OK);
    struct loom_state got = {.spikes = past};
    cr_assert_eq(device->operations->get_state(device, 0, &got), LOOM_OK);
    cr_expect_eq(past[0], 0); /* of step 1 */
    cr_expect_eq(past[1], 1); /* of step 2 */
    got = (struct loom_state){.v = &v, .i = &i};
    cr_assert_eq(device->operations->get_state(device, 1, &got), LOOM_OK);
    cr_expect_eq(i, 1.5); /* 6 units: the spike of step 0, in step 2 */
    cr_expect_eq(v, 3);   /* the same 6 units of v */
    i = 1e9;
    v = -1.26; /* -2.52 units */
    cr_assert_eq(device->operations->set_state(device, 1, &got), LOOM_OK);
    cr_assert_eq(device->operations->get_state(device, 1, &got), LOOM_OK);
    cr_expect_eq(i, 32767 * 0.25);
    cr_expect_eq(v, -1.5);
    device->operations->close(device);
    arena_free(&arena);
}
