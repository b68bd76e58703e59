/* Where an image says that things lie (image_check.h), checked against the memories of its board. */
#include "image_check.h"

#include "hardware.h"

enum { PLACES_MAX = 1 << 25, SPIKES_A_WORD = HW_WORD_BITS };

/* 16-bit words that a memory of a core has. */
static size_t space_words(const struct board *board, unsigned space)
{
    switch (space) {
    case HW_SPACE_WEIGHT:
        return (size_t)board->weight_words * (board->word_bits / HW_WORD_BITS);
    case HW_SPACE_SPIKE:
        return board->spike_words;
    case HW_SPACE_STATE:
        return (size_t)board->state_rows * board->slots;
    case HW_SPACE_PROGRAM:
        return (size_t)board->operations * HW_OPERATION_WORDS;
    default:
        return 0;
    }
}

static bool fits(const struct board *board, unsigned space, size_t address, size_t count)
{
    size_t words = space_words(board, space);

    return address <= words && count <= words - address;
}

static const char *segment_fault(const struct board *board, const struct image_segment *segment)
{
    if (segment->core >= board->cores && segment->core != HW_BROADCAST)
        return "a segment is for a core that there is not";
    if (!fits(board, segment->space, segment->address, segment->count))
        return "a segment lies outside its memory";
    return segment->words || segment->count == 0 ? NULL : "the words of a segment are missing";
}

static const char *order_fault(const struct image_order *order, size_t size)
{
    if (order->channels == 0 || order->columns == 0 || order->rows == 0 || order->row_stride == 0 ||
        order->channels > size || order->columns > size / order->channels ||
        order->channels * order->columns * order->rows != size || size % order->rows != 0)
        return "an order does not fit the size of its population";
    if (order->row_stride < order->channels * order->columns || order->row_stride > PLACES_MAX / order->rows)
        return "the row stride of an order is out of range";
    return NULL;
}

static const char *buffer_fault(const struct image *image, const struct board *board, size_t index)
{
    const struct image_population *population = &image->populations[index];
    const struct image_buffer *buffer = &image->buffers[index];
    size_t history = image_history(image, index);
    size_t needed = image_words(population, image_order_size(&image->orders[index]));

    if (buffer->lag >= image->stage_count)
        return "a population lags behind more steps than there are stages";
    if (!buffer->used)
        return history ? "a population with delays has no buffer" : NULL;
    if (buffer->space != (population->graded ? HW_SPACE_STATE : HW_SPACE_SPIKE))
        return "the memory of a buffer does not fit its population";
    for (size_t projection = 0; projection < image->projection_count; projection++) {
        const struct image_projection *from = &image->projections[projection];
        if (from->source != index)
            continue;
        if (from->delay + image->buffers[from->target].lag < buffer->lag)
            return "a projection reads what is not there yet";
        size_t delay = image_array_delay(image, from);
        history = delay > history ? delay : history;
    }
    if (buffer->ring_log2 > HW_RING_LOG2_MAX || history >= (size_t)1 << buffer->ring_log2)
        return "the ring of a buffer is shorter than its delays";
    if (buffer->words < needed || buffer->words > space_words(board, buffer->space) >> buffer->ring_log2 ||
        !fits(board, buffer->space, buffer->address, buffer->words << buffer->ring_log2))
        return "a buffer lies outside its memory, or does not hold its population";
    return NULL;
}

static const char *slice_place_fault(const struct image *image, const struct board *board,
                                     const struct image_slice *slice)
{
    bool current = model_has_current(image->populations[slice->population].model);

    if (slice->core >= board->cores)
        return "a slice is on a core that there is not";
    if (slice->state_space != HW_SPACE_STATE && slice->state_space != HW_SPACE_WEIGHT)
        return "the states of a slice are in a memory that does not hold states";
    if (!fits(board, slice->state_space, slice->state_address, slice->neurons) ||
        (current && !fits(board, slice->state_space, slice->current_address, slice->neurons)))
        return "the states of a slice lie outside their memory";
    if (slice->output_address > PLACES_MAX)
        return "the output address of a slice is out of range";
    return NULL;
}

/* Slices must cover each population once, in order, up to the next multiple of 16. */
static const char *slices_fault(const struct image *image, const struct board *board)
{
    size_t next = 0;

    for (size_t population = 0; population < image->population_count; population++) {
        size_t places = image_order_size(&image->orders[population]), place = 0;
        size_t end = (places + SPIKES_A_WORD - 1) / SPIKES_A_WORD * SPIKES_A_WORD;

        if (image->populations[population].model == MODEL_INPUT)
            continue;
        for (; place < places; next++) {
            const struct image_slice *slice = &image->slices[next];

            if (next == image->slice_count || slice->population != population || slice->first_neuron != place ||
                place % SPIKES_A_WORD != 0 || slice->neurons == 0 || slice->neurons > end - place)
                return "the slices do not cover the populations in order";
            const char *fault = slice_place_fault(image, board, slice);
            if (fault)
                return fault;
            place += slice->neurons;
        }
    }
    return next == image->slice_count ? NULL : "there are more slices than neurons";
}

const char *image_mapping_fault(const struct image *image)
{
    const struct board *board = board_find(image->board);
    const char *fault = NULL;

    if (!board)
        return "the board is unknown";
    if (image->stage_count == 0 || image->clear_entry >= board->operations || image->step_entry >= board->operations ||
        (image->stage_count > 1 &&
         image->stage_operations > (board->operations - image->step_entry) / (1 + image->stage_count)))
        return "a program entry is out of range";
    if (!image->orders || !image->buffers || (!image->slices && image->slice_count))
        return "orders, buffers or slices are missing";
    for (size_t index = 0; !fault && index < image->segment_count; index++)
        fault = segment_fault(board, &image->segments[index]);
    for (size_t index = 0; !fault && index < image->population_count; index++)
        fault = order_fault(&image->orders[index], image->populations[index].size);
    for (size_t index = 0; !fault && index < image->population_count; index++)
        fault = buffer_fault(image, board, index);
    if (!fault)
        fault = slices_fault(image, board);
    return fault ? fault : image_program_fault(image, board);
}
