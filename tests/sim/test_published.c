/* Networks by others on the simulated array: those of the NIR paper on the icebreaker with their own inputs, and every
 * NIR file of the shared data sets on the largest array. The Verilog must put out what the integer model does; how far
 * both are from double precision is bounded for the former. */
#include "fidelity.h"
#include "lockstep.h"
#include "subject.h"
#include "support.h"

#include "compile.h"

#include <criterion/criterion.h>
#include <glob.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PATH_BYTES = 4400, INPUTS_MAX = 8, RANDOM_STEPS = 20 };

/* bound: per cent of the output spikes that quantisation without calibration may change; what was measured, rounded up.
 * The Braille networks are that sensitive by nature: rounding nothing but their weights to 8 bits, per population and in
 * float64 elsewhere, changes 29 %, to 12 bits still 11 %. */
static void check_published(const char *name, size_t samples, double bound)
{
    char network[PATH_BYTES], inputs[PATH_BYTES], expected[PATH_BYTES], report[LOCKSTEP_REPORT_BYTES] = "";
    static struct subject subject;
    struct fidelity fidelity;
    size_t activity = 0;

    snprintf(network, sizeof network, "foreign/runs/%s.nir", name);
    if (!shared_data(network))
        cr_skip_test("the shared data sets are not here");
    snprintf(network, sizeof network, "%s", shared_data(network));
    snprintf(inputs, sizeof inputs, "%.*s.h5", (int)strlen(network) - 4, network);
    snprintf(expected, sizeof expected, "%.*s.expected.h5", (int)strlen(network) - 4, network);
    subject_open(&subject, network, inputs, "icebreaker", 8, samples);
    struct lockstep run = { .image = &subject.image,
                            .left = device_ref_open,
                            .right = device_sim_open,
                            .samples = subject.data.samples,
                            .steps = subject.data.steps,
                            .source = subject_step,
                            .self = &subject,
                            .whole_samples = true };
    cr_expect_eq(lockstep(&run, report, &activity), 0, "%s: %s", name, report);
    cr_expect_gt(activity, 10, "%s is silent", name);
    subject_close(&subject);

    struct fidelity_run measured = {
        .network = network, .samples = inputs, .expected = expected, .board = "icebreaker", .weight_bits = 8};
    cr_assert_eq(fidelity_measure(&fidelity, &measured, report), 0, "%s", report);
    cr_expect_leq(100 * fidelity.spikes_different, bound,
                  "%s: %.3g %% of output spikes differ from float, bound %g %%", name, 100 * fidelity.spikes_different,
                  bound);
}

Test(published, nmnist_convolution, .timeout = 300)
{
    check_published("nir_paper_cnn_sinabs", 1, 2.8);
}

Test(published, braille_flat, .timeout = 300)
{
    check_published("braille_bias_zero", 0, 29);
}

Test(published, braille_nested, .timeout = 300)
{
    check_published("braille_bias_zero_subgraph", 0, 28);
}

/* Files that the array refuses with the default options, and options with which they mean something: the file's unit of
 * time is a step, or dt must be less than tau. */
static const struct exception {
    const char *file;
    const char *error; /* part of what is said with the default options */
    double dt;
    double time_unit;
} exceptions[] = {
    {"neuromorphs_NIR__braille_flattened@1900430.nir", "/lif1: all its weights vanish", 1e-4, 0},
    {"mrontio_nir4s__nir4s_li@3eda0f5.nir", "/0/tau: LI of neuron 0 has dt/tau = 3", 1e-5, 1},
    {"mrontio_nir4s__nir4s_lif@380303e.nir", "/0/tau: LIF of neuron 0 has dt/tau = 5", 1e-5, 1},
};

static const struct exception *exception_find(const char *path)
{
    for (size_t index = 0; index < sizeof exceptions / sizeof exceptions[0]; index++)
        if (strstr(path, exceptions[index].file))
            return &exceptions[index];
    return NULL;
}

static struct arena arena;
static struct image image;

/* Compiles for the largest array; error has what is said last, "" where nothing is. */
static int compile(const char *path, const struct options *options, char error[PATH_BYTES])
{
    struct compile_request request = {.path = path, .options = *options, .board = board_find("sim-large")};
    struct diagnostics diagnostics, unused;

    memset(&arena, 0, sizeof arena);
    diagnostics_begin(&diagnostics, path);
    diagnostics_begin(&unused, NULL);
    int status = compile_network(&image, &arena, &request, &diagnostics, &unused);
    error[0] = '\0';
    for (size_t index = 0; index < diagnostics.count; index++)
        if (diagnostics.messages[index].severity == SEVERITY_ERROR)
            snprintf(error, PATH_BYTES, "%s", diagnostics.messages[index].text);
    diagnostics_free(&diagnostics);
    diagnostics_free(&unused);
    return status;
}

