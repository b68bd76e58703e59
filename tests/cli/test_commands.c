/* What compile, run, eval and inspect do, through the executable: results against the traces of the shared data (made
 * by an independent implementation), the keys of docs/json.md, exit statuses, and what is said of data that do not
 * fit. */
#include <criterion/criterion.h>

#include "data.h"
#include "hdf5_access.h"
#include "nirloom_command.h"
#include "support.h"

#include <glob.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void need(const char *const *files)
{
    for (; *files; files++)
        if (!shared_data(*files))
            cr_skip_test("the shared data are not on this machine");
}

#define NEED(...) need((const char *const[]){__VA_ARGS__, NULL})

static void read_file(struct data *data, const char *path)
{
    struct diagnostics diagnostics;

    diagnostics_begin(&diagnostics, path);
    cr_assert_eq(data_read(data, path, 0, 0, 1e-4, &diagnostics), 0, "%s: %s", path,
                 diagnostics.count ? diagnostics.messages[0].text : "cannot be read");
    diagnostics_free(&diagnostics);
}

/* Every key of the list is there, and no other: docs/json.md has them all. */
static void check_keys(struct json_object *object, const char *const *keys)
{
    size_t count = 0;

    for (; keys[count]; count++)
        json_member(object, keys[count]);
    cr_expect_eq((size_t)json_object_object_length(object), count, "there are %d keys, %zu are documented",
                 json_object_object_length(object), count);
}

Test(commands, compile_tells_its_summary_as_json)
{
    static const char *const keys[] = {"image",       "board",  "options",  "inputs", "outputs", "populations",
                                       "projections", "memory", "predicted", "float_comparison", "messages", NULL};
    NEED("own/micro/lif.nir");
    const char *image = temporary_path("lif.loom");
    struct json_object *object =
        nirloom_json("compile '%s' -o '%s' --json", shared_data("own/micro/lif.nir"), image);
    struct json_object *options = json_member(object, "options");

    check_keys(object, keys);
    cr_expect_str_eq(json_text(object, "image"), image);
    cr_expect_str_eq(json_text(object, "board"), "icebreaker");
    cr_expect_eq(json_object_get_int(json_member(options, "weight_bits")), 8);
    cr_expect_str_eq(json_text(options, "reset"), "value");
    cr_expect_eq(json_object_array_length(json_member(object, "populations")), 2);
    json_object_put(object);
}

Test(commands, options_reach_the_image)
{
    NEED("own/micro/lif.nir");
    const char *image = temporary_path("options.loom");

    free(nirloom_output(0, "compile '%s' -o '%s' --board sim-small --weight-bits 4 --dt 5e-4 --integrator exp "
                    "--reset subtract --compare ge 2>/dev/null", shared_data("own/micro/lif.nir"), image));
    struct json_object *object = nirloom_json("inspect '%s' --json", image);
    struct json_object *options = json_member(object, "options");
    cr_expect_str_eq(json_text(object, "kind"), "image");
    cr_expect_str_eq(json_text(object, "board"), "sim-small");
    cr_expect_eq(json_object_get_int(json_member(options, "weight_bits")), 4);
    cr_expect_eq(json_number(options, "dt"), 5e-4);
    cr_expect_str_eq(json_text(options, "integrator"), "exp");
    cr_expect_str_eq(json_text(options, "reset"), "subtract");
    cr_expect_str_eq(json_text(options, "compare"), "ge");
    json_object_put(object);
}

