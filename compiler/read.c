/* Read: from a NIR file to types, names, parameters and edges, with nested graphs as graphs. It judges what is
 * stored, not what it means: missing and senseless parameters are check()'s. */
#include "graph.h"
#include "hdf5_access.h"

#include <stdlib.h>
#include <string.h>

enum { NAMES_LISTED = 12 };

struct reader {
    struct arena *arena;
    struct diagnostics *diagnostics;
    size_t elements; /* read so far, of the whole file: one dataset may be linked many times */
    size_t nodes;
    uint64_t open[GRAPH_DEPTH_MAX + 2]; /* identities of the graphs around this place */
    size_t depth;
};

static int read_graph(struct reader *reader, struct graph *graph, hid_t group, const char *place);

static int no_memory(struct reader *reader, const char *place)
{
    return diagnostics_error(reader->diagnostics, place, "memory is short");
}

/* A copy of "PLACE/NAME"; PLACE alone where memory is short. */
static const char *join(struct reader *reader, const char *place, const char *name)
{
    const char *joined = arena_print(reader->arena, "%s/%s", place, name);

    return joined ? joined : place;
}

static int read_tensor(struct reader *reader, struct tensor *tensor, hid_t dataset, const struct hdf5_extent *extent,
                       const char *place)
{
    char reason[HDF5_REASON_BYTES];

    reader->elements += extent->count;
    if (reader->elements > HDF5_COUNT_MAX)
        return diagnostics_error(reader->diagnostics, place, "with this the file holds more than %d numbers; "
                                 "a network of this size fits no array", HDF5_COUNT_MAX);
    tensor->rank = extent->rank;
    tensor->count = extent->count;
    memcpy(tensor->size, extent->size, extent->rank * sizeof tensor->size[0]);
    tensor->data = arena_allocate(reader->arena, extent->count, sizeof *tensor->data);
    if (!tensor->data)
        return no_memory(reader, place);
    if (hdf5_read(dataset, HDF5_DOUBLE, tensor->data, tensor->count, reason) != 0)
        return diagnostics_error(reader->diagnostics, place, "%s", reason);
    return 0;
}

static int read_parameter(struct reader *reader, struct parameter *parameter, hid_t group, const char *place)
{
    char reason[HDF5_REASON_BYTES];
    struct hdf5_extent extent;
    hid_t dataset = hdf5_open_dataset(group, parameter->name, reason);
    int status = -1;

    if (dataset < 0)
        return diagnostics_error(reader->diagnostics, place, "%s", reason);
    if (hdf5_extent(dataset, &extent, reason) != 0) {
        diagnostics_error(reader->diagnostics, place, "%s", reason);
    } else if (extent.class == HDF5_TEXTS && strcmp(parameter->name, "padding") == 0) {
        parameter->text = hdf5_read_text(group, parameter->name, reader->arena, reason);
        status = parameter->text ? 0 : diagnostics_error(reader->diagnostics, place, "%s", reason);
    } else if (extent.class == HDF5_TEXTS || extent.class == HDF5_STRANGE) {
        diagnostics_error(reader->diagnostics, place, "holds %s; give numbers",
                          extent.class == HDF5_TEXTS ? "text" : "a compound type");
    } else {
        status = read_tensor(reader, &parameter->tensor, dataset, &extent, place);
    }
    parameter->present = status == 0;
    hdf5_close(dataset);
    return status;
}

static bool is_parameter(const struct node *node, const char *name)
{
    return strcmp(name, "type") == 0 || strcmp(name, "metadata") == 0 || node_parameter(node, name);
}

static int read_parameters(struct reader *reader, struct node *node, hid_t group, const char *place)
{
    size_t count, names_count;
    const struct parameter_rule *rules = node_type_rules(node->type, &count);
    char reason[HDF5_REASON_BYTES], **names;
    int status = 0;

    node->parameter_count = count;
    for (size_t index = 0; index < count; index++)
        node->parameter[index].name = rules[index].name;
    for (size_t index = 0; index < count; index++) {
        const char *name = rules[index].name;
        if (hdf5_kind(group, name) != HDF5_ABSENT &&
            read_parameter(reader, &node->parameter[index], group, join(reader, place, name)) != 0)
            status = -1;
    }
    if (hdf5_names(group, reader->arena, &names, &names_count, reason) != 0)
        return diagnostics_error(reader->diagnostics, place, "%s", reason);
    for (size_t index = 0; index < names_count; index++)
        if (!is_parameter(node, names[index]))
            diagnostics_warning(reader->diagnostics, join(reader, place, names[index]),
                                "is no parameter of %s; ignored", node_type_name(node->type));
    return status;
}

