/* The command line: one table of all options, which commands take them, and how values are checked.
 * Everything that is decided by the command line alone is refused here, before a file is opened. */
#include "arguments.h"

#include "command.h"
#include "profiles.h"

#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    OF_NETWORK = COMMAND_BIT_COMPILE | COMMAND_BIT_RUN | COMMAND_BIT_EVAL,
    OF_SAMPLES = COMMAND_BIT_RUN | COMMAND_BIT_EVAL
};

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
    OPTION_PROBE,
    OPTION_OBSERVABLES,
    OPTION_STATE_IN,
    OPTION_STATE_OUT,
    OPTION_SEEDS,
    OPTION_JSON,
    OPTION_VERBOSE,
    OPTION_VIRTUAL,
    OPTION_BITS,
    OPTION_MAX_LOSS,
    OPTION_LATER
};

struct option_row {
    const char *name;
    char letter; /* 0: none */
    bool value;
    enum option_id id;
    unsigned commands;
    bool compiles; /* shapes the image: a .loom does not take it */
};

static const struct option_row rows[] = {
    {"help", 'h', false, OPTION_HELP, ~0U, false},
    {"output", 'o', true, OPTION_OUTPUT, COMMAND_BIT_COMPILE | COMMAND_BIT_RUN | COMMAND_BIT_BUILD | COMMAND_BIT_EXPORT,
     false},
    {"input", 'i', true, OPTION_INPUT, OF_SAMPLES, false},
    {"board", 0, true, OPTION_BOARD, OF_NETWORK | COMMAND_BIT_BUILD | COMMAND_BIT_BOARD, true},
    {"device", 0, true, OPTION_DEVICE, OF_SAMPLES, false},
    {"calibrate", 0, true, OPTION_CALIBRATE, OF_NETWORK, true},
    {"dt", 0, true, OPTION_DT, OF_NETWORK, true},
    {"time-unit", 0, true, OPTION_TIME_UNIT, OF_NETWORK, true},
    {"profile", 0, true, OPTION_PROFILE, OF_NETWORK, true},
    {"integrator", 0, true, OPTION_CHOICE, OF_NETWORK, true},
    {"reset", 0, true, OPTION_CHOICE, OF_NETWORK, true},
    {"compare", 0, true, OPTION_CHOICE, OF_NETWORK, true},
    {"recurrent-bias", 0, true, OPTION_CHOICE, OF_NETWORK, true},
    {"cuba-order", 0, true, OPTION_CHOICE, OF_NETWORK, true},
    {"spikes", 0, true, OPTION_CHOICE, OF_NETWORK, true},
    {"latency", 0, true, OPTION_CHOICE, OF_NETWORK, true},
    {"input-gain", 0, true, OPTION_CHOICE, OF_NETWORK, true},
    {"v-leak", 0, true, OPTION_CHOICE, OF_NETWORK, true},
    {"membrane-floor", 0, true, OPTION_CHOICE, OF_NETWORK, true},
    {"scales", 0, true, OPTION_CHOICE, OF_NETWORK, true},
    {"weight-bits", 0, true, OPTION_WEIGHT_BITS, OF_NETWORK, true},
    {"transpose-weights", 0, false, OPTION_TRANSPOSE_WEIGHTS, OF_NETWORK | COMMAND_BIT_INSPECT, true},
    {"skip", 0, true, OPTION_SKIP, OF_SAMPLES, false},
    {"limit", 0, true, OPTION_LIMIT, OF_SAMPLES | COMMAND_BIT_COMPILE, false},
    {"probe", 0, true, OPTION_PROBE, COMMAND_BIT_RUN, false},
    {"observables", 0, true, OPTION_OBSERVABLES, COMMAND_BIT_RUN, false},
    {"state-in", 0, true, OPTION_STATE_IN, COMMAND_BIT_RUN, false},
    {"state-out", 0, true, OPTION_STATE_OUT, COMMAND_BIT_RUN, false},
    {"seeds", 0, true, OPTION_SEEDS, COMMAND_BIT_BUILD, false},
    {"json", 0, false, OPTION_JSON, COMMAND_BIT_COMPILE | COMMAND_BIT_EVAL | COMMAND_BIT_BUILD | COMMAND_BIT_INSPECT |
     COMMAND_BIT_EXPORT, false},
    {"verbose", 'v', false, OPTION_VERBOSE, OF_NETWORK | COMMAND_BIT_BUILD, false},
    {"virtual", 0, false, OPTION_VIRTUAL, COMMAND_BIT_BOARD, false},
    {"bits", 0, true, OPTION_BITS, COMMAND_BIT_COMPILE, true},
    {"max-loss", 0, true, OPTION_MAX_LOSS, COMMAND_BIT_COMPILE, true},
    {"trace", 0, true, OPTION_LATER, COMMAND_BIT_RUN, false},
};

enum { ROWS = sizeof rows / sizeof rows[0] };

static bool wrong(const struct command_form *form, const char *option, const char *value, const char *right)
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
    return wrong(form, option, value, right);
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
        return wrong(form, option, value, right);
    *number = (size_t)parsed;
    return true;
}

