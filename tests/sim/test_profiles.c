/* Profiles against what the NIR paper published: membranes and spikes of a single LIF neuron, hidden rasters of the
 * Braille networks; and where the trace itself is not at hand, the published spike steps. */
#include "profile_subject.h"

/* The paper's input of the single neuron, 0 and 1; the caller's. */
static double *read_input(void)
{
    double *rows = read_csv("foreign/paper/lif_norse.csv", LIF_STEPS, 3);
    double *input = malloc(LIF_STEPS * sizeof *input);

    for (size_t step = 0; step < LIF_STEPS; step++)
        input[step] = rows[3 * step] != 0;
    free(rows);
    return input;
}

/* v and spikes (LIF_STEPS each, may be NULL) of the single neuron on that input. */
static void run_neuron(const char *network, struct options options, const double *input, double *v, double *spikes)
{
    struct subject subject;

    open_profile(&subject, network, options);
    size_t neuron = find_type(&subject, NODE_LIF), output = find_type(&subject, NODE_OUTPUT);
    for (size_t step = 0; step < LIF_STEPS; step++) {
        const double *pointers[] = {&input[step]};
        float_network_step(subject.network, pointers);
        if (v)
            v[step] = float_network_membrane(subject.network, neuron)[0];
        if (spikes)
            spikes[step] = float_network_output(subject.network, output)[0];
    }
    close_subject(&subject);
}

/* The trace's membrane is v / scale. most is the largest error allowed, relative to the largest v. */
static void compare_trace(const char *trace, const char *network, struct options options, const double *input,
                          double scale, double most)
{
    double *rows = read_csv(trace, LIF_STEPS, 3), v[LIF_STEPS], spikes[LIF_STEPS], worst = 0, highest = 0;
    size_t count = 0;

    run_neuron(network, options, input, v, spikes);
    for (size_t step = 0; step < LIF_STEPS; step++) {
        double want = rows[3 * step + 1] * scale;
        cr_assert_eq(spikes[step], rows[3 * step + 2], "%s, step %zu: %g spikes", trace, step, spikes[step]);
        worst = fmax(worst, fabs(v[step] - want));
        highest = fmax(highest, fabs(want));
        count += spikes[step] != 0;
    }
    cr_expect_leq(worst, most * highest, "%s: relative error %g", trace, worst / highest);
    cr_expect_eq(count, 4);
    cr_log_info("%s: relative error of v %.2g", trace, worst / highest);
    free(rows);
}

static const char lif[] = "foreign/nir/neuromorphs_NIR__lif_norse.nir";

Test(profiles, single_neuron_traces)
{
    double *input = read_input();

    compare_trace("foreign/paper/lif_norse.csv", lif, profile_options("norse"), input, 1, 2.5e-7);
    compare_trace("foreign/paper/lif_snntorch.csv", lif, profile_options("snntorch"), input, 0.04, 4e-7);
    compare_trace("foreign/paper/lif_nengo.csv", lif, profile_options("nengo"), input, 0.1, 1.5e-8);
    compare_trace("foreign/paper/lif_sinabs.csv", lif, profile_options("sinabs"), input, 1, 1.5e-7);
    compare_trace("foreign/paper/lif_sinabs.csv", lif, profile_options("rockpool"), input, 1, 1.5e-7);
    free(input);
}

/* The program that made the trace of Sinabs gave spikes of 0.04, the first column, to a neuron that adds them as they
 * are. */
Test(profiles, gain_of_sinabs)
{
    double *rows = read_csv("foreign/paper/lif_sinabs.csv", LIF_STEPS, 3), input[LIF_STEPS];
    struct options options = profile_options("sinabs");

    for (size_t step = 0; step < LIF_STEPS; step++)
        input[step] = rows[3 * step];
    options.input_gain = INPUT_GAIN_NONE;
    compare_trace("foreign/paper/lif_sinabs.csv", lif, options, input, 1, 1.5e-7);
    free(rows);
}

/* Rockpool's export of the neuron has the 0.04 as a weight, and an r that Rockpool does not read. */
Test(profiles, gain_of_rockpool)
{
    struct options options = profile_options("rockpool");
    double *input = read_input();

    options.input_gain = INPUT_GAIN_NONE;
    compare_trace("foreign/paper/lif_sinabs.csv", "foreign/nir/neuromorphs_NIR__lif_rockpool.nir", options, input, 1,
                  1.5e-7);
    free(input);
}

