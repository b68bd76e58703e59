/* Makes the float network from a graph: buffers and parameters of every node, one for each neuron, and where each
 * edge reads. An edge that closes a cycle reads what its source put out one step ago, from a copy of its own, so that
 * it does not matter where in the order its target stands. float_step.c runs it. */
#include "float_network.h"

#include <math.h>
#include <stdlib.h>

/* The time constant of the membrane; NULL where there is none. */
static const char *decay_name(enum node_type type)
{
    switch (type) {
    case NODE_LI:
    case NODE_LIF:
        return "tau";
    case NODE_CUBA_LI:
    case NODE_CUBA_LIF:
        return "tau_mem";
    default:
        return NULL;
    }
}

static bool is_integrator(enum node_type type)
{
    return type == NODE_I || type == NODE_IF;
}

static bool is_cuba(enum node_type type)
{
    return type == NODE_CUBA_LI || type == NODE_CUBA_LIF;
}

static bool has_membrane(enum node_type type)
{
    return is_integrator(type) || decay_name(type);
}

static int make_place(struct arena *arena, const struct node *node, const char **place)
{
    *place = arena_print(arena, "/%s", node->name);
    return *place ? 0 : -1;
}

static int out_of_memory(struct diagnostics *diagnostics)
{
    return diagnostics_error(diagnostics, "", "the network does not fit into memory; try one with fewer neurons");
}

/* An array of zeros, or of the parameter of that name for each neuron. */
static double *make_array(struct float_network *network, const struct node *node, size_t count, const char *name)
{
    double *array = arena_allocate(&network->arena, count, sizeof *array);

    if (array && name)
        for (size_t neuron = 0; neuron < count; neuron++)
            array[neuron] = node_value(node, name, neuron);
    return array;
}

/* What a time constant becomes; step is dt in the file's unit of time. */
static void integrate_decay(double *decay, size_t count, double step, enum integrator integrator)
{
    for (size_t neuron = 0; neuron < count; neuron++) {
        double ratio = step / decay[neuron];
        decay[neuron] = integrator == INTEGRATOR_EXP ? 1 - exp(-ratio) : ratio;
    }
}

static int make_neurons(struct float_network *network, struct float_node *made, const struct node *node, double step,
                        enum integrator integrator)
{
    enum node_type type = node->type;
    size_t count = made->outputs;

    made->v = make_array(network, node, count, NULL);
    made->r = make_array(network, node, count, "r");
    made->decay = make_array(network, node, count, is_integrator(type) ? "r" : decay_name(type));
    if (!made->v || !made->r || !made->decay)
        return -1;
    if (is_integrator(type)) {
        for (size_t neuron = 0; neuron < count; neuron++)
            made->decay[neuron] = step * made->r[neuron];
    } else {
        integrate_decay(made->decay, count, step, integrator);
        made->v_leak = make_array(network, node, count, "v_leak");
        if (!made->v_leak)
            return -1;
    }
    if (is_cuba(type)) {
        made->current = make_array(network, node, count, NULL);
        made->w_in = make_array(network, node, count, "w_in");
        made->synapse_decay = make_array(network, node, count, "tau_syn");
        if (!made->current || !made->w_in || !made->synapse_decay)
            return -1;
        integrate_decay(made->synapse_decay, count, step, integrator);
    }
    if (node_fires(type)) {
        made->threshold = make_array(network, node, count, "v_threshold");
        made->v_reset = make_array(network, node, count, "v_reset");
        if (!made->threshold || !made->v_reset)
            return -1;
    }
    return 0;
}

static int make_delay(struct float_network *network, struct float_node *made, const struct node *node, double step,
                      struct diagnostics *diagnostics)
{
    const char *place;

    made->delay = arena_allocate(&network->arena, made->outputs, sizeof *made->delay);
    if (!made->delay)
        return out_of_memory(diagnostics);
    made->line_steps = 1;
    for (size_t neuron = 0; neuron < made->outputs; neuron++) {
        double delay = node_value(node, "delay", neuron);
        double steps = round(delay / step);
        if (!(steps >= 0 && steps < 1e9)) {
            if (make_place(&network->arena, node, &place) != 0)
                return out_of_memory(diagnostics);
            return diagnostics_error(diagnostics, place,
                                     "delay %g of neuron %zu is %g steps of dt; 0 to 1e9 can be kept", delay, neuron,
                                     steps);
        }
        made->delay[neuron] = (size_t)steps;
        if (made->line_steps <= made->delay[neuron])
            made->line_steps = made->delay[neuron] + 1;
    }
    if (made->outputs > SIZE_MAX / made->line_steps)
        return out_of_memory(diagnostics);
    made->line = arena_allocate(&network->arena, made->outputs * made->line_steps, sizeof *made->line);
    return made->line ? 0 : out_of_memory(diagnostics);
}

