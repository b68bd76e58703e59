/* The float device: runs the graph that an image (or the NIR file it came from) holds, in double precision, behind the
 * interface of the devices that run the image's integers. Nodes are matched with the image's ports and
 * populations by name. */
#include "device_float_parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct device_float *self_of(struct device *device)
{
    return (struct device_float *)device;
}

enum loom_status device_float_fail(struct device *device, enum loom_status status, const char *place, const char *text)
{
    snprintf(device->error, sizeof device->error, "%s: %s", place, text);
    return status;
}

static enum loom_status device_float_reset(struct device *device)
{
    float_network_reset(self_of(device)->network);
    device->counters = (struct loom_counters){0};
    return LOOM_OK;
}

static void take_inputs(struct device_float *self, size_t step, const struct loom_buffer *inputs)
{
    for (size_t input = 0; input < self->input_count; input++) {
        size_t size = self->input_sizes[input];
        double *values = self->values[input];
        if (inputs[input].values) {
            memcpy(values, inputs[input].values + step * size, size * sizeof *values);
            continue;
        }
        for (size_t neuron = 0; neuron < size; neuron++)
            values[neuron] = inputs[input].spikes[step * size + neuron] != 0;
    }
}

static void give_outputs(const struct device_float *self, size_t step, const struct loom_buffer *outputs)
{
    for (size_t output = 0; output < self->device.image->output_count; output++) {
        size_t node = self->output_nodes[output];
        size_t size = float_network_size(self->network, node);
        const double *values = float_network_output(self->network, node);
        if (outputs[output].values) {
            memcpy(outputs[output].values + step * size, values, size * sizeof *values);
            continue;
        }
        for (size_t neuron = 0; neuron < size; neuron++)
            outputs[output].spikes[step * size + neuron] = values[neuron] != 0;
    }
}

static enum loom_status device_float_run(struct device *device, size_t steps, const struct loom_buffer *inputs,
                                         const struct loom_buffer *outputs)
{
    struct device_float *self = self_of(device);
    const struct image *image = device->image;

    for (size_t input = 0; input < image->input_count; input++)
        if (!inputs[input].spikes == !inputs[input].values)
            return device_float_fail(device, LOOM_BAD_ARGUMENT, image->inputs[input].name,
                                     "give the input spikes or values, one of them");
    for (size_t output = 0; output < image->output_count; output++)
        if (!outputs[output].spikes == !outputs[output].values)
            return device_float_fail(device, LOOM_BAD_ARGUMENT, image->outputs[output].name,
                                     "give the output a buffer for spikes or for values, one of them");
    for (size_t step = 0; step < steps; step++) {
        take_inputs(self, step, inputs);
        float_network_step(self->network, self->pointers);
        give_outputs(self, step, outputs);
        device->counters.steps++;
    }
    device->counters.synaptic_operations = float_network_operations(self->network);
    return LOOM_OK;
}

static void device_float_close(struct device *device)
{
    struct device_float *self = self_of(device);

    float_network_close(self->network);
    arena_free(&self->arena);
    free(self);
}

static const struct device_operations operations = {
    .name = "float",
    .reset = device_float_reset,
    .run = device_float_run,
    .get_state = device_float_get_state,
    .set_state = device_float_set_state,
    .population_count = device_float_population_count,
    .population = device_float_population,
    .close = device_float_close,
};

size_t device_float_find_node(const struct graph *graph, const char *name, enum node_type wanted)
{
    size_t index = 0;

    while (index < graph->node_count && (strcmp(graph->nodes[index].name, name) != 0 ||
                                         (wanted != NODE_TYPES && graph->nodes[index].type != wanted)))
        index++;
    return index;
}

static enum loom_status no_memory(struct device_float *self)
{
    return device_float_fail(&self->device, LOOM_NO_MEMORY, "float", "the network does not fit into memory");
}

/* Matches the image with the graph. */
static enum loom_status match(struct device_float *self, const struct graph *graph)
{
    const struct image *image = self->device.image;
    struct arena *arena = &self->arena;

