/* The options of all commands: names, what they take, and which commands know them. */
#ifndef NIRLOOM_OPTION_TABLE_H
#define NIRLOOM_OPTION_TABLE_H

#include "arguments.h"

enum option_id {
    OPTION_HELP = 256,
    OPTION_OUTPUT,
    OPTION_INPUT,
    OPTION_BOARD,
    OPTION_DEVICE,
    OPTION_CALIBRATE,
    OPTION_DT,
    OPTION_TIME_UNIT,
    OPTION_CHOICE,
    OPTION_PROFILE,
    OPTION_WEIGHT_BITS,
    OPTION_TRANSPOSE_WEIGHTS,
    OPTION_SKIP,
    OPTION_LIMIT,
    OPTION_JOBS,
    OPTION_FLOAT_SAMPLES,
    OPTION_PROBE,
    OPTION_OBSERVABLES,
    OPTION_STATE_IN,
    OPTION_STATE_OUT,
    OPTION_SEEDS,
    OPTION_FORCE,
    OPTION_JSON,
    OPTION_VERBOSE,
    OPTION_VIRTUAL,
    OPTION_BITS,
    OPTION_MAX_LOSS,
    OPTION_TRIALS,
    OPTION_TRACE
};

struct option_row {
    const char *name;
    char letter; /* 0: none */
    bool value;
    enum option_id id;
    unsigned commands;
    bool compiles; /* shapes the image: a .loom does not take it */
};

enum { OPTION_ROWS_MAX = 64 };

extern const struct option_row option_rows[];
extern const size_t option_row_count; /* at most OPTION_ROWS_MAX */

/* Says on stderr what would be right in place of value; false. */
bool option_wrong(const struct command_form *form, const char *option, const char *value, const char *right);

/* Checks the value of an option (NULL where it takes none) and puts it into arguments. False after a fault that has
 * been told. */
bool option_apply(struct arguments *arguments, const struct option_row *row, char *value,
                  const struct command_form *form);

/* Sets all that the profile of that name does. False after a fault that has been told. */
bool option_apply_profile(struct options *options, const struct command_form *form, const char *name);

#endif
