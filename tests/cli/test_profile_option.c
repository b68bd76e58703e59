/* --profile through the executable: the published spike steps of the single neuron, options that win over a profile,
 * what reaches the image, and what is said of profiles that do not exist or that the array does not compute. */
#include <criterion/criterion.h>

#include "data.h"
#include "support.h"

#include <json-c/json.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { STEPS = 1000 };

static const char lif[] = "foreign/nir/neuromorphs_NIR__lif_norse.nir";
static const char mnist[] = "own/nets/a_mnist_ff/net.nir";

/* Runs nirloom with the rest of a shell command line, its talk in the output too; the output is the caller's. */
__attribute__((format(printf, 2, 3))) static char *nirloom(int status, const char *format, ...)
{
    const char *executable = getenv("NIRLOOM");
    char command[4096], *output;
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(command, sizeof command, format, arguments);
    va_end(arguments);
    int got = run_command(&output, "'%s' %s 2>&1", executable ? executable : "build/nirloom", command);
    cr_assert(got == status, "nirloom %s: exit status %d, expected %d; said\n%s", command, got, status, output);
    return output;
}

/* A data file with the input of the paper's traces, spikes of 0 and 1. */
static const char *make_input(void)
{
    const char *trace = shared_data("foreign/paper/lif_norse.csv"), *path = temporary_path("input.h5");
    struct data data = {.samples = 1, .steps = STEPS, .dt = 1e-4};
    struct diagnostics diagnostics;
    double input, membrane, spike;
    size_t step = 0;

    if (!trace || !shared_data(lif))
        cr_skip_test("the published traces are not on this machine");
    struct data_series *series = data_add(&data, "input", "spikes", 1, true);
    FILE *file = fopen(trace, "r");
    cr_assert(series && file);
    for (; step < STEPS && fscanf(file, "%lf,%lf,%lf", &input, &membrane, &spike) == 3; step++)
        series->spikes[step] = input != 0;
    fclose(file);
    cr_assert_eq(step, STEPS);
    diagnostics_begin(&diagnostics, path);
    cr_assert_eq(data_write(&data, path, &diagnostics), 0);
    diagnostics_free(&diagnostics);
    data_free(&data);
    return path;
}

/* The steps in which the neuron fires with these options, between blanks. */
static void run_neuron(char *fired, size_t bytes, const char *input, const char *options)
{
    const char *output = temporary_path("output.h5");
    struct diagnostics diagnostics;
    struct data data;

    free(nirloom(0, "run '%s' -i '%s' -o '%s' --device float %s", shared_data(lif), input, output, options));
    diagnostics_begin(&diagnostics, output);
    cr_assert_eq(data_read(&data, output, 0, 0, 1e-4, &diagnostics), 0);
    diagnostics_free(&diagnostics);
    const struct data_series *series = data_find(&data, "output", NULL);
    cr_assert(series && data.steps == STEPS);
    fired[0] = '\0';
    for (size_t step = 0; step < STEPS; step++)
        if (series->spikes ? series->spikes[step] != 0 : series->values[step] != 0)
            snprintf(fired + strlen(fired), bytes - strlen(fired), "%s%zu", *fired ? " " : "", step);
    data_free(&data);
}

/* lava-dl gives an input of 1 to a neuron of threshold 0.1, which fires whenever it comes. */
Test(profile_option, published_spike_steps, .timeout = 120)
{
    static const struct {
        const char *options;
        const char *steps;
    } cases[] = {
        {"--profile norse", "460 510 710 760"},
        {"--profile snntorch", "460 510 710 760"},
        {"--profile nengo", "460 510 710 760"},
        {"--profile lava", "461 511 711 761"},
        {"--profile spyx", "461 511 711 761"},
        {"--profile sinabs", "450 500 710 760"},
        {"--profile rockpool", "450 500 710 760"},
        {"--profile spyx --latency none", "460 510 710 760"},
        {"--latency none --profile spyx", "460 510 710 760"},
        {"--profile norse --profile sinabs", "450 500 710 760"},
        {"--latency connection", "461 511 711 761"},
    };
    char fired[4096], input[512];

    snprintf(input, sizeof input, "%s", make_input());
    for (size_t index = 0; index < sizeof cases / sizeof *cases; index++) {
        run_neuron(fired, sizeof fired, input, cases[index].options);
        cr_expect_str_eq(fired, cases[index].steps, "%s: %s", cases[index].options, fired);
    }
    run_neuron(fired, sizeof fired, input, "--profile lava-dl");
    cr_expect_eq(strncmp(fired, "60 220 270 ", 11), 0, "lava-dl: %s", fired);
}

