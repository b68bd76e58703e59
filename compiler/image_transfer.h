/* One pass over the layout of /loom (image_layout.h), in one of two directions: what its parts share. */
#ifndef NIRLOOM_IMAGE_TRANSFER_H
#define NIRLOOM_IMAGE_TRANSFER_H

#include "hdf5_access.h"
#include "image.h"
#include "image_columns.h"

enum {
    TRANSFER_RECORDS_MAX = 4096,
    TRANSFER_SEGMENTS_MAX = 1 << 20,
    TRANSFER_NEURONS_MAX = 1 << 24,
    TRANSFER_NAME_BYTES = 32
};

/* A table of columns and its length, for the functions below. */
#define TRANSFER_COLUMNS(table) (table), sizeof(table) / sizeof *(table)

struct transfer {
    bool writing;
    hid_t loom;
    struct image *image; /* only read when writing */
    char *reason;        /* HDF5_REASON_BYTES */
};

/* Fills the reason; -1. */
int transfer_fail(struct transfer *transfer, const char *text);

/* A group of /loom, to be closed with hdf5_close(); -1 with a reason. */
hid_t transfer_group(struct transfer *transfer, const char *name);

/* An array of structs: its columns. When reading, *records and *count are made. */
int transfer_records(struct transfer *transfer, hid_t group, const struct column *columns, size_t column_count,
                     void **records, size_t record_bytes, size_t *count, size_t most);

/* Numbers of the product of size elements; when reading, *values is made. */
int transfer_array(struct transfer *transfer, hid_t group, const char *name, enum hdf5_type type, size_t bytes,
                   size_t rank, const size_t *size, void **values);

/* The same with one axis, named "NAME_INDEX". */
int transfer_numbered(struct transfer *transfer, hid_t group, const char *name, size_t index, enum hdf5_type type,
                      size_t bytes, size_t count, void **values);

/* The names of structs whose first member is their name. */
int transfer_names(struct transfer *transfer, hid_t group, char *records, size_t record_bytes, size_t count);

/* The parts. 0, or -1 with a reason. */
int transfer_populations(struct transfer *transfer); /* image_layout_network.c */
int transfer_projections(struct transfer *transfer);
int transfer_mapping(struct transfer *transfer); /* image_layout_mapping.c */

#endif
