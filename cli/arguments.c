/* The command line: getopt over the table of options, then what options mean together. Everything that is decided by the
 * command line alone is refused here, before a file is opened. */
#include "arguments.h"

#include "command.h"
#include "option_table.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct option_row *find_row(int found)
{
    for (size_t index = 0; index < option_row_count; index++)
        if (found == (int)(1000 + index) || (option_rows[index].letter && found == option_rows[index].letter))
            return &option_rows[index];
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
    for (size_t index = 0; index < option_row_count; index++) {
        if (!(option_rows[index].commands & (unsigned)form->bit))
            continue;
        options[count++] = (struct option){option_rows[index].name, option_rows[index].value ? required_argument : no_argument,
                                           NULL, (int)(1000 + index)};
        if (option_rows[index].letter)
            *letters++ = option_rows[index].letter;
        if (option_rows[index].letter && option_rows[index].value)
            *letters++ = ':';
    }
    options[count] = (struct option){NULL, 0, NULL, 0};
    *letters = '\0';
}

/* The value of --profile, NULL if it is not given. Works on a copy, as getopt moves the files behind the options. */
static bool find_profile(const char **profile, int argc, char *const *argv, const struct command_form *form)
{
    struct option options[OPTION_ROWS_MAX + 1];
    char letters[2 * OPTION_ROWS_MAX + 2];
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
    return !profile || option_apply_profile(&arguments->options, form, profile);
}

static bool read_options(struct arguments *arguments, int argc, char **argv, const struct command_form *form,
                         bool *help)
{
    struct option options[OPTION_ROWS_MAX + 1];
    char letters[2 * OPTION_ROWS_MAX + 2];

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
        if (!option_apply(arguments, row, optarg, form))
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
        return option_wrong(form, "bits", "auto", "needs --calibrate DATA.h5: its first 100 samples choose scales, those "
                                                  "behind them judge widths");
    if (arguments->bits_auto && arguments->weight_bits_given)
        return option_wrong(form, "bits", "auto", "chooses the widths; --weight-bits NODE=N settles that of a node");
    if (arguments->bits_auto)
        return true;
    const char *stray = arguments->limit           ? "limit"
                        : arguments->max_loss_given ? "max-loss"
                        : arguments->trials         ? "trials"
                        : arguments->jobs           ? "jobs"
                                                    : NULL;
    if (stray) {
        fprintf(stderr, "nirloom %s: --%s goes with --bits auto", form->name, stray);
        return try_help(form);
    }
    return true;
}

/* A board on a port is one: no two samples can be on it at a time. */
static bool check_jobs(const struct arguments *arguments, const struct command_form *form)
{
    if (arguments->jobs > 1 && strncmp(arguments->device, "serial:", 7) == 0)
        return option_wrong(form, "device", arguments->device, "one board runs one sample at a time; leave --jobs out");
    return true;
}

/* Signals are those of one simulated array. */
static bool check_trace(const struct arguments *arguments, const struct command_form *form)
{
    if (arguments->trace && strcmp(arguments->device, "sim") != 0)
        return option_wrong(form, "trace", arguments->trace, "goes with --device sim, which has signals to write");
    if (arguments->trace && arguments->jobs > 1)
        return option_wrong(form, "trace", arguments->trace, "one array is traced at a time; leave --jobs out");
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
        .jobs = form->bit == COMMAND_BIT_COMPILE ? 0 : 1,
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
    return check_search(arguments, form) && check_jobs(arguments, form) && check_trace(arguments, form) &&
           read_files(arguments, argc, argv, form);
}
