/* Makes the float network from a graph: buffers of every node, and where each edge reads; float_neuron.c makes the
 * neurons. An edge that closes a cycle reads what its source put out one step ago, from a copy of its own, so that
 * it does not matter where in the order its target stands. float_step.c runs it. */
#include "float_network.h"

#include <math.h>
#include <stdlib.h>

static int make_place(struct arena *arena, const struct node *node, const char **place)
{
    *place = arena_print(arena, "/%s", node->name);
    return *place ? 0 : -1;
}

static int out_of_memory(struct diagnostics *diagnostics)
{
    return diagnostics_error(diagnostics, "", "the network does not fit into memory; try one with fewer neurons");
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
                     struct diagnostics *diagnostics)
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
        made->v = float_array_make(network, node, made->outputs, NULL);
        made->threshold = float_array_make(network, node, made->outputs, "threshold");
        return made->v && made->threshold ? 0 : out_of_memory(diagnostics);
    }
    if (float_has_membrane(node->type) && float_neurons_make(network, made, node, step) != 0)
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

/* The edge carries what its source put out one step ago. */
static bool lags(const struct float_network *network, const struct graph *graph, size_t edge)
{
    enum node_type source = graph->nodes[graph->edges[edge].source].type;
    enum node_type target = graph->nodes[graph->edges[edge].target].type;

    return graph->delayed[edge] || (network->options.latency == LATENCY_CONNECTION && target != NODE_OUTPUT &&
                                    (source == NODE_INPUT || float_has_membrane(source)));
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
        if (lags(network, graph, index) && !source->previous) {
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
        target->sources[target->source_count++] = lags(network, graph, index) ? source->previous : source->output;
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
 * its bias acts one step later; NEVER: the framework drops it. In the branch are the linear nodes that only delayed
 * edges feed, directly or through one another. */
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
    network->first = true;
    network->options = *options;
    network->node_count = graph->node_count;
    network->nodes = arena_allocate(&network->arena, graph->node_count, sizeof *network->nodes);
    if (!network->nodes)
        return out_of_memory(diagnostics);
    if (make_sizes(network, graph, diagnostics) != 0 || make_edges(network, graph, diagnostics) != 0 ||
        make_order(network, graph, diagnostics) != 0)
        return -1;
    for (size_t index = 0; index < graph->node_count; index++)
        if (make_node(network, &network->nodes[index], &graph->nodes[index], step, diagnostics) != 0)
            return -1;
    return options->recurrent_bias != RECURRENT_BIAS_NOW ? hold_biases(network, graph, diagnostics) : 0;
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
