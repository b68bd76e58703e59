/* One network, many mappings: arrays of other cores, lanes and memories, with and without --pipeline on, which also puts a core's
 * slices in another order. Every output spike must be that of the integer network, whatever the mapping. */
#include "diagnostics.h"
#include "hardware.h"
#include "place.h"
#include "subject.h"
#include "support.h"

#include <criterion/criterion.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const all_boards[] = { "icebreaker", "sim-sixteen", "sim-wide", "sim-quad", "sim-large" };

/* Output spikes of one sample from reset, (steps, neurons); the caller's to free. */
static uint8_t *run(const struct subject *subject, device_opener open, size_t *count)
{
    char error[DEVICE_ERROR_BYTES] = "";
    struct device *device;
    size_t size = subject->image.populations[subject->image.outputs[0].population].size;
    struct loom_buffer input = { .spikes = data_find(&subject->data, subject->image.inputs[0].name, NULL)->spikes };
    struct loom_buffer output = { .spikes = calloc(subject->data.steps, size) };

    *count = subject->data.steps * size;
    cr_assert_eq(open(&device, &subject->image, NULL, error), LOOM_OK, "%s", error);
    cr_assert_eq(device->operations->reset(device), LOOM_OK);
    cr_assert_eq(device->operations->run(device, subject->data.steps, &input, &output), LOOM_OK, "%s", device->error);
    device->operations->close(device);
    return output.spikes;
}

/* Cores that have a part of the network. */
static size_t count_cores(const struct image *image)
{
    size_t count = 0;

    for (unsigned core = 0; core < board_find(image->board)->cores; core++)
        for (size_t slice = 0; slice < image->slice_count; slice++)
            if (image->slices[slice].core == core) {
                count++;
                break;
            }
    return count;
}

/* Returns the most cores that had a part of it. */
static size_t check(const char *network, const char *samples, const char *const *boards, size_t board_count)
{
    uint8_t *expected = NULL;
    size_t count = 0, mappings = 0, fired = 0, cores = 0;

    for (size_t board = 0; board < board_count; board++) {
        for (unsigned pipeline = 0; pipeline < 2; pipeline++) {
            struct diagnostics diagnostics;
            struct subject subject;

            subject_open(&subject, network, samples, boards[board], 8, 1);
            diagnostics_begin(&diagnostics, network);
            subject.image.options.pipeline = pipeline ? PIPELINE_ON : PIPELINE_OFF;
            cr_assert_eq(image_place(&subject.image, board_find(boards[board]), &diagnostics), 0);
            if (!expected)
                expected = run(&subject, device_ref_open, &count);
            uint8_t *spikes = run(&subject, device_sim_open_stored, &count);
            cr_expect_arr_eq(spikes, expected, count, "%s on %s, pipeline %u", network, boards[board], pipeline);
            mappings += subject.image.stage_count > 1;
            cores = count_cores(&subject.image) > cores ? count_cores(&subject.image) : cores;
            free(spikes);
            diagnostics_free(&diagnostics);
            subject_close(&subject);
        }
    }
    for (size_t spike = 0; spike < count; spike++)
        fired += expected[spike];
    cr_expect_gt(fired, 0, "%s: nothing fires, so nothing was compared", network);
    cr_expect_gt(mappings, 0, "%s: no mapping has stages", network);
    free(expected);
    return cores;
}

static void check_all(const char *network, const char *samples)
{
    check(network, samples, all_boards, sizeof all_boards / sizeof all_boards[0]);
}

Test(mappings, dense, .timeout = 300)
{
    check_all("examples/mnist/mnist.nir", "examples/mnist/digits.h5");
}

Test(mappings, nested, .timeout = 300)
{
    check_all("tests/micro/nested_twice.nir", "tests/micro/nested_twice.h5");
}

/* Two layers of 256 rows, a row of each on every core, behind 257 stations. */
Test(mappings, cores_256, .timeout = 600)
{
    static const char *const many[] = { "sim-many" };
    char network[PATH_MAX], samples[PATH_MAX], *output;
    const char *folder = temporary_path("rows");

    cr_assert_eq(run_command(&output, "mkdir %s && build/scaling %s rows", folder, folder), 0, "%s", output);
    free(output);
    snprintf(network, sizeof network, "%s/rows.nir", folder);
    snprintf(samples, sizeof samples, "%s/rows.h5", folder);
    cr_expect_eq(check(network, samples, many, 1), 256);
}
