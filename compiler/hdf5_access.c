/* HDF5 access, reading side: opens files, groups and datasets, and copies their elements out after checking
 * that a claim of the file (rank, size, filters, storage) can be true. It knows nothing of NIR. */
#include "hdf5_access.h"
#include "hdf5_chunks.h"
#include "hdf5_header.h"
#include "hdf5_heap.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum {
    FREE_BYTES = 1 << 22,  /* a dataset of at most this size needs no storage behind it: it may be all fill value */
    DEFLATE_RATIO = 1100,  /* gzip never does better than 1032 */
    CHUNK_BYTES_MAX = 1 << 28
};

int hdf5_because(char *reason, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(reason, HDF5_REASON_BYTES, format, arguments);
    va_end(arguments);
    return -1;
}

/* Says what a file that HDF5 does not recognise begins with. */
static void describe_foreign(const char *path, char *reason)
{
    static const char pointer[] = "version https://git-lfs";
    char head[sizeof pointer] = "";
    FILE *file = fopen(path, "rb");
    size_t bytes = file ? fread(head, 1, sizeof head - 1, file) : 0;

    if (file)
        fclose(file);
    if (bytes == 0)
        hdf5_because(reason, "is empty; a NIR graph or data file is HDF5");
    else if (memcmp(head, "PK\003\004", 4) == 0)
        hdf5_because(reason,
                     "is a zip archive (a PyTorch checkpoint is one), not HDF5; export the network with nir.write()");
    else if (strncmp(head, pointer, sizeof pointer - 1) == 0)
        hdf5_because(reason, "is a Git LFS pointer, not the file itself; fetch it with git lfs pull");
    else if (memcmp(head, "\037\213", 2) == 0)
        hdf5_because(reason, "is compressed with gzip as a whole; decompress it with gunzip first");
    else if (memcmp(head, "\211HDF", 4) == 0)
        hdf5_because(reason, "begins as HDF5 but has a damaged signature (copied as text?); fetch it again");
    else
        hdf5_because(reason, "is not HDF5 (begins with bytes %02x %02x %02x %02x); export the network with nir.write()",
                     (unsigned char)head[0], (unsigned char)head[1], (unsigned char)head[2], (unsigned char)head[3]);
}

hid_t hdf5_open(const char *path, char *reason)
{
    struct stat status;

    H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
    if (stat(path, &status) != 0)
        return hdf5_because(reason, "cannot be opened: %s", strerror(errno));
    if (!S_ISREG(status.st_mode))
        return hdf5_because(reason, "is not a regular file");
    FILE *readable = fopen(path, "rb");
    if (!readable)
        return hdf5_because(reason, "cannot be opened: %s", strerror(errno));
    fclose(readable);
    if (H5Fis_hdf5(path) <= 0) {
        describe_foreign(path, reason);
        return -1;
    }
    bool sound = hdf5_heaps_are_sound(path) && hdf5_root_is_sound(path);
    hid_t file = sound ? H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT) : -1;
    if (file < 0)
        return hdf5_because(reason, "is HDF5 but cut short or damaged (%lld bytes are left); fetch or export it again",
                            (long long)status.st_size);
    return file;
}

void hdf5_close(hid_t object)
{
    if (object >= 0)
        H5Idec_ref(object);
}

/* False where the header of the object at that address must not be shown to the library. A file that is being
 * written is not on the disk yet. */
static bool check_object(hid_t place, haddr_t address)
{
    char path[HDF5_PATH_BYTES];
    unsigned intent = H5F_ACC_RDWR;
    ssize_t length = H5Fget_name(place, path, sizeof path);
    hid_t file = H5Iget_file_id(place);

    if (file >= 0)
        H5Fget_intent(file, &intent);
    hdf5_close(file);
    return intent != H5F_ACC_RDONLY || length <= 0 || length >= HDF5_PATH_BYTES || hdf5_header_is_sound(path, address);
}

enum hdf5_kind hdf5_kind(hid_t group, const char *name)
{
    H5L_info_t link;

