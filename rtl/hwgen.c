/* Prints hardware.def for those who cannot include it: `hwgen verilog` gives `define lines, `hwgen
 * markdown` docs/registers.md, `hwgen make` the boards of boards.def as Makefile variables, `hwgen sources` the identity of
 * this folder's Verilog (sources.h). */
#include "hardware.h"
#include "sources.h"

#include <stdio.h>
#include <string.h>

enum entry_kind { ENTRY_SECTION, ENTRY_CONST, ENTRY_CODE, ENTRY_FIELD };

struct entry {
    enum entry_kind kind;
    const char *group;
    const char *name;
    long value;
    long lsb;
    const char *text;
};

static const struct entry entries[] = {
#define HW_SECTION(name, text) { ENTRY_SECTION, #name, "", 0, 0, text },
#define HW_CONST(name, value, text) { ENTRY_CONST, "", #name, value, 0, text },
#define HW_CODE(group, name, value, text) { ENTRY_CODE, #group, #name, value, 0, text },
#define HW_FIELD(group, name, msb, lsb, text) { ENTRY_FIELD, #group, #name, msb, lsb, text },
#include "hardware.def"
};

static void print_verilog(const struct entry *entry)
{
    switch (entry->kind) {
    case ENTRY_SECTION:
        printf("\n// %s\n", entry->group);
        break;
    case ENTRY_CONST:
        printf("`define HW_%s %ld\n", entry->name, entry->value);
        break;
    case ENTRY_CODE:
        printf("`define HW_%s_%s %ld\n", entry->group, entry->name, entry->value);
        break;
    case ENTRY_FIELD:
        printf("`define HW_%s_%s %ld:%ld\n", entry->group, entry->name, entry->value, entry->lsb);
        break;
    }
}

static void print_markdown(const struct entry *entry)
{
    switch (entry->kind) {
    case ENTRY_SECTION:
        printf("\n## %s\n\n%s\n\n| name | value | meaning |\n| --- | --- | --- |\n", entry->group, entry->text);
        break;
    case ENTRY_CONST:
        printf("| %s | %ld | %s |\n", entry->name, entry->value, entry->text);
        break;
    case ENTRY_CODE:
        printf("| %s_%s | %ld | %s |\n", entry->group, entry->name, entry->value, entry->text);
        break;
    case ENTRY_FIELD:
        printf("| %s.%s | bits %ld:%ld | %s |\n", entry->group, entry->name, entry->value, entry->lsb, entry->text);
        break;
    }
}

static void print_boards(void)
{
    printf("BOARDS :=");
    for (unsigned index = 0; board_at(index); index++)
        printf(" %s", board_at(index)->id);
    printf("\n");
    for (unsigned index = 0; board_at(index); index++) {
        const struct board *board = board_at(index);
        printf("PARAMETERS_%s := CORES=%u LANES=%u SLOTS=%u WORD_BITS=%u WEIGHT_WORDS=%u STATE_ROWS=%u ACCUMULATOR_ROWS=%u"
               " SPIKE_WORDS=%u OPERATIONS=%u PROGRAM_BITS=%u DSP=%u\n",
               board->id, board->cores, board->lanes, board->slots, board->word_bits, board->weight_words, board->state_rows,
               board->accumulator_rows, board->spike_words, board->operations, board->program_bits,
               board->dsp);
        printf("DIVIDER_%s := %u\n", board->id, board_divider(board));
        printf("PART_%s := %s\n", board->id, board->part);
        printf("SYNTHESIS_%s := %s\n", board->id, board_synthesis(board));
    }
}

int main(int argc, char **argv)
{
    const char *what = argc == 2 ? argv[1] : "";
    if (!strcmp(what, "make")) {
        print_boards();
        return 0;
    }
    if (!strcmp(what, "sources")) {
        char identity[SOURCES_BYTES];

        if (sources_identity(identity, ".")) {
            fprintf(stderr, "hwgen: no rtl/loom_*.v and build/hardware.vh here\n");
            return 1;
        }
        printf("%s\n", identity);
        return 0;
    }
    if (!strcmp(what, "verilog"))
        printf("// Made from rtl/hardware.def by hwgen; not to be edited.\n");
    else if (!strcmp(what, "markdown"))
        printf("# Registers, messages, operations, packets, frames\n\n"
               "Made from `rtl/hardware.def` by `make registers`; not to be edited.\n");
    else {
        fprintf(stderr, "usage: hwgen verilog | markdown | make | sources\n");
        return 2;
    }
    for (size_t index = 0; index < sizeof entries / sizeof entries[0]; index++) {
        if (!strcmp(what, "verilog"))
            print_verilog(&entries[index]);
        else
            print_markdown(&entries[index]);
    }
    return 0;
}
