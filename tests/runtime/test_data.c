/* Data files: what others wrote, as h5py shows it; what is written here, as it was given, and as h5py reads it. */
#include "data.h"
#include "support.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

static struct diagnostics data_messages;

static int read_file(struct data *data, const char *path, size_t skip, size_t limit, double dt)
{
    diagnostics_begin(&data_messages, path);
    return data_read(data, path, skip, limit, dt, &data_messages);
}

/* The example of NIR's own writer: the same spikes as grid and as events, one value as event. */
Test(data, events_and_grids)
{
    const char *path = shared_data("own/nir/data.h5");
    struct data data;

    if (!path)
        cr_skip_test("no shared data");
    cr_assert_eq(read_file(&data, path, 0, 0, 0), 0);
    cr_expect_eq(data.samples, 1);
    cr_expect_eq(data.steps, 4);
    cr_expect_eq(data.dt, 1e-4);
    const struct data_series *events = data_find(&data, "lif", "ev"), *value = data_find(&data, "lif", "v");
    cr_assert(events && value && data_find(&data, "lif", NULL));
    cr_expect(data_find(&data, "lif", NULL)->spikes, "named spikes, all 0 or 1");
    cr_assert(events->values && value->values);
    for (size_t index = 0; index < 12; index++) {
        cr_expect_eq(events->values[index], index == 0 || index == 3 + 1 ? 1 : 0, "element %zu", index);
        cr_expect_eq(value->values[index], index == 0 ? 0.5 : 0);
    }
    cr_expect_null(data_find(&data, "lif", "w"));
    cr_expect_null(data_find(&data, "li", NULL));
    data_free(&data);
    diagnostics_free(&data_messages);
}

/* Parts are parts of the whole, labels too; the part is read without the rest. */
Test(data, skip_and_limit)
{
    const char *path = shared_data("own/nets/a_mnist_ff/test.h5");
    struct data whole, part;
    struct timespec begin, end;
    size_t sample = 25 * 784;

    if (!path)
        cr_skip_test("no shared data");
    cr_assert_eq(read_file(&whole, path, 0, 0, 0), 0);
    cr_expect_eq(whole.samples, 1000);
    diagnostics_free(&data_messages);
    clock_gettime(CLOCK_MONOTONIC, &begin);
    cr_assert_eq(read_file(&part, path, 125, 10, 0), 0);
    clock_gettime(CLOCK_MONOTONIC, &end);
    cr_expect_lt((double)(end.tv_sec - begin.tv_sec) + 1e-9 * (double)(end.tv_nsec - begin.tv_nsec), 1.0);
    cr_assert_eq(part.samples, 10);
    cr_expect_arr_eq(data_find(&part, "input", NULL)->spikes, data_find(&whole, "input", NULL)->spikes + 125 * sample,
                     10 * sample);
    cr_expect_arr_eq(part.labels, whole.labels + 125, 10 * sizeof *part.labels);
    data_free(&part);
    diagnostics_free(&data_messages);
    cr_assert_eq(read_file(&part, path, 997, 100, 0), 0);
    cr_expect_eq(part.samples, 3);
    data_free(&part);
    diagnostics_free(&data_messages);
    cr_expect_eq(read_file(&part, path, 1000, 0, 0), -1);
    diagnostics_free(&data_messages);
    data_free(&whole);
}

/* A file in which observables have different numbers of samples gives all where few are read. */
Test(data, unequal_samples)
{
    const char *path = shared_data("own/nets/a_mnist_ff/expected.h5");
    struct data data;

    if (!path)
        cr_skip_test("no shared data");
    cr_assert_eq(read_file(&data, path, 0, 4, 0), 0);
    cr_expect_eq(data.series_count, 5);
    cr_expect_eq(data_messages.count, 0);
    cr_expect(data_find(&data, "lif1", "v")->values);
    data_free(&data);
    diagnostics_free(&data_messages);
    cr_assert_eq(read_file(&data, path, 0, 5, 0), 0);
    cr_expect_eq(data.series_count, 1);
    cr_expect_eq(data_messages.count, 4);
    data_free(&data);
    diagnostics_free(&data_messages);
}

