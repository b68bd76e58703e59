/* Writes what place.c decided as memory words: the program, weights and parameters of every core. */
#include "place.h"

#include <string.h>

/* The memories of one core while they are filled. */
struct core_memory {
    uint16_t *weights; /* program first */
    uint16_t *state;
    size_t operation;  /* next free, in operations */
    size_t weight_word; /* next free, in memory words */
};

struct operation {
    unsigned code;
    unsigned flags; /* bits at their place in field 0 */
    uint32_t wait;
    uint32_t source;
    uint32_t count;
    uint32_t weight;
    uint32_t stride;
    uint32_t target;
    uint32_t parity;
};

static unsigned flag(unsigned position, bool set)
{
    return set ? 1u << position : 0;
}

static void put_operation(struct core_memory *memory, struct operation operation)
{
    uint16_t *words = memory->weights + memory->operation++ * HW_OPERATION_WORDS;

    words[0] = (uint16_t)(operation.code | operation.flags);
    words[1] = (uint16_t)operation.wait;
    words[2] = (uint16_t)operation.source;
    words[3] = (uint16_t)operation.count;
    words[4] = (uint16_t)operation.weight;
    words[5] = (uint16_t)operation.stride;
    words[6] = (uint16_t)operation.target;
    words[7] = (uint16_t)operation.parity;
}

/* Weights of source neurons onto the slice, from a fresh memory word on; returns the first unit. */
static uint32_t put_weights(struct core_memory *memory, const struct board *board, const struct image *image,
                            const struct image_projection *projection, const struct image_slice *slice)
{
    struct unit_layout layout = place_unit_layout(board, projection);
    size_t sources = image->populations[projection->source].size;
    size_t targets = image->populations[projection->target].size;
    size_t units = place_units(&layout, slice->neurons);
    size_t first = memory->weight_word * layout.units_per_word;
    unsigned unit_bits = layout.bits * layout.lanes;

    for (size_t source = 0; source < sources; source++) {
        for (size_t neuron = 0; neuron < slice->neurons; neuron++) {
            size_t unit = first + source * units + neuron / layout.lanes;
            size_t bit = unit * unit_bits + neuron % layout.lanes * layout.bits;
            if (layout.units_per_word == 1)
                bit = unit * board->word_bits + neuron % layout.lanes * layout.bits;
            int8_t weight = projection->weight[source * targets + slice->first_neuron + neuron];
            uint16_t value = (uint16_t)((uint8_t)weight & ((1u << layout.bits) - 1));
            memory->weights[bit / 16] = (uint16_t)(memory->weights[bit / 16] | value << bit % 16);
        }
    }
    memory->weight_word += place_weight_words(&layout, sources, slice->neurons);
    return (uint32_t)first;
}

/* Parameter rows of the slice from row on. Neurons that only fill up a group never fire. */
static void put_parameters(struct core_memory *memory, const struct board *board,
                           const struct image_population *population, const struct image_slice *slice, uint32_t row,
                           bool each, uint32_t groups)
{
    static const int16_t idle[NEURON_PARAMETERS] = { INT16_MIN, 0, INT16_MAX, 0 };

    for (uint32_t set = 0; set < (each ? groups : 1); set++) {
        for (unsigned parameter = 0; parameter < NEURON_PARAMETERS; parameter++) {
            uint16_t *words = memory->state + (size_t)row++ * board->slots;
            for (unsigned slot = 0; slot < board->slots; slot++) {
                size_t neuron = (size_t)set * board->slots + slot;
                const int16_t *values = population->parameter[parameter];
                words[slot] = (uint16_t)(!each                      ? values[0]
                                         : neuron < slice->neurons ? values[slice->first_neuron + neuron]
                                                                   : idle[parameter]);
            }
        }
    }
}

/* Words between the two buffers of an Input, 0 for a population that has one buffer. */
static uint32_t buffer_words(const struct image *image, size_t population)
{
    for (size_t input = 0; input < image->input_count; input++) {
        if (image->inputs[input].population == population)
            return image->input_maps[input].parity;
    }
    return 0;
}

static void put_accumulate(struct core_memory *memory, const struct image *image, const struct placement *placement,
                           const struct image_projection *projection, const struct image_slice *slice, uint32_t wait)
{
    const struct board *board = placement->board;
    const struct image_population *source = &image->populations[projection->source];
    struct unit_layout layout = place_unit_layout(board, projection);
    uint32_t buffer = buffer_words(image, projection->source);

    put_operation(memory, (struct operation){
                              .code = HW_OPERATION_ACCUMULATE,
                              .flags = flag(HW_FLAG_PARITY, buffer != 0) | flag(HW_FLAG_GRADED, projection->graded) |
                                       flag(HW_FLAG_NARROW, layout.bits == 4),
                              .wait = wait,
                              .source = projection->graded ? placement->value_address[projection->source]
                                                           : placement->spike_address[projection->source],
                              .count = (uint32_t)image_words(source, source->size),
                              .weight = put_weights(memory, board, image, projection, slice),
                              .stride = place_units(&layout, slice->neurons),
                              .target = 0,
                              .parity = buffer,
                          });
}

static struct operation update_operation(const struct image *image, const struct placement *placement,
                                         const struct image_slice *slice)
{
    const struct board *board = placement->board;
    const struct image_population *population = &image->populations[slice->population];

    return (struct operation){
        .code = HW_OPERATION_UPDATE,
        .flags = flag(HW_FLAG_FIRE, population->fire),
        .source = placement->spike_address[slice->population] + (uint32_t)(slice->first_neuron / 16),
        .count = (uint32_t)((slice->neurons + board->slots - 1) / board->slots),
        .stride = slice->state_address / board->slots,
    };
}

