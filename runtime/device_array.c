/* Runs an image on an array over the link: identity, loading, steps, states. Inputs of the next step are sent while
 * one runs. */
#include "device_array.h"

#include "hardware.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "device_array_parts.h"

enum { SILENCE_MS = 5000, RETRY_MS = 250 };

enum loom_status device_array_fail(struct device_array *array, enum loom_status status)
{
    snprintf(array->base.error, DEVICE_ERROR_BYTES, "%s: %s", array->operations.name, link_error(array->link));
    return status;
}

/* Where OUTPUT messages go: the step that is under way, in buffers of all steps of a run. */
struct output_sink {
    const struct loom_buffer *outputs;
    size_t step;  /* of the array */
    size_t steps; /* of the run */
};

/* Stores one OUTPUT message, 16 spikes or a value of a slice; false if no slice has its address. */
static bool store_output(const struct device_array *array, const struct output_sink *sink,
                         const struct link_message *message)
{
    const struct image *image = array->base.image;

    for (size_t index = 0; index < image->slice_count; index++) {
        const struct image_slice *slice = &image->slices[index];
        const struct image_population *population = &image->populations[slice->population];
        size_t words = image_words(population, slice->neurons);
        if (!slice->output || message->address < slice->output_address ||
            message->address - slice->output_address >= words)
            continue;
        size_t word = message->address - slice->output_address;
        for (size_t output = 0; output < image->output_count; output++) {
            if (image->outputs[output].population != slice->population)
                continue;
            const uint32_t *neuron = array->neurons[slice->population] + slice->first_neuron;
            size_t step = sink->step - image->buffers[slice->population].lag;
            if (step >= sink->steps)
                return false;
            size_t base = step * population->size;
            if (population->graded) {
                if (neuron[word] != NEURON_PAD)
                    sink->outputs[output].values[base + neuron[word]] = (int16_t)message->data * population->scale;
                continue;
            }
            for (size_t bit = 0; bit < 16 && 16 * word + bit < slice->neurons; bit++) {
                if (neuron[16 * word + bit] != NEURON_PAD)
                    sink->outputs[output].spikes[base + neuron[16 * word + bit]] = message->data >> bit & 1;
            }
        }
        return true;
    }
    return false;
}

/* Waits for the END of a step; sink NULL: there must be no OUTPUT before it. */
static enum loom_status wait_for_end(struct device_array *array, const struct output_sink *sink)
{
    for (;;) {
        struct link_message message;
        enum loom_status status = link_receive(array->link, &message);
        if (status != LOOM_OK)
            return device_array_fail(array, status);
        if (message.kind == HW_KIND_END)
            return LOOM_OK;
        if (message.kind != HW_KIND_OUTPUT || !sink || !store_output(array, sink, &message)) {
            snprintf(array->base.error, DEVICE_ERROR_BYTES, "%s: a message that was not asked for (kind %u, address %u)",
                     array->operations.name, message.kind, (unsigned)message.address);
            return LOOM_PROTOCOL;
        }
    }
}

void device_array_words(const struct device_array *array, size_t population, const uint8_t *spikes, const double *values,
                        uint16_t *words)
{
    const struct image *image = array->base.image;
    const struct image_population *from = &image->populations[population];
    const uint32_t *neurons = array->neurons[population];
    size_t size = image_order_size(&image->orders[population]);

    memset(words, 0, image_words(from, size) * sizeof *words);
    for (size_t place = 0; place < size; place++) {
        if (neurons[place] == NEURON_PAD)
            continue;
        if (from->graded)
            words[place] = (uint16_t)(from->model == MODEL_INPUT
                                          ? device_quantize_value(values[neurons[place]], from->scale, from->limit)
                                          : device_quantize_state(values[neurons[place]], from->scale));
        else if (spikes[neurons[place]])
            words[place / 16] = (uint16_t)(words[place / 16] | 1u << place % 16);
    }
}

/* One STEP of the array in a run: a step of all populations, or, while not all have begun or some have ended, of those
 * of one lag. Step t of the array is step t - lag of a population. */
struct launch {
    size_t step; /* of the array, from the run's first on */
    size_t lag;
    bool whole;  /* all lags */
};

