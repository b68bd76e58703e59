/* Global networks, the PLL and the oscillator.
 *
 * A simulation of bits has one clock, so a PLL hands on its reference, locked from the start: one simulated clock is
 * one clock of its output. Its divisors are told in a comment. */
#include "design.h"

#include <stdlib.h>
#include <string.h>

enum { PLL_PAD = 2, PLL_CORE = 3 };

static int pll_bits(const struct design *design, const struct extra_cell *cell, const char *name, int count)
{
    int value = 0;

    for (int bit = 0; bit < count; bit++) {
        char key[40], function[48];

        snprintf(key, sizeof key, "%s_%d", name, bit);
        const struct extra_field *field = chip_field(cell, key);

        if (!field)
            fail("the chip database has no %s of the PLL", key);
        snprintf(function, sizeof function, "PLL.%s", field->value);
        value |= configuration_bit(design->configuration, design->chip, field->x, field->y, function) << bit;
    }
    return value;
}

const struct extra_cell *clocks_pll_at(const struct design *design, int x, int y, int z)
{
    for (size_t index = 0; index < design->chip->cell_count; index++) {
        const struct extra_cell *cell = &design->chip->cells[index];

        if (strcmp(cell->type, "PLL") != 0 || !pll_bits(design, cell, "PLLTYPE", 3))
            continue;
        const struct extra_field *out = chip_field(cell, "PLLOUT_A");

        if (out && out->x == x && out->y == y && atoi(out->value) == z)
            return cell;
    }
    return NULL;
}

static struct term reference(const struct design *design, const struct ports *ports, const struct extra_cell *cell)
{
    int type = pll_bits(design, cell, "PLLTYPE", 3);
    const struct extra_field *field = chip_field(cell, type == PLL_PAD ? "PLLOUT_A" : "REFERENCECLK");
    struct term term;
    char text[80];

    if (type != PLL_PAD && type != PLL_CORE)
        fail("PLL %d %d: type %d is not supported; SB_PLL40_PAD and SB_PLL40_CORE are", cell->x, cell->y, type);
    if (!field)
        fail("the chip database has no reference of PLL %d %d", cell->x, cell->y);
    if (type == PLL_CORE)
        return design_value(design, field->x, field->y, field->value, false);
    snprintf(term.text, sizeof term.text, "pll_%d_%d", cell->x, cell->y);
    port_text(ports_find(ports, field->x, field->y, atoi(field->value)), text, sizeof text);
    design_print(design, "    wire %s = %s;\n", term.text, text);
    return term;
}

static void visit_pll(struct design *design, const struct ports *ports, const struct extra_cell *cell)
{
    const struct extra_field *out = chip_field(cell, "PLLOUT_A"), *lock = chip_field(cell, "LOCK");

    if (!pll_bits(design, cell, "PLLTYPE", 3) || !out || !lock)
        return;
    char name[24];

    snprintf(name, sizeof name, "io_%d/D_IN_0", atoi(out->value));
    int32_t core = design_drive(design, out->x, out->y, name, WIRE);
    int32_t locked = design_drive(design, lock->x, lock->y, lock->value, WIRE);

    if (!design->file)
        return;
    design_print(design, "    // PLL %d %d: reference * (%d + 1) / (%d + 1) / 2**%d\n", cell->x, cell->y,
                 pll_bits(design, cell, "DIVF", 7), pll_bits(design, cell, "DIVR", 4),
                 pll_bits(design, cell, "DIVQ", 3));
    struct term from = reference(design, ports, cell);

    design_print(design, "    assign n%d = %s;\n", core, from.text);
    if (locked != NO_NET)
        design_print(design, "    assign n%d = 1'b1;\n", locked);
}

static bool extra_bit_set(const struct design *design, const struct global *global)
{
    const struct configuration *configuration = design->configuration;

    for (size_t index = 0; index < configuration->extra_bit_count; index++) {
        const struct extra_bit *bit = &configuration->extra_bits[index];

        if (bit->bank == global->bank && bit->column == global->column && bit->row == global->row)
            return true;
    }
    return false;
}

/* A tile in which the global network has its name. */
static bool find_global(const struct chip *chip, const char *name, int *x, int *y)
{
    for (*y = 0; *y < chip->height; ++*y)
        for (*x = 0; *x < chip->width; ++*x)
            if (chip_net(chip, *x, *y, name) != NO_NET)
                return true;
    return false;
}

static void visit_global(struct design *design, const struct ports *ports, int index)
{
    const struct global *global = &design->chip->globals[index];
    bool pad = extra_bit_set(design, global);
    char name[24];
    int x, y;

    snprintf(name, sizeof name, "glb_netwk_%d", index);
    if (!find_global(design->chip, name, &x, &y) ||
        (!pad && !design_connected(design, global->fabout_x, global->fabout_y, "fabout")))
        return;
    int32_t net = design_drive(design, x, y, name, WIRE);

    if (!design->file)
        return;
    if (!pad) {
        design_print(design, "    assign n%d = %s;\n", net,
                     design_value(design, global->fabout_x, global->fabout_y, "fabout", false).text);
        return;
    }
    if (clocks_pll_at(design, global->pad_x, global->pad_y, global->pad_z)) {
        char in[24];

        snprintf(in, sizeof in, "io_%d/D_IN_0", global->pad_z);
        design_print(design, "    assign n%d = n%d;\n", net, chip_net(design->chip, global->pad_x, global->pad_y, in));
        return;
    }
    char text[80];

    port_text(ports_find(ports, global->pad_x, global->pad_y, global->pad_z), text, sizeof text);
    design_print(design, "    assign n%d = %s;\n", net, text);
}

void clocks_visit(struct design *design, const struct ports *ports)
{
    for (size_t index = 0; index < design->chip->cell_count; index++) {
        const struct extra_cell *cell = &design->chip->cells[index];

        if (strcmp(cell->type, "PLL") == 0)
            visit_pll(design, ports, cell);
        else if (strcmp(cell->type, "HFOSC") == 0 && chip_field(cell, "CLKHFEN") &&
                 design_connected(design, chip_field(cell, "CLKHFEN")->x, chip_field(cell, "CLKHFEN")->y,
                                  chip_field(cell, "CLKHFEN")->value))
            fail("the internal oscillator is not supported; give the design a clock pin");
    }
    for (int index = 0; index < 8; index++)
        visit_global(design, ports, index);
}
