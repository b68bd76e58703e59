#include "board_choice.h"

#include <stddef.h>
#include <stdint.h>

bool board_is_simulated(const struct board *board)
{
    return board->part[0] == '\0';
}

bool board_among(const struct board *board, enum board_choice choice)
{
    return choice == BOARD_ANY || (choice != BOARD_NAMED && board_is_simulated(board) == (choice == BOARD_SIMULATED));
}

static uint64_t memory_bits(const struct board *board)
{
    uint64_t core = (uint64_t)board->weight_words * board->word_bits + (uint64_t)board->state_rows * board->slots * 16 +
                    (uint64_t)board->accumulator_rows * board->lanes * 16 + (uint64_t)board->spike_words * 16 +
                    (uint64_t)board->operations * HW_OPERATION_WORDS * 16;

    return core * board->cores;
}

int board_compare(const struct board *one, const struct board *other)
{
    uint64_t lanes_one = (uint64_t)one->cores * one->lanes, lanes_other = (uint64_t)other->cores * other->lanes;
    uint64_t bits_one = memory_bits(one), bits_other = memory_bits(other);

    if (lanes_one != lanes_other)
        return lanes_one < lanes_other ? -1 : 1;
    return (bits_one > bits_other) - (bits_one < bits_other);
}

const struct board *board_next(const struct board *last, enum board_choice choice)
{
    const struct board *next = NULL;
    bool passed = false; /* last, in the order of boards.def */

    for (unsigned index = 0; board_at(index); index++) {
        const struct board *board = board_at(index);
        int order = last ? board_compare(board, last) : 1;

        if (board_among(board, choice) && (order > 0 || (order == 0 && passed)) &&
            (!next || board_compare(board, next) < 0))
            next = board;
        passed |= board == last;
    }
    return next;
}

static bool holds(const struct board *board, const struct image *image)
{
    struct arena arena = {0};
    struct image copy = *image;
    struct diagnostics diagnostics;

    copy.arena = &arena;
    diagnostics_begin(&diagnostics, NULL);
    bool fits = image_place(&copy, board, &diagnostics) == 0;
    diagnostics_free(&diagnostics);
    arena_free(&arena);
    return fits;
}

const struct board *board_first_that_holds(const struct image *image, enum board_choice choice)
{
    const struct board *board = board_next(NULL, choice);

    while (board && !holds(board, image))
        board = board_next(board, choice);
    return board;
}
