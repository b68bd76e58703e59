/* Checked helpers over HDF5: the only place that calls the library for files of any kind. They close
 * what they open, never print, follow no soft or external link, and refuse sizes that the file cannot
 * hold before memory is asked for.
 *
 * Every function that can fail takes a reason (HDF5_REASON_BYTES), filled on failure with a sentence part
 * without a place ("is a group, not a dataset"); functions that give an hid_t return -1 then, others -1 for 0. */
#ifndef NIRLOOM_HDF5_ACCESS_H
#define NIRLOOM_HDF5_ACCESS_H

#include "arena.h"

#include <hdf5.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    HDF5_REASON_BYTES = 256,
    HDF5_RANK_MAX = 8,
    HDF5_PATH_BYTES = 4096,
    HDF5_COUNT_MAX = 1 << 28, /* elements of one dataset */
    HDF5_TEXT_MAX = 1 << 16,  /* bytes of one string */
    HDF5_NAMES_MAX = 1 << 16  /* links of one group */
};

/* What a name is. A soft or external link is HDF5_LINK, wherever it leads. */
enum hdf5_kind { HDF5_ABSENT, HDF5_GROUP, HDF5_DATASET, HDF5_LINK, HDF5_OTHER };

/* What the elements are. Numbers: any integer or float of any width and byte order. Bools: an enumeration (h5py). */
enum hdf5_class { HDF5_NUMBERS, HDF5_BOOLS, HDF5_TEXTS, HDF5_STRANGE };

/* How numbers and bools lie in the caller's memory. HDF5_BOOL is uint8_t 0 or 1: when written, the file has
 * h5py's bool; when read, it is as HDF5_UINT8. */
enum hdf5_type {
    HDF5_DOUBLE,
    HDF5_INT64,
    HDF5_INT32,
    HDF5_INT16,
    HDF5_INT8,
    HDF5_UINT64,
    HDF5_UINT32,
    HDF5_UINT16,
    HDF5_UINT8,
    HDF5_BOOL
};

struct hdf5_extent {
    enum hdf5_class class;
    size_t rank; /* 0: a scalar */
    size_t size[HDF5_RANK_MAX];
    size_t count; /* product of the sizes */
    bool whole;   /* the file's numbers are integers or bools */
    size_t bytes; /* of one element, in the file */
};

/* ---- files ---- */

/* Opens for reading. The reason says what a file that is no HDF5 is instead (empty, zip, Git LFS pointer, folder). */
hid_t hdf5_open(const char *path, char *reason);

/* Begins a new file beside path, under the name put into temporary (HDF5_PATH_BYTES). */
hid_t hdf5_create(const char *path, char *temporary, char *reason);

/* Closes file and gives it its name, replacing what was there; or, on failure, removes it. */
int hdf5_commit(hid_t file, const char *temporary, const char *path, char *reason);

/* Closes file and removes it. */
void hdf5_abandon(hid_t file, const char *temporary);

/* Closes any identifier given by a function of this header; negative ones are left alone. */
void hdf5_close(hid_t object);

/* ---- looking around ---- */

enum hdf5_kind hdf5_kind(hid_t group, const char *name);

/* Name, by its one component, of a group or a dataset. */
hid_t hdf5_open_group(hid_t group, const char *name, char *reason);
hid_t hdf5_open_dataset(hid_t group, const char *name, char *reason);

/* The names in group, sorted by bytes, in the arena. */
int hdf5_names(hid_t group, struct arena *arena, char ***names, size_t *count, char *reason);

/* A number that is equal for two identifiers of the same object of one file, whatever the links to it. */
uint64_t hdf5_identity(hid_t object);

/* Size and class, checked: rank and count in bounds, storage that can hold it, filters that are there to undo. */
int hdf5_extent(hid_t dataset, struct hdf5_extent *extent, char *reason);

/* ---- reading datasets; each checks the extent anew ---- */

/* Elements first … first + count - 1 of the leading axis (all of the others) into values, converted to type;
 * a scalar is row 0 of 1. capacity is values' length in elements. Numbers outside an integer type are clipped. */
int hdf5_read_rows(hid_t dataset, size_t first, size_t count, enum hdf5_type type, void *values, size_t capacity,
                   char *reason);

/* The whole dataset, which must have exactly count elements. */
int hdf5_read(hid_t dataset, enum hdf5_type type, void *values, size_t count, char *reason);

/* Strings, of variable or fixed length, ASCII or UTF-8, without padding; count of them, in the arena. */
int hdf5_read_texts(hid_t dataset, struct arena *arena, char ***texts, size_t count, char *reason);

/* Datasets by name: a scalar (or one element) and a string. */
int hdf5_read_number(hid_t group, const char *name, double *value, char *reason);
int hdf5_read_integer(hid_t group, const char *name, int64_t *value, char *reason);
char *hdf5_read_text(hid_t group, const char *name, struct arena *arena, char *reason); /* NULL on failure */

/* ---- attributes of a group or dataset ---- */

bool hdf5_has_attribute(hid_t object, const char *name);
int hdf5_attribute_number(hid_t object, const char *name, double *value, char *reason);
int hdf5_attribute_integer(hid_t object, const char *name, int64_t *value, char *reason);
char *hdf5_attribute_text(hid_t object, const char *name, struct arena *arena, char *reason); /* NULL on failure */

/* ---- writing (hdf5_write.c) ---- */

hid_t hdf5_create_group(hid_t group, const char *name, char *reason);

/* A dataset of numbers; rank 0 is a scalar. compress: gzip in chunks (not for scalars and empty datasets). */
int hdf5_write(hid_t group, const char *name, enum hdf5_type type, size_t rank, const size_t *size,
               const void *values, bool compress, char *reason);
int hdf5_write_number(hid_t group, const char *name, double value, char *reason);
int hdf5_write_integer(hid_t group, const char *name, int64_t value, char *reason);

/* Strings of variable length in UTF-8; rank 0 is a scalar. */
int hdf5_write_texts(hid_t group, const char *name, size_t rank, const size_t *size, const char *const *texts,
                     char *reason);
int hdf5_write_text(hid_t group, const char *name, const char *text, char *reason);

int hdf5_set_number(hid_t object, const char *name, double value, char *reason);
int hdf5_set_integer(hid_t object, const char *name, int64_t value, char *reason);
int hdf5_set_text(hid_t object, const char *name, const char *text, char *reason);

/* Copies name of source, with all beneath it, to the same name in target. */
int hdf5_copy(hid_t source, hid_t target, const char *name, char *reason);

/* ---- shared by the two files ---- */

/* The library's type for values in memory; never to be closed. Not for HDF5_BOOL when writing. */
hid_t hdf5_memory_type(enum hdf5_type type);

/* Fills reason, printf-like, and returns -1. */
int hdf5_because(char *reason, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
