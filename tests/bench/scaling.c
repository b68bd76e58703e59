/* Writes the networks that strong scaling is measured with, one with a row of neurons for each of 256 cores (suite
 * mappings), or one of them, and their inputs: scaling FOLDER [NETWORK]. Weights are random, from a fixed seed; thresholds are such that about
 * every tenth neuron fires in a step. */
#include "data.h"
#include "hdf5_access.h"
#include "support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SAMPLES = 1, STEPS = 32, NAME_BYTES = 32, PATH_BYTES = 512, LAYERS_MAX = 4, SEED = 20240229 };

static const double DT = 1e-3, TAU = 2e-3;

/* A linear node and the LIF behind it: dense where kernel is 0. */
struct layer {
    int64_t shape[3]; /* of the LIF: channels, rows, columns, or neurons, 0, 0 */
    int64_t kernel;
    int64_t stride;
    double threshold;
};

struct bench {
    const char *name;
    int64_t input[3];
    double density; /* of its spikes */
    size_t layer_count;
    struct layer layers[LAYERS_MAX];
};

static const struct bench benches[] = {
    { "dense", { 4096, 0, 0 }, 0.1, 3,
      { { { 2048, 0, 0 }, 0, 0, 17 }, { { 1024, 0, 0 }, 0, 0, 12 }, { { 10, 0, 0 }, 0, 0, 8.5 } } },
    { "convolutional", { 2, 64, 16 }, 0.3, 4,
      { { { 32, 64, 16 }, 7, 1, 3.6 }, { { 32, 64, 16 }, 7, 1, 11 }, { { 32, 16, 4 }, 7, 4, 9 }, { { 10, 0, 0 }, 0, 0, 6 } } },
    { "narrow", { 2, 64, 64 }, 0.1, 4,
      { { { 8, 64, 64 }, 5, 1, 1.9 }, { { 8, 64, 64 }, 5, 1, 3.8 }, { { 8, 8, 8 }, 9, 8, 6.8 }, { { 10, 0, 0 }, 0, 0, 6 } } },
    { "rows", { 2, 256, 4 }, 0.2, 2, { { { 4, 256, 4 }, 3, 1, 1.2 }, { { 4, 256, 4 }, 3, 1, 1.5 } } },
};

static char reason[HDF5_REASON_BYTES];

static void must(int status)
{
    if (status < 0) {
        fprintf(stderr, "scaling: %s\n", reason);
        exit(1);
    }
}

static size_t rank_of(const int64_t *shape)
{
    return shape[1] ? 3 : 1;
}

static size_t size_of(const int64_t *shape)
{
    return (size_t)(shape[0] * (shape[1] ? shape[1] * shape[2] : 1));
}

static hid_t add_node(hid_t nodes, const char *name, const char *type)
{
    hid_t node = hdf5_create_group(nodes, name, reason);

    must(node < 0 ? -1 : hdf5_write_text(node, "type", type, reason));
    return node;
}

static void add_port(hid_t nodes, const char *name, const char *type, const int64_t *shape)
{
    hid_t node = add_node(nodes, name, type);
    size_t rank = rank_of(shape);

    must(hdf5_write(node, "shape", HDF5_INT64, 1, &rank, shape, false, reason));
    hdf5_close(node);
}

static void write_weights(hid_t node, uint64_t *random, size_t rank, const size_t *size)
{
    size_t count = 1;

    for (size_t axis = 0; axis < rank; axis++)
        count *= size[axis];
    double *weights = malloc(count * sizeof *weights);
    for (size_t index = 0; weights && index < count; index++)
        weights[index] = 2 * random_unit(random) - 1;
    must(weights ? hdf5_write(node, "weight", HDF5_DOUBLE, rank, size, weights, false, reason) : -1);
    free(weights);
}

static void add_linear(hid_t nodes, const char *name, const int64_t *from, const struct layer *layer, uint64_t *random)
{
    size_t size[] = { size_of(layer->shape), size_of(from) };
    hid_t node = add_node(nodes, name, "Linear");

    write_weights(node, random, 2, size);
    hdf5_close(node);
}

static void add_convolution(hid_t nodes, const char *name, const int64_t *from, const struct layer *layer,
                            uint64_t *random)
{
    size_t kernel = (size_t)layer->kernel, channels = (size_t)layer->shape[0], two = 2;
    size_t size[] = { channels, (size_t)from[0], kernel, kernel };
    int64_t stride[] = { layer->stride, layer->stride }, padding[] = { layer->kernel / 2, layer->kernel / 2 };
    int64_t dilation[] = { 1, 1 };
    double *bias = calloc(channels, sizeof *bias);
    hid_t node = add_node(nodes, name, "Conv2d");

    write_weights(node, random, 4, size);
    must(bias ? hdf5_write(node, "bias", HDF5_DOUBLE, 1, &channels, bias, false, reason) : -1);
    must(hdf5_write(node, "stride", HDF5_INT64, 1, &two, stride, false, reason));
    must(hdf5_write(node, "padding", HDF5_INT64, 1, &two, padding, false, reason));
    must(hdf5_write(node, "dilation", HDF5_INT64, 1, &two, dilation, false, reason));
    must(hdf5_write_integer(node, "groups", 1, reason));
    must(hdf5_write(node, "input_shape", HDF5_INT64, 1, &two, from + 1, false, reason));
    hdf5_close(node);
    free(bias);
}

