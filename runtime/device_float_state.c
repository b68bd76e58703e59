/* States of the float device. A node keeps what the float network keeps of it: the output of the last step where an
 * edge that closes a cycle reads it, and a Delay the line of its inputs, where integer devices have a history of
 * the population before it. */
#include "device_float_parts.h"

#include <string.h>

size_t device_float_population_count(const struct device *device)
{
    return ((const struct device_float *)device)->place_count;
}

struct loom_port device_float_population(const struct device *device, size_t population)
{
    const struct float_place *place = &((const struct device_float *)device)->places[population];

    return (struct loom_port){
        .name = place->name,
        .size = place->form.size,
        .graded = !place->form.spikes,
        .membrane = place->form.membrane,
        .current = place->form.current,
        .history = place->form.history,
        .line = place->form.line,
    };
}

static enum loom_status check_population(struct device *device, size_t population)
{
    if (population < device_float_population_count(device))
        return LOOM_OK;
    return device_float_fail(device, LOOM_BAD_ARGUMENT, "state", "there is no population of that index");
}

static void get_constant(const struct device_float *self, const struct float_place *place,
                         const struct loom_state *state)
{
    if (state->v)
        *state->v = 0;
    if (state->spikes && place->form.history)
        *state->spikes = float_state_biased(self->network);
}

enum loom_status device_float_get_state(struct device *device, size_t population, const struct loom_state *state)
{
    struct device_float *self = (struct device_float *)device;

    if (check_population(device, population) != LOOM_OK)
        return LOOM_BAD_ARGUMENT;
    const struct float_place *place = &self->places[population];
    if (place->constant) {
        get_constant(self, place, state);
        return LOOM_OK;
    }
    const double *v = float_network_membrane(self->network, place->node);
    if (state->v)
        memcpy(state->v, v ? v : float_network_output(self->network, place->node), place->form.size * sizeof *v);
    float_state_get(self->network, place->node, NULL, state->i, state->values, state->spikes);
    return LOOM_OK;
}

enum loom_status device_float_set_state(struct device *device, size_t population, const struct loom_state *state)
{
    struct device_float *self = (struct device_float *)device;

    if (check_population(device, population) != LOOM_OK)
        return LOOM_BAD_ARGUMENT;
    const struct float_place *place = &self->places[population];
    if (place->constant) {
        if (state->spikes && place->form.history)
            float_state_set_biased(self->network, *state->spikes != 0);
        return LOOM_OK;
    }
    float_state_set(self->network, place->node, state->v, state->i, state->values, state->spikes);
    return LOOM_OK;
}

/* ---- matching ---- */

static enum loom_status no_memory(struct device_float *self)
{
    return device_float_fail(&self->device, LOOM_NO_MEMORY, "float", "the network does not fit into memory");
}

/* The constant population has the name of a node with a bias, and /bias behind it. */
static bool is_constant(const struct graph *graph, const struct image_population *population)
{
    size_t length = strlen(population->name), ending = strlen("/bias");

    if (population->model != MODEL_THRESHOLD || population->size != 1)
        return false;
    for (size_t node = 0; node < graph->node_count; node++) {
        const char *name = graph->nodes[node].name;
        if (length == strlen(name) + ending && strncmp(population->name, name, length - ending) == 0 &&
            strcmp(population->name + length - ending, "/bias") == 0)
            return true;
    }
    return false;
}

static enum loom_status match_population(struct device_float *self, const struct graph *graph,
                                         const struct image_population *population)
{
    struct float_place *place = &self->places[self->place_count++];
    size_t node = device_float_find_node(graph, population->name, NODE_TYPES);

    *place = (struct float_place){.name = population->name};
    if (node < graph->node_count && float_network_size(self->network, node) == population->size) {
        place->node = node;
        place->form = float_state_form(self->network, node);
        return LOOM_OK;
    }
    if (node == graph->node_count && is_constant(graph, population)) {
        bool waits = float_state_bias(self->network) < graph->node_count;
        place->constant = true;
        place->form = (struct float_state_form){.size = 1, .spikes = true, .history = waits};
        return LOOM_OK;
    }
    return device_float_fail(&self->device, LOOM_BAD_IMAGE, population->name,
                             "the graph has no node of this name and size; compile it again");
}

static enum loom_status add_other_nodes(struct device_float *self, const struct graph *graph)
{
    bool *taken = arena_allocate(&self->arena, graph->node_count, sizeof *taken);

    if (!taken)
        return no_memory(self);
    for (size_t index = 0; index < self->place_count; index++)
        if (!self->places[index].constant)
            taken[self->places[index].node] = true;
    for (size_t node = 0; node < graph->node_count; node++) {
        struct float_state_form form = float_state_form(self->network, node);
        if (taken[node] || !(form.membrane || form.history))
            continue;
        char *name = arena_copy(&self->arena, graph->nodes[node].name);
        if (!name)
            return no_memory(self);
        self->places[self->place_count++] = (struct float_place){.name = name, .node = node, .form = form};
    }
    return LOOM_OK;
}

enum loom_status device_float_match_states(struct device_float *self, const struct graph *graph)
{
    const struct image *image = self->device.image;
    enum loom_status status = LOOM_OK;

    self->places = arena_allocate(&self->arena, image->population_count + graph->node_count, sizeof *self->places);
    if (!self->places)
        return no_memory(self);
    for (size_t population = 0; status == LOOM_OK && population < image->population_count; population++)
        status = match_population(self, graph, &image->populations[population]);
    return status == LOOM_OK ? add_other_nodes(self, graph) : status;
}
