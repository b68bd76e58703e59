/* The file: the tree of the image's /node as the newest NIR writer lays it out, with the parameters of the exported
 * graph, and metadata that say where it comes from. Metadata are never needed to run it. */
#include "export_parts.h"

#include "hardware.h"
#include "hdf5_access.h"

#include <math.h>
#include <string.h>

static const char *const layout_version = "1.0.8"; /* of NIR, whose layout this is */

enum { DEPTH_MAX = 2 * GRAPH_DEPTH_MAX + 4 };

struct writer {
    const struct export *export;
    struct arena *arena;
    char *reason;
    size_t depth;
};

static int no_memory(const struct writer *writer)
{
    return hdf5_because(writer->reason, "cannot be written: memory is short");
}

static size_t find_node(const struct writer *writer, const char *path)
{
    const struct graph *graph = &writer->export->graph;
    size_t node = 0;

    while (node < graph->node_count && strcmp(graph->nodes[node].name, path) != 0)
        node++;
    return node;
}

/* The population that a node is, or that stands for it. */
static const struct image_population *find_population(const struct writer *writer, size_t node)
{
    const struct image *image = writer->export->image;

    for (size_t index = 0; index < image->population_count; index++)
        if (strcmp(image->populations[index].name, writer->export->graph.nodes[node].name) == 0)
            return &image->populations[index];
    return NULL;
}

/* ---- datasets ---- */

/* What writers of NIR keep as tuples is not compressed. */
static bool is_tuple(enum node_type type, const char *name)
{
    static const char *const tuples[] = {"stride", "padding", "dilation", "input_shape"};

    for (size_t index = 0; index < sizeof tuples / sizeof *tuples; index++)
        if ((type == NODE_CONV1D || type == NODE_CONV2D) && strcmp(name, tuples[index]) == 0)
            return true;
    return false;
}

static int copy_numbers(const struct writer *writer, hid_t dataset, hid_t to, const char *name,
                        const struct hdf5_extent *extent, bool compress)
{
    enum hdf5_type type = extent->class == HDF5_BOOLS ? HDF5_BOOL : extent->whole ? HDF5_INT64 : HDF5_DOUBLE;
    void *values = arena_allocate(writer->arena, extent->count, sizeof(double));

    if (!values)
        return no_memory(writer);
    if (hdf5_read(dataset, type, values, extent->count, writer->reason))
        return -1;
    return hdf5_write(to, name, type, extent->rank, extent->size, values, compress, writer->reason);
}

/* A dataset as it is, in the layout of the newest writer. */
static int copy_dataset(const struct writer *writer, hid_t from, hid_t to, const char *name, bool compress)
{
    struct hdf5_extent extent;
    char **texts;
    hid_t dataset = hdf5_open_dataset(from, name, writer->reason);
    int status = dataset < 0 ? -1 : hdf5_is_null(dataset) ? 1 : hdf5_extent(dataset, &extent, writer->reason);

    if (status == 0 && extent.class == HDF5_TEXTS) {
        status = hdf5_read_texts(dataset, writer->arena, &texts, extent.count, writer->reason);
        if (status == 0)
            status = hdf5_write_texts(to, name, extent.rank, extent.size, (const char *const *)texts, writer->reason);
    } else if (status == 0 && extent.class != HDF5_STRANGE) {
        status = copy_numbers(writer, dataset, to, name, &extent, compress);
    }
    hdf5_close(dataset);
    return status < 0 ? -1 : 0;
}

/* ---- metadata ---- */

static int write_options(const struct writer *writer, hid_t group)
{
    const struct options *options = &writer->export->image->options;
    const struct option_choice *choice;

    if (hdf5_write_number(group, "dt", options->dt, writer->reason) ||
        hdf5_write_number(group, "time_unit", options->time_unit, writer->reason) ||
        hdf5_write_integer(group, "weight_bits", options->weight_bits, writer->reason))
        return -1;
    for (size_t index = 0; (choice = option_choice_at(index)); index++)
        if (hdf5_write_text(group, choice->name, choice->words[option_choice_get(choice, options)], writer->reason))
            return -1;
    return 0;
}