/* NAME.h5 through the file must give NAME.expected.h5. */
static void check_run(const char *name, const char *file, const char *device)
{
    char input[300], expected[300], output_name[300];
    struct data wanted, got;

    snprintf(input, sizeof input, "own/micro/%s.h5", name);
    snprintf(expected, sizeof expected, "own/micro/%s.expected.h5", name);
    snprintf(output_name, sizeof output_name, "%s.out.h5", name);
    NEED(input, expected);
    const char *output = temporary_path(output_name);
    free(nirloom_output(0, "run '%s' -i '%s' -o '%s' --device %s 2>/dev/null", file, shared_data(input), output,
                        device));
    read_file(&wanted, shared_data(expected));
    read_file(&got, output);
    cr_assert_eq(got.samples, wanted.samples);
    cr_assert_eq(got.steps, wanted.steps);
    cr_expect_eq(got.dt, wanted.dt);
    for (size_t index = 0; index < wanted.series_count; index++) {
        const struct data_series *ours, *theirs = &wanted.series[index];

        ours = data_find(&got, theirs->node, theirs->observable);
        cr_assert(ours && ours->neurons == theirs->neurons, "%s: %s %s", name, theirs->node, theirs->observable);
        for (size_t element = 0; element < got.samples * got.steps * ours->neurons; element++) {
            double difference = theirs->values ? ours->values[element] - theirs->values[element]
                                               : ours->spikes[element] - theirs->spikes[element];
            cr_assert(fabs(difference) < 1e-9, "%s: %s element %zu differs by %g", name, theirs->node, element,
                      difference);
        }
    }
    data_free(&wanted);
    data_free(&got);
}

/* Every primitive and form of graph that there is a published trace of. */
Test(commands, run_on_float_gives_the_published_traces, .timeout = 120)
{
    glob_t files;
    char pattern[4096];

    NEED("own/micro/lif.nir");
    snprintf(pattern, sizeof pattern, "%s", shared_data("own/micro/lif.nir"));
    strcpy(strstr(pattern, "lif.nir"), "*.nir");
    cr_assert_eq(glob(pattern, 0, NULL, &files), 0);
    cr_expect_gt(files.gl_pathc, 30);
    for (size_t index = 0; index < files.gl_pathc; index++) {
        char name[256];

        snprintf(name, sizeof name, "%s", strrchr(files.gl_pathv[index], '/') + 1);
        *strstr(name, ".nir") = '\0';
        check_run(name, files.gl_pathv[index], "float");
    }
    globfree(&files);
}

/* An image on float goes another way, through the library. */
Test(commands, run_of_an_image_on_float_gives_the_published_traces)
{
    static const char *const names[] = {"lif", "li", "lif_direct_current"};

    for (size_t index = 0; index < sizeof names / sizeof names[0]; index++) {
        char network[64];

        snprintf(network, sizeof network, "own/micro/%s.nir", names[index]);
        NEED(network);
        const char *image = temporary_path("float.loom");
        free(nirloom_output(0, "compile '%s' -o '%s' 2>/dev/null", shared_data(network), image));
        check_run(names[index], image, "float");
    }
}

Test(commands, skip_and_limit_choose_samples)
{
    struct data all, some;

    NEED("own/micro/lif.nir", "own/micro/lif.h5");
    const char *whole = temporary_path("whole.h5"), *part = temporary_path("part.h5");
    const char *network = shared_data("own/micro/lif.nir"), *input = shared_data("own/micro/lif.h5");
    free(nirloom_output(0, "run '%s' -i '%s' -o '%s' --device ref 2>/dev/null", network, input, whole));
    free(nirloom_output(0, "run '%s' -i '%s' -o '%s' --device ref --skip 1 --limit 2 2>/dev/null", network, input,
                        part));
    read_file(&all, whole);
    read_file(&some, part);
    cr_assert_eq(all.samples, 4);
    cr_assert_eq(some.samples, 2);
    size_t sample = all.steps * all.series[0].neurons;
    cr_expect_eq(memcmp(some.series[0].spikes, all.series[0].spikes + sample, 2 * sample), 0);
    data_free(&all);
    data_free(&some);
    free(nirloom_output(1, "run '%s' -i '%s' -o '%s' --device ref --skip 4 2>/dev/null", network, input, part));
}

/* No time of writing is in a file: a second later the same comes out, byte for byte. */
Test(commands, the_same_run_writes_the_same_file)
{
    const char *files[] = {temporary_path("first.h5"), temporary_path("second.h5")};
    char *said;

    for (size_t file = 0; file < 2; file++) {
        free(nirloom_output(0, "run examples/digits8x8/digits8x8.nir -i examples/digits8x8/digits.h5 -o '%s' "
                               "--device ref --limit 3 --probe lif1 2>/dev/null", files[file]));
        cr_assert_eq(run_command(&said, "sleep 1.1"), 0);
        free(said);
    }
    cr_expect_eq(run_command(&said, "cmp '%s' '%s' 2>&1", files[0], files[1]), 0, "%s", said);
    free(said);
}

