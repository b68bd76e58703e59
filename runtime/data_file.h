/* The tree of NIRGraphData in an HDF5 file (NIR, nir/data_ir), shared by data files and state files: a path name
 * "block/lif" is nodes/block/nodes/lif, whose observables are groups of datasets and attributes. */
#ifndef NIRLOOM_DATA_FILE_H
#define NIRLOOM_DATA_FILE_H

#include "diagnostics.h"
#include "hdf5_access.h"

#include <stdbool.h>
#include <stddef.h>

enum data_layout { DATA_LAYOUT_GRID, DATA_LAYOUT_EVENTS, DATA_LAYOUT_VALUED_EVENTS };

struct data_entry {   /* an observable of a file */
    hid_t group;      /* open */
    enum data_layout layout;
    char *node;       /* path name, nested graphs joined with '/' */
    char *observable;
    char *place;      /* for messages */
    size_t samples;
    size_t steps;     /* of a grid; 0 for events */
    size_t neurons;
    size_t events;    /* of events: columns of idx, padding counted */
    double t_max;     /* of events */
    double dt;        /* of a grid; 0 where it has none */
    double precision; /* of the times of events: the last bit of their type, relative */
    bool bools;       /* a grid of an enumeration */
};

struct data_listing {
    struct arena arena; /* of the names */
    struct diagnostics *diagnostics;
    struct data_entry *entries;
    size_t count;
    size_t groups;
};

/* ---- reading (data_list.c) ---- */

/* Lists every observable below file's nodes, sorted by node and name; sizes and attributes are checked, contents not.
 * The listing begins zeroed but for diagnostics. Returns 0, or -1 with an error; data_list_close() in any case. */
int data_list(struct data_listing *listing, hid_t file);
void data_list_close(struct data_listing *listing);

/* Samples first … first + count - 1 of an entry's dataset, as hdf5_read_rows(). */
int data_read_member(const struct data_entry *entry, const char *name, size_t first, size_t count, enum hdf5_type type,
                     void *values, size_t capacity, char *reason);

/* ---- writing (data_tree.c); reason as in hdf5_access.h ---- */

/* Makes an empty NIRGraphData of a new file. */
int data_create_root(hid_t file, char *reason);

/* The new group of an observable, with __type__ set; the groups and nested graphs on the way are made where they are
 * not there. To be closed. */
hid_t data_create_observable(hid_t file, const char *node, const char *observable, const char *type, char *reason);

/* A TimeGriddedData observable of numbers of that type, (samples, steps, neurons). */
int data_create_grid(hid_t file, const char *node, const char *observable, double dt, enum hdf5_type type,
                     const size_t size[3], const void *values, char *reason);

#endif
