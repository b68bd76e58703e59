/* The layout of /loom (image_layout.h): a group for each array of struct image, each member a dataset. */
#include "image_layout.h"

#include "hardware.h"
#include "image_columns.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

enum { RECORDS_MAX = 4096, SEGMENTS_MAX = 1 << 20, NEURONS_MAX = 1 << 24, NAME_BYTES = 32 };

#define COLUMNS(table) (table), sizeof(table) / sizeof *(table)

static const struct column option_columns[] = {
    COLUMN(options, dt, COLUMN_DOUBLE, 0),
    COLUMN(options, time_unit, COLUMN_DOUBLE, 0),
    COLUMN(options, integrator, COLUMN_UNSIGNED, INTEGRATOR_LAVA_DL),
    COLUMN(options, reset, COLUMN_UNSIGNED, RESET_SUBTRACT_DOUBLE),
    COLUMN(options, compare, COLUMN_UNSIGNED, COMPARE_GREATER_EQUAL),
    COLUMN(options, recurrent_bias, COLUMN_UNSIGNED, RECURRENT_BIAS_NEVER),
    COLUMN(options, cuba_order, COLUMN_UNSIGNED, CUBA_DECAYED),
    COLUMN(options, spikes, COLUMN_UNSIGNED, SPIKES_MULTI),
    COLUMN(options, latency, COLUMN_UNSIGNED, LATENCY_SPIKE),
    COLUMN(options, input_gain, COLUMN_UNSIGNED, INPUT_GAIN_NONE),
    COLUMN(options, v_leak, COLUMN_UNSIGNED, V_LEAK_IGNORED),
    COLUMN(options, membrane_floor, COLUMN_UNSIGNED, MEMBRANE_FLOOR_THRESHOLD),
    COLUMN(options, weight_bits, COLUMN_UNSIGNED, 8),
};

static const struct column program_columns[] = {
    COLUMN(image, clear_entry, COLUMN_UINT32, UINT32_MAX),
    COLUMN(image, step_entry, COLUMN_UINT32, UINT32_MAX),
};

static const struct column population_columns[] = {
    COLUMN(image_population, node, COLUMN_SIZE, INT32_MAX),
    COLUMN(image_population, model, COLUMN_UNSIGNED, MODEL_LIF),
    COLUMN(image_population, size, COLUMN_SIZE, NEURONS_MAX),
    {"rank", COLUMN_SIZE, offsetof(struct image_population, shape.rank), SHAPE_MAX},
    COLUMN(image_population, level, COLUMN_SIZE, RECORDS_MAX),
    COLUMN(image_population, graded, COLUMN_BOOL, 1),
    COLUMN(image_population, fire, COLUMN_BOOL, 1),
    COLUMN(image_population, subtract, COLUMN_BOOL, 1),
    COLUMN(image_population, each, COLUMN_BOOL, 1),
    COLUMN(image_population, gain_shift, COLUMN_UNSIGNED, HW_GAIN_SHIFT_MAX),
    COLUMN(image_population, scale, COLUMN_DOUBLE, 0),
    COLUMN(image_population, limit, COLUMN_INT32, INT32_MAX),
};

static const struct column projection_columns[] = {
    COLUMN(image_projection, source, COLUMN_SIZE, RECORDS_MAX),
    COLUMN(image_projection, target, COLUMN_SIZE, RECORDS_MAX),
    COLUMN(image_projection, weight_bits, COLUMN_UNSIGNED, 8),
    COLUMN(image_projection, graded, COLUMN_BOOL, 1),
    COLUMN(image_projection, scale, COLUMN_DOUBLE, 0),
};

static const struct column port_columns[] = {COLUMN(port, population, COLUMN_SIZE, RECORDS_MAX)};

static const struct column segment_columns[] = {
    COLUMN(image_segment, core, COLUMN_UNSIGNED, HW_BROADCAST),
    COLUMN(image_segment, space, COLUMN_UNSIGNED, HW_SPACE_STATE),
    COLUMN(image_segment, address, COLUMN_UINT32, UINT32_MAX),
    COLUMN(image_segment, count, COLUMN_SIZE, HDF5_COUNT_MAX),
};

static const struct column input_map_columns[] = {
    COLUMN(image_input_map, space, COLUMN_UNSIGNED, HW_SPACE_STATE),
    COLUMN(image_input_map, address, COLUMN_UINT32, UINT32_MAX),
    COLUMN(image_input_map, parity, COLUMN_UINT32, UINT32_MAX),
    COLUMN(image_input_map, words, COLUMN_SIZE, HDF5_COUNT_MAX),
};