    if (!*name || strchr(name, '/') || strcmp(name, ".") == 0)
        return HDF5_ABSENT;
    if (H5Lexists(group, name, H5P_DEFAULT) <= 0 || H5Lget_info(group, name, &link, H5P_DEFAULT) < 0)
        return HDF5_ABSENT;
    if (link.type != H5L_TYPE_HARD)
        return HDF5_LINK;
    if (!check_object(group, link.u.address))
        return HDF5_OTHER;
    hid_t object = H5Oopen(group, name, H5P_DEFAULT);
    if (object < 0)
        return HDF5_OTHER;
    H5I_type_t type = H5Iget_type(object);
    hdf5_close(object);
    return type == H5I_GROUP ? HDF5_GROUP : type == H5I_DATASET ? HDF5_DATASET : HDF5_OTHER;
}

static hid_t open_kind(hid_t group, const char *name, enum hdf5_kind wanted, char *reason)
{
    const char *word = wanted == HDF5_GROUP ? "group" : "dataset";
    enum hdf5_kind kind = hdf5_kind(group, name);

    if (kind == HDF5_ABSENT)
        return hdf5_because(reason, "is missing");
    if (kind == HDF5_LINK)
        return hdf5_because(reason, "is a soft or external link; links are not followed, store the %s itself", word);
    if (kind == HDF5_OTHER)
        return hdf5_because(reason, "cannot be opened: the file is damaged there");
    if (kind != wanted)
        return hdf5_because(reason, "is a %s, not a %s", kind == HDF5_GROUP ? "group" : "dataset", word);
    hid_t object = wanted == HDF5_GROUP ? H5Gopen2(group, name, H5P_DEFAULT) : H5Dopen2(group, name, H5P_DEFAULT);
    return object >= 0 ? object : hdf5_because(reason, "cannot be opened: the file is damaged there");
}

hid_t hdf5_open_group(hid_t group, const char *name, char *reason)
{
    return open_kind(group, name, HDF5_GROUP, reason);
}

hid_t hdf5_open_dataset(hid_t group, const char *name, char *reason)
{
    return open_kind(group, name, HDF5_DATASET, reason);
}

struct name_list {
    struct arena *arena;
    char **names;
    size_t count;
    size_t capacity;
};

static herr_t collect_name(hid_t group, const char *name, const H5L_info_t *link, void *context)
{
    struct name_list *list = context;

    (void)group;
    (void)link;
    if (list->count == list->capacity)
        return -1;
    list->names[list->count] = arena_copy(list->arena, name);
    return list->names[list->count++] ? 0 : -1;
}

static int compare_names(const void *left, const void *right)
{
    return strcmp(*(char *const *)left, *(char *const *)right);
}

int hdf5_names(hid_t group, struct arena *arena, char ***names, size_t *count, char *reason)
{
    H5G_info_t info;
    hsize_t position = 0;

    if (H5Gget_info(group, &info) < 0)
        return hdf5_because(reason, "cannot be listed: the file is damaged there");
    if (info.nlinks > HDF5_NAMES_MAX)
        return hdf5_because(reason, "has %llu entries; at most %d are read", (unsigned long long)info.nlinks,
                            HDF5_NAMES_MAX);
    struct name_list list = {arena, arena_allocate(arena, (size_t)info.nlinks, sizeof(char *)), 0, (size_t)info.nlinks};
    if (!list.names)
        return hdf5_because(reason, "cannot be listed: memory is short");
    if (H5Literate(group, H5_INDEX_NAME, H5_ITER_NATIVE, &position, collect_name, &list) < 0)
        return hdf5_because(reason, "cannot be listed: the file is damaged there");
    if (list.count)
        qsort(list.names, list.count, sizeof *list.names, compare_names);
    *names = list.names;
    *count = list.count;
    return 0;
}

uint64_t hdf5_identity(hid_t object)
{
    H5O_info_t info;

    return H5Oget_info(object, &info) < 0 ? UINT64_MAX : (uint64_t)info.addr;
}

/* ---- what a dataset claims ---- */

static void classify(hid_t type, struct hdf5_extent *extent)
{
    H5T_class_t class = H5Tget_class(type);

    extent->whole = class != H5T_FLOAT;
    if (class == H5T_INTEGER || class == H5T_FLOAT)
        extent->class = HDF5_NUMBERS;
    else if (class == H5T_ENUM)
        extent->class = HDF5_BOOLS;
    else if (class == H5T_STRING)
        extent->class = HDF5_TEXTS;
    else
        extent->class = HDF5_STRANGE;
}

