/* The part of the layout (image_layout.h) that tells where things lie in the array: segments, orders, buffers, slices. */
#include "image_transfer.h"

#include "hardware.h"

#include <stdio.h>
#include <zlib.h>

static const struct column segment_columns[] = {
    COLUMN(image_segment, core, COLUMN_UNSIGNED, HW_BROADCAST),
    COLUMN(image_segment, space, COLUMN_UNSIGNED, HW_SPACE_PROGRAM),
    COLUMN(image_segment, address, COLUMN_UINT32, UINT32_MAX),
    COLUMN(image_segment, count, COLUMN_SIZE, HDF5_COUNT_MAX),
};

static const struct column order_columns[] = {
    COLUMN(image_order, channels, COLUMN_SIZE, TRANSFER_NEURONS_MAX),
    COLUMN(image_order, columns, COLUMN_SIZE, TRANSFER_NEURONS_MAX),
    COLUMN(image_order, rows, COLUMN_SIZE, TRANSFER_NEURONS_MAX),
    COLUMN(image_order, row_stride, COLUMN_SIZE, TRANSFER_NEURONS_MAX),
};

static const struct column buffer_columns[] = {
    COLUMN(image_buffer, used, COLUMN_BOOL, 1),
    COLUMN(image_buffer, space, COLUMN_UNSIGNED, HW_SPACE_STATE),
    COLUMN(image_buffer, address, COLUMN_UINT32, UINT32_MAX),
    COLUMN(image_buffer, ring_log2, COLUMN_UNSIGNED, HW_RING_LOG2_MAX),
    COLUMN(image_buffer, words, COLUMN_SIZE, HDF5_COUNT_MAX),
    COLUMN(image_buffer, lag, COLUMN_SIZE, IMAGE_STAGES_MAX),
};

static const struct column slice_columns[] = {
    COLUMN(image_slice, population, COLUMN_SIZE, TRANSFER_RECORDS_MAX),
    COLUMN(image_slice, first_neuron, COLUMN_SIZE, TRANSFER_NEURONS_MAX),
    COLUMN(image_slice, neurons, COLUMN_SIZE, TRANSFER_NEURONS_MAX),
    COLUMN(image_slice, core, COLUMN_UNSIGNED, HW_BROADCAST),
    COLUMN(image_slice, state_space, COLUMN_UNSIGNED, HW_SPACE_STATE),
    COLUMN(image_slice, state_address, COLUMN_UINT32, UINT32_MAX),
    COLUMN(image_slice, current_address, COLUMN_UINT32, UINT32_MAX),
    COLUMN(image_slice, output_address, COLUMN_UINT32, UINT32_MAX),
    COLUMN(image_slice, output, COLUMN_BOOL, 1),
};

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
    char name[TRANSFER_NAME_BYTES];
    void *words = segment->words;
    hid_t dataset;
    int64_t crc = 0;

    if (transfer_numbered(transfer, group, "words", index, HDF5_UINT16, sizeof *segment->words, segment->count, &words))
        return -1;
    segment->words = words;
    snprintf(name, sizeof name, "words_%zu", index);
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

static int transfer_segments(struct transfer *transfer)
{
    struct image *image = transfer->image;
    hid_t group = transfer_group(transfer, "segments");
    void *records = image->segments;

    if (group < 0)
        return -1;
    int status = transfer_records(transfer, group, TRANSFER_COLUMNS(segment_columns), &records,
                                  sizeof *image->segments, &image->segment_count, TRANSFER_SEGMENTS_MAX);
    image->segments = records;
    for (size_t index = 0; status == 0 && index < image->segment_count; index++)
        status = transfer_segment(transfer, group, index);
    hdf5_close(group);
    return status;
}

/* One record a population where there is a board, else none. */
static int transfer_by_population(struct transfer *transfer, const char *name, const struct column *columns,
                                  size_t column_count, void **records, size_t record_bytes)
{
    hid_t group = transfer_group(transfer, name);
    size_t expected = transfer->image->board ? transfer->image->population_count : 0, count = expected;

    if (group < 0)
        return -1;
    int status = transfer_records(transfer, group, columns, column_count, records, record_bytes, &count,
                                  TRANSFER_RECORDS_MAX);
    hdf5_close(group);
    if (status == 0 && count != expected)
        return hdf5_because(transfer->reason, "%s are not as many as populations", name);
    return status;
}

int transfer_mapping(struct transfer *transfer)
{
    struct image *image = transfer->image;
    void *orders = image->orders, *buffers = image->buffers, *slices = image->slices;

    if (transfer_segments(transfer) ||
        transfer_by_population(transfer, "orders", TRANSFER_COLUMNS(order_columns), &orders, sizeof *image->orders) ||
        transfer_by_population(transfer, "buffers", TRANSFER_COLUMNS(buffer_columns), &buffers,
                               sizeof *image->buffers))
        return -1;
    image->orders = orders;
    image->buffers = buffers;
    hid_t group = transfer_group(transfer, "slices");
    if (group < 0)
        return -1;
    int status = transfer_records(transfer, group, TRANSFER_COLUMNS(slice_columns), &slices, sizeof *image->slices,
                                  &image->slice_count, TRANSFER_SEGMENTS_MAX);
    image->slices = slices;
    hdf5_close(group);
    return status;
}