Test(commands, probes_write_membranes)
{
    struct data with, without;

    NEED("own/micro/lif.nir", "own/micro/lif.h5");
    const char *probed = temporary_path("probed.h5"), *plain = temporary_path("plain.h5");
    const char *network = shared_data("own/micro/lif.nir"), *input = shared_data("own/micro/lif.h5");
    free(nirloom_output(0, "run '%s' -i '%s' -o '%s' --device ref --probe a 2>/dev/null", network, input, probed));
    free(nirloom_output(0, "run '%s' -i '%s' -o '%s' --device ref 2>/dev/null", network, input, plain));
    read_file(&with, probed);
    read_file(&without, plain);
    const struct data_series *v = data_find(&with, "a", "v"), *spikes = data_find(&with, "a", "spikes");
    const struct data_series *output = data_find(&with, "output", "spikes");
    cr_assert(v && v->values && spikes && spikes->spikes && output);
    size_t count = with.samples * with.steps * v->neurons, moved = 0;
    cr_expect_eq(memcmp(spikes->spikes, output->spikes, count), 0);
    cr_expect_eq(memcmp(output->spikes, data_find(&without, "output", "spikes")->spikes, count), 0,
                 "probing changes the spikes");
    for (size_t element = 0; element < count; element++)
        moved += v->values[element] != 0;
    cr_expect_gt(moved, count / 4, "the membrane of %zu of %zu steps is 0", count - moved, count);
    data_free(&with);
    data_free(&without);
    char *said = nirloom_output(1, "run '%s' -i '%s' -o '%s' --device ref --probe b 2>&1", network, input, probed);
    cr_expect(strstr(said, "/b: no such node with a state to probe; there are a"), "said %s", said);
    free(said);
}

Test(commands, an_image_of_the_other_kind_of_input_is_compiled_again)
{
    struct data direct, again;

    NEED("own/micro/lif_direct_current.nir", "own/micro/lif_direct_current.h5");
    const char *image = temporary_path("spikes.loom");
    const char *one = temporary_path("direct.h5"), *other = temporary_path("again.h5");
    const char *network = shared_data("own/micro/lif_direct_current.nir");
    const char *input = shared_data("own/micro/lif_direct_current.h5");
    free(nirloom_output(0, "compile '%s' -o '%s' --weight-bits 4 --dt 1e-3 2>/dev/null", network, image));
    free(nirloom_output(0, "run '%s' -i '%s' -o '%s' --device ref --weight-bits 4 --dt 1e-3 2>/dev/null", network,
                        input, one));
    char *said = nirloom_output(0, "run '%s' -i '%s' -o '%s' --device ref 2>&1", image, input, other);
    cr_expect(strstr(said, "/input: compiled for spikes, but "), "said %s", said);
    free(said);
    read_file(&direct, one);
    read_file(&again, other);
    size_t count = direct.samples * direct.steps * direct.series[0].neurons;
    cr_expect_eq(memcmp(direct.series[0].spikes, again.series[0].spikes, count), 0);
    data_free(&direct);
    data_free(&again);
}

Test(commands, an_image_takes_no_compile_options)
{
    NEED("own/micro/lif.nir", "own/micro/lif.h5");
    const char *image = temporary_path("taken.loom");

    free(nirloom_output(0, "compile '%s' -o '%s' 2>/dev/null", shared_data("own/micro/lif.nir"), image));
    char *said = nirloom_output(2, "eval '%s' -i '%s' --dt 1e-3 2>&1", image, shared_data("own/micro/lif.h5"));
    cr_expect(strstr(said, "compiled already; --dt goes with the .nir file"), "said %s", said);
    free(said);
}

