/* Writes what placing decided as memory words: programs, tables, weights and parameters of every core. */
#include "place.h"

/* The memories of one core while they are filled. */
struct core_memory {
    const struct board *board;
    uint16_t *weights;
    uint16_t *state;       /* from shared_rows on */
    uint16_t *program;
    size_t operation;      /* next free, in operations */
};

static void put_operation(void *context, const struct operation *operation)
{
    struct core_memory *memory = context;
    uint16_t *words = memory->program + memory->operation++ * HW_OPERATION_WORDS;

    words[0] = (uint16_t)(operation->code | operation->flags);
    words[1] = (uint16_t)(operation->wait | operation->flags >> 16);
    words[2] = (uint16_t)operation->source;
    words[3] = (uint16_t)operation->count;
    words[4] = (uint16_t)(operation->code == HW_OPERATION_ACCUMULATE
                              ? operation->weight >> board_weight_shift(memory->board)
                              : operation->weight);
    words[5] = (uint16_t)operation->stride;
    words[6] = (uint16_t)operation->target;
    words[7] = (uint16_t)(operation->ring_phase | operation->ring_log2 << 12);
}

/* Weights of a unit are packed from bit 0 of their part of the memory word. */
static void put_weights(struct core_memory *memory, const struct weight_set *set)
{
    const struct unit_layout *layout = &set->layout;
    size_t unit_bits = memory->board->word_bits / layout->units_per_word;
    unsigned mask = (1u << layout->bits) - 1;

    for (size_t unit = 0; unit < set->units; unit++) {
        for (unsigned lane = 0; lane < layout->lanes; lane++) {
            size_t bit = (set->first_unit + unit) * unit_bits + lane * layout->bits;
            unsigned weight = (uint16_t)set->weights[unit * layout->lanes + lane] & mask;
            memory->weights[bit / 16] = (uint16_t)(memory->weights[bit / 16] | weight << bit % 16);
        }
    }
}

static void put_table(struct core_memory *memory, const struct connection *connection)
{
    size_t parts = memory->board->word_bits / 16;

    for (size_t index = 0; index < connection->entry_count; index++) {
        uint64_t entry = connection->entries[index];
        if (!HW_GET(entry, ENTRY_NONE))
            entry += HW_PUT(connection->set->first_unit, ENTRY_WEIGHT);
        for (size_t part = 0; part < 4; part++)
            memory->weights[(connection->table_word + index) * parts + part] = (uint16_t)(entry >> 16 * part);
    }
}

static void put_row(uint16_t *to, const int16_t *words, size_t slots)
{
    for (size_t slot = 0; slot < slots; slot++)
        to[slot] = (uint16_t)words[slot];
}

static void put_parameters(struct core_memory *memory, const struct parameter_sets *sets, size_t first_row)
{
    size_t slots = memory->board->slots;
    uint16_t *to = memory->state + (sets->row - first_row) * slots;

    for (size_t row = 0; row < (size_t)sets->count * HW_PARAMETER_ROWS && !sets->biases; row++)
        put_row(to + row * slots, sets->words + row * slots, slots);
    if (!sets->biases)
        return;
    put_row(to, sets->words + NEURON_LEAK * slots, slots);
    put_row(to + slots, sets->words + NEURON_THRESHOLD * slots, slots);
    put_row(to + 2 * slots, sets->words + NEURON_RESET * slots, slots);
    for (size_t set = 0; set < sets->count; set++)
        put_row(to + (3 + set) * slots, sets->words + (set * HW_PARAMETER_ROWS + NEURON_BIAS) * slots, slots);
}

static void add_segment(struct image *image, unsigned core, unsigned space, uint32_t address, uint16_t *words,
                        size_t count)
{
    if (count)
        image->segments[image->segment_count++] = (struct image_segment){
            .core = core, .space = space, .address = address, .count = count, .words = words
        };
}

static int pack_core(struct image *image, const struct placement *placement, unsigned core)
{
    const struct board *board = placement->board;
    const struct core_use *use = &placement->cores[core];
    size_t weight_words = use->external_word * (board->word_bits / 16);
    size_t program_words = ((size_t)placement->clear_operations + use->operations) * HW_OPERATION_WORDS;
    size_t first_row = placement->shared_rows;
    size_t state_words = (use->first_state_row - first_row) * board->slots;
    struct core_memory memory = {
        .board = board,
        .weights = arena_allocate(image->arena, weight_words, sizeof(uint16_t)),
        .state = arena_allocate(image->arena, state_words, sizeof(uint16_t)),
        .program = arena_allocate(image->arena, program_words, sizeof(uint16_t)),
    };

    if (!memory.weights || !memory.state || !memory.program)
        return -1;
    program_clear(image, placement, core, put_operation, &memory);
    memory.operation = placement->clear_operations;
    program_step(image, placement, core, PROGRAM_ALL_STAGES, put_operation, &memory);
    for (size_t stage = 0; stage < image->stage_count && image->stage_count > 1; stage++) {
        memory.operation = placement->clear_operations + (1 + stage) * (size_t)placement->step_operations;
        program_step(image, placement, core, (int)stage, put_operation, &memory);
    }
    for (size_t index = 0; index < placement->set_count; index++) {
        if (placement->sets[index].core == core)
            put_weights(&memory, &placement->sets[index]);
    }
    for (size_t index = 0; index < placement->connection_count; index++) {
        const struct connection *connection = &placement->connections[index];
        if (connection->entry_count && connection->set->core == core)
            put_table(&memory, connection);
    }
    for (size_t index = 0; index < image->slice_count; index++) {
        if (image->slices[index].core != core)
            continue;
        put_parameters(&memory, &placement->slices[index].membrane, first_row);
        put_parameters(&memory, &placement->slices[index].current, first_row);
    }
    add_segment(image, core, HW_SPACE_PROGRAM, 0, memory.program, program_words);
    add_segment(image, core, HW_SPACE_WEIGHT, 0, memory.weights, weight_words);
    add_segment(image, core, HW_SPACE_STATE, (uint32_t)(first_row * board->slots), memory.state, state_words);
    return 0;
}

int pack(struct image *image, const struct placement *placement, struct diagnostics *diagnostics)
{
    const struct board *board = placement->board;

    image->clear_entry = 0;
    image->step_entry = placement->clear_operations;
    image->stage_operations = image->stage_count > 1 ? placement->step_operations : 0;
    image->segments = arena_allocate(image->arena, 3 * (size_t)board->cores, sizeof *image->segments);
    image->segment_count = 0;
    if (!image->segments)
        return diagnostics_error(diagnostics, "", "not enough memory to pack the network");
    for (unsigned core = 0; core < board->cores; core++) {
        if (pack_core(image, placement, core))
            return diagnostics_error(diagnostics, "", "not enough memory to pack the network");
    }
    return 0;
}