/* The type of the node in group; NODE_TYPES after an error. */
static enum node_type read_type(struct reader *reader, hid_t group, const char *place)
{
    char reason[HDF5_REASON_BYTES], **names;
    size_t count;

    if (hdf5_kind(group, "type") == HDF5_ABSENT) {
        if (hdf5_names(group, reader->arena, &names, &count, reason) == 0 && count > 0 &&
            hdf5_kind(group, names[0]) == HDF5_GROUP && strcmp(names[0], "nodes") != 0)
            diagnostics_error(reader->diagnostics, place, "has no type but holds the group '%s'; a node's name had "
                              "a '/' in it: export with another name", names[0]);
        else
            diagnostics_error(reader->diagnostics, place,
                              "has no type; the file was written only in part, export it again");
        return NODE_TYPES;
    }
    char *name = hdf5_read_text(group, "type", reader->arena, reason);
    if (!name) {
        diagnostics_error(reader->diagnostics, join(reader, place, "type"), "%s", reason);
        return NODE_TYPES;
    }
    enum node_type type = node_type_find(name);
    if (type < NODE_TYPES)
        return type;
    const char *known = "";
    for (enum node_type each = 0; known && each < NODE_TYPES; each++)
        known = arena_print(reader->arena, "%s%s%s", known, each ? ", " : "", node_type_name(each));
    diagnostics_error(reader->diagnostics, join(reader, place, "type"), "'%.64s' is no NIR node type; known are %s",
                      name, known ? known : "others");
    return NODE_TYPES;
}

static int read_node(struct reader *reader, struct node *node, hid_t group, const char *place)
{
    node->type = read_type(reader, group, place);
    if (node->type == NODE_TYPES)
        return -1;
    if (++reader->nodes > GRAPH_NODES_MAX)
        return diagnostics_error(reader->diagnostics, place, "is one node too many; at most %d are read",
                                 GRAPH_NODES_MAX);
    if (node->type != NODE_GRAPH)
        return read_parameters(reader, node, group, place);
    node->graph = arena_allocate(reader->arena, 1, sizeof *node->graph);
    if (!node->graph)
        return no_memory(reader, place);
    return read_graph(reader, node->graph, group, place);
}

static int read_nodes(struct reader *reader, struct graph *graph, hid_t group, const char *place)
{
    char reason[HDF5_REASON_BYTES], **names;
    int status = 0;

    if (hdf5_names(group, reader->arena, &names, &graph->node_count, reason) != 0)
        return diagnostics_error(reader->diagnostics, place, "nodes %s", reason);
    if (graph->node_count == 0)
        return diagnostics_error(reader->diagnostics, place, "has no nodes; nothing can run");
    if (graph->node_count > GRAPH_NODES_MAX)
        return diagnostics_error(reader->diagnostics, place, "has %zu nodes; at most %d are read", graph->node_count,
                                 GRAPH_NODES_MAX);
    graph->nodes = arena_allocate(reader->arena, graph->node_count, sizeof *graph->nodes);
    if (!graph->nodes)
        return no_memory(reader, place);
    for (size_t index = 0; index < graph->node_count; index++) {
        const char *node_place = join(reader, place, names[index]);
        if (names[index][0] == '\0' || strchr(names[index], '/')) {
            status = diagnostics_error(reader->diagnostics, node_place, "a node's name must have letters and no '/'; "
                                       "export with another name");
            continue;
        }
        graph->nodes[index].name = names[index];
        hid_t node = hdf5_open_group(group, names[index], reason);
        if (node < 0)
            status = diagnostics_error(reader->diagnostics, node_place, "%s", reason);
        else if (read_node(reader, &graph->nodes[index], node, node_place) != 0)
            status = -1;
        hdf5_close(node);
        if (reader->nodes > GRAPH_NODES_MAX || reader->elements > HDF5_COUNT_MAX)
            return -1;
    }
    return status;
}

/* ---- edges ---- */

static int compare_node_name(const void *name, const void *node)
{
    return strcmp(name, ((const struct node *)node)->name);
}

static size_t smaller(size_t left, size_t right)
{
    return left < right ? left : right;
}

/* Letters to be changed, added or taken away between two names, of which only the first few count. A name that
 * the other begins with, as 'lif1' does 'lif1.lif', is nearest. */
