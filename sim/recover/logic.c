/* Logic cells: a lookup table of four inputs, a carry, and a flip-flop or none.
 *
 * The bits of a cell are LC_n, 20 of them; which is which: project icestorm, "Logic tile". */
#include "design.h"

#include <string.h>

enum { LUT_BITS = 16, CELLS = 8, CARRY_ENABLE = 8, REGISTERED = 9, SET_NOT_RESET = 18, ASYNCHRONOUS = 19 };

struct logic_cell {
    int x, y, index;
    bool bits[20];
    bool any;
    bool negative_clock;
};

static const unsigned char lut_order[LUT_BITS] = { 4, 14, 15, 5, 6, 16, 17, 7, 3, 13, 12, 2, 1, 11, 10, 0 };

static const char *name_of(const struct logic_cell *cell, int index, const char *what, char *text, size_t size)
{
    snprintf(text, size, "lutff_%d/%s", index < 0 ? cell->index : index, what);
    return text;
}

static struct term input(const struct design *design, const struct logic_cell *cell, const char *what)
{
    char name[24];

    return design_value(design, cell->x, cell->y, name_of(cell, -1, what, name, sizeof name), false);
}

/* table, of 2^count entries, as choices by the inputs from the highest on. */
static void print_table(const struct design *design, const bool *table, unsigned count, const struct term *inputs)
{
    unsigned half = count ? 1u << (count - 1) : 0;
    bool same = true;

    for (unsigned entry = 1; entry < 1u << count; entry++)
        same = same && table[entry] == table[0];
    if (same) {
        design_print(design, "1'b%d", table[0]);
        return;
    }
    const char *select = inputs[count - 1].text;

    if (strcmp(select, "1'b0") == 0 || memcmp(table, table + half, half * sizeof *table) == 0) {
        print_table(design, table, count - 1, inputs);
    } else if (strcmp(select, "1'b1") == 0) {
        print_table(design, table + half, count - 1, inputs);
    } else {
        design_print(design, "(%s ? ", select);
        print_table(design, table + half, count - 1, inputs);
        design_print(design, " : ");
        print_table(design, table, count - 1, inputs);
        design_print(design, ")");
    }
}

static void visit_table(struct design *design, const struct logic_cell *cell)
{
    static const char *const names[] = { "in_0", "in_1", "in_2", "in_3" };
    char out[24], cascade[24];
    struct term inputs[4];
    bool table[LUT_BITS], registered = cell->bits[REGISTERED];
    int32_t to = design_drive(design, cell->x, cell->y, name_of(cell, -1, "out", out, sizeof out),
                              registered ? REGISTER : WIRE);
    /* The table's own output, beside the flip-flop: to the next cell's table. */
    int32_t direct = design_drive(design, cell->x, cell->y, name_of(cell, -1, "lout", cascade, sizeof cascade), WIRE);

    if (!design->file)
        return;
    for (int index = 0; index < 4; index++)
        inputs[index] = input(design, cell, names[index]);
    for (int entry = 0; entry < LUT_BITS; entry++)
        table[entry] = cell->bits[lut_order[entry]];
    /* The last cell of a tile has no cascade; a name of its own serves. */
    if (direct == NO_NET)
        design_print(design, "    wire ");
    else
        design_print(design, "    assign ");
    char result[32];

    if (direct == NO_NET)
        snprintf(result, sizeof result, "table_%d_%d_%d", cell->x, cell->y, cell->index);
    else
        snprintf(result, sizeof result, "n%d", direct);
    design_print(design, "%s = ", result);
    print_table(design, table, 4, inputs);
    design_print(design, ";\n");
    if (!registered) {
        design_print(design, "    assign n%d = %s;\n", to, result);
        return;
    }
    struct term clock = design_value(design, cell->x, cell->y, "lutff_global/clk", false);
    struct term enable = design_value(design, cell->x, cell->y, "lutff_global/cen", true);
    struct term reset = design_value(design, cell->x, cell->y, "lutff_global/s_r", false);
    int value = cell->bits[SET_NOT_RESET];
    bool resets = strcmp(reset.text, "1'b0") != 0;

    design_print(design, "    always @(%s %s%s%s)\n        ", cell->negative_clock ? "negedge" : "posedge", clock.text,
                 resets && cell->bits[ASYNCHRONOUS] ? ", posedge " : "",
                 resets && cell->bits[ASYNCHRONOUS] ? reset.text : "");
    if (resets && cell->bits[ASYNCHRONOUS])
        design_print(design, "if (%s) n%d <= 1'b%d; else ", reset.text, to, value);
    if (strcmp(enable.text, "1'b1") != 0)
        design_print(design, "if (%s) ", enable.text);
    if (resets && !cell->bits[ASYNCHRONOUS])
        design_print(design, "n%d <= %s ? 1'b%d : %s;\n", to, reset.text, value, result);
    else
        design_print(design, "n%d <= %s;\n", to, result);
}

static void visit_carry(struct design *design, const struct logic_cell *cell)
{
    char name[24];
    int32_t to = design_drive(design, cell->x, cell->y, name_of(cell, -1, "cout", name, sizeof name), WIRE);

    if (!design->file)
        return;
    struct term first = input(design, cell, "in_1"), second = input(design, cell, "in_2"), below;
    bool constant = configuration_bit(design->configuration, design->chip, cell->x, cell->y, "CarryInSet");

    if (cell->index == 0)
        below = design_value(design, cell->x, cell->y, "carry_in_mux", constant);
    else
        below = design_value(design, cell->x, cell->y, name_of(cell, cell->index - 1, "cout", name, sizeof name),
                             false);
    design_print(design, "    assign n%d = (%s & %s) | ((%s | %s) & %s);\n", to, first.text, second.text, first.text,
                 second.text, below.text);
}

static void read_cell(const struct design *design, struct logic_cell *cell)
{
    const struct chip *chip = design->chip;
    const struct tile_bits *tile = &design->configuration->tiles[cell->y * chip->width + cell->x];
    char name[8];

    snprintf(name, sizeof name, "LC_%d", cell->index);
    const struct function *function = chip_function(chip, TILE_LOGIC, name);

    if (!function || function->bit_count != sizeof cell->bits / sizeof cell->bits[0])
        fail("the chip database should give %s of a logic tile 20 bits", name);
    cell->any = false;
    for (unsigned bit = 0; bit < function->bit_count; bit++) {
        cell->bits[bit] = tile->bits[function->bits[bit].row][function->bits[bit].column];
        cell->any = cell->any || cell->bits[bit];
    }
    cell->negative_clock = configuration_bit(design->configuration, chip, cell->x, cell->y, "NegClk");
}

void logic_visit(struct design *design)
{
    const struct chip *chip = design->chip;

    for (int y = 0; y < chip->height; y++) {
        for (int x = 0; x < chip->width; x++) {
            if (chip_kind(chip, x, y) != TILE_LOGIC)
                continue;
            for (int index = 0; index < CELLS; index++) {
                struct logic_cell cell = { .x = x, .y = y, .index = index };
                char out[24], cascade[24];

                read_cell(design, &cell);
                /* A table of zeros whose output is taken is a constant. */
                if (cell.any || design_taken(design, x, y, name_of(&cell, -1, "out", out, sizeof out)) ||
                    design_taken(design, x, y, name_of(&cell, -1, "lout", cascade, sizeof cascade)))
                    visit_table(design, &cell);
                if (cell.bits[CARRY_ENABLE])
                    visit_carry(design, &cell);
            }
        }
    }
}
