/* Connections: edges that mean something, an Input and an Output, and nodes that nothing reaches or that reach
 * nothing. */
#include "check.h"

#include <stdlib.h>
#include <string.h>

static int compare_edges(const void *left, const void *right)
{
    const struct edge *first = left, *second = right;

    if (first->source != second->source)
        return first->source < second->source ? -1 : 1;
    return (first->target > second->target) - (first->target < second->target);
}

/* Sorts the edges, so that nothing after depends on the order of the file, and finds repeated ones. */
static int check_edges(struct graph *graph, struct diagnostics *diagnostics)
{
    int status = 0;

    if (graph->edge_count)
        qsort(graph->edges, graph->edge_count, sizeof *graph->edges, compare_edges);
    for (size_t first = 0, next; first < graph->edge_count; first = next) {
        const struct node *source = &graph->nodes[graph->edges[first].source];
        const struct node *target = &graph->nodes[graph->edges[first].target];
        for (next = first + 1; next < graph->edge_count; next++)
            if (compare_edges(&graph->edges[first], &graph->edges[next]) != 0)
                break;
        if (next - first > 1)
            diagnostics_warning(diagnostics, "/edges",
                                "(%s -> %s) is there %zu times and counts as often; some frameworks "
                                "count it once",
                                source->name, target->name, next - first);
        if (target->type == NODE_INPUT)
            status = diagnostics_error(diagnostics, "/edges",
                                       "(%s -> %s) leads into an Input; connect it to what follows "
                                       "the Input",
                                       source->name, target->name);
        if (source->type == NODE_OUTPUT)
            status = diagnostics_error(diagnostics, "/edges",
                                       "(%s -> %s) comes out of an Output; connect it to what the "
                                       "Output shows",
                                       source->name, target->name);
        if (diagnostics->count > CHECK_MESSAGES_MAX)
            break;
    }
    return status;
}

/* ---- Inputs and Outputs that the file lacks ---- */

static bool name_taken(const struct graph *graph, const char *name)
{
    for (size_t index = 0; index < graph->node_count; index++)
        if (strcmp(graph->nodes[index].name, name) == 0)
            return true;
    return false;
}

static int add_port(struct graph *graph, enum node_type type, size_t beside, struct diagnostics *diagnostics)
{
    const char *prefix = type == NODE_INPUT ? "input_" : "output_";
    struct node *node = &graph->nodes[graph->node_count];
    const char *beside_name = graph->nodes[beside].name; /* of a node in a nested graph, the graph's is taken */
    char *name = arena_print(graph->arena, "%s%.*s", prefix, (int)strcspn(beside_name, "/"), beside_name);

    while (name && name_taken(graph, name))
        name = arena_print(graph->arena, "%s_", name);
    if (!name)
        return diagnostics_error(diagnostics, "", "memory is short");
    *node = (struct node){
        .name = name, .type = type, .parameter_count = 1, .parameter = {{.name = "shape", .assumed = true}}};
    graph->edges[graph->edge_count++] = type == NODE_INPUT ? (struct edge){graph->node_count, beside}
                                                           : (struct edge){beside, graph->node_count};
    graph->node_count++;
    diagnostics_warning(diagnostics, "", "has no %s node; '%s' was added", node_type_name(type), name);
    return 0;
}

/* Gives every node without a predecessor (type Input) or successor (Output) one, as the Python package nir does. */
static int add_ports(struct graph *graph, enum node_type type, struct diagnostics *diagnostics)
{
    size_t old_count = graph->node_count, room = 2 * old_count;
    struct node *nodes = arena_allocate(graph->arena, room, sizeof *nodes);
    struct edge *edges = arena_allocate(graph->arena, graph->edge_count + old_count, sizeof *edges);
    bool *connected = arena_allocate(graph->arena, old_count, sizeof *connected);

    for (size_t index = 0; index < old_count; index++)
        if (graph->nodes[index].type == type)
            return 0;
    if (!nodes || !edges || !connected)
        return diagnostics_error(diagnostics, "", "memory is short");
    memcpy(nodes, graph->nodes, old_count * sizeof *nodes);
    if (graph->edge_count)
        memcpy(edges, graph->edges, graph->edge_count * sizeof *edges);
    graph->nodes = nodes;
    graph->edges = edges;
    for (size_t edge = 0; edge < graph->edge_count; edge++)
        connected[type == NODE_INPUT ? edges[edge].target : edges[edge].source] = true;
    for (size_t index = 0; index < old_count; index++)
        if (!connected[index] && add_port(graph, type, index, diagnostics) != 0)
            return -1;
    if (graph->node_count > old_count)
        return 0;
    return diagnostics_error(diagnostics, "",
                             "has no %s node, and every node is part of a cycle; add one where the signals "
                             "%s",
                             node_type_name(type), type == NODE_INPUT ? "enter" : "leave");
}

/* Warns of nodes without the edges that would give them a meaning: they run, on zeros or for nothing. */
static int check_unconnected(struct graph *graph, struct diagnostics *diagnostics)
{
    bool *has_source = arena_allocate(graph->arena, graph->node_count, sizeof *has_source);
    bool *has_target = arena_allocate(graph->arena, graph->node_count, sizeof *has_target);
    size_t listed = 0;

    if (!has_source || !has_target)
        return diagnostics_error(diagnostics, "", "memory is short");
    for (size_t edge = 0; edge < graph->edge_count; edge++) {
        has_source[graph->edges[edge].target] = true;
        has_target[graph->edges[edge].source] = true;
    }
    for (size_t index = 0; index < graph->node_count && listed < CHECK_MESSAGES_MAX; index++) {
        const struct node *node = &graph->nodes[index];
        bool deaf = node->type != NODE_INPUT && !has_source[index];
        bool mute = node->type != NODE_OUTPUT && !has_target[index];
        const char *place = arena_print(graph->arena, "/%s", node->name);
        if (!deaf && !mute)
            continue;
        listed++;
        diagnostics_warning(diagnostics, place ? place : "", "%s; check the edges",
                            deaf && mute ? "has no edges"
                            : deaf       ? "has no edge that leads to it, so its input is 0"
                                         : "has no edge that leaves it, so it has no effect");
    }
    return 0;
}

int graph_connect(struct graph *graph, struct diagnostics *diagnostics)
{
    if (check_edges(graph, diagnostics) != 0 || add_ports(graph, NODE_INPUT, diagnostics) != 0 ||
        add_ports(graph, NODE_OUTPUT, diagnostics) != 0)
        return -1;
    return check_unconnected(graph, diagnostics);
}
