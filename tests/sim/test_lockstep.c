/* ref equals sim: every output and every membrane at every step, on several arrays, for every network of the data
 * sets that the array runs and for random networks. */
#include "hardware.h"
#include "lockstep.h"
#include "random_network.h"
#include "subject.h"
#include "support.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <stdio.h>
#include <string.h>

static const char *const boards[] = { "sim-small", "sim-eight", "sim-quad", "icebreaker" };
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

/* Each seed is a network, its board and its inputs. */
struct random_subject {
    struct image image;
    struct input_range inputs[RANDOM_INPUTS_MAX];
    uint64_t state;
};

static void random_step(void *self, size_t sample, size_t step, const struct loom_buffer *inputs)
{
    struct random_subject *subject = self;

    (void)sample;
    (void)step;
    for (size_t input = 0; input < subject->image.input_count; input++) {
        size_t size = subject->image.populations[subject->image.inputs[input].population].size;
        if (inputs[input].spikes)
            random_spikes(&subject->state, inputs[input].spikes, size);
        else
            random_values(&subject->state, &subject->inputs[input], inputs[input].values, size);
    }
}

static size_t compare_random(uint64_t seed)
{
    struct arena arena = { 0 };
    struct network network = { .arena = &arena };
    struct random_subject subject = { .image = { .arena = &arena }, .state = seed };
    struct diagnostics diagnostics;
    char report[LOCKSTEP_REPORT_BYTES] = "";
    size_t activity = 0;
    const char *board = boards[seed % BOARDS];

    diagnostics_begin(&diagnostics, NULL);
    cr_assert_eq(random_network(&network, subject.inputs, &arena, seed), 0);
    cr_assert_eq(image_quantize(&subject.image, &network, subject.inputs, NULL, &diagnostics), 0, "seed %llu",
                 (unsigned long long)seed);
    cr_assert_eq(image_place(&subject.image, board_find(board), &diagnostics), 0, "seed %llu: %s",
                 (unsigned long long)seed,
                 diagnostics.count ? diagnostics.messages[diagnostics.count - 1].text : "");
    struct lockstep run = { .image = &subject.image,
                            .left = device_ref_open,
                            .right = device_sim_open,
                            .samples = 2,
                            .steps = 12,
                            .source = random_step,
                            .self = &subject };
    cr_assert_eq(lockstep(&run, report, &activity), 0, "seed %llu on %s: %s", (unsigned long long)seed, board, report);
    diagnostics_free(&diagnostics);
    arena_free(&arena);
    return activity;
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
        activity += compare_random((uint64_t)seed);
    cr_assert_gt(activity, 0);
}