static int write_origin(const struct writer *writer, hid_t metadata)
{
    hid_t group = hdf5_create_group(metadata, "nirloom", writer->reason);
    int status = group < 0 ? -1 : 0;

    if (status == 0)
        status = hdf5_write_text(group, "tool", "nirloom export", writer->reason);
    if (status == 0)
        status = hdf5_write_integer(group, "hardware", HW_VERSION, writer->reason);
    if (status == 0)
        status = hdf5_write_text(group, "board", writer->export->image->board, writer->reason);
    hid_t options = status == 0 ? hdf5_create_group(group, "options", writer->reason) : -1;
    status = options < 0 ? -1 : write_options(writer, options);
    hdf5_close(options);
    hdf5_close(group);
    return status;
}

double export_range(const struct image_population *population, bool current)
{
    /* calibrate.c's margin and a little less than all units: no finer one holds it, and it fits. */
    static const double share = 0.99 * 32767 / 1.5;
    double range = INFINITY;

    if (population->model == MODEL_INPUT)
        return population->graded ? population->limit * population->scale : 0;
    /* With units of neurons, the finest of them: that neuron decides how fine all may be. */
    for (size_t neuron = 0; neuron < population->size; neuron++)
        range = fmin(range, image_unit(population, neuron));
    if (!current)
        return range * share;
    double least = INFINITY;
    for (size_t neuron = 0; neuron < population->size; neuron++)
        if (population->current_unit[neuron] != 0)
            least = fmin(least, fabs(population->current_unit[neuron]));
    return isfinite(least) ? least * share : 0;
}

/* What weights that are shared by several projections, and clipped, do not tell. */
static int write_weight_unit(const struct writer *writer, hid_t group, const struct image_population *population)
{
    const struct image *image = writer->export->image;
    unsigned bits = 0;
    double unit = 0;

    for (size_t index = 0; index < image->projection_count; index++) {
        const struct image_projection *projection = &image->projections[index];
        if (&image->populations[projection->target] != population)
            continue;
        bits = bits == 0 || projection->weight_bits < bits ? projection->weight_bits : bits;
        unit = projection->scale;
    }
    if (bits == 0 || population->own_units)
        return 0;
    return hdf5_write_number(group, "weight_unit", unit, writer->reason) ||
                   hdf5_write_integer(group, "weight_bits", bits, writer->reason)
               ? -1
               : 0;
}

static int write_unit(const struct writer *writer, hid_t metadata, const struct image_population *population)
{
    bool current = model_has_current(population->model);
    bool range = population->model == MODEL_INPUT ? population->graded : writer->export->ranges;
    hid_t group = hdf5_create_group(metadata, "nirloom", writer->reason);
    int status = group < 0 ? -1 : hdf5_write_number(group, "unit", population->scale, writer->reason);

    if (status == 0 && range)
        status = hdf5_write_number(group, "range", export_range(population, false), writer->reason);
    if (status == 0 && range && current)
        status = hdf5_write_number(group, "current_range", export_range(population, true), writer->reason);
    if (status == 0)
        status = write_weight_unit(writer, group, population);
    hdf5_close(group);
    return status;
}

static int copy_metadata(const struct writer *writer, hid_t from, hid_t to, bool root)
{
    char **names;
    size_t count;
    hid_t old = hdf5_open_group(from, "metadata", writer->reason);
    int status = old < 0 ? -1 : hdf5_names(old, writer->arena, &names, &count, writer->reason);

    for (size_t index = 0; status == 0 && index < count; index++)
        if (strcmp(names[index], "nirloom") != 0 && !(root && strcmp(names[index], "dt") == 0))
            status = hdf5_copy(old, to, names[index], writer->reason);
    hdf5_close(old);
    return status;
}

/* Of the root, or of a node; population: of a node, or NULL. */
static int write_metadata(const struct writer *writer, hid_t from, hid_t to, bool root,
                          const struct image_population *population)
{
    bool old = hdf5_kind(from, "metadata") == HDF5_GROUP;

    if (!old && !root && !population)
        return 0;
    hid_t metadata = hdf5_create_group(to, "metadata", writer->reason);
    int status = metadata < 0 ? -1 : old ? copy_metadata(writer, from, metadata, root) : 0;
    if (status == 0 && root)
        status = hdf5_write_number(metadata, "dt", writer->export->image->options.dt, writer->reason);
    if (status == 0 && root)
        status = write_origin(writer, metadata);
    else if (status == 0 && population)
        status = write_unit(writer, metadata, population);
    hdf5_close(metadata);
    return status;
}

/* ---- nodes ---- */

static int copy_node(struct writer *writer, hid_t from, hid_t to, const char *path, bool root);

