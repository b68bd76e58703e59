/* What compile says of data and networks that no scales can be chosen by: one message with the place and what would be
 * right, and exit status 1; a warning where the network can still be made. */
#include "data.h"
#include "hand_graph.h"
#include "nirloom_command.h"
#include "support.h"
#include "write_graph.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { SAMPLES = 4, STEPS = 40, INPUTS = 6, WIDE = 12 };

static const char network[] = "tests/micro/lif.nir"; /* 6 inputs, dt 1e-3 */

/* The data of a node, three in ten of which are `value`, the others 0; of spikes value is 1. */
static struct data make_data(size_t samples, size_t steps, size_t neurons, const char *node, bool spikes, double value)
{
    struct data data = {.samples = samples, .steps = steps, .dt = 1e-3};
    struct data_series *series = data_add(&data, node, spikes ? "spikes" : "values", neurons, spikes);
    uint64_t state = 5;

    cr_assert(series);
    for (size_t element = 0; element < samples * steps * neurons; element++) {
        bool active = value != 0 && random_unit(&state) < 0.3;
        if (spikes)
            series->spikes[element] = active;
        else
            series->values[element] = active ? value : 0;
    }
    return data;
}

static const char *save(struct data *data)
{
    const char *path = temporary_path("data.h5");
    struct diagnostics diagnostics;

    diagnostics_begin(&diagnostics, path);
    cr_assert_eq(data_write(data, path, &diagnostics), 0);
    diagnostics_free(&diagnostics);
    data_free(data);
    return path;
}

static size_t count(const char *text, const char *part)
{
    size_t found = 0;

    while ((text = strstr(text, part)) != NULL) {
        text += strlen(part);
        found++;
    }
    return found;
}

/* What compile says. An error is one line, and leaves no image. */
static void expect_said(int status, const char *graph, const char *samples, const char *wanted)
{
    const char *image = temporary_path("refused.loom");
    char *said = nirloom_output(status, "compile '%s' -o '%s' %s%s 2>&1", graph, image, samples ? "--calibrate " : "",
                                samples ? samples : "");

    cr_expect(strstr(said, wanted), "said\n%s\nwanted\n%s", said, wanted);
    if (status != 0) {
        FILE *file = fopen(image, "r");
        cr_expect_null(file, "an image was written all the same");
        cr_expect_eq(count(said, "\n") - count(said, "nirloom: warning: "), 1, "more than one error:\n%s", said);
        const char *place = samples && strstr(wanted, "nodes/") ? samples : "";
        cr_expect(strstr(said, place), "%s lacks %s", said, place);
    }
    free(said);
}

static void expect_refused(struct data data, const char *wanted)
{
    expect_said(1, network, save(&data), wanted);
}

Test(calibration_input, data_of_another_shape)
{
    expect_refused(make_data(SAMPLES, STEPS, 7, "input", true, 1),
                   "/nodes/input: has 7 neurons; the network's Input has 6");
    expect_refused(make_data(SAMPLES, STEPS, INPUTS, "inputs", true, 1),
                   "/nodes/input: no spikes or values for this Input; the file has inputs (6), the network wants input "
                   "(6)");
}

Test(calibration_input, data_without_activity)
{
    expect_refused(make_data(SAMPLES, STEPS, INPUTS, "input", true, 0),
                   "all Inputs are 0 in all 4 samples that calibrate: nothing tells how far membranes swing; give "
                   "samples with activity, or none");
    expect_refused(make_data(SAMPLES, STEPS, INPUTS, "input", false, 0), "all Inputs are 0 in all 4 samples");
}

Test(calibration_input, empty_data)
{
    struct data nothing = {.samples = SAMPLES, .steps = STEPS, .dt = 1e-3};

    expect_refused(make_data(0, STEPS, INPUTS, "input", true, 1), "has no samples; give at least one");
    expect_refused(make_data(SAMPLES, 0, INPUTS, "input", true, 1),
                   "has samples of 0 steps; calibration needs at least one step");
    expect_refused(nothing, "has no observables");
}

Test(calibration_input, data_that_are_not_finite)
{
    struct data data = make_data(SAMPLES, STEPS, INPUTS, "input", false, 0.5);

    data.series[0].values[(1 * STEPS + 3) * INPUTS + 2] = NAN;
    expect_refused(data, "/input/values: must be finite, got nan in sample 1, step 3, neuron 2");
    data = make_data(SAMPLES, STEPS, INPUTS, "input", false, 0.5);
    data.series[0].values[(3 * STEPS + 39) * INPUTS + 5] = -INFINITY;
    expect_refused(data, "/input/values: must be finite, got -inf in sample 3, step 39, neuron 5");
}