static bool parse_step(double *dt, const struct command_form *form, const char *option, const char *value)
{
    char *end;

    errno = 0;
    *dt = strtod(value, &end);
    if (end == value || *end || errno || !isfinite(*dt) || *dt <= 0)
        return wrong(form, option, value, "must be a positive number, in the time unit of the file");
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
    return wrong(form, option, value, right);
}

static bool parse_bits(bool *automatic, const struct command_form *form, const char *option, const char *value)
{
    *automatic = strcmp(value, "auto") == 0;
    return *automatic || wrong(form, option, value, "must be auto; --weight-bits sets a width");
}

static bool parse_loss(double *loss, const struct command_form *form, const char *option, const char *value)
{
    char *end;

    errno = 0;
    *loss = strtod(value, &end);
    if (end == value || *end || errno || !(*loss >= 0 && *loss <= 100))
        return wrong(form, option, value, "must be a number of points, 0 to 100");
    return true;
}

static bool parse_device(const char **device, const struct command_form *form, const char *option, const char *value)
{
    static const char *const names[] = {"float", "ref", "sim", "netlist"};

    *device = value;
    for (size_t index = 0; index < sizeof names / sizeof names[0]; index++)
        if (strcmp(value, names[index]) == 0)
            return true;
    if (strncmp(value, "serial:", 7) == 0 && value[7])
        return true;
    return wrong(form, option, value, "must be float, ref, sim, netlist or serial:PATH");
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
            return wrong(form, option, value, right);
        for (size_t index = 0; index < arguments->seed_count; index++)
            if (arguments->seeds[index] == seed)
                return wrong(form, option, value, "names a seed twice; each can be built once");
        arguments->seeds[arguments->seed_count++] = (unsigned)seed;
        if (!*end)
            return true;
        rest = end + 1;
    }
}

/* N for all, or NODE=N for the weights of a node or into a population; NODE may itself have a '='. */
static bool parse_weight_bits(struct arguments *arguments, const struct command_form *form, const char *option,
                              char *value)
{
    static const char right[] = "must be 1 to 8, or NODE=1 to NODE=8 for a linear node or what enters a population";
    char *equals = strrchr(value, '=');
    const char *number = equals ? equals + 1 : value;

    if (strcmp(number, "16") == 0)
        return wrong(form, option, value, "weights of 16 bits need an array that is not there yet; 8 is the most");
    if (number[0] < '1' || number[0] > '0' + WEIGHT_BITS_MAX || number[1] || equals == value)
        return wrong(form, option, value, right);
    if (!equals) {
        arguments->options.weight_bits = (unsigned)(number[0] - '0');
        return true;
    }
    if (arguments->options.width_count == ARGUMENT_WIDTHS_MAX)
        return wrong(form, option, value, "at most 64 nodes have a width of their own");
    *equals = '\0';
    arguments->widths[arguments->options.width_count++] =
        (struct weight_width){value, (unsigned)(number[0] - '0')};
    arguments->options.widths = arguments->widths;
    return true;
}

static bool parse_profile(struct options *options, const struct command_form *form, const char *option,
                          const char *value)
{
    char right[512] = "no such profile; there are";

    if (profile_apply(options, value))
        return true;
    for (size_t index = 0; profile_name(index); index++) {
        strncat(right, index ? ", " : " ", sizeof right - strlen(right) - 1);
        strncat(right, profile_name(index), sizeof right - strlen(right) - 1);
    }
    return wrong(form, option, value, right);
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

static bool apply(struct arguments *arguments, const struct option_row *row, char *value,
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
    case OPTION_BOARD:
        arguments->board_auto = form->bit == COMMAND_BIT_COMPILE && strcmp(value, "auto") == 0;
        if (arguments->board_auto)
            return true;
        return parse_board(&arguments->board, form, row->name, value);
    case OPTION_DEVICE:
        return parse_device(&arguments->device, form, row->name, value);
    case OPTION_SKIP:
        return parse_whole(&arguments->skip, form, row->name, value, 0);
    case OPTION_LIMIT:
        return parse_whole(&arguments->limit, form, row->name, value, 1);
    case OPTION_SEEDS:
        return parse_seeds(arguments, form, row->name, value);
    case OPTION_PROBE:
        if (arguments->probe_count == ARGUMENT_PROBES_MAX)
            return wrong(form, row->name, value, "at most 256 probes in one run");
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
    case OPTION_LATER:
        return wrong(form, row->name, value, "not in this version; leave it out");
    default:
        return apply_compile(&arguments->options, row, value, form);
    }
}

static const struct option_row *find_row(int found)
{
    for (size_t index = 0; index < ROWS; index++)
        if (found == (int)(1000 + index) || (rows[index].letter && found == rows[index].letter))
            return &rows[index];
    return NULL;
}

static bool try_help(const struct command_form *form)
{
    fprintf(stderr, "; nirloom %s --help lists what there is\n", form->name);
    return false;
}

