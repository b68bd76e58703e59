/* Transpose: a file, not a graph in memory, is the result, so that an image made from it holds what it computes. */
#include "transpose.h"

#include "graph.h"
#include "hdf5_access.h"

#include <string.h>

enum { DEPTH_MAX = 2 * GRAPH_DEPTH_MAX + 4 }; /* groups: a node's, and the one called nodes */

struct copier {
    struct arena arena;
    struct diagnostics *diagnostics;
    size_t depth;
};

static int fail(struct copier *copier, const char *place, const char *reason)
{
    return diagnostics_error(copier->diagnostics, place, "%s", reason);
}

/* to[j][i] = from[i][j] for each matrix of the last two axes. */
static void exchange(double *to, const double *from, size_t count, size_t rows, size_t columns)
{
    for (size_t matrix = 0; matrix < count; matrix += rows * columns)
        for (size_t row = 0; row < rows; row++)
            for (size_t column = 0; column < columns; column++)
                to[matrix + column * rows + row] = from[matrix + row * columns + column];
}

static int copy_weight(struct copier *copier, hid_t from, hid_t to, const char *place)
{
    char reason[HDF5_REASON_BYTES];
    struct hdf5_extent extent;
    hid_t dataset = hdf5_open_dataset(from, "weight", reason);
    int status = dataset < 0 ? -1 : hdf5_extent(dataset, &extent, reason);

    if (status == 0 && extent.rank < 2)
        status = hdf5_because(reason, "has %zu axes; give (outputs, inputs)", extent.rank);
    if (status == 0) {
        double *stored = arena_allocate(&copier->arena, extent.count, sizeof *stored);
        double *exchanged = arena_allocate(&copier->arena, extent.count, sizeof *exchanged);
        size_t *rows = &extent.size[extent.rank - 2], *columns = &extent.size[extent.rank - 1], former = *rows;
        status = stored && exchanged ? hdf5_read(dataset, HDF5_DOUBLE, stored, extent.count, reason)
                                     : hdf5_because(reason, "memory is short");
        if (status == 0) {
            exchange(exchanged, stored, extent.count, *rows, *columns);
            *rows = *columns;
            *columns = former;
            status = hdf5_write(to, "weight", HDF5_DOUBLE, extent.rank, extent.size, exchanged, true, reason);
        }
    }
    hdf5_close(dataset);
    return status == 0 ? 0 : fail(copier, place, reason);
}

static bool is_linear(struct copier *copier, hid_t group)
{
    char reason[HDF5_REASON_BYTES];
    const char *type = hdf5_kind(group, "type") == HDF5_DATASET ? hdf5_read_text(group, "type", &copier->arena, reason)
                                                                : NULL;

    return type && (strcmp(type, node_type_name(NODE_LINEAR)) == 0 || strcmp(type, node_type_name(NODE_AFFINE)) == 0);
}

static int copy_group(struct copier *copier, hid_t from, hid_t to, const char *place);

static int copy_entry(struct copier *copier, hid_t from, hid_t to, const char *name, bool linear, const char *place)
{
    char reason[HDF5_REASON_BYTES];

    if (linear && strcmp(name, "weight") == 0)
        return copy_weight(copier, from, to, place);
    if (hdf5_kind(from, name) != HDF5_GROUP || strcmp(name, "metadata") == 0)
        return hdf5_copy(from, to, name, reason) == 0 ? 0 : fail(copier, place, reason);
    hid_t source = hdf5_open_group(from, name, reason);
    hid_t target = source < 0 ? -1 : hdf5_create_group(to, name, reason);
    int status = target < 0 ? fail(copier, place, reason) : copy_group(copier, source, target, place);
    hdf5_close(target);
    hdf5_close(source);
    return status;
}

static int copy_group(struct copier *copier, hid_t from, hid_t to, const char *place)
{
    char reason[HDF5_REASON_BYTES], **names;
    size_t count;
    int status = 0;

    if (copier->depth == DEPTH_MAX)
        return fail(copier, place, "is nested too deep");
    if (hdf5_names(from, &copier->arena, &names, &count, reason) != 0)
        return fail(copier, place, reason);
    bool linear = is_linear(copier, from);
    copier->depth++;
    for (size_t index = 0; status == 0 && index < count; index++) {
        const char *inner = arena_print(&copier->arena, "%s/%s", place, names[index]);
        status = copy_entry(copier, from, to, names[index], linear, inner ? inner : place);
    }
    copier->depth--;
    return status;
}

int transpose_weights(const char *path, const char *transposed, struct diagnostics *diagnostics)
{
    struct copier copier = {.diagnostics = diagnostics};
    struct graph graph = {.arena = &copier.arena};
    char reason[HDF5_REASON_BYTES], temporary[HDF5_PATH_BYTES];

    if (graph_read(&graph, path, diagnostics) != 0) { /* what it takes is sound enough to be copied */
        arena_free(&copier.arena);
        return -1;
    }
    hid_t source = hdf5_open(path, reason);
    hid_t target = source < 0 ? -1 : hdf5_create(transposed, temporary, reason);
    int status = target < 0 ? fail(&copier, "", reason) : 0;
    if (status == 0 && hdf5_kind(source, "version") == HDF5_DATASET)
        status = copy_entry(&copier, source, target, "version", false, "/version");
    if (status == 0)
        status = copy_entry(&copier, source, target, "node", false, "");
    if (target >= 0 && status != 0)
        hdf5_abandon(target, temporary);
    else if (target >= 0 && hdf5_commit(target, temporary, transposed, reason) != 0)
        status = fail(&copier, "", reason);
    hdf5_close(source);
    arena_free(&copier.arena);
    return status;
}
