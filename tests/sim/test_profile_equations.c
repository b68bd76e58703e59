/* Profiles against the equations of the frameworks, each written once more here: on the hidden layer of the Braille
 * networks, whose rasters a single deviation changes, and on small networks where a detail needs its own. */
#include "profile_subject.h"

#include <string.h>

enum { HIDDEN_MAX = 40 };

/* The hidden layer straight from the file; taus and gains are the same for all its neurons. */
struct layer {
    size_t neurons;
    double input[HIDDEN_MAX][BRAILLE_INPUTS];
    double bias[HIDDEN_MAX];
    double recurrent[HIDDEN_MAX][HIDDEN_MAX];
    double recurrent_bias[HIDDEN_MAX];
    double synapse; /* dt / tau_syn */
    double membrane; /* dt / tau_mem */
    double w_in;
    double r;
};

static const char zero_network[] = "foreign/nir/neuromorphs_NIR__braille_noDelay_bias_zero.nir";
static const char subtract_network[] = "foreign/nir/neuromorphs_NIR__braille_noDelay_noBias_subtract.nir";

static double *read_parameter(hid_t file, const char *name, size_t *rows)
{
    char path[NAME_BYTES];
    size_t sizes[3];

    snprintf(path, sizeof path, "node/nodes/%s", name);
    double *numbers = read_dataset(file, path, 0, sizes);
    if (rows)
        *rows = sizes[0];
    return numbers;
}

static double read_uniform(hid_t file, const char *name)
{
    double *numbers = read_parameter(file, name, NULL), number = numbers[0];

    free(numbers);
    return number;
}

static void read_layer(struct layer *layer, const char *network, bool biased)
{
    const char *path = shared_data(network);

    if (!path)
        cr_skip_test("the published networks are not on this machine");
    memset(layer, 0, sizeof *layer);
    hid_t file = H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT);
    double *input = read_parameter(file, "fc1/weight", &layer->neurons);
    double *recurrent = read_parameter(file, "lif1.w_rec/weight", NULL);
    for (size_t neuron = 0; neuron < layer->neurons; neuron++) {
        memcpy(layer->input[neuron], input + neuron * BRAILLE_INPUTS, sizeof layer->input[neuron]);
        memcpy(layer->recurrent[neuron], recurrent + neuron * layer->neurons, layer->neurons * sizeof *recurrent);
    }
    free(input);
    free(recurrent);
    if (biased) {
        double *bias = read_parameter(file, "fc1/bias", NULL);
        double *recurrent_bias = read_parameter(file, "lif1.w_rec/bias", NULL);
        memcpy(layer->bias, bias, layer->neurons * sizeof *bias);
        memcpy(layer->recurrent_bias, recurrent_bias, layer->neurons * sizeof *bias);
        free(bias);
        free(recurrent_bias);
    }
    layer->synapse = 1e-4 / read_uniform(file, "lif1.lif/tau_syn");
    layer->membrane = 1e-4 / read_uniform(file, "lif1.lif/tau_mem");
    layer->w_in = read_uniform(file, "lif1.lif/w_in");
    layer->r = read_uniform(file, "lif1.lif/r");
    H5Fclose(file);
}

/* One neuron's step: updates v and i from x and returns what is seen of it in this step. last is that of the step
 * before. */
typedef double neuron_rule(const struct layer *layer, double *v, double *i, double x);

/* z = [V > thr]; V -= z thr; I = a I + x; V = b V + I. What is seen is z, which belongs to the step before. */
static double spyx(const struct layer *layer, double *v, double *i, double x)
{
    double z = *v > 1;

    *v -= z;
    *i = (1 - layer->synapse) * *i + x;
    *v = (1 - layer->membrane) * *v + *i;
    return z;
}

/* isyn = (isyn + x) e^(-dt/tau_syn); v = v e^(-dt/tau_mem) + isyn; floor(v / thr) spikes. */
static double rockpool(const struct layer *layer, double *v, double *i, double x)
{
    *i = (*i + x) * exp(-layer->synapse);
    *v = *v * exp(-layer->membrane) + *i;
    double spikes = *v >= 1 ? floor(*v) : 0;
    *v -= spikes;
    return spikes;
}

