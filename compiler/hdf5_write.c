/* HDF5 access, writing side: files appear under their name only when they are whole; text is variable-length
 * UTF-8 and bools are the enumeration that h5py reads as bool. */
#include "hdf5_access.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { CHUNK_ELEMENTS = 1 << 18, GZIP_LEVEL = 4 };

hid_t hdf5_create(const char *path, char *temporary, char *reason)
{
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
    int length = snprintf(temporary, HDF5_PATH_BYTES, "%s.%ld.part", path, (long)getpid());
    if (length < 0 || length >= HDF5_PATH_BYTES)
        return hdf5_because(reason, "cannot be written: the path is too long");
    FILE *file = fopen(temporary, "wb"); /* HDF5 does not say why it could not */
    if (!file)
        return hdf5_because(reason, "cannot be written: %s", strerror(errno));
    fclose(file);
    hid_t created = H5Fcreate(temporary, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    if (created >= 0)
        return created;
    unlink(temporary);
    return hdf5_because(reason, "cannot be written: HDF5 refuses to create it");
}

void hdf5_abandon(hid_t file, const char *temporary)
{
    hdf5_close(file);
    unlink(temporary);
}

int hdf5_commit(hid_t file, const char *temporary, const char *path, char *reason)
{
    if (H5Fflush(file, H5F_SCOPE_LOCAL) < 0 || H5Fclose(file) < 0) {
        unlink(temporary);
        return hdf5_because(reason, "cannot be written: the disk may be full");
    }
    if (rename(temporary, path) == 0)
        return 0;
    hdf5_because(reason, "cannot be written: %s", strerror(errno));
    unlink(temporary);
    return -1;
}

hid_t hdf5_create_group(hid_t group, const char *name, char *reason)
{
    hid_t made = H5Gcreate2(group, name, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);

    return made >= 0 ? made : hdf5_because(reason, "cannot be written: group %s", name);
}

/* h5py's bool, to be closed. */
static hid_t create_bool_type(void)
{
    hid_t type = H5Tenum_create(H5T_NATIVE_INT8);
    int8_t value = 0;

    if (type < 0)
        return -1;
    H5Tenum_insert(type, "FALSE", &value);
    value = 1;
    H5Tenum_insert(type, "TRUE", &value);
    return type;
}

static hid_t create_text_type(void)
{
    hid_t type = H5Tcopy(H5T_C_S1);

    if (type < 0 || H5Tset_size(type, H5T_VARIABLE) < 0 || H5Tset_cset(type, H5T_CSET_UTF8) < 0) {
        hdf5_close(type);
        return -1;
    }
    return type;
}

static hid_t create_space(size_t rank, const size_t *size)
{
    hsize_t length[HDF5_RANK_MAX];

    if (rank == 0)
        return H5Screate(H5S_SCALAR);
    if (rank > HDF5_RANK_MAX)
        return -1;
    for (size_t axis = 0; axis < rank; axis++)
        length[axis] = size[axis];
    return H5Screate_simple((int)rank, length, NULL);
}

/* Chunks of whole trailing axes as far as they go, so that a few rows are read without the rest. Without the time of
 * writing: the same contents are the same file. */
static hid_t create_plan(size_t rank, const size_t *size, bool compress)
{
    hsize_t chunk[HDF5_RANK_MAX];
    size_t left = CHUNK_ELEMENTS;
    hid_t plan = H5Pcreate(H5P_DATASET_CREATE);

    if (plan >= 0 && H5Pset_obj_track_times(plan, false) < 0) {
        hdf5_close(plan);
        return -1;
    }
    for (size_t axis = 0; axis < rank; axis++)
        compress = compress && size[axis] > 0;
    if (plan < 0 || rank == 0 || rank > HDF5_RANK_MAX || !compress)
        return plan;
    for (size_t axis = rank; axis-- > 0;) {
        chunk[axis] = size[axis] < left ? size[axis] : left;
        left /= (size_t)chunk[axis];
        if (left == 0)
            left = 1;
    }
    if (H5Pset_chunk(plan, (int)rank, chunk) < 0 || H5Pset_deflate(plan, GZIP_LEVEL) < 0) {
        hdf5_close(plan);
        return -1;
    }
    return plan;
}

static int write_dataset(hid_t group, const char *name, hid_t type, size_t rank, const size_t *size, const void *values,
                         bool compress, char *reason)
{
    hid_t space = create_space(rank, size);
    hid_t plan = create_plan(rank, size, compress);
    hid_t dataset = -1;
    int status = -1;

    if (type >= 0 && space >= 0 && plan >= 0)
        dataset = H5Dcreate2(group, name, type, space, H5P_DEFAULT, plan, H5P_DEFAULT);
    if (dataset >= 0) {
        hssize_t count = H5Sget_simple_extent_npoints(space);
        status = count == 0 || H5Dwrite(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >= 0 ? 0 : -1;
    }
    hdf5_close(dataset);
    hdf5_close(plan);
    hdf5_close(space);
    return status == 0 ? 0 : hdf5_because(reason, "cannot be written: dataset %s", name);
}

int hdf5_write(hid_t group, const char *name, enum hdf5_type type, size_t rank, const size_t *size,
               const void *values, bool compress, char *reason)
{
    if (type != HDF5_BOOL)
        return write_dataset(group, name, hdf5_memory_type(type), rank, size, values, compress, reason);
    hid_t bools = create_bool_type();
    int status = write_dataset(group, name, bools, rank, size, values, compress, reason);
    hdf5_close(bools);
    return status;
}

int hdf5_write_number(hid_t group, const char *name, double value, char *reason)
{
    return write_dataset(group, name, H5T_NATIVE_DOUBLE, 0, NULL, &value, false, reason);
}

int hdf5_write_integer(hid_t group, const char *name, int64_t value, char *reason)
{
    return write_dataset(group, name, H5T_NATIVE_INT64, 0, NULL, &value, false, reason);
}

int hdf5_write_texts(hid_t group, const char *name, size_t rank, const size_t *size, const char *const *texts,
                     char *reason)
{
    hid_t type = create_text_type();
    int status = write_dataset(group, name, type, rank, size, texts, false, reason);

    hdf5_close(type);
    return status;
}

int hdf5_write_text(hid_t group, const char *name, const char *text, char *reason)
{
    return hdf5_write_texts(group, name, 0, NULL, &text, reason);
}

static int set_attribute(hid_t object, const char *name, hid_t type, const void *value, char *reason)
{
    hid_t space = H5Screate(H5S_SCALAR);
    hid_t attribute = type < 0 ? -1 : H5Acreate2(object, name, type, space, H5P_DEFAULT, H5P_DEFAULT);
    int status = attribute >= 0 && H5Awrite(attribute, type, value) >= 0 ? 0 : -1;

    hdf5_close(attribute);
    hdf5_close(space);
    return status == 0 ? 0 : hdf5_because(reason, "cannot be written: attribute %s", name);
}

int hdf5_set_number(hid_t object, const char *name, double value, char *reason)
{
    return set_attribute(object, name, H5T_NATIVE_DOUBLE, &value, reason);
}

int hdf5_set_integer(hid_t object, const char *name, int64_t value, char *reason)
{
    return set_attribute(object, name, H5T_NATIVE_INT64, &value, reason);
}

int hdf5_set_text(hid_t object, const char *name, const char *text, char *reason)
{
    hid_t type = create_text_type();
    int status = set_attribute(object, name, type, &text, reason);

    hdf5_close(type);
    return status;
}

int hdf5_copy(hid_t source, hid_t target, const char *name, char *reason)
{
    if (H5Ocopy(source, name, target, name, H5P_DEFAULT, H5P_DEFAULT) >= 0)
        return 0;
    return hdf5_because(reason, "cannot be copied: %s", name);
}
