/* The circuit that a configuration makes of a chip: which net is driven from where, and the Verilog of its cells.
 *
 * Cells are visited twice: once to mark the nets that they drive, once to print them, when it is known of every net
 * whether anything drives it. */
#ifndef NIRLOOM_RECOVER_DESIGN_H
#define NIRLOOM_RECOVER_DESIGN_H

#include "configuration.h"

#include <stdio.h>

enum driver { UNDRIVEN, WIRE, REGISTER };

struct design {
    const struct chip *chip;
    const struct configuration *configuration;
    int32_t *from; /* by net: the net that a switch drives it from, or NO_NET */
    bool *taken;   /* by net: some switch takes it */
    enum driver *drivers;
    FILE *file; /* NULL while nets are marked */
};

/* What stands for a net in Verilog: "n123", "1'b0". */
struct term {
    char text[16];
};

/* Sets the switches as configured; a net that two switches drive ends the program. */
void design_open(struct design *design, const struct chip *chip, const struct configuration *configuration);
void design_close(struct design *design);

/* The net in which the signal of this net begins. */
int32_t design_source(const struct design *design, int32_t net);

/* Marks a cell's output, in the first visit; a second driver ends the program. Returns the net, NO_NET where the
 * tile has no such net. */
int32_t design_drive(struct design *design, int x, int y, const char *name, enum driver driver);

/* The signal at a cell's input; otherwise where nothing is connected to it. */
struct term design_value(const struct design *design, int x, int y, const char *name, bool otherwise);

/* True if a switch drives that net. */
bool design_connected(const struct design *design, int x, int y, const char *name);

/* True if a switch takes that net. */
bool design_taken(const struct design *design, int x, int y, const char *name);

/* printf to the file in the second visit, nothing in the first. */
__attribute__((format(printf, 2, 3))) void design_print(const struct design *design, const char *format, ...);

/* Cells of the fabric: lookup tables, carries and flip-flops, and block RAMs. */
void logic_visit(struct design *design);
void memory_visit(struct design *design);

/* Multipliers and single-port memories. */
void hard_visit(struct design *design);

/* Ports of the module, named by a .pcf file. */
struct port {
    char name[64]; /* without index */
    int index;     /* -1: no vector */
    int x, y, z;
    bool output;
};

struct ports {
    struct port *list;
    size_t count;
};

void ports_read(struct ports *ports, const struct chip *chip, const char *path);
void ports_visit(struct design *design, struct ports *ports);
void ports_declare(const struct ports *ports, const char *module, FILE *file);

/* The port at IO (x, y, z); ends the program where the .pcf has none. */
const struct port *ports_find(const struct ports *ports, int x, int y, int z);

/* "name" or "name[3]" */
void port_text(const struct port *port, char *text, size_t size);

/* Global networks, and the PLL. */
void clocks_visit(struct design *design, const struct ports *ports);

/* The PLL whose output takes the place of the pad's input at (x, y, z), or NULL. */
const struct extra_cell *clocks_pll_at(const struct design *design, int x, int y, int z);

#endif
