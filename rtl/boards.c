/* The table of boards.def. */
#include "hardware.h"

#include <stddef.h>
#include <string.h>

static const struct board boards[] = {
#define BOARD(id, name, part, cores, lanes, slots, word_bits, weight_words, state_rows, accumulator_rows, spike_words, \
              operations, program_bits, dsp, clock_khz, baud)                                                           \
    { #id,         name,       part,             cores,       lanes,     slots, word_bits, weight_words,                \
      state_rows,  accumulator_rows, spike_words, operations, program_bits, dsp, clock_khz, baud },
#include "boards.def"
#undef BOARD
};

const struct board *board_at(unsigned index)
{
    return index < sizeof boards / sizeof boards[0] ? &boards[index] : NULL;
}

const struct board *board_find(const char *name)
{
    for (unsigned index = 0; board_at(index); index++) {
        if (!strcmp(board_at(index)->name, name))
            return board_at(index);
    }
    return NULL;
}

/* abc2 makes 3 % fewer look-up tables, which a nearly full UP5K is routed better by; abc9 fewer levels of them. */
const char *board_synthesis(const struct board *board)
{
    switch (board->part[0]) {
    case 'h':
        return "-device hx -dsp -spram -abc9";
    case 'l':
        return "-device lp -dsp -spram -abc9";
    default:
        return "-device u -dsp -spram -abc2";
    }
}
