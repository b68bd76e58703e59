/* Operations carried out on plain arrays, as rtl/hardware.def describes them (array_operations.h). */
#include "array_operations.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

bool array_fail(struct array_model *model, unsigned core, const char *format, ...)
{
    char text[160];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    snprintf(model->error, sizeof model->error, "core %u, operation %u: %s", core, model->cores[core].operation, text);
    return false;
}

uint16_t *array_word(const struct array_model *model, unsigned core, unsigned space, uint32_t address)
{
    const struct board *board = model->board;
    const struct core *own = &model->cores[core];

    if (space == HW_SPACE_WEIGHT && address < board->weight_words * (board->word_bits / 16))
        return &own->weights[address];
    if (space == HW_SPACE_PROGRAM && address < board->operations * HW_OPERATION_WORDS)
        return &own->program[address];
    if (space == HW_SPACE_SPIKE && address < board->spike_words)
        return &own->spikes[address];
    if (space == HW_SPACE_STATE && address < board->state_rows * board->slots)
        return &own->state[address];
    return NULL;
}

static bool has(const struct decoded *operation, unsigned flag)
{
    return operation->flags >> flag & 1;
}

struct decoded array_fetch(const struct board *board, const struct core *core)
{
    const uint16_t *words = core->program + (size_t)core->operation * HW_OPERATION_WORDS;
    bool accumulate = (words[0] & 7) == HW_OPERATION_ACCUMULATE;
    unsigned shift = 0;

    for (uint32_t units = 2 * board->weight_words; accumulate && units > 65536; units /= 2)
        shift++;
    return (struct decoded){ .code = words[0] & 7,      .flags = words[0],  .wait = words[1],
                             .source = words[2],        .count = words[3],  .weight = (uint32_t)words[4] << shift,
                             .stride = words[5],        .target = words[6], .ring_phase = words[7] & 0xFFF,
                             .ring_log2 = words[7] >> 12 };
}

/* Address of a word of a ring in this step. */
static uint32_t ring_word(const struct array_model *model, const struct decoded *operation, uint32_t base,
                          uint32_t word)
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
    bool wide = has(operation, HW_FLAG_WIDE);
    unsigned bits = wide ? 16 : has(operation, HW_FLAG_NARROW) ? 4 : 8;
    unsigned lanes = has(operation, HW_FLAG_GRADED) || wide ? board->slots : bits == 4 ? board->lanes : bytes;
    size_t first_bit = (size_t)weight_unit * lanes * bits;

    if ((first_bit + lanes * bits) > (size_t)board->weight_words * board->word_bits)
        return array_fail(model, index, "weight unit %u", weight_unit);
    if ((target_unit + 1) * lanes > board->accumulator_rows * board->lanes)
        return array_fail(model, index, "accumulator unit %u", target_unit);
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
        return array_fail(model, index, "table at %u with 2^%u neurons a position", operation->weight, log2);
    if (word >= board->weight_words)
        return array_fail(model, index, "entry at word %u", word);
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

