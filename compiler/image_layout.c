/* The layout of /loom (image_layout.h): a group for each array of struct image, each member a dataset. */
#include "image_layout.h"

#include "image_transfer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
    COLUMN(options, scales, COLUMN_UNSIGNED, SCALES_CHANNEL),
    COLUMN(options, pipeline, COLUMN_UNSIGNED, PIPELINE_ON),
    COLUMN(options, weight_bits, COLUMN_UNSIGNED, WEIGHT_BITS_MAX),
};

static const struct column program_columns[] = {
    COLUMN(image, clear_entry, COLUMN_UINT32, UINT32_MAX),
    COLUMN(image, step_entry, COLUMN_UINT32, UINT32_MAX),
    COLUMN(image, stage_count, COLUMN_SIZE, IMAGE_STAGES_MAX),
    COLUMN(image, stage_operations, COLUMN_UINT32, UINT16_MAX),
};

static const struct column port_columns[] = {COLUMN(port, population, COLUMN_SIZE, TRANSFER_RECORDS_MAX)};

int transfer_fail(struct transfer *transfer, const char *text)
{
    return hdf5_because(transfer->reason, "%s", text);
}

hid_t transfer_group(struct transfer *transfer, const char *name)
{
    char inner[HDF5_REASON_BYTES];
    hid_t group = transfer->writing ? hdf5_create_group(transfer->loom, name, inner)
                                    : hdf5_open_group(transfer->loom, name, inner);

    if (group < 0)
        hdf5_because(transfer->reason, "%s %s", name, inner);
    return group;
}

int transfer_records(struct transfer *transfer, hid_t group, const struct column *columns, size_t column_count,
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
        return transfer_fail(transfer, "out of memory");
    return columns_read(group, columns, column_count, *records, record_bytes, *count, transfer->reason);
}

int transfer_array(struct transfer *transfer, hid_t group, const char *name, enum hdf5_type type, size_t bytes,
                   size_t rank, const size_t *size, void **values)
{
    size_t count = 1;

    for (size_t axis = 0; axis < rank; axis++) {
        if (size[axis] && count > SIZE_MAX / size[axis])
            return transfer_fail(transfer, "a product of sizes overflows");
        count *= size[axis];
    }
    if (transfer->writing)
        return hdf5_write(group, name, type, rank, size, *values, true, transfer->reason);
    *values = columns_read_array(group, name, type, bytes, count, transfer->image->arena, transfer->reason);
    return *values ? 0 : -1;
}

int transfer_numbered(struct transfer *transfer, hid_t group, const char *name, size_t index, enum hdf5_type type,
                      size_t bytes, size_t count, void **values)
{
    char numbered[TRANSFER_NAME_BYTES];

    snprintf(numbered, sizeof numbered, "%s_%zu", name, index);
    return transfer_array(transfer, group, numbered, type, bytes, 1, &count, values);
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

int transfer_names(struct transfer *transfer, hid_t group, char *records, size_t record_bytes, size_t count)
{
    /* In struct image_population and struct port alike, the name is the first member. */
    char **names = calloc(count + 1, sizeof *names);
    int status = names ? 0 : transfer_fail(transfer, "out of memory");

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

static int transfer_ports(struct transfer *transfer, const char *name, struct port **ports, size_t *count)
{
    hid_t group = transfer_group(transfer, name);
    void *records = *ports;

    if (group < 0)
        return -1;
    int status = transfer_records(transfer, group, TRANSFER_COLUMNS(port_columns), &records, sizeof **ports, count,
                                  TRANSFER_RECORDS_MAX);
    *ports = records;
    if (status == 0)
        status = transfer_names(transfer, group, records, sizeof **ports, *count);
    hdf5_close(group);
    return status;
}

static int transfer_single(struct transfer *transfer, const char *name, const struct column *columns,
                           size_t column_count, void *record, size_t record_bytes)
{
    hid_t group = transfer_group(transfer, name);

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
        transfer_single(transfer, "options", TRANSFER_COLUMNS(option_columns), &image->options, sizeof image->options) ||
        transfer_single(transfer, "program", TRANSFER_COLUMNS(program_columns), image, sizeof *image) ||
        transfer_populations(transfer) || transfer_projections(transfer) ||
        transfer_ports(transfer, "inputs", &image->inputs, &image->input_count) ||
        transfer_ports(transfer, "outputs", &image->outputs, &image->output_count))
        return -1;
    return transfer_mapping(transfer);
}