/* The size of what space holds. */
static int measure(hid_t space, struct hdf5_extent *extent, char *reason)
{
    hsize_t size[H5S_MAX_RANK];
    H5S_class_t class = H5Sget_simple_extent_type(space);
    int rank = H5Sget_simple_extent_dims(space, size, NULL);

    if (class != H5S_SCALAR && class != H5S_SIMPLE)
        return hdf5_because(reason, "is empty (a null dataspace)");
    if (rank < 0 || rank > HDF5_RANK_MAX)
        return hdf5_because(reason, "has %d dimensions; at most %d are read", rank, HDF5_RANK_MAX);
    extent->rank = (size_t)rank;
    extent->count = 1;
    for (size_t axis = 0; axis < extent->rank; axis++) {
        if (size[axis] > HDF5_COUNT_MAX || (size[axis] && extent->count > HDF5_COUNT_MAX / size[axis]))
            return hdf5_because(reason, "claims more than %d elements (%llu along axis %zu)", HDF5_COUNT_MAX,
                                (unsigned long long)size[axis], axis);
        extent->size[axis] = (size_t)size[axis];
        extent->count *= (size_t)size[axis];
    }
    return 0;
}

static int check_filters(hid_t plan, char *reason)
{
    int filters = H5Pget_nfilters(plan);

    for (int filter = 0; filter < filters; filter++) {
        unsigned flags, config;
        size_t values = 0;
        char name[64] = "";
        H5Z_filter_t id = H5Pget_filter2(plan, (unsigned)filter, &flags, &values, NULL, sizeof name, name, &config);
        if (id < 0)
            return hdf5_because(reason, "has a damaged list of filters");
        if (H5Zfilter_avail(id) <= 0)
            return hdf5_because(reason,
                                "is compressed with %s (filter %d), which this HDF5 library lacks; write it with gzip",
                                *name ? name : "an unknown filter", (int)id);
    }
    return 0;
}

static int check_layout(hid_t dataset, hid_t plan, size_t element_bytes, const struct hdf5_extent *extent, char *reason)
{
    hsize_t chunk[H5S_MAX_RANK], storage = H5Dget_storage_size(dataset), file_bytes = 0;
    H5D_layout_t layout = H5Pget_layout(plan);
    hid_t file = H5Iget_file_id(dataset);

    if (layout == H5D_VIRTUAL || H5Pget_external_count(plan) > 0) {
        hdf5_close(file);
        return hdf5_because(reason, "lies in another file; store its numbers here");
    }
    if (file < 0 || H5Fget_filesize(file, &file_bytes) < 0)
        file_bytes = 0;
    hdf5_close(file);
    if (storage > file_bytes)
        return hdf5_because(reason, "claims %llu bytes in a file of %llu", (unsigned long long)storage,
                            (unsigned long long)file_bytes);
    hsize_t bytes = (hsize_t)extent->count * element_bytes;
    bool short_of = layout != H5D_CHUNKED && storage < bytes && (storage > 0 || layout == H5D_COMPACT);
    if (short_of || (bytes > FREE_BYTES && bytes / DEFLATE_RATIO > storage))
        return hdf5_because(reason, "claims %zu elements, but only %llu bytes of them are in the file", extent->count,
                            (unsigned long long)storage);
    if (layout == H5D_CHUNKED) {
        int rank = H5Pget_chunk(plan, H5S_MAX_RANK, chunk);
        bytes = element_bytes;
        for (int axis = 0; axis < rank; axis++) {
            if (chunk[axis] == 0 || bytes > CHUNK_BYTES_MAX / chunk[axis])
                return hdf5_because(reason, "is stored in chunks of more than %d MiB; write smaller ones",
                                    CHUNK_BYTES_MAX >> 20);
            bytes *= chunk[axis];
        }
        if (hdf5_check_chunks(dataset, plan, bytes, reason) != 0)
            return -1;
    }
    return check_filters(plan, reason);
}

int hdf5_extent(hid_t dataset, struct hdf5_extent *extent, char *reason)
{
    hid_t space = H5Dget_space(dataset), type = H5Dget_type(dataset), plan = H5Dget_create_plist(dataset);
    int status = -1;

    *extent = (struct hdf5_extent){.class = HDF5_STRANGE};
    if (space < 0 || type < 0 || plan < 0) {
        hdf5_because(reason, "cannot be read: the file is damaged there");
    } else {
        size_t bytes = extent->bytes = H5Tget_size(type);
        classify(type, extent);
        if (bytes == 0 || bytes > HDF5_TEXT_MAX)
            hdf5_because(reason, "has elements of %zu bytes; at most %d are read", bytes, HDF5_TEXT_MAX);
        else if (measure(space, extent, reason) == 0)
            status = check_layout(dataset, plan, bytes, extent, reason);
    }
    hdf5_close(plan);
    hdf5_close(type);
    hdf5_close(space);
    return status;
}