/* A Lowpass whose time constant gives back 1 - dt/tau_syn, then the exact membrane. */
static double nengo(const struct layer *layer, double *v, double *i, double x)
{
    double tau = -1 / log(1 - layer->synapse), lost = exp(-layer->membrane);

    *i = exp(-1 / tau) * *i + (1 - exp(-1 / tau)) * layer->w_in * x;
    *v = lost * *v + (1 - lost) * layer->r * *i;
    double spikes = *v > 1;
    if (spikes != 0)
        *v = 0;
    return spikes;
}

static double euler_zero(const struct layer *layer, double *v, double *i, double x)
{
    *i = (1 - layer->synapse) * *i + layer->synapse * layer->w_in * x;
    *v = (1 - layer->membrane) * *v + layer->membrane * layer->r * *i;
    double spikes = *v > 1;
    if (spikes != 0)
        *v = 0;
    return spikes;
}

/* Shifts the magnitude: towards zero. */
static int64_t shift(int64_t value)
{
    return value < 0 ? -(-value >> 12) : value >> 12;
}

/* 64-bit integers, S = 4096. */
static double lava_dl(const struct layer *layer, double *v, double *i, double x)
{
    int64_t du = (int64_t)(4096 * layer->synapse + 0.5), dv = (int64_t)(4096 * layer->membrane + 0.5);
    int64_t current = (int64_t)*i, membrane = (int64_t)*v;

    current = shift(current * (4096 - du)) + (int64_t)(4096 * x);
    membrane = shift(membrane * (4096 - dv)) + current;
    double spikes = membrane >= 4096;
    *i = (double)current;
    *v = spikes != 0 ? 0 : (double)membrane;
    return spikes;
}

/* scale: of the rule's v and i, which the oracle's must then equal (to 1e-8 where they are no integers).
 * recurrent_now: a neuron's x has what it and the others show in this very step (the rule then shows the spikes of the
 * step before), not what they showed in the last. lag: steps by which the input comes late. */
static void compare_layer(const char *profile, const char *network, bool biased, neuron_rule *rule, double scale,
                          bool drop_bias, bool recurrent_now, size_t lag)
{
    double *input = read_csv("foreign/paper/braille_ds_test0_input_256x12.csv", BRAILLE_STEPS, BRAILLE_INPUTS);
    double v[HIDDEN_MAX] = {0}, i[HIDDEN_MAX] = {0}, shown[HIDDEN_MAX] = {0}, next[HIDDEN_MAX];
    static struct layer layer;
    struct subject subject;
    size_t hidden = 0, mismatches = 0, spikes = 0;
    double slack = scale == 1 ? 1e-8 : 0;

    read_layer(&layer, network, biased);
    open_profile(&subject, network, profile_options(profile));
    while (subject.graph.nodes[hidden].type != NODE_CUBA_LIF ||
           float_network_size(subject.network, hidden) != layer.neurons)
        hidden++;
    for (size_t step = 0; step < BRAILLE_STEPS; step++) {
        const double *pointers[] = {input + step * BRAILLE_INPUTS};
        for (size_t neuron = 0; recurrent_now && neuron < layer.neurons; neuron++)
            shown[neuron] = v[neuron] > 1;
        for (size_t neuron = 0; neuron < layer.neurons; neuron++) {
            double x = layer.bias[neuron], back = drop_bias ? 0 : layer.recurrent_bias[neuron];
            for (size_t tap = 0; step >= lag && tap < BRAILLE_INPUTS; tap++)
                x += layer.input[neuron][tap] * input[(step - lag) * BRAILLE_INPUTS + tap];
            for (size_t source = 0; source < layer.neurons; source++)
                back += layer.recurrent[neuron][source] * shown[source];
            next[neuron] = rule(&layer, &v[neuron], &i[neuron], x + back);
        }
        memcpy(shown, next, sizeof shown);
        float_network_step(subject.network, pointers);
        for (size_t neuron = 0; neuron < layer.neurons; neuron++) {
            mismatches += float_network_output(subject.network, hidden)[neuron] != shown[neuron];
            spikes += shown[neuron] != 0;
            double got_v = scale * float_network_membrane(subject.network, hidden)[neuron];
            double got_i = scale * float_network_current(subject.network, hidden)[neuron];
            cr_assert(fabs(got_v - v[neuron]) <= slack && fabs(got_i - i[neuron]) <= slack,
                      "%s, step %zu, neuron %zu: v %g, not %g; i %g, not %g", profile, step, neuron, got_v, v[neuron],
                      got_i, i[neuron]);
        }
    }
    cr_expect_eq(mismatches, 0, "%s, %s: %zu of %zu differ", profile, network, mismatches,
                 BRAILLE_STEPS * layer.neurons);
    cr_expect_gt(spikes, 50, "%s, %s: %zu spikes", profile, network, spikes);
    close_subject(&subject);
    free(input);
}

