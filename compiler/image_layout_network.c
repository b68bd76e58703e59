/* The part of the layout (image_layout.h) that is the integer network: populations and projections. */
#include "image_transfer.h"

#include <stdlib.h>
#include <string.h>

static const struct column population_columns[] = {
    COLUMN(image_population, node, COLUMN_SIZE, INT32_MAX),
    COLUMN(image_population, model, COLUMN_UNSIGNED, MODEL_CUBALIF),
    COLUMN(image_population, size, COLUMN_SIZE, TRANSFER_NEURONS_MAX),
    {"rank", COLUMN_SIZE, offsetof(struct image_population, shape.rank), SHAPE_MAX},
    COLUMN(image_population, level, COLUMN_SIZE, TRANSFER_RECORDS_MAX),
    COLUMN(image_population, graded, COLUMN_BOOL, 1),
    COLUMN(image_population, fire, COLUMN_BOOL, 1),
    COLUMN(image_population, subtract, COLUMN_BOOL, 1),
    COLUMN(image_population, each, COLUMN_BOOL, 1),
    COLUMN(image_population, current_each, COLUMN_BOOL, 1),
    COLUMN(image_population, current_old, COLUMN_BOOL, 1),
    COLUMN(image_population, gain_exponent, COLUMN_INT, GAIN_EXPONENT_MAX),
    COLUMN(image_population, current_exponent, COLUMN_INT, GAIN_EXPONENT_MAX),
    COLUMN(image_population, scale, COLUMN_DOUBLE, 0),
    COLUMN(image_population, own_units, COLUMN_BOOL, 1),
    COLUMN(image_population, limit, COLUMN_INT32, INT32_MAX),
};

static const struct column projection_columns[] = {
    COLUMN(image_projection, source, COLUMN_SIZE, TRANSFER_RECORDS_MAX),
    COLUMN(image_projection, target, COLUMN_SIZE, TRANSFER_RECORDS_MAX),
    COLUMN(image_projection, delay, COLUMN_SIZE, INT32_MAX),
    COLUMN(image_projection, weight_bits, COLUMN_UNSIGNED, WEIGHT_BITS_MAX),
    COLUMN(image_projection, graded, COLUMN_BOOL, 1),
    COLUMN(image_projection, scale, COLUMN_DOUBLE, 0),
    {"patterns", COLUMN_SIZE, offsetof(struct image_projection, map.pattern_count), HDF5_COUNT_MAX - 1},
};

_Static_assert(sizeof(size_t) == sizeof(uint64_t), "map.first is transferred as 64-bit words");

/* ---- populations ---- */

/* kinds arrays of parameters, the same for all neurons unless each. When reading, parameter[kind] are made. */
static int transfer_parameters(struct transfer *transfer, hid_t group, const char *name, size_t index, size_t kinds,
                               bool each, size_t neurons, int16_t **parameter)
{
    size_t kept = each ? neurons : 1, count = kinds * kept;
    int16_t *values = NULL;
    void *storage = NULL;

    if (transfer->writing) {
        values = storage = calloc(count, sizeof *values);
        if (!values)
            return transfer_fail(transfer, "out of memory");
        for (size_t kind = 0; kind < kinds; kind++)
            memcpy(values + kind * kept, parameter[kind], kept * sizeof *values);
    }
    int status = transfer_numbered(transfer, group, name, index, HDF5_INT16, sizeof *values, count, &storage);
    values = storage;
    if (transfer->writing) {
        free(storage);
        return status;
    }
    for (size_t kind = 0; status == 0 && kind < kinds; kind++) {
        parameter[kind] = arena_allocate(transfer->image->arena, neurons, sizeof *values);
        if (!parameter[kind])
            return transfer_fail(transfer, "out of memory");
        for (size_t neuron = 0; neuron < neurons; neuron++)
            parameter[kind][neuron] = values[kind * kept + (each ? neuron : 0)];
    }
    return status;
}

static int transfer_current(struct transfer *transfer, hid_t group, size_t index)
{
    struct image_population *population = &transfer->image->populations[index];
    void *unit = population->current_unit;

    if (transfer_parameters(transfer, group, "current_parameters", index, CURRENT_PARAMETERS, population->current_each,
                            population->size, population->current_parameter) ||
        transfer_numbered(transfer, group, "current_units", index, HDF5_DOUBLE, sizeof(double), population->size,
                          &unit))
        return -1;
    population->current_unit = unit;
    return 0;
}

static int transfer_units(struct transfer *transfer, hid_t group, size_t index)
{
    struct image_population *population = &transfer->image->populations[index];
    void *unit = population->unit;

    if (transfer_numbered(transfer, group, "units", index, HDF5_DOUBLE, sizeof(double), population->size, &unit))
        return -1;
    population->unit = unit;
    return 0;
}