/* The parts of a node that its type asks for. Needs: sizes, sources. */
static int make_node(struct float_network *network, struct float_node *made, const struct node *node, double step,
                     const struct options *options, struct diagnostics *diagnostics)
{
    const char *place;

    made->linear = float_map_is(node->type);
    if (made->linear)
        return float_map_make(&made->map, &network->arena, node, made->inputs, made->outputs, diagnostics);
    if (node->type == NODE_INPUT)
        return 0;
    if (made->inputs != made->outputs) {
        if (make_place(&network->arena, node, &place) != 0)
            return out_of_memory(diagnostics);
        return diagnostics_error(diagnostics, place, "has %zu inputs but %zu outputs; a %s keeps the number",
                                 made->inputs, made->outputs, node_type_name(node->type));
    }
    if (node->type == NODE_DELAY)
        return make_delay(network, made, node, step, diagnostics);
    if (node->type == NODE_THRESHOLD) {
        made->v = make_array(network, node, made->outputs, NULL);
        made->threshold = make_array(network, node, made->outputs, "threshold");
        return made->v && made->threshold ? 0 : out_of_memory(diagnostics);
    }
    if (has_membrane(node->type) && make_neurons(network, made, node, step, options->integrator) != 0)
        return out_of_memory(diagnostics);
    return 0;
}

static int make_sizes(struct float_network *network, const struct graph *graph, struct diagnostics *diagnostics)
{
    const char *place;

    for (size_t index = 0; index < graph->node_count; index++) {
        const struct node *node = &graph->nodes[index];
        struct float_node *made = &network->nodes[index];
        made->type = node->type;
        made->outputs = shape_count(node->type == NODE_OUTPUT ? &node->input : &node->output);
        made->inputs = node->type == NODE_INPUT ? 0 : shape_count(&node->input);
        if (made->outputs == 0 || node->type == NODE_GRAPH) {
            if (make_place(&network->arena, node, &place) != 0)
                return out_of_memory(diagnostics);
            return diagnostics_error(diagnostics, place, "a %s of %zu neurons cannot be run",
                                     node_type_name(node->type), made->outputs);
        }
        made->output = arena_allocate(&network->arena, made->outputs, sizeof *made->output);
        made->sum = arena_allocate(&network->arena, made->inputs, sizeof *made->sum);
        if (!made->output || !made->sum)
            return out_of_memory(diagnostics);
        network->input_count += node->type == NODE_INPUT;
    }
    network->input_nodes = arena_allocate(&network->arena, network->input_count, sizeof *network->input_nodes);
    if (!network->input_nodes)
        return out_of_memory(diagnostics);
    for (size_t index = 0, input = 0; index < graph->node_count; index++)
        if (graph->nodes[index].type == NODE_INPUT)
            network->input_nodes[input++] = index;
    return 0;
}

static int make_edges(struct float_network *network, const struct graph *graph, struct diagnostics *diagnostics)
{
    const char *place;

    for (size_t index = 0; index < graph->edge_count; index++) {
        struct float_node *source = &network->nodes[graph->edges[index].source];
        struct float_node *target = &network->nodes[graph->edges[index].target];
        if (target->type == NODE_INPUT || source->outputs != target->inputs) {
            if (make_place(&network->arena, &graph->nodes[graph->edges[index].target], &place) != 0)
                return out_of_memory(diagnostics);
            return diagnostics_error(diagnostics, place, "takes %zu numbers but /%s sends %zu", target->inputs,
                                     graph->nodes[graph->edges[index].source].name, source->outputs);
        }
        target->source_count++;
        if (graph->delayed[index] && !source->previous) {
            source->previous = arena_allocate(&network->arena, source->outputs, sizeof *source->previous);
            if (!source->previous)
                return out_of_memory(diagnostics);
        }
    }
    for (size_t index = 0; index < network->node_count; index++) {
        struct float_node *node = &network->nodes[index];
        node->sources = arena_allocate(&network->arena, node->source_count, sizeof *node->sources);
        if (!node->sources)
            return out_of_memory(diagnostics);
        node->source_count = 0;
    }
    for (size_t index = 0; index < graph->edge_count; index++) {
        struct float_node *source = &network->nodes[graph->edges[index].source];
        struct float_node *target = &network->nodes[graph->edges[index].target];
        target->sources[target->source_count++] = graph->delayed[index] ? source->previous : source->output;
    }
    return 0;
}