static struct launch launch_in_step(const struct image *image, size_t step, size_t steps)
{
    size_t least = step < steps ? 0 : step - steps + 1;

    return (struct launch){ step, least, least == 0 && step + 1 >= image->stage_count };
}

static struct launch launch_after(const struct image *image, const struct launch *launch, size_t steps)
{
    size_t most = launch->step < image->stage_count - 1 ? launch->step : image->stage_count - 1;

    if (launch->whole || launch->lag == most)
        return launch_in_step(image, launch->step + 1, steps);
    return (struct launch){ launch->step, launch->lag + 1, false };
}

static bool launch_is_due(const struct image *image, const struct launch *launch, size_t steps)
{
    return steps > 0 && launch->step < steps + image->stage_count - 1;
}

static enum loom_status send_inputs(struct device_array *array, const struct loom_buffer *inputs, size_t step)
{
    const struct image *image = array->base.image;
    enum loom_status status = LOOM_OK;

    for (size_t input = 0; input < image->input_count && status == LOOM_OK; input++) {
        size_t population = image->inputs[input].population;
        const struct image_buffer *buffer = &image->buffers[population];
        size_t offset = step * image->populations[population].size;

        if (!buffer->used)
            continue;
        device_array_words(array, population, inputs[input].spikes ? inputs[input].spikes + offset : NULL,
                           inputs[input].values ? inputs[input].values + offset : NULL, array->words);
        status = link_write_apart(array->link, HW_BROADCAST, buffer->space,
                                  buffer->address + image_ring_slot(image, population, array->step + step),
                                  buffer->ring_log2, array->words, buffer->words);
    }
    return status;
}

static enum loom_status send_launch(struct device_array *array, const struct loom_buffer *inputs,
                                    const struct launch *launch)
{
    const struct image *image = array->base.image;
    uint32_t entry =
        image->step_entry + (launch->whole ? 0 : (uint32_t)(launch->lag + 1) * image->stage_operations);
    enum loom_status status = launch->lag == 0 ? send_inputs(array, inputs, launch->step) : LOOM_OK;

    if (status == LOOM_OK)
        status = launch->whole && array->follows ? link_next_step(array->link, entry, array->step + (unsigned)launch->step)
                                                 : link_step(array->link, entry, array->step + (unsigned)launch->step);
    array->follows = launch->whole; /* the program of one lag keeps no account of what the whole one does */
    if (status == LOOM_OK)
        status = link_flush(array->link);
    return status == LOOM_OK ? LOOM_OK : device_array_fail(array, status);
}

/* Sends the launch that is due next, if there is one and nothing went wrong before. */
static enum loom_status send_next(struct device_array *array, const struct loom_buffer *inputs, size_t steps, struct launch *next,
                                  enum loom_status status)
{
    const struct image *image = array->base.image;

    if (status == LOOM_OK && launch_is_due(image, next, steps)) {
        status = send_launch(array, inputs, next);
        *next = launch_after(image, next, steps);
    }
    return status;
}

static enum loom_status read_cycles(struct device_array *array)
{
    uint16_t low, high;
    enum loom_status status = link_read(array->link, 0, HW_SPACE_CONTROL, HW_CONTROL_CYCLES_LOW, &low, 1);

    if (status == LOOM_OK)
        status = link_read(array->link, 0, HW_SPACE_CONTROL, HW_CONTROL_CYCLES_HIGH, &high, 1);
    if (status != LOOM_OK)
        return device_array_fail(array, status);
    array->base.counters.cycles = (uint64_t)high << 16 | low;
    return LOOM_OK;
}

