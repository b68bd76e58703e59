/* The C view of hardware.def: HW_<name> for constants, HW_<group>_<name> for codes, and for a field
 * HW_<group>_<name>_MSB and _LSB. hardware_field() and hardware_place() take and put a field of a
 * word of up to 64 bits. */
#ifndef NIRLOOM_HARDWARE_H
#define NIRLOOM_HARDWARE_H

#include <stdint.h>

#define HW_SECTION(name, text)
#define HW_CONST(name, value, text) HW_##name = (value),
#define HW_CODE(group, name, value, text) HW_##group##_##name = (value),
#define HW_FIELD(group, name, msb, lsb, text) HW_##group##_##name##_MSB = (msb), HW_##group##_##name##_LSB = (lsb),
enum hardware_constant {
#include "hardware.def"
};
#undef HW_SECTION
#undef HW_CONST
#undef HW_CODE
#undef HW_FIELD

/* Bits msb..lsb of word, moved to bit 0. */
static inline uint64_t hardware_field(uint64_t word, unsigned msb, unsigned lsb)
{
    return (word >> lsb) & ((UINT64_C(2) << (msb - lsb)) - 1);
}

/* value in bits msb..lsb, the others 0; bits of value that do not fit are dropped. */
static inline uint64_t hardware_place(uint64_t value, unsigned msb, unsigned lsb)
{
    return (value & ((UINT64_C(2) << (msb - lsb)) - 1)) << lsb;
}

#define HW_GET(word, field) hardware_field((word), HW_##field##_MSB, HW_##field##_LSB)
#define HW_PUT(value, field) hardware_place((value), HW_##field##_MSB, HW_##field##_LSB)

/* An array as boards.def states it. */
struct board {
    const char *id;
    const char *name;
    const char *part;
    unsigned cores;
    unsigned lanes;
    unsigned slots;
    unsigned word_bits;
    unsigned weight_words;
    unsigned state_rows;
    unsigned accumulator_rows;
    unsigned spike_words;
    unsigned operations;
    unsigned program_bits;
    unsigned dsp;
    unsigned clock_khz;
    unsigned baud;
};

/* The board of that name, or NULL. The table lives as long as the program. */
const struct board *board_find(const char *name);

/* The index-th board, or NULL past the last. */
const struct board *board_at(unsigned index);

/* Units of weights are counted in 2^this where an operation names one: memories of more than 32,768 words have more
 * units, two a word at most, than its field can tell apart (hardware.def, OPERATION_WEIGHT). */
static inline unsigned board_weight_shift(const struct board *board)
{
    unsigned shift = 0;

    while (((uint64_t)1 << (HW_WORD_BITS + shift)) < 2 * (uint64_t)board->weight_words)
        shift++;
    return shift;
}

/* What yosys's synth_ice40 is told for the board's part, or for an iCE40UP5K where the board has none: whose delays and
 * blocks it maps for, and its mapper. A string of the program's. */
const char *board_synthesis(const struct board *board);

/* Clocks a bit of the board's serial link, rounded to nearest. */
static inline unsigned board_divider(const struct board *board)
{
    return (board->clock_khz * 1000 + board->baud / 2) / board->baud;
}

#endif
