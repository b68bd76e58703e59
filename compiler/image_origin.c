#include "image_origin.h"

#include "lower_population.h"

#include <math.h>
#include <string.h>

enum { FORWARD, BACKWARD, LEAK_ONE = 32768 };

static size_t end_of(const struct edge *edge, int way)
{
    return way == FORWARD ? edge->source : edge->target;
}

/* Edges by the node that they leave (forward) or enter (backward). */
static int sort_edges(struct image_origin *origin, int way)
{
    const struct graph *graph = &origin->graph;
    size_t *first = arena_allocate(graph->arena, graph->node_count + 2, sizeof *first);
    size_t *edges = arena_allocate(graph->arena, graph->edge_count + 1, sizeof *edges);

    if (!first || !edges)
        return -1;
    for (size_t edge = 0; edge < graph->edge_count; edge++)
        first[end_of(&graph->edges[edge], way) + 2]++;
    for (size_t node = 1; node < graph->node_count + 2; node++)
        first[node] += first[node - 1];
    for (size_t edge = 0; edge < graph->edge_count; edge++)
        edges[first[end_of(&graph->edges[edge], way) + 1]++] = edge;
    origin->first[way] = first;
    origin->edges[way] = edges;
    return 0;
}

int image_origin_open(struct image_origin *origin, const struct image *image, const char *path,
                      struct diagnostics *diagnostics)
{
    struct arena *arena = image->arena;
    struct diagnostics said_before;

    *origin = (struct image_origin){.image = image, .graph.arena = arena};
    diagnostics_begin(&said_before, path);
    int status = graph_load(&origin->graph, path, &said_before);
    diagnostics_free(&said_before);
    if (status)
        return diagnostics_error(diagnostics, "", "the graph of the image cannot be read again");
    origin->relayed = arena_allocate(arena, origin->graph.node_count, sizeof *origin->relayed);
    origin->behind = arena_allocate(arena, origin->graph.node_count, sizeof *origin->behind);
    origin->before = arena_allocate(arena, origin->graph.node_count, sizeof *origin->before);
    if (!origin->relayed || !origin->behind || !origin->before || sort_edges(origin, FORWARD) ||
        sort_edges(origin, BACKWARD))
        return diagnostics_error(diagnostics, "", "out of memory");
    for (size_t index = 0; index < image->population_count; index++)
        if (image->populations[index].model == MODEL_RELAY)
            origin->relayed[image->populations[index].node] = true;
    return 0;
}

static bool is_population(enum node_type type)
{
    enum model model;

    return type == NODE_OUTPUT || lower_find_model(type, &model);
}

/* Marks the stateless nodes that are reached from node along edges, none behind a population. A node with a relay
 * behind it is before that relay: forwards it is reached and ends the way, backwards it is not reached. */
static void mark(const struct image_origin *origin, size_t node, int way, bool *marked)
{
    const struct graph *graph = &origin->graph;

    for (size_t index = origin->first[way][node]; index < origin->first[way][node + 1]; index++) {
        const struct edge *edge = &graph->edges[origin->edges[way][index]];
        size_t next = end_of(edge, way == FORWARD ? BACKWARD : FORWARD);

        if (is_population(graph->nodes[next].type) || marked[next] || (way == BACKWARD && origin->relayed[next]))
            continue;
        marked[next] = true;
        if (!origin->relayed[next])
            mark(origin, next, way, marked);
    }
}

size_t image_origin_nodes(struct image_origin *origin, size_t projection, bool *nodes)
{
    const struct graph *graph = &origin->graph;
    const struct image_population *source = &origin->image->populations[origin->image->projections[projection].source];
    const struct image_population *target = &origin->image->populations[origin->image->projections[projection].target];
    size_t count = 0;

    memset(origin->behind, 0, graph->node_count * sizeof *origin->behind);
    memset(origin->before, 0, graph->node_count * sizeof *origin->before);
    /* What carries late biases alone has no node; its projections begin with the node whose bias it is. */
    if (!is_population(graph->nodes[source->node].type) && source->model == MODEL_THRESHOLD)
        origin->behind[source->node] = true;
    if (!(origin->behind[source->node] && origin->relayed[source->node]))
        mark(origin, source->node, FORWARD, origin->behind);
    if (!is_population(graph->nodes[target->node].type))
        origin->before[target->node] = true;
    mark(origin, target->node, BACKWARD, origin->before);
    for (size_t node = 0; node < graph->node_count; node++) {
        nodes[node] = origin->behind[node] && origin->before[node];
        count += nodes[node];
    }
    return count;
}

double image_origin_leak_error(const struct image_origin *origin, size_t population, bool current)
{
    const struct image_population *result = &origin->image->populations[population];
    const struct node *node = &origin->graph.nodes[result->node];
    bool cuba = model_has_current(result->model);
    const char *name = current ? "tau_syn" : cuba ? "tau_mem" : "tau";
    const int16_t *stored = current ? result->current_parameter[CURRENT_LEAK] : result->parameter[NEURON_LEAK];
    double worst = 0;

    if (!cuba && (current || (result->model != MODEL_LI && result->model != MODEL_LIF)))
        return 0;
    for (size_t neuron = 0; neuron < result->size; neuron++)
        worst = fmax(worst, fabs(-(double)stored[neuron] / LEAK_ONE /
                                     lower_leak(&origin->image->options, node_value(node, name, neuron)) - 1));
    return worst;
}
