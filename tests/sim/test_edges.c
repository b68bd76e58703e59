/* The update at its edges, ref against every array: parameters at the ends of their ranges, saturation of the sum and of
 * a subtracting reset, every gain. */
#include "hand_image.h"
#include "hardware.h"
#include "lockstep.h"
#include "support.h"

#include <criterion/criterion.h>

enum { SOURCES = 3, NEURONS = 96, STEPS = 10 };

static const int16_t edges[] = { INT16_MIN, INT16_MIN + 1, -20000, -1, 0, 1, 20000, INT16_MAX - 1, INT16_MAX };
enum { EDGES = sizeof edges / sizeof edges[0] };

static void random_inputs(void *self, size_t sample, size_t step, const struct loom_buffer *inputs)
{
    (void)sample;
    (void)step;
    for (size_t source = 0; source < SOURCES; source++)
        inputs[0].spikes[source] = (uint8_t)random_below(self, 2);
}

static struct image make(struct arena *arena, uint64_t *state, bool subtract, int gain)
{
    struct image image = hand_image(arena, SOURCES, NEURONS);
    struct image_population *neurons = &image.populations[1];

    neurons->each = true;
    neurons->subtract = subtract;
    neurons->gain_exponent = gain;
    for (size_t neuron = 0; neuron < NEURONS; neuron++) {
        for (unsigned parameter = 0; parameter < NEURON_PARAMETERS; parameter++)
            neurons->parameter[parameter][neuron] = edges[random_below(state, EDGES)];
        if (neurons->parameter[NEURON_LEAK][neuron] > 0)
            neurons->parameter[NEURON_LEAK][neuron] = 0;
    }
    for (size_t weight = 0; weight < SOURCES * NEURONS; weight++)
        image.projections[0].weight[weight] = (int16_t)((int)random_below(state, 255) - 127);
    return image;
}

Test(edges, ref_equals_every_array, .timeout = 120)
{
    static const char *const boards[] = { "sim-small", "sim-wide", "sim-sixteen", "sim-quad", "icebreaker" };

    for (uint64_t seed = 1; seed <= 20; seed++) {
        struct arena arena = { 0 };
        uint64_t state = seed;
        char report[LOCKSTEP_REPORT_BYTES] = "";
        size_t activity = 0;
        struct diagnostics diagnostics;
        struct image image = make(&arena, &state, seed % 2, (int)(seed % 15) - 7);

        diagnostics_begin(&diagnostics, NULL);
        cr_assert_eq(image_place(&image, board_find(boards[seed % 5]), &diagnostics), 0);
        struct lockstep run = { .image = &image, .left = device_ref_open, .right = device_sim_open, .samples = 1,
                                .steps = STEPS, .source = random_inputs, .self = &state };
        cr_assert_eq(lockstep(&run, report, &activity), 0, "seed %llu: %s", (unsigned long long)seed, report);
        cr_assert_gt(activity, 0);
        diagnostics_free(&diagnostics);
        arena_free(&arena);
    }
}
