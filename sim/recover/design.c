/* Nets, and what drives them. */
#include "design.h"

#include <stdarg.h>
#include <stdlib.h>

static uint32_t pattern_of(const struct design *design, const struct switch_box *box)
{
    const struct chip *chip = design->chip;
    const struct tile_bits *tile = &design->configuration->tiles[box->y * chip->width + box->x];
    uint32_t pattern = 0;

    for (uint32_t index = 0; index < box->bit_count; index++) {
        struct bit bit = chip->switch_bits[box->first_bit + index];

        pattern |= (uint32_t)tile->bits[bit.row][bit.column] << index;
    }
    return pattern;
}

void design_open(struct design *design, const struct chip *chip, const struct configuration *configuration)
{
    size_t count = (size_t)chip->net_count;

    *design = (struct design){
        .chip = chip,
        .configuration = configuration,
        .from = malloc(count * sizeof *design->from),
        .taken = calloc(count, sizeof *design->taken),
        .drivers = calloc(count, sizeof *design->drivers),
    };
    if (!design->from || !design->taken || !design->drivers)
        fail("out of memory");
    for (size_t net = 0; net < count; net++)
        design->from[net] = NO_NET;
    for (size_t index = 0; index < chip->switch_count; index++) {
        const struct switch_box *box = &chip->switches[index];
        uint32_t pattern = pattern_of(design, box);

        for (uint32_t choice = 0; pattern && choice < box->choice_count; choice++) {
            const struct choice *taken = &chip->choices[box->first_choice + choice];

            if (taken->pattern != pattern)
                continue;
            if (design->from[box->target] != NO_NET)
                fail("tile %d %d: net %d is driven from net %d and from net %d", box->x, box->y, box->target,
                     design->from[box->target], taken->source);
            design->from[box->target] = taken->source;
            design->taken[taken->source] = true;
        }
    }
}

void design_close(struct design *design)
{
    free(design->from);
    free(design->taken);
    free(design->drivers);
}

int32_t design_source(const struct design *design, int32_t net)
{
    int32_t source = net;

    for (int32_t hops = 0; design->from[source] != NO_NET; hops++) {
        if (hops > design->chip->net_count)
            fail("net %d is driven in a circle of switches", net);
        source = design->from[source];
    }
    return source;
}

int32_t design_drive(struct design *design, int x, int y, const char *name, enum driver driver)
{
    int32_t net = chip_net(design->chip, x, y, name);

    if (design->file || net == NO_NET)
        return net;
    if (design->drivers[net] != UNDRIVEN)
        fail("tile %d %d: %s (net %d) is the output of two cells", x, y, name, net);
    if (design->from[net] != NO_NET)
        fail("tile %d %d: %s (net %d) is driven by its cell and by a switch", x, y, name, net);
    design->drivers[net] = driver;
    return net;
}

struct term design_value(const struct design *design, int x, int y, const char *name, bool otherwise)
{
    int32_t net = chip_net(design->chip, x, y, name);
    struct term term;

    if (net == NO_NET && design->file)
        fail("tile %d %d has no %s", x, y, name);
    int32_t source = net == NO_NET ? NO_NET : design_source(design, net);

    if (source != NO_NET && design->drivers[source] != UNDRIVEN) {
        snprintf(term.text, sizeof term.text, "n%d", source);
        return term;
    }
    if (source != net && design->file)
        fail("tile %d %d: %s is connected to net %d, which nothing drives", x, y, name, source);
    snprintf(term.text, sizeof term.text, "1'b%d", otherwise);
    return term;
}

bool design_connected(const struct design *design, int x, int y, const char *name)
{
    int32_t net = chip_net(design->chip, x, y, name);

    return net != NO_NET && design->from[net] != NO_NET;
}

bool design_taken(const struct design *design, int x, int y, const char *name)
{
    int32_t net = chip_net(design->chip, x, y, name);

    return net != NO_NET && design->taken[net];
}

void design_print(const struct design *design, const char *format, ...)
{
    va_list arguments;

    if (!design->file)
        return;
    va_start(arguments, format);
    vfprintf(design->file, format, arguments);
    va_end(arguments);
}
