/* Operations as they lie in the program memory, and tables in the weight memory (hardware.def, Operation and Entry). */
#include "cost_parts.h"

#include <stdlib.h>

static struct operation decode(const uint16_t *words, unsigned weight_shift)
{
    unsigned code = words[0] & 7u, upper = 1u << HW_FLAG_BIASES | 1u << HW_FLAG_AHEAD | 1u << HW_FLAG_SAME;
    bool waits = code == HW_OPERATION_ACCUMULATE || (code == HW_OPERATION_SEND && !(words[0] >> HW_FLAG_TO_HOST & 1u));

    return (struct operation){
        .code = code,
        .flags = (words[0] & ~7u) | (waits ? 0 : (unsigned)words[1] << 16 & upper),
        .wait = words[1],
        .source = words[2],
        .count = words[3],
        .weight = (uint32_t)words[4] << (code == HW_OPERATION_ACCUMULATE ? weight_shift : 0),
        .stride = words[5],
        .target = words[6],
        .ring_phase = words[7] & 0xFFFu,
        .ring_log2 = words[7] >> 12u,
    };
}

bool cost_read_program(struct cost_core *core, const struct board *board, uint32_t entry)
{
    size_t first = (size_t)entry * HW_OPERATION_WORDS, count = 0;

    for (;; count++) {
        size_t word = first + count * HW_OPERATION_WORDS;
        if (word + HW_OPERATION_WORDS > core->program_count)
            return false;
        if ((core->program[word] & 7u) == HW_OPERATION_END)
            break;
    }
    core->operation_count = count + 1;
    core->operations = calloc(core->operation_count, sizeof *core->operations);
    core->spent = calloc(core->operation_count, sizeof *core->spent);
    if (!core->operations || !core->spent)
        return false;
    for (size_t index = 0; index <= count; index++) {
        struct operation *operation = &core->operations[index];
        *operation = decode(core->program + first + index * HW_OPERATION_WORDS, board_weight_shift(board));
        core->spent[index] =
            (struct cost_operation){.code = operation->code, .flags = operation->flags, .count = operation->count};
    }
    return true;
}

uint64_t cost_entry(const struct cost_core *core, const struct board *board, const struct operation *operation,
                    size_t position)
{
    size_t word = (operation->weight + position) * (board->word_bits / 16);
    uint64_t entry = 0;

    if (word + 4 > core->weight_count)
        return HW_PUT(1, ENTRY_NONE);
    for (unsigned part = 0; part < 4; part++)
        entry |= (uint64_t)core->weights[word + part] << 16 * part;
    return entry;
}
