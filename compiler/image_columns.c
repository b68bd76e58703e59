/* Columns of an image file (image_columns.h). */
#include "image_columns.h"

#include <stdlib.h>
#include <string.h>

static int64_t get_member(const unsigned char *member, enum column_kind kind)
{
    size_t size;
    unsigned number;
    int integer;
    int32_t word;
    uint32_t unsigned_word;
    bool flag;

    switch (kind) {
    case COLUMN_SIZE:
        memcpy(&size, member, sizeof size);
        return (int64_t)size;
    case COLUMN_UNSIGNED:
        memcpy(&number, member, sizeof number);
        return (int64_t)number;
    case COLUMN_INT:
        memcpy(&integer, member, sizeof integer);
        return integer;
    case COLUMN_INT32:
        memcpy(&word, member, sizeof word);
        return word;
    case COLUMN_UINT32:
        memcpy(&unsigned_word, member, sizeof unsigned_word);
        return unsigned_word;
    case COLUMN_BOOL:
        memcpy(&flag, member, sizeof flag);
        return flag;
    case COLUMN_DOUBLE:
        break;
    }
    return 0;
}

static void set_member(unsigned char *member, enum column_kind kind, int64_t value)
{
    size_t size = (size_t)value;
    unsigned number = (unsigned)value;
    int integer = (int)value;
    int32_t word = (int32_t)value;
    uint32_t unsigned_word = (uint32_t)value;
    bool flag = value != 0;

    switch (kind) {
    case COLUMN_SIZE:
        memcpy(member, &size, sizeof size);
        break;
    case COLUMN_UNSIGNED:
        memcpy(member, &number, sizeof number);
        break;
    case COLUMN_INT:
        memcpy(member, &integer, sizeof integer);
        break;
    case COLUMN_INT32:
        memcpy(member, &word, sizeof word);
        break;
    case COLUMN_UINT32:
        memcpy(member, &unsigned_word, sizeof unsigned_word);
        break;
    case COLUMN_BOOL:
        memcpy(member, &flag, sizeof flag);
        break;
    case COLUMN_DOUBLE:
        break;
    }
}

static int write_doubles(hid_t group, const struct column *column, const unsigned char *members, size_t record_bytes,
                         size_t count, char *reason)
{
    double *numbers = calloc(count + 1, sizeof *numbers);
    int status;

    if (!numbers)
        return hdf5_because(reason, "out of memory");
    for (size_t index = 0; index < count; index++)
        memcpy(&numbers[index], members + index * record_bytes, sizeof *numbers);
    status = hdf5_write(group, column->name, HDF5_DOUBLE, 1, &count, numbers, false, reason);
    free(numbers);
    return status;
}

static int write_integers(hid_t group, const struct column *column, const unsigned char *members, size_t record_bytes,
                          size_t count, char *reason)
{
    int64_t *numbers = calloc(count + 1, sizeof *numbers);
    int status;

    if (!numbers)
        return hdf5_because(reason, "out of memory");
    for (size_t index = 0; index < count; index++)
        numbers[index] = get_member(members + index * record_bytes, column->kind);
    status = hdf5_write(group, column->name, HDF5_INT64, 1, &count, numbers, false, reason);
    free(numbers);
    return status;
}

int columns_write(hid_t group, const struct column *columns, size_t column_count, const void *records,
                  size_t record_bytes, size_t count, char *reason)
{
    int status = 0;

    for (size_t index = 0; status == 0 && index < column_count; index++) {
        const unsigned char *members = count ? (const unsigned char *)records + columns[index].offset : NULL;
        status = columns[index].kind == COLUMN_DOUBLE
                     ? write_doubles(group, &columns[index], members, record_bytes, count, reason)
                     : write_integers(group, &columns[index], members, record_bytes, count, reason);
    }
    return status;
}

static hid_t open_checked(hid_t group, const char *name, size_t count, char *reason)
{
    struct hdf5_extent extent;
    char inner[HDF5_REASON_BYTES];
    hid_t dataset = hdf5_open_dataset(group, name, inner);

    if (dataset < 0 || hdf5_extent(dataset, &extent, inner)) {
        hdf5_close(dataset);
        hdf5_because(reason, "%s %s", name, inner);
        return -1;
    }
    if ((extent.class != HDF5_NUMBERS && extent.class != HDF5_BOOLS) || extent.count != count) {
        hdf5_close(dataset);
        hdf5_because(reason, "%s has %zu elements or no numbers, %zu numbers were expected", name, extent.count, count);
        return -1;
    }
    return dataset;
}

int columns_length(hid_t group, const char *name, size_t *count, char *reason)
{
    struct hdf5_extent extent;
    char inner[HDF5_REASON_BYTES];
    hid_t dataset = hdf5_open_dataset(group, name, inner);
    int status = dataset < 0 || hdf5_extent(dataset, &extent, inner) ? -1 : 0;

    hdf5_close(dataset);
    if (status)
        return hdf5_because(reason, "%s %s", name, inner);
    if (extent.rank != 1)
        return hdf5_because(reason, "%s has %zu axes, one was expected", name, extent.rank);
    *count = extent.count;
    return 0;
}

void *columns_read_array(hid_t group, const char *name, enum hdf5_type type, size_t bytes, size_t count,
                         struct arena *arena, char *reason)
{
    char inner[HDF5_REASON_BYTES];
    hid_t dataset = open_checked(group, name, count, reason);

    if (dataset < 0)
        return NULL;
    void *values = arena_allocate(arena, count, bytes);
    int status = values ? hdf5_read(dataset, type, values, count, inner) : hdf5_because(inner, "out of memory");
    hdf5_close(dataset);
    if (status == 0)
        return values;
    hdf5_because(reason, "%s %s", name, inner);
    return NULL;
}

static int read_column(hid_t group, const struct column *column, unsigned char *members, size_t record_bytes,
                       size_t count, char *reason)
{
    struct arena arena = {NULL};
    bool real = column->kind == COLUMN_DOUBLE;
    void *values = columns_read_array(group, column->name, real ? HDF5_DOUBLE : HDF5_INT64, 8, count, &arena, reason);
    int status = values ? 0 : -1;

    for (size_t index = 0; status == 0 && index < count; index++) {
        if (real) {
            memcpy(members + index * record_bytes, (double *)values + index, sizeof(double));
            continue;
        }
        int64_t number = ((int64_t *)values)[index];
        if (number < (column->kind == COLUMN_INT ? -column->most : 0) || number > column->most)
            status = hdf5_because(reason, "%s is out of range: entry %zu is %lld", column->name, index,
                                  (long long)number);
        else
            set_member(members + index * record_bytes, column->kind, number);
    }
    arena_free(&arena);
    return status;
}

int columns_read(hid_t group, const struct column *columns, size_t column_count, void *records, size_t record_bytes,
                 size_t count, char *reason)
{
    int status = 0;

    for (size_t index = 0; status == 0 && index < column_count; index++)
        status = read_column(group, &columns[index], (unsigned char *)records + columns[index].offset, record_bytes,
                             count, reason);
    return status;
}
