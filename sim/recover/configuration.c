/* Reads the text form of a bitstream. */
#include "configuration.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LINE_BYTES = 4096 };

struct position {
    struct tile_bits *tile; /* or NULL */
    struct ram_contents *ram;
    unsigned row;
    size_t tiles; /* begun so far */
};

/* A tile and a block RAM have their rows all. */
static void end(const char *path, const struct position *position)
{
    if (position->tile && position->row != TILE_ROWS)
        fail("%s: a tile has %u rows, not %d; is the file whole?", path, position->row, TILE_ROWS);
    if (position->ram && position->row != RAM_ROWS)
        fail("%s: block RAM %d %d has %u rows, not %d; is the file whole?", path, position->ram->x, position->ram->y,
             position->row, RAM_ROWS);
}

static void begin(struct configuration *configuration, const struct chip *chip, const char *path, const char *line,
                  struct position *position)
{
    char section[32], device[16];
    int x, y, bank;

    end(path, position);
    *position = (struct position){ .tiles = position->tiles };
    if (sscanf(line, ".device %15s", device) == 1 && strcmp(device, chip->device) != 0)
        fail("%s: for device %s, the chip database is of %s", path, device, chip->device);
    if (sscanf(line, ".extra_bit %d %d %d", &bank, &x, &y) == 3) {
        configuration->extra_bits = grow(configuration->extra_bits, configuration->extra_bit_count,
                                         sizeof *configuration->extra_bits);
        configuration->extra_bits[configuration->extra_bit_count++] = (struct extra_bit){ bank, x, y };
        return;
    }
    if (sscanf(line, ".%31s %d %d", section, &x, &y) != 3)
        return; /* .comment and the like */
    if (strcmp(section, "ram_data") == 0) {
        configuration->rams = grow(configuration->rams, configuration->ram_count, sizeof *configuration->rams);
        position->ram = &configuration->rams[configuration->ram_count++];
        *position->ram = (struct ram_contents){ .x = x, .y = y };
        return;
    }
    size_t length = strlen(section);

    if (length < 5 || strcmp(section + length - 5, "_tile") != 0)
        return;
    if (chip_kind(chip, x, y) == TILE_NONE)
        fail("%s: the part has no tile %d %d", path, x, y);
    position->tile = &configuration->tiles[y * chip->width + x];
    position->tiles++;
}

static void take(const char *path, const char *line, struct position *position)
{
    size_t length = strcspn(line, " \r\n");

    if (position->ram) {
        if (position->row >= RAM_ROWS || length != RAM_DIGITS)
            fail("%s: contents of block RAM %d %d are 16 lines of 64 digits", path, position->ram->x, position->ram->y);
        memcpy(position->ram->rows[position->row++], line, RAM_DIGITS);
        return;
    }
    if (position->row >= TILE_ROWS || length > TILE_COLUMNS)
        fail("%s: a tile of more than %d lines of %d bits", path, TILE_ROWS, TILE_COLUMNS);
    for (size_t column = 0; column < length; column++)
        position->tile->bits[position->row][column] = line[column] == '1';
    position->row++;
}

void configuration_read(struct configuration *configuration, const struct chip *chip, const char *path)
{
    struct position position = { 0 };
    char line[LINE_BYTES];
    FILE *file = fopen(path, "r");

    if (!file)
        fail("%s: %s", path, strerror(errno));
    *configuration = (struct configuration){
        .tiles = calloc((size_t)chip->width * (size_t)chip->height, sizeof *configuration->tiles),
    };
    if (!configuration->tiles)
        fail("out of memory");
    while (fgets(line, sizeof line, file)) {
        if (line[0] == '.')
            begin(configuration, chip, path, line, &position);
        else if ((position.tile || position.ram) && strcspn(line, " \r\n"))
            take(path, line, &position);
    }
    if (ferror(file))
        fail("%s: %s", path, strerror(errno));
    fclose(file);
    end(path, &position);
    size_t tiles = 0;

    for (int y = 0; y < chip->height; y++)
        for (int x = 0; x < chip->width; x++)
            tiles += chip_kind(chip, x, y) != TILE_NONE;
    if (position.tiles != tiles)
        fail("%s: %zu tiles; a %s has %zu. Is the file what iceunpack wrote?", path, position.tiles, chip->device,
             tiles);
}

void configuration_free(struct configuration *configuration)
{
    free(configuration->tiles);
    free(configuration->rams);
    free(configuration->extra_bits);
    *configuration = (struct configuration){ 0 };
}

bool configuration_bit(const struct configuration *configuration, const struct chip *chip, int x, int y,
                       const char *name)
{
    const struct function *function = chip_function(chip, chip_kind(chip, x, y), name);

    if (!function)
        return false;
    return configuration->tiles[y * chip->width + x].bits[function->bits[0].row][function->bits[0].column];
}

const struct ram_contents *configuration_ram(const struct configuration *configuration, int x, int y)
{
    for (size_t index = 0; index < configuration->ram_count; index++)
        if (configuration->rams[index].x == x && configuration->rams[index].y == y)
            return &configuration->rams[index];
    return NULL;
}