static enum loom_status array_run(struct device *device, size_t steps, const struct loom_buffer *inputs,
                                  const struct loom_buffer *outputs)
{
    struct device_array *array = (struct device_array *)device;
    const struct image *image = device->image;
    struct launch next = launch_in_step(image, 0, steps), launch = next;
    enum loom_status status = LOOM_OK;

    /* As many as may be under way, and one that waits in the array's link: its STEP follows the END that it waits for at once. */
    for (size_t ahead = 0; ahead < HW_STEPS_AHEAD; ahead++)
        status = send_next(array, inputs, steps, &next, status);
    while (launch_is_due(image, &launch, steps) && status == LOOM_OK) {
        struct output_sink sink = { outputs, launch.step, steps };
        status = send_next(array, inputs, steps, &next, status);
        if (status == LOOM_OK)
            status = wait_for_end(array, &sink);
        launch = launch_after(image, &launch, steps);
    }
    if (status != LOOM_OK)
        return status;
    array->step += (unsigned)steps;
    device->counters.steps += steps;
    return read_cycles(array);
}

/* Frames' numbers begin anew: they are escaped like other bytes, and where steps wait for the link they would make the
 * cycles of a sample depend on the samples before. The reply to a read says that all that was sent before is done, which
 * SYNCHRONISE would drop. */
static enum loom_status begin_link(struct device_array *array)
{
    uint16_t word;
    enum loom_status status = link_read(array->link, 0, HW_SPACE_CONTROL, HW_CONTROL_MAGIC, &word, 1);

    return status == LOOM_OK ? link_synchronise(array->link) : status;
}

/* The clear program sets all states and buffers to 0, Inputs' too. */
static enum loom_status array_reset(struct device *device)
{
    struct device_array *array = (struct device_array *)device;
    uint16_t clear = 1;
    enum loom_status status = begin_link(array);

    array->follows = false;
    if (status == LOOM_OK)
        status = link_step(array->link, device->image->clear_entry, 0);
    if (status == LOOM_OK)
        status = link_flush(array->link);
    if (status != LOOM_OK)
        return device_array_fail(array, status);
    status = wait_for_end(array, NULL);
    if (status != LOOM_OK)
        return status;
    status = link_write(array->link, 0, HW_SPACE_CONTROL, HW_CONTROL_CLEAR, &clear, 1);
    if (status == LOOM_OK)
        status = link_flush(array->link);
    if (status != LOOM_OK)
        return device_array_fail(array, status);
    array->step = 0;
    device->counters = (struct loom_counters){ 0 };
    return LOOM_OK;
}

static void array_close(struct device *device)
{
    struct device_array *array = (struct device_array *)device;

    link_close(array->link);
    for (size_t population = 0; array->neurons && population < device->image->population_count; population++)
        free(array->neurons[population]);
    free(array->neurons);
    free(array->words);
    free(array);
}

/* The array must be of this version and of the shape that the image was placed for. */
static enum loom_status check_identity(struct device_array *array)
{
    const struct board *board = array->board;
    uint32_t weight_blocks = board->weight_words * (board->word_bits / 16) / 256;
    const struct {
        unsigned address;
        uint32_t expected;
        const char *what;
    } identity[] = {
        { HW_CONTROL_MAGIC, HW_MAGIC, "identity" },
        { HW_CONTROL_VERSION, HW_VERSION, "version" },
        { HW_CONTROL_CORES, board->cores, "number of cores" },
        { HW_CONTROL_LANES, board->lanes, "number of lanes" },
        { HW_CONTROL_SLOTS, board->slots, "number of slots" },
        { HW_CONTROL_WEIGHT_WORDS, weight_blocks, "size of the weight memory" },
        { HW_CONTROL_STATE_ROWS, board->state_rows, "number of state rows" },
        { HW_CONTROL_ACCUMULATOR_ROWS, board->accumulator_rows, "number of accumulator rows" },
        { HW_CONTROL_SPIKE_WORDS, board->spike_words, "size of the spike memory" },
        { HW_CONTROL_OPERATIONS, board->operations, "size of the program memory" },
    };

    for (size_t index = 0; index < sizeof identity / sizeof identity[0]; index++) {
        uint16_t word;
        enum loom_status status = link_read(array->link, 0, HW_SPACE_CONTROL, identity[index].address, &word, 1);
        if (status != LOOM_OK)
            return device_array_fail(array, status);
        if (word != (uint16_t)identity[index].expected) {
            snprintf(array->base.error, DEVICE_ERROR_BYTES,
                     "%s: the array's %s is %u, the image is for %s with %u; compile for this board or load its bitstream",
                     array->operations.name, identity[index].what, word, board->name,
                     (unsigned)(uint16_t)identity[index].expected);
            return LOOM_VERSION;
        }
    }
    return LOOM_OK;
}

