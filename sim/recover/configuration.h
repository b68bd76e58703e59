/* What a bitstream configures, as iceunpack writes it (.asc): the bits of every tile, the contents of block RAM and
 * the bits outside tiles. */
#ifndef NIRLOOM_RECOVER_CONFIGURATION_H
#define NIRLOOM_RECOVER_CONFIGURATION_H

#include "chip.h"

#include <stdbool.h>

enum { RAM_ROWS = 16, RAM_DIGITS = 64 };

struct tile_bits {
    bool bits[TILE_ROWS][TILE_COLUMNS];
};

struct ram_contents {
    int x, y;
    char rows[RAM_ROWS][RAM_DIGITS + 1]; /* as INIT_0 … INIT_F take them */
};

struct extra_bit {
    int bank, column, row;
};

struct configuration {
    struct tile_bits *tiles; /* [y * width + x] of the chip */
    struct ram_contents *rams;
    size_t ram_count;
    struct extra_bit *extra_bits;
    size_t extra_bit_count;
};

/* Reads the file for that chip; ends the program with a message if it cannot, or if the file is of another part. */
void configuration_read(struct configuration *configuration, const struct chip *chip, const char *path);
void configuration_free(struct configuration *configuration);

/* A function of one bit; false where that kind of tile has no such function. */
bool configuration_bit(const struct configuration *configuration, const struct chip *chip, int x, int y,
                       const char *name);

const struct ram_contents *configuration_ram(const struct configuration *configuration, int x, int y);

#endif
