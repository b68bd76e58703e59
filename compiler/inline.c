/* Inline: one flat graph in place of nested ones. A nested graph becomes nodes that pass on what they get: its entry,
 * its exit, and each of its Inputs and Outputs; then every such node is dissolved: each edge into it is joined with
 * each edge out of it, so that sums and repeated edges keep their meaning. */
#include "shapes.h"

struct flat {
    struct arena *arena;
    struct diagnostics *diagnostics;
    struct node *nodes;
    bool *passing; /* the node is an entry, an exit, or an Input or Output of a nested graph */
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
    size_t *ports; /* of a nested graph, by its nodes: where each Input and Output of it is; else NULL */
};

static int flatten(struct flat *flat, const struct graph *graph, const char *prefix, const struct ends *around);

static size_t count_type(const struct graph *graph, enum node_type type)
{
    size_t count = 0;

    for (size_t index = 0; index < graph->node_count; index++)
        count += graph->nodes[index].type == type;
    return count;
}

/* An Input or Output of a nested graph; the only one of its type is the graph's entry or exit. */
static int flatten_port(struct flat *flat, const struct graph *graph, size_t port, char *name,
                        const struct ends *around, struct ends *ends)
{
    enum node_type type = graph->nodes[port].type;

    ends->entry = ends->exit = around->ports[port] = add_node(flat, NULL, name);
    if (count_type(graph, type) > 1)
        return 0;
    return type == NODE_INPUT ? add_edge(flat, around->entry, ends->entry) : add_edge(flat, ends->exit, around->exit);
}

static int flatten_node(struct flat *flat, const struct graph *graph, size_t index, const char *prefix,
                        const struct ends *around, struct ends *ends)
{
    const struct node *node = &graph->nodes[index];
    char *name = arena_print(flat->arena, "%s%s", prefix, node->name);

    if (!name)
        return no_memory(flat);
    if (around && (node->type == NODE_INPUT || node->type == NODE_OUTPUT))
        return flatten_port(flat, graph, index, name, around, ends);
    if (node->type != NODE_GRAPH) {
        ends->entry = ends->exit = add_node(flat, node, name);
        return 0;
    }
    const char *inner = arena_print(flat->arena, "%s/", name);
    ends->entry = add_node(flat, NULL, name);
    ends->exit = add_node(flat, NULL, name);
    ends->ports = arena_allocate(flat->arena, node->graph->node_count, sizeof *ends->ports);
    return inner && ends->ports ? flatten(flat, node->graph, inner, ends) : no_memory(flat);
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

static int report_ambiguous(struct flat *flat, const struct graph *graph, size_t edge, const struct node *nested,
                            enum node_type type)
{
    const struct graph *inner = nested->graph;
    const char *names = "";
    size_t listed = 0;

    for (size_t index = 0; names && index < inner->node_count; index++)
        if (inner->nodes[index].type == type)
            names = arena_print(flat->arena, "%s%s'%s.%s'", names, listed++ ? ", " : "", nested->name,
                                inner->nodes[index].name);
    return diagnostics_error(flat->diagnostics, "/edges", "(%.64s -> %.64s): the nested graph '%.64s' has several %s "
                             "nodes, so the edge is ambiguous; name one of %s",
                             graph->nodes[graph->edges[edge].source].name,
                             graph->nodes[graph->edges[edge].target].name, nested->name, node_type_name(type),
                             names ? names : "them");
}

/* Adds an edge of graph, whose nodes are at ends. One to or from a nested graph goes to the Input or Output that it
 * names, or to the only one. */
static int flatten_edge(struct flat *flat, const struct graph *graph, size_t index, const struct ends *ends)
{
    struct edge edge = graph->edges[index], port = graph->ports ? graph->ports[index] : (struct edge){0, 0};
    const struct node *source = &graph->nodes[edge.source], *target = &graph->nodes[edge.target];

    if (!port.target && target->type == NODE_GRAPH && count_type(target->graph, NODE_INPUT) > 1)
        return report_ambiguous(flat, graph, index, target, NODE_INPUT);
    if (!port.source && source->type == NODE_GRAPH && count_type(source->graph, NODE_OUTPUT) > 1)
        return report_ambiguous(flat, graph, index, source, NODE_OUTPUT);
    return add_edge(flat, port.source ? ends[edge.source].ports[port.source - 1] : ends[edge.source].exit,
                    port.target ? ends[edge.target].ports[port.target - 1] : ends[edge.target].entry);
}

/* What node demands, as far as that can be told before check(). */
static bool demand_unchecked(const struct node *node, struct shape *demand)
{
    const struct parameter *weight = node_parameter(node, "weight");
    bool linear = node->type == NODE_LINEAR || node->type == NODE_AFFINE;

    if (linear ? !weight->present || weight->tensor.rank < 2 || weight->tensor.count == 0
               : !node_is_elementwise(node->type))
        return false;
    return node_demand(node, demand) && shape_count(demand) > 1;
}

/* The shapes of a nested graph's Inputs and Outputs are not needed; some exporters store the outer graph's. */
static void compare_ports(struct flat *flat, const struct graph *graph, const char *prefix)
{
    struct shape declared, demand;

    for (size_t index = 0; index < graph->edge_count; index++) {
        const struct node *source = &graph->nodes[graph->edges[index].source];
        const struct node *target = &graph->nodes[graph->edges[index].target];
        bool input = source->type == NODE_INPUT;
        const struct node *port = input ? source : target, *node = input ? target : source;
        if (port->type != (input ? NODE_INPUT : NODE_OUTPUT) || !node_demand(port, &declared) ||
            !demand_unchecked(node, &demand))
            continue;
        if (!input && !node_is_elementwise(node->type)) /* what a Linear demands is its input */
            demand.size[demand.rank - 1] =
                node_parameter(node, "weight")->tensor.size[node_parameter(node, "weight")->tensor.rank - 2];
        if (shape_count(&demand) != shape_count(&declared))
            diagnostics_warning(flat->diagnostics, "", "/%s%s: has shape %s, but /%s%s %s %s, which is used", prefix,
                                port->name, shape_text(flat->arena, &declared), prefix, node->name,
                                input ? "takes" : "gives", shape_text(flat->arena, &demand));
    }
}

static int flatten(struct flat *flat, const struct graph *graph, const char *prefix, const struct ends *around)
{
    struct ends *ends = arena_allocate(flat->arena, graph->node_count, sizeof *ends);

    if (!ends)
        return no_memory(flat);
    for (size_t index = 0; index < graph->node_count; index++)
        if (flatten_node(flat, graph, index, prefix, around, &ends[index]) != 0)
            return -1;
    if (around)
        compare_ports(flat, graph, prefix);
    for (size_t index = 0; index < graph->edge_count; index++)
        if (flatten_edge(flat, graph, index, ends) != 0)
            return -1;
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
    graph->ports = NULL;
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
