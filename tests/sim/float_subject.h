/* What the tests of the float oracle share: recordings read with HDF5 itself, so that nothing of the project
 * stands between an expectation and the oracle but the graph's passes, and a network to compare them with. */
#ifndef NIRLOOM_TESTS_FLOAT_SUBJECT_H
#define NIRLOOM_TESTS_FLOAT_SUBJECT_H

#include "float.h"
#include "support.h"

#include <criterion/criterion.h>
#include <hdf5.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NAME_BYTES = 256, SERIES_MAX = 32 };

/* An observable: the first samples of a dataset (samples, steps, neurons). */
struct series {
    char node[NAME_BYTES];
    char observable[NAME_BYTES];
    size_t samples;
    size_t steps;
    size_t neurons;
    double *data;
};

struct recording {
    struct series series[SERIES_MAX];
    size_t count;
    double dt;
};

/* The first limit rows (0: all) of the first axis, as doubles; sizes beyond the rank are 1. */
static inline double *read_dataset(hid_t file, const char *path, size_t limit, size_t sizes[3])
{
    hid_t dataset = H5Dopen2(file, path, H5P_DEFAULT);
    cr_assert(dataset >= 0, "%s", path);
    hid_t space = H5Dget_space(dataset), type = H5Dget_type(dataset);
    hsize_t dimensions[3] = {1, 1, 1}, start[3] = {0, 0, 0};
    cr_assert(H5Sget_simple_extent_ndims(space) <= 3);
    H5Sget_simple_extent_dims(space, dimensions, NULL);
    if (limit && dimensions[0] > limit)
        dimensions[0] = limit;
    H5Sselect_hyperslab(space, H5S_SELECT_SET, start, NULL, dimensions, NULL);
    hid_t memory = H5Screate_simple(H5Sget_simple_extent_ndims(space), dimensions, NULL);
    size_t count = 1;
    for (size_t axis = 0; axis < 3; axis++)
        count *= sizes[axis] = (size_t)dimensions[axis];
    double *numbers = malloc((count ? count : 1) * sizeof *numbers);
    cr_assert(numbers);
    if (H5Tget_class(type) == H5T_ENUM) {
        int8_t *bytes = malloc(count ? count : 1);
        cr_assert(bytes && H5Tget_size(type) == 1);
        cr_assert(H5Dread(dataset, type, memory, space, H5P_DEFAULT, bytes) >= 0, "%s", path);
        for (size_t index = 0; index < count; index++)
            numbers[index] = bytes[index];
        free(bytes);
    } else {
        cr_assert(H5Dread(dataset, H5T_NATIVE_DOUBLE, memory, space, H5P_DEFAULT, numbers) >= 0, "%s", path);
    }
    H5Sclose(memory);
    H5Tclose(type);
    H5Sclose(space);
    H5Dclose(dataset);
    return numbers;
}

static inline void add_series(struct recording *recording, hid_t file, const char *node, const char *observable,
                              size_t limit)
{
    struct series *series = &recording->series[recording->count++];
    char path[3 * NAME_BYTES];
    size_t sizes[3];

    cr_assert(recording->count <= SERIES_MAX);
    snprintf(series->node, NAME_BYTES, "%s", node);
    snprintf(series->observable, NAME_BYTES, "%s", observable);
    snprintf(path, sizeof path, "nodes/%s/observables/%s", node, observable);
    hid_t attribute = H5Aopen_by_name(file, path, "dt", H5P_DEFAULT, H5P_DEFAULT);
    cr_assert(attribute >= 0 && H5Aread(attribute, H5T_NATIVE_DOUBLE, &recording->dt) >= 0, "%s", path);
    H5Aclose(attribute);
    strcat(path, "/data");
    series->data = read_dataset(file, path, limit, sizes);
    series->samples = sizes[0];
    series->steps = sizes[1];
    series->neurons = sizes[2];
}

static inline void child_name(char *name, hid_t file, const char *group, hsize_t index)
{
    cr_assert(H5Lget_name_by_idx(file, group, H5_INDEX_NAME, H5_ITER_INC, index, name, NAME_BYTES, H5P_DEFAULT) >= 0);
}

static inline size_t child_count(hid_t file, const char *group)
{
    H5G_info_t info;

    cr_assert(H5Gget_info_by_name(file, group, &info, H5P_DEFAULT) >= 0, "%s", group);
    return (size_t)info.nlinks;
}

static inline void read_recording(struct recording *recording, const char *path, size_t limit)
{
    hid_t file = H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT);
    char node[NAME_BYTES], observable[NAME_BYTES], group[2 * NAME_BYTES];

    cr_assert(file >= 0, "%s", path);
    memset(recording, 0, sizeof *recording);
    for (hsize_t index = 0; index < child_count(file, "nodes"); index++) {
        child_name(node, file, "nodes", index);
        snprintf(group, sizeof group, "nodes/%s/observables", node);
        for (hsize_t kind = 0; kind < child_count(file, group); kind++) {
            child_name(observable, file, group, kind);
            add_series(recording, file, node, observable, limit);
        }
    }
    H5Fclose(file);
}

