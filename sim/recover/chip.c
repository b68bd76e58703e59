/* Reads a chip database, section by section, line by line. */
#include "chip.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LINE_BYTES = 4096, FIELDS = 64, NAME_BYTES = 24, FIRST_NAME_SLOTS = 1 << 16 };

struct net_name {
    int16_t x, y;
    int32_t net; /* NO_NET: an empty slot */
    char name[NAME_BYTES];
};

struct reader {
    struct chip *chip;
    const char *path;
    const char *package;
    unsigned line;
    char section[32];
    enum tile_kind kind; /* of a section of tile bits */
    int32_t net;
    unsigned skipped; /* true in sections that are not wanted */
};

void fail(const char *format, ...)
{
    va_list arguments;

    fputs("recover: ", stderr);
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    exit(1);
}

void *grow(void *array, size_t count, size_t size)
{
    if (count & (count - 1))
        return array; /* room up to the next power of two */
    void *larger = realloc(array, (count ? 2 * count : 1) * size);

    if (!larger)
        fail("out of memory");
    return larger;
}

static const struct {
    const char *name;
    enum tile_kind kind;
} tile_names[] = {
    { ".io_tile", TILE_IO },     { ".logic_tile", TILE_LOGIC }, { ".ramb_tile", TILE_RAM_BOTTOM },
    { ".ramt_tile", TILE_RAM_TOP }, { ".dsp0_tile", TILE_DSP0 },   { ".dsp1_tile", TILE_DSP1 },
    { ".dsp2_tile", TILE_DSP2 }, { ".dsp3_tile", TILE_DSP3 },   { ".ipcon_tile", TILE_IP },
};

static size_t hash(int x, int y, const char *name)
{
    uint64_t value = (uint64_t)x * 1000003u + (uint64_t)y; /* FNV-1a goes on from here */

    for (; *name; name++)
        value = (value ^ (unsigned char)*name) * UINT64_C(1099511628211);
    return (size_t)(value ^ value >> 29);
}

static struct net_name *find_slot(struct net_name *names, size_t slots, int x, int y, const char *name)
{
    size_t slot = hash(x, y, name) & (slots - 1);

    while (names[slot].net != NO_NET &&
           !(names[slot].x == x && names[slot].y == y && strcmp(names[slot].name, name) == 0))
        slot = (slot + 1) & (slots - 1);
    return &names[slot];
}

static void double_names(struct chip *chip)
{
    size_t slots = chip->name_slots ? 2 * chip->name_slots : FIRST_NAME_SLOTS;
    struct net_name *names = calloc(slots, sizeof *names);

    if (!names)
        fail("out of memory");
    for (size_t slot = 0; slot < slots; slot++)
        names[slot].net = NO_NET;
    for (size_t slot = 0; slot < chip->name_slots; slot++) {
        const struct net_name *old = &chip->names[slot];

        if (old->net != NO_NET)
            *find_slot(names, slots, old->x, old->y, old->name) = *old;
    }
    free(chip->names);
    chip->names = names;
    chip->name_slots = slots;
}

static void add_name(struct chip *chip, int x, int y, const char *name, int32_t net)
{
    if (strlen(name) >= NAME_BYTES)
        fail("the chip database names a net \"%s\"; %d characters are the most known", name, NAME_BYTES - 1);
    if (2 * chip->name_count >= chip->name_slots)
        double_names(chip);
    struct net_name *slot = find_slot(chip->names, chip->name_slots, x, y, name);

    if (slot->net == NO_NET)
        chip->name_count++;
    *slot = (struct net_name){ .x = (int16_t)x, .y = (int16_t)y, .net = net };
    memcpy(slot->name, name, strlen(name) + 1);
}

int32_t chip_net(const struct chip *chip, int x, int y, const char *name)
{
    return chip->name_slots ? find_slot(chip->names, chip->name_slots, x, y, name)->net : NO_NET;
}

enum tile_kind chip_kind(const struct chip *chip, int x, int y)
{
    if (x < 0 || y < 0 || x >= chip->width || y >= chip->height)
        return TILE_NONE;
    return chip->kinds[y * chip->width + x];
}

const struct function *chip_function(const struct chip *chip, enum tile_kind kind, const char *name)
{
    for (size_t index = 0; index < chip->function_count; index++)
        if (chip->functions[index].kind == kind && strcmp(chip->functions[index].name, name) == 0)
            return &chip->functions[index];
    return NULL;
}

