/* HDF5 access, strings and attributes: strings come in variable and fixed length, two character sets and three
 * ways of padding, and leave here as plain C strings in an arena. */
#include "hdf5_access.h"
#include "hdf5_heap.h"

#include <string.h>

/* What a read of strings goes by, for datasets and attributes alike. */
struct text_source {
    hid_t object;
    bool attribute;
    hid_t type; /* of the file, used for memory too: the library converts no character sets */
    size_t count;
};

static herr_t read_raw(const struct text_source *source, void *values)
{
    if (source->attribute)
        return H5Aread(source->object, source->type, values);
    return H5Dread(source->object, source->type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values);
}

static int read_fixed(const struct text_source *source, struct arena *arena, char **texts, char *reason)
{
    size_t bytes = H5Tget_size(source->type);
    bool spaces = H5Tget_strpad(source->type) == H5T_STR_SPACEPAD;
    char *raw = arena_allocate(arena, source->count, bytes);

    if (!raw)
        return hdf5_because(reason, "cannot be read: memory is short");
    if (read_raw(source, raw) < 0)
        return hdf5_because(reason, "cannot be read: the file is damaged there");
    for (size_t index = 0; index < source->count; index++) {
        const char *text = raw + index * bytes;
        size_t length = strnlen(text, bytes);
        while (spaces && length && text[length - 1] == ' ')
            length--;
        texts[index] = arena_allocate(arena, length + 1, 1);
        if (!texts[index])
            return hdf5_because(reason, "cannot be read: memory is short");
        memcpy(texts[index], text, length);
    }
    return 0;
}

static int read_variable(const struct text_source *source, hid_t space, struct arena *arena, char **texts, char *reason)
{
    char **raw = arena_allocate(arena, source->count, sizeof *raw);
    int status = 0;

    if (!raw)
        return hdf5_because(reason, "cannot be read: memory is short");
    if (read_raw(source, raw) < 0)
        status = hdf5_because(reason, "cannot be read: the file is damaged there");
    for (size_t index = 0; status == 0 && index < source->count; index++) {
        if (raw[index] && strnlen(raw[index], HDF5_TEXT_MAX) == HDF5_TEXT_MAX)
            status = hdf5_because(reason, "has a string of %d bytes or more", HDF5_TEXT_MAX);
        else if (!(texts[index] = arena_copy(arena, raw[index] ? raw[index] : "")))
            status = hdf5_because(reason, "cannot be read: memory is short");
    }
    H5Dvlen_reclaim(source->type, space, H5P_DEFAULT, raw);
    return status;
}

static int read_texts(const struct text_source *source, hid_t space, struct arena *arena, char **texts, char *reason)
{
    if (H5Tget_class(source->type) != H5T_STRING)
        return hdf5_because(reason, "is not text");
    if (H5Tis_variable_str(source->type) > 0)
        return read_variable(source, space, arena, texts, reason);
    return read_fixed(source, arena, texts, reason);
}

/* False where the references of a contiguous dataset of variable-length strings lead nowhere. */
static bool check_references(const struct text_source *source)
{
    char path[HDF5_PATH_BYTES];
    haddr_t offset = H5Dget_offset(source->object);
    ssize_t length = H5Fget_name(source->object, path, sizeof path);

    if (H5Tis_variable_str(source->type) > 0) { /* the library multiplies a length by the size of a letter */
        hid_t letter = H5Tget_super(source->type);
        size_t bytes = letter < 0 ? 1 : H5Tget_size(letter);
        hdf5_close(letter);
        if (bytes != 1)
            return false;
    }
    if (H5Tis_variable_str(source->type) <= 0 || offset == HADDR_UNDEF || length <= 0 || length >= HDF5_PATH_BYTES)
        return true;
    return hdf5_references_are_sound(path, offset, source->count);
}

