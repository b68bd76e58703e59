/* Order: which edges carry the previous step's output, and an order in which the nodes of one step can be
 * evaluated. Depth-first from the Inputs; a cycle is cut at the edge that leaves the last stateful node on it. */
#include "graph.h"

#include <stdint.h>
#include <string.h>

enum visit { VISIT_NEW, VISIT_OPEN, VISIT_DONE };

struct walk {
    struct graph *graph;
    struct diagnostics *diagnostics;
    size_t *first;     /* (nodes + 1) index into leaving */
    size_t *leaving;   /* (edges) edge ids by source, then target */
    enum visit *visit; /* (nodes) */
    size_t *path;      /* nodes from the start to here */
    size_t *next;      /* per path entry: position in leaving of the edge to follow next */
    size_t depth;
    size_t finished;   /* nodes put into order, from its end */
    bool cut;          /* an edge was cut in this walk */
};

/* Edge ids by source and target, so that the cut does not depend on the file's order of edges. */
static void sort_edges(struct walk *walk)
{
    const struct graph *graph = walk->graph;
    size_t position = 0;

    for (size_t edge = 0; edge < graph->edge_count; edge++)
        walk->first[graph->edges[edge].source + 1]++;
    for (size_t node = 0; node < graph->node_count; node++)
        walk->first[node + 1] += walk->first[node];
    memcpy(walk->next, walk->first, graph->node_count * sizeof *walk->next);
    for (size_t edge = 0; edge < graph->edge_count; edge++) {
        const struct edge *each = &graph->edges[edge];
        position = walk->next[each->source]++;
        while (position > walk->first[each->source] &&
               graph->edges[walk->leaving[position - 1]].target > each->target) {
            walk->leaving[position] = walk->leaving[position - 1];
            position--;
        }
        walk->leaving[position] = edge;
    }
}

/* The edge that was followed out of the path's entry at level. */
static size_t followed(const struct walk *walk, size_t level)
{
    return walk->leaving[walk->next[level] - 1];
}

static int report_cycle(struct walk *walk, size_t level)
{
    struct graph *graph = walk->graph;
    const char *names = "";
    size_t listed = 0;

    for (size_t each = level; names && each < walk->depth && listed < 16; each++, listed++)
        names = arena_print(graph->arena, "%s/%s -> ", names, graph->nodes[walk->path[each]].name);
    return diagnostics_error(walk->diagnostics, "/edges", "a cycle has no neuron with state: %s%s/%s; "
                             "put a neuron or a Delay into it", names ? names : "",
                             level + listed < walk->depth ? "… -> " : "", graph->nodes[walk->path[level]].name);
}

/* Delays all edges like edge: a repeated edge is cut as a whole. */
static void cut_edge(struct walk *walk, size_t edge)
{
    const struct graph *graph = walk->graph;
    const struct edge cut = graph->edges[edge];

    for (size_t position = walk->first[cut.source]; position < walk->first[cut.source + 1]; position++)
        if (graph->edges[walk->leaving[position]].target == cut.target)
            graph->delayed[walk->leaving[position]] = true;
    walk->cut = true;
}

/* The edge just followed from the end of the path leads back to the open node target. */
static int close_cycle(struct walk *walk, size_t target)
{
    const struct graph *graph = walk->graph;
    size_t level = walk->depth, chosen = SIZE_MAX;

    while (level > 0) {
        level--;
        if (graph->delayed[followed(walk, level)])
            return 0; /* cut already in this walk */
        if (chosen == SIZE_MAX && node_is_stateful(graph->nodes[walk->path[level]].type))
            chosen = level;
        if (walk->path[level] == target)
            break;
    }
    if (chosen == SIZE_MAX)
        return report_cycle(walk, level);
    cut_edge(walk, followed(walk, chosen));
    return 0;
}

static void enter(struct walk *walk, size_t node)
{
    walk->visit[node] = VISIT_OPEN;
    walk->path[walk->depth] = node;
    walk->next[walk->depth] = walk->first[node];
    walk->depth++;
}

static int walk_from(struct walk *walk, size_t start)
{
    struct graph *graph = walk->graph;

    enter(walk, start);
    while (walk->depth) {
        size_t level = walk->depth - 1, node = walk->path[level];
        if (walk->next[level] == walk->first[node + 1]) {
            walk->visit[node] = VISIT_DONE;
            graph->order[graph->node_count - ++walk->finished] = node;
            walk->depth--;
            continue;
        }
        size_t edge = walk->leaving[walk->next[level]++], target = graph->edges[edge].target;
        if (graph->delayed[edge])
            continue;
        if (walk->visit[target] == VISIT_NEW)
            enter(walk, target);
        else if (walk->visit[target] == VISIT_OPEN && close_cycle(walk, target) != 0)
            return -1;
    }
    return 0;
}

static int walk_all(struct walk *walk)
{
    const struct graph *graph = walk->graph;

    walk->cut = false;
    walk->finished = 0;
    memset(walk->visit, 0, graph->node_count * sizeof *walk->visit);
    for (int inputs = 1; inputs >= 0; inputs--)
        for (size_t node = 0; node < graph->node_count; node++)
            if (walk->visit[node] == VISIT_NEW && (!inputs || graph->nodes[node].type == NODE_INPUT) &&
                walk_from(walk, node) != 0)
                return -1;
    return 0;
}

int graph_order(struct graph *graph, struct diagnostics *diagnostics)
{
    size_t nodes = graph->node_count, edges = graph->edge_count;
    struct walk walk = {.graph = graph, .diagnostics = diagnostics};

    graph->order = arena_allocate(graph->arena, nodes, sizeof *graph->order);
    graph->delayed = arena_allocate(graph->arena, edges, sizeof *graph->delayed);
    walk.first = arena_allocate(graph->arena, nodes + 1, sizeof *walk.first);
    walk.leaving = arena_allocate(graph->arena, edges, sizeof *walk.leaving);
    walk.visit = arena_allocate(graph->arena, nodes, sizeof *walk.visit);
    walk.path = arena_allocate(graph->arena, nodes, sizeof *walk.path);
    walk.next = arena_allocate(graph->arena, nodes, sizeof *walk.next);
    if (!graph->order || !graph->delayed || !walk.first || !walk.leaving || !walk.visit || !walk.path || !walk.next)
        return diagnostics_error(diagnostics, "", "memory is short");
    sort_edges(&walk);
    do {
        if (walk_all(&walk) != 0)
            return -1;
    } while (walk.cut); /* a cut may uncover cycles that went through the same edge */
    return 0;
}