static const struct column slice_columns[] = {
    COLUMN(image_slice, population, COLUMN_SIZE, RECORDS_MAX),
    COLUMN(image_slice, first_neuron, COLUMN_SIZE, NEURONS_MAX),
    COLUMN(image_slice, neurons, COLUMN_SIZE, NEURONS_MAX),
    COLUMN(image_slice, core, COLUMN_UNSIGNED, HW_BROADCAST),
    COLUMN(image_slice, state_address, COLUMN_UINT32, UINT32_MAX),
    COLUMN(image_slice, output_address, COLUMN_UINT32, UINT32_MAX),
    COLUMN(image_slice, output, COLUMN_BOOL, 1),
};

/* One pass over the layout, in one of two directions. */
struct transfer {
    bool writing;
    hid_t loom;
    struct image *image; /* only read when writing */
    char *reason;         /* HDF5_REASON_BYTES */
};

static int fail(struct transfer *transfer, const char *text)
{
    return hdf5_because(transfer->reason, "%s", text);
}

static hid_t begin_group(struct transfer *transfer, const char *name)
{
    char inner[HDF5_REASON_BYTES];
    hid_t group = transfer->writing ? hdf5_create_group(transfer->loom, name, inner)
                                    : hdf5_open_group(transfer->loom, name, inner);

    if (group < 0)
        hdf5_because(transfer->reason, "%s %s", name, inner);
    return group;
}

/* An array of structs: its columns. When reading, *records and *count are made. */
static int transfer_records(struct transfer *transfer, hid_t group, const struct column *columns, size_t column_count,
                            void **records, size_t record_bytes, size_t *count, size_t most)
{
    if (transfer->writing)
        return columns_write(group, columns, column_count, *records, record_bytes, *count,
                             transfer->reason);
    if (columns_length(group, columns[0].name, count, transfer->reason))
        return -1;
    if (*count > most)
        return hdf5_because(transfer->reason, "%s has %zu entries, more than %zu", columns[0].name, *count, most);
    *records = arena_allocate(transfer->image->arena, *count, record_bytes);
    if (!*records)
        return fail(transfer, "out of memory");
    return columns_read(group, columns, column_count, *records, record_bytes, *count, transfer->reason);
}

/* Numbers of count elements; when reading, *values is made. */
static int transfer_array(struct transfer *transfer, hid_t group, const char *name, enum hdf5_type type, size_t bytes,
                          size_t rank, const size_t *size, void **values)
{
    size_t count = 1;

    for (size_t axis = 0; axis < rank; axis++) {
        if (size[axis] && count > SIZE_MAX / size[axis])
            return fail(transfer, "a product of sizes overflows");
        count *= size[axis];
    }
    if (transfer->writing)
        return hdf5_write(group, name, type, rank, size, *values, true, transfer->reason);
    *values = columns_read_array(group, name, type, bytes, count, transfer->image->arena, transfer->reason);
    return *values ? 0 : -1;
}

static int transfer_texts(struct transfer *transfer, hid_t group, const char *name, char **texts, size_t count)
{
    char inner[HDF5_REASON_BYTES];

    if (transfer->writing) {
        if (hdf5_write_texts(group, name, 1, &count, (const char *const *)texts, transfer->reason))
            return -1;
    } else {
        char **got = NULL;
        hid_t dataset = hdf5_open_dataset(group, name, inner);
        int status = dataset < 0 ? -1
                                 : hdf5_read_texts(dataset, transfer->image->arena, &got, count, inner);
        hdf5_close(dataset);
        if (status)
            return hdf5_because(transfer->reason, "%s %s", name, inner);
        for (size_t index = 0; index < count; index++)
            texts[index] = got[index];
    }
    return 0;
}

/* ---- the arrays ---- */

static int transfer_parameters(struct transfer *transfer, hid_t group, size_t index)
{
    struct image_population *population = &transfer->image->populations[index];
    size_t size[] = {NEURON_PARAMETERS, population->each ? population->size : 1};
    size_t kept = size[1], count = NEURON_PARAMETERS * kept;
    char name[NAME_BYTES];
    int16_t *values = NULL;
    void *storage = NULL;
    int status = 0;

    if (transfer->writing) {
        values = storage = calloc(count, sizeof *values);
        if (!values)
            return fail(transfer, "out of memory");
        for (size_t kind = 0; kind < NEURON_PARAMETERS; kind++)
            memcpy(values + kind * kept, population->parameter[kind], kept * sizeof *values);
    }
    snprintf(name, sizeof name, "parameters_%zu", index);
    status = transfer_array(transfer, group, name, HDF5_INT16, sizeof *values, 2, size, &storage);
    values = storage;
    if (transfer->writing) {
        free(storage);
        return status;
    }
    for (size_t kind = 0; status == 0 && kind < NEURON_PARAMETERS; kind++) {
        population->parameter[kind] = arena_allocate(transfer->image->arena, population->size, sizeof *values);
        if (!population->parameter[kind])
            return fail(transfer, "out of memory");
        for (size_t neuron = 0; neuron < population->size; neuron++)
            population->parameter[kind][neuron] = values[kind * kept + (population->each ? neuron : 0)];
    }
    return status;
}