/* ---- numbers ---- */

hid_t hdf5_memory_type(enum hdf5_type type)
{
    switch (type) {
    case HDF5_DOUBLE: return H5T_NATIVE_DOUBLE;
    case HDF5_INT64: return H5T_NATIVE_INT64;
    case HDF5_INT32: return H5T_NATIVE_INT32;
    case HDF5_INT16: return H5T_NATIVE_INT16;
    case HDF5_INT8: return H5T_NATIVE_INT8;
    case HDF5_UINT64: return H5T_NATIVE_UINT64;
    case HDF5_UINT32: return H5T_NATIVE_UINT32;
    case HDF5_UINT16: return H5T_NATIVE_UINT16;
    case HDF5_UINT8:
    case HDF5_BOOL: break;
    }
    return H5T_NATIVE_UINT8;
}

int hdf5_read_rows(hid_t dataset, size_t first, size_t count, enum hdf5_type type, void *values, size_t capacity,
                   char *reason)
{
    struct hdf5_extent extent;
    hsize_t start[HDF5_RANK_MAX] = {0}, length[HDF5_RANK_MAX];
    size_t rows = 1, total = count;

    if (hdf5_extent(dataset, &extent, reason) != 0)
        return -1;
    if (extent.class != HDF5_NUMBERS && extent.class != HDF5_BOOLS)
        return hdf5_because(reason, "holds %s, not numbers", extent.class == HDF5_TEXTS ? "text" : "a compound type");
    if (extent.rank)
        rows = extent.size[0];
    if (first > rows || count > rows - first)
        return hdf5_because(reason, "has %zu rows, asked for %zu from row %zu", rows, count, first);
    for (size_t axis = 0; axis < extent.rank; axis++) {
        length[axis] = axis ? extent.size[axis] : count;
        total *= axis ? extent.size[axis] : 1; /* no more than extent.count */
    }
    if (total > capacity)
        return hdf5_because(reason, "has %zu elements in these rows, more than the %zu expected", total, capacity);
    if (total == 0)
        return 0;
    if (hdf5_check_inflated(dataset, CHUNK_BYTES_MAX, reason) != 0)
        return -1;
    start[0] = first;
    hid_t file_space = H5Dget_space(dataset);
    hid_t memory_space = extent.rank ? H5Screate_simple((int)extent.rank, length, NULL) : H5Screate(H5S_SCALAR);
    int status = file_space < 0 || memory_space < 0 ? -1 : 0;
    if (status == 0 && extent.rank &&
        H5Sselect_hyperslab(file_space, H5S_SELECT_SET, start, NULL, length, NULL) < 0)
        status = -1;
    if (status == 0 &&
        H5Dread(dataset, hdf5_memory_type(type), memory_space, file_space, H5P_DEFAULT, values) < 0)
        status = -1;
    hdf5_close(memory_space);
    hdf5_close(file_space);
    return status == 0 ? 0 : hdf5_because(reason, "cannot be read: the file is damaged there");
}

int hdf5_read(hid_t dataset, enum hdf5_type type, void *values, size_t count, char *reason)
{
    struct hdf5_extent extent;

    if (hdf5_extent(dataset, &extent, reason) != 0)
        return -1;
    if (extent.count != count)
        return hdf5_because(reason, "has %zu elements, expected %zu", extent.count, count);
    return hdf5_read_rows(dataset, 0, extent.rank ? extent.size[0] : 1, type, values, count, reason);
}

/* One number of a named dataset. */
static int read_one(hid_t group, const char *name, enum hdf5_type type, void *value, char *reason)
{
    hid_t dataset = hdf5_open_dataset(group, name, reason);
    int status = dataset < 0 ? -1 : hdf5_read(dataset, type, value, 1, reason);

    hdf5_close(dataset);
    return status;
}

int hdf5_read_number(hid_t group, const char *name, double *value, char *reason)
{
    return read_one(group, name, HDF5_DOUBLE, value, reason);
}

int hdf5_read_integer(hid_t group, const char *name, int64_t *value, char *reason)
{
    return read_one(group, name, HDF5_INT64, value, reason);
}