static void fill(struct data *data)
{
    uint64_t state = 7;

    *data = (struct data){.samples = 3, .steps = 5, .dt = 0.001, .target_width = 2};
    data->labels = calloc(3, sizeof *data->labels);
    data->targets = calloc(6, sizeof *data->targets);
    struct data_series *spikes = data_add(data, "block/inner/lif", "spikes", 4, true);
    cr_assert(spikes && data->labels && data->targets);
    for (size_t index = 0; index < 60; index++)
        spikes->spikes[index] = random_below(&state, 2) != 0;
    struct data_series *values = data_add(data, "out", "values", 2, false);
    cr_assert(values);
    for (size_t index = 0; index < 30; index++)
        values->values[index] = random_unit(&state) - 0.5;
    for (size_t index = 0; index < 3; index++)
        data->labels[index] = (int64_t)index * 5 - 1;
    for (size_t index = 0; index < 6; index++)
        data->targets[index] = (double)index / 8;
}

Test(data, write_and_read)
{
    const char *path = temporary_path("data.h5");
    struct data given, got;

    fill(&given);
    diagnostics_begin(&data_messages, path);
    cr_assert_eq(data_write(&given, path, &data_messages), 0);
    diagnostics_free(&data_messages);
    cr_assert_eq(read_file(&got, path, 0, 0, 0), 0);
    cr_expect_eq(got.samples, 3);
    cr_expect_eq(got.steps, 5);
    cr_expect_eq(got.dt, 0.001);
    cr_expect_eq(got.target_width, 2);
    cr_assert(data_find(&got, "block/inner/lif", NULL) && data_find(&got, "out", NULL));
    cr_expect_arr_eq(data_find(&got, "block/inner/lif", NULL)->spikes, given.series[0].spikes, 60);
    cr_expect_arr_eq(data_find(&got, "out", NULL)->values, given.series[1].values, 30 * sizeof(double));
    cr_expect_arr_eq(got.labels, given.labels, 3 * sizeof *got.labels);
    cr_expect_arr_eq(got.targets, given.targets, 6 * sizeof *got.targets);
    data_free(&got);
    diagnostics_free(&data_messages);

    char *output = NULL;
    int missing = run_command(&output, "/usr/bin/python3 -c 'import h5py' 2>&1");
    free(output);
    if (missing == 0) {
        int status =
            run_command(&output,
                        "/usr/bin/python3 -c \"import h5py; f = h5py.File('%s'); "
                        "g = f['nodes/block/nodes/inner/nodes/lif']; d = g['observables/spikes']; "
                        "print(f.attrs['__type__'], f['nodes/block'].attrs['__type__'], g.attrs['__type__'], "
                        "d.attrs['__type__'], d.attrs['dt'], d['data'].dtype, d['data'].shape, d['data'].compression, "
                        "f['labels'].dtype, list(f['labels']), f['targets'].shape, sorted(f))\" 2>&1",
                        path);
        cr_expect_eq(status, 0);
        cr_expect_str_eq(output,
                         "NIRGraphData NIRGraphData NIRNodeData TimeGriddedData 0.001 bool (3, 5, 4) gzip int64 "
                         "[-1, 4, 9] (3, 2) ['labels', 'nodes', 'targets']\n");
        free(output);
    }
    data_free(&given);
}

Test(data, refused)
{
    const char *folder = temporary_path("no/such/folder/data.h5"), *graph = "tests/golden/good.nir";
    struct stat status;
    struct data data;

    fill(&data);
    diagnostics_begin(&data_messages, folder);
    cr_expect_eq(data_write(&data, folder, &data_messages), -1);
    cr_expect_eq(data_messages.count, 1);
    diagnostics_free(&data_messages);
    const char *path = temporary_path("both.h5");
    diagnostics_begin(&data_messages, path);
    cr_assert(data_add(&data, "out/deeper", "v", 1, false)); /* out is a node already */
    cr_expect_eq(data_write(&data, path, &data_messages), -1);
    cr_expect(stat(path, &status) != 0, "half a file is left");
    diagnostics_free(&data_messages);
    data_free(&data);
    cr_expect_eq(read_file(&data, graph, 0, 0, 0), -1);
    cr_assert_eq(data_messages.count, 1);
    cr_expect(strstr(data_messages.messages[0].text, "is a NIR graph"));
    diagnostics_free(&data_messages);
    cr_expect_eq(read_file(&data, "tests/golden/zip.nir", 0, 0, 0), -1);
    diagnostics_free(&data_messages);
}
