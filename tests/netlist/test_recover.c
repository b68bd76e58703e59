/* build/recover: the Verilog of a bitstream is the design, and a changed bit of the bitstream is another design. */
#include "support.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char databases[] = "/usr/share/fpga-icestorm/chipdb";

enum { LOGIC_CELLS = 8, TILE_ROWS = 16 };

static void read_text(char **text, const char *folder, const char *name)
{
    cr_assert_eq(run_command(text, "cat '%s/%s'", folder, name), 0, "%s/%s", folder, name);
    cr_assert_gt(strlen(*text), 1000, "%s/%s has %zu bytes", folder, name, strlen(*text));
}

/* A fresh folder with module blocks built for the device, and what it puts out by itself, routed, and recovered. */
static const char *build_blocks(const char *device, const char *package, const char *database, int hard)
{
    const char *folder = temporary_path(device);
    char *output, *rtl, *other;

    if (access("build/recover", X_OK) != 0)
        cr_skip_test("build/recover is not here; `make netlists` makes it");
    cr_assert_eq(run_command(&output, "mkdir -p '%s' && sh tests/netlist/blocks.sh %s %s %s/%s %d '%s' 2>&1", folder,
                             device, package, databases, database, hard, folder),
                 0, "%s", output);
    free(output);
    read_text(&rtl, folder, "rtl.txt");
    cr_assert_null(strchr(rtl, 'x'), "the design itself puts out what is not known");
    read_text(&other, folder, "routed.txt");
    cr_assert_str_eq(rtl, other, "%s: the routed design is another one", device);
    free(other);
    read_text(&other, folder, "bitstream.txt");
    cr_assert_str_eq(rtl, other, "%s: the bitstream is another design", device);
    free(other);
    free(rtl);
    return folder;
}

/* Recovers and runs folder/name.asc; true if it puts out the same as the source. */
static bool same_design(const char *folder, const char *name)
{
    char *output, *rtl, *changed;

    cr_assert_eq(run_command(&output,
                             "sh tests/netlist/recovered.sh up5k sg48 %s/chipdb-5k.txt '%s/%s.asc' '%s/%s' 2>&1",
                             databases, folder, name, folder, name),
                 0, "%s", output);
    free(output);
    read_text(&rtl, folder, "rtl.txt");
    cr_assert_eq(run_command(&changed, "cat '%s/%s.txt'", folder, name), 0);
    bool same = strcmp(rtl, changed) == 0;

    free(rtl);
    free(changed);
    return same;
}

static void write_text(const char *folder, const char *name, const char *text)
{
    char path[512];

    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "w");
    cr_assert_not_null(file);
    cr_assert_geq(fputs(text, file), 0);
    cr_assert_eq(fclose(file), 0);
}

/* Row (0 …) of the tile or RAM whose heading begins at start. */
static char *row_of(char *start, int row)
{
    for (; row >= -1; row--) {
        cr_assert_not_null(start);
        char *end = strchr(start, '\n');
        if (row == -1)
            return start;
        start = end ? end + 1 : NULL;
    }
    return start;
}

/* A logic cell has columns 36 to 45 of two rows of its tile. Column 40 of the upper is the entry of the lookup table
 * where all four inputs are 0 (project icestorm, "Logic tile"). */
static char *table_bit(char *tile, int cell)
{
    char *upper = row_of(tile, 2 * cell), *lower = row_of(tile, 2 * cell + 1);

    cr_assert(strcspn(upper, "\n") == 54 && strcspn(lower, "\n") == 54);
    return memchr(upper + 36, '1', 10) || memchr(lower + 36, '1', 10) ? upper + 40 : NULL;
}

static void flip(char *bit)
{
    cr_assert(*bit == '0' || *bit == '1');
    *bit = *bit == '0' ? '1' : '0';
}

/* Few entries of a table cannot be reached, such as carries that go with no sum: three quarters must show. */
static void check_tables(const char *folder, char *configuration)
{
    enum { TRIALS = 8 };
    char *bits[2000];
    size_t count = 0;
    uint64_t state = 1;
    int noticed = 0;

    for (char *tile = configuration; (tile = strstr(tile, ".logic_tile ")) != NULL; tile++)
        for (int cell = 0; cell < LOGIC_CELLS; cell++) {
            char *bit = table_bit(tile, cell);
            if (bit && count < sizeof bits / sizeof bits[0])
                bits[count++] = bit;
        }
    cr_assert_gt(count, 100);
    for (int trial = 0; trial < TRIALS; trial++) {
        char *bit = bits[random_below(&state, count)];
        flip(bit);
        write_text(folder, "changed.asc", configuration);
        flip(bit);
        noticed += !same_design(folder, "changed");
    }
    cr_assert_geq(noticed, TRIALS * 3 / 4, "%d of %d changed lookup tables were noticed", noticed, TRIALS);
}

/* The first digit of the last row of a block RAM that has contents: of words 240 to 255, which the design does not
 * write. */