const struct extra_field *chip_field(const struct extra_cell *cell, const char *name)
{
    for (size_t index = 0; index < cell->field_count; index++)
        if (strcmp(cell->fields[index].name, name) == 0)
            return &cell->fields[index];
    return NULL;
}

static int number(const struct reader *reader, const char *text)
{
    char *end;

    errno = 0;
    long value = strtol(text, &end, 10);
    if (*end || end == text || errno || value < -1 || value > INT32_MAX)
        fail("%s:%u: \"%s\" should be a number", reader->path, reader->line, text);
    return (int)value;
}

/* "B3[17]" */
static struct bit position(const struct reader *reader, const char *text)
{
    unsigned row, column;

    if (sscanf(text, "B%u[%u]", &row, &column) != 2 || row >= TILE_ROWS || column >= TILE_COLUMNS)
        fail("%s:%u: \"%s\" should be the place of a bit, B0[0] to B%d[%d]", reader->path, reader->line, text,
             TILE_ROWS - 1, TILE_COLUMNS - 1);
    return (struct bit){ (uint8_t)row, (uint8_t)column };
}

static void copy(const struct reader *reader, char *target, size_t size, const char *text)
{
    if (strlen(text) >= size)
        fail("%s:%u: \"%s\" is longer than %zu characters", reader->path, reader->line, text, size - 1);
    memcpy(target, text, strlen(text) + 1);
}

static void want(const struct reader *reader, size_t count, size_t least)
{
    if (count < least)
        fail("%s:%u: %s has %zu fields, not %zu", reader->path, reader->line, reader->section, count, least);
}

static void begin_device(struct reader *reader, char **fields, size_t count)
{
    struct chip *chip = reader->chip;

    want(reader, count, 5);
    copy(reader, chip->device, sizeof chip->device, fields[1]);
    chip->width = number(reader, fields[2]);
    chip->height = number(reader, fields[3]);
    chip->net_count = number(reader, fields[4]);
    if (chip->kinds)
        fail("%s:%u: a second .device", reader->path, reader->line);
    if (chip->width < 1 || chip->width > 256 || chip->height < 1 || chip->height > 256)
        fail("%s:%u: a part of %d by %d tiles is not known", reader->path, reader->line, chip->width, chip->height);
    chip->kinds = calloc((size_t)chip->width * (size_t)chip->height, sizeof *chip->kinds);
    if (!chip->kinds)
        fail("out of memory");
}

static int32_t net_number(const struct reader *reader, const char *text)
{
    int net = number(reader, text);

    if (net < 0 || net >= reader->chip->net_count)
        fail("%s:%u: net %d; the part has 0 to %d", reader->path, reader->line, net, reader->chip->net_count - 1);
    return net;
}

static void begin_switch(struct reader *reader, char **fields, size_t count)
{
    struct chip *chip = reader->chip;

    want(reader, count, 5);
    if (count - 4 > 32)
        fail("%s:%u: a switch of %zu bits; 32 are the most known", reader->path, reader->line, count - 4);
    if (chip_kind(chip, number(reader, fields[1]), number(reader, fields[2])) == TILE_NONE)
        fail("%s:%u: a switch in tile %s %s, which the part does not have", reader->path, reader->line, fields[1],
             fields[2]);
    chip->switches = grow(chip->switches, chip->switch_count, sizeof *chip->switches);
    chip->switches[chip->switch_count++] = (struct switch_box){
        .x = (int16_t)number(reader, fields[1]),
        .y = (int16_t)number(reader, fields[2]),
        .target = net_number(reader, fields[3]),
        .first_bit = (uint32_t)chip->switch_bit_count,
        .bit_count = (uint32_t)(count - 4),
        .first_choice = (uint32_t)chip->choice_count,
    };
    for (size_t field = 4; field < count; field++) {
        chip->switch_bits = grow(chip->switch_bits, chip->switch_bit_count, sizeof *chip->switch_bits);
        chip->switch_bits[chip->switch_bit_count++] = position(reader, fields[field]);
    }
}

static void begin_cell(struct reader *reader, char **fields, size_t count)
{
    struct chip *chip = reader->chip;

    want(reader, count, 4);
    chip->cells = grow(chip->cells, chip->cell_count, sizeof *chip->cells);
    struct extra_cell *cell = &chip->cells[chip->cell_count++];

    *cell = (struct extra_cell){ .x = number(reader, fields[1]), .y = number(reader, fields[2]) };
    if (count > 4)
        cell->z = number(reader, fields[3]);
    copy(reader, cell->type, sizeof cell->type, fields[count - 1]);
}