/* Whether the front end takes the file, and what it says otherwise; tests/compiler/test_files.c holds these verdicts. */
static bool has_meaning(const char *path, char error[PATH_BYTES])
{
    struct arena scratch = {0};
    struct graph graph = {.arena = &scratch};
    struct diagnostics diagnostics;

    diagnostics_begin(&diagnostics, path);
    bool loads = graph_load(&graph, path, &diagnostics) == 0;
    for (size_t index = 0; index < diagnostics.count; index++)
        if (diagnostics.messages[index].severity == SEVERITY_ERROR)
            snprintf(error, PATH_BYTES, "%s", diagnostics.messages[index].text);
    diagnostics_free(&diagnostics);
    arena_free(&scratch);
    return loads;
}

static void random_step(void *self, size_t sample, size_t step, const struct loom_buffer *inputs)
{
    uint64_t state = 1 + step;

    (void)self;
    (void)sample;
    for (size_t input = 0; input < image.input_count; input++)
        for (size_t neuron = 0; neuron < image.populations[image.inputs[input].population].size; neuron++)
            inputs[input].spikes[neuron] = random_below(&state, 3) == 0;
}

/* The oracle beside the integer model: nothing that double precision cannot hold, and as many Outputs. */
static void run_oracle(const char *path)
{
    char error[DEVICE_ERROR_BYTES];
    struct device *device;
    struct loom_buffer inputs[INPUTS_MAX] = {{NULL}}, outputs[INPUTS_MAX] = {{NULL}};

    cr_assert(image.input_count <= INPUTS_MAX && image.output_count <= INPUTS_MAX);
    for (size_t input = 0; input < image.input_count; input++)
        inputs[input].spikes = calloc(image.populations[image.inputs[input].population].size, 1);
    for (size_t output = 0; output < image.output_count; output++) {
        const struct image_population *population = &image.populations[image.outputs[output].population];
        if (population->graded)
            outputs[output].values = calloc(population->size, sizeof(double));
        else
            outputs[output].spikes = calloc(population->size, 1);
    }
    cr_assert_eq(device_float_open(&device, &image, path, error), LOOM_OK, "%s: %s", path, error);
    for (size_t step = 0; step < RANDOM_STEPS; step++) {
        random_step(NULL, 0, step, inputs);
        cr_assert_eq(device->operations->run(device, 1, inputs, outputs), LOOM_OK, "%s: %s", path, device->error);
        for (size_t output = 0; output < image.output_count; output++)
            for (size_t neuron = 0; neuron < image.populations[image.outputs[output].population].size; neuron++)
                cr_assert(!outputs[output].values || isfinite(outputs[output].values[neuron]), "%s, step %zu", path,
                          step);
    }
    device->operations->close(device);
    for (size_t index = 0; index < INPUTS_MAX; index++) {
        free(inputs[index].spikes);
        free(outputs[index].spikes);
        free(outputs[index].values);
    }
}

static size_t check_file(const char *path)
{
    char error[PATH_BYTES], wanted[PATH_BYTES] = "", report[LOCKSTEP_REPORT_BYTES] = "";
    struct options options = options_default();
    const struct exception *exception = exception_find(path);
    size_t activity = 0;

    bool meaning = has_meaning(path, wanted);
    int status = compile(path, &options, error);
    if (!meaning || exception) {
        cr_expect(status != 0, "%s compiles", path);
        cr_expect(strstr(error, meaning ? exception->error : wanted), "%s: %s", path, error);
        arena_free(&arena);
        if (!meaning)
            return 0;
        options.dt = exception->dt;
        options.time_unit = exception->time_unit;
        status = compile(path, &options, error);
    }
    cr_assert_eq(status, 0, "%s", error);
    struct lockstep run = { .image = &image,
                            .left = device_ref_open,
                            .right = device_sim_open,
                            .samples = 1,
                            .steps = RANDOM_STEPS,
                            .source = random_step,
                            .whole_samples = true };
    cr_expect_eq(lockstep(&run, report, &activity), 0, "%s: %s", path, report);
    run_oracle(path);
    arena_free(&arena);
    return activity;
}

Test(published, every_file, .timeout = 300)
{
    static const char *const patterns[] = {"foreign/nir/*.nir", "own/nir/*.nir"};
    size_t files = 0, active = 0;

    if (!shared_data("foreign/nir"))
        cr_skip_test("the shared data sets are not here");
    for (size_t pattern = 0; pattern < sizeof patterns / sizeof patterns[0]; pattern++) {
        char whole[PATH_BYTES];
        glob_t found;
        snprintf(whole, sizeof whole, "%s/%s", shared_data("."), patterns[pattern]);
        cr_assert_eq(glob(whole, 0, NULL, &found), 0);
        for (size_t index = 0; index < found.gl_pathc; index++) {
            size_t activity = check_file(found.gl_pathv[index]);
            cr_log_info("%s: %zu", found.gl_pathv[index], activity);
            active += activity > 0;
        }
        files += found.gl_pathc;
        globfree(&found);
    }
    cr_log_info("%zu of %zu files put something out", active, files);
    cr_expect_gt(active, 15);
}