static void expect_spikes(const char *profile, const size_t *steps)
{
    double *input = read_input(), spikes[LIF_STEPS];
    size_t found = 0;

    run_neuron(lif, profile_options(profile), input, NULL, spikes);
    for (size_t step = 0; step < LIF_STEPS; step++) {
        if (spikes[step] == 0)
            continue;
        cr_expect_eq(spikes[step], 1);
        cr_expect(found < 4 && step == steps[found], "%s: spike %zu in step %zu", profile, found, step);
        found++;
    }
    cr_expect_eq(found, 4, "%s: %zu spikes", profile, found);
    free(input);
}

Test(profiles, spike_steps)
{
    static const size_t as_norse[] = {460, 510, 710, 760}, late[] = {461, 511, 711, 761};
    static const size_t as_sinabs[] = {450, 500, 710, 760};

    expect_spikes("norse", as_norse);
    expect_spikes("snntorch", as_norse);
    expect_spikes("nengo", as_norse);
    expect_spikes("lava", late);
    expect_spikes("spyx", late);
    expect_spikes("sinabs", as_sinabs);
    expect_spikes("rockpool", as_sinabs);
}

/* Lava's membrane is that of the Euler trace, a step later. */
Test(profiles, membrane_of_lava)
{
    double *rows = read_csv("foreign/paper/lif_norse.csv", LIF_STEPS, 3), *input = read_input(), v[LIF_STEPS];

    run_neuron(lif, profile_options("lava"), input, v, NULL);
    cr_expect_eq(v[0], 0);
    for (size_t step = 1; step < LIF_STEPS; step++)
        cr_assert_float_eq(v[step], rows[3 * (step - 1) + 1], 5e-8, "step %zu: %g", step, v[step]);
    free(rows);
    free(input);
}

/* Mismatches of the hidden raster with the published one, (BRAILLE_STEPS, neurons). */
static void compare_raster(const char *network, const char *raster, size_t neurons, struct options options)
{
    double *input = read_csv("foreign/paper/braille_ds_test0_input_256x12.csv", BRAILLE_STEPS, BRAILLE_INPUTS);
    double *want = read_csv(raster, BRAILLE_STEPS, neurons);
    struct subject subject;
    size_t hidden = 0, mismatches = 0, spikes = 0;

    open_profile(&subject, network, options);
    while (subject.graph.nodes[hidden].type != NODE_CUBA_LIF || float_network_size(subject.network, hidden) != neurons)
        hidden++;
    for (size_t step = 0; step < BRAILLE_STEPS; step++) {
        const double *pointers[] = {input + step * BRAILLE_INPUTS};
        float_network_step(subject.network, pointers);
        for (size_t neuron = 0; neuron < neurons; neuron++) {
            double got = float_network_output(subject.network, hidden)[neuron];
            mismatches += got != want[step * neurons + neuron];
            spikes += got != 0;
        }
    }
    cr_expect_eq(mismatches, 0, "%s, %s: %zu of %zu differ", network, raster, mismatches, BRAILLE_STEPS * neurons);
    cr_expect_gt(spikes, 100);
    close_subject(&subject);
    free(input);
    free(want);
}

Test(profiles, rasters_of_zero_reset)
{
    static const char *const networks[] = {
        "foreign/nir/neuromorphs_NIR__braille_noDelay_bias_zero.nir",
        "foreign/nir/kmheckel_spyx__braille_noDelay_bias_zero_subgraph.nir"};

    for (size_t index = 0; index < sizeof networks / sizeof *networks; index++) {
        compare_raster(networks[index], "foreign/paper/braille_s0_hidden_snntorch_zero.csv", 38,
                       profile_options("snntorch"));
        compare_raster(networks[index], "foreign/paper/braille_s0_hidden_norse_zero.csv", 38,
                       profile_options("norse"));
    }
}

/* snnTorch trained this network with its other reset, which it does not take from a file. */
Test(profiles, rasters_of_double_reset)
{
    static const char raster[] = "foreign/paper/braille_s0_hidden_snntorch_subtract.csv";
    struct options options = profile_options("snntorch");

    options.reset = RESET_SUBTRACT_DOUBLE;
    compare_raster("foreign/nir/neuromorphs_NIR__braille_noDelay_noBias_subtract.nir", raster, 40, options);
    compare_raster("foreign/nir/kmheckel_spyx__braille_noDelay_noBias_subtract_subgraph.nir", raster, 40, options);
}
