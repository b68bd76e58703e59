/* An iCE40 part as the chip database of fpga-icestorm describes it (chipdb-*.txt; its head documents the format):
 * nets, the switches between them, what the configuration bits of a tile mean, cells outside the fabric, and pins. */
#ifndef NIRLOOM_RECOVER_CHIP_H
#define NIRLOOM_RECOVER_CHIP_H

#include <stddef.h>
#include <stdint.h>

enum { TILE_ROWS = 16, TILE_COLUMNS = 54, NO_NET = -1 };

enum tile_kind {
    TILE_NONE,
    TILE_IO,
    TILE_LOGIC,
    TILE_RAM_BOTTOM,
    TILE_RAM_TOP,
    TILE_DSP0,
    TILE_DSP1,
    TILE_DSP2,
    TILE_DSP3,
    TILE_IP,
    TILE_KINDS
};

struct bit {
    uint8_t row;
    uint8_t column;
};

/* A switch drives net target from one of choice_count nets: the one whose pattern the bits of tile (x, y) show. */
struct switch_box {
    int16_t x, y;
    int32_t target;
    uint32_t first_bit; /* in chip.switch_bits */
    uint32_t bit_count;
    uint32_t first_choice; /* in chip.choices */
    uint32_t choice_count;
};

struct choice {
    uint32_t pattern; /* bit k of the pattern is the k-th bit of the switch */
    int32_t source;
};

/* Configuration bits of one kind of tile by name ("LC_3", "RamConfig.PowerUp"). */
struct function {
    enum tile_kind kind;
    char name[40];
    struct bit bits[20];
    unsigned bit_count;
};

/* A port or parameter of a cell outside the fabric: a net or a configuration bit of tile (x, y). */
struct extra_field {
    char name[32];
    int x, y;
    char value[32];
};

struct extra_cell {
    char type[16];
    int x, y, z;
    struct extra_field *fields;
    size_t field_count;
};

struct pin {
    char name[8];
    int x, y, z;
};

/* A global network: an IO tile's fabout drives it, or the pad of IO (pad_x, pad_y, pad_z) where extra bit
 * (bank, column, row) is set. */
struct global {
    int fabout_x, fabout_y;
    int pad_x, pad_y, pad_z;
    int bank, column, row;
};

struct net_name;

struct chip {
    char device[8];
    int width, height;
    int32_t net_count;
    enum tile_kind *kinds; /* [y * width + x] */
    struct switch_box *switches;
    size_t switch_count;
    struct bit *switch_bits;
    size_t switch_bit_count;
    struct choice *choices;
    size_t choice_count;
    struct function *functions;
    size_t function_count;
    struct extra_cell *cells;
    size_t cell_count;
    struct pin *pins; /* of the package that was asked for */
    size_t pin_count;
    struct global globals[8];
    struct net_name *names; /* open hashing */
    size_t name_slots;
    size_t name_count;
};

/* Reads the database; ends the program with a message if it cannot. package: as nextpnr names it ("sg48"). */
void chip_read(struct chip *chip, const char *path, const char *package);
void chip_free(struct chip *chip);

enum tile_kind chip_kind(const struct chip *chip, int x, int y);

/* The net of that name in tile (x, y), or NO_NET. */
int32_t chip_net(const struct chip *chip, int x, int y, const char *name);

/* The bits of that name in that kind of tile, or NULL. */
const struct function *chip_function(const struct chip *chip, enum tile_kind kind, const char *name);

/* The field of that name of a cell, or NULL. */
const struct extra_field *chip_field(const struct extra_cell *cell, const char *name);

/* Prints "recover: …" and ends the program. */
__attribute__((format(printf, 1, 2), noreturn)) void fail(const char *format, ...);

/* realloc for one more element of a growing array, doubling; never NULL. */
void *grow(void *array, size_t count, size_t size);

#endif