Test(profile_equations, spyx)
{
    compare_layer("spyx", zero_network, true, spyx, 1, false, true, 0);
    compare_layer("spyx", subtract_network, false, spyx, 1, false, true, 0);
}

Test(profile_equations, rockpool)
{
    compare_layer("rockpool", zero_network, true, rockpool, 1, true, false, 0);
    compare_layer("rockpool", subtract_network, false, rockpool, 1, true, false, 0);
}

Test(profile_equations, nengo)
{
    compare_layer("nengo", zero_network, true, nengo, 1, false, false, 0);
    compare_layer("nengo", subtract_network, false, nengo, 1, false, false, 0);
}

Test(profile_equations, lava)
{
    compare_layer("lava", zero_network, true, euler_zero, 1, false, false, 1);
    compare_layer("lava", subtract_network, false, euler_zero, 1, false, false, 1);
}

Test(profile_equations, lava_dl)
{
    compare_layer("lava-dl", zero_network, true, lava_dl, 4096, true, false, 0);
    compare_layer("lava-dl", subtract_network, false, lava_dl, 4096, true, false, 0);
}

/* Late reset of a LIF: z = [V > thr]; V = b V + x dt/tau - z thr, so V is seen above its threshold for a step. */
Test(profile_equations, spyx_membrane)
{
    double *rows = read_csv("foreign/paper/lif_norse.csv", LIF_STEPS, 3), v = 0, above = 0;
    struct subject subject;

    open_profile(&subject, "foreign/nir/neuromorphs_NIR__lif_norse.nir", profile_options("spyx"));
    size_t neuron = find_type(&subject, NODE_LIF), output = find_type(&subject, NODE_OUTPUT);
    double ratio = 1e-4 / node_value(&subject.graph.nodes[neuron], "tau", 0);
    double threshold = node_value(&subject.graph.nodes[neuron], "v_threshold", 0);
    for (size_t step = 0; step < LIF_STEPS; step++) {
        double x = rows[3 * step] != 0, z = v > threshold;
        const double *pointers[] = {&x};
        float_network_step(subject.network, pointers);
        v = (1 - ratio) * v + ratio * x - z * threshold;
        cr_assert_float_eq(float_network_membrane(subject.network, neuron)[0], v, 5e-8, "step %zu", step);
        cr_assert_eq(float_network_output(subject.network, output)[0], z, "step %zu", step);
        above += v > threshold;
    }
    cr_expect_eq(above, 4);
    close_subject(&subject);
    free(rows);
}

/* A network of shared/own/micro, input to linear node l to neurons a, and what the tests read of it. */
struct micro {
    struct subject subject;
    struct recording given;
    const struct node *linear;
    const struct node *neurons;
    size_t node;
    double x[64]; /* what l sends in this step, with the input times boost */
};