static int transfer_shapes(struct transfer *transfer, hid_t group)
{
    struct image *image = transfer->image;
    size_t count = image->population_count * SHAPE_MAX, size[] = {image->population_count, SHAPE_MAX};
    void *storage = NULL;

    if (transfer->writing) {
        storage = calloc(count, sizeof(int64_t));
        if (!storage)
            return transfer_fail(transfer, "out of memory");
        for (size_t at = 0; at < count; at++)
            ((int64_t *)storage)[at] = (int64_t)image->populations[at / SHAPE_MAX].shape.size[at % SHAPE_MAX];
    }
    int status = transfer_array(transfer, group, "shape", HDF5_INT64, sizeof(int64_t), 2, size, &storage);
    const int64_t *values = storage;
    for (size_t at = 0; status == 0 && !transfer->writing && at < count; at++) {
        if (values[at] < 0 || values[at] > TRANSFER_NEURONS_MAX)
            return transfer_fail(transfer, "shape is out of range");
        image->populations[at / SHAPE_MAX].shape.size[at % SHAPE_MAX] = (size_t)values[at];
    }
    if (transfer->writing)
        free(storage);
    return status;
}

int transfer_populations(struct transfer *transfer)
{
    struct image *image = transfer->image;
    hid_t group = transfer_group(transfer, "populations");
    void *records = image->populations;
    size_t neurons = 0;

    if (group < 0)
        return -1;
    int status = transfer_records(transfer, group, TRANSFER_COLUMNS(population_columns), &records,
                                  sizeof *image->populations, &image->population_count, TRANSFER_RECORDS_MAX);
    image->populations = records;
    if (status == 0)
        status = transfer_names(transfer, group, records, sizeof *image->populations, image->population_count);
    if (status == 0)
        status = transfer_shapes(transfer, group);
    for (size_t index = 0; status == 0 && index < image->population_count; index++) {
        struct image_population *population = &image->populations[index];

        neurons += population->size;
        if (population->size == 0 || neurons > TRANSFER_NEURONS_MAX)
            status = transfer_fail(transfer, "the populations have no neurons, or too many");
        else if (population->model != MODEL_INPUT)
            status = transfer_parameters(transfer, group, "parameters", index, NEURON_PARAMETERS, population->each,
                                         population->size, population->parameter);
        if (status == 0 && population->own_units)
            status = transfer_units(transfer, group, index);
        if (status == 0 && model_has_current(population->model))
            status = transfer_current(transfer, group, index);
    }
    hdf5_close(group);
    return status;
}

/* ---- projections ---- */

/* Where each pattern begins; what is read must fit the entries that are read next. */
static int transfer_first(struct transfer *transfer, hid_t group, size_t index, size_t *entries)
{
    struct linear_map *map = &transfer->image->projections[index].map;
    void *first = map->first;

    if (transfer_numbered(transfer, group, "first", index, HDF5_UINT64, sizeof *map->first, map->pattern_count + 1,
                          &first))
        return -1;
    map->first = first;
    for (size_t pattern = 0; pattern < map->pattern_count; pattern++) {
        if (map->first[pattern + 1] < map->first[pattern])
            return transfer_fail(transfer, "the patterns of a projection do not rise");
    }
    *entries = linear_map_entries(map);
    if (map->first[0] != 0 || *entries > HDF5_COUNT_MAX)
        return transfer_fail(transfer, "the patterns of a projection do not begin at 0, or are too long");
    return 0;
}

static int transfer_map(struct transfer *transfer, hid_t group, size_t index)
{
    const struct image *image = transfer->image;
    struct image_projection *projection = &image->projections[index];
    struct linear_map *map = &projection->map;
    void *pattern = map->pattern, *offset = map->offset, *target = map->target, *weight = projection->weight;
    size_t entries = 0;

    if (projection->source >= image->population_count || projection->target >= image->population_count)
        return transfer_fail(transfer, "projections lead to a population that there is not");
    map->sources = image->populations[projection->source].size;
    map->targets = image->populations[projection->target].size;
    if (transfer_first(transfer, group, index, &entries) ||
        transfer_numbered(transfer, group, "pattern", index, HDF5_INT32, sizeof *map->pattern, map->sources, &pattern) ||
        transfer_numbered(transfer, group, "offset", index, HDF5_UINT32, sizeof *map->offset, map->sources, &offset) ||
        transfer_numbered(transfer, group, "target", index, HDF5_UINT32, sizeof *map->target, entries, &target) ||
        transfer_numbered(transfer, group, "weights", index, HDF5_INT16, sizeof *projection->weight, entries, &weight))
        return -1;
    map->pattern = pattern;
    map->offset = offset;
    map->target = target;
    projection->weight = weight;
    return 0;
}

int transfer_projections(struct transfer *transfer)
{
    struct image *image = transfer->image;
    hid_t group = transfer_group(transfer, "projections");
    void *records = image->projections;

    if (group < 0)
        return -1;
    int status = transfer_records(transfer, group, TRANSFER_COLUMNS(projection_columns), &records,
                                  sizeof *image->projections, &image->projection_count, TRANSFER_RECORDS_MAX);
    image->projections = records;
    for (size_t index = 0; status == 0 && index < image->projection_count; index++)
        status = transfer_map(transfer, group, index);
    hdf5_close(group);
    return status;
}
