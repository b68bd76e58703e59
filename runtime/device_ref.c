/* The device "ref": the integer model (sim/ref.h) behind the device interface, values in the units of the NIR file.
 * Also the one conversion of graded input values that all integer devices share. */
#include "device.h"

#include "ref.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct ref_device {
    struct device device; /* first: the operations get a pointer to it */
    struct ref *ref;
    int16_t *values; /* one step of the largest Input */
};

int16_t device_quantize_value(double value, double scale, int32_t limit)
{
    double units = round(value / scale);

    if (isnan(units))
        return 0;
    return (int16_t)(units > limit ? limit : units < -limit ? -limit : units);
}

int16_t device_quantize_state(double value, double scale)
{
    double units = scale != 0 ? round(value / scale) : 0;

    if (isnan(units))
        return 0;
    return (int16_t)(units > INT16_MAX ? INT16_MAX : units < INT16_MIN ? INT16_MIN : units);
}

static enum loom_status ref_device_reset(struct device *device)
{
    struct ref_device *self = (struct ref_device *)device;

    ref_reset(self->ref);
    device->counters = (struct loom_counters){0};
    return LOOM_OK;
}

static bool buffer_fits(const struct loom_buffer *buffer, bool graded)
{
    return graded ? buffer->values != NULL : buffer->spikes != NULL;
}

static enum loom_status refuse_buffer(struct device *device, const struct port *port, bool graded)
{
    snprintf(device->error, sizeof device->error, "/%s carries %s: its buffer must have %s", port->name,
             graded ? "values" : "spikes", graded ? "values" : "spikes");
    return LOOM_BAD_ARGUMENT;
}

static enum loom_status check_buffers(struct device *device, const struct loom_buffer *inputs,
                                      const struct loom_buffer *outputs)
{
    const struct image *image = device->image;

    for (size_t index = 0; index < image->input_count; index++) {
        bool graded = image->populations[image->inputs[index].population].graded;
        if (!buffer_fits(&inputs[index], graded))
            return refuse_buffer(device, &image->inputs[index], graded);
    }
    for (size_t index = 0; index < image->output_count; index++) {
        bool graded = image->populations[image->outputs[index].population].graded;
        if (!buffer_fits(&outputs[index], graded))
            return refuse_buffer(device, &image->outputs[index], graded);
    }
    return LOOM_OK;
}

static void set_input(struct ref_device *self, size_t input, size_t step, const struct loom_buffer *buffer)
{
    const struct image *image = self->device.image;
    const struct image_population *population = &image->populations[image->inputs[input].population];
    size_t offset = step * population->size;

    if (!population->graded) {
        ref_set_spikes(self->ref, input, buffer->spikes + offset);
        return;
    }
    for (size_t neuron = 0; neuron < population->size; neuron++)
        self->values[neuron] = device_quantize_value(buffer->values[offset + neuron], population->scale,
                                                     population->limit);
    ref_set_values(self->ref, input, self->values);
}

static void to_reals(double *reals, const int16_t *units, size_t count, double unit)
{
    for (size_t index = 0; index < count; index++)
        reals[index] = units[index] * unit;
}

static void get_values(const struct ref_device *self, size_t index, double *values)
{
    const struct image_population *population = &self->device.image->populations[index];

    to_reals(values, ref_state(self->ref, index), population->size, population->scale);
}

static void get_output(const struct ref_device *self, size_t output, size_t step, const struct loom_buffer *buffer)
{
    size_t index = self->device.image->outputs[output].population;
    const struct image_population *population = &self->device.image->populations[index];
    const uint8_t *spikes = ref_spikes(self->ref, index);

    if (population->graded) {
        get_values(self, index, buffer->values + step * population->size);
        return;
    }
    for (size_t neuron = 0; neuron < population->size; neuron++)
        buffer->spikes[step * population->size + neuron] = spikes[neuron];
}

static enum loom_status ref_device_run(struct device *device, size_t steps, const struct loom_buffer *inputs,
                                       const struct loom_buffer *outputs)
{
    struct ref_device *self = (struct ref_device *)device;
    enum loom_status status = steps ? check_buffers(device, inputs, outputs) : LOOM_OK;

    if (status != LOOM_OK)
        return status;
    for (size_t step = 0; step < steps; step++) {
        for (size_t input = 0; input < device->image->input_count; input++)
            set_input(self, input, step, &inputs[input]);
        ref_step(self->ref);
        for (size_t output = 0; output < device->image->output_count; output++)
            get_output(self, output, step, &outputs[output]);
    }
    device->counters.steps += steps;
    device->counters.synaptic_operations = ref_operations(self->ref);
    return LOOM_OK;
}

