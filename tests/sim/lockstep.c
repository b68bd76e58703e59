/* Comparison of two devices step by step (lockstep.h). */
#include "lockstep.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct side {
    struct device *device;
    struct loom_buffer *outputs;
    struct loom_state state; /* of the largest population */
};

static size_t population_size(const struct image *image, size_t population)
{
    return image->populations[population].size;
}

static struct loom_buffer *make_buffers(const struct image *image, const struct port *ports, size_t count, size_t steps)
{
    struct loom_buffer *buffers = calloc(count + 1, sizeof *buffers);

    for (size_t index = 0; buffers && index < count; index++) {
        size_t size = population_size(image, ports[index].population) * steps;
        if (image->populations[ports[index].population].graded)
            buffers[index].values = calloc(size, sizeof(double));
        else
            buffers[index].spikes = calloc(size, 1);
    }
    return buffers;
}

static void free_buffers(struct loom_buffer *buffers, size_t count)
{
    for (size_t index = 0; buffers && index < count; index++) {
        free(buffers[index].spikes);
        free(buffers[index].values);
    }
    free(buffers);
}

static int open_side(struct side *side, const struct lockstep *lockstep, device_opener open, const char *argument,
                     size_t steps, char *report)
{
    const struct image *image = lockstep->image;
    char error[DEVICE_ERROR_BYTES];
    size_t largest = 1, longest = 1;

    for (size_t population = 0; population < image->population_count; population++) {
        size_t size = population_size(image, population), history = image_history(image, population) * size;
        largest = size > largest ? size : largest;
        longest = history > longest ? history : longest;
    }
    side->state = (struct loom_state){ .v = calloc(largest, sizeof(double)),
                                       .i = calloc(largest, sizeof(double)),
                                       .spikes = calloc(longest, 1),
                                       .values = calloc(longest, sizeof(double)) };
    side->outputs = make_buffers(image, image->outputs, image->output_count, steps);
    if (open(&side->device, image, argument, error) == LOOM_OK)
        return 0;
    snprintf(report, LOCKSTEP_REPORT_BYTES, "cannot open: %s", error);
    return -1;
}

static void close_side(struct side *side, const struct image *image)
{
    if (side->device)
        side->device->operations->close(side->device);
    free_buffers(side->outputs, image->output_count);
    free(side->state.v);
    free(side->state.i);
    free(side->state.spikes);
    free(side->state.values);
}

static int compare_outputs(const struct lockstep *lockstep, const struct side *left, const struct side *right,
                           size_t steps, char *report, size_t *activity)
{
    const struct image *image = lockstep->image;

    for (size_t output = 0; output < image->output_count; output++) {
        size_t size = population_size(image, image->outputs[output].population);
        for (size_t index = 0; index < size * steps; index++) {
            const struct loom_buffer *a = &left->outputs[output], *b = &right->outputs[output];
            double first = a->spikes ? a->spikes[index] : a->values[index];
            double second = b->spikes ? b->spikes[index] : b->values[index];
            *activity += first != 0;
            if (memcmp(&first, &second, sizeof first) != 0) {
                snprintf(report, LOCKSTEP_REPORT_BYTES, "step %zu: output %s, neuron %zu: %.17g and %.17g", index / size,
                         image->outputs[output].name, index % size, first, second);
                return -1;
            }
        }
    }
    return 0;
}

static int compare_numbers(const char *what, const char *population, const double *left, const double *right, size_t count,
                           char *report, size_t *activity)
{
    for (size_t index = 0; index < count; index++) {
        *activity += left[index] != 0;
        if (memcmp(&left[index], &right[index], sizeof(double)) != 0) {
            snprintf(report, LOCKSTEP_REPORT_BYTES, "%s of %s, number %zu: %.17g and %.17g", what, population, index,
                     left[index], right[index]);
            return -1;
        }
    }
    return 0;
}

/* Membranes, currents, and the outputs that are still to arrive. */
static int compare_states(const struct lockstep *lockstep, struct side *left, struct side *right, char *report,
                          size_t *activity)
{
    const struct image *image = lockstep->image;

    for (size_t index = 0; index < image->population_count; index++) {
        const struct image_population *population = &image->populations[index];
        size_t pending = image_history(image, index) * population->size;
        bool input = population->model == MODEL_INPUT;
        struct loom_state first = left->state, second = right->state;

        if (input)
            first.v = second.v = NULL;
        if (!model_has_current(population->model))
            first.i = second.i = NULL;
        if (population->graded || pending == 0)
            first.spikes = second.spikes = NULL;
        if (!population->graded || pending == 0)
            first.values = second.values = NULL;
        if (left->device->operations->get_state(left->device, index, &first) != LOOM_OK ||
            right->device->operations->get_state(right->device, index, &second) != LOOM_OK) {
            snprintf(report, LOCKSTEP_REPORT_BYTES, "cannot read a state: %s%s", left->device->error,
                     right->device->error);
            return -1;
        }
        if (first.v &&
            compare_numbers("v", population->name, first.v, second.v, population->size, report, activity))
            return -1;
        if (first.i &&
            compare_numbers("i", population->name, first.i, second.i, population->size, report, activity))
            return -1;
        if (first.values &&
            compare_numbers("pending values", population->name, first.values, second.values, pending, report, activity))
            return -1;
        if (first.spikes && memcmp(first.spikes, second.spikes, pending) != 0) {
            snprintf(report, LOCKSTEP_REPORT_BYTES, "pending spikes of %s differ", population->name);
            return -1;
        }
    }
    return 0;
}

