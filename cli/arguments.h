/* The command line: what it says, checked. option_table.c lists the options.
 *
 * A fault is told in one line on stderr that names the option, its value and what would be right. */
#ifndef NIRLOOM_ARGUMENTS_H
#define NIRLOOM_ARGUMENTS_H

#include "board_choice.h"
#include "options.h"

#include <stdbool.h>
#include <stddef.h>

enum command_bit {
    COMMAND_BIT_COMPILE = 1,
    COMMAND_BIT_RUN = 2,
    COMMAND_BIT_EVAL = 4,
    COMMAND_BIT_BUILD = 8,
    COMMAND_BIT_INSPECT = 16,
    COMMAND_BIT_BOARD = 32,
    COMMAND_BIT_EXPORT = 64
};

/* What arguments_parse() needs to know of a command. */
struct command_form {
    const char *name;
    enum command_bit bit;
    const char *help;         /* printed whole for -h and --help */
    const char *file;         /* what the file argument is called, NULL if the command takes none */
    bool file_required;
    const char *output;       /* what -o is, NULL if it is not required */
    const char *input;        /* what -i is, NULL if it is not required */
};

enum { ARGUMENT_SEEDS_MAX = 64, ARGUMENT_WIDTHS_MAX = 64, ARGUMENT_PROBES_MAX = 256, ARGUMENT_TRIALS_MAX = 1000 };

struct arguments {
    const char *file;
    const char *network;          /* what to read for file: it, or its transposed copy (transposed.h) */
    const char *output;
    const char *input;
    const struct board *board;    /* the default one where --board is not given */
    enum board_choice boards;     /* --board auto or any: chosen among these, and board does not count */
    bool bits_auto;               /* --bits auto: widths are searched for */
    bool weight_bits_given;       /* for all nodes */
    double max_loss;              /* points of per cent */
    bool max_loss_given;
    size_t trials;                /* choices of widths that a search tries at most; 0: not given */
    const char *device;
    const char *calibrate;
    const char *state_in;
    const char *state_out;
    const char *trace;            /* file for the signals, or NULL */
    struct options options;
    struct weight_width widths[ARGUMENT_WIDTHS_MAX]; /* what options.widths points to: arguments are not copied */
    const char *compile_option;   /* the first option given that only a .nir takes, or NULL */
    size_t skip;
    size_t limit;                 /* 0: all */
    size_t jobs;                  /* samples at a time, at least 1; of compile 0 where not given */
    size_t float_samples;         /* that are compared with float, where given */
    bool float_samples_given;
    const char *probes[ARGUMENT_PROBES_MAX];
    size_t probe_count;
    bool events;                  /* observables are written as events, not as grids */
    unsigned seeds[ARGUMENT_SEEDS_MAX];
    size_t seed_count;
    bool force;                   /* build even what the cache has */
    bool json;
    bool verbose;
    bool virtual_board;
    bool transpose_weights;
};

/* Parses argv of a command. Returns true if the command shall go on; otherwise *status is the exit
 * status: COMMAND_DONE after help, COMMAND_USAGE after a fault that has been told. */
bool arguments_parse(struct arguments *arguments, int argc, char **argv, const struct command_form *form, int *status);

#endif
