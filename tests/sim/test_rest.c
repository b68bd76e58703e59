/* Operations that the array leaves out because nothing would change: bursts of input between long silences, in which
 * populations come to rest and are woken again, against the integer model, which knows nothing of rest. */
#include "subject.h"
#include "support.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

enum { PERIOD = 60, BURST = 3, STEPS = 3 * PERIOD };

/* The data's steps in a burst, nothing between. The second burst comes when a few membranes may still move. */
static void bursts(void *self, size_t sample, size_t step, const struct loom_buffer *inputs)
{
    const struct subject *subject = self;
    size_t within = step < 2 * PERIOD ? step % PERIOD : step % (PERIOD / 4);

    for (size_t input = 0; input < subject->image.input_count; input++) {
        size_t size = subject->image.populations[subject->image.inputs[input].population].size;
        if (within < BURST)
            continue;
        if (inputs[input].spikes)
            memset(inputs[input].spikes, 0, size);
        else
            memset(inputs[input].values, 0, size * sizeof *inputs[input].values);
    }
    if (within < BURST)
        subject_step(self, sample, step % subject->data.steps, inputs);
}

static void compare(const char *network, const char *samples, const char *board)
{
    static struct subject subject;
    char report[LOCKSTEP_REPORT_BYTES] = "";
    size_t activity = 0;

    if (!subject_fits(&subject, network, samples, board, 8, 1)) {
        subject_close(&subject);
        return;
    }
    for (int whole = 0; whole < 2; whole++) {
        struct lockstep run = { .image = &subject.image, .left = device_ref_open, .right = device_sim_open, .samples = 1,
                                .steps = STEPS, .source = bursts, .self = &subject, .whole_samples = whole };
        cr_expect_eq(lockstep(&run, report, &activity), 0, "%s on %s: %s", network, board, report);
    }
    cr_expect_gt(activity, 0, "%s", network);
    subject_close(&subject);
}

Test(rest, micro_networks, .timeout = 300)
{
    static const char *const names[] = { "affine", "conv2d_same", "cubali", "cubalif", "delay", "if_channels", "rec_self",
                                         "rec_two_pop_loop", "rec_li_loop", "lif_delay_lif", "lif", "li", "threshold" };

    for (size_t index = 0; index < sizeof names / sizeof *names; index++) {
        char network[128], samples[128];
        snprintf(network, sizeof network, "tests/micro/%s.nir", names[index]);
        snprintf(samples, sizeof samples, "tests/micro/%s.h5", names[index]);
        compare(network, samples, "icebreaker");
        compare(network, samples, "sim-small");
        compare(network, samples, "sim-quad");
    }
}

Test(rest, example, .timeout = 120)
{
    compare("examples/mnist/mnist.nir", "examples/mnist/digits.h5", "icebreaker");
    compare("examples/mnist/mnist.nir", "examples/mnist/digits.h5", "sim-quad");
}

/* A step of silence at rest: 49 words of inputs are scanned (56 cycles with dispatch), two UPDATEs and the ACCUMULATE between
 * are left out (2 each), a SEND of a word (7), END, STEP and their ways (14 at most). One of its UPDATEs alone would add 41. */
Test(rest, costs_nothing, .timeout = 60)
{
    static struct subject subject;
    char error[DEVICE_ERROR_BYTES] = "";
    struct device *device;
    enum { SILENT = 240, MEASURED = 16 };
    static uint8_t inputs[SILENT * 784], outputs[SILENT * 10];
    struct loom_buffer in = { .spikes = inputs }, out = { .spikes = outputs };

    subject_open(&subject, "examples/mnist/mnist.nir", "examples/mnist/digits.h5", "icebreaker", 8, 1);
    cr_assert_eq(device_sim_open(&device, &subject.image, NULL, error), LOOM_OK, "%s", error);
    cr_assert_eq(device->operations->reset(device), LOOM_OK);
    for (size_t step = 0; step < 3; step++) {
        struct loom_buffer now = { .spikes = inputs + step * 784 };
        subject_step(&subject, 0, step, &now);
    }
    cr_assert_eq(device->operations->run(device, SILENT, &in, &out), LOOM_OK, "%s", device->error);
    uint64_t before = device->counters.cycles;
    memset(inputs, 0, sizeof inputs);
    cr_assert_eq(device->operations->run(device, MEASURED, &in, &out), LOOM_OK, "%s", device->error);
    uint64_t cycles = device->counters.cycles - before;
    cr_expect_leq(cycles, MEASURED * (56 + 3 * 2 + 7 + 14), "%llu cycles", (unsigned long long)cycles);
    device->operations->close(device);
    subject_close(&subject);
}
