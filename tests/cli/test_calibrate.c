/* What data tell the compiler: the kinds and magnitudes of Inputs, the range of membranes, and what is said of data
 * that do not match. Ranges are checked against published traces, not against the oracle that makes them. */
#include <criterion/criterion.h>

#include "calibrate.h"
#include "support.h"

#include <math.h>
#include <string.h>

Test(calibrate, inputs_are_values_where_the_data_have_values)
{
    uint8_t spikes[] = {0, 1, 1, 0};
    double values[] = {0.5, -3.25, 2, 0};
    struct data_series series[] = {
        {.node = "light", .observable = "values", .neurons = 2, .values = values},
        {.node = "touch", .observable = "spikes", .neurons = 2, .spikes = spikes},
    };
    struct data data = {.samples = 1, .steps = 2, .series = series, .series_count = 2};
    struct port ports[] = {{"touch", 0}, {"light", 1}, {"sound", 2}};
    struct input_range ranges[3];

    calibrate_inputs(ranges, &data, ports, 3);
    cr_expect_not(ranges[0].graded);
    cr_expect(ranges[1].graded);
    cr_expect_eq(ranges[1].magnitude, 3.25);
    cr_expect_not(ranges[2].graded);
}

Test(calibrate, every_input_that_does_not_match_is_told)
{
    uint8_t spikes[6] = {0};
    struct data_series series[] = {
        {.node = "touch", .observable = "spikes", .neurons = 3, .spikes = spikes},
        {.node = "other", .observable = "spikes", .neurons = 3, .spikes = spikes},
    };
    struct data data = {.samples = 1, .steps = 2, .series = series, .series_count = 2};
    struct port ports[] = {{"touch", 0}, {"light", 1}};
    size_t sizes[] = {3, 5}, too_many[] = {4, 5};
    struct diagnostics diagnostics;

    diagnostics_begin(&diagnostics, "data.h5");
    cr_expect_eq(calibrate_match(&data, ports, 1, sizes, &diagnostics), 0);
    cr_expect_eq(diagnostics.count, 0);
    cr_expect_eq(calibrate_match(&data, ports, 2, sizes, &diagnostics), -1);
    cr_expect_eq(calibrate_match(&data, ports, 1, too_many, &diagnostics), -1);
    cr_assert_eq(diagnostics.count, 2);
    cr_expect_str_eq(diagnostics.messages[0].text,
                     "data.h5: /nodes/light: no spikes or values for this Input; the file has touch (3), other (3), "
                     "the network wants touch (3), light (5)");
    cr_expect_str_eq(diagnostics.messages[1].text,
                     "data.h5: /nodes/touch: has 3 neurons; the network's Input has 4");
    diagnostics_free(&diagnostics);
}

static double largest(const struct data_series *series, size_t count)
{
    double magnitude = 0;

    for (size_t element = 0; element < count; element++)
        magnitude = fmax(magnitude, fabs(series->values[element]));
    return magnitude;
}

/* The output of an LI is its membrane, so the published output has the range. */
Test(calibrate, membranes_reach_as_far_as_the_published_readout)
{
    struct diagnostics diagnostics;
    struct arena arena = {0};
    struct graph graph = {.arena = &arena};
    struct network network = {.arena = &arena};
    struct options options = options_default();
    struct calibration calibration;
    struct data data, expected;

    const char *path = shared_data("own/micro/li.nir"), *samples = shared_data("own/micro/li.h5");
    const char *traces = shared_data("own/micro/li.expected.h5");
    if (!path || !samples || !traces)
        cr_skip_test("the shared data are not on this machine");
    diagnostics_begin(&diagnostics, path);
    cr_assert_eq(graph_load(&graph, path, &diagnostics), 0);
    cr_assert_eq(network_lower(&network, &graph, &options, &diagnostics), 0);
    cr_assert_eq(data_read(&data, samples, 0, 0, 1e-3, &diagnostics), 0);
    cr_assert_eq(data_read(&expected, traces, 0, 0, 1e-3, &diagnostics), 0);
    cr_assert_eq(calibrate_states(&calibration, &graph, &network, &data, &diagnostics), 0);
    const struct data_series *output = data_find(&expected, "output", "values");
    cr_assert(output && output->values);
    double magnitude = largest(output, expected.samples * expected.steps * output->neurons);
    size_t readout = network.outputs[0].population;
    cr_expect_gt(magnitude, 0);
    cr_expect_float_eq(calibration.magnitude[readout], magnitude, 1e-9 * magnitude);
    data_free(&data);
    data_free(&expected);
    diagnostics_free(&diagnostics);
    arena_free(&arena);
}

static struct diagnostics check_values(const double *values, size_t neurons, bool calibrates, int *status)
{
    double copy[8];
    struct data_series series = {.node = "light", .observable = "values", .neurons = neurons, .values = copy};
    struct data data = {.samples = 1, .steps = neurons > 0, .series = &series, .series_count = 1};
    struct port port = {"light", 0};
    struct diagnostics diagnostics;

    memcpy(copy, values, neurons * sizeof *copy);
    diagnostics_begin(&diagnostics, "data.h5");
    *status = calibrate_check(&data, &port, 1, calibrates, &diagnostics);
    return diagnostics;
}

static void expect_check(const double *values, size_t neurons, bool calibrates, const char *message)
{
    int status;
    struct diagnostics diagnostics = check_values(values, neurons, calibrates, &status);

    cr_expect_eq(status, message ? -1 : 0);
    cr_assert_eq(diagnostics.count, message ? 1 : 0);
    if (message)
        cr_expect_str_eq(diagnostics.messages[0].text, message);
    diagnostics_free(&diagnostics);
}

Test(calibrate, data_that_tell_nothing_are_refused)
{
    double silent[] = {0, 0, 0}, outlier[] = {1e9, -1, 0, 2, 0.5}, wide[] = {32767, -0.6, 0, 1, 2};

    expect_check(silent, 3, true,
                 "data.h5: all Inputs are 0 in all 1 samples that calibrate: nothing tells how far membranes swing; give "
                 "samples with activity, or none");
    expect_check(silent, 3, false, NULL);
    expect_check(silent, 0, true, "data.h5: has samples of 0 steps; calibration needs at least one step");
    expect_check(outlier, 5, false,
                 "data.h5: /nodes/light: 3 of its 4 values other than 0 vanish beside the largest, 1e+09, of which 16 bits "
                 "hold no less than the 65534-th part (the least is 0.5); is there an outlier?");
    expect_check(wide, 5, true, NULL);
}

Test(calibrate, an_input_that_is_silent_beside_others_is_told)
{
    uint8_t active[] = {0, 1}, silent[] = {0, 0};
    struct data_series series[] = {{.node = "touch", .observable = "spikes", .neurons = 2, .spikes = active},
                                   {.node = "sound", .observable = "spikes", .neurons = 2, .spikes = silent}};
    struct data data = {.samples = 1, .steps = 1, .series = series, .series_count = 2};
    struct port ports[] = {{"touch", 0}, {"sound", 1}};
    struct diagnostics diagnostics;

    diagnostics_begin(&diagnostics, "data.h5");
    cr_expect_eq(calibrate_check(&data, ports, 2, true, &diagnostics), 0);
    cr_assert_eq(diagnostics.count, 1);
    cr_expect_not(diagnostics.failed);
    cr_expect_str_eq(diagnostics.messages[0].text, "data.h5: /nodes/sound: is 0 in all 1 samples that calibrate");
    diagnostics_free(&diagnostics);
}