static int transfer_shapes(struct transfer *transfer, hid_t group)
{
    struct image *image = transfer->image;
    size_t count = image->population_count * SHAPE_MAX, size[] = {image->population_count, SHAPE_MAX};
    void *storage = NULL;

    if (transfer->writing) {
        storage = calloc(count, sizeof(int64_t));
        if (!storage)
            return fail(transfer, "out of memory");
        for (size_t at = 0; at < count; at++)
            ((int64_t *)storage)[at] = (int64_t)image->populations[at / SHAPE_MAX].shape.size[at % SHAPE_MAX];
    }
    int status = transfer_array(transfer, group, "shape", HDF5_INT64, sizeof(int64_t), 2, size, &storage);
    const int64_t *values = storage;
    for (size_t at = 0; status == 0 && !transfer->writing && at < count; at++) {
        if (values[at] < 0 || values[at] > NEURONS_MAX)
            return fail(transfer, "shape is out of range");
        image->populations[at / SHAPE_MAX].shape.size[at % SHAPE_MAX] = (size_t)values[at];
    }
    if (transfer->writing)
        free(storage);
    return status;
}

static int transfer_names(struct transfer *transfer, hid_t group, char *records, size_t record_bytes, size_t count)
{
    /* In struct image_population and struct port alike, the name is the first member. */
    char **names = calloc(count + 1, sizeof *names);
    int status = names ? 0 : fail(transfer, "out of memory");

    for (size_t index = 0; status == 0 && index < count; index++)
        memcpy(&names[index], records + index * record_bytes, sizeof *names);
    if (status == 0)
        status = transfer_texts(transfer, group, "name", names, count);
    for (size_t index = 0; status == 0 && index < count; index++)
        memcpy(records + index * record_bytes, &names[index], sizeof *names);
    free(names);
    return status;
}

_Static_assert(offsetof(struct image_population, name) == 0 && offsetof(struct port, name) == 0, "transfer_names()");

static int transfer_populations(struct transfer *transfer)
{
    struct image *image = transfer->image;
    hid_t group = begin_group(transfer, "populations");
    void *records = image->populations;
    size_t neurons = 0;

    if (group < 0)
        return -1;
    int status = transfer_records(transfer, group, COLUMNS(population_columns), &records, sizeof *image->populations,
                                  &image->population_count, RECORDS_MAX);
    image->populations = records;
    if (status == 0)
        status = transfer_names(transfer, group, records, sizeof *image->populations, image->population_count);
    if (status == 0)
        status = transfer_shapes(transfer, group);
    for (size_t index = 0; status == 0 && index < image->population_count; index++) {
        neurons += image->populations[index].size;
        if (image->populations[index].size == 0 || neurons > NEURONS_MAX)
            status = fail(transfer, "the populations have no neurons, or too many");
        else if (image->populations[index].model != MODEL_INPUT)
            status = transfer_parameters(transfer, group, index);
    }
    hdf5_close(group);
    return status;
}

static int transfer_projections(struct transfer *transfer)
{
    struct image *image = transfer->image;
    hid_t group = begin_group(transfer, "projections");
    void *records = image->projections;

    if (group < 0)
        return -1;
    int status = transfer_records(transfer, group, COLUMNS(projection_columns), &records, sizeof *image->projections,
                                  &image->projection_count, RECORDS_MAX);
    image->projections = records;
    for (size_t index = 0; status == 0 && index < image->projection_count; index++) {
        struct image_projection *projection = &image->projections[index];
        char name[NAME_BYTES];
        void *weight = projection->weight;

        if (projection->source >= image->population_count || projection->target >= image->population_count) {
            status = fail(transfer, "projections lead to a population that there is not");
            break;
        }
        size_t size[] = {image->populations[projection->source].size, image->populations[projection->target].size};
        snprintf(name, sizeof name, "weights_%zu", index);
        status = transfer_array(transfer, group, name, HDF5_INT8, 1, 2, size, &weight);
        projection->weight = weight;
    }
    hdf5_close(group);
    return status;
}

static int transfer_ports(struct transfer *transfer, const char *name, struct port **ports, size_t *count)
{
    hid_t group = begin_group(transfer, name);
    void *records = *ports;

    if (group < 0)
        return -1;
    int status = transfer_records(transfer, group, COLUMNS(port_columns), &records, sizeof **ports, count, RECORDS_MAX);
    *ports = records;
    if (status == 0)
        status = transfer_names(transfer, group, records, sizeof **ports, *count);
    hdf5_close(group);
    return status;
}

