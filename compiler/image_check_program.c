/* Programs of an image (image_check.h): every operation that a core would run has what its engine needs, in its memories. */
#include "image_check.h"

#include "hardware.h"

#include <stdlib.h>
#include <string.h>

/* The program memory of a core as the segments leave it; operations that none names are unknown ones. NULL if memory is short. */
static uint16_t *read_program(const struct image *image, const struct board *board, unsigned core)
{
    size_t count = (size_t)board->operations * HW_OPERATION_WORDS;
    uint16_t *words = malloc(count * sizeof *words);

    if (words)
        memset(words, 0xFF, count * sizeof *words);
    for (size_t index = 0; words && index < image->segment_count; index++) {
        const struct image_segment *segment = &image->segments[index];
        if (segment->space == HW_SPACE_PROGRAM && segment->count && (segment->core == core || segment->core == HW_BROADCAST))
            memcpy(words + segment->address, segment->words, segment->count * sizeof *words);
    }
    return words;
}

static bool has(const uint16_t *words, unsigned flag)
{
    return words[flag / HW_WORD_BITS] >> flag % HW_WORD_BITS & 1;
}

static bool ring_fits(const uint16_t *words, size_t count, size_t room)
{
    unsigned ring_log2 = words[7] >> 12;

    return ring_log2 <= HW_RING_LOG2_MAX && words[2] + (count << ring_log2) <= room;
}

static const char *update_fault(const struct board *board, const uint16_t *words)
{
    size_t count = words[3], states = has(words, HW_FLAG_EXTERNAL) ? board->weight_words : board->state_rows;
    size_t groups = has(words, HW_FLAG_CURRENT) ? states : (size_t)board->accumulator_rows * (board->lanes / board->slots);
    size_t spike_words = (count * board->slots + HW_WORD_BITS - 1) / HW_WORD_BITS;
    size_t parameters_end = (size_t)words[4] + HW_PARAMETER_ROWS;

    if (count == 0)
        return "an UPDATE has no groups";
    if ((words[0] >> HW_FLAG_GAIN & 15) > HW_GAIN_MAX)
        return "the gain of an UPDATE is out of range";
    if (words[0] >> HW_FLAG_REST & 3)
        return "an UPDATE is at rest before it ran";
    if (words[5] + count > states || words[6] + count > groups || parameters_end > board->state_rows)
        return "the rows of an UPDATE lie outside their memories";
    if (has(words, HW_FLAG_FIRE) && !ring_fits(words, spike_words, board->spike_words))
        return "the spikes of an UPDATE lie outside their memory";
    return NULL;
}

static const char *operation_fault(const struct board *board, const uint16_t *words)
{
    size_t values = (size_t)board->state_rows * board->slots;

    switch (words[0] & 7) {
    case HW_OPERATION_UPDATE:
        return update_fault(board, words);
    case HW_OPERATION_ACCUMULATE:
    case HW_OPERATION_SEND:
        return ring_fits(words, words[3], has(words, HW_FLAG_GRADED) ? values : board->spike_words)
                   ? NULL
                   : "the source of an operation lies outside its memory";
    default:
        return "an operation is unknown";
    }
}

static const char *program_fault(const struct board *board, const uint16_t *program, size_t entry)
{
    const char *fault = NULL;

    for (size_t index = entry; !fault; index++) {
        const uint16_t *words = program + index * HW_OPERATION_WORDS;
        if (index >= board->operations)
            return "a program has no END";
        if ((words[0] & 7) == HW_OPERATION_END)
            return NULL;
        fault = operation_fault(board, words);
    }
    return fault;
}

const char *image_program_fault(const struct image *image, const struct board *board)
{
    const char *fault = NULL;

    for (unsigned core = 0; !fault && core < board->cores; core++) {
        uint16_t *program = read_program(image, board, core);
        if (!program)
            return "memory is short";
        fault = program_fault(board, program, image->clear_entry);
        for (size_t stage = 0; !fault && stage <= image->stage_count; stage++) {
            if (stage == 0 || image->stage_count > 1)
                fault = program_fault(board, program, image->step_entry + stage * image->stage_operations);
        }
        free(program);
    }
    return fault;
}
