/* Multipliers and single-port memories of the UltraPlus: the chip database names the tile's net of every port and the
 * bit of every parameter. */
#include "design.h"

#include <stdlib.h>
#include <string.h>

struct bus {
    const char *name;
    int bits; /* 0: a line of its own */
    bool otherwise;
};

static const struct extra_field *field_of(const struct extra_cell *cell, const char *port, int bit)
{
    char name[40];

    snprintf(name, sizeof name, bit < 0 ? "%s" : "%s_%d", port, bit);
    const struct extra_field *field = chip_field(cell, name);

    if (!field)
        fail("the chip database has no %s of %s %d %d %d", name, cell->type, cell->x, cell->y, cell->z);
    return field;
}

static bool parameter(const struct design *design, const struct extra_field *field)
{
    char name[48];

    snprintf(name, sizeof name, "IpConfig.%s", field->value);
    return configuration_bit(design->configuration, design->chip, field->x, field->y, name);
}

static void print_inputs(const struct design *design, const struct extra_cell *cell, const struct bus *buses,
                         size_t count)
{
    for (size_t index = 0; index < count; index++) {
        const struct bus *bus = &buses[index];

        design_print(design, "        .%s({", bus->name);
        for (int bit = bus->bits ? bus->bits - 1 : 0; bit >= 0; bit--) {
            const struct extra_field *field = field_of(cell, bus->name, bus->bits ? bit : -1);

            design_print(design, "%s%s", design_value(design, field->x, field->y, field->value, bus->otherwise).text,
                         bit ? ", " : "})");
        }
        design_print(design, index + 1 < count ? ",\n" : "\n    );\n");
    }
}

static void visit_outputs(struct design *design, const struct extra_cell *cell, const char *port, int bits)
{
    design_print(design, "    wire [%d:0] %s_%d_%d_%d_out;\n", bits - 1, cell->type, cell->x, cell->y, cell->z);
    for (int bit = 0; bit < bits; bit++) {
        const struct extra_field *field = field_of(cell, port, bit);
        int32_t net = design_drive(design, field->x, field->y, field->value, WIRE);

        if (net == NO_NET)
            fail("tile %d %d has no %s, which should be %s of %s", field->x, field->y, field->value, field->name,
                 cell->type);
        design_print(design, "    assign n%d = %s_%d_%d_%d_out[%d];\n", net, cell->type, cell->x, cell->y, cell->z,
                     bit);
    }
}

static void visit_memory(struct design *design, const struct extra_cell *cell)
{
    static const struct bus inputs[] = {
        { "ADDRESS", 14, false },   { "DATAIN", 16, false }, { "MASKWREN", 4, false }, { "WREN", 0, false },
        { "CHIPSELECT", 0, false }, { "CLOCK", 0, false },   { "STANDBY", 0, false },  { "SLEEP", 0, false },
        { "POWEROFF", 0, false },
    };

    if (!parameter(design, field_of(cell, "SPRAM_EN", -1)))
        return;
    visit_outputs(design, cell, "DATAOUT", 16);
    if (!design->file)
        return;
    design_print(design, "    SB_SPRAM256KA spram_%d_%d_%d (\n        .DATAOUT(%s_%d_%d_%d_out),\n", cell->x,
                 cell->y, cell->z, cell->type, cell->x, cell->y, cell->z);
    print_inputs(design, cell, inputs, sizeof inputs / sizeof inputs[0]);
}

static const struct {
    const char *name;
    int bits;
} multiplier_parameters[] = {
    { "C_REG", 0 },
    { "A_REG", 0 },
    { "B_REG", 0 },
    { "D_REG", 0 },
    { "TOP_8x8_MULT_REG", 0 },
    { "BOT_8x8_MULT_REG", 0 },
    { "PIPELINE_16x16_MULT_REG1", 0 },
    { "PIPELINE_16x16_MULT_REG2", 0 },
    { "TOPOUTPUT_SELECT", 2 },
    { "TOPADDSUB_LOWERINPUT", 2 },
    { "TOPADDSUB_UPPERINPUT", 0 },
    { "TOPADDSUB_CARRYSELECT", 2 },
    { "BOTOUTPUT_SELECT", 2 },
    { "BOTADDSUB_LOWERINPUT", 2 },
    { "BOTADDSUB_UPPERINPUT", 0 },
    { "BOTADDSUB_CARRYSELECT", 2 },
    { "MODE_8x8", 0 },
    { "A_SIGNED", 0 },
    { "B_SIGNED", 0 },
};

