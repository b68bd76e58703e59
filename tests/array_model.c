/* Operations carried out on plain arrays (array_model.h). */
#include "array_model.h"

#include "hardware.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { OUTPUTS_MAX = 1 << 16, OPERATIONS_MAX = 1 << 16 };

struct ring_message {
    unsigned space;
    uint32_t address;
    uint16_t data;
};

struct core {
    uint16_t *weights; /* 16-bit parts of memory words */
    uint16_t *spikes;
    uint16_t *state;
    uint16_t *accumulators;
    uint32_t operation;
    size_t seen; /* messages of this step */
    bool ended;
};

struct array_model {
    const struct board *board;
    struct core *cores;
    struct ring_message *messages; /* of this step, in the order in which they were sent */
    size_t message_count;
    size_t message_capacity;
    uint16_t *outputs;
    unsigned *output_counts;
    unsigned step;
    uint64_t random;
    uint64_t units;
    char error[256];
};

struct decoded {
    unsigned code, flags;
    uint32_t wait, source, count, weight, stride, target, ring_phase, ring_log2;
};

static bool fail(struct array_model *model, unsigned core, const char *format, ...)
{
    char text[160];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    snprintf(model->error, sizeof model->error, "core %u, operation %u: %s", core, model->cores[core].operation, text);
    return false;
}

static uint64_t next_random(struct array_model *model)
{
    model->random = model->random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return model->random >> 33;
}