static inline void free_recording(struct recording *recording)
{
    for (size_t index = 0; index < recording->count; index++)
        free(recording->series[index].data);
}

static inline const struct series *find_series(const struct recording *recording, const char *node)
{
    for (size_t index = 0; index < recording->count; index++)
        if (strcmp(recording->series[index].node, node) == 0)
            return &recording->series[index];
    return NULL;
}

struct subject {
    struct arena arena;
    struct graph graph;
    struct diagnostics diagnostics;
    struct float_network *network;
};

static inline void show(const struct diagnostics *diagnostics)
{
    for (size_t index = 0; index < diagnostics->count; index++)
        if (diagnostics->messages[index].severity == SEVERITY_ERROR)
            cr_log_error("%s", diagnostics->messages[index].text);
}

static inline void load_subject(struct subject *subject, const char *path)
{
    memset(subject, 0, sizeof *subject);
    subject->graph.arena = &subject->arena;
    diagnostics_begin(&subject->diagnostics, path);
    int status = graph_load(&subject->graph, path, &subject->diagnostics);
    show(&subject->diagnostics);
    cr_assert(status == 0, "%s", path);
}

static inline void open_subject(struct subject *subject, const char *path, const struct options *options)
{
    load_subject(subject, path);
    int status = float_network_open(&subject->network, &subject->graph, options, &subject->diagnostics);
    show(&subject->diagnostics);
    cr_assert(status == 0, "%s", path);
}

static inline void close_subject(struct subject *subject)
{
    float_network_close(subject->network);
    diagnostics_free(&subject->diagnostics);
    arena_free(&subject->arena);
}

/* The expectations join the names of nested graphs with dots. */
static inline size_t find_node(const struct graph *graph, const char *name)
{
    for (size_t index = 0; index < graph->node_count; index++) {
        const char *own = graph->nodes[index].name;
        size_t length = 0;
        while (own[length] && (own[length] == name[length] || (own[length] == '/' && name[length] == '.')))
            length++;
        if (!own[length] && !name[length])
            return index;
    }
    cr_assert_fail("no node %s", name);
    return 0;
}

static inline void run_step(struct subject *subject, const struct recording *inputs, size_t sample, size_t step)
{
    const double *pointers[SERIES_MAX] = {NULL};

    for (size_t input = 0; input < float_network_input_count(subject->network); input++) {
        size_t node = float_network_input_node(subject->network, input);
        const struct series *series = find_series(inputs, subject->graph.nodes[node].name);
        cr_assert(series && sample < series->samples, "%s", subject->graph.nodes[node].name);
        cr_assert_eq(series->neurons, float_network_size(subject->network, node));
        pointers[input] = series->data + (sample * series->steps + step) * series->neurons;
    }
    float_network_step(subject->network, pointers);
}

static inline size_t check_step(struct subject *subject, const struct recording *expected, size_t sample, size_t step,
                         const char *name)
{
    size_t checked = 0;

    for (size_t index = 0; index < expected->count; index++) {
        const struct series *series = &expected->series[index];
        if (sample >= series->samples)
            continue;
        size_t node = find_node(&subject->graph, series->node);
        bool spikes = strcmp(series->observable, "spikes") == 0;
        const double *got = strcmp(series->observable, "v") == 0   ? float_network_membrane(subject->network, node)
                            : strcmp(series->observable, "i") == 0 ? float_network_current(subject->network, node)
                                                                   : float_network_output(subject->network, node);
        cr_assert(got && series->neurons == float_network_size(subject->network, node), "%s", series->node);
        for (size_t neuron = 0; neuron < series->neurons; neuron++) {
            double want = series->data[(sample * series->steps + step) * series->neurons + neuron];
            double slack = spikes ? 0 : 1e-9 * fmax(1, fabs(want));
            cr_assert(fabs(got[neuron] - want) <= slack,
                      "%s, %s %s, sample %zu, step %zu, neuron %zu: %.17g, not %.17g", name, series->node,
                      series->observable, sample, step, neuron, got[neuron], want);
            checked++;
        }
    }
    return checked;
}

/* Runs the first samples of a network and compares all that expected has of them. The data say dt in the file's
 * own unit of time. */
static inline void compare(const char *network, const char *inputs, const char *expected, struct options options,
                           size_t limit)
{
    struct recording given, wanted;
    struct subject subject;
    size_t checked = 0;

    read_recording(&given, inputs, limit);
    read_recording(&wanted, expected, limit);
    options.dt = given.dt * options.time_unit;
    open_subject(&subject, network, &options);
    for (size_t sample = 0; sample < given.series[0].samples; sample++) {
        float_network_reset(subject.network);
        for (size_t step = 0; step < given.series[0].steps; step++) {
            run_step(&subject, &given, sample, step);
            checked += check_step(&subject, &wanted, sample, step, network);
        }
    }
    cr_expect(checked > 0, "%s: nothing was compared", network);
    close_subject(&subject);
    free_recording(&given);
    free_recording(&wanted);
}

#endif