enum { MULTIPLIER_PARAMETERS = sizeof multiplier_parameters / sizeof multiplier_parameters[0] };

static int parameter_value(const struct design *design, const struct extra_cell *cell, size_t index)
{
    const char *name = multiplier_parameters[index].name;

    if (!multiplier_parameters[index].bits)
        return parameter(design, field_of(cell, name, -1));
    return parameter(design, field_of(cell, name, 0)) + 2 * parameter(design, field_of(cell, name, 1));
}

/* In use if it has a parameter, a clock or an operand. */
static bool multiplier_used(const struct design *design, const struct extra_cell *cell)
{
    for (size_t index = 0; index < MULTIPLIER_PARAMETERS; index++)
        if (parameter_value(design, cell, index))
            return true;
    for (size_t index = 0; index < cell->field_count; index++)
        if (design_connected(design, cell->fields[index].x, cell->fields[index].y, cell->fields[index].value))
            return true;
    return false;
}

static void visit_multiplier(struct design *design, const struct extra_cell *cell)
{
    static const struct bus inputs[] = {
        { "CLK", 0, false },      { "CE", 0, true },         { "C", 16, false },       { "A", 16, false },
        { "B", 16, false },       { "D", 16, false },        { "AHOLD", 0, false },    { "BHOLD", 0, false },
        { "CHOLD", 0, false },    { "DHOLD", 0, false },     { "IRSTTOP", 0, false },  { "IRSTBOT", 0, false },
        { "ORSTTOP", 0, false },  { "ORSTBOT", 0, false },   { "OLOADTOP", 0, false }, { "OLOADBOT", 0, false },
        { "ADDSUBTOP", 0, false }, { "ADDSUBBOT", 0, false }, { "OHOLDTOP", 0, false }, { "OHOLDBOT", 0, false },
        { "CI", 0, false },
    };

    if (!multiplier_used(design, cell))
        return;
    visit_outputs(design, cell, "O", 32);
    const struct extra_field *carry = field_of(cell, "CO", -1);
    int32_t carry_net = design_drive(design, carry->x, carry->y, carry->value, WIRE);

    if (!design->file)
        return;
    design_print(design, "    SB_MAC16 #(\n");
    for (size_t index = 0; index < MULTIPLIER_PARAMETERS; index++) {
        int value = parameter_value(design, cell, index);
        const char *name = multiplier_parameters[index].name;

        /* These two take a signal of the multiplier below by a wire that is no part of the fabric. */
        if ((strcmp(name, "BOTADDSUB_CARRYSELECT") == 0 && value == 2) ||
            (strcmp(name, "BOTADDSUB_LOWERINPUT") == 0 && value == 3))
            fail("multiplier %d %d: %s %d, a chain of multipliers, is not supported", cell->x, cell->y, name, value);
        design_print(design, "        .%s(%d)%s\n", name, value, index + 1 < MULTIPLIER_PARAMETERS ? "," : "");
    }
    design_print(design, "    ) multiplier_%d_%d (\n        .O(%s_%d_%d_%d_out),\n", cell->x, cell->y, cell->type,
                 cell->x, cell->y, cell->z);
    if (carry_net != NO_NET)
        design_print(design, "        .CO(n%d),\n", carry_net);
    design_print(design, "        .ACCUMCI(1'b0),\n        .SIGNEXTIN(1'b0),\n");
    print_inputs(design, cell, inputs, sizeof inputs / sizeof inputs[0]);
}

void hard_visit(struct design *design)
{
    for (size_t index = 0; index < design->chip->cell_count; index++) {
        const struct extra_cell *cell = &design->chip->cells[index];

        if (strcmp(cell->type, "SPRAM") == 0)
            visit_memory(design, cell);
        else if (strcmp(cell->type, "MAC16") == 0)
            visit_multiplier(design, cell);
    }
}
