/* IO cells and the module's ports. Plain inputs and plain outputs are supported; registers, tristate and double data
 * rate end the program. */
#include "design.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { LINE_BYTES = 1024, SIMPLE_INPUT = 1, SIMPLE_OUTPUT = 6 };

static const struct pin *find_pin(const struct chip *chip, const char *name)
{
    for (size_t index = 0; index < chip->pin_count; index++)
        if (strcmp(chip->pins[index].name, name) == 0)
            return &chip->pins[index];
    return NULL;
}

/* "i_byte[3]" */
static void set_name(struct port *port, const char *path, const char *text)
{
    size_t length = strcspn(text, "[");

    for (size_t index = 0; index < length; index++)
        if (!isalnum((unsigned char)text[index]) && text[index] != '_')
            length = 0;
    if (!length || length >= sizeof port->name)
        fail("%s: \"%s\" should be the name of a port, with an index or none", path, text);
    memcpy(port->name, text, length);
    port->name[length] = '\0';
    port->index = -1;
    if (text[length]) {
        char *end;
        long index = strtol(text + length + 1, &end, 10);

        if (end == text + length + 1 || strcmp(end, "]") != 0 || index < 0 || index > 1023)
            fail("%s: \"%s\" should have an index from 0 to 1023", path, text);
        port->index = (int)index;
    }
}

void ports_read(struct ports *ports, const struct chip *chip, const char *path)
{
    char line[LINE_BYTES];
    FILE *file = fopen(path, "r");

    *ports = (struct ports){ 0 };
    if (!file)
        fail("%s: %s", path, strerror(errno));
    while (fgets(line, sizeof line, file)) {
        char *words[2], *rest = line, *word;
        int count = 0;

        line[strcspn(line, "#")] = '\0';
        word = strtok_r(rest, " \t\r\n", &rest);
        if (!word || strcmp(word, "set_io") != 0)
            continue;
        while ((word = strtok_r(rest, " \t\r\n", &rest)) != NULL) {
            if (strcmp(word, "-pullup") == 0 || strcmp(word, "-pullup_resistor") == 0)
                strtok_r(rest, " \t\r\n", &rest); /* its value */
            else if (word[0] != '-' && count < 2)
                words[count++] = word;
        }
        if (count < 2)
            fail("%s: set_io takes a port and a pin", path);
        const struct pin *pin = find_pin(chip, words[1]);

        if (!pin)
            fail("%s: the package has no pin %s", path, words[1]);
        ports->list = grow(ports->list, ports->count, sizeof *ports->list);
        struct port *port = &ports->list[ports->count++];

        *port = (struct port){ .x = pin->x, .y = pin->y, .z = pin->z };
        set_name(port, path, words[0]);
    }
    if (ferror(file))
        fail("%s: %s", path, strerror(errno));
    fclose(file);
}

static struct port *look(const struct ports *ports, int x, int y, int z)
{
    for (size_t index = 0; index < ports->count; index++) {
        struct port *port = &ports->list[index];

        if (port->x == x && port->y == y && port->z == z)
            return port;
    }
    return NULL;
}

const struct port *ports_find(const struct ports *ports, int x, int y, int z)
{
    const struct port *port = look(ports, x, y, z);

    if (!port)
        fail("IO %d %d %d is in use, but the .pcf has no port there", x, y, z);
    return port;
}

void port_text(const struct port *port, char *text, size_t size)
{
    if (port->index < 0)
        snprintf(text, size, "%s", port->name);
    else
        snprintf(text, size, "%s[%d]", port->name, port->index);
}

static int pin_type(const struct design *design, int x, int y, int z)
{
    int type = 0;

    for (int bit = 0; bit < 6; bit++) {
        char name[40];

        snprintf(name, sizeof name, "IOB_%d.PINTYPE_%d", z, bit);
        type |= configuration_bit(design->configuration, design->chip, x, y, name) << bit;
    }
    return type;
}

static void visit_io(struct design *design, struct ports *ports, int x, int y, int z)
{
    char in[24], late[24], out[24], text[80];
    int type = pin_type(design, x, y, z);

    snprintf(in, sizeof in, "io_%d/D_IN_0", z);
    snprintf(late, sizeof late, "io_%d/D_IN_1", z);
    snprintf(out, sizeof out, "io_%d/D_OUT_0", z);
    if (design_taken(design, x, y, late))
        fail("IO %d %d %d: inputs at the falling edge are not supported", x, y, z);
    if (design_taken(design, x, y, in) && !clocks_pll_at(design, x, y, z)) {
        if ((type & 3) != SIMPLE_INPUT)
            fail("IO %d %d %d: PIN_TYPE %d is no plain input; inputs with registers are not supported", x, y, z, type);
        int32_t net = design_drive(design, x, y, in, WIRE);

        port_text(ports_find(ports, x, y, z), text, sizeof text);
        design_print(design, "    assign n%d = %s;\n", net, text);
    }
    if (!(type >> 2) && !design_connected(design, x, y, out))
        return;
    if (type >> 2 != SIMPLE_OUTPUT)
        fail("IO %d %d %d: PIN_TYPE %d is no plain output; registers and tristate are not supported", x, y, z, type);
    struct port *port = look(ports, x, y, z);

    if (!port)
        fail("IO %d %d %d is in use, but the .pcf has no port there", x, y, z);
    port->output = true;
    port_text(port, text, sizeof text);
    design_print(design, "    assign %s = %s;\n", text, design_value(design, x, y, out, false).text);
}

void ports_visit(struct design *design, struct ports *ports)
{
    for (int y = 0; y < design->chip->height; y++)
        for (int x = 0; x < design->chip->width; x++)
            for (int z = 0; z < 2 && chip_kind(design->chip, x, y) == TILE_IO; z++)
                visit_io(design, ports, x, y, z);
}

void ports_declare(const struct ports *ports, const char *module, FILE *file)
{
    const char *comma = "";

    fprintf(file, "module %s (", module);
    for (size_t index = 0; index < ports->count; index++) {
        const struct port *port = &ports->list[index];
        int highest = port->index;
        bool first = true;

        for (size_t other = 0; other < ports->count; other++) {
            const struct port *sibling = &ports->list[other];

            if (strcmp(sibling->name, port->name) != 0)
                continue;
            first = first && other >= index;
            highest = sibling->index > highest ? sibling->index : highest;
            if (sibling->output != port->output || (sibling->index < 0) != (port->index < 0))
                fail("port %s is input and output, or with an index and without", port->name);
        }
        if (!first)
            continue;
        fprintf(file, "%s\n    %s wire ", comma, port->output ? "output" : "input ");
        if (highest >= 0)
            fprintf(file, "[%d:0] ", highest);
        fprintf(file, "%s", port->name);
        comma = ",";
    }
    fprintf(file, "\n);\n");
}
