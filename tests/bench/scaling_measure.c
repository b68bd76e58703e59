/* Cycles of a step of an image on its simulated board, once all populations are at work: scaling-measure IMAGE DATA FIRST STEPS.
 * The image is put into the simulated memories past the link. Prints a line: cycles a step as measured, and as predicted, for
 * steps FIRST to FIRST + STEPS - 1 of the data's first sample; whether every output of all steps up to the last was that of
 * ref; how many output spikes there were. */
#include "cost.h"
#include "data.h"
#include "device.h"
#include "ref.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct work {
    struct arena arena;
    struct image image;
    struct data data;
    struct diagnostics diagnostics;
    size_t input_size;
    size_t output_size;
    uint8_t *expected; /* (steps, output_size), of ref */
    uint8_t *spikes;   /* of the array */
};

static void fail(const char *what)
{
    fprintf(stderr, "scaling-measure: %s\n", what);
    exit(1);
}

static void open_work(struct work *work, const char *image, const char *data, size_t steps)
{
    work->image.arena = &work->arena;
    diagnostics_begin(&work->diagnostics, image);
    if (image_load(&work->image, image, &work->diagnostics) || data_read(&work->data, data, 0, 1, 1e-3, &work->diagnostics))
        fail("the image or its data cannot be read");
    if (work->image.input_count != 1 || work->image.output_count != 1 || work->data.steps < steps)
        fail("one Input, one Output and as many steps of data are needed");
    work->input_size = work->image.populations[work->image.inputs[0].population].size;
    work->output_size = work->image.populations[work->image.outputs[0].population].size;
    work->expected = calloc(steps, work->output_size);
    work->spikes = calloc(steps, work->output_size);
    if (!work->expected || !work->spikes)
        fail("not enough memory");
}

/* Runs ref and the cost model; cycles a step from first on. */
static double predict(struct work *work, size_t first, size_t steps)
{
    struct ref *ref = ref_open(&work->image);
    struct cost *cost = cost_open(&work->image);
    uint64_t before = 0;

    if (!ref || !cost)
        fail("not enough memory");
    ref_reset(ref);
    for (size_t step = 0; step < steps; step++) {
        if (step == first)
            before = cost_totals(cost).cycles;
        ref_set_spikes(ref, 0, work->data.series[0].spikes + step * work->input_size);
        ref_step(ref);
        for (size_t population = 0; population < work->image.population_count; population++) {
            if (work->image.populations[population].model != MODEL_INPUT)
                cost_put_states(cost, population, ref_state(ref, population), NULL);
            cost_put_spikes(cost, population, ref_spikes(ref, population));
        }
        cost_step(cost);
        memcpy(work->expected + step * work->output_size, ref_spikes(ref, work->image.outputs[0].population),
               work->output_size);
    }
    double cycles = (double)(cost_totals(cost).cycles - before) / (double)(steps - first);
    cost_close(cost);
    ref_close(ref);
    return cycles;
}

/* Cycles of so many steps from reset; compares what came out. */
static uint64_t run(struct work *work, struct device *device, size_t steps, bool *equal)
{
    struct loom_buffer input = {.spikes = work->data.series[0].spikes}, output = {.spikes = work->spikes};

    memset(work->spikes, 0, steps * work->output_size);
    if (device->operations->reset(device) != LOOM_OK ||
        device->operations->run(device, steps, &input, &output) != LOOM_OK)
        fail(device->error);
    *equal = *equal && memcmp(work->spikes, work->expected, steps * work->output_size) == 0;
    return device->counters.cycles;
}

int main(int argc, char **argv)
{
    char error[DEVICE_ERROR_BYTES] = "";
    struct work work = {0};
    struct device *device;
    bool equal = true;

    if (argc != 5) {
        fprintf(stderr, "usage: scaling-measure IMAGE DATA FIRST STEPS\n");
        return 2;
    }
    size_t first = strtoul(argv[3], NULL, 10), steps = first + strtoul(argv[4], NULL, 10), fired = 0;
    if (first == 0 || steps <= first)
        fail("FIRST and STEPS must be at least 1");
    open_work(&work, argv[1], argv[2], steps);
    double predicted = predict(&work, first, steps);
    if (device_sim_open_stored(&device, &work.image, NULL, error) != LOOM_OK)
        fail(error);
    /* Both runs begin and end in the same way; what the longer one takes more are steps in between. */
    uint64_t shorter = run(&work, device, first, &equal), longer = run(&work, device, steps, &equal);
    device->operations->close(device);
    for (size_t output = 0; output < steps * work.output_size; output++)
        fired += work.expected[output];
    printf("%.1f %.1f %s %zu\n", (double)(longer - shorter) / (double)(steps - first), predicted, equal ? "yes" : "no",
           fired);
    free(work.expected);
    free(work.spikes);
    data_free(&work.data);
    diagnostics_free(&work.diagnostics);
    arena_free(&work.arena);
    return equal ? 0 : 1;
}
