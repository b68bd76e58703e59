/* The device "ref": the integer model (sim/ref.h) behind the device interface, values in the units of the NIR file.
 * Also the one conversion of graded input values that all integer devices share. */
#include "device.h"

#include "ref.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

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

static void get_values(const struct ref_device *self, size_t index, double *values)
{
    const struct image_population *population = &self->device.image->populations[index];
    const int16_t *state = ref_state(self->ref, index);

    for (size_t neuron = 0; neuron < population->size; neuron++)
        values[neuron] = state[neuron] * population->scale;
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

static enum loom_status ref_device_read_state(struct device *device, size_t population, double *v)
{
    if (population >= device->image->population_count) {
        snprintf(device->error, sizeof device->error, "there is no population %zu; the image has %zu", population,
                 device->image->population_count);
        return LOOM_BAD_ARGUMENT;
    }
    get_values((struct ref_device *)device, population, v);
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
    .read_state = ref_device_read_state,
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
