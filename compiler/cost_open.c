/* Makes the model of an image: memories, programs, what its host's steps need on the link. */
#include "cost_parts.h"

#include <stdlib.h>
#include <string.h>

enum {
    FRAME_BYTES = 10,   /* around a frame's payload */
    ACKNOWLEDGE = 23,   /* cycles of an acknowledgement: as many bytes, two cycles each, and on its way */
    EXECUTE_PACKET = 7, /* cycles of the head of a packet to the array */
    EXECUTE_WORD = 2    /* of each word behind */
};

/* Words of a memory of a core, from address 0 on, as the image's segments have them. */
static uint16_t *copy_segments(const struct image *image, unsigned number, unsigned space, size_t *count)
{
    uint16_t *words = NULL;

    for (int pass = 0; pass < 2; pass++) {
        for (size_t index = 0; index < image->segment_count; index++) {
            const struct image_segment *segment = &image->segments[index];
            if (segment->space != space || (segment->core != number && segment->core != HW_BROADCAST))
                continue;
            if (pass == 1)
                memcpy(words + segment->address, segment->words, segment->count * sizeof *segment->words);
            else if (segment->address + segment->count > *count)
                *count = segment->address + segment->count;
        }
        if (pass == 0 && !(words = calloc(*count + 1, sizeof *words)))
            return NULL;
    }
    return words;
}

static bool fill_core(struct cost *cost, unsigned number)
{
    struct cost_core *core = &cost->cores[number];

    core->weights = copy_segments(cost->image, number, HW_SPACE_WEIGHT, &core->weight_count);
    core->program = copy_segments(cost->image, number, HW_SPACE_PROGRAM, &core->program_count);
    core->values = calloc((size_t)cost->board->state_rows * cost->board->slots, sizeof *core->values);
    return core->weights && core->program && core->values;
}

/* The sources of a core's program must lie in its memories. */
static bool sources_fit(const struct cost *cost, const struct cost_core *core)
{
    for (size_t index = 0; index < core->operation_count; index++) {
        const struct operation *operation = &core->operations[index];
        size_t size = operation_has(operation, HW_FLAG_GRADED) ? (size_t)cost->board->state_rows * cost->board->slots
                                                     : cost->board->spike_words;
        if (operation->code == HW_OPERATION_ACCUMULATE &&
            operation->source + ((size_t)operation->count << operation->ring_log2) > size)
            return false;
    }
    return true;
}

/* Cycles between two STEPs of a host that does nothing else: frames with the inputs, each acknowledged before the next. */
static void set_host_cycles(struct cost *cost)
{
    const struct image *image = cost->image;
    size_t payload = HW_PACKET_HEAD_WORDS + 1;

    for (size_t input = 0; input < image->input_count; input++) {
        const struct image_buffer *buffer = &image->buffers[image->inputs[input].population];
        if (!buffer->used)
            continue;
        payload += HW_PACKET_HEAD_WORDS + buffer->words;
        cost->execute_cycles += EXECUTE_PACKET + EXECUTE_WORD * buffer->words;
    }
    size_t frames = place_divide_up(payload, HW_FRAME_PAYLOAD_WORDS);
    cost->execute_cycles += EXECUTE_PACKET;
    cost->step_cycles = cost->execute_cycles + 2 * payload + frames * (FRAME_BYTES + ACKNOWLEDGE);
}

static bool allocate(struct cost *cost)
{
    const struct image *image = cost->image;
    unsigned cores = cost->board->cores;

    cost->cores = calloc(cores, sizeof *cost->cores);
    cost->times = calloc(cores, sizeof *cost->times);
    cost->spikes = calloc(cost->board->spike_words, sizeof *cost->spikes);
    size_t words = 1;
    cost->late = calloc(image->population_count + 1, sizeof *cost->late);
    for (size_t population = 0; cost->late && population < image->population_count; population++) {
        const struct image_buffer *buffer = &image->buffers[population];
        words = buffer->words > words ? buffer->words : words;
        cost->late[population] = calloc(buffer->lag * buffer->words + 1, sizeof **cost->late);
        if (!cost->late[population])
            return false;
    }
    cost->words = calloc(words, sizeof *cost->words);
    cost->ring = cores > 1 ? cost_ring_open(image, cost->board) : NULL;
    if (!cost->late || !cost->words || !cost->cores || !cost->times || !cost->spikes || (cores > 1 && !cost->ring))
        return false;
    for (unsigned core = 0; core < cores; core++) {
        if (!fill_core(cost, core) || !cost_read_program(&cost->cores[core], cost->board, image->step_entry) ||
            !sources_fit(cost, &cost->cores[core]))
            return false;
    }
    return cost_rest_open(cost);
}

struct cost *cost_open(const struct image *image)
{
    struct cost *cost = calloc(1, sizeof *cost);

    if (!cost)
        return NULL;
    cost->image = image;
    cost->board = image->board ? board_find(image->board) : NULL;
    if (!cost->board || !allocate(cost)) {
        cost_close(cost);
        return NULL;
    }
    set_host_cycles(cost);
    cost_reset(cost);
    return cost;
}

void cost_close(struct cost *cost)
{
    if (!cost)
        return;
    if (cost->board)
        cost_rest_close(cost);
    for (unsigned core = 0; cost->cores && core < cost->board->cores; core++) {
        free(cost->cores[core].weights);
        free(cost->cores[core].program);
        free(cost->cores[core].operations);
        free(cost->cores[core].spent);
        free(cost->cores[core].values);
    }
    free(cost->cores);
    free(cost->times);
    free(cost->spikes);
    for (size_t population = 0; cost->late && population < cost->image->population_count; population++)
        free(cost->late[population]);
    free(cost->late);
    free(cost->words);
    cost_ring_close(cost->ring);
    free(cost);
}

void cost_reset(struct cost *cost)
{
    memset(cost->spikes, 0, cost->board->spike_words * sizeof *cost->spikes);
    memset(cost->times, 0, cost->board->cores * sizeof *cost->times);
    for (size_t population = 0; population < cost->image->population_count; population++) {
        const struct image_buffer *buffer = &cost->image->buffers[population];
        memset(cost->late[population], 0, buffer->lag * buffer->words * sizeof **cost->late);
    }
    for (unsigned core = 0; core < cost->board->cores; core++)
        memset(cost->cores[core].values, 0,
               (size_t)cost->board->state_rows * cost->board->slots * sizeof *cost->cores[core].values);
    cost_rest_reset(cost);
    cost->link_free = cost->step_time = cost->end_time = cost->end_before = cost->idle = 0;
    if (cost->ring)
        cost_ring_reset(cost);
    cost->totals = (struct cost_totals){0};
}