static size_t distance(const char *left, const char *right)
{
    enum { LENGTH = 64 };
    size_t row[LENGTH + 1], right_length = strnlen(right, LENGTH);

    if (*left && strncmp(left, right, strlen(left)) == 0)
        return 0;
    for (size_t column = 0; column <= right_length; column++)
        row[column] = column;
    for (size_t line = 0; line < LENGTH && left[line]; line++) {
        size_t diagonal = row[0];
        row[0] = line + 1;
        for (size_t column = 0; column < right_length; column++) {
            size_t change = diagonal + (left[line] != right[column]);
            diagonal = row[column + 1];
            row[column + 1] = smaller(change, smaller(row[column], row[column + 1]) + 1);
        }
    }
    return row[right_length];
}

static int dangling(struct reader *reader, const struct graph *graph, const char *name, const char *place)
{
    size_t best = 0, best_distance = SIZE_MAX;

    for (size_t index = 0; index < graph->node_count && index < HDF5_NAMES_MAX; index++) {
        size_t each = distance(name, graph->nodes[index].name);
        if (each < best_distance) {
            best_distance = each;
            best = index;
        }
    }
    if (best_distance <= 1 + strnlen(name, 64) / 3)
        return diagnostics_error(reader->diagnostics, place, "names the node '%.64s', which is not in the graph; "
                                 "is '%s' meant?", name, graph->nodes[best].name);
    const char *known = "";
    for (size_t index = 0; known && index < graph->node_count && index < NAMES_LISTED; index++)
        known = arena_print(reader->arena, "%s%s%s", known, index ? ", " : "", graph->nodes[index].name);
    return diagnostics_error(reader->diagnostics, place,
                             "names the node '%.64s', which is not in the graph; it has %s%s", name,
                             known ? known : "others", graph->node_count > NAMES_LISTED ? ", …" : "");
}

/* The ends of edges as names: text, or (in the oldest files) the numbers that are the nodes' names. */
static char **read_edge_names(struct reader *reader, hid_t dataset, const struct hdf5_extent *extent, char *reason)
{
    char **names = NULL;

    if (extent->class == HDF5_TEXTS)
        return hdf5_read_texts(dataset, reader->arena, &names, extent->count, reason) == 0 ? names : NULL;
    int64_t *numbers = arena_allocate(reader->arena, extent->count, sizeof *numbers);
    names = arena_allocate(reader->arena, extent->count, sizeof *names);
    if (!numbers || !names) {
        hdf5_because(reason, "cannot be read: memory is short");
        return NULL;
    }
    if (extent->class != HDF5_NUMBERS || !extent->whole) {
        hdf5_because(reason, "holds neither text nor whole numbers; give pairs of node names");
        return NULL;
    }
    if (hdf5_read(dataset, HDF5_INT64, numbers, extent->count, reason) != 0)
        return NULL;
    for (size_t index = 0; index < extent->count; index++)
        if (!(names[index] = arena_print(reader->arena, "%lld", (long long)numbers[index]))) {
            hdf5_because(reason, "cannot be read: memory is short");
            return NULL;
        }
    return names;
}

static const char *edge_place(struct reader *reader, const char *place, const char *source, const char *target)
{
    const char *text = arena_print(reader->arena, "%s (%.64s -> %.64s)", place, source, target);

    return text ? text : place;
}

static int resolve_edges(struct reader *reader, struct graph *graph, char *const *names, const char *place)
{
    for (size_t edge = 0; edge < graph->edge_count; edge++) {
        size_t end[2] = {0, 0};
        for (size_t side = 0; side < 2; side++) {
            const char *name = names[2 * edge + side];
            const struct node *node =
                bsearch(name, graph->nodes, graph->node_count, sizeof *graph->nodes, compare_node_name);
            if (!node) /* one such message: the others mostly have the same cause */
                return dangling(reader, graph, name, edge_place(reader, place, names[2 * edge], names[2 * edge + 1]));
            end[side] = (size_t)(node - graph->nodes);
        }
        graph->edges[edge] = (struct edge){end[0], end[1]};
    }
    return 0;
}