static void open_micro(struct micro *micro, const char *name, struct options options)
{
    char network[NAME_BYTES], data[NAME_BYTES];

    snprintf(network, sizeof network, "own/micro/%s.nir", name);
    snprintf(data, sizeof data, "own/micro/%s.h5", name);
    if (!shared_data(network) || !shared_data(data))
        cr_skip_test("the shared micro networks are not on this machine");
    read_recording(&micro->given, shared_data(data), 1);
    options.dt = micro->given.dt;
    open_subject(&micro->subject, shared_data(network), &options);
    micro->linear = &micro->subject.graph.nodes[find_node(&micro->subject.graph, "l")];
    micro->node = find_node(&micro->subject.graph, "a");
    micro->neurons = &micro->subject.graph.nodes[micro->node];
}

static void step_micro(struct micro *micro, size_t step, double boost)
{
    const struct tensor *weight = &node_parameter(micro->linear, "weight")->tensor;
    const struct parameter *bias = node_parameter(micro->linear, "bias");
    double input[64];
    const double *pointers[] = {input};

    for (size_t column = 0; column < weight->size[1]; column++)
        input[column] = boost * micro->given.series[0].data[step * weight->size[1] + column];
    for (size_t neuron = 0; neuron < weight->size[0]; neuron++) {
        micro->x[neuron] = bias && bias->present ? bias->tensor.data[neuron] : 0;
        for (size_t column = 0; column < weight->size[1]; column++)
            micro->x[neuron] += weight->data[neuron * weight->size[1] + column] * input[column];
    }
    float_network_step(micro->subject.network, pointers);
}

static double parameter(const struct micro *micro, const char *name, size_t neuron)
{
    return node_value(micro->neurons, name, neuron);
}

static void close_micro(struct micro *micro)
{
    close_subject(&micro->subject);
    free_recording(&micro->given);
}

/* IF in Sinabs: v += x, floor(v / thr) spikes are taken off, and v does not fall below -thr. */
Test(profile_equations, sinabs_integrator)
{
    double v[64] = {0};
    size_t several = 0, floored = 0;
    struct micro micro;

    open_micro(&micro, "if", profile_options("sinabs"));
    for (size_t step = 0; step < micro.given.series[0].steps; step++) {
        step_micro(&micro, step, 3);
        for (size_t neuron = 0; neuron < float_network_size(micro.subject.network, micro.node); neuron++) {
            double threshold = parameter(&micro, "v_threshold", neuron);
            v[neuron] += micro.x[neuron];
            double spikes = v[neuron] >= threshold ? floor(v[neuron] / threshold) : 0;
            v[neuron] -= spikes * threshold;
            floored += v[neuron] < -threshold;
            v[neuron] = fmax(v[neuron], -threshold);
            several += spikes > 1;
            cr_assert_eq(float_network_output(micro.subject.network, micro.node)[neuron], spikes, "step %zu", step);
            cr_assert_float_eq(float_network_membrane(micro.subject.network, micro.node)[neuron], v[neuron], 1e-9);
        }
    }
    cr_expect(several > 5 && floored > 5, "%zu and %zu", several, floored);
    close_micro(&micro);
}

/* With a strict comparison a neuron fires as often as v stays above that many thresholds: twice for v in (2, 3]. */
Test(profile_equations, strict_multiple_spikes)
{
    struct options options = options_default();
    double v[64] = {0};
    struct micro micro;

    options.spikes = SPIKES_MULTI;
    options.reset = RESET_SUBTRACT;
    open_micro(&micro, "if_exact_tie", options);
    size_t ties = 0, several = 0;
    for (size_t step = 0; step < micro.given.series[0].steps; step++) {
        step_micro(&micro, step, 16);
        for (size_t neuron = 0; neuron < float_network_size(micro.subject.network, micro.node); neuron++) {
            double threshold = parameter(&micro, "v_threshold", neuron), spikes = 0;
            v[neuron] += micro.given.dt * parameter(&micro, "r", neuron) * micro.x[neuron];
            for (double left = v[neuron]; left > threshold; left -= threshold)
                spikes++;
            ties += v[neuron] == (spikes + 1) * threshold;
            v[neuron] -= spikes * threshold;
            several += spikes > 1;
            cr_assert_eq(float_network_output(micro.subject.network, micro.node)[neuron], spikes, "step %zu", step);
        }
    }
    cr_expect(ties > 0 && several > 0, "%zu and %zu", ties, several);
    close_micro(&micro);
}

