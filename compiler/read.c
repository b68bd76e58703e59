/* Read: from a NIR file to types, names, parameters and edges, with nested graphs as graphs. It judges what is
 * stored, not what it means: missing and senseless parameters are check()'s. */
#include "edges.h"
#include "graph.h"
#include "hdf5_access.h"
#include "metadata.h"

#include <string.h>
#include <strings.h>

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

/* Warns of what lies in group that is neither of the node's nor known of all nodes. Frameworks store what they call
 * input_type and output_type beside the parameters. */
static int check_members(struct reader *reader, const struct node *node, hid_t group, const char *place)
{
    static const char *const known[] = {"type", "metadata", "input_type", "output_type"};
    static const char *const of_graphs[] = {"nodes", "edges", "type_check"};
    char reason[HDF5_REASON_BYTES], **names;
    size_t count;

    if (hdf5_names(group, reader->arena, &names, &count, reason) != 0)
        return diagnostics_error(reader->diagnostics, place, "%s", reason);
    for (size_t index = 0; index < count; index++) {
        bool fine = node_parameter(node, names[index]) != NULL;
        for (size_t each = 0; each < sizeof known / sizeof known[0]; each++)
            fine = fine || strcmp(names[index], known[each]) == 0;
        for (size_t each = 0; node->type == NODE_GRAPH && each < sizeof of_graphs / sizeof of_graphs[0]; each++)
            fine = fine || strcmp(names[index], of_graphs[each]) == 0;
        if (!fine)
            diagnostics_warning(reader->diagnostics, join(reader, place, names[index]),
                                "is no parameter of %s; ignored", node_type_name(node->type));
    }
    return 0;
}

/* True where there is no parameter, or a stored None in place of one that may be left out. Some writers store the
 * input_type of all nodes, as a group. */
static bool is_absent(hid_t group, const struct parameter_rule *rule)
{
    char reason[HDF5_REASON_BYTES];
    enum hdf5_kind kind = hdf5_kind(group, rule->name);

    if (kind == HDF5_ABSENT || (kind == HDF5_GROUP && strcmp(rule->name, "input_type") == 0))
        return true;
    if (rule->required || kind != HDF5_DATASET)
        return false;
    hid_t dataset = hdf5_open_dataset(group, rule->name, reason);
    bool null = dataset >= 0 && hdf5_is_null(dataset);
    hdf5_close(dataset);
    return null;
}

static int read_parameters(struct reader *reader, struct node *node, hid_t group, const char *place)
{
    size_t count;
    const struct parameter_rule *rules = node_type_rules(node->type, &count);
    int status = 0;

    node->parameter_count = count;
    for (size_t index = 0; index < count; index++)
        node->parameter[index].name = rules[index].name;
    for (size_t index = 0; index < count; index++) {
        const char *name = rules[index].name;
        if (!is_absent(group, &rules[index]) &&
            read_parameter(reader, &node->parameter[index], group, join(reader, place, name)) != 0)
            status = -1;
    }
    return check_members(reader, node, group, place) == 0 ? status : -1;
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
    for (enum node_type each = 0; each < NODE_TYPES; each++)
        if (strcasecmp(name, node_type_name(each)) == 0) {
            diagnostics_error(reader->diagnostics, join(reader, place, "type"), "'%.64s' is no NIR node type; "
                              "is '%s' meant?", name, node_type_name(each));
            return NODE_TYPES;
        }
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
    metadata_ranges(node, group);
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
    size_t names_count;
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
    names_count = graph->node_count;
    graph->node_count = 0;
    for (size_t index = 0; index < names_count; index++) {
        const char *node_place = join(reader, place, names[index]);
        if (hdf5_kind(group, names[index]) == HDF5_DATASET) {
            diagnostics_warning(reader->diagnostics, node_place, "is a dataset among the nodes; ignored");
            continue;
        }
        struct node *node = &graph->nodes[graph->node_count++];
        node->name = names[index];
        hid_t opened = hdf5_open_group(group, names[index], reason);
        if (opened < 0)
            status = diagnostics_error(reader->diagnostics, node_place, "%s", reason);
        else if (read_node(reader, node, opened, node_place) != 0)
            status = -1;
        hdf5_close(opened);
        if (reader->nodes > GRAPH_NODES_MAX || reader->elements > HDF5_COUNT_MAX)
            return -1;
    }
    if (graph->node_count == 0)
        return diagnostics_error(reader->diagnostics, place, "has no nodes; nothing can run");
    return status;
}

/* ---- edges ---- */

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
    else
        status = edges_resolve(graph, names, extent.size[0], place, reader->diagnostics);
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
    if (check_members(reader, &(struct node){.type = NODE_GRAPH}, group, place) != 0)
        return -1;
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
    metadata_ranges(&graph->nodes[0], root);
    return read_parameters(reader, &graph->nodes[0], root, "/node");
}

static int read_root(struct reader *reader, struct graph *graph, hid_t root)
{
    enum node_type type = read_type(reader, root, "/node");

    graph->metadata_dt = metadata_dt(root);
    if (type == NODE_TYPES)
        return -1;
    return type == NODE_GRAPH ? read_graph(reader, graph, root, "") : wrap_node(reader, graph, root, type);
}

/* An image has /loom beside the graph. */
static int check_file(struct reader *reader, hid_t file)
{
    char reason[HDF5_REASON_BYTES], **names;
    size_t count;

    if (hdf5_names(file, reader->arena, &names, &count, reason) != 0)
        return diagnostics_error(reader->diagnostics, "", "%s", reason);
    for (size_t index = 0; index < count; index++)
        if (strcmp(names[index], "node") != 0 && strcmp(names[index], "version") != 0 &&
            strcmp(names[index], "loom") != 0)
            diagnostics_warning(reader->diagnostics, "", "has '%.64s' beside the graph; ignored", names[index]);
    return 0;
}

static bool is_data(hid_t file)
{
    return hdf5_kind(file, "nodes") == HDF5_GROUP && hdf5_kind(file, "edges") == HDF5_ABSENT;
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
    else if (root < 0 && is_data(file))
        diagnostics_error(diagnostics, "", "is a NIR data file, not a graph: it has /nodes but no /node");
    else if (root < 0)
        diagnostics_error(diagnostics, "/node", "%s; this HDF5 file holds no NIR graph", reason);
    else if (check_file(&reader, file) == 0)
        status = read_root(&reader, graph, root);
    hdf5_close(root);
    hdf5_close(file);
    return status;
}