static uint16_t *word_at(const struct array_model *model, unsigned core, unsigned space, uint32_t address)
{
    const struct board *board = model->board;
    const struct core *own = &model->cores[core];

    if (space == HW_SPACE_WEIGHT && address < board->weight_words * (board->word_bits / 16))
        return &own->weights[address];
    if (space == HW_SPACE_SPIKE && address < board->spike_words)
        return &own->spikes[address];
    if (space == HW_SPACE_STATE && address < board->state_rows * board->slots)
        return &own->state[address];
    return NULL;
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
    model->outputs = calloc(OUTPUTS_MAX, sizeof *model->outputs);
    model->output_counts = calloc(OUTPUTS_MAX, sizeof *model->output_counts);
    good = model->cores && model->outputs && model->output_counts;
    for (unsigned core = 0; good && core < board->cores; core++) {
        struct core *own = &model->cores[core];
        own->weights = fill(model, (size_t)board->weight_words * (board->word_bits / 16));
        own->spikes = fill(model, board->spike_words);
        own->state = fill(model, (size_t)board->state_rows * board->slots);
        own->accumulators = fill(model, (size_t)board->accumulator_rows * board->lanes);
        good = own->weights && own->spikes && own->state && own->accumulators;
    }
    for (size_t index = 0; good && index < image->segment_count; index++) {
        const struct image_segment *segment = &image->segments[index];
        for (unsigned core = 0; core < board->cores; core++) {
            for (size_t word = 0; (core == segment->core || segment->core == HW_BROADCAST) && word < segment->count;
                 word++) {
                uint16_t *to = word_at(model, core, segment->space, (uint32_t)(segment->address + word));
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
        uint16_t *to = word_at(model, core, space, address);
        if (!to)
            return false;
        *to = word;
    }
    return true;
}

uint16_t array_model_read(const struct array_model *model, unsigned core, unsigned space, uint32_t address)
{
    const uint16_t *word = word_at(model, core, space, address);

    return word ? *word : 0xDEAD;
}

uint16_t array_model_output(const struct array_model *model, uint32_t address, unsigned *count)
{
    *count = model->output_counts[address];
    return model->outputs[address];
}

static bool has(const struct decoded *operation, unsigned flag)
{
    return operation->flags >> flag & 1;
}

static struct decoded fetch(const struct core *core)
{
    const uint16_t *words = core->weights + (size_t)core->operation * HW_OPERATION_WORDS;

    return (struct decoded){ .code = words[0] & 7,      .flags = words[0],  .wait = words[1],
                             .source = words[2],        .count = words[3],  .weight = words[4],
                             .stride = words[5],        .target = words[6], .ring_phase = words[7] & 0xFFF,
                             .ring_log2 = words[7] >> 12 };
}

/* Address of a word of a ring in this step. */
static uint32_t ring_word(const struct array_model *model, const struct decoded *operation, uint32_t base, uint32_t word)
{
    uint32_t steps = 1u << operation->ring_log2;

    return base + word * steps + (model->step + operation->ring_phase) % steps;
}

static int32_t as_signed(uint32_t value, unsigned bits)
{
    return (int32_t)(value & ((1u << bits) - 1)) - (value >> (bits - 1) & 1 ? (int32_t)(1u << bits) : 0);
}

static int32_t floor_divide(int64_t value, int64_t by)
{
    return (int32_t)(value >= 0 ? value / by : -((-value + by - 1) / by));
}

static int32_t saturate(int64_t value)
{
    return (int32_t)(value > 32767 ? 32767 : value < -32768 ? -32768 : value);
}

/* Adds one unit of weights to one unit of accumulators; value is 0 for a spike. */
static bool add_unit(struct array_model *model, unsigned index, const struct decoded *operation, uint32_t weight_unit,
                     uint32_t target_unit, int32_t value)
{
    const struct board *board = model->board;
    struct core *core = &model->cores[index];
    unsigned bytes = board->word_bits / 8;
    unsigned bits = has(operation, HW_FLAG_NARROW) ? 4 : 8;
    unsigned lanes = has(operation, HW_FLAG_GRADED) ? board->slots : bits == 4 ? board->lanes : bytes;
    size_t first_bit = (size_t)weight_unit * lanes * bits;

    if ((first_bit + lanes * bits) > (size_t)board->weight_words * board->word_bits)
        return fail(model, index, "weight unit %u", weight_unit);
    if ((target_unit + 1) * lanes > board->accumulator_rows * board->lanes)
        return fail(model, index, "accumulator unit %u", target_unit);
    for (unsigned lane = 0; lane < lanes; lane++) {
        size_t bit = first_bit + lane * bits;
        int32_t weight = as_signed((uint32_t)core->weights[bit / 16] >> bit % 16, bits);
        uint16_t *accumulator = &core->accumulators[target_unit * lanes + lane];
        int32_t product = has(operation, HW_FLAG_GRADED) ? floor_divide((int64_t)weight * value + 128, 256) : weight;
        *accumulator = (uint16_t)(*accumulator + product);
    }
    model->units++;
    return true;
}

static bool add_event(struct array_model *model, unsigned index, const struct decoded *operation, uint32_t neuron,
                      int32_t value)
{
    const struct board *board = model->board;

    if (!has(operation, HW_FLAG_TABLE)) {
        for (uint32_t unit = 0; unit < operation->stride; unit++) {
            if (!add_unit(model, index, operation, operation->weight + neuron * operation->stride + unit,
                          operation->target + unit, value))
                return false;
        }
        return true;
    }
    unsigned log2 = operation->flags >> HW_FLAG_POSITION & 7;
    uint32_t word = operation->weight + (neuron >> log2);
    uint32_t within = neuron & ((1u << log2) - 1);
    uint64_t entry = 0;

    if (log2 > 4 || (log2 && has(operation, HW_FLAG_GRADED)) || operation->weight % HW_TABLE_ALIGNMENT)
        return fail(model, index, "table at %u with 2^%u neurons a position", operation->weight, log2);
    if (word >= board->weight_words)
        return fail(model, index, "entry at word %u", word);
    for (unsigned part = 0; part < 4; part++)
        entry |= (uint64_t)model->cores[index].weights[word * (board->word_bits / 16) + part] << 16 * part;
    if (HW_GET(entry, ENTRY_NONE))
        return true;
    uint32_t length = (uint32_t)HW_GET(entry, ENTRY_LENGTH) + 1;
    uint32_t runs = (uint32_t)HW_GET(entry, ENTRY_RUNS) + 1;
    for (uint32_t run = 0; run < runs; run++) {
        for (uint32_t unit = 0; unit < length; unit++) {
            uint32_t from = (uint32_t)HW_GET(entry, ENTRY_WEIGHT) + within * operation->stride +
                            run * (length + (uint32_t)HW_GET(entry, ENTRY_WEIGHT_SKIP)) + unit;
            uint32_t to = (uint32_t)HW_GET(entry, ENTRY_TARGET) +
                          run * (length + (uint32_t)HW_GET(entry, ENTRY_TARGET_SKIP)) + unit;
            if (!add_unit(model, index, operation, from, to, value))
                return false;
        }
    }
    return true;
}

static bool accumulate(struct array_model *model, unsigned index, const struct decoded *operation)
{
    bool graded = has(operation, HW_FLAG_GRADED);

    for (uint32_t word = 0; word < operation->count; word++) {
        uint32_t address = ring_word(model, operation, operation->source, word);
        const uint16_t *from = word_at(model, index, graded ? HW_SPACE_STATE : HW_SPACE_SPIKE, address);
        if (!from)
            return fail(model, index, "source word %u", address);
        for (unsigned bit = 0; bit < (graded ? 1 : 16); bit++) {
            bool event = graded ? *from != 0 : *from >> bit & 1;
            if (event && !add_event(model, index, operation, graded ? word : 16 * word + bit,
                                    graded ? as_signed(*from, 16) : 0))
                return false;
        }
    }
    return true;
}

/* One neuron: its new state, and whether it fires. */
static bool update_neuron(const struct decoded *operation, const int32_t parameter[HW_PARAMETER_ROWS], int32_t x,
                          int32_t *state)
{
    int32_t leak = parameter[0], bias = parameter[1], threshold = parameter[2], reset = parameter[3];
    int64_t gain = (int64_t)1 << (operation->flags >> HW_FLAG_GAIN & 15); /* times 2^HW_GAIN_SHIFT */
    int32_t kept = leak == -32768 ? 0 : *state + floor_divide((int64_t)*state * leak + 16384, 32768);
    int32_t driven = floor_divide(x * gain + (int64_t)bias * 128 + 64, 128);
    int32_t sum = saturate((int64_t)kept + driven);
    bool fired = has(operation, HW_FLAG_FIRE) && sum > threshold;

    if (fired)
        sum = has(operation, HW_FLAG_SUBTRACT) ? saturate((int64_t)sum + reset) : reset;
    *state = sum;
    return fired;
}

static bool update(struct array_model *model, unsigned index, const struct decoded *operation)
{
    const struct board *board = model->board;
    struct core *core = &model->cores[index];
    unsigned slots = board->slots, space = has(operation, HW_FLAG_EXTERNAL) ? HW_SPACE_WEIGHT : HW_SPACE_STATE;
    bool clear = has(operation, HW_FLAG_CLEAR), from_current = has(operation, HW_FLAG_CURRENT);
    uint16_t spikes = 0;

    if ((operation->flags >> HW_FLAG_GAIN & 15) > HW_GAIN_MAX)
        return fail(model, index, "gain");
    for (uint32_t group = 0; group < operation->count; group++) {
        bool each = has(operation, HW_FLAG_EACH);
        uint32_t set = each ? group % (operation->wait ? operation->wait : operation->count) : 0;
        for (unsigned slot = 0; slot < slots; slot++) {
            uint32_t neuron = group * slots + slot;
            uint16_t *state = word_at(model, index, space, operation->stride * slots + neuron);
            uint16_t *current = word_at(model, index, space, operation->target * slots + neuron);
            uint32_t accumulator = operation->target * slots + neuron;
            int32_t parameter[HW_PARAMETER_ROWS];
            if (!state || (from_current && !current) ||
                (!from_current && accumulator >= board->accumulator_rows * board->lanes))
                return fail(model, index, "group %u of update", group);
            int32_t value = as_signed(*state, 16);
            int32_t x = as_signed(from_current ? *current : core->accumulators[accumulator], 16);
            for (unsigned row = 0; row < HW_PARAMETER_ROWS; row++) {
                const uint16_t *word = word_at(model, index, HW_SPACE_STATE,
                                               (operation->weight + set * HW_PARAMETER_ROWS + row) * slots + slot);
                if (!word)
                    return fail(model, index, "parameters of group %u", group);
                parameter[row] = as_signed(*word, 16);
            }
            bool fired = update_neuron(operation, parameter, x, &value);
            *state = clear ? 0 : (uint16_t)value;
            if (fired && !clear)
                spikes = (uint16_t)(spikes | 1u << neuron % 16);
            if (!from_current)
                core->accumulators[accumulator] = 0;
        }
        if (has(operation, HW_FLAG_FIRE) && ((group + 1) * slots % 16 == 0 || group + 1 == operation->count)) {
            uint32_t address = ring_word(model, operation, operation->source, group * slots / 16);
            if (address >= board->spike_words)
                return fail(model, index, "spike word %u", address);
            core->spikes[address] = spikes;
            spikes = 0;
        }
    }
    return true;
}

static bool send(struct array_model *model, unsigned index, const struct decoded *operation)
{
    bool graded = has(operation, HW_FLAG_GRADED), host = has(operation, HW_FLAG_TO_HOST);
    unsigned space = graded ? HW_SPACE_STATE : HW_SPACE_SPIKE;

    for (uint32_t word = 0; word < operation->count; word++) {
        uint32_t source = graded ? operation->source + word : ring_word(model, operation, operation->source, word);
        const uint16_t *from = word_at(model, index, space, source);
        if (!from)
            return fail(model, index, "word %u to send", source);
        if (host) {
            model->outputs[(operation->target + word) % OUTPUTS_MAX] = *from;
            model->output_counts[(operation->target + word) % OUTPUTS_MAX]++;
            continue;
        }
        uint32_t address = ring_word(model, operation, operation->target, word);
        if (!word_at(model, index, space, address))
            return fail(model, index, "word sent to %u", address);
        if (model->message_count == model->message_capacity) {
            model->message_capacity = 2 * model->message_capacity + 1024;
            model->messages = realloc(model->messages, model->message_capacity * sizeof *model->messages);
            if (!model->messages)
                abort();
        }
        model->messages[model->message_count++] = (struct ring_message){ space, address, *from };
    }
    return true;
}

static void deliver(struct array_model *model, unsigned index)
{
    const struct ring_message *message = &model->messages[model->cores[index].seen++];

    *word_at(model, index, message->space, message->address) = message->data;
}

/* Runs operations of a core until it has to wait or the program ends. */
static bool run_core(struct array_model *model, unsigned index, bool *moved)
{
    struct core *core = &model->cores[index];

    for (unsigned count = 0; !core->ended && count < OPERATIONS_MAX; count++) {
        if ((core->operation + 1) * HW_OPERATION_WORDS > model->board->weight_words * (model->board->word_bits / 16))
            return fail(model, index, "program leaves the memory");
        struct decoded operation = fetch(core);
        bool waits = operation.code == HW_OPERATION_ACCUMULATE || operation.code == HW_OPERATION_SEND;
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
        if (operation.code == HW_OPERATION_ACCUMULATE ? !accumulate(model, index, &operation)
            : operation.code == HW_OPERATION_UPDATE   ? !update(model, index, &operation)
            : operation.code == HW_OPERATION_SEND     ? !send(model, index, &operation)
                                                      : !fail(model, index, "code %u", operation.code))
            return false;
        core->operation++;
    }
    return core->ended || fail(model, index, "no end");
}

bool array_model_run(struct array_model *model, uint32_t entry, unsigned step)
{
    unsigned cores = model->board->cores, ended = 0;
    bool moved = true;

    model->step = step & ((1u << HW_STEP_BITS) - 1);
    model->message_count = 0;
    for (size_t address = 0; address < OUTPUTS_MAX; address++)
        model->output_counts[address] = 0;
    for (unsigned core = 0; core < cores; core++) {
        model->cores[core].operation = entry;
        model->cores[core].seen = 0;
        model->cores[core].ended = false;
    }
    while (ended < cores) {
        if (!moved)
            return fail(model, 0, "cores wait for each other");
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
