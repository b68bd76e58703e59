/* NIR files of graphs (write_graph.h), with HDF5 itself, so that nothing of the project's own writer is between. */
#include "write_graph.h"

#include "support.h"

#include <hdf5.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

struct writer {
    uint64_t state;
    bool compressed;
    bool failed;
};

static void write_dataset(struct writer *writer, hid_t group, const char *name, hid_t file_type, hid_t memory_type,
                          int rank, const hsize_t *size, const void *data)
{
    hid_t space = rank ? H5Screate_simple(rank, size, NULL) : H5Screate(H5S_SCALAR);
    hid_t plan = H5Pcreate(H5P_DATASET_CREATE);

    if (writer->compressed && rank && memory_type == H5T_NATIVE_DOUBLE) {
        hsize_t chunk[H5S_MAX_RANK];
        for (int axis = 0; axis < rank; axis++)
            chunk[axis] = random_below(&writer->state, 4) ? size[axis] : (size[axis] + 1) / 2;
        writer->failed |= H5Pset_chunk(plan, rank, chunk) < 0 || H5Pset_deflate(plan, 4) < 0;
    }
    hid_t dataset = H5Dcreate2(group, name, file_type, space, H5P_DEFAULT, plan, H5P_DEFAULT);
    writer->failed |= dataset < 0 || H5Dwrite(dataset, memory_type, H5S_ALL, H5S_ALL, H5P_DEFAULT, data) < 0;
    if (dataset >= 0)
        H5Dclose(dataset);
    H5Pclose(plan);
    H5Sclose(space);
}

static void write_texts(struct writer *writer, hid_t group, const char *name, int rank, const hsize_t *size,
                        const char *const *texts)
{
    hid_t type = H5Tcopy(H5T_C_S1);

    writer->failed |= H5Tset_size(type, H5T_VARIABLE) < 0 || H5Tset_cset(type, H5T_CSET_UTF8) < 0;
    write_dataset(writer, group, name, type, type, rank, size, texts);
    H5Tclose(type);
}

static hid_t make_group(struct writer *writer, hid_t group, const char *name)
{
    hid_t made = H5Gcreate2(group, name, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);

    writer->failed |= made < 0;
    return made;
}

/* A type that holds all numbers of tensor exactly. */
static hid_t choose_type(struct writer *writer, const struct tensor *tensor)
{
    const hid_t whole_types[] = {H5T_STD_I64LE, H5T_STD_I64LE, H5T_STD_I32LE, H5T_STD_I32BE};
    bool whole = true, single = true;

    for (size_t index = 0; index < tensor->count; index++) {
        double value = tensor->data[index];
        whole &= value == rint(value) && fabs(value) < 0x1p31 && !(value == 0 && signbit(value));
        single &= (double)(float)value == value;
    }
    if (whole)
        return whole_types[random_below(&writer->state, 4)];
    if (single && random_below(&writer->state, 4))
        return H5T_IEEE_F32LE;
    return random_below(&writer->state, 8) ? H5T_IEEE_F64LE : H5T_IEEE_F64BE;
}

static void write_parameter(struct writer *writer, hid_t group, const struct parameter *parameter)
{
    const struct tensor *tensor = &parameter->tensor;
    const char *text = parameter->text;
    hsize_t size[SHAPE_MAX];

    if (!parameter->present)
        return;
    if (text) {
        write_texts(writer, group, parameter->name, 0, NULL, &text);
        return;
    }
    for (size_t axis = 0; axis < tensor->rank; axis++)
        size[axis] = tensor->size[axis];
    write_dataset(writer, group, parameter->name, choose_type(writer, tensor), H5T_NATIVE_DOUBLE, (int)tensor->rank,
                  size, tensor->data);
}

/* 0 … count - 1 in a random order; the caller's to free. */
static size_t *shuffle(struct writer *writer, size_t count)
{
    size_t *order = calloc(count ? count : 1, sizeof *order);

    for (size_t index = 0; order && index < count; index++) {
        size_t other = random_below(&writer->state, index + 1);
        order[index] = order[other];
        order[other] = index;
    }
    writer->failed |= !order;
    return order;
}

static void write_edges(struct writer *writer, hid_t group, const struct graph *graph)
{
    size_t *order = shuffle(writer, graph->edge_count);
    const char **names = calloc(2 * graph->edge_count + 1, sizeof *names);
    hsize_t none = 0, size[] = {graph->edge_count, 2};
    double nothing = 0;

    writer->failed |= !names;
    for (size_t edge = 0; !writer->failed && edge < graph->edge_count; edge++) {
        names[2 * order[edge]] = graph->nodes[graph->edges[edge].source].name;
        names[2 * order[edge] + 1] = graph->nodes[graph->edges[edge].target].name;
    }
    if (!writer->failed && graph->edge_count)
        write_texts(writer, group, "edges", 2, size, names);
    else if (!writer->failed) /* as h5py writes an empty list */
        write_dataset(writer, group, "edges", H5T_IEEE_F64LE, H5T_IEEE_F64LE, 1, &none, &nothing);
    free(names);
    free(order);
}

static void write_graph_group(struct writer *writer, hid_t group, const struct graph *graph)
{
    const char *type = "NIRGraph";
    size_t *order = shuffle(writer, graph->node_count);
    hid_t nodes = make_group(writer, group, "nodes");

    write_texts(writer, group, "type", 0, NULL, &type);
    write_edges(writer, group, graph);
    for (size_t index = 0; !writer->failed && index < graph->node_count; index++) {
        const struct node *node = &graph->nodes[order[index]];
        hid_t own = make_group(writer, nodes, node->name);
        if (node->type == NODE_GRAPH) {
            write_graph_group(writer, own, node->graph);
        } else {
            const char *name = node_type_name(node->type);
            write_texts(writer, own, "type", 0, NULL, &name);
            for (size_t each = 0; each < node->parameter_count; each++)
                write_parameter(writer, own, &node->parameter[each]);
        }
        H5Gclose(own);
    }
    H5Gclose(nodes);
    free(order);
}

int write_graph(const struct graph *graph, const char *path, uint64_t seed)
{
    struct writer writer = {.state = seed * 2 + 1};
    const char *version = graph->version;
    hid_t file = H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);

    if (file < 0)
        return -1;
    for (int warm_up = 0; warm_up < 8; warm_up++)
        random_next(&writer.state);
    writer.compressed = random_below(&writer.state, 2) == 0;
    hid_t root = make_group(&writer, file, "node");
    if (version && *version)
        write_texts(&writer, file, "version", 0, NULL, &version);
    if (graph->metadata_dt > 0) {
        hid_t metadata = make_group(&writer, root, "metadata");
        write_dataset(&writer, metadata, "dt", H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, 0, NULL, &graph->metadata_dt);
        H5Gclose(metadata);
    }
    write_graph_group(&writer, root, graph);
    H5Gclose(root);
    writer.failed |= H5Fclose(file) < 0;
    return writer.failed ? -1 : 0;
}
