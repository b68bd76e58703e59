/* Inline: one flat graph in place of nested ones. A nested graph becomes two nodes that pass on what they get, its
 * entry and its exit; then every such node is dissolved: each edge into it is joined with each edge out of it,
 * so that sums and repeated edges keep their meaning. */
#include "shapes.h"


struct flat {
    struct arena *arena;
    struct diagnostics *diagnostics;
    struct node *nodes;
    bool *passing; /* the node is an entry or an exit */
    size_t node_count;
    struct edge *edges;
    size_t edge_count;
};

static int no_memory(struct flat *flat)
{
    return diagnostics_error(flat->diagnostics, "", "memory is short");
}

/* Room that every graph within needs: its nodes, and entry and exit of each nested one. */
static size_t count_nodes(const struct graph *graph)
{
    size_t count = graph->node_count;

    for (size_t index = 0; index < graph->node_count; index++)
        if (graph->nodes[index].type == NODE_GRAPH)
            count += 2 + count_nodes(graph->nodes[index].graph);
    return count;
}

static int add_edge(struct flat *flat, size_t source, size_t target)
{
    if (flat->edge_count == GRAPH_EDGES_MAX)
        return diagnostics_error(flat->diagnostics, "", "has more than %d edges with nested graphs resolved",
                                 GRAPH_EDGES_MAX);
    flat->edges[flat->edge_count++] = (struct edge){source, target};
    return 0;
}

/* Index of a new node, a copy of node under its path; or of an entry or exit, if node is NULL. */
static size_t add_node(struct flat *flat, const struct node *node, char *name)
{
    size_t index = flat->node_count++;

    if (node)
        flat->nodes[index] = *node;
    flat->nodes[index].name = name;
    flat->passing[index] = !node;
    return index;
}

/* Where an edge begins and ends that names a node of some graph. */
struct ends {
    size_t entry;
    size_t exit;
};

static int flatten(struct flat *flat, const struct graph *graph, const char *prefix, const struct ends *around);

static int flatten_node(struct flat *flat, const struct node *node, const char *prefix, const struct ends *around,
                        struct ends *ends)
{
    char *name = arena_print(flat->arena, "%s%s", prefix, node->name);

    if (!name)
        return no_memory(flat);
    if (around && node->type == NODE_INPUT) {
        *ends = (struct ends){around->entry, around->entry};
    } else if (around && node->type == NODE_OUTPUT) {
        *ends = (struct ends){around->exit, around->exit};
    } else if (node->type == NODE_GRAPH) {
        const char *inner = arena_print(flat->arena, "%s/", name);
        ends->entry = add_node(flat, NULL, name);
        ends->exit = add_node(flat, NULL, name);
        return inner ? flatten(flat, node->graph, inner, ends) : no_memory(flat);
    } else {
        ends->entry = ends->exit = add_node(flat, node, name);
    }
    return 0;
}

static size_t count_type(const struct graph *graph, enum node_type type)
{
    size_t count = 0;

    for (size_t index = 0; index < graph->node_count; index++)
        count += graph->nodes[index].type == type;
    return count;
}

/* Edges for a nested graph that has no Input (or Output): its nodes without predecessors (successors) are meant. */
static int add_missing_ends(struct flat *flat, const struct graph *graph, const struct ends *ends,
                            const struct ends *around)
{
    bool *has_source = arena_allocate(flat->arena, graph->node_count, sizeof *has_source);
    bool *has_target = arena_allocate(flat->arena, graph->node_count, sizeof *has_target);
    bool inputs = count_type(graph, NODE_INPUT) > 0, outputs = count_type(graph, NODE_OUTPUT) > 0;

    if (!has_source || !has_target)
        return no_memory(flat);
    for (size_t edge = 0; edge < graph->edge_count; edge++) {
        has_source[graph->edges[edge].target] = true;
        has_target[graph->edges[edge].source] = true;
    }
    for (size_t index = 0; index < graph->node_count; index++) {
        if (!inputs && !has_source[index] && add_edge(flat, around->entry, ends[index].entry) != 0)
            return -1;
        if (!outputs && !has_target[index] && add_edge(flat, ends[index].exit, around->exit) != 0)
            return -1;
    }
    return 0;
}

/* An edge from or to a nested graph cannot say which of several Inputs or Outputs it means. */
static int check_ports(struct flat *flat, const struct graph *graph, const struct edge *edge)
{
    const struct node *source = &graph->nodes[edge->source], *target = &graph->nodes[edge->target];
    const char *what = NULL;
    const struct node *nested = NULL;

    if (target->type == NODE_GRAPH && count_type(target->graph, NODE_INPUT) > 1) {
        what = "Input";
        nested = target;
    } else if (source->type == NODE_GRAPH && count_type(source->graph, NODE_OUTPUT) > 1) {
        what = "Output";
        nested = source;
    }
    if (!nested)
        return 0;
    return diagnostics_error(flat->diagnostics, "/edges",
                             "(%.64s -> %.64s): the nested graph '%.64s' has several %s nodes, "
                             "so the edge is ambiguous; give it one",
                             source->name, target->name, nested->name, what);
}

