/* Arrays of structs as columns of a file: one dataset a member, all numbers, with limits that are checked on the
 * way in. Knows HDF5 only through hdf5_access.h, and nothing of images. */
#ifndef NIRLOOM_IMAGE_COLUMNS_H
#define NIRLOOM_IMAGE_COLUMNS_H

#include "hdf5_access.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum column_kind { COLUMN_SIZE, COLUMN_UNSIGNED, COLUMN_INT, COLUMN_INT32, COLUMN_UINT32, COLUMN_BOOL, COLUMN_DOUBLE };

struct column {
    const char *name; /* of the dataset */
    enum column_kind kind;
    size_t offset; /* of the member */
    int64_t most;  /* largest integer; the smallest is 0, of COLUMN_INT -most */
};

/* A member of a struct; enumerations are COLUMN_UNSIGNED. */
#define COLUMN(tag, member, kind, most)                                                                                \
    {                                                                                                                  \
        #member, kind, offsetof(struct tag, member), most                                                              \
    }

/* Writes the columns of records (record_bytes each) as datasets of group; or reads them, each of exactly count
 * elements. 0, or -1 with a reason. */
int columns_write(hid_t group, const struct column *columns, size_t column_count, const void *records,
                  size_t record_bytes, size_t count, char *reason);
int columns_read(hid_t group, const struct column *columns, size_t column_count, void *records, size_t record_bytes,
                 size_t count, char *reason);

/* Elements of the dataset of that name; -1 with a reason if it is none or has more than one axis. */
int columns_length(hid_t group, const char *name, size_t *count, char *reason);

/* A whole dataset of count numbers in the arena, size looked at before memory is asked for; NULL with a reason.
 * bytes: of one element of type. */
void *columns_read_array(hid_t group, const char *name, enum hdf5_type type, size_t bytes, size_t count,
                         struct arena *arena, char *reason);

#endif
