/* Block RAMs: two tiles, of which the upper has the modes, the lower the power. */
#include "design.h"

#include <string.h>

/* Ports are in one of the two tiles. */
static int tile_of(const struct design *design, int x, int y, const char *name)
{
    for (int tile = y; tile <= y + 1; tile++)
        if (chip_net(design->chip, x, tile, name) != NO_NET)
            return tile;
    fail("block RAM %d %d has no %s", x, y, name);
}

static void print_bus(const struct design *design, int x, int y, const char *port, int bits)
{
    design_print(design, "        .%s({", port);
    for (int bit = bits - 1; bit >= 0; bit--) {
        char name[24];

        snprintf(name, sizeof name, "ram/%s_%d", port, bit);
        design_print(design, "%s%s", design_value(design, x, tile_of(design, x, y, name), name, false).text,
                     bit ? ", " : "}),\n");
    }
}

static void print_line(const struct design *design, int x, int y, const char *port, bool otherwise, const char *end)
{
    char name[24];

    snprintf(name, sizeof name, "ram/%s", port);
    design_print(design, "        .%s(%s)%s\n", port,
                 design_value(design, x, tile_of(design, x, y, name), name, otherwise).text, end);
}

static int mode(const struct design *design, int x, int y, const char *low, const char *high)
{
    return configuration_bit(design->configuration, design->chip, x, y + 1, low) +
           2 * configuration_bit(design->configuration, design->chip, x, y + 1, high);
}

static void visit_ram(struct design *design, int x, int y)
{
    const struct configuration *configuration = design->configuration;

    design_print(design, "    wire [15:0] ram_%d_%d_data;\n", x, y);
    for (int bit = 0; bit < 16; bit++) {
        char name[24];

        snprintf(name, sizeof name, "ram/RDATA_%d", bit);
        int32_t net = design_drive(design, x, tile_of(design, x, y, name), name, WIRE);

        design_print(design, "    assign n%d = ram_%d_%d_data[%d];\n", net, x, y, bit);
    }
    if (!design->file)
        return;
    if (configuration_bit(configuration, design->chip, x, y, "NegClk") ||
        configuration_bit(configuration, design->chip, x, y + 1, "NegClk"))
        fail("block RAM %d %d: falling clock edges are not supported", x, y);
    static const char *const cascades[] = { "RamCascade.CBIT_4", "RamCascade.CBIT_5", "RamCascade.CBIT_6",
                                            "RamCascade.CBIT_7" };

    for (size_t index = 0; index < sizeof cascades / sizeof cascades[0]; index++)
        if (configuration_bit(configuration, design->chip, x, y, cascades[index]) ||
            configuration_bit(configuration, design->chip, x, y + 1, cascades[index]))
            fail("block RAM %d %d: cascaded addresses (%s) are not supported", x, y, cascades[index]);
    const struct ram_contents *contents = configuration_ram(configuration, x, y);

    design_print(design, "    SB_RAM40_4K #(\n");
    for (int row = 0; contents && row < RAM_ROWS; row++)
        design_print(design, "        .INIT_%X(256'h%s),\n", (unsigned)row, contents->rows[row]);
    design_print(design, "        .READ_MODE(%d),\n        .WRITE_MODE(%d)\n    ) ram_%d_%d (\n",
                 mode(design, x, y, "RamConfig.CBIT_2", "RamConfig.CBIT_3"),
                 mode(design, x, y, "RamConfig.CBIT_0", "RamConfig.CBIT_1"), x, y);
    design_print(design, "        .RDATA(ram_%d_%d_data),\n", x, y);
    print_bus(design, x, y, "RADDR", 11);
    print_bus(design, x, y, "WADDR", 11);
    print_bus(design, x, y, "MASK", 16);
    print_bus(design, x, y, "WDATA", 16);
    print_line(design, x, y, "RCLK", false, ",");
    print_line(design, x, y, "RCLKE", true, ",");
    print_line(design, x, y, "RE", false, ",");
    print_line(design, x, y, "WCLK", false, ",");
    print_line(design, x, y, "WCLKE", true, ",");
    print_line(design, x, y, "WE", false, "");
    design_print(design, "    );\n");
}

void memory_visit(struct design *design)
{
    const struct chip *chip = design->chip;
    /* On these parts the bit powers a block up, on the others it powers it down. */
    bool up = strcmp(chip->device, "8k") == 0 || strcmp(chip->device, "5k") == 0;

    for (int y = 0; y < chip->height; y++)
        for (int x = 0; x < chip->width; x++)
            if (chip_kind(chip, x, y) == TILE_RAM_BOTTOM &&
                configuration_bit(design->configuration, chip, x, y, "RamConfig.PowerUp") == up)
                visit_ram(design, x, y);
}
