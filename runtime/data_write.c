/* Data files, writing: NIRGraphData as the Python package nir reads it, a path name as nested graphs. */
#include "data.h"
#include "hdf5_access.h"

#include <string.h>

/* Group name of parent, made where it is not there; with the type attribute, which must be the same. */
static hid_t open_or_create(hid_t parent, const char *name, const char *type, char *reason)
{
    struct arena arena = {0};
    bool there = hdf5_kind(parent, name) != HDF5_ABSENT;
    hid_t group = there ? hdf5_open_group(parent, name, reason) : hdf5_create_group(parent, name, reason);
    int status = group < 0 ? -1 : 0;

    if (status == 0 && type && !there) {
        status = hdf5_set_text(group, "__type__", type, reason);
    } else if (status == 0 && type) {
        char *found = hdf5_attribute_text(group, "__type__", &arena, reason);
        if (!found || strcmp(found, type) != 0)
            status = hdf5_because(reason, "is both a node and a nested graph");
    }
    arena_free(&arena);
    if (status == 0)
        return group;
    hdf5_close(group);
    return -1;
}

/* The group of the observables of a node's path, below nodes. */
static hid_t open_observables(hid_t file, const char *path, char *reason)
{
    char name[HDF5_REASON_BYTES];
    hid_t parent = file;

    for (;;) {
        const char *slash = strchr(path, '/');
        size_t length = slash ? (size_t)(slash - path) : strlen(path);
        if (length == 0 || length >= sizeof name) {
            hdf5_because(reason, "the part '%.64s' of its name cannot be written", path);
            break;
        }
        memcpy(name, path, length);
        name[length] = '\0';
        hid_t nodes = open_or_create(parent, "nodes", NULL, reason);
        hid_t node = nodes < 0 ? -1 : open_or_create(nodes, name, slash ? "NIRGraphData" : "NIRNodeData", reason);
        hdf5_close(nodes);
        if (parent != file)
            hdf5_close(parent);
        parent = node;
        if (node < 0)
            return -1;
        if (!slash) {
            hid_t observables = open_or_create(node, "observables", NULL, reason);
            hdf5_close(node);
            return observables;
        }
        path = slash + 1;
    }
    if (parent != file)
        hdf5_close(parent);
    return -1;
}

static int write_series(hid_t file, const struct data *data, const struct data_series *series, char *reason)
{
    size_t size[3] = {data->samples, data->steps, series->neurons};
    const void *values = series->spikes ? (const void *)series->spikes : (const void *)series->values;
    hid_t observables = open_observables(file, series->node, reason);
    hid_t group = observables < 0 ? -1 : hdf5_create_group(observables, series->observable, reason);
    int status = -1;

    if (group >= 0 && hdf5_set_text(group, "__type__", "TimeGriddedData", reason) == 0 &&
        hdf5_set_number(group, "dt", data->dt, reason) == 0)
        status = hdf5_write(group, "data", series->spikes ? HDF5_BOOL : HDF5_DOUBLE, 3, size, values, true, reason);
    hdf5_close(group);
    hdf5_close(observables);
    return status;
}

static int write_answers(hid_t file, const struct data *data, char *reason)
{
    size_t size[2] = {data->samples, data->target_width};

    if (data->labels && hdf5_write(file, "labels", HDF5_INT64, 1, size, data->labels, false, reason) != 0)
        return -1;
    if (data->targets && hdf5_write(file, "targets", HDF5_DOUBLE, 2, size, data->targets, true, reason) != 0)
        return -1;
    return 0;
}

int data_write(const struct data *data, const char *path, struct diagnostics *diagnostics)
{
    char reason[HDF5_REASON_BYTES], temporary[HDF5_PATH_BYTES];
    const struct data_series *culprit = NULL;
    hid_t file = hdf5_create(path, temporary, reason);

    if (file < 0)
        return diagnostics_error(diagnostics, "", "%s", reason);
    int status = hdf5_set_text(file, "__type__", "NIRGraphData", reason);
    hid_t nodes = status == 0 ? hdf5_create_group(file, "nodes", reason) : -1;
    status = nodes < 0 ? -1 : 0;
    hdf5_close(nodes);
    for (size_t index = 0; status == 0 && index < data->series_count; index++) {
        status = write_series(file, data, &data->series[index], reason);
        culprit = status == 0 ? NULL : &data->series[index];
    }
    if (status == 0)
        status = write_answers(file, data, reason);
    if (status == 0)
        status = hdf5_commit(file, temporary, path, reason);
    else
        hdf5_abandon(file, temporary);
    if (status == 0)
        return 0;
    if (culprit)
        return diagnostics_error(diagnostics, "", "/%s/%s: %s", culprit->node, culprit->observable, reason);
    return diagnostics_error(diagnostics, "", "%s", reason);
}