int hdf5_read_texts(hid_t dataset, struct arena *arena, char ***texts, size_t count, char *reason)
{
    struct hdf5_extent extent;

    if (hdf5_extent(dataset, &extent, reason) != 0)
        return -1;
    if (extent.class != HDF5_TEXTS)
        return hdf5_because(reason, "holds %s, not text", extent.class == HDF5_STRANGE ? "a compound type" : "numbers");
    if (extent.count != count)
        return hdf5_because(reason, "has %zu strings, expected %zu", extent.count, count);
    *texts = arena_allocate(arena, count, sizeof **texts);
    if (!*texts)
        return hdf5_because(reason, "cannot be read: memory is short");
    if (count == 0)
        return 0;
    struct text_source source = {dataset, false, H5Dget_type(dataset), count};
    hid_t space = H5Dget_space(dataset);
    int status;
    if (source.type < 0 || space < 0 || !check_references(&source))
        status = hdf5_because(reason, "cannot be read: the file is damaged there");
    else
        status = read_texts(&source, space, arena, *texts, reason);
    hdf5_close(space);
    hdf5_close(source.type);
    return status;
}

char *hdf5_read_text(hid_t group, const char *name, struct arena *arena, char *reason)
{
    hid_t dataset = hdf5_open_dataset(group, name, reason);
    char **texts = NULL;
    int status = dataset < 0 ? -1 : hdf5_read_texts(dataset, arena, &texts, 1, reason);

    hdf5_close(dataset);
    return status == 0 ? texts[0] : NULL;
}

bool hdf5_has_attribute(hid_t object, const char *name)
{
    return H5Aexists(object, name) > 0;
}

/* Opens an attribute of one element and its type and space; -1 with a reason otherwise, nothing left open. */
static hid_t open_attribute(hid_t object, const char *name, hid_t *type, hid_t *space, char *reason)
{
    if (!hdf5_has_attribute(object, name))
        return hdf5_because(reason, "attribute %s is missing", name);
    hid_t attribute = H5Aopen(object, name, H5P_DEFAULT);
    *type = attribute < 0 ? -1 : H5Aget_type(attribute);
    *space = attribute < 0 ? -1 : H5Aget_space(attribute);
    if (*type >= 0 && *space >= 0 && H5Sget_simple_extent_npoints(*space) == 1 && H5Tget_size(*type) <= HDF5_TEXT_MAX)
        return attribute;
    hdf5_close(*space);
    hdf5_close(*type);
    hdf5_close(attribute);
    return hdf5_because(reason, "attribute %s is not one value", name);
}

static int attribute_value(hid_t object, const char *name, hid_t memory, void *value, char *reason)
{
    hid_t type, space, attribute = open_attribute(object, name, &type, &space, reason);

    if (attribute < 0)
        return -1;
    H5T_class_t class = H5Tget_class(type);
    int status = 0;
    if ((class != H5T_INTEGER && class != H5T_FLOAT && class != H5T_ENUM) || H5Aread(attribute, memory, value) < 0)
        status = hdf5_because(reason, "attribute %s is not a number", name);
    hdf5_close(space);
    hdf5_close(type);
    hdf5_close(attribute);
    return status;
}

int hdf5_attribute_number(hid_t object, const char *name, double *value, char *reason)
{
    return attribute_value(object, name, H5T_NATIVE_DOUBLE, value, reason);
}

int hdf5_attribute_integer(hid_t object, const char *name, int64_t *value, char *reason)
{
    return attribute_value(object, name, H5T_NATIVE_INT64, value, reason);
}

char *hdf5_attribute_text(hid_t object, const char *name, struct arena *arena, char *reason)
{
    hid_t type, space, attribute = open_attribute(object, name, &type, &space, reason);
    char *text = NULL;

    if (attribute < 0)
        return NULL;
    struct text_source source = {attribute, true, type, 1};
    if (read_texts(&source, space, arena, &text, reason) != 0) {
        hdf5_because(reason, "attribute %s is not text", name);
        text = NULL;
    }
    hdf5_close(space);
    hdf5_close(type);
    hdf5_close(attribute);
    return text;
}