/* chunk steps of both sides, then the comparison. */
static int run_chunk(const struct lockstep *lockstep, struct side *left, struct side *right,
                     const struct loom_buffer *inputs, size_t chunk, char *report, size_t *activity)
{
    struct side *sides[] = { left, right };
    uint64_t taken[2];

    for (unsigned side = 0; side < 2; side++) {
        struct device *device = sides[side]->device;
        uint64_t before = device->counters.cycles;
        if (device->operations->run(device, chunk, inputs, sides[side]->outputs) != LOOM_OK) {
            snprintf(report, LOCKSTEP_REPORT_BYTES, "%s failed: %s", device->operations->name, device->error);
            return -1;
        }
        taken[side] = device->counters.cycles - before;
    }
    if (compare_outputs(lockstep, left, right, chunk, report, activity))
        return -1;
    if (lockstep->cycles && taken[0] != taken[1]) {
        snprintf(report, LOCKSTEP_REPORT_BYTES, "%llu cycles and %llu", (unsigned long long)taken[0],
                 (unsigned long long)taken[1]);
        return -1;
    }
    if (lockstep->cycles)
        *lockstep->cycles += taken[0];
    if (lockstep->outputs_alone)
        return 0;
    return compare_states(lockstep, left, right, report, activity);
}

static struct loom_buffer step_of(const struct image *image, const struct loom_buffer *buffers, size_t input, size_t step)
{
    size_t offset = step * population_size(image, image->inputs[input].population);

    return (struct loom_buffer){ .spikes = buffers[input].spikes ? buffers[input].spikes + offset : NULL,
                                 .values = buffers[input].values ? buffers[input].values + offset : NULL };
}

static int run_sample(const struct lockstep *lockstep, struct side *left, struct side *right, struct loom_buffer *inputs,
                      size_t sample, size_t chunk, char *report, size_t *activity)
{
    const struct image *image = lockstep->image;
    struct loom_buffer *steps = calloc(image->input_count + 1, sizeof *steps);
    int status = 0;

    if (left->device->operations->reset(left->device) != LOOM_OK ||
        right->device->operations->reset(right->device) != LOOM_OK) {
        snprintf(report, LOCKSTEP_REPORT_BYTES, "cannot reset: %s%s", left->device->error, right->device->error);
        status = -1;
    }
    for (size_t step = 0; step < lockstep->steps && !status; step += chunk) {
        for (size_t offset = 0; offset < chunk; offset++) {
            for (size_t input = 0; input < image->input_count; input++)
                steps[input] = step_of(image, inputs, input, offset);
            lockstep->source(lockstep->self, sample, step + offset, steps);
        }
        status = run_chunk(lockstep, left, right, inputs, chunk, report, activity);
        if (status) {
            char place[64];
            size_t length = strlen(report);
            snprintf(place, sizeof place, "sample %zu, from step %zu: ", sample, step);
            size_t prefix = strlen(place);
            if (length + prefix < LOCKSTEP_REPORT_BYTES) {
                memmove(report + prefix, report, length + 1);
                memcpy(report, place, prefix);
            }
        }
    }
    free(steps);
    return status;
}

int lockstep(const struct lockstep *lockstep, char *report, size_t *activity)
{
    const struct image *image = lockstep->image;
    size_t a_call = lockstep->steps_a_call ? lockstep->steps_a_call : 1;
    size_t chunk = lockstep->whole_samples ? lockstep->steps : a_call;
    struct loom_buffer *inputs = make_buffers(image, image->inputs, image->input_count, chunk);
    struct side left = { 0 }, right = { 0 };
    int status = open_side(&left, lockstep, lockstep->left, lockstep->left_argument, chunk, report);

    if (!status)
        status = open_side(&right, lockstep, lockstep->right, lockstep->right_argument, chunk, report);
    for (size_t sample = 0; sample < lockstep->samples && !status; sample++)
        status = run_sample(lockstep, &left, &right, inputs, sample, chunk, report, activity);
    close_side(&left, image);
    close_side(&right, image);
    free_buffers(inputs, image->input_count);
    return status;
}