/* ---- states ---- */

static void set_units(int16_t *units, const double *reals, size_t count, double unit)
{
    for (size_t index = 0; index < count; index++)
        units[index] = device_quantize_state(reals[index], unit);
}

static enum loom_status check_state(struct device *device, size_t index, const struct loom_state *state)
{
    const struct image *image = device->image;

    if (index >= image->population_count) {
        snprintf(device->error, sizeof device->error, "there is no population %zu; the image has %zu", index,
                 image->population_count);
        return LOOM_BAD_ARGUMENT;
    }
    const struct image_population *population = &image->populations[index];
    const char *wrong = state->v && population->model == MODEL_INPUT         ? "membranes"
                        : state->i && !model_has_current(population->model) ? "currents"
                        : state->spikes && population->graded               ? "spikes"
                        : state->values && !population->graded              ? "values"
                                                                            : NULL;
    if (!wrong)
        return LOOM_OK;
    snprintf(device->error, sizeof device->error, "/%s has no %s; that member must be NULL", population->name, wrong);
    return LOOM_BAD_ARGUMENT;
}

static enum loom_status ref_device_get_state(struct device *device, size_t index, const struct loom_state *state)
{
    struct ref *ref = ((struct ref_device *)device)->ref;
    enum loom_status status = check_state(device, index, state);

    if (status != LOOM_OK)
        return status;
    const struct image_population *population = &device->image->populations[index];
    size_t size = population->size, history = image_history(device->image, index);

    if (state->v)
        for (size_t neuron = 0; neuron < size; neuron++)
            state->v[neuron] = ref_state(ref, index)[neuron] * image_unit(population, neuron);
    for (size_t neuron = 0; state->i && neuron < size; neuron++)
        state->i[neuron] = ref_current(ref, index)[neuron] * population->current_unit[neuron];
    for (size_t step = 0; step < history; step++) {
        if (state->spikes)
            memcpy(state->spikes + step * size, ref_past_spikes(ref, index, history - step), size);
        if (state->values)
            to_reals(state->values + step * size, ref_past_values(ref, index, history - step), size,
                     population->scale);
    }
    return LOOM_OK;
}

static enum loom_status ref_device_set_state(struct device *device, size_t index, const struct loom_state *state)
{
    struct ref *ref = ((struct ref_device *)device)->ref;
    enum loom_status status = check_state(device, index, state);

    if (status != LOOM_OK)
        return status;
    const struct image_population *population = &device->image->populations[index];
    size_t size = population->size, history = image_history(device->image, index);

    if (state->v)
        for (size_t neuron = 0; neuron < size; neuron++)
            ref_state(ref, index)[neuron] = device_quantize_state(state->v[neuron], image_unit(population, neuron));
    for (size_t neuron = 0; state->i && neuron < size; neuron++)
        ref_current(ref, index)[neuron] = device_quantize_state(state->i[neuron], population->current_unit[neuron]);
    for (size_t step = 0; step < history; step++) {
        for (size_t neuron = 0; state->spikes && neuron < size; neuron++)
            ref_past_spikes(ref, index, history - step)[neuron] = state->spikes[step * size + neuron] != 0;
        if (state->values)
            set_units(ref_past_values(ref, index, history - step), state->values + step * size, size,
                      population->scale);
    }
    return LOOM_OK;
}

static void ref_device_close(struct device *device)
{
    struct ref_device *self = (struct ref_device *)device;

    ref_close(self->ref);
    free(self->values);
    free(self);
}

static const struct device_operations ref_device_operations = {
    .name = "ref",
    .reset = ref_device_reset,
    .run = ref_device_run,
    .get_state = ref_device_get_state,
    .set_state = ref_device_set_state,
    .close = ref_device_close,
};

enum loom_status device_ref_open(struct device **device, const struct image *image, const char *argument, char *error)
{
    struct ref_device *self = calloc(1, sizeof *self);
    size_t largest = 1;

    (void)argument;
    *device = NULL;
    if (!self)
        goto fail;
    for (size_t index = 0; index < image->input_count; index++) {
        size_t size = image->populations[image->inputs[index].population].size;
        largest = size > largest ? size : largest;
    }
    self->device.operations = &ref_device_operations;
    self->device.image = image;
    self->ref = ref_open(image);
    self->values = calloc(largest, sizeof *self->values);
    if (!self->ref || !self->values)
        goto fail;
    *device = &self->device;
    return LOOM_OK;
fail:
    if (self)
        ref_device_close(&self->device);
    snprintf(error, DEVICE_ERROR_BYTES, "out of memory");
    return LOOM_NO_MEMORY;
}
