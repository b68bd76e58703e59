/* Edges: from names to nodes. Exporters that rename nodes leave edges behind that name none; where exactly one node
 * without any edge resembles such a name, it is meant. */
#include "edges.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { NAMES_LISTED = 12, REPAIRS_MAX = 16, LETTERS = 64 };

enum side { SIDE_SOURCE, SIDE_TARGET };

struct resolver {
    struct graph *graph;
    struct diagnostics *diagnostics;
    const char *place;
    bool *connected; /* (nodes) some edge names the node, or a repair has found it */
    const char *missing[REPAIRS_MAX]; /* names that no node has, and the nodes taken for them */
    size_t meant[REPAIRS_MAX];
    size_t repair_count;
};

static int no_memory(struct resolver *resolver)
{
    return diagnostics_error(resolver->diagnostics, resolver->place, "memory is short");
}

struct letters {
    const char *first;
    size_t count;
};

static int compare_node_name(const void *letters, const void *node)
{
    const struct letters *name = letters;
    const char *other = ((const struct node *)node)->name;
    int order = strncmp(name->first, other, name->count);

    return order ? order : other[name->count] ? -1 : 0;
}

/* The index of the node of which these letters are the whole name; node_count of graph if there is none. */
static size_t find_letters(const struct graph *graph, const char *first, size_t count)
{
    struct letters name = {first, count};
    const struct node *node = bsearch(&name, graph->nodes, graph->node_count, sizeof *graph->nodes, compare_node_name);

    return node ? (size_t)(node - graph->nodes) : graph->node_count;
}

static size_t find_node(const struct graph *graph, const char *name)
{
    return find_letters(graph, name, strlen(name));
}

/* ---- names that resemble each other ---- */

static size_t smaller(size_t left, size_t right)
{
    return left < right ? left : right;
}

static bool begins_with(const char *name, const char *start)
{
    return strlen(start) > 1 && strncmp(name, start, strlen(start)) == 0;
}

/* Letters to be changed, added or taken away between two names, of which only the first few count; upper and lower
 * case are the same. Names of which one begins with the other, as 'lif1' does 'lif', are nearest. */
static size_t distance(const char *left, const char *right)
{
    size_t row[LETTERS + 1], right_length = strnlen(right, LETTERS);

    if (begins_with(left, right) || begins_with(right, left))
        return 0;
    for (size_t column = 0; column <= right_length; column++)
        row[column] = column;
    for (size_t line = 0; line < LETTERS && left[line]; line++) {
        size_t diagonal = row[0];
        row[0] = line + 1;
        for (size_t column = 0; column < right_length; column++) {
            bool differ = tolower((unsigned char)left[line]) != tolower((unsigned char)right[column]);
            size_t change = diagonal + differ;
            diagonal = row[column + 1];
            row[column + 1] = smaller(change, smaller(row[column], row[column + 1]) + 1);
        }
    }
    return row[right_length];
}

/* Enough to ask whether other was meant; to take it for name, it must be nearer. */
static bool resembles(const char *name, const char *other)
{
    return distance(name, other) <= 1 + strnlen(name, LETTERS) / 3;
}

static bool resembles_closely(const char *name, const char *other)
{
    return distance(name, other) <= strnlen(name, LETTERS) / 3;
}

/* No edge leads into an Input or comes out of an Output. */
static bool can_be(const struct node *node, enum side side)
{
    return node->type != (side == SIDE_SOURCE ? NODE_OUTPUT : NODE_INPUT);
}

static int report_missing(struct resolver *resolver, const char *name, enum side side, const char *place)
{
    const struct graph *graph = resolver->graph;
    struct arena *arena = graph->arena;
    size_t best = graph->node_count, best_distance = SIZE_MAX;

    for (size_t index = 0; index < graph->node_count; index++) {
        size_t each = distance(name, graph->nodes[index].name);
        if (can_be(&graph->nodes[index], side) && resembles(name, graph->nodes[index].name) && each < best_distance) {
            best_distance = each;
            best = index;
        }
    }
    if (best < graph->node_count)
        return diagnostics_error(resolver->diagnostics, place, "names the node '%.64s', which is not in the graph; "
                                 "is '%s' meant?", name, graph->nodes[best].name);
    const char *known = "";
    for (size_t index = 0; known && index < graph->node_count && index < NAMES_LISTED; index++)
        known = arena_print(arena, "%s%s%s", known, index ? ", " : "", graph->nodes[index].name);
    return diagnostics_error(resolver->diagnostics, place,
                             "names the node '%.64s', which is not in the graph; it has %s%s", name,
                             known ? known : "others", graph->node_count > NAMES_LISTED ? ", …" : "");
}

/* ---- one end of an edge ---- */

