/* States of an array: membranes and currents lie in the slices' memories, pending outputs in the buffers. */
#include "device_array_parts.h"

static uint32_t ring_index(const struct device_array *array, size_t population, size_t steps_ago)
{
    const struct image *image = array->base.image;

    return image_ring_slot(image, population, array->step + image->buffers[population].lag - steps_ago);
}

/* Reads v, or the current, of all slices of a population. */
static enum loom_status get_values(struct device_array *array, size_t population, bool current, double *values)
{
    const struct image *image = array->base.image;
    const uint32_t *neurons = array->neurons[population];

    for (size_t index = 0; index < image->slice_count; index++) {
        const struct image_slice *slice = &image->slices[index];
        enum loom_status status;

        if (slice->population != population)
            continue;
        status = link_read(array->link, slice->core, slice->state_space,
                           current ? slice->current_address : slice->state_address, array->words, slice->neurons);
        if (status != LOOM_OK)
            return device_array_fail(array, status);
        for (size_t place = 0; place < slice->neurons; place++) {
            uint32_t neuron = neurons[slice->first_neuron + place];
            if (neuron != NEURON_PAD)
                values[neuron] = (int16_t)array->words[place] * device_state_scale(image, population, current, neuron);
        }
    }
    return LOOM_OK;
}

static enum loom_status set_values(struct device_array *array, size_t population, bool current, const double *values)
{
    const struct image *image = array->base.image;
    const uint32_t *neurons = array->neurons[population];

    for (size_t index = 0; index < image->slice_count; index++) {
        const struct image_slice *slice = &image->slices[index];
        enum loom_status status;

        if (slice->population != population)
            continue;
        for (size_t place = 0; place < slice->neurons; place++) {
            uint32_t neuron = neurons[slice->first_neuron + place];
            array->words[place] = 0;
            if (neuron != NEURON_PAD)
                array->words[place] = (uint16_t)device_quantize_state(
                    values[neuron], device_state_scale(image, population, current, neuron));
        }
        status = link_write(array->link, slice->core, slice->state_space,
                            current ? slice->current_address : slice->state_address, array->words, slice->neurons);
        if (status != LOOM_OK)
            return device_array_fail(array, status);
    }
    return LOOM_OK;
}

/* Words first_word to first_word + words of the buffer, as one core has them, into state. */
static enum loom_status get_pending_words(struct device_array *array, size_t population, unsigned core, size_t first_word,
                                          size_t words, const struct loom_state *state)
{
    const struct image *image = array->base.image;
    const struct image_population *from = &image->populations[population];
    const struct image_buffer *buffer = &image->buffers[population];
    const uint32_t *neurons = array->neurons[population];
    size_t history = image_history(image, population);
    enum loom_status status =
        link_read(array->link, core, buffer->space, buffer->address + (uint32_t)(first_word << buffer->ring_log2),
                  array->words, words << buffer->ring_log2);

    if (status != LOOM_OK)
        return device_array_fail(array, status);
    for (size_t row = 0; row < history; row++) {
        uint32_t index = ring_index(array, population, history - row);
        for (size_t word = 0; word < words; word++) {
            uint16_t data = array->words[(word << buffer->ring_log2) + index];
            size_t place = (first_word + word) * (from->graded ? 1 : 16);
            for (size_t bit = 0; bit < (from->graded ? 1 : 16); bit++) {
                uint32_t neuron = neurons[place + bit];
                if (neuron != NEURON_PAD && from->graded && state->values)
                    state->values[row * from->size + neuron] = (int16_t)data * from->scale;
                else if (neuron != NEURON_PAD && !from->graded && state->spikes)
                    state->spikes[row * from->size + neuron] = data >> bit & 1;
            }
        }
    }
    return LOOM_OK;
}

/* A core has what it made or what was sent to all. */
static enum loom_status get_pending(struct device_array *array, size_t population, const struct loom_state *state)
{
    const struct image *image = array->base.image;
    const struct image_population *from = &image->populations[population];
    enum loom_status status = LOOM_OK;

    if (from->model == MODEL_INPUT)
        return get_pending_words(array, population, 0, 0, image->buffers[population].words, state);
    for (size_t index = 0; index < image->slice_count && status == LOOM_OK; index++) {
        const struct image_slice *slice = &image->slices[index];
        if (slice->population == population)
            status = get_pending_words(array, population, slice->core, slice->first_neuron / (from->graded ? 1 : 16),
                                       image_words(from, slice->neurons), state);
    }
    return status;
}

static enum loom_status set_pending(struct device_array *array, size_t population, const struct loom_state *state)
{
    const struct image *image = array->base.image;
    const struct image_buffer *buffer = &image->buffers[population];
    size_t size = image->populations[population].size;
    size_t history = image_history(image, population);

    for (size_t row = 0; row < history; row++) {
        device_array_words(array, population, state->spikes ? state->spikes + row * size : NULL,
                           state->values ? state->values + row * size : NULL, array->words);
        enum loom_status status =
            link_write_apart(array->link, HW_BROADCAST, buffer->space,
                             buffer->address + ring_index(array, population, history - row), buffer->ring_log2, array->words,
                             buffer->words);
        if (status != LOOM_OK)
            return device_array_fail(array, status);
    }
    return LOOM_OK;
}

static bool has_pending(const struct device_array *array, size_t population, const struct loom_state *state)
{
    const struct image *image = array->base.image;
    bool wanted = image->populations[population].graded ? state->values != NULL : state->spikes != NULL;

    return wanted && image->buffers[population].used && image_history(image, population) > 0;
}

enum loom_status device_array_get_state(struct device *device, size_t population, const struct loom_state *state)
{
    struct device_array *array = (struct device_array *)device;
    enum loom_status status = LOOM_OK;

    if (state->v)
        status = get_values(array, population, false, state->v);
    if (status == LOOM_OK && state->i && model_has_current(device->image->populations[population].model))
        status = get_values(array, population, true, state->i);
    if (status == LOOM_OK && has_pending(array, population, state))
        status = get_pending(array, population, state);
    return status;
}

enum loom_status device_array_set_state(struct device *device, size_t population, const struct loom_state *state)
{
    struct device_array *array = (struct device_array *)device;
    enum loom_status status = LOOM_OK;

    array->follows = false;
    if (state->v)
        status = set_values(array, population, false, state->v);
    if (status == LOOM_OK && state->i && model_has_current(device->image->populations[population].model))
        status = set_values(array, population, true, state->i);
    if (status == LOOM_OK && has_pending(array, population, state))
        status = set_pending(array, population, state);
    if (status == LOOM_OK)
        status = link_flush(array->link);
    return status == LOOM_OK ? LOOM_OK : device_array_fail(array, status);
}