static void add_flatten(hid_t nodes, const char *name, const int64_t *from)
{
    size_t rank = rank_of(from);
    hid_t node = add_node(nodes, name, "Flatten");

    must(hdf5_write_integer(node, "start_dim", 0, reason));
    must(hdf5_write_integer(node, "end_dim", -1, reason));
    must(hdf5_write(node, "input_type", HDF5_INT64, 1, &rank, from, false, reason));
    hdf5_close(node);
}

/* r dt / tau is 1: what arrives is added whole, and half of v is lost in a step. */
static void add_lif(hid_t nodes, const char *name, const struct layer *layer)
{
    const struct {
        const char *name;
        double value;
    } parameters[] = { { "tau", TAU }, { "r", TAU / DT }, { "v_leak", 0 }, { "v_reset", 0 },
                       { "v_threshold", layer->threshold } };
    size_t rank = rank_of(layer->shape), size[3], count = size_of(layer->shape);
    double *values = malloc(count * sizeof *values);
    hid_t node = add_node(nodes, name, "LIF");

    for (size_t axis = 0; axis < rank; axis++)
        size[axis] = (size_t)layer->shape[axis];
    for (size_t parameter = 0; parameter < sizeof parameters / sizeof *parameters; parameter++) {
        for (size_t index = 0; values && index < count; index++)
            values[index] = parameters[parameter].value;
        must(values ? hdf5_write(node, parameters[parameter].name, HDF5_DOUBLE, rank, size, values, false, reason) : -1);
    }
    hdf5_close(node);
    free(values);
}

static void write_network(const struct bench *bench, const char *path)
{
    char temporary[HDF5_PATH_BYTES], names[2 * LAYERS_MAX + 3][NAME_BYTES];
    const char *edges[2 * (2 * LAYERS_MAX + 3)];
    size_t count = 0, edge_size[2] = { 0, 2 };
    uint64_t random = SEED;
    hid_t file = hdf5_create(path, temporary, reason);

    must(file < 0 ? -1 : hdf5_write_text(file, "version", "1.0", reason));
    hid_t graph = hdf5_create_group(file, "node", reason);
    must(graph < 0 ? -1 : hdf5_write_text(graph, "type", "NIRGraph", reason));
    hid_t metadata = hdf5_create_group(graph, "metadata", reason);
    must(metadata < 0 ? -1 : hdf5_write_number(metadata, "dt", DT, reason));
    hdf5_close(metadata);
    hid_t nodes = hdf5_create_group(graph, "nodes", reason);
    must(nodes < 0 ? -1 : 0);
    snprintf(names[count++], NAME_BYTES, "input");
    add_port(nodes, "input", "Input", bench->input);
    for (size_t layer = 0; layer < bench->layer_count; layer++) {
        const struct layer *own = &bench->layers[layer];
        const int64_t *from = layer ? own[-1].shape : bench->input;
        if (!own->kernel && rank_of(from) > 1) {
            snprintf(names[count], NAME_BYTES, "flatten");
            add_flatten(nodes, names[count++], from);
        }
        snprintf(names[count], NAME_BYTES, "map%zu", layer + 1);
        (own->kernel ? add_convolution : add_linear)(nodes, names[count++], from, own, &random);
        snprintf(names[count], NAME_BYTES, "lif%zu", layer + 1);
        add_lif(nodes, names[count++], own);
    }
    snprintf(names[count++], NAME_BYTES, "output");
    add_port(nodes, "output", "Output", bench->layers[bench->layer_count - 1].shape);
    for (size_t node = 0; node + 1 < count; node++) {
        edges[2 * node] = names[node];
        edges[2 * node + 1] = names[node + 1];
    }
    edge_size[0] = count - 1;
    must(hdf5_write_texts(graph, "edges", 2, edge_size, edges, reason));
    hdf5_close(nodes);
    hdf5_close(graph);
    must(hdf5_commit(file, temporary, path, reason));
}

static void write_input(const struct bench *bench, const char *path)
{
    struct data data = { .samples = SAMPLES, .steps = STEPS, .dt = DT };
    struct diagnostics diagnostics;
    uint64_t random = SEED + 1;
    size_t neurons = size_of(bench->input);

    diagnostics_begin(&diagnostics, path);
    struct data_series *series = data_add(&data, "input", "spikes", neurons, true);
    for (size_t index = 0; series && index < SAMPLES * STEPS * neurons; index++)
        series->spikes[index] = random_unit(&random) < bench->density;
    if (!series || data_write(&data, path, &diagnostics)) {
        fprintf(stderr, "scaling: %s cannot be written\n", path);
        exit(1);
    }
    diagnostics_free(&diagnostics);
    data_free(&data);
}

int main(int argc, char **argv)
{
    if (argc != 2 && argc != 3) {
        fprintf(stderr, "usage: scaling FOLDER [NETWORK]\n");
        return 2;
    }
    for (size_t index = 0; index < sizeof benches / sizeof *benches; index++) {
        char path[PATH_BYTES];

        if (argc == 3 && strcmp(argv[2], benches[index].name) != 0)
            continue;
        snprintf(path, sizeof path, "%s/%s.nir", argv[1], benches[index].name);
        write_network(&benches[index], path);
        snprintf(path, sizeof path, "%s/%s.h5", argv[1], benches[index].name);
        write_input(&benches[index], path);
    }
    return 0;
}