bool array_accumulate(struct array_model *model, unsigned index, const struct decoded *operation)
{
    bool graded = has(operation, HW_FLAG_GRADED);

    for (uint32_t word = 0; word < operation->count; word++) {
        uint32_t address = ring_word(model, operation, operation->source, word);
        const uint16_t *from = array_word(model, index, graded ? HW_SPACE_STATE : HW_SPACE_SPIKE, address);
        if (!from)
            return array_fail(model, index, "source word %u", address);
        if (has(operation, HW_FLAG_FOLLOWS) && *from && !model->cores[index].fired)
            return array_fail(model, index, "spikes at %u are not those of the UPDATE before", address);
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

/* What FLAG_AHEAD promises of an UPDATE behind the UPDATE at hand, the cycles of whose reads are counted here from the last of the first
 * one: parameters of its own are not read again, the words of spikes are counted on alike, states are not compared, and nothing is read
 * before it was written. */
static bool may_update_ahead(struct array_model *model, unsigned index, const struct decoded *operation, const struct decoded *behind)
{
    bool biases = operation->wait >> (HW_FLAG_BIASES - 16) & 1, behind_biases = behind->wait >> (HW_FLAG_BIASES - 16) & 1;
    bool current = has(operation, HW_FLAG_CURRENT), one_row = has(behind, HW_FLAG_EACH) && !behind_biases;
    uint32_t period = operation->wait & 0x3FF, cycles = 1u + biases + current;
    uint32_t first = 3u + (behind->wait >> (HW_FLAG_SAME - 16) & 1 ? 0 : has(behind, HW_FLAG_FIRE) && !one_row ? 4u : 2u);

    if (has(operation, HW_FLAG_EACH) && (!biases || period < operation->count))
        return array_fail(model, index, "parameters begin anew while the next update runs");
    if (has(operation, HW_FLAG_FIRE) && behind->ring_log2 != operation->ring_log2)
        return array_fail(model, index, "the next update has another ring");
    if (!has(behind, HW_FLAG_EACH) && !has(behind, HW_FLAG_EXTERNAL) && !has(behind, HW_FLAG_CURRENT) && !has(behind, HW_FLAG_STILL))
        return array_fail(model, index, "the next update may compare its states");
    if (has(operation, HW_FLAG_EXTERNAL) && (current || has(operation, HW_FLAG_EACH) || has(behind, HW_FLAG_CURRENT) || one_row))
        return array_fail(model, index, "the next update reads the weight memory when this one writes it");
    if (has(operation, HW_FLAG_EXTERNAL) && operation->count < 4)
        return array_fail(model, index, "the next update may wait, and read the weight memory when this one writes it");
    if (has(operation, HW_FLAG_CLEAR) || has(behind, HW_FLAG_CLEAR))
        return array_fail(model, index, "a clearing update has another one beside it");
    /* A row that this one reads in cycle -n is written in cycle 7 - n, and can be read in the next one. */
    for (uint32_t row = 0; has(behind, HW_FLAG_CURRENT) && row < behind->count; row++) {
        uint32_t group = behind->target + row - operation->stride;
        if (behind->target + row < operation->stride || group >= operation->count)
            continue;
        if (first + 2 * row + cycles * (operation->count - 1 - group) < 7)
            return array_fail(model, index, "current %u is read before it is written", row);
    }
    return true;
}

/* What FLAG_AHEAD promises of the operation behind the UPDATE at hand. */
static bool may_begin_ahead(struct array_model *model, unsigned index, const struct decoded *operation)
{
    struct core next = model->cores[index];
    uint32_t words = (operation->count * model->board->slots + 15) / 16;

    next.operation++;
    struct decoded behind = array_fetch(model->board, &next);
    if (model->board->cores > 1 || model->board->program_bits != 128)
        return array_fail(model, index, "nothing begins ahead on this array");
    if (behind.code == HW_OPERATION_UPDATE && model->board->dsp)
        return may_update_ahead(model, index, operation, &behind);
    if (!has(operation, HW_FLAG_FIRE) || has(operation, HW_FLAG_EACH) || behind.code != HW_OPERATION_ACCUMULATE || has(&behind, HW_FLAG_GRADED) ||
        has(&behind, HW_FLAG_WIDE) || behind.ring_log2 != operation->ring_log2)
        return array_fail(model, index, "what is behind may not begin ahead");
    /* The first of its words that this UPDATE writes is the first that this one writes. */
    for (uint32_t read = 0; read < behind.count; read++) {
        for (uint32_t word = 0; word < words; word++) {
            if (ring_word(model, &behind, behind.source, read) != ring_word(model, operation, operation->source, word))
                continue;
            return word == 0 || array_fail(model, index, "what is behind begins with word %u", word);
        }
    }
    return true;
}

bool array_update(struct array_model *model, unsigned index, const struct decoded *operation)
{
    const struct board *board = model->board;
    struct core *core = &model->cores[index];
    unsigned slots = board->slots, space = has(operation, HW_FLAG_EXTERNAL) ? HW_SPACE_WEIGHT : HW_SPACE_STATE;
    bool clear = has(operation, HW_FLAG_CLEAR), from_current = has(operation, HW_FLAG_CURRENT);
    uint16_t spikes = 0;

    if ((operation->flags >> HW_FLAG_GAIN & 15) > HW_GAIN_MAX)
        return array_fail(model, index, "gain");
    if (operation->wait >> (HW_FLAG_AHEAD - 16) & 1 && !may_begin_ahead(model, index, operation))
        return false;
    bool one = !has(operation, HW_FLAG_EACH);
    if (operation->wait >> (HW_FLAG_SAME - 16) & 1 && !(one && core->one_set && core->set_row == operation->weight))
        return array_fail(model, index, "not the set of the update before");
    core->one_set = one;
    core->set_row = operation->weight;
    if (operation->flags >> HW_FLAG_REST & 3)
        return array_fail(model, index, "the image says that an operation rests");
    uint32_t block = board->accumulator_rows / HW_BLOCKS * (board->lanes / slots);
    if (has(operation, HW_FLAG_STILL) &&
        operation->target / block != (operation->target + operation->count - 1) / block)
        return array_fail(model, index, "still over more than one block");
    if (has(operation, HW_FLAG_FIRE))
        core->fired = false;
    for (uint32_t group = 0; group < operation->count; group++) {
        bool each = has(operation, HW_FLAG_EACH), biases = each && operation->wait >> (HW_FLAG_BIASES - 16) & 1;
        uint32_t period = operation->wait & 0x3FF, set = each ? group % (period ? period : operation->count) : 0;
        /* with biases: leak, threshold, reset, and then a row a set */
        uint32_t rows[HW_PARAMETER_ROWS] = {0, biases ? 3 + set : 1, biases ? 1 : 2, biases ? 2 : 3};
        uint32_t first_row = operation->weight + (biases ? 0 : set * HW_PARAMETER_ROWS);
        for (unsigned slot = 0; slot < slots; slot++) {
            uint32_t neuron = group * slots + slot;
            uint16_t *state = array_word(model, index, space, operation->stride * slots + neuron);
            uint16_t *current = array_word(model, index, space, operation->target * slots + neuron);
            uint32_t accumulator = operation->target * slots + neuron;
            int32_t parameter[HW_PARAMETER_ROWS];
            if (!state || (from_current && !current) ||
                (!from_current && accumulator >= board->accumulator_rows * board->lanes))
                return array_fail(model, index, "group %u of update", group);
            int32_t value = as_signed(*state, 16);
            int32_t x = as_signed(from_current ? *current : core->accumulators[accumulator], 16);
            for (unsigned row = 0; row < HW_PARAMETER_ROWS; row++) {
                const uint16_t *word = array_word(model, index, HW_SPACE_STATE,
                                               (first_row + rows[row]) * slots + slot);
                if (!word)
                    return array_fail(model, index, "parameters of group %u", group);
                parameter[row] = as_signed(*word, 16);
            }
            if (has(operation, HW_FLAG_STILL) && (from_current || parameter[0] || parameter[1]))
                return array_fail(model, index, "still, with leak %d and bias %d", parameter[0], parameter[1]);
            bool fired = update_neuron(operation, parameter, x, &value);
            *state = clear ? 0 : (uint16_t)value;
            if (fired && !clear)
                spikes = (uint16_t)(spikes | 1u << neuron % 16);
            core->fired = core->fired || (fired && !clear);
            if (!from_current)
                core->accumulators[accumulator] = 0;
        }
        if (has(operation, HW_FLAG_FIRE) && ((group + 1) * slots % 16 == 0 || group + 1 == operation->count)) {
            uint32_t address = ring_word(model, operation, operation->source, group * slots / 16);
            if (address >= board->spike_words)
                return array_fail(model, index, "spike word %u", address);
            core->spikes[address] = spikes;
            spikes = 0;
        }
    }
    return true;
}

/* What FLAG_AHEAD promises of a SEND to the host. */
static bool may_end_ahead(struct array_model *model, unsigned index, const struct decoded *operation)
{
    struct core next = model->cores[index];

    next.operation++;
    return (model->board->cores == 1 && model->board->program_bits == 128 && operation->count == 1 &&
            array_fetch(model->board, &next).code == HW_OPERATION_END) ||
           array_fail(model, index, "what is behind a SEND may not begin ahead");
}

bool array_send(struct array_model *model, unsigned index, const struct decoded *operation)
{
    bool graded = has(operation, HW_FLAG_GRADED), host = has(operation, HW_FLAG_TO_HOST);
    unsigned space = graded ? HW_SPACE_STATE : HW_SPACE_SPIKE;

    if (host && operation->wait >> (HW_FLAG_AHEAD - 16) & 1 && !may_end_ahead(model, index, operation))
        return false;
    for (uint32_t word = 0; word < operation->count; word++) {
        uint32_t source = graded ? operation->source + word : ring_word(model, operation, operation->source, word);
        const uint16_t *from = array_word(model, index, space, source);
        if (!from)
            return array_fail(model, index, "word %u to send", source);
        if (host) {
            model->outputs[(operation->target + word) % ARRAY_OUTPUTS_MAX] = *from;
            model->output_counts[(operation->target + word) % ARRAY_OUTPUTS_MAX]++;
            continue;
        }
        uint32_t address = ring_word(model, operation, operation->target, word);
        if (!array_word(model, index, space, address))
            return array_fail(model, index, "word sent to %u", address);
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