/* LIF in Norse: v += dt/tau ((v_leak - v) + x), whatever r is; in Rockpool v_leak is a bias. */
Test(profile_equations, leaks_of_lif)
{
    double v[64] = {0}, w[64] = {0};
    struct micro norse, rockpool;

    open_micro(&norse, "lif", profile_options("norse"));
    open_micro(&rockpool, "lif", profile_options("rockpool"));
    for (size_t step = 0; step < norse.given.series[0].steps; step++) {
        step_micro(&norse, step, 1);
        step_micro(&rockpool, step, 1);
        for (size_t neuron = 0; neuron < float_network_size(norse.subject.network, norse.node); neuron++) {
            double ratio = 1e-3 / parameter(&norse, "tau", neuron), leak = parameter(&norse, "v_leak", neuron);
            double threshold = parameter(&norse, "v_threshold", neuron), r = parameter(&norse, "r", neuron);
            v[neuron] += ratio * ((leak - v[neuron]) + norse.x[neuron]);
            v[neuron] = v[neuron] > threshold ? 0 : v[neuron];
            w[neuron] = exp(-ratio) * w[neuron] + ratio * r * rockpool.x[neuron] + leak;
            w[neuron] -= w[neuron] >= threshold ? floor(w[neuron] / threshold) * threshold : 0;
            cr_assert_float_eq(float_network_membrane(norse.subject.network, norse.node)[neuron], v[neuron], 1e-9);
            cr_assert_float_eq(float_network_membrane(rockpool.subject.network, rockpool.node)[neuron], w[neuron],
                               1e-9);
        }
    }
    close_micro(&norse);
    close_micro(&rockpool);
}

/* CubaLIF in Norse: the current too goes to v_leak, and keeps its gain; Spyx knows no v_leak. */
Test(profile_equations, leaks_of_cuba)
{
    double v[64] = {0}, i[64] = {0}, w[64] = {0}, j[64] = {0};
    struct micro norse, spyx;

    open_micro(&norse, "cubalif", profile_options("norse"));
    open_micro(&spyx, "cubalif", profile_options("spyx"));
    for (size_t step = 0; step < norse.given.series[0].steps; step++) {
        step_micro(&norse, step, 1);
        step_micro(&spyx, step, 1);
        for (size_t neuron = 0; neuron < float_network_size(norse.subject.network, norse.node); neuron++) {
            double synapse = 1e-3 / parameter(&norse, "tau_syn", neuron), leak = parameter(&norse, "v_leak", neuron);
            double ratio = 1e-3 / parameter(&norse, "tau_mem", neuron), r = parameter(&norse, "r", neuron);
            double threshold = parameter(&norse, "v_threshold", neuron), w_in = parameter(&norse, "w_in", neuron);
            i[neuron] += synapse * (leak - i[neuron] + w_in * norse.x[neuron]);
            v[neuron] += ratio * (leak - v[neuron] + r * i[neuron]);
            v[neuron] = v[neuron] > threshold ? 0 : v[neuron];
            w[neuron] -= w[neuron] > threshold ? threshold : 0;
            j[neuron] = (1 - synapse) * j[neuron] + synapse * w_in * spyx.x[neuron];
            w[neuron] = (1 - ratio) * w[neuron] + ratio * r * j[neuron];
            cr_assert_float_eq(float_network_current(norse.subject.network, norse.node)[neuron], i[neuron], 1e-9);
            cr_assert_float_eq(float_network_membrane(norse.subject.network, norse.node)[neuron], v[neuron], 1e-9);
            cr_assert_float_eq(float_network_membrane(spyx.subject.network, spyx.node)[neuron], w[neuron], 1e-9);
        }
    }
    close_micro(&norse);
    close_micro(&spyx);
}
