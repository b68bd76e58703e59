/* Predicted cycles against the cycle counter of the simulated array, on trained networks with their own test data. */
#include "hardware.h"
#include "predict.h"
#include "subject.h"
#include "support.h"

#include <criterion/criterion.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Cycles of a simulated array, a sample after the other from reset. */
static uint64_t measure(const struct subject *subject)
{
    struct loom_buffer inputs[8] = {0}, outputs[8] = {0};
    char error[DEVICE_ERROR_BYTES] = "";
    struct device *device;
    uint64_t cycles = 0;
    size_t steps = subject->data.steps;

    cr_assert(subject->image.input_count <= 8 && subject->image.output_count <= 8);
    cr_assert_eq(device_sim_open(&device, &subject->image, NULL, error), LOOM_OK, "%s", error);
    for (size_t output = 0; output < subject->image.output_count; output++) {
        const struct image_population *from = &subject->image.populations[subject->image.outputs[output].population];
        if (from->graded)
            outputs[output].values = calloc(steps * from->size, sizeof(double));
        else
            outputs[output].spikes = calloc(steps * from->size, 1);
    }
    for (size_t sample = 0; sample < subject->data.samples; sample++) {
        for (size_t input = 0; input < subject->image.input_count; input++) {
            const struct data_series *series = data_find(&subject->data, subject->image.inputs[input].name, NULL);
            size_t first = sample * steps * series->neurons;
            inputs[input].spikes = series->spikes ? series->spikes + first : NULL;
            inputs[input].values = series->values ? series->values + first : NULL;
        }
        cr_assert_eq(device->operations->reset(device), LOOM_OK);
        cr_assert_eq(device->operations->run(device, steps, inputs, outputs), LOOM_OK);
        cycles += device->counters.cycles;
    }
    for (size_t output = 0; output < subject->image.output_count; output++) {
        free(outputs[output].values);
        free(outputs[output].spikes);
    }
    device->operations->close(device);
    return cycles;
}

static void check(const char *network, const char *samples, const char *board, unsigned bits, size_t count, double bound)
{
    static struct subject subject;
    struct prediction prediction;

    if (!subject_fits(&subject, network, samples, board, bits, count)) {
        subject_close(&subject);
        return;
    }
    size_t samples_run = subject.data.samples;
    cr_assert_eq(predict_samples(&prediction, &subject.image, &subject.data, 0, samples_run, UINT64_MAX), 0);
    cr_assert_eq(prediction.samples, samples_run);
    double measured = (double)measure(&subject), predicted = (double)prediction.cycles;
    double steps = (double)(subject.data.samples * subject.data.steps), off = 100 * (predicted / measured - 1);
    cr_expect_leq(fabs(off), bound, "%s on %s, %u bits: predicted %.2f cycles a step, measured %.2f, off by %.3f %%",
                  network, board, bits, predicted / steps, measured / steps, off);
    predict_free(&prediction);
    subject_close(&subject);
}

static const struct {
    const char *name;
    unsigned bits;
} arrays[] = {{"icebreaker", 8}, {"sim-sixteen", 4}, {"sim-quad", 8}};

/* Per cent that a prediction may be off. One core is followed to the cycle, except where the link's frames are longer than
 * a step; several are with the link and the host beside them, but for the bytes that are escaped. */
static const double exact = 0.1, link_bound = 5, several_cores = 1, several_cores_link_bound = 3;

static void check_arrays(const char *network, const char *samples, size_t count, double bound)
{
    for (size_t array = 0; array < sizeof arrays / sizeof arrays[0]; array++) {
        bool several = board_find(arrays[array].name)->cores > 1;
        check(network, samples, arrays[array].name, arrays[array].bits, count, several ? several_cores : bound);
    }
}

static void check_net(const char *folder, size_t count, double bound)
{
    char network[PATH_MAX], samples[PATH_MAX], relative[PATH_MAX];

    snprintf(relative, sizeof relative, "%s/net.nir", folder);
    if (!shared_data(relative))
        cr_skip_test("the shared data sets are not here");
    snprintf(network, sizeof network, "%s", shared_data(relative));
    snprintf(relative, sizeof relative, "%s/test.h5", folder);
    snprintf(samples, sizeof samples, "%s", shared_data(relative));
    check_arrays(network, samples, count, bound);
}

#define CHECK_NET(test, folder, count, bound)   \
    Test(cost, test, .timeout = 120)            \
    {                                           \
        check_net(folder, count, bound);        \
    }

