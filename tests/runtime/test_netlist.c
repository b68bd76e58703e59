/* The synthesised netlist is the RTL: the same spikes, membranes and cycles. */
#include "device.h"
#include "lockstep.h"
#include "subject.h"
#include "support.h"

#include <criterion/criterion.h>
#include <string.h>

static const char netlist[] = "build/netlist/sim_small.so";

static uint64_t cycles_of(struct subject *subject, device_opener open, const char *argument)
{
    struct device *device;
    char error[DEVICE_ERROR_BYTES];
    const struct image *image = &subject->image;
    uint8_t spikes[256] = { 0 }, outputs[256];
    struct loom_buffer input = { .spikes = spikes }, output = { .spikes = outputs };

    cr_assert_eq(open(&device, image, argument, error), LOOM_OK, "%s", error);
    for (size_t step = 0; step < subject->data.steps; step++) {
        subject_step(subject, 0, step, &input);
        cr_assert_eq(device->operations->run(device, 1, &input, &output), LOOM_OK, "%s", device->error);
    }
    uint64_t cycles = device->counters.cycles;
    device->operations->close(device);
    return cycles;
}

static void compare(const char *network, const char *samples)
{
    static struct subject subject;
    char report[LOCKSTEP_REPORT_BYTES] = "";
    size_t activity = 0;

    if (!shared_data(network))
        cr_skip_test("the shared data sets are not here");
    subject_open(&subject, shared_data(network), shared_data(samples), "sim-small", 8, 1);
    struct lockstep run = { .image = &subject.image,
                            .left = device_sim_open,
                            .right = device_netlist_open,
                            .right_argument = netlist,
                            .samples = 1,
                            .steps = subject.data.steps,
                            .source = subject_step,
                            .self = &subject };
    cr_assert_eq(lockstep(&run, report, &activity), 0, "%s: %s", network, report);
    cr_assert_gt(activity, 0);
    if (!subject.image.populations[subject.image.inputs[0].population].graded) {
        uint64_t cycles = cycles_of(&subject, device_sim_open, NULL);
        cr_assert_gt(cycles, 0);
        cr_assert_eq(cycles, cycles_of(&subject, device_netlist_open, netlist), "%s: the netlist's cycles differ",
                     network);
    }
    subject_close(&subject);
}

Test(netlist, equals_sim_on_spikes, .timeout = 120)
{
    compare("own/micro/lif.nir", "own/micro/lif.h5");
}

Test(netlist, equals_sim_on_values, .timeout = 120)
{
    compare("own/micro/lif_direct_current.nir", "own/micro/lif_direct_current.h5");
}

Test(netlist, equals_ref_on_random_networks, .timeout = 300)
{
    size_t activity = 0;

    unsigned placed = 0;

    for (uint64_t seed = 1; seed <= 8; seed++)
        placed += lockstep_random(seed, "sim-small", device_ref_open, device_netlist_open, netlist, &activity);
    cr_assert_geq(placed, 4);
    cr_assert_gt(activity, 0);
}

Test(netlist, missing_object_is_an_error_with_a_remedy)
{
    struct image image = { .board = "sim-small" };
    struct device *device;
    char error[DEVICE_ERROR_BYTES];

    cr_assert_eq(device_netlist_open(&device, &image, "build/netlist/none.so", error), LOOM_BAD_ARGUMENT);
    cr_assert_null(device);
    cr_assert_neq(strstr(error, "make netlist"), NULL, "%s", error);
}