/* All of a segment, in one core or in all, past the link. */
static bool store_segment(const struct device_array *array, const struct transport *transport,
                          const struct image_segment *segment)
{
    bool all = segment->core == HW_BROADCAST, stored = transport->store != NULL;
    unsigned first = all ? 0 : segment->core, last = all ? array->board->cores - 1 : segment->core;

    for (unsigned core = first; core <= last && stored; core++)
        stored = transport->store(transport->self, core, segment->space, segment->address, segment->words, segment->count);
    return stored;
}

static enum loom_status load(struct device_array *array, const struct transport *transport)
{
    const struct image *image = array->base.image;

    for (size_t index = 0; index < image->segment_count; index++) {
        const struct image_segment *segment = &image->segments[index];
        if (store_segment(array, transport, segment))
            continue;
        enum loom_status status = link_write(array->link, segment->core, segment->space, segment->address,
                                             segment->words, segment->count);
        if (status != LOOM_OK)
            return device_array_fail(array, status);
    }
    return LOOM_OK;
}

static bool allocate(struct device_array *array)
{
    const struct image *image = array->base.image;
    size_t words = 1;

    array->neurons = calloc(image->population_count + 1, sizeof *array->neurons);
    if (!array->neurons)
        return false;
    for (size_t population = 0; population < image->population_count; population++) {
        const struct image_order *order = &image->orders[population];
        const struct image_buffer *buffer = &image->buffers[population];
        size_t size = image_order_size(order);
        uint32_t *neurons = malloc((size + 16) * sizeof *neurons);

        array->neurons[population] = neurons;
        if (!neurons)
            return false;
        for (size_t place = 0; place < size + 16; place++)
            neurons[place] = NEURON_PAD;
        for (size_t neuron = 0; neuron < image->populations[population].size; neuron++)
            neurons[image_order_place(order, neuron)] = (uint32_t)neuron;
        words = size > words ? size : words;
        words = buffer->words << buffer->ring_log2 > words ? buffer->words << buffer->ring_log2 : words;
    }
    array->words = calloc(words + 16, sizeof *array->words);
    return array->words != NULL;
}

enum loom_status device_array_open(struct device **device, const struct image *image, const char *name,
                                   struct transport transport, char *error)
{
    struct device_array *array = calloc(1, sizeof *array);
    enum loom_status status = LOOM_NO_MEMORY;

    *device = NULL;
    if (!array) {
        transport.close(transport.self);
        snprintf(error, DEVICE_ERROR_BYTES, "%s: not enough memory", name);
        return LOOM_NO_MEMORY;
    }
    array->operations = (struct device_operations){ .name = name,
                                                    .reset = array_reset,
                                                    .run = array_run,
                                                    .get_state = device_array_get_state,
                                                    .set_state = device_array_set_state,
                                                    .close = array_close };
    array->base.operations = &array->operations;
    array->base.image = image;
    array->board = board_find(image->board);
    snprintf(array->base.error, DEVICE_ERROR_BYTES, "%s: not enough memory", name);
    if (link_open(&array->link, transport, SILENCE_MS, RETRY_MS) != LOOM_OK || !allocate(array))
        goto fail;
    if (!array->board) {
        snprintf(array->base.error, DEVICE_ERROR_BYTES, "%s: board %s of the image is not known", name, image->board);
        status = LOOM_BAD_IMAGE;
        goto fail;
    }
    status = link_synchronise(array->link); /* before anything is read */
    if (status != LOOM_OK) {
        device_array_fail(array, status);
        goto fail;
    }
    status = check_identity(array);
    if (status == LOOM_OK)
        status = load(array, &transport);
    if (status == LOOM_OK)
        status = array_reset(&array->base);
    if (status != LOOM_OK)
        goto fail;
    *device = &array->base;
    return LOOM_OK;
fail:
    memcpy(error, array->base.error, DEVICE_ERROR_BYTES);
    array_close(&array->base);
    return status;
}