static void expect_word(struct json_object *options, const char *key, const char *word)
{
    struct json_object *value = NULL;

    cr_expect(json_object_object_get_ex(options, key, &value), "%s is missing", key);
    cr_expect_str_eq(json_object_get_string(value), word, "%s is %s", key, json_object_get_string(value));
}

Test(profile_option, reaches_the_image_and_gives_way)
{
    struct json_object *object, *options = NULL;
    const char *image = temporary_path("profile.loom");

    if (!shared_data(mnist))
        cr_skip_test("the shared data are not on this machine");
    free(nirloom(0, "compile --reset subtract '%s' -o '%s' --profile norse --input-gain file", shared_data(mnist),
                 image));
    char *text = nirloom(0, "inspect '%s' --json", image);
    object = json_tokener_parse(text);
    cr_assert(object && json_object_object_get_ex(object, "options", &options), "%s", text);
    expect_word(options, "reset", "subtract");
    expect_word(options, "input_gain", "file");
    expect_word(options, "integrator", "euler");
    expect_word(options, "recurrent_bias", "next");
    expect_word(options, "v_leak", "both");
    expect_word(options, "spikes", "single");
    expect_word(options, "latency", "none");
    expect_word(options, "membrane_floor", "none");
    json_object_put(object);
    free(text);
    text = nirloom(0, "inspect '%s'", image);
    cr_expect(strstr(text, "reset subtract") && strstr(text, "v leak both"), "%s", text);
    free(text);
}

Test(profile_option, unknown_names_are_wrong_usage)
{
    char *text = nirloom(2, "run net.nir -i data.h5 -o out.h5 --device float --profile nest");

    cr_expect(strstr(text, "nest") && strstr(text, "snntorch, norse, spyx, sinabs, rockpool, nengo, lava, lava-dl"),
              "%s", text);
    free(text);
}

/* snnTorch imports every file with a step of 1e-4; data of another step are told of, and --dt wins. */
Test(profile_option, the_step_of_snntorch)
{
    if (!shared_data("own/micro/lif.nir") || !shared_data("own/micro/lif.h5"))
        cr_skip_test("the shared data are not on this machine");
    const char *network = shared_data("own/micro/lif.nir"), *data = shared_data("own/micro/lif.h5");
    const char *output = temporary_path("step.h5");
    char *text = nirloom(0, "run '%s' -i '%s' -o '%s' --device float --profile snntorch", network, data, output);
    cr_expect(strstr(text, "warning") && strstr(text, "lif.h5") && strstr(text, "0.0001") && strstr(text, "0.001"),
              "%s", text);
    free(text);
    text = nirloom(0, "run '%s' -i '%s' -o '%s' --dt 1e-3 --device float --profile snntorch", network, data, output);
    cr_expect(!strstr(text, "warning"), "%s", text);
    free(text);
}

Test(profile_option, the_array_refuses_by_name)
{
    const char *image = temporary_path("refused.loom");

    if (!shared_data(mnist))
        cr_skip_test("the shared data are not on this machine");
    char *text = nirloom(1, "compile '%s' -o '%s' --profile sinabs", shared_data(mnist), image);
    cr_expect(strstr(text, "/lif1") && strstr(text, "--integrator exp-decay") && strstr(text, "--spikes multi") &&
                  !strstr(text, "--membrane-floor") && strstr(text, "use single"),
              "%s", text);
    free(text);
}