/* The Input or Output of a nested graph that name means, as 1 + its index there, and the nested graph in *node; 0 if
 * it means none. The nested graph's name may have dots of its own. */
static size_t find_port(const struct graph *graph, const char *name, enum side side, size_t *node)
{
    for (const char *end = strpbrk(name, "./"); end; end = strpbrk(end + 1, "./")) {
        size_t index = find_letters(graph, name, (size_t)(end - name));
        const struct graph *nested = index < graph->node_count ? graph->nodes[index].graph : NULL;
        size_t port = nested ? find_node(nested, end + 1) : 0;
        if (nested && port < nested->node_count &&
            nested->nodes[port].type == (side == SIDE_SOURCE ? NODE_OUTPUT : NODE_INPUT)) {
            *node = index;
            return port + 1;
        }
    }
    return 0;
}

/* The one isolated node that resembles name; node_count if there is none, or more than one. */
static size_t find_isolated(const struct resolver *resolver, const char *name, enum side side)
{
    const struct graph *graph = resolver->graph;
    size_t found = graph->node_count;

    for (size_t index = 0; index < graph->node_count; index++) {
        if (resolver->connected[index] || !can_be(&graph->nodes[index], side) ||
            !resembles_closely(name, graph->nodes[index].name))
            continue;
        if (found < graph->node_count)
            return graph->node_count;
        found = index;
    }
    return found;
}

/* The node that a name means which no node has; node_count after an error. */
static size_t repair(struct resolver *resolver, const char *name, enum side side, const char *place)
{
    struct graph *graph = resolver->graph;

    for (size_t index = 0; index < resolver->repair_count; index++)
        if (strcmp(resolver->missing[index], name) == 0)
            return resolver->meant[index];
    size_t node = graph->node_count;
    if (resolver->repair_count < REPAIRS_MAX && !strchr(name, '/')) /* HDF5 cuts a name at '/'; what is left is less */
        node = find_isolated(resolver, name, side);
    if (node == graph->node_count) {
        report_missing(resolver, name, side, place);
        return node;
    }
    diagnostics_warning(resolver->diagnostics, resolver->place,
                        "name the node '%.64s', which is not in the graph; '%s', which no edge names, is used", name,
                        graph->nodes[node].name);
    resolver->missing[resolver->repair_count] = name;
    resolver->meant[resolver->repair_count++] = node;
    resolver->connected[node] = true;
    return node;
}

const char *edges_place(struct arena *arena, const char *place, const char *source, const char *target)
{
    const char *text = arena_print(arena, "%s (%.64s -> %.64s)", place, source, target);

    return text ? text : place;
}

/* Marks every node that an edge names rightly, and keeps the ports. */
static int find_connected(struct resolver *resolver, char *const *names, size_t edge_count)
{
    struct graph *graph = resolver->graph;

    for (size_t end = 0; end < 2 * edge_count; end++) {
        size_t node = find_node(graph, names[end]), port = 0;
        if (node == graph->node_count)
            port = find_port(graph, names[end], end % 2 ? SIDE_TARGET : SIDE_SOURCE, &node);
        if (node < graph->node_count)
            resolver->connected[node] = true;
        if (port && !graph->ports)
            graph->ports = arena_allocate(graph->arena, edge_count, sizeof *graph->ports);
        if (port && !graph->ports)
            return no_memory(resolver);
        if (port && end % 2)
            graph->ports[end / 2].target = port;
        else if (port)
            graph->ports[end / 2].source = port;
    }
    return 0;
}

int edges_resolve(struct graph *graph, char *const *names, size_t edge_count, const char *place,
                  struct diagnostics *diagnostics)
{
    struct resolver resolver = {.graph = graph, .diagnostics = diagnostics, .place = place};

    resolver.connected = arena_allocate(graph->arena, graph->node_count, sizeof *resolver.connected);
    graph->edges = arena_allocate(graph->arena, edge_count, sizeof *graph->edges);
    if (!resolver.connected || !graph->edges)
        return no_memory(&resolver);
    if (find_connected(&resolver, names, edge_count) != 0)
        return -1;
    for (size_t edge = 0; edge < edge_count; edge++) {
        size_t node[2];
        for (size_t side = 0; side < 2; side++) {
            const char *name = names[2 * edge + side];
            node[side] = find_node(graph, name);
            if (node[side] == graph->node_count && find_port(graph, name, (enum side)side, &node[side]) == 0)
                node[side] = repair(&resolver, name, (enum side)side,
                                    edges_place(graph->arena, place, names[2 * edge], names[2 * edge + 1]));
            if (node[side] == graph->node_count) /* one such message: the others mostly have the same cause */
                return -1;
        }
        graph->edges[edge] = (struct edge){node[SIDE_SOURCE], node[SIDE_TARGET]};
    }
    graph->edge_count = edge_count;
    return 0;
}