CHECK_NET(dense_rate_code, "own/nets/a_mnist_ff", 3, exact)
CHECK_NET(dense_latency_code, "own/nets/a2_mnist_ff_latency", 3, link_bound)
CHECK_NET(convolution, "own/nets/b_mnist_conv", 1, exact)
CHECK_NET(skip_and_currents, "own/nets/e2_digits_skip_cubali", 3, exact)
CHECK_NET(average_pool_readout, "own/nets/e3_digits_conv_avgpool_I", 3, exact)
CHECK_NET(recurrent_currents, "derived/nets/c_fsdd_rnn", 3, exact)
CHECK_NET(leaky_readout, "derived/nets/d_ecg_li", 2, exact)
CHECK_NET(convolution_1d_delay, "derived/nets/e1_fsdd_conv1d_delay", 3, exact)
CHECK_NET(nested_recurrent, "derived/nets/e4_fsdd_nested_rnn_li", 3, link_bound)

static void check_run(const char *name, size_t count, double bound)
{
    char network[PATH_MAX], samples[PATH_MAX], relative[PATH_MAX];

    snprintf(relative, sizeof relative, "foreign/runs/%s.nir", name);
    if (!shared_data(relative))
        cr_skip_test("the shared data sets are not here");
    snprintf(network, sizeof network, "%s", shared_data(relative));
    snprintf(samples, sizeof samples, "%.*s.h5", (int)strlen(network) - 4, network);
    check_arrays(network, samples, count, bound);
}

/* Steps of 140 cycles: as long as the frames that bring their inputs. */
Test(cost, braille, .timeout = 120)
{
    check_run("braille_noBias_subtract", 1, link_bound);
}

Test(cost, nmnist_convolution, .timeout = 300)
{
    check_run("nir_paper_cnn_sinabs", 1, exact);
}

/* In the tree: always there. */
Test(cost, example, .timeout = 120)
{
    check_arrays("examples/mnist/mnist.nir", "examples/mnist/digits.h5", 3, exact);
    check("examples/mnist/mnist.nir", "examples/mnist/digits.h5", "sim-large", 8, 3, several_cores_link_bound);
}

/* An array whose multipliers are slower: single and individual parameters, currents, values. */
Test(cost, multipliers_of_adders, .timeout = 120)
{
    static const char *const nets[] = {"own/nets/e2_digits_skip_cubali", "own/nets/e3_digits_conv_avgpool_I",
                                       "derived/nets/c_fsdd_rnn", "derived/nets/d_ecg_li"};

    for (size_t index = 0; index < sizeof nets / sizeof nets[0]; index++) {
        char network[PATH_MAX], samples[PATH_MAX], relative[PATH_MAX];

        snprintf(relative, sizeof relative, "%s/net.nir", nets[index]);
        if (!shared_data(relative))
            cr_skip_test("the shared data sets are not here");
        snprintf(network, sizeof network, "%s", shared_data(relative));
        snprintf(relative, sizeof relative, "%s/test.h5", nets[index]);
        snprintf(samples, sizeof samples, "%s", shared_data(relative));
        check(network, samples, "hx8k-b-evn", 8, 2, exact);
        check(network, samples, "hx8k-b-evn", 16, 2, exact);
    }
}

/* Every form that the array knows: delays, values, currents, pooling. Their steps are mostly shorter than the frames that bring
 * inputs and take outputs away, and those are what the bounds are for: for one core the model knows little of them. */
Test(cost, micro_networks, .timeout = 300)
{
    static const char *const names[] = {"affine",      "avgpool_k3s2p1", "conv1d_groups2",   "conv2d_rect",   "cubali",
                                        "cubalif",     "delay",          "i",                "if_channels",   "input_output",
                                        "lif",         "li_into_lif",    "lif_delay_lif",    "nested_twice",  "rec_affine_bias",
                                        "rec_li_loop", "scale",          "sumpool_k3s2p1",   "threshold",     "two_in_two_out"};

    for (size_t index = 0; index < sizeof names / sizeof names[0]; index++) {
        char network[PATH_MAX], samples[PATH_MAX];
        snprintf(network, sizeof network, "tests/micro/%s.nir", names[index]);
        snprintf(samples, sizeof samples, "tests/micro/%s.h5", names[index]);
        check(network, samples, "icebreaker", 8, 2, 17);
        check(network, samples, "sim-large", 8, 2, several_cores_link_bound);
    }
}