Test(calibration_input, values_that_16_bits_cannot_hold_together)
{
    struct data data = make_data(SAMPLES, STEPS, INPUTS, "input", false, 0.5);

    data.series[0].values[7] = 1e6;
    expect_refused(data, "vanish beside the largest, 1e+06, of which 16 bits hold no less than the 65534-th part (the "
                         "least is 0.5); is there an outlier?");
}

/* Weights times values are beyond what a double holds the square of. */
Test(calibration_input, states_that_run_away)
{
    expect_refused(make_data(SAMPLES, STEPS, INPUTS, "input", false, 1e200),
                   "/a: its membrane reaches ");
    expect_refused(make_data(SAMPLES, STEPS, INPUTS, "input", false, 1e200),
                   "in the samples that calibrate; make weights of its cycles smaller, or leave such values out of the "
                   "samples");
}

Test(calibration_input, data_of_another_step)
{
    struct data data = make_data(SAMPLES, STEPS, INPUTS, "input", true, 1);

    data.dt = 5e-3;
    const char *path = save(&data);
    expect_said(0, network, path,
                "dt is 0.005, the network's is 0.001; each step of the data is taken as one of the network's. Give "
                "samples of that step, or --dt 0.005 if theirs is the network's");
    char *said = nirloom_output(0, "compile %s -o '%s' --dt 0.005 --calibrate '%s' 2>&1", network,
                                temporary_path("same.loom"), path);
    cr_expect_null(strstr(said, "warning"), "%s", said);
    free(said);
}

/* in (12) to Linear w, each neuron's weights near `other` but the first, to LIF n, to Output. */
static const char *write_network(double weight, double other, double threshold, double reset)
{
    const char *path = temporary_path("hand.nir");
    struct builder builder;

    begin(&builder);
    double weights[2 * WIDE];
    size_t input = add_node(&builder, "in", NODE_INPUT, WIDE, WIDE);
    size_t linear = add_node(&builder, "w", NODE_LINEAR, WIDE, 2);
    size_t lif = add_lif(&builder, "n", 2, 1e-2), output = add_node(&builder, "out", NODE_OUTPUT, 2, 2);
    for (size_t index = 0; index < 2 * WIDE; index++)
        weights[index] = index % WIDE ? other * (1 + 0.01 * (double)index) : weight;
    set_all(&builder, input, "shape", WIDE);
    set_all(&builder, output, "shape", 2);
    set(&builder, linear, "weight", 2, WIDE, weights);
    set_all(&builder, lif, "v_threshold", threshold);
    set_all(&builder, lif, "v_reset", reset);
    join(&builder, input, linear);
    join(&builder, linear, lif);
    join(&builder, lif, output);
    cr_assert_eq(write_graph(&builder.subject.graph, path, 0), 0);
    close_subject(&builder.subject);
    return path;
}

static const char *some_spikes(void)
{
    struct data data = make_data(SAMPLES, STEPS, WIDE, "in", true, 1);

    data.dt = 1e-4;
    return save(&data);
}

Test(calibration_input, weights_that_are_all_zero)
{
    expect_said(0, write_network(0, 0, 1, 0), NULL, "warning: ");
    expect_said(0, write_network(0, 0, 1, 0), NULL, "/n: all weights from /in are 0: it hears nothing of it");
    expect_said(0, write_network(0, 0, 1, 0), some_spikes(), "/n: all weights from /in are 0: it hears nothing of it");
}

Test(calibration_input, weights_that_vanish_beside_one)
{
    expect_said(0, write_network(1e9, 0.3, 1, 0), some_spikes(),
                "/n: 22 of 24 weights from /in vanish beside the largest, ");
}

Test(calibration_input, a_range_that_16_bits_cannot_hold)
{
    expect_said(1, write_network(1, 0.3, 1, -1e12), some_spikes(),
                "/n: all its weights vanish beside the range that its membrane needs (+-1e+12, largest weight ");
    expect_said(1, write_network(1, 0.3, 1, -1e12), NULL, "scale thresholds, biases and weights alike");
    expect_said(0, write_network(1, 0.3, 1e12, 0), some_spikes(),
                "/n: 2 of its neurons never fire: the threshold of neuron 0 is 1e+12, and its membrane saturates at ");
}
