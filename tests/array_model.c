/* Cores that take turns, and the messages between them (array_model.h). */
#include "array_model.h"

#include "array_operations.h"

#include <stdlib.h>

enum { OPERATIONS_MAX = 1 << 16 };

static uint64_t next_random(struct array_model *model)
{
    model->random = model->random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return model->random >> 33;
}

static uint16_t *fill(struct array_model *model, size_t count)
{
    uint16_t *words = malloc((count + 1) * sizeof *words);

    for (size_t word = 0; words && word < count; word++)
        words[word] = (uint16_t)next_random(model);
    return words;
}

struct array_model *array_model_open(const struct image *image, uint64_t seed)
{
    struct array_model *model = calloc(1, sizeof *model);
    const struct board *board = board_find(image->board);
    bool good = model && board;

    if (!good) {
        free(model);
        return NULL;
    }
    model->board = board;
    model->random = seed;
    model->cores = calloc(board->cores, sizeof *model->cores);
    model->outputs = calloc(ARRAY_OUTPUTS_MAX, sizeof *model->outputs);
    model->output_counts = calloc(ARRAY_OUTPUTS_MAX, sizeof *model->output_counts);
    good = model->cores && model->outputs && model->output_counts;
    for (unsigned core = 0; good && core < board->cores; core++) {
        struct core *own = &model->cores[core];
        own->weights = fill(model, (size_t)board->weight_words * (board->word_bits / 16));
        own->program = fill(model, (size_t)board->operations * HW_OPERATION_WORDS);
        own->spikes = fill(model, board->spike_words);
        own->state = fill(model, (size_t)board->state_rows * board->slots);
        own->accumulators = fill(model, (size_t)board->accumulator_rows * board->lanes);
        good = own->weights && own->program && own->spikes && own->state && own->accumulators;
    }
    for (size_t index = 0; good && index < image->segment_count; index++) {
        const struct image_segment *segment = &image->segments[index];
        for (unsigned core = 0; core < board->cores; core++) {
            for (size_t word = 0; (core == segment->core || segment->core == HW_BROADCAST) && word < segment->count;
                 word++) {
                uint16_t *to = array_word(model, core, segment->space, (uint32_t)(segment->address + word));
                if (to)
                    *to = segment->words[word];
                good = good && to;
            }
        }
    }
    if (good)
        return model;
    array_model_close(model);
    return NULL;
}

void array_model_close(struct array_model *model)
{
    for (unsigned core = 0; model && model->cores && core < model->board->cores; core++) {
        free(model->cores[core].weights);
        free(model->cores[core].program);
        free(model->cores[core].spikes);
        free(model->cores[core].state);
        free(model->cores[core].accumulators);
    }
    if (model) {
        free(model->cores);
        free(model->messages);
        free(model->outputs);
        free(model->output_counts);
    }
    free(model);
}

const char *array_model_error(const struct array_model *model)
{
    return model->error;
}

uint64_t array_model_units(const struct array_model *model)
{
    return model->units;
}

bool array_model_write(struct array_model *model, unsigned space, uint32_t address, uint16_t word)
{
    for (unsigned core = 0; core < model->board->cores; core++) {
        uint16_t *to = array_word(model, core, space, address);
        if (!to)
            return false;
        *to = word;
    }
    return true;
}

uint16_t array_model_read(const struct array_model *model, unsigned core, unsigned space, uint32_t address)
{
    const uint16_t *word = array_word(model, core, space, address);

    return word ? *word : 0xDEAD;
}

uint16_t array_model_output(const struct array_model *model, uint32_t address, unsigned *count)
{
    *count = model->output_counts[address];
    return model->outputs[address];
}

static void deliver(struct array_model *model, unsigned index)
{
    const struct ring_message *message = &model->messages[model->cores[index].seen++];

    *array_word(model, index, message->space, message->address) = message->data;
}

/* Runs operations of a core until it has to wait or the program ends. */
static bool run_core(struct array_model *model, unsigned index, bool *moved)
{
    struct core *core = &model->cores[index];

    for (unsigned count = 0; !core->ended && count < OPERATIONS_MAX; count++) {
        if (core->operation >= model->board->operations)
            return array_fail(model, index, "program leaves the memory");
        struct decoded operation = array_fetch(model->board, core);
        bool sends = operation.code == HW_OPERATION_SEND, to_host = operation.flags >> HW_FLAG_TO_HOST & 1;
        bool waits = operation.code == HW_OPERATION_ACCUMULATE || (sends && !to_host);
        for (uint64_t early = next_random(model) % 4; early > 2 && core->seen < model->message_count;)
            deliver(model, index);
        while (waits && core->seen < operation.wait && core->seen < model->message_count)
            deliver(model, index);
        if (waits && core->seen < operation.wait)
            return true;
        *moved = true;
        if (operation.code == HW_OPERATION_END) {
            core->ended = true;
            return true;
        }
        if (operation.code == HW_OPERATION_ACCUMULATE ? !array_accumulate(model, index, &operation)
            : operation.code == HW_OPERATION_UPDATE   ? !array_update(model, index, &operation)
            : operation.code == HW_OPERATION_SEND     ? !array_send(model, index, &operation)
                                                      : !array_fail(model, index, "code %u", operation.code))
            return false;
        core->operation++;
    }
    return core->ended || array_fail(model, index, "no end");
}

bool array_model_run(struct array_model *model, uint32_t entry, unsigned step)
{
    unsigned cores = model->board->cores, ended = 0;
    bool moved = true;

    model->step = step & ((1u << HW_STEP_BITS) - 1);
    model->message_count = 0;
    for (size_t address = 0; address < ARRAY_OUTPUTS_MAX; address++)
        model->output_counts[address] = 0;
    for (unsigned core = 0; core < cores; core++) {
        model->cores[core].operation = entry;
        model->cores[core].one_set = false;
        model->cores[core].seen = 0;
        model->cores[core].ended = false;
    }
    while (ended < cores) {
        if (!moved)
            return array_fail(model, 0, "cores wait for each other");
        moved = false;
        ended = 0;
        for (unsigned core = 0; core < cores; core++) {
            if (!model->cores[core].ended && !run_core(model, core, &moved))
                return false;
            ended += model->cores[core].ended;
        }
    }
    for (unsigned core = 0; core < cores; core++) {
        while (model->cores[core].seen < model->message_count)
            deliver(model, core);
    }
    return true;
}
