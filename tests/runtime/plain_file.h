/* NIRGraphData files made and looked at with plain HDF5 calls, for tests of what reads and writes them. */
#ifndef NIRLOOM_TESTS_PLAIN_FILE_H
#define NIRLOOM_TESTS_PLAIN_FILE_H

#include <hdf5.h>
#include <stdbool.h>

/* A new file with its root's __type__ and an empty nodes. */
hid_t plain_create(const char *path);

/* Below nodes of parent (a file or a NIRGraphData): a node with observables, or a graph with nodes. */
hid_t plain_node(hid_t parent, const char *name);
hid_t plain_graph(hid_t parent, const char *name);

/* Below observables of node. */
hid_t plain_observable(hid_t node, const char *name, const char *type);

void plain_text(hid_t object, const char *name, const char *text);
void plain_number(hid_t object, const char *name, double value); /* float64 attribute */
void plain_whole(hid_t object, const char *name, long long value); /* int64 attribute */

/* A dataset of file_type from values of memory_type; gzip in one chunk, or contiguous. */
void plain_dataset(hid_t group, const char *name, hid_t file_type, hid_t memory_type, int rank, const hsize_t *size,
                   const void *values, bool gzip);

/* float64 grid of (samples, steps, neurons) with dt, and its contents. */
void plain_grid(hid_t node, const char *name, double dt, hsize_t samples, hsize_t steps, hsize_t neurons,
                const double *values);

/* h5py's bool; to be closed. */
hid_t plain_bool_type(void);

void plain_close(hid_t object);

#endif
