/* Tables of positions. For a position, that is for some neighbouring source neurons, the accumulator units that any of
 * them adds to lie in a rectangle of image rows and units; rows at a constant distance are the runs of its entry.
 * Nothing here knows what a convolution is: its weights are shared because the contents of rectangles repeat. */
#include "table.h"

#include <stdlib.h>
#include <string.h>

/* Units that the neurons of a position have in common: runs of length units, distance from one run's first to the
 * next's. */
struct rectangle {
    uint32_t first;
    uint32_t runs;
    uint32_t length;
    uint32_t distance;
};

/* A unit of a slice in the image. */
struct place_in_image {
    uint32_t row;
    uint32_t column;
};

struct builder {
    const struct table_input *input;
    const struct slice_rows *rows;
    struct place_in_image *units; /* (slice units) */
    size_t unit_count;
    size_t unit_limit; /* that the accumulators have */
    unsigned lanes_log2;
    int16_t *content;
    size_t content_capacity;
};

static uint32_t greatest_divisor(uint32_t a, uint32_t b)
{
    while (b) {
        uint32_t rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

static unsigned logarithm(unsigned power)
{
    unsigned log2 = 0;

    while (power >> (log2 + 1))
        log2++;
    return log2;
}

static int begin_slice(struct builder *builder, const struct connection *connection)
{
    const struct table_input *input = builder->input;
    const struct image_slice *slice = &input->image->slices[connection->slice];
    size_t first = slice->first_neuron / input->layout.lanes;

    builder->rows = &input->rows->slices[connection->slice - input->rows->first_slice];
    builder->unit_count = place_divide_up(slice->neurons, input->layout.lanes);
    free(builder->units);
    builder->units = malloc((builder->unit_count + 1) * sizeof *builder->units);
    if (!builder->units)
        return -1;
    for (size_t unit = 0; unit < builder->unit_count; unit++) {
        size_t place = first + unit;
        builder->units[unit] = input->pitch ? (struct place_in_image){ (uint32_t)(place / input->pitch),
                                                                       (uint32_t)(place % input->pitch) }
                                            : (struct place_in_image){ 0, (uint32_t)place };
    }
    return 0;
}

/* One run from the first unit to the last, in pieces of equal length where it is too long for an entry. */
static bool stretch(const struct builder *builder, uint32_t first, uint32_t last, struct rectangle *rectangle)
{
    size_t length = last - first + 1;
    size_t runs = place_divide_up(length, HW_ENTRY_LENGTH_MAX);

    length = place_divide_up(length, runs);
    *rectangle = (struct rectangle){ first, (uint32_t)runs, (uint32_t)length, (uint32_t)length };
    return runs <= HW_ENTRY_RUNS_MAX && first + runs * length <= builder->unit_limit;
}

/* The rectangle of synapses first <= s < end, at least one. False if no entry can say it. */
static bool find_rectangle(const struct builder *builder, size_t first, size_t end, struct rectangle *rectangle)
{
    uint32_t first_unit = UINT32_MAX, last_unit = 0, first_column = UINT32_MAX, last_column = 0;
    uint32_t any_row = builder->units[builder->rows->target[first] >> builder->lanes_log2].row;
    uint32_t first_row = UINT32_MAX, last_row = 0, distance = 0;

    for (size_t synapse = first; synapse < end; synapse++) {
        uint32_t unit = builder->rows->target[synapse] >> builder->lanes_log2;
        struct place_in_image place = builder->units[unit];
        first_unit = unit < first_unit ? unit : first_unit;
        last_unit = unit > last_unit ? unit : last_unit;
        first_column = place.column < first_column ? place.column : first_column;
        last_column = place.column > last_column ? place.column : last_column;
        first_row = place.row < first_row ? place.row : first_row;
        last_row = place.row > last_row ? place.row : last_row;
        if (place.row != any_row)
            distance = greatest_divisor(place.row > any_row ? place.row - any_row : any_row - place.row, distance);
    }
    uint32_t length = last_column - first_column + 1;
    uint32_t runs = distance ? (last_row - first_row) / distance + 1 : 1;
    uint32_t skip = distance ? distance * (uint32_t)builder->input->pitch - length : 0;
    /* of the first unit, whose row is the first, back to the first column; slices begin and end with a row */
    uint32_t back = builder->units[first_unit].column - first_column;

    if (runs > HW_ENTRY_RUNS_MAX || length > HW_ENTRY_LENGTH_MAX || skip > HW_ENTRY_TARGET_SKIP_MAX ||
        runs * length > last_unit - first_unit + 1)
        return stretch(builder, first_unit, last_unit, rectangle);
    *rectangle = (struct rectangle){ first_unit - back, runs, length, length + skip };
    return true;
}

/* Weights of the neurons place, place + 1, … of a position, in the form of a block. */
static int fill_content(struct builder *builder, size_t place, size_t neurons, const struct rectangle *rectangle)
{
    size_t lanes = builder->input->layout.lanes;
    size_t neuron_weights = (size_t)rectangle->runs * rectangle->length * lanes;

    if (neurons * neuron_weights > builder->content_capacity) {
        int16_t *content = realloc(builder->content, 2 * neurons * neuron_weights * sizeof *content);
        if (!content)
            return -1;
        builder->content = content;
        builder->content_capacity = 2 * neurons * neuron_weights;
    }
    memset(builder->content, 0, neurons * neuron_weights * sizeof *builder->content);
    for (size_t neuron = 0; neuron < neurons && place + neuron < builder->input->rows->sources; neuron++) {
        for (size_t synapse = builder->rows->first[place + neuron]; synapse < builder->rows->first[place + neuron + 1];
             synapse++) {
            uint32_t target = builder->rows->target[synapse];
            uint32_t unit = (target >> builder->lanes_log2) - rectangle->first;
            size_t run = unit / rectangle->distance;
            size_t at = run * rectangle->length + unit % rectangle->distance;
            builder->content[neuron * neuron_weights + at * lanes + target % lanes] = builder->rows->weight[synapse];
        }
    }
    return 0;
}

static int add_position(struct candidate *candidate, struct builder *builder, size_t place, struct position *position)
{
    const struct projection_rows *rows = builder->input->rows;
    size_t neurons = (size_t)1 << candidate->position_log2;
    size_t end = place + neurons < rows->sources ? place + neurons : rows->sources;
    struct rectangle rectangle;
    double cost = 2;

    position->block = BLOCK_NONE;
    if (builder->rows->first[place] != builder->rows->first[end]) {
        if (!find_rectangle(builder, builder->rows->first[place], builder->rows->first[end], &rectangle))
            return 1;
        if (fill_content(builder, place, neurons, &rectangle))
            return -1;
        int status = block_store_add(&candidate->store, rectangle.runs, rectangle.length, builder->content,
                                     &position->block);
        if (status)
            return status;
        position->target = rectangle.first;
        position->target_skip = rectangle.runs > 1 ? rectangle.distance - rectangle.length : 0;
        double units = (double)rectangle.runs * rectangle.length + 1;
        cost = units > cost ? units : cost;
    }
    for (size_t neuron = place; neuron < end; neuron++)
        candidate->cost += rows->present[neuron] ? cost : 0;
    return 0;
}

int table_positions(struct candidate *candidate, const struct table_input *input, unsigned position_log2, size_t limit)
{
    struct builder builder = { .input = input, .lanes_log2 = logarithm(input->layout.lanes) };
    size_t neurons = (size_t)1 << position_log2;
    size_t aligned = 0;
    size_t at = 0;
    int status = -1;

    *candidate = (struct candidate){ .table = true, .position_log2 = position_log2 };
    block_store_begin(&candidate->store, neurons, input->layout.lanes, limit);
    builder.unit_limit = (size_t)input->board->accumulator_rows * input->board->lanes / input->layout.lanes;
    for (size_t index = 0; index < input->count; index++) {
        size_t entries = place_divide_up(table_scanned(input, input->connections[index]), neurons);
        candidate->entries += entries;
        aligned += place_divide_up(entries, HW_TABLE_ALIGNMENT) * HW_TABLE_ALIGNMENT;
    }
    candidate->positions = malloc((candidate->entries + 1) * sizeof *candidate->positions);
    if (!candidate->positions)
        goto done;
    for (size_t index = 0; index < input->count; index++) {
        const struct connection *connection = input->connections[index];
        size_t scanned = table_scanned(input, connection);
        if (begin_slice(&builder, connection))
            goto done;
        for (size_t place = 0; place < scanned; place += neurons) {
            status = add_position(candidate, &builder, connection->first_neuron + place, &candidate->positions[at++]);
            if (status)
                goto done;
        }
    }
    status = block_store_place(&candidate->store);
    if (!status && candidate->store.stride > UINT16_MAX)
        status = 1;
    candidate->words = aligned + place_divide_up(candidate->store.units, input->layout.units_per_word);
done:
    free(builder.units);
    free(builder.content);
    if (status)
        table_free(candidate);
    return status;
}

void table_free(struct candidate *candidate)
{
    free(candidate->positions);
    block_store_free(&candidate->store);
    *candidate = (struct candidate){ 0 };
}
