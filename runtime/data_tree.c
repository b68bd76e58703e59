/* NIRGraphData in HDF5, writing: groups and attributes as the Python package nir reads them, a path name as nested
 * graphs. */
#include "data_file.h"

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

/* The group of the observables of a node's path, below nodes. To be closed. */
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

int data_create_root(hid_t file, char *reason)
{
    hid_t nodes = hdf5_set_text(file, "__type__", "NIRGraphData", reason) == 0
                      ? hdf5_create_group(file, "nodes", reason)
                      : -1;

    hdf5_close(nodes);
    return nodes < 0 ? -1 : 0;
}

hid_t data_create_observable(hid_t file, const char *node, const char *observable, const char *type, char *reason)
{
    hid_t observables = open_observables(file, node, reason);
    hid_t group = observables < 0 ? -1 : hdf5_create_group(observables, observable, reason);

    hdf5_close(observables);
    if (group < 0 || hdf5_set_text(group, "__type__", type, reason) == 0)
        return group;
    hdf5_close(group);
    return -1;
}

int data_create_grid(hid_t file, const char *node, const char *observable, double dt, enum hdf5_type type,
                     const size_t size[3], const void *values, char *reason)
{
    hid_t group = data_create_observable(file, node, observable, "TimeGriddedData", reason);
    int status = -1;

    if (group >= 0 && hdf5_set_number(group, "dt", dt, reason) == 0)
        status = hdf5_write(group, "data", type, 3, size, values, true, reason);
    hdf5_close(group);
    return status;
}