/* True if the line opened a tile or a section of tile bits. */
static int begin_tile(struct reader *reader, char **fields, size_t count)
{
    struct chip *chip = reader->chip;

    for (size_t index = 0; index < sizeof tile_names / sizeof tile_names[0]; index++) {
        size_t length = strlen(tile_names[index].name);

        if (strncmp(fields[0], tile_names[index].name, length) != 0)
            continue;
        reader->kind = tile_names[index].kind;
        if (fields[0][length])
            return 1; /* …_bits */
        want(reader, count, 3);
        int x = number(reader, fields[1]), y = number(reader, fields[2]);

        if (x < 0 || y < 0 || x >= chip->width || y >= chip->height)
            fail("%s:%u: tile %d %d is outside the part", reader->path, reader->line, x, y);
        chip->kinds[y * chip->width + x] = reader->kind;
        return 1;
    }
    return 0;
}

static void begin_section(struct reader *reader, char **fields, size_t count)
{
    copy(reader, reader->section, sizeof reader->section, fields[0]);
    reader->skipped = 0;
    if (strcmp(fields[0], ".device") == 0) {
        begin_device(reader, fields, count);
    } else if (strcmp(fields[0], ".net") == 0) {
        want(reader, count, 2);
        reader->net = net_number(reader, fields[1]);
    } else if (strcmp(fields[0], ".buffer") == 0 || strcmp(fields[0], ".routing") == 0) {
        begin_switch(reader, fields, count);
    } else if (strcmp(fields[0], ".extra_cell") == 0) {
        begin_cell(reader, fields, count);
    } else if (strcmp(fields[0], ".pins") == 0) {
        want(reader, count, 2);
        reader->skipped = strcmp(fields[1], reader->package) != 0;
    } else if (!begin_tile(reader, fields, count)) {
        static const char *const known[] = { ".gbufin", ".gbufpin", ".extra_bits" };

        reader->skipped = 1;
        for (size_t index = 0; index < sizeof known / sizeof known[0]; index++)
            if (strcmp(fields[0], known[index]) == 0)
                reader->skipped = 0;
    }
}

static struct global *global_of(const struct reader *reader, const char *text)
{
    int index = number(reader, text);

    if (index < 0 || index >= 8)
        fail("%s:%u: global network %d; there are 0 to 7", reader->path, reader->line, index);
    return &reader->chip->globals[index];
}

static void add_choice(struct reader *reader, char **fields)
{
    struct chip *chip = reader->chip;
    struct switch_box *box = &chip->switches[chip->switch_count - 1];
    struct choice choice = { .source = net_number(reader, fields[1]) };

    if (strlen(fields[0]) != box->bit_count)
        fail("%s:%u: \"%s\" should be %u bits", reader->path, reader->line, fields[0], box->bit_count);
    for (uint32_t index = 0; index < box->bit_count; index++)
        choice.pattern |= (uint32_t)(fields[0][index] == '1') << index;
    if (!choice.pattern)
        fail("%s:%u: a switch that is on with all bits 0 is not known", reader->path, reader->line);
    chip->choices = grow(chip->choices, chip->choice_count, sizeof *chip->choices);
    chip->choices[chip->choice_count++] = choice;
    box->choice_count++;
}

static void add_function(struct reader *reader, char **fields, size_t count)
{
    struct chip *chip = reader->chip;

    chip->functions = grow(chip->functions, chip->function_count, sizeof *chip->functions);
    struct function *function = &chip->functions[chip->function_count++];

    *function = (struct function){ .kind = reader->kind };
    copy(reader, function->name, sizeof function->name, fields[0]);
    if (count - 1 > sizeof function->bits / sizeof function->bits[0])
        fail("%s:%u: %s has %zu bits; 20 are the most known", reader->path, reader->line, fields[0], count - 1);
    for (size_t field = 1; field < count; field++)
        function->bits[function->bit_count++] = position(reader, fields[field]);
}

