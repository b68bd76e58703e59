/* The float oracle against what independent float64 implementations computed for the shared networks: spikes must be
 * equal, values and membranes within 1e-9. */
#include "float_subject.h"

static const char *const micro[] = {
    "affine", "avgpool_k2", "avgpool_k3s2p1", "conv1d_groups2", "conv1d_s2p1d2", "conv1d_same", "conv2d_depthwise",
    "conv2d_rect", "conv2d_s2p1", "conv2d_same", "conv2d_valid", "cubali", "cubalif", "delay", "delay_frac", "flatten",
    "i", "if", "if_exact_tie", "li", "lif", "lif_delay_lif", "lif_direct_current", "lif_hom", "linear", "nested_twice",
    "rec_affine_bias", "rec_two_pop_loop", "scale", "skip_identity", "skip_sum_same_lif", "sumpool_k2",
    "sumpool_k3s2p1", "threshold", "two_in_two_out"};

static void compare_micro(const char *name, const char *suffix, struct options options)
{
    char paths[3][NAME_BYTES];
    const char *suffixes[] = {"nir", "h5", suffix};

    for (size_t index = 0; index < 3; index++) {
        char relative[NAME_BYTES / 2];
        snprintf(relative, sizeof relative, "own/micro/%s.%s", name, suffixes[index]);
        const char *path = shared_data(relative);
        if (!path)
            cr_skip_test("the shared micro networks are not on this machine");
        snprintf(paths[index], sizeof paths[index], "%s", path);
    }
    compare(paths[0], paths[1], paths[2], options, 0);
}

Test(float, micro_networks)
{
    for (size_t index = 0; index < sizeof micro / sizeof *micro; index++)
        compare_micro(micro[index], "expected.h5", options_default());
}

Test(float, micro_networks_with_old_current)
{
    struct options options = options_default();

    options.cuba_order = CUBA_OLD;
    compare_micro("cubali", "cuba_old.h5", options);
    compare_micro("cubalif", "cuba_old.h5", options);
    compare_micro("two_in_two_out", "cuba_old.h5", options);
}

static void compare_trained(const char *folder, size_t limit)
{
    char paths[3][NAME_BYTES];
    const char *files[] = {"net.nir", "test.h5", "expected.h5"};

    for (size_t index = 0; index < 3; index++) {
        char relative[NAME_BYTES / 2];
        snprintf(relative, sizeof relative, "%s/%s", folder, files[index]);
        const char *path = shared_data(relative);
        if (!path)
            cr_skip_test("the shared trained networks are not on this machine");
        snprintf(paths[index], sizeof paths[index], "%s", path);
    }
    compare(paths[0], paths[1], paths[2], options_default(), limit);
}

Test(float, mnist_feed_forward)
{
    compare_trained("own/nets/a_mnist_ff", 40);
}

Test(float, mnist_latency)
{
    compare_trained("own/nets/a2_mnist_ff_latency", 40);
}

Test(float, mnist_convolution)
{
    compare_trained("own/nets/b_mnist_conv", 10);
}

Test(float, digits_skip_connection)
{
    compare_trained("own/nets/e2_digits_skip_cubali", 40);
}

Test(float, digits_average_pool)
{
    compare_trained("own/nets/e3_digits_conv_avgpool_I", 40);
}

Test(float, spoken_digits_recurrent)
{
    compare_trained("derived/nets/c_fsdd_rnn", 40);
}

Test(float, heart_beats)
{
    compare_trained("derived/nets/d_ecg_li", 6);
}

Test(float, spoken_digits_delay)
{
    compare_trained("derived/nets/e1_fsdd_conv1d_delay", 40);
}

Test(float, spoken_digits_nested)
{
    compare_trained("derived/nets/e4_fsdd_nested_rnn_li", 40);
}

/* Output spike counts of the recurrent network under the options that NIR leaves open. */
static void compare_counts(const char *dataset, struct options options)
{
    const char *network = shared_data("derived/nets/c_fsdd_rnn/net.nir");
    const char *inputs = shared_data("derived/nets/c_fsdd_rnn/test.h5");
    const char *expected = shared_data("derived/nets/c_fsdd_rnn/expected.h5");
    struct recording given;
    struct subject subject;
    size_t sizes[3];

    if (!network || !inputs || !expected)
        cr_skip_test("the shared recurrent network is not on this machine");
    hid_t file = H5Fopen(expected, H5F_ACC_RDONLY, H5P_DEFAULT);
    double *counts = read_dataset(file, dataset, 100, sizes);
    H5Fclose(file);
    read_recording(&given, inputs, sizes[0]);
    options.dt = given.dt;
    open_subject(&subject, network, &options);
    size_t output = find_node(&subject.graph, "output");
    for (size_t sample = 0; sample < sizes[0]; sample++) {
        double got[64] = {0};
        cr_assert(sizes[1] <= 64);
        float_network_reset(subject.network);
        for (size_t step = 0; step < given.series[0].steps; step++) {
            run_step(&subject, &given, sample, step);
            for (size_t neuron = 0; neuron < sizes[1]; neuron++)
                got[neuron] += float_network_output(subject.network, output)[neuron];
        }
        for (size_t neuron = 0; neuron < sizes[1]; neuron++)
            cr_assert_eq(got[neuron], counts[sample * sizes[1] + neuron], "%s, sample %zu, neuron %zu", dataset, sample,
                         neuron);
    }
    close_subject(&subject);
    free_recording(&given);
    free(counts);
}

Test(float, recurrent_bias_next)
{
    struct options options = options_default();

    options.recurrent_bias = RECURRENT_BIAS_NEXT;
    compare_counts("counts_recurrent_bias_next", options);
}

Test(float, cuba_order_old)
{
    struct options options = options_default();

    options.cuba_order = CUBA_OLD;
    compare_counts("counts_cuba_order_old", options);
}

static void compare_published(const char *name, const char *expected, struct options options)
{
    char relative[2][NAME_BYTES / 2];

    snprintf(relative[0], sizeof relative[0], "foreign/runs/%s.nir", name);
    snprintf(relative[1], sizeof relative[1], "foreign/runs/%s.h5", name);
    const char *network = shared_data(relative[0]), *inputs = shared_data(relative[1]), *wanted = shared_data(expected);
    if (!network || !inputs || !wanted)
        cr_skip_test("the published networks are not on this machine");
    compare(network, inputs, wanted, options, 2);
}

Test(float, published_networks)
{
    struct options options = options_default();

    compare_published("braille_bias_zero", "foreign/runs/braille_bias_zero.expected.h5", options);
    compare_published("braille_bias_zero_subgraph", "foreign/runs/braille_bias_zero_subgraph.expected.h5", options);
    compare_published("braille_noBias_subtract", "foreign/runs/braille_noBias_subtract.expected.h5", options);
    compare_published("lif_norse", "foreign/runs/lif_norse.expected.h5", options);
    compare_published("two_lif_neurons", "foreign/runs/two_lif_neurons.expected.h5", options);
    compare_published("nir_paper_cnn_sinabs", "foreign/runs/nir_paper_cnn_sinabs.expected.h5", options);
    options.recurrent_bias = RECURRENT_BIAS_NEXT;
    compare_published("braille_bias_zero", "foreign/runs/braille_bias_zero.recurrent_bias_next.h5", options);
    compare_published("braille_bias_zero_subgraph", "foreign/runs/braille_bias_zero_subgraph.recurrent_bias_next.h5",
                      options);
}
