/* The values of options: what is right, and where it goes. */
#include "option_table.h"

#include "profiles.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool option_wrong(const struct command_form *form, const char *option, const char *value, const char *right)
{
    fprintf(stderr, "nirloom %s: --%s %s: %s\n", form->name, option, value, right);
    return false;
}

/* Sets *choice to the index of value in choices, a NULL-terminated list. */
static bool parse_choice(int *choice, const struct command_form *form, const char *option, const char *value,
                         const char *const *choices)
{
    char right[128] = "must be ";
    size_t count = 0;

    while (choices[count])
        count++;
    for (size_t index = 0; index < count; index++) {
        if (strcmp(value, choices[index]) == 0) {
            *choice = (int)index;
            return true;
        }
        if (index > 0)
            strncat(right, index + 1 < count ? ", " : " or ", sizeof right - strlen(right) - 1);
        strncat(right, choices[index], sizeof right - strlen(right) - 1);
    }
    return option_wrong(form, option, value, right);
}

static bool parse_whole(size_t *number, const struct command_form *form, const char *option, const char *value,
                        size_t least)
{
    char right[64];
    char *end;

    snprintf(right, sizeof right, "must be a whole number, at least %zu", least);
    errno = 0;
    unsigned long long parsed = strtoull(value, &end, 10);
    if (!isdigit((unsigned char)value[0]) || *end || errno || parsed < least || parsed > SIZE_MAX)
        return option_wrong(form, option, value, right);
    *number = (size_t)parsed;
    return true;
}

static bool parse_step(double *dt, const struct command_form *form, const char *option, const char *value)
{
    char *end;

    errno = 0;
    *dt = strtod(value, &end);
    if (end == value || *end || errno || !isfinite(*dt) || *dt <= 0)
        return option_wrong(form, option, value, "must be a positive number, in the time unit of the file");
    return true;
}

static bool parse_board(const struct board **board, const struct command_form *form, const char *option,
                        const char *value)
{
    char right[512] = "no such board; there are";

    *board = board_find(value);
    if (*board)
        return true;
    for (unsigned index = 0; board_at(index); index++) {
        strncat(right, index ? ", " : " ", sizeof right - strlen(right) - 1);
        strncat(right, board_at(index)->name, sizeof right - strlen(right) - 1);
    }
    return option_wrong(form, option, value, right);
}

static bool parse_bits(bool *automatic, const struct command_form *form, const char *option, const char *value)
{
    *automatic = strcmp(value, "auto") == 0;
    return *automatic || option_wrong(form, option, value, "must be auto; --weight-bits sets a width");
}

static bool parse_loss(double *loss, const struct command_form *form, const char *option, const char *value)
{
    char *end;

    errno = 0;
    *loss = strtod(value, &end);
    if (end == value || *end || errno || !(*loss >= 0 && *loss <= 100))
        return option_wrong(form, option, value, "must be a number of points, 0 to 100");
    return true;
}

static bool parse_trials(size_t *trials, const struct command_form *form, const char *option, const char *value)
{
    return parse_whole(trials, form, option, value, 1) &&
           (*trials <= ARGUMENT_TRIALS_MAX || option_wrong(form, option, value, "must be 1 to 1000 choices of widths"));
}

static bool parse_device(const char **device, const struct command_form *form, const char *option, const char *value)
{
    static const char *const names[] = {"float",          "ref",           "sim", "netlist", "netlist:synthesis",
                                        "netlist:routed", "netlist:bitstream", "netlist:board"};

    *device = value;
    for (size_t index = 0; index < sizeof names / sizeof names[0]; index++)
        if (strcmp(value, names[index]) == 0)
            return true;
    if (strncmp(value, "serial:", 7) == 0 && value[7])
        return true;
    return option_wrong(form, option, value, "must be float, ref, sim, netlist, netlist:synthesis, netlist:routed, "
                                             "netlist:bitstream, netlist:board or serial:PATH");
}

static bool parse_observables(bool *events, const struct command_form *form, const char *option, const char *value)
{
    static const char *const forms[] = {"grid", "events", NULL};
    int choice;

    if (!parse_choice(&choice, form, option, value, forms))
        return false;
    *events = choice == 1;
    return true;
}

static bool parse_seeds(struct arguments *arguments, const struct command_form *form, const char *option,
                        const char *value)
{
    static const char right[] = "must be up to 64 whole numbers between commas, such as 1,2,3";
    const char *rest = value;

    arguments->seed_count = 0;
    for (;;) {
        char *end;

        errno = 0;
        unsigned long seed = strtoul(rest, &end, 10);
        if (!isdigit((unsigned char)rest[0]) || errno || seed > 0x7fffffff ||
            arguments->seed_count == ARGUMENT_SEEDS_MAX || (*end && *end != ','))
            return option_wrong(form, option, value, right);
        for (size_t index = 0; index < arguments->seed_count; index++)
            if (arguments->seeds[index] == seed)
                return option_wrong(form, option, value, "names a seed twice; each can be built once");
        arguments->seeds[arguments->seed_count++] = (unsigned)seed;
        if (!*end)
            return true;
        rest = end + 1;
    }
}

/* 0 if it is none. */
static unsigned read_width(const char *number)
{
    unsigned bits = 0;

    for (; *number >= '0' && *number <= '9' && bits <= WEIGHT_BITS_MAX; number++)
        bits = 10 * bits + (unsigned)(*number - '0');
    return *number == '\0' && weight_bits_known(bits) ? bits : 0;
}