/* Copies the order, and makes sure that nothing is read in a step before it is written. */
static int make_order(struct float_network *network, const struct graph *graph, struct diagnostics *diagnostics)
{
    size_t *rank = arena_allocate(&network->arena, graph->node_count, sizeof *rank);
    bool good = true;

    network->order = arena_allocate(&network->arena, graph->node_count, sizeof *network->order);
    if (!network->order || !rank)
        return out_of_memory(diagnostics);
    for (size_t index = 0; index < graph->node_count; index++) {
        network->order[index] = graph->order[index];
        rank[graph->order[index]] = index;
    }
    for (size_t index = 0; index < graph->edge_count; index++)
        good &= graph->delayed[index] || rank[graph->edges[index].source] < rank[graph->edges[index].target];
    return good ? 0 : diagnostics_error(diagnostics, "", "the graph has a cycle that no delayed edge cuts");
}

/* RECURRENT_BIAS_NEXT: a graph executor has no previous output of a node in a recurrent branch at step 0, so
 * its bias acts one step later. In the branch are the linear nodes that only delayed edges feed, directly or
 * through one another. */
static int hold_biases(struct float_network *network, const struct graph *graph, struct diagnostics *diagnostics)
{
    bool *forward = arena_allocate(&network->arena, graph->node_count, sizeof *forward);

    if (!forward)
        return out_of_memory(diagnostics);
    for (size_t rank = 0; rank < graph->node_count; rank++) {
        size_t index = network->order[rank];
        struct float_node *node = &network->nodes[index];
        bool stateless = node->linear || node->type == NODE_FLATTEN;
        bool recurrent = stateless && node->source_count > 0;
        for (size_t edge = 0; recurrent && edge < graph->edge_count; edge++)
            recurrent = graph->edges[edge].target != index || graph->delayed[edge] ||
                        !forward[graph->edges[edge].source];
        forward[index] = !recurrent;
        node->bias_waits = recurrent;
    }
    return 0;
}

static int make_network(struct float_network *network, const struct graph *graph, const struct options *options,
                        struct diagnostics *diagnostics)
{
    double dt = options->dt > 0 ? options->dt : graph->metadata_dt > 0 ? graph->metadata_dt : 1e-4;
    double step = options->time_unit > 0 ? dt / options->time_unit : 1;

    network->dt = dt;
    network->reset = options->reset;
    network->compare = options->compare;
    network->cuba_order = options->cuba_order;
    network->node_count = graph->node_count;
    network->nodes = arena_allocate(&network->arena, graph->node_count, sizeof *network->nodes);
    if (!network->nodes)
        return out_of_memory(diagnostics);
    if (make_sizes(network, graph, diagnostics) != 0 || make_edges(network, graph, diagnostics) != 0 ||
        make_order(network, graph, diagnostics) != 0)
        return -1;
    for (size_t index = 0; index < graph->node_count; index++)
        if (make_node(network, &network->nodes[index], &graph->nodes[index], step, options, diagnostics) != 0)
            return -1;
    return options->recurrent_bias == RECURRENT_BIAS_NEXT ? hold_biases(network, graph, diagnostics) : 0;
}

int float_network_open(struct float_network **network, const struct graph *graph, const struct options *options,
                       struct diagnostics *diagnostics)
{
    *network = calloc(1, sizeof **network);
    if (!*network)
        return out_of_memory(diagnostics);
    if (make_network(*network, graph, options, diagnostics) == 0)
        return 0;
    float_network_close(*network);
    *network = NULL;
    return -1;
}

void float_network_close(struct float_network *network)
{
    if (!network)
        return;
    arena_free(&network->arena);
    free(network);
}