static int read_edges(struct reader *reader, struct graph *graph, hid_t group, const char *place)
{
    char reason[HDF5_REASON_BYTES], **names;
    struct hdf5_extent extent;
    hid_t dataset = hdf5_open_dataset(group, "edges", reason);
    int status = -1;

    if (dataset < 0)
        return diagnostics_error(reader->diagnostics, place, "%s; the file was written only in part, export it again",
                                 reason);
    if (hdf5_extent(dataset, &extent, reason) != 0)
        diagnostics_error(reader->diagnostics, place, "%s", reason);
    else if (extent.count == 0)
        status = 0;
    else if (extent.rank != 2 || extent.size[1] != 2)
        diagnostics_error(reader->diagnostics, place, "is not a list of pairs (rank %zu); give (edges, 2) node names",
                          extent.rank);
    else if (extent.size[0] > GRAPH_EDGES_MAX)
        diagnostics_error(reader->diagnostics, place, "has %zu edges; at most %d are read", extent.size[0],
                          GRAPH_EDGES_MAX);
    else if (!(names = read_edge_names(reader, dataset, &extent, reason)))
        diagnostics_error(reader->diagnostics, place, "%s", reason);
    else if (!(graph->edges = arena_allocate(reader->arena, extent.size[0], sizeof *graph->edges)))
        no_memory(reader, place);
    else {
        graph->edge_count = extent.size[0];
        status = resolve_edges(reader, graph, names, place);
    }
    hdf5_close(dataset);
    return status;
}

/* ---- graphs ---- */

static int read_graph(struct reader *reader, struct graph *graph, hid_t group, const char *place)
{
    char reason[HDF5_REASON_BYTES];
    uint64_t identity = hdf5_identity(group);
    int status;

    graph->arena = reader->arena;
    for (size_t level = 0; level < reader->depth; level++)
        if (reader->open[level] == identity)
            return diagnostics_error(reader->diagnostics, place, "contains itself");
    if (reader->depth > GRAPH_DEPTH_MAX)
        return diagnostics_error(reader->diagnostics, place, "is nested more than %d deep", GRAPH_DEPTH_MAX);
    hid_t nodes = hdf5_open_group(group, "nodes", reason);
    if (nodes < 0)
        return diagnostics_error(reader->diagnostics, join(reader, place, "nodes"), "%s", reason);
    reader->open[reader->depth++] = identity;
    status = read_nodes(reader, graph, nodes, place);
    reader->depth--;
    hdf5_close(nodes);
    if (status != 0)
        return -1;
    return read_edges(reader, graph, group, join(reader, place, "edges"));
}

/* A file whose root is one node: a graph of that node alone. */
static int wrap_node(struct reader *reader, struct graph *graph, hid_t root, enum node_type type)
{
    graph->nodes = arena_allocate(reader->arena, 1, sizeof *graph->nodes);
    if (!graph->nodes)
        return no_memory(reader, "");
    graph->node_count = 1;
    graph->nodes[0].name = arena_copy(reader->arena, "node");
    graph->nodes[0].type = type;
    if (!graph->nodes[0].name)
        return no_memory(reader, "");
    return read_parameters(reader, &graph->nodes[0], root, "/node");
}

static double read_metadata_dt(hid_t root)
{
    char reason[HDF5_REASON_BYTES];
    double dt = 0;
    hid_t metadata = hdf5_open_group(root, "metadata", reason);

    if (metadata < 0)
        return 0;
    if (hdf5_read_number(metadata, "dt", &dt, reason) != 0 || !(dt > 0 && dt < 1e300))
        dt = 0;
    hdf5_close(metadata);
    return dt;
}

static int read_root(struct reader *reader, struct graph *graph, hid_t root)
{
    enum node_type type = read_type(reader, root, "/node");

    graph->metadata_dt = read_metadata_dt(root);
    if (type == NODE_TYPES)
        return -1;
    return type == NODE_GRAPH ? read_graph(reader, graph, root, "") : wrap_node(reader, graph, root, type);
}

int graph_read(struct graph *graph, const char *path, struct diagnostics *diagnostics)
{
    struct reader reader = {.arena = graph->arena, .diagnostics = diagnostics};
    char reason[HDF5_REASON_BYTES];
    hid_t file = hdf5_open(path, reason);
    int status = -1;

    if (file < 0)
        return diagnostics_error(diagnostics, "", "%s", reason);
    graph->version = hdf5_read_text(file, "version", graph->arena, reason);
    if (!graph->version)
        graph->version = arena_copy(graph->arena, "");
    hid_t root = hdf5_open_group(file, "node", reason);
    if (!graph->version)
        no_memory(&reader, "");
    else if (root < 0 && hdf5_kind(file, "nodes") == HDF5_GROUP)
        diagnostics_error(diagnostics, "", "is a NIR data file, not a graph: it has /nodes but no /node");
    else if (root < 0)
        diagnostics_error(diagnostics, "/node", "%s; this HDF5 file holds no NIR graph", reason);
    else
        status = read_root(&reader, graph, root);
    hdf5_close(root);
    hdf5_close(file);
    return status;
}