static void put_send(struct core_memory *memory, const struct image *image, const struct placement *placement,
                     const struct image_slice *slice, bool host)
{
    const struct image_population *population = &image->populations[slice->population];
    uint32_t address = population->graded
                           ? slice->state_address
                           : placement->spike_address[slice->population] + (uint32_t)(slice->first_neuron / 16);

    put_operation(memory,
                  (struct operation){
                      .code = HW_OPERATION_SEND,
                      .flags = flag(HW_FLAG_GRADED, population->graded) | flag(HW_FLAG_TO_HOST, host),
                      .source = address,
                      .count = (uint32_t)image_words(population, slice->neurons),
                      .target = host ? slice->output_address : address,
                  });
}

static void put_slice(struct core_memory *memory, const struct image *image, const struct placement *placement,
                      const struct image_slice *slice, uint32_t wait)
{
    const struct board *board = placement->board;
    const struct image_population *population = &image->populations[slice->population];
    bool each = place_each(population, slice->neurons, board->slots);

    for (size_t index = 0; index < image->projection_count; index++) {
        if (image->projections[index].target == slice->population)
            put_accumulate(memory, image, placement, &image->projections[index], slice, wait);
    }
    struct operation update = update_operation(image, placement, slice);
    update.wait = wait;
    update.flags |= flag(HW_FLAG_EACH, each) | flag(HW_FLAG_SUBTRACT, population->subtract) |
                    population->gain_shift << HW_FLAG_GAIN;
    update.weight = placement->parameter_row[slice - image->slices];
    put_parameters(memory, board, population, slice, update.weight, each, update.count);
    put_operation(memory, update);
    if (board->cores > 1 && place_is_source(image, slice->population))
        put_send(memory, image, placement, slice, false);
    if (slice->output)
        put_send(memory, image, placement, slice, true);
}

/* Words that all cores send to each other in levels below level. Messages of a core follow those that it has seen, in
 * every other core too (the ring keeps their order), so the count alone tells that a level is complete. */
static uint32_t words_before(const struct image *image, const struct board *board, size_t level)
{
    uint32_t words = 0;

    for (size_t index = 0; board->cores > 1 && index < image->slice_count; index++) {
        const struct image_slice *slice = &image->slices[index];
        const struct image_population *population = &image->populations[slice->population];
        if (population->level < level && place_is_source(image, slice->population))
            words += (uint32_t)image_words(population, slice->neurons);
    }
    return words;
}

/* Levels in order: a core must not wait for a level while it owes words of an earlier one. */
static void put_program(struct core_memory *memory, struct image *image, const struct placement *placement,
                        unsigned core)
{
    size_t last_level = 0;

    for (size_t index = 0; index < image->population_count; index++) {
        if (image->populations[index].level > last_level)
            last_level = image->populations[index].level;
    }
    for (size_t level = 0; level <= last_level; level++) {
        uint32_t wait = words_before(image, placement->board, level);
        for (size_t index = 0; index < image->slice_count; index++) {
            const struct image_slice *slice = &image->slices[index];
            if (slice->core == core && image->populations[slice->population].level == level)
                put_slice(memory, image, placement, slice, wait);
        }
    }
    put_operation(memory, (struct operation){ .code = HW_OPERATION_END });
}

static void put_clear_program(struct core_memory *memory, const struct image *image, const struct placement *placement,
                              unsigned core)
{
    for (size_t index = 0; index < image->slice_count; index++) {
        if (image->slices[index].core != core)
            continue;
        struct operation clear = update_operation(image, placement, &image->slices[index]);
        clear.flags |= flag(HW_FLAG_CLEAR, true);
        put_operation(memory, clear);
    }
    put_operation(memory, (struct operation){ .code = HW_OPERATION_END });
}

static void add_segment(struct image *image, unsigned core, unsigned space, uint16_t *words, size_t count)
{
    if (count)
        image->segments[image->segment_count++] =
            (struct image_segment){ .core = core, .space = space, .address = 0, .count = count, .words = words };
}

int pack(struct image *image, const struct placement *placement, struct diagnostics *diagnostics)
{
    const struct board *board = placement->board;
    size_t parts = board->word_bits / 16;

    image->clear_entry = 0;
    image->step_entry = placement->clear_operations;
    image->segments = arena_allocate(image->arena, 2 * (size_t)board->cores, sizeof *image->segments);
    image->segment_count = 0;
    if (!image->segments)
        return diagnostics_error(diagnostics, "", "not enough memory to pack the network");
    for (unsigned core = 0; core < board->cores; core++) {
        const struct core_use *use = &placement->cores[core];
        struct core_memory memory = {
            .weights = arena_allocate(image->arena, use->weight_words * parts, sizeof(uint16_t)),
            .state = arena_allocate(image->arena, (size_t)use->state_rows * board->slots, sizeof(uint16_t)),
            .weight_word = (size_t)(placement->clear_operations + use->operations) * HW_OPERATION_WORDS / parts,
        };
        if (!memory.weights || !memory.state)
            return diagnostics_error(diagnostics, "", "not enough memory to pack the network");
        put_clear_program(&memory, image, placement, core);
        memory.operation = placement->clear_operations;
        put_program(&memory, image, placement, core);
        add_segment(image, core, HW_SPACE_WEIGHT, memory.weights, memory.weight_word * parts);
        add_segment(image, core, HW_SPACE_STATE, memory.state, (size_t)use->state_rows * board->slots);
    }
    return 0;
}