/* A nested Input's shape is not needed; some exporters store the outer one's. */
static void compare_input(struct flat *flat, const struct graph *graph, size_t input, const char *prefix)
{
    struct shape declared, demand;

    for (size_t edge = 0; edge < graph->edge_count; edge++) {
        const struct node *target = &graph->nodes[graph->edges[edge].target];
        if (graph->edges[edge].source != input || !node_is_elementwise(target->type) ||
            !node_demand(&graph->nodes[input], &declared) || !node_demand(target, &demand) ||
            shape_count(&demand) == 1 || shape_count(&demand) == shape_count(&declared))
            continue;
        diagnostics_warning(flat->diagnostics, "", "/%s%s: has shape %s, but /%s%s takes %s, which is used", prefix,
                            graph->nodes[input].name, shape_text(flat->arena, &declared), prefix, target->name,
                            shape_text(flat->arena, &demand));
        return;
    }
}

static int flatten(struct flat *flat, const struct graph *graph, const char *prefix, const struct ends *around)
{
    struct ends *ends = arena_allocate(flat->arena, graph->node_count, sizeof *ends);

    if (!ends)
        return no_memory(flat);
    for (size_t index = 0; index < graph->node_count; index++)
        if (flatten_node(flat, &graph->nodes[index], prefix, around, &ends[index]) != 0)
            return -1;
    for (size_t index = 0; around && index < graph->node_count; index++)
        if (graph->nodes[index].type == NODE_INPUT)
            compare_input(flat, graph, index, prefix);
    for (size_t index = 0; index < graph->edge_count; index++) {
        const struct edge *edge = &graph->edges[index];
        if (check_ports(flat, graph, edge) != 0 ||
            add_edge(flat, ends[edge->source].exit, ends[edge->target].entry) != 0)
            return -1;
    }
    return around ? add_missing_ends(flat, graph, ends, around) : 0;
}

/* Takes node out of the edges, joining what comes in with what goes out. */
static int dissolve(struct flat *flat, size_t node, size_t *sources, size_t *targets)
{
    size_t source_count = 0, target_count = 0, kept = 0;

    for (size_t index = 0; index < flat->edge_count; index++) {
        struct edge edge = flat->edges[index];
        if (edge.source == node && edge.target == node)
            return diagnostics_error(flat->diagnostics, "", "/%s: passes its output straight back to its input, "
                                     "without a neuron between; add one, or a Delay", flat->nodes[node].name);
        if (edge.target == node)
            sources[source_count++] = edge.source;
        else if (edge.source == node)
            targets[target_count++] = edge.target;
        else
            flat->edges[kept++] = edge;
    }
    flat->edge_count = kept;
    for (size_t source = 0; source < source_count; source++)
        for (size_t target = 0; target < target_count; target++)
            if (add_edge(flat, sources[source], targets[target]) != 0)
                return -1;
    return 0;
}

static int dissolve_all(struct flat *flat)
{
    size_t *sources = arena_allocate(flat->arena, GRAPH_EDGES_MAX, sizeof *sources);
    size_t *targets = arena_allocate(flat->arena, GRAPH_EDGES_MAX, sizeof *targets);

    if (!sources || !targets)
        return no_memory(flat);
    for (size_t node = 0; node < flat->node_count; node++)
        if (flat->passing[node] && dissolve(flat, node, sources, targets) != 0)
            return -1;
    return 0;
}

/* Closes the gaps that entries and exits leave in the list of nodes. */
static int compact(struct flat *flat, struct graph *graph)
{
    size_t *place = arena_allocate(flat->arena, flat->node_count, sizeof *place);
    size_t kept = 0;

    if (!place)
        return no_memory(flat);
    for (size_t node = 0; node < flat->node_count; node++) {
        place[node] = kept;
        if (!flat->passing[node])
            flat->nodes[kept++] = flat->nodes[node];
    }
    for (size_t edge = 0; edge < flat->edge_count; edge++)
        flat->edges[edge] = (struct edge){place[flat->edges[edge].source], place[flat->edges[edge].target]};
    graph->nodes = flat->nodes;
    graph->node_count = kept;
    graph->edges = flat->edges;
    graph->edge_count = flat->edge_count;
    return 0;
}

int graph_inline(struct graph *graph, struct diagnostics *diagnostics)
{
    struct flat flat = {.arena = graph->arena, .diagnostics = diagnostics};

    if (count_type(graph, NODE_GRAPH) == 0)
        return 0;
    size_t capacity = count_nodes(graph);
    flat.nodes = arena_allocate(flat.arena, capacity, sizeof *flat.nodes);
    flat.passing = arena_allocate(flat.arena, capacity, sizeof *flat.passing);
    flat.edges = arena_allocate(flat.arena, GRAPH_EDGES_MAX, sizeof *flat.edges);
    if (!flat.nodes || !flat.passing || !flat.edges)
        return no_memory(&flat);
    if (flatten(&flat, graph, "", NULL) != 0 || dissolve_all(&flat) != 0)
        return -1;
    return compact(&flat, graph);
}