/* Options of form's command for getopt: values 1000 + row, and the letters. */
static void fill_tables(struct option *options, char *letters, const struct command_form *form)
{
    size_t count = 0;

    *letters++ = ':';
    for (size_t index = 0; index < ROWS; index++) {
        if (!(rows[index].commands & (unsigned)form->bit))
            continue;
        options[count++] = (struct option){rows[index].name, rows[index].value ? required_argument : no_argument,
                                           NULL, (int)(1000 + index)};
        if (rows[index].letter)
            *letters++ = rows[index].letter;
        if (rows[index].letter && rows[index].value)
            *letters++ = ':';
    }
    options[count] = (struct option){NULL, 0, NULL, 0};
    *letters = '\0';
}

/* The value of --profile, NULL if it is not given. Works on a copy, as getopt moves the files behind the options. */
static bool find_profile(const char **profile, int argc, char *const *argv, const struct command_form *form)
{
    struct option options[ROWS + 1];
    char letters[2 * ROWS + 2];
    char **copy = calloc((size_t)argc + 1, sizeof *copy);

    if (!copy) {
        fprintf(stderr, "nirloom %s: out of memory\n", form->name);
        return false;
    }
    memcpy(copy, argv, (size_t)argc * sizeof *copy);
    fill_tables(options, letters, form);
    opterr = 0;
    optind = 0;
    for (int found; (found = getopt_long(argc, copy, letters, options, NULL)) != -1;) {
        const struct option_row *row = find_row(found);
        if (row && row->id == OPTION_HELP)
            break;
        if (row && row->id == OPTION_PROFILE)
            *profile = optarg;
    }
    free(copy);
    return true;
}

/* A profile gives way to every option beside it, also to those before it: so it comes first. What else is wrong
 * with the options, read_options() says. */
static bool read_profile(struct arguments *arguments, int argc, char *const *argv, const struct command_form *form)
{
    const char *profile = NULL;

    if (!find_profile(&profile, argc, argv, form))
        return false;
    return !profile || parse_profile(&arguments->options, form, "profile", profile);
}

static bool read_options(struct arguments *arguments, int argc, char **argv, const struct command_form *form,
                         bool *help)
{
    struct option options[ROWS + 1];
    char letters[2 * ROWS + 2];

    fill_tables(options, letters, form);
    opterr = 0;
    optind = 0;
    for (int found; (found = getopt_long(argc, argv, letters, options, NULL)) != -1;) {
        if (found == ':') {
            fprintf(stderr, "nirloom %s: %s: needs a value", form->name, argv[optind - 1]);
            return try_help(form);
        }
        const struct option_row *row = find_row(found);
        if (!row) {
            if (optopt && optopt < 128)
                fprintf(stderr, "nirloom %s: -%c: no such option", form->name, optopt);
            else
                fprintf(stderr, "nirloom %s: %s: %s", form->name, argv[optind - 1],
                        optopt ? "takes no value" : "no such option");
            return try_help(form);
        }
        if (row->id == OPTION_HELP) {
            *help = true;
            return true;
        }
        if (!apply(arguments, row, optarg, form))
            return false;
    }
    return true;
}

static bool read_files(struct arguments *arguments, int argc, char **argv, const struct command_form *form)
{
    if (optind < argc && form->file)
        arguments->file = arguments->network = argv[optind++];
    if (optind < argc) {
        fprintf(stderr, "nirloom %s: %s: one file too many", form->name, argv[optind]);
        return try_help(form);
    }
    const char *missing = form->file_required && !arguments->file ? form->file
                          : form->input && !arguments->input      ? form->input
                          : form->output && !arguments->output    ? form->output
                                                                  : NULL;
    if (missing) {
        fprintf(stderr, "nirloom %s: %s is missing", form->name, missing);
        return try_help(form);
    }
    return true;
}

/* What goes with --bits auto alone, and what it needs. */
static bool check_search(const struct arguments *arguments, const struct command_form *form)
{
    if (form->bit != COMMAND_BIT_COMPILE)
        return true;
    if (arguments->bits_auto && !arguments->calibrate)
        return wrong(form, "bits", "auto", "needs --calibrate DATA.h5: its first 100 samples choose scales, those behind "
                                           "them judge widths");
    if (arguments->bits_auto)
        return true;
    if (arguments->board_auto)
        return wrong(form, "board", "auto", "goes with --bits auto");
    if (arguments->max_loss_given || arguments->limit) {
        fprintf(stderr, "nirloom %s: --%s goes with --bits auto", form->name, arguments->limit ? "limit" : "max-loss");
        return try_help(form);
    }
    return true;
}

bool arguments_parse(struct arguments *arguments, int argc, char **argv, const struct command_form *form, int *status)
{
    bool help = false;

    *arguments = (struct arguments){
        .board = board_find("icebreaker"),
        .device = "sim",
        .options = options_default(),
        .seeds = {1},
        .seed_count = 1,
        .max_loss = 1,
    };
    *status = COMMAND_USAGE;
    if (!read_profile(arguments, argc, argv, form) || !read_options(arguments, argc, argv, form, &help))
        return false;
    if (help) {
        fputs(form->help, stdout);
        *status = COMMAND_DONE;
        return false;
    }
    return check_search(arguments, form) && read_files(arguments, argc, argv, form);
}