static void add_field(struct reader *reader, char **fields, size_t count)
{
    struct extra_cell *cell = &reader->chip->cells[reader->chip->cell_count - 1];

    if (count < 4)
        return; /* LOCKED: what a package lacks */
    cell->fields = grow(cell->fields, cell->field_count, sizeof *cell->fields);
    struct extra_field *field = &cell->fields[cell->field_count++];

    *field = (struct extra_field){ .x = number(reader, fields[1]), .y = number(reader, fields[2]) };
    copy(reader, field->name, sizeof field->name, fields[0]);
    copy(reader, field->value, sizeof field->value, fields[3]);
}

static void add_pin(struct reader *reader, char **fields)
{
    struct chip *chip = reader->chip;

    chip->pins = grow(chip->pins, chip->pin_count, sizeof *chip->pins);
    struct pin *pin = &chip->pins[chip->pin_count++];

    *pin = (struct pin){ .x = number(reader, fields[1]), .y = number(reader, fields[2]),
                         .z = number(reader, fields[3]) };
    copy(reader, pin->name, sizeof pin->name, fields[0]);
}

static void take(struct reader *reader, char **fields, size_t count)
{
    const char *section = reader->section;

    if (strcmp(section, ".net") == 0) {
        want(reader, count, 3);
        /* Spans are told apart by their numbers alone. */
        if (strncmp(fields[2], "sp", 2) != 0)
            add_name(reader->chip, number(reader, fields[0]), number(reader, fields[1]), fields[2], reader->net);
    } else if (strcmp(section, ".buffer") == 0 || strcmp(section, ".routing") == 0) {
        want(reader, count, 2);
        add_choice(reader, fields);
    } else if (strcmp(section, ".extra_cell") == 0) {
        add_field(reader, fields, count);
    } else if (strcmp(section, ".pins") == 0) {
        want(reader, count, 4);
        add_pin(reader, fields);
    } else if (strcmp(section, ".gbufin") == 0) {
        want(reader, count, 3);
        struct global *global = global_of(reader, fields[2]);

        global->fabout_x = number(reader, fields[0]);
        global->fabout_y = number(reader, fields[1]);
    } else if (strcmp(section, ".gbufpin") == 0) {
        want(reader, count, 4);
        struct global *global = global_of(reader, fields[3]);

        global->pad_x = number(reader, fields[0]);
        global->pad_y = number(reader, fields[1]);
        global->pad_z = number(reader, fields[2]);
    } else if (strcmp(section, ".extra_bits") == 0) {
        want(reader, count, 4);
        if (strncmp(fields[0], "padin_glb_netwk.", 16) == 0) {
            struct global *global = global_of(reader, fields[0] + 16);

            global->bank = number(reader, fields[1]);
            global->column = number(reader, fields[2]);
            global->row = number(reader, fields[3]);
        }
    } else if (strstr(section, "_tile_bits")) {
        add_function(reader, fields, count);
    }
}

void chip_read(struct chip *chip, const char *path, const char *package)
{
    struct reader reader = { .chip = chip, .path = path, .package = package, .skipped = 1 };
    char line[LINE_BYTES];
    FILE *file = fopen(path, "r");

    *chip = (struct chip){ 0 };
    if (!file)
        fail("%s: %s; the Debian package fpga-icestorm-chipdb has the chip databases", path, strerror(errno));
    while (fgets(line, sizeof line, file)) {
        char *fields[FIELDS], *rest = line;
        size_t count = 0;

        reader.line++;
        if (!strchr(line, '\n') && !feof(file))
            fail("%s:%u: a line of more than %d characters", path, reader.line, LINE_BYTES - 2);
        for (char *field; count < FIELDS && (field = strtok_r(rest, " \t\r\n", &rest)) != NULL;)
            fields[count++] = field;
        if (!count || fields[0][0] == '#')
            continue;
        if (fields[0][0] == '.')
            begin_section(&reader, fields, count);
        else if (!reader.skipped)
            take(&reader, fields, count);
    }
    if (ferror(file))
        fail("%s: %s", path, strerror(errno));
    fclose(file);
    if (!chip->switch_count || !chip->function_count)
        fail("%s: no chip database: it has no switches or no tile bits", path);
    if (!chip->pin_count)
        fail("%s: the part has no package \"%s\"", path, package);
}

void chip_free(struct chip *chip)
{
    for (size_t index = 0; index < chip->cell_count; index++)
        free(chip->cells[index].fields);
    free(chip->kinds);
    free(chip->switches);
    free(chip->switch_bits);
    free(chip->choices);
    free(chip->functions);
    free(chip->cells);
    free(chip->pins);
    free(chip->names);
    *chip = (struct chip){ 0 };
}