static int write_parameters(const struct writer *writer, hid_t from, hid_t to, enum node_type type, size_t index)
{
    const struct export *export = writer->export;
    bool known = index < export->graph.node_count;
    size_t count;
    const struct parameter_rule *rules = node_type_rules(type, &count);

    for (size_t place = 0; place < count; place++) {
        const char *name = rules[place].name;
        const struct parameter *parameter = known ? &export->graph.nodes[index].parameter[place] : NULL;
        const struct tensor *tensor = parameter ? &parameter->tensor : NULL;
        bool real = !is_tuple(type, name) && strcmp(name, "groups") != 0;
        int status = 0;

        if (known && export->changed[index] && real && parameter->present && !parameter->assumed)
            status = hdf5_write(to, name, HDF5_DOUBLE, tensor->rank, tensor->size, tensor->data, tensor->rank > 0,
                                writer->reason);
        else if (hdf5_kind(from, name) == HDF5_DATASET)
            status = copy_dataset(writer, from, to, name, !is_tuple(type, name));
        if (status)
            return -1;
    }
    return 0;
}

static int copy_nodes(struct writer *writer, hid_t from, hid_t to, const char *path)
{
    char **names;
    size_t count;
    hid_t source = hdf5_open_group(from, "nodes", writer->reason);
    hid_t target = source < 0 ? -1 : hdf5_create_group(to, "nodes", writer->reason);
    int status = target < 0 ? -1 : hdf5_names(source, writer->arena, &names, &count, writer->reason);

    for (size_t index = 0; status == 0 && index < count; index++) {
        if (hdf5_kind(source, names[index]) != HDF5_GROUP)
            continue;
        const char *inner = arena_print(writer->arena, *path ? "%s/%s" : "%s%s", path, names[index]);
        hid_t old = hdf5_open_group(source, names[index], writer->reason);
        hid_t new = old < 0 ? -1 : hdf5_create_group(target, names[index], writer->reason);
        status = !inner ? no_memory(writer) : new < 0 ? -1 : copy_node(writer, old, new, inner, false);
        hdf5_close(new);
        hdf5_close(old);
    }
    hdf5_close(target);
    hdf5_close(source);
    return status;
}

static int copy_node(struct writer *writer, hid_t from, hid_t to, const char *path, bool root)
{
    char *name = hdf5_read_text(from, "type", writer->arena, writer->reason);
    enum node_type type = name ? node_type_find(name) : NODE_TYPES;
    const struct image_population *population = NULL;
    int status;

    if (!name || writer->depth == DEPTH_MAX)
        return name ? hdf5_because(writer->reason, "is nested too deep") : -1;
    if (hdf5_write_text(to, "type", name, writer->reason))
        return -1;
    if (type == NODE_GRAPH) {
        writer->depth++;
        status = copy_nodes(writer, from, to, path);
        writer->depth--;
        if (status == 0)
            status = copy_dataset(writer, from, to, "edges", false);
    } else {
        size_t index = find_node(writer, root ? "node" : path);
        status = write_parameters(writer, from, to, type, index);
        if (index < writer->export->graph.node_count)
            population = find_population(writer, index);
    }
    return status ? -1 : write_metadata(writer, from, to, root, population);
}

static int write_tree(struct writer *writer, hid_t source, hid_t file)
{
    hid_t from = hdf5_open_group(source, "node", writer->reason);
    hid_t to = from < 0 ? -1 : hdf5_create_group(file, "node", writer->reason);
    int status = to < 0 ? -1 : copy_node(writer, from, to, "", true);

    if (status == 0)
        status = hdf5_write_text(file, "version", layout_version, writer->reason);
    hdf5_close(to);
    hdf5_close(from);
    return status;
}

int export_write(const struct export *export, const char *image_path, const char *path, char *temporary)
{
    char reason[HDF5_REASON_BYTES];
    struct arena scratch = {NULL};
    struct writer writer = {.export = export, .arena = &scratch, .reason = reason};
    hid_t source = hdf5_open(image_path, reason);
    hid_t file = source < 0 ? -1 : hdf5_create(path, temporary, reason);
    int status = file < 0 ? -1 : write_tree(&writer, source, file);

    if (file >= 0 && status)
        hdf5_abandon(file, temporary);
    else if (status == 0)
        status = hdf5_commit(file, temporary, temporary, reason); /* closed, its name kept for now */
    hdf5_close(source);
    arena_free(&scratch);
    return status ? diagnostics_error(export->diagnostics, "", "%s %s", path, reason) : 0;
}
