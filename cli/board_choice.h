/* Boards that a command may choose among: --board auto, those that a bitstream can be made for; --board any, arrays for
 * simulation too. */
#ifndef NIRLOOM_BOARD_CHOICE_H
#define NIRLOOM_BOARD_CHOICE_H

#include "hardware.h"
#include "image.h"

#include <stdbool.h>

enum board_choice {
    BOARD_NAMED,    /* no choice */
    BOARD_AUTO,
    BOARD_ANY,
    BOARD_SIMULATED /* none that can be built */
};

/* The board exists in simulation alone. */
bool board_is_simulated(const struct board *board);

bool board_among(const struct board *board, enum board_choice choice);

/* -1 or 1 where the array of one is smaller than that of the other: fewer lanes in all cores, then fewer bits of memory;
 * 0 where they are the same. */
int board_compare(const struct board *one, const struct board *other);

/* The smallest of the choice that is larger than last, or the same array and later in boards.def; the smallest of all
 * for NULL. NULL past the largest. */
const struct board *board_next(const struct board *last, enum board_choice choice);

/* The smallest of the choice that the integers of image can be placed on; NULL if there is none. image stays without a
 * placement. */
const struct board *board_first_that_holds(const struct image *image, enum board_choice choice);

#endif
