/* The netlists after synthesis, after routing, and from the bitstream are the RTL: the same spikes, membranes and
 * cycles. */
#include "device.h"
#include "lockstep.h"
#include "subject.h"
#include "support.h"

#include <criterion/criterion.h>
#include <string.h>
#include <unistd.h>

static const char *const netlists[] = { "build/netlist/sim_small.synthesis.so", "build/netlist/sim_small.routed.so",
                                        "build/netlist/sim_small.bitstream.so" };

enum { NETLISTS = sizeof netlists / sizeof netlists[0] };

static uint64_t cycles_of(struct subject *subject, device_opener open, const char *argument)
{
    struct device *device;
    char error[DEVICE_ERROR_BYTES];
    const struct image *image = &subject->image;
    uint8_t spikes[1024] = { 0 }, outputs[1024];
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

/* sim beside every netlist: outputs and states of every step, and the cycles of the whole sample. */
static void compare(const char *network, const char *samples, unsigned weight_bits)
{
    static struct subject subject;

    if (!network || !samples)
        cr_skip_test("the shared data sets are not here");
    subject_open(&subject, network, samples, "sim-small", weight_bits, 1);
    for (size_t index = 0; index < NETLISTS; index++) {
        char report[LOCKSTEP_REPORT_BYTES] = "";
        size_t activity = 0;
        struct lockstep run = { .image = &subject.image,
                                .left = device_sim_open,
                                .right = device_netlist_open,
                                .right_argument = netlists[index],
                                .samples = 1,
                                .steps = subject.data.steps,
                                .source = subject_step,
                                .self = &subject };

        cr_assert_eq(lockstep(&run, report, &activity), 0, "%s on %s: %s", network, netlists[index], report);
        cr_assert_gt(activity, 0);
        if (subject.image.populations[subject.image.inputs[0].population].graded)
            continue;
        uint64_t cycles = cycles_of(&subject, device_sim_open, NULL);
        cr_assert_gt(cycles, 0);
        cr_assert_eq(cycles, cycles_of(&subject, device_netlist_open, netlists[index]), "%s: cycles on %s differ",
                     network, netlists[index]);
    }
    subject_close(&subject);
}

Test(netlist, equals_sim_on_spikes, .timeout = 240)
{
    compare(shared_data("own/micro/lif.nir"), shared_data("own/micro/lif.h5"), 8);
}

Test(netlist, equals_sim_on_values, .timeout = 240)
{
    compare(shared_data("own/micro/lif_direct_current.nir"), shared_data("own/micro/lif_direct_current.h5"), 8);
}

Test(netlist, equals_sim_on_a_digit, .timeout = 600)
{
    compare("examples/mnist/mnist.nir", "examples/mnist/digits.h5", 4);
}

/* The bitstream of a whole board, behind its serial line in bits. */
Test(netlist, board_equals_sim, .timeout = 600)
{
    static const char board[] = "build/netlist/icebreaker.board.so";
    static struct subject subject;
    char report[LOCKSTEP_REPORT_BYTES] = "";
    size_t activity = 0;

    if (access(board, R_OK) != 0)
        cr_skip_test("the board's bitstream is not simulated here; `make netlist-board` makes it");
    if (!shared_data("own/micro/lif.nir"))
        cr_skip_test("the shared data sets are not here");
    subject_open(&subject, shared_data("own/micro/lif.nir"), shared_data("own/micro/lif.h5"), "icebreaker", 8, 1);
    struct lockstep run = { .image = &subject.image,
                            .left = device_sim_open,
                            .right = device_netlist_open,
                            .right_argument = board,
                            .samples = 1,
                            .steps = subject.data.steps,
                            .source = subject_step,
                            .self = &subject,
                            .whole_samples = true };
    cr_assert_eq(lockstep(&run, report, &activity), 0, "%s", report);
    cr_assert_gt(activity, 0);
    cr_assert_eq(cycles_of(&subject, device_sim_open, NULL), cycles_of(&subject, device_netlist_open, board));
    subject_close(&subject);
}

/* Every third network on a netlist. */
Test(netlist, equals_ref_on_random_networks, .timeout = 600)
{
    size_t activity = 0;
    unsigned placed = 0;

    for (uint64_t seed = 1; seed <= 8; seed++)
        placed += lockstep_random(seed, "sim-small", device_ref_open, device_netlist_open, netlists[seed % NETLISTS],
                                  &activity);
    cr_assert_geq(placed, 4);
    cr_assert_gt(activity, 0);
}

Test(netlist, kinds_by_name)
{
    cr_assert_str_eq(device_netlist_kind("netlist"), "synthesis");
    cr_assert_str_eq(device_netlist_kind("netlist:synthesis"), "synthesis");
    cr_assert_str_eq(device_netlist_kind("netlist:routed"), "routed");
    cr_assert_str_eq(device_netlist_kind("netlist:bitstream"), "bitstream");
    cr_assert_str_eq(device_netlist_kind("netlist:board"), "board");
    cr_assert_null(device_netlist_kind("netlist:"));
    cr_assert_null(device_netlist_kind("netlist:gates"));
    cr_assert_null(device_netlist_kind("netlists"));
    cr_assert_null(device_netlist_kind("sim"));
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