/* N for all, or NODE=N for the weights of a node or into a population; NODE may itself have a '='. */
static bool parse_weight_bits(struct arguments *arguments, const struct command_form *form, const char *option,
                              char *value)
{
    static const char right[] = "must be 1 to 8 or 16, or NODE=N for a linear node or what enters a population";
    char *equals = strrchr(value, '=');
    unsigned bits = read_width(equals ? equals + 1 : value);

    if (bits == 0 || equals == value)
        return option_wrong(form, option, value, right);
    if (!equals) {
        arguments->options.weight_bits = bits;
        arguments->weight_bits_given = true;
        return true;
    }
    if (arguments->options.width_count == ARGUMENT_WIDTHS_MAX)
        return option_wrong(form, option, value, "at most 64 nodes have a width of their own");
    *equals = '\0';
    arguments->widths[arguments->options.width_count++] = (struct weight_width){value, bits};
    arguments->options.widths = arguments->widths;
    return true;
}

static bool apply_compile(struct options *options, const struct option_row *row, const char *value,
                          const struct command_form *form)
{
    static const char *const units[] = {"s", "ms", "step", NULL};
    static const double unit_seconds[] = {1, 1e-3, 0};
    int choice = 0;
    bool good = true;

    switch (row->id) {
    case OPTION_DT:
        return parse_step(&options->dt, form, row->name, value);
    case OPTION_TIME_UNIT:
        good = parse_choice(&choice, form, row->name, value, units);
        options->time_unit = unit_seconds[choice];
        return good;
    case OPTION_CHOICE:
        good = parse_choice(&choice, form, row->name, value, option_choice_find(row->name)->words);
        option_choice_set(option_choice_find(row->name), options, (unsigned)choice);
        return good;
    default:
        return false;
    }
}

bool option_apply(struct arguments *arguments, const struct option_row *row, char *value,
                  const struct command_form *form)
{
    if (row->compiles && !arguments->compile_option)
        arguments->compile_option = row->name;
    switch (row->id) {
    case OPTION_OUTPUT:
        arguments->output = value;
        return true;
    case OPTION_INPUT:
        arguments->input = value;
        return true;
    case OPTION_CALIBRATE:
        arguments->calibrate = value;
        return true;
    case OPTION_STATE_IN:
        arguments->state_in = value;
        return true;
    case OPTION_STATE_OUT:
        arguments->state_out = value;
        return true;
    case OPTION_BITS:
        return parse_bits(&arguments->bits_auto, form, row->name, value);
    case OPTION_MAX_LOSS:
        arguments->max_loss_given = true;
        return parse_loss(&arguments->max_loss, form, row->name, value);
    case OPTION_TRIALS:
        return parse_trials(&arguments->trials, form, row->name, value);
    case OPTION_BOARD:
        arguments->boards = form->bit != COMMAND_BIT_COMPILE   ? BOARD_NAMED
                            : strcmp(value, "auto") == 0 ? BOARD_AUTO
                            : strcmp(value, "any") == 0  ? BOARD_ANY
                                                         : BOARD_NAMED;
        if (arguments->boards != BOARD_NAMED)
            return true;
        return parse_board(&arguments->board, form, row->name, value);
    case OPTION_DEVICE:
        return parse_device(&arguments->device, form, row->name, value);
    case OPTION_SKIP:
        return parse_whole(&arguments->skip, form, row->name, value, 0);
    case OPTION_LIMIT:
        return parse_whole(&arguments->limit, form, row->name, value, 1);
    case OPTION_JOBS:
        return parse_whole(&arguments->jobs, form, row->name, value, 1);
    case OPTION_FLOAT_SAMPLES:
        arguments->float_samples_given = true;
        return parse_whole(&arguments->float_samples, form, row->name, value, 0);
    case OPTION_SEEDS:
        return parse_seeds(arguments, form, row->name, value);
    case OPTION_FORCE:
        arguments->force = true;
        return true;
    case OPTION_PROBE:
        if (arguments->probe_count == ARGUMENT_PROBES_MAX)
            return option_wrong(form, row->name, value, "at most 256 probes in one run");
        arguments->probes[arguments->probe_count++] = value;
        return true;
    case OPTION_OBSERVABLES:
        return parse_observables(&arguments->events, form, row->name, value);
    case OPTION_JSON:
        arguments->json = true;
        return true;
    case OPTION_VERBOSE:
        arguments->verbose = true;
        return true;
    case OPTION_VIRTUAL:
        arguments->virtual_board = true;
        return true;
    case OPTION_PROFILE: /* already read by read_profile() */
        return true;
    case OPTION_TRANSPOSE_WEIGHTS:
        arguments->transpose_weights = true;
        return true;
    case OPTION_WEIGHT_BITS:
        return parse_weight_bits(arguments, form, row->name, value);
    case OPTION_TRACE:
        arguments->trace = value;
        return true;
    default:
        return apply_compile(&arguments->options, row, value, form);
    }
}

bool option_apply_profile(struct options *options, const struct command_form *form, const char *name)
{
    char right[512] = "no such profile; there are";

    if (profile_apply(options, name))
        return true;
    for (size_t index = 0; profile_name(index); index++) {
        strncat(right, index ? ", " : " ", sizeof right - strlen(right) - 1);
        strncat(right, profile_name(index), sizeof right - strlen(right) - 1);
    }
    return option_wrong(form, "profile", name, right);
}