    self->input_count = float_network_input_count(self->network);
    if (self->input_count != image->input_count)
        return device_float_fail(&self->device, LOOM_BAD_IMAGE, "float",
                                 "the graph has another number of Input nodes than the image; compile it again");
    self->pointers = arena_allocate(arena, self->input_count, sizeof *self->pointers);
    self->values = arena_allocate(arena, self->input_count, sizeof *self->values);
    self->input_sizes = arena_allocate(arena, self->input_count, sizeof *self->input_sizes);
    self->output_nodes = arena_allocate(arena, image->output_count, sizeof *self->output_nodes);
    if (!self->pointers || !self->values || !self->input_sizes || !self->output_nodes)
        return no_memory(self);
    enum loom_status status = device_float_match_states(self, graph);
    if (status != LOOM_OK)
        return status;
    for (size_t output = 0; output < image->output_count; output++) {
        const struct port *port = &image->outputs[output];
        size_t node = device_float_find_node(graph, port->name, NODE_OUTPUT);
        if (node == graph->node_count ||
            float_network_size(self->network, node) != image->populations[port->population].size)
            return device_float_fail(&self->device, LOOM_BAD_IMAGE, port->name,
                                     "the graph has no Output of this name and size; compile it again");
        self->output_nodes[output] = node;
    }
    for (size_t input = 0; input < self->input_count; input++) {
        const struct port *port = &image->inputs[input];
        size_t node = device_float_find_node(graph, port->name, NODE_INPUT), slot = 0;
        if (node == graph->node_count ||
            float_network_size(self->network, node) != image->populations[port->population].size)
            return device_float_fail(&self->device, LOOM_BAD_IMAGE, port->name,
                                     "the graph has no Input of this name and size; compile it again");
        while (float_network_input_node(self->network, slot) != node)
            slot++;
        if (self->pointers[slot])
            return device_float_fail(&self->device, LOOM_BAD_IMAGE, port->name,
                                     "the image has this Input twice; compile it again");
        self->input_sizes[input] = float_network_size(self->network, node);
        self->values[input] = arena_allocate(arena, self->input_sizes[input], sizeof **self->values);
        if (!self->values[input])
            return no_memory(self);
        self->pointers[slot] = self->values[input];
    }
    return LOOM_OK;
}

static enum loom_status load(struct device_float *self, const char *path)
{
    struct arena arena = {0};
    struct graph graph = {.arena = &arena};
    struct diagnostics diagnostics;
    enum loom_status status = LOOM_BAD_IMAGE;

    diagnostics_begin(&diagnostics, path);
    if (graph_load(&graph, path, &diagnostics) == 0 &&
        float_network_open(&self->network, &graph, &self->device.image->options, &diagnostics) == 0) {
        status = match(self, &graph);
    } else {
        snprintf(self->device.error, sizeof self->device.error, "%s: the graph cannot be read", path);
        for (size_t index = 0; index < diagnostics.count; index++) {
            if (diagnostics.messages[index].severity != SEVERITY_ERROR)
                continue;
            snprintf(self->device.error, sizeof self->device.error, "%s", diagnostics.messages[index].text);
            break;
        }
    }
    diagnostics_free(&diagnostics);
    arena_free(&arena);
    return status;
}

enum loom_status device_float_open(struct device **device, const struct image *image, const char *argument, char *error)
{
    *device = NULL;
    if (!argument) {
        snprintf(error, DEVICE_ERROR_BYTES, "float: needs the path of the file that holds the graph");
        return LOOM_BAD_ARGUMENT;
    }
    struct device_float *self = calloc(1, sizeof *self);
    if (!self) {
        snprintf(error, DEVICE_ERROR_BYTES, "float: no memory for a device");
        return LOOM_NO_MEMORY;
    }
    self->device.operations = &operations;
    self->device.image = image;
    enum loom_status status = load(self, argument);
    if (status != LOOM_OK) {
        memcpy(error, self->device.error, DEVICE_ERROR_BYTES);
        device_float_close(&self->device);
        return status;
    }
    *device = &self->device;
    return LOOM_OK;
}