Test(commands, data_that_do_not_fit_are_refused_with_what_there_is)
{
    struct data data = {.samples = 1, .steps = 3, .dt = 1e-4};
    struct diagnostics diagnostics;

    NEED("own/micro/lif.nir", "own/micro/lif.h5", "own/nets/a_mnist_ff/test.h5");
    const char *path = temporary_path("named_wrong.h5"), *output = temporary_path("refused.h5");
    const char *network = shared_data("own/micro/lif.nir");
    diagnostics_begin(&diagnostics, path);
    cr_assert(data_add(&data, "inputs", "spikes", 6, true));
    cr_assert_eq(data_write(&data, path, &diagnostics), 0);
    diagnostics_free(&diagnostics);
    data_free(&data);
    char *said = nirloom_output(1, "run '%s' -i '%s' -o '%s' --device ref 2>&1", network, path, output);
    cr_expect(strstr(said, path) && strstr(said, "/nodes/input: no spikes or values for this Input; the file has "
                                                 "inputs (6), the network wants input (6)"), "said %s", said);
    free(said);
    said = nirloom_output(1, "run '%s' -i '%s' -o '%s' --device ref 2>&1", network,
                   shared_data("own/nets/a_mnist_ff/test.h5"), output);
    cr_expect(strstr(said, "/nodes/input: has 784 neurons; the network's Input has 6"), "said %s", said);
    free(said);
    cr_expect_null(fopen(output, "r"), "a refused run must leave no file");
}

enum { MNIST_CLASSES = 10 };

/* Neuron with the most published output spikes of each sample, the lowest on ties. */
static void published_predictions(size_t *predictions, size_t samples)
{
    char reason[HDF5_REASON_BYTES];
    uint8_t *counts = calloc(samples, MNIST_CLASSES);
    hid_t file = hdf5_open(shared_data("own/nets/a_mnist_ff/expected.h5"), reason);
    hid_t group = hdf5_open_group(file, "spike_counts", reason);
    hid_t dataset = hdf5_open_dataset(group, "lif2", reason);

    cr_assert_eq(hdf5_read_rows(dataset, 0, samples, HDF5_UINT8, counts, samples * MNIST_CLASSES, reason), 0, "%s",
                 reason);
    for (size_t sample = 0; sample < samples; sample++) {
        predictions[sample] = 0;
        for (size_t neuron = 1; neuron < MNIST_CLASSES; neuron++)
            if (counts[sample * MNIST_CLASSES + neuron] > counts[sample * MNIST_CLASSES + predictions[sample]])
                predictions[sample] = neuron;
    }
    hdf5_close(dataset);
    hdf5_close(group);
    hdf5_close(file);
    free(counts);
}

static struct json_object *evaluate(const char *device, size_t limit)
{
    return nirloom_json("eval '%s' -i '%s' --device %s --limit %zu --json", shared_data("own/nets/a_mnist_ff/net.nir"),
                        shared_data("own/nets/a_mnist_ff/test.h5"), device, limit);
}

/* The predictions and the accuracy of float follow from the published output spikes and labels. */
Test(commands, eval_predicts_as_the_published_spikes_do, .timeout = 120)
{
    enum { SAMPLES = 50 };
    struct data labelled;
    struct diagnostics diagnostics;
    size_t predictions[SAMPLES], right = 0;

    NEED("own/nets/a_mnist_ff/net.nir", "own/nets/a_mnist_ff/test.h5", "own/nets/a_mnist_ff/expected.h5");
    diagnostics_begin(&diagnostics, NULL);
    cr_assert_eq(data_read(&labelled, shared_data("own/nets/a_mnist_ff/test.h5"), 0, SAMPLES, 1e-4, &diagnostics), 0);
    diagnostics_free(&diagnostics);
    published_predictions(predictions, SAMPLES);
    for (size_t sample = 0; sample < SAMPLES; sample++)
        right += labelled.labels[sample] == (int64_t)predictions[sample];
    struct json_object *object = evaluate("float", SAMPLES);
    struct json_object *list = json_member(object, "predictions");
    cr_assert_eq(json_object_array_length(list), SAMPLES);
    for (size_t sample = 0; sample < SAMPLES; sample++)
        cr_expect_eq((size_t)json_object_get_int64(json_object_array_get_idx(list, sample)), predictions[sample],
                     "sample %zu", sample);
    cr_expect_float_eq(json_number(object, "accuracy"), (double)right / SAMPLES, 1e-12);
    cr_expect_float_eq(json_number(object, "float_accuracy"), (double)right / SAMPLES, 1e-12);
    cr_expect_eq(json_number(object, "agreement"), 1);
    cr_expect_eq(json_number(object, "spike_agreement"), 1);
    json_object_put(object);
    data_free(&labelled);
}