static void check_memory(const char *folder, char *configuration)
{
    int noticed = 0, tried = 0;

    for (char *ram = configuration; (ram = strstr(ram, ".ram_data ")) != NULL; ram++) {
        char *row = row_of(ram, 15), kept = *row;

        if (strspn(row, "0") == 64)
            continue; /* not in use */
        *row = kept == '5' ? 'a' : '5';
        write_text(folder, "changed.asc", configuration);
        *row = kept;
        tried++;
        noticed += !same_design(folder, "changed");
    }
    cr_assert_geq(tried, 2, "%d block RAMs have contents", tried);
    cr_assert_eq(noticed, tried, "changed contents of %d of %d block RAMs were noticed", noticed, tried);
}

/* A_SIGNED of a multiplier at (0, 5) is CBIT_7 of tile (0, 7), at (25, 5) of tile (25, 7), and so on up: row 6
 * column 7, by the chip database. Of all eight multipliers one is in use. */
static void check_multiplier(const char *folder, char *configuration)
{
    static const int rows[] = { 7, 12, 17, 25 };
    int noticed = 0;

    for (int x = 0; x <= 25; x += 25)
        for (size_t index = 0; index < sizeof rows / sizeof rows[0]; index++) {
            char heading[40];
            snprintf(heading, sizeof heading, ".dsp2_tile %d %d\n", x, rows[index]);
            char *tile = strstr(configuration, heading);
            cr_assert_not_null(tile, "%s", heading);
            char *bit = row_of(tile, 6) + 7;
            if (*bit != '1')
                continue; /* the design's product is signed */
            flip(bit);
            write_text(folder, "changed.asc", configuration);
            flip(bit);
            noticed += !same_design(folder, "changed");
        }
    cr_assert_eq(noticed, 1, "%d multipliers that were made unsigned were noticed; the design has one", noticed);
}

/* A memory that is switched off is gone: what it drove, nothing drives. Its bits are 0 and 1 of tile (0, 1) or
 * (25, 1). */
static void check_switched_off(const char *folder, char *configuration)
{
    char *output;
    int refused = 0;

    for (int x = 0; x <= 25; x += 25)
        for (int row = 0; row < 2; row++) {
            char heading[40];
            snprintf(heading, sizeof heading, ".ipcon_tile %d 1\n", x);
            char *tile = strstr(configuration, heading);
            cr_assert_not_null(tile, "%s", heading);
            char *bit = row_of(tile, 1 - row) + 7;
            if (*bit != '1')
                continue;
            flip(bit);
            write_text(folder, "changed.asc", configuration);
            flip(bit);
            refused += run_command(&output,
                                   "build/recover -d %s/chipdb-5k.txt -p sg48 -c tests/netlist/blocks_up5k.pcf "
                                   "-o '%s/changed.v' '%s/changed.asc' 2>&1",
                                   databases, folder, folder) == 1 &&
                       strstr(output, "which nothing drives") != NULL;
            free(output);
        }
    cr_assert_eq(refused, 1);
}

Test(netlist, bitstream_of_everything_up5k, .timeout = 600)
{
    const char *folder = build_blocks("up5k", "sg48", "chipdb-5k.txt", 1);
    char *configuration;

    read_text(&configuration, folder, "blocks.asc");
    check_tables(folder, configuration);
    check_memory(folder, configuration);
    check_multiplier(folder, configuration);
    check_switched_off(folder, configuration);
    free(configuration);
}

Test(netlist, bitstream_of_everything_hx8k, .timeout = 600)
{
    build_blocks("hx8k", "ct256", "chipdb-8k.txt", 0);
}

static void refuse(const char *command, int status, const char *reason)
{
    char *output;

    if (access("build/recover", X_OK) != 0)
        cr_skip_test("build/recover is not here; `make netlists` makes it");
    cr_assert_eq(run_command(&output, "%s 2>&1", command), status, "%s: %s", command, output);
    cr_assert_not_null(strstr(output, reason), "%s: %s", command, output);
    free(output);
}

Test(netlist, recover_says_what_is_wrong, .timeout = 60)
{
    char command[1024];
    const char *pins = temporary_path("pins.pcf"), *unpacked = temporary_path("other.asc");
    char *output;

    refuse("build/recover", 2, "recover -d DATABASE");
    refuse("build/recover -d /nowhere -p sg48 -c /dev/null /dev/null", 1, "fpga-icestorm-chipdb");
    refuse("build/recover -d Makefile -p sg48 -c /dev/null /dev/null", 1, "no chip database");
    snprintf(command, sizeof command, "build/recover -d %s/chipdb-5k.txt -p bga1 -c /dev/null /dev/null", databases);
    refuse(command, 1, "no package \"bga1\"");
    cr_assert_eq(run_command(&output, "echo .device 8k > '%s'", unpacked), 0);
    free(output);
    snprintf(command, sizeof command, "build/recover -d %s/chipdb-5k.txt -p sg48 -c /dev/null '%s'", databases,
             unpacked);
    refuse(command, 1, "for device 8k, the chip database is of 5k");
    cr_assert_eq(run_command(&output, "echo set_io clk 99 > '%s'", pins), 0);
    free(output);
    snprintf(command, sizeof command, "build/recover -d %s/chipdb-5k.txt -p sg48 -c '%s' /dev/null", databases, pins);
    refuse(command, 1, "no pin 99");
    snprintf(command, sizeof command, "build/recover -d %s/chipdb-5k.txt -p sg48 -c /dev/null /dev/null", databases);
    refuse(command, 1, "0 tiles");
}