static uint32_t segment_crc(const struct image_segment *segment)
{
    uLong crc = crc32(0, NULL, 0);

    for (size_t index = 0; index < segment->count; index++) {
        unsigned char bytes[] = {(unsigned char)segment->words[index], (unsigned char)(segment->words[index] >> 8)};
        crc = crc32(crc, bytes, sizeof bytes);
    }
    return (uint32_t)crc;
}

static int transfer_segment(struct transfer *transfer, hid_t group, size_t index)
{
    struct image_segment *segment = &transfer->image->segments[index];
    char name[NAME_BYTES];
    void *words = segment->words;
    hid_t dataset;
    int64_t crc = 0;

    snprintf(name, sizeof name, "words_%zu", index);
    if (transfer_array(transfer, group, name, HDF5_UINT16, sizeof *segment->words, 1, &segment->count, &words))
        return -1;
    segment->words = words;
    int64_t actual = segment_crc(segment);
    dataset = hdf5_open_dataset(group, name, transfer->reason);
    if (dataset < 0)
        return -1;
    int status = transfer->writing ? hdf5_set_integer(dataset, "crc32", actual, transfer->reason)
                                   : hdf5_attribute_integer(dataset, "crc32", &crc, transfer->reason);
    hdf5_close(dataset);
    if (status == 0 && !transfer->writing && crc != actual)
        return hdf5_because(transfer->reason, "segment %zu has the wrong checksum", index);
    return status;
}

static int transfer_mapping(struct transfer *transfer)
{
    struct image *image = transfer->image;
    hid_t group = begin_group(transfer, "segments");
    void *records = image->segments;

    if (group < 0)
        return -1;
    int status = transfer_records(transfer, group, COLUMNS(segment_columns), &records, sizeof *image->segments,
                                  &image->segment_count, SEGMENTS_MAX);
    image->segments = records;
    for (size_t index = 0; status == 0 && index < image->segment_count; index++)
        status = transfer_segment(transfer, group, index);
    hdf5_close(group);
    if (status || (group = begin_group(transfer, "input_maps")) < 0)
        return -1;
    size_t maps = image->board ? image->input_count : 0;
    records = image->input_maps;
    status = transfer_records(transfer, group, COLUMNS(input_map_columns), &records, sizeof *image->input_maps, &maps,
                              RECORDS_MAX);
    image->input_maps = records;
    hdf5_close(group);
    if (status == 0 && maps != (image->board ? image->input_count : 0))
        status = fail(transfer, "input_maps are not as many as inputs");
    if (status || (group = begin_group(transfer, "slices")) < 0)
        return -1;
    records = image->slices;
    status = transfer_records(transfer, group, COLUMNS(slice_columns), &records, sizeof *image->slices,
                              &image->slice_count, SEGMENTS_MAX);
    image->slices = records;
    hdf5_close(group);
    return status;
}

static int transfer_single(struct transfer *transfer, const char *name, const struct column *columns,
                           size_t column_count, void *record, size_t record_bytes)
{
    hid_t group = begin_group(transfer, name);

    if (group < 0)
        return -1;
    int status = transfer->writing ? columns_write(group, columns, column_count, record, record_bytes, 1,
                                                   transfer->reason)
                                   : columns_read(group, columns, column_count, record, record_bytes, 1,
                                                  transfer->reason);
    hdf5_close(group);
    return status;
}

static int transfer_board(struct transfer *transfer)
{
    struct image *image = transfer->image;

    if (transfer->writing) {
        if (hdf5_set_text(transfer->loom, "board", image->board ? image->board : "", transfer->reason))
            return -1;
    } else {
        image->board = hdf5_attribute_text(transfer->loom, "board", image->arena, transfer->reason);
        if (!image->board)
            return -1;
        if (image->board[0] == '\0')
            image->board = NULL;
    }
    return 0;
}

int image_layout(bool writing, hid_t loom, struct image *image, char *reason)
{
    struct transfer pass = {writing, loom, image, reason};
    struct transfer *transfer = &pass;

    if (transfer_board(transfer) ||
        transfer_single(transfer, "options", COLUMNS(option_columns), &image->options, sizeof image->options) ||
        transfer_single(transfer, "program", COLUMNS(program_columns), image, sizeof *image) ||
        transfer_populations(transfer) || transfer_projections(transfer) ||
        transfer_ports(transfer, "inputs", &image->inputs, &image->input_count) ||
        transfer_ports(transfer, "outputs", &image->outputs, &image->output_count))
        return -1;
    return transfer_mapping(transfer);
}