Test(commands, eval_has_the_documented_keys, .timeout = 120)
{
    static const char *const keys[] = {"device",          "board",        "samples", "steps",  "accuracy",
                                       "float_accuracy",  "agreement",    "cycles",  "synops", "spike_agreement",
                                       "equal_to_ref",    "latency_us",   "predictions", "synops_per_cycle",
                                       "float_comparison", "energy_uj",  "energy_low_uj", "energy_high_uj", "idle_mw",
                                       "energy_events",   NULL};
    NEED("own/nets/a_mnist_ff/net.nir", "own/nets/a_mnist_ff/test.h5");
    struct json_object *object = evaluate("ref", 20);

    check_keys(object, keys);
    cr_expect_eq(json_object_get_int(json_member(object, "samples")), 20);
    cr_expect_eq(json_object_get_int(json_member(object, "steps")), 20 * 25);
    cr_expect_str_eq(json_text(object, "device"), "ref");
    cr_expect_null(json_member(object, "cycles"), "the integer model has no cycles");
    cr_expect_null(json_member(object, "equal_to_ref"));
    cr_expect_gt(json_number(object, "synops"), 0);
    json_object_put(object);
}

/* No spikes at all: every neuron of the output ties. */
Test(commands, eval_breaks_ties_by_the_lowest_neuron)
{
    struct data data = {.samples = 2, .steps = 3, .dt = 1e-4};
    struct diagnostics diagnostics;

    NEED("own/nets/a_mnist_ff/net.nir");
    const char *path = temporary_path("silence.h5");
    diagnostics_begin(&diagnostics, path);
    cr_assert(data_add(&data, "input", "spikes", 784, true));
    cr_assert_eq(data_write(&data, path, &diagnostics), 0);
    diagnostics_free(&diagnostics);
    data_free(&data);
    struct json_object *object = nirloom_json("eval '%s' -i '%s' --device ref --json",
                                              shared_data("own/nets/a_mnist_ff/net.nir"), path);
    struct json_object *list = json_member(object, "predictions");
    cr_assert_eq(json_object_array_length(list), 2);
    cr_expect_eq(json_object_get_int(json_object_array_get_idx(list, 0)), 0);
    cr_expect_eq(json_object_get_int(json_object_array_get_idx(list, 1)), 0);
    cr_expect_eq(json_number(object, "spike_agreement"), 1);
    json_object_put(object);
}

Test(commands, eval_without_labels_has_no_accuracy)
{
    NEED("own/micro/lif.nir", "own/micro/lif.h5");
    struct json_object *object = nirloom_json("eval '%s' -i '%s' --device ref --json",
                                              shared_data("own/micro/lif.nir"), shared_data("own/micro/lif.h5"));

    cr_expect_null(json_member(object, "accuracy"));
    cr_expect_null(json_member(object, "float_accuracy"));
    json_object_put(object);
}

Test(commands, inspect_shows_a_network_and_data)
{
    NEED("own/micro/lif.nir", "own/nets/a_mnist_ff/test.h5");
    struct json_object *object = nirloom_json("inspect '%s' --json", shared_data("own/micro/lif.nir"));

    cr_expect_str_eq(json_text(object, "kind"), "network");
    cr_expect_eq(json_object_array_length(json_member(object, "nodes")), 4);
    cr_expect_eq(json_object_array_length(json_member(object, "edges")), 3);
    json_object_put(object);
    object = nirloom_json("inspect '%s' --json", shared_data("own/nets/a_mnist_ff/test.h5"));
    cr_expect_str_eq(json_text(object, "kind"), "data");
    cr_expect_eq(json_object_get_int(json_member(object, "samples")), 1000);
    cr_expect_eq(json_object_get_int(json_member(object, "steps")), 25);
    cr_expect(json_truth(object, "labels"));
    json_object_put(object);
}
