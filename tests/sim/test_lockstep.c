/* ref equals sim: every output and every membrane at every step, on several arrays, for every network of the data
 * sets that the array runs and for random networks. */
#include "lockstep.h"
#include "subject.h"
#include "support.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <stdio.h>
#include <string.h>

static const char *const boards[] = { "sim-small", "sim-wide", "sim-sixteen", "sim-quad", "icebreaker" };
enum { BOARDS = sizeof boards / sizeof boards[0] };

static void compare(const char *network, const char *samples, const char *board, unsigned weight_bits, size_t limit,
                    bool whole_samples)
{
    static struct subject subject;
    char report[LOCKSTEP_REPORT_BYTES] = "";
    size_t activity = 0;

    subject_open(&subject, network, samples, board, weight_bits, limit);
    struct lockstep run = { .image = &subject.image,
                            .left = device_ref_open,
                            .right = device_sim_open,
                            .samples = subject.data.samples,
                            .steps = subject.data.steps,
                            .source = subject_step,
                            .self = &subject,
                            .whole_samples = whole_samples };
    cr_assert_eq(lockstep(&run, report, &activity), 0, "%s on %s, %u bit: %s", network, board, weight_bits, report);
    cr_assert_gt(activity, 0, "%s on %s: nothing happened", network, board);
    subject_close(&subject);
}

static const char *const micro[] = { "affine", "linear", "scale",   "flatten", "i",           "if",
                                     "li",     "lif",    "lif_hom", "if_exact_tie", "threshold", "lif_direct_current",
                                     "skip_identity", "skip_sum_same_lif", "nested_twice" };

ParameterizedTestParameters(lockstep, micro_networks)
{
    static int indices[sizeof micro / sizeof micro[0]];
    size_t count = sizeof micro / sizeof micro[0];

    for (size_t index = 0; index < count; index++)
        indices[index] = (int)index;
    return cr_make_param_array(int, indices, count);
}

ParameterizedTest(int *index, lockstep, micro_networks)
{
    char network[256], samples[256];

    snprintf(network, sizeof network, "own/micro/%s.nir", micro[*index]);
    snprintf(samples, sizeof samples, "own/micro/%s.h5", micro[*index]);
    if (!shared_data(network))
        cr_skip_test("the shared data sets are not here");
    for (unsigned board = 0; board < BOARDS; board++) {
        compare(shared_data(network), shared_data(samples), boards[board], 8, 0, false);
        compare(shared_data(network), shared_data(samples), boards[board], 4, 2, true);
    }
}

static void compare_trained(const char *name, size_t limit)
{
    char network[256], samples[256];

    snprintf(network, sizeof network, "%s/net.nir", name);
    snprintf(samples, sizeof samples, "%s/test.h5", name);
    if (!shared_data(network))
        cr_skip_test("the shared data sets are not here");
    for (unsigned board = 0; board < BOARDS; board++) {
        bool fits = strcmp(boards[board], "sim-small") != 0 || !strcmp(name, "derived/nets/d_ecg_li");
        if (!fits)
            continue;
        compare(shared_data(network), shared_data(samples), boards[board], 8, 1, false);
        compare(shared_data(network), shared_data(samples), boards[board], 4, limit, true);
    }
    compare(shared_data(network), shared_data(samples), "sim-large", 8, 1, true);
}

Test(lockstep, mnist_rate)
{
    compare_trained("own/nets/a_mnist_ff", 4);
}

Test(lockstep, mnist_latency)
{
    compare_trained("own/nets/a2_mnist_ff_latency", 4);
}

Test(lockstep, heart_beats)
{
    compare_trained("derived/nets/d_ecg_li", 1);
}

/* The project's own example, so that a machine without the data sets compares a trained network too. */
Test(lockstep, example)
{
    compare("examples/mnist/mnist.nir", "examples/mnist/digits.h5", "icebreaker", 8, 2, false);
}

enum { RANDOM_NETWORKS = 200, NETWORKS_A_TEST = 50 };

ParameterizedTestParameters(lockstep, random_networks)
{
    static int firsts[RANDOM_NETWORKS / NETWORKS_A_TEST];

    for (int index = 0; index < RANDOM_NETWORKS / NETWORKS_A_TEST; index++)
        firsts[index] = index * NETWORKS_A_TEST + 1;
    return cr_make_param_array(int, firsts, RANDOM_NETWORKS / NETWORKS_A_TEST);
}

ParameterizedTest(int *first, lockstep, random_networks)
{
    size_t activity = 0;

    for (int seed = *first; seed < *first + NETWORKS_A_TEST; seed++)
        activity += lockstep_random((uint64_t)seed, boards[seed % BOARDS], device_ref_open, device_sim_open, NULL);
    cr_assert_gt(activity, 0);
}
