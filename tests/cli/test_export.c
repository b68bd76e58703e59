/* nirloom export through the executable: what comes back runs alike on ref, the file is laid out as the newest NIR
 * writer does it, weights are whole units, and wrong use is told. */
#include <criterion/criterion.h>

#include "hdf5_access.h"
#include "image.h"
#include "support.h"

#include <glob.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *executable(void)
{
    const char *path = getenv("NIRLOOM");

    return path ? path : "build/nirloom";
}

/* Runs nirloom with the rest of a shell command line; its exit status. The output is the caller's. */
__attribute__((format(printf, 2, 3))) static int nirloom(char **output, const char *format, ...)
{
    char command[4096];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(command, sizeof command, format, arguments);
    va_end(arguments);
    return run_command(output, "'%s' %s 2>&1", executable(), command);
}

__attribute__((format(printf, 1, 2))) static void must(const char *format, ...)
{
    char command[4096], *output;
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(command, sizeof command, format, arguments);
    va_end(arguments);
    int status = nirloom(&output, "%s", command);
    cr_assert_eq(status, 0, "nirloom %s: exit status %d; said\n%s", command, status, output);
    free(output);
}

struct names {
    char image[512], network[512], again[512], one[512], two[512], state_one[512], state_two[512], unused[512];
};

static void make_names(struct names *names)
{
    char *all[] = {names->image, names->network, names->again, names->one, names->two, names->state_one,
                   names->state_two, names->unused};
    static const char *const files[] = {"image.loom", "written.nir", "again.loom", "one.h5",
                                        "two.h5",     "one_state.h5", "two_state.h5", "unused.h5"};

    for (size_t index = 0; index < sizeof all / sizeof *all; index++) {
        snprintf(all[index], sizeof names->image, "%s", temporary_path(files[index]));
        unlink(all[index]);
    }
}

/* ---- the same numbers in two files ---- */

/* Two units of anything differ by 1/32768 at least, and scales that came through a file by roundings alone. */
static void expect_same_numbers(hid_t one, hid_t two, size_t count, const char *what)
{
    char reason[HDF5_REASON_BYTES];
    double *a = calloc(count + 1, sizeof *a), *b = calloc(count + 1, sizeof *b);

    cr_assert(a && b);
    cr_assert_eq(hdf5_read(one, HDF5_DOUBLE, a, count, reason), 0, "%s: %s", what, reason);
    cr_assert_eq(hdf5_read(two, HDF5_DOUBLE, b, count, reason), 0, "%s: %s", what, reason);
    for (size_t index = 0; index < count; index++)
        cr_assert(fabs(a[index] - b[index]) <= 1e-9 * fabs(a[index]), "%s: number %zu is %.17g and %.17g", what, index,
                  a[index], b[index]);
    free(a);
    free(b);
}

static size_t compare_groups(hid_t one, hid_t two, const char *what)
{
    char reason[HDF5_REASON_BYTES], **names;
    struct arena arena = {NULL};
    size_t count, compared = 0;

    cr_assert_eq(hdf5_names(one, &arena, &names, &count, reason), 0);
    for (size_t index = 0; index < count; index++) {
        const char *inner = arena_print(&arena, "%s/%s", what, names[index]);
        struct hdf5_extent first, second;
        if (hdf5_kind(one, names[index]) == HDF5_GROUP) {
            hid_t a = hdf5_open_group(one, names[index], reason), b = hdf5_open_group(two, names[index], reason);
            cr_assert(a >= 0 && b >= 0, "%s", inner);
            compared += compare_groups(a, b, inner);
            hdf5_close(a);
            hdf5_close(b);
            continue;
        }
        hid_t a = hdf5_open_dataset(one, names[index], reason), b = hdf5_open_dataset(two, names[index], reason);
        cr_assert(a >= 0 && b >= 0, "%s", inner);
        cr_assert_eq(hdf5_extent(a, &first, reason), 0);
        cr_assert_eq(hdf5_extent(b, &second, reason), 0);
        cr_assert_eq(first.count, second.count, "%s", inner);
        if (first.class == HDF5_NUMBERS || first.class == HDF5_BOOLS) {
            expect_same_numbers(a, b, first.count, inner);
            compared++;
        }
        hdf5_close(a);
        hdf5_close(b);
    }
    arena_free(&arena);
    return compared;
}

static size_t expect_same_files(const char *one, const char *two, const char *network)
{
    char reason[HDF5_REASON_BYTES];
    hid_t a = hdf5_open(one, reason), b = hdf5_open(two, reason);

    cr_assert(a >= 0 && b >= 0, "%s: %s", network, reason);
    size_t compared = compare_groups(a, b, network);
    hdf5_close(a);
    hdf5_close(b);
    return compared;
}

/* Compiles, exports, compiles that without data, and runs both: outputs of two samples, all states after the first. */
static void round_trip(const char *network, const char *data, const char *options, bool calibrate)
{
    struct names names;
    char calibration[600] = "", *output;

    make_names(&names);
    if (calibrate)
        snprintf(calibration, sizeof calibration, "--calibrate '%s'", data);
    must("compile '%s' -o '%s' --board sim-large %s %s", network, names.image, options, calibration);
    int status = nirloom(&output, "export '%s' -o '%s'", names.image, names.network);
    cr_assert_eq(status, 0, "%s %s: exit status %d, said %s", network, options, status, output);
    /* All these have parameters for what the array does; the last resorts of export are for others. */
    cr_assert_null(strstr(output, "before rounding"), "%s %s: %s", network, options, output);
    free(output);
    must("compile '%s' -o '%s' --board sim-large %s", names.network, names.again, options);
    for (int again = 0; again <= 1; again++) {
        const char *image = again ? names.again : names.image;
        must("run '%s' -i '%s' -o '%s' --device ref --limit 2", image, data, again ? names.two : names.one);
        must("run '%s' -i '%s' -o '%s' --device ref --limit 1 --state-out '%s'", image, data, names.unused,
             again ? names.state_two : names.state_one);
    }
    cr_assert_gt(expect_same_files(names.one, names.two, network), 0);
    expect_same_files(names.state_one, names.state_two, network);
}

/* All networks of a folder of the shared data; data: what follows the stem of a network's name, or stands beside it. */
static void round_trips(const char *folder, const char *networks, const char *data)
{
    const char *found = shared_data(folder);
    char pattern[1024], samples[1024];
    glob_t files;

    if (!found)
        cr_skip_test("the shared data are not on this machine");
    snprintf(pattern, sizeof pattern, "%s/%s", found, networks);
    cr_assert_eq(glob(pattern, 0, NULL, &files), 0, "%s", pattern);
    for (size_t index = 0; index < files.gl_pathc; index++) {
        const char *network = files.gl_pathv[index];
        size_t stem = data[0] == '/' ? (size_t)(strrchr(network, '/') - network) : strlen(network) - strlen(".nir");
        snprintf(samples, sizeof samples, "%.*s%s", (int)stem, network, data);
        if (access(samples, R_OK) != 0) /* those that are there to be refused */
            continue;
        round_trip(network, samples, "", true);
        round_trip(network, samples, "--weight-bits 4", true);
        round_trip(network, samples, "--weight-bits 16", true);
        round_trip(network, samples, "--reset subtract --compare ge --integrator exp", true);
    }
    globfree(&files);
}

Test(export_command, networks_of_one_primitive_run_alike, .timeout = 300)
{
    round_trips("own/micro", "*.nir", ".h5");
}

Test(export_command, trained_networks_run_alike, .timeout = 300)
{
    round_trips("own/nets", "*/net.nir", "/test.h5");
}

Test(export_command, networks_of_recordings_run_alike, .timeout = 300)
{
    round_trips("derived/nets", "*/net.nir", "/test.h5");
}

Test(export_command, published_networks_run_alike, .timeout = 300)
{
    round_trips("foreign/runs", "*.nir", ".h5");
}

Test(export_command, the_example_runs_alike_without_calibration, .timeout = 120)
{
    round_trip("examples/mnist/mnist.nir", "examples/mnist/digits.h5", "", false);
    round_trip("examples/mnist/mnist.nir", "examples/mnist/digits.h5", "--weight-bits 4", false);
    round_trip("examples/mnist/mnist.nir", "examples/mnist/digits.h5", "--integrator exp", false);
}

/* ---- what is in the file ---- */

static double *read_numbers(hid_t file, const char *node, const char *name, size_t *count)
{
    char path[256], reason[HDF5_REASON_BYTES];
    struct hdf5_extent extent;

    snprintf(path, sizeof path, "/node/nodes/%s", node);
    hid_t group = H5Gopen2(file, path, H5P_DEFAULT);
    hid_t dataset = hdf5_open_dataset(group, name, reason);
    cr_assert(group >= 0 && dataset >= 0, "%s/%s", path, name);
    cr_assert_eq(hdf5_extent(dataset, &extent, reason), 0, "%s", reason);
    double *numbers = calloc(extent.count + 1, sizeof *numbers);
    cr_assert(numbers);
    cr_assert_eq(hdf5_read(dataset, HDF5_DOUBLE, numbers, extent.count, reason), 0, "%s", reason);
    *count = extent.count;
    hdf5_close(dataset);
    hdf5_close(group);
    return numbers;
}

/* v grows by dt/tau r w: that is a whole number of the accumulator's units, at most 127. */
static void expect_whole_units(hid_t file, const char *neurons, const char *linear, double unit, double dt)
{
    size_t count, size;
    double *tau = read_numbers(file, neurons, "tau", &size), *r = read_numbers(file, neurons, "r", &size);
    double *weight = read_numbers(file, linear, "weight", &count), largest = 0;

    for (size_t index = 0; index < count; index++) {
        size_t neuron = index / (count / size);
        double units = dt / tau[neuron] * r[neuron] * weight[index] / unit;
        cr_assert_float_eq(units, round(units), 1e-9, "%s: weight %zu is %.12g units", linear, index, units);
        largest = fmax(largest, fabs(units));
    }
    cr_expect(largest > 63 && largest < 127.5, "%s: the largest weight is %g units", linear, largest);
    free(tau);
    free(r);
    free(weight);
}

static void export_example(struct names *names)
{
    make_names(names);
    must("compile examples/mnist/mnist.nir -o '%s'", names->image);
    must("export '%s' -o '%s'", names->image, names->network);
}

Test(export_command, weights_are_whole_units)
{
    struct names names;
    struct arena arena = {NULL};
    struct image image = {.arena = &arena};
    struct diagnostics diagnostics;
    char reason[HDF5_REASON_BYTES];

    export_example(&names);
    diagnostics_begin(&diagnostics, NULL);
    cr_assert_eq(image_load(&image, names.image, &diagnostics), 0);
    hid_t file = hdf5_open(names.network, reason);
    cr_assert_geq(file, 0, "%s", reason);
    expect_whole_units(file, "lif1", "fc1", image.projections[0].scale, image.options.dt);
    expect_whole_units(file, "lif2", "fc2", image.projections[1].scale, image.options.dt);
    hdf5_close(file);
    diagnostics_free(&diagnostics);
    arena_free(&arena);
}

struct layout {
    size_t texts, scalars, arrays;
};

/* NIR.md 1.1: no attributes; text of variable length in UTF-8; arrays of numbers chunked and compressed. */
static herr_t check_object(hid_t root, const char *name, const H5O_info_t *info, void *data)
{
    struct layout *layout = data;

    (void)info;
    hid_t object = H5Oopen(root, name, H5P_DEFAULT);
    cr_assert_eq(H5Aget_num_attrs(object), 0, "%s", name);
    if (H5Iget_type(object) == H5I_DATASET) {
        hid_t type = H5Dget_type(object), space = H5Dget_space(object), plan = H5Dget_create_plist(object);
        if (H5Tget_class(type) == H5T_STRING) {
            cr_assert(H5Tis_variable_str(type) > 0 && H5Tget_cset(type) == H5T_CSET_UTF8, "%s", name);
            layout->texts++;
        } else if (H5Sget_simple_extent_ndims(space) == 0) {
            layout->scalars++;
        } else {
            cr_assert_eq(H5Pget_layout(plan), H5D_CHUNKED, "%s", name);
            cr_assert_eq(H5Pget_nfilters(plan), 1, "%s", name);
            layout->arrays++;
        }
        H5Pclose(plan);
        H5Sclose(space);
        H5Tclose(type);
    }
    H5Oclose(object);
    return 0;
}

Test(export_command, the_layout_is_the_newest_writers)
{
    struct names names;
    struct layout layout = {0};
    char reason[HDF5_REASON_BYTES], **members;
    struct arena arena = {NULL};
    size_t count;
    double dt = 0;

    export_example(&names);
    hid_t file = hdf5_open(names.network, reason);
    cr_assert_geq(file, 0, "%s", reason);
    cr_assert_geq(H5Ovisit(file, H5_INDEX_NAME, H5_ITER_INC, check_object, &layout), 0);
    /* shapes of input and output; two weights; tau, r, v_leak, v_threshold, v_reset twice */
    cr_expect_eq(layout.arrays, 2 + 2 + 10);
    cr_assert_eq(hdf5_names(file, &arena, &members, &count, reason), 0);
    cr_assert_eq(count, 2);
    cr_expect_str_eq(members[0], "node");
    cr_expect_str_eq(members[1], "version");
    hid_t metadata = H5Gopen2(file, "/node/metadata", H5P_DEFAULT);
    cr_assert_eq(hdf5_read_number(metadata, "dt", &dt, reason), 0);
    cr_expect_eq(dt, 1e-4);
    hdf5_close(metadata);
    hdf5_close(file);
    arena_free(&arena);
}

/* ---- what is refused ---- */

static void refused(int expected, const char *said, const char *arguments)
{
    char *output;
    int status = nirloom(&output, "export %s", arguments);

    cr_expect_eq(status, expected, "export %s: exit status %d, said %s", arguments, status, output);
    cr_expect(strstr(output, said), "export %s: said %s", arguments, output);
    free(output);
}

Test(export_command, wrong_use_is_told)
{
    struct names names;
    char line[2048];

    make_names(&names);
    refused(2, "NET.loom is missing", "");
    refused(2, "-o NETQ.nir is missing", "net.loom");
    refused(2, "no such option", "net.loom -o net.nir --dt 1");
    snprintf(line, sizeof line, "'%s' -o net.nir", names.image);
    refused(1, "No such file", line);
    refused(1, "not compiled yet", "examples/mnist/mnist.nir -o net.nir");
    cr_expect_neq(access("net.nir", F_OK), 0);
    must("compile examples/mnist/mnist.nir -o '%s'", names.image);
    snprintf(line, sizeof line, "'%s' -o '%s/net.nir'", names.image, names.network);
    refused(1, "No such file", line);
    snprintf(line, sizeof line, "'%s' -o '%s'", names.image, names.image);
    refused(2, "is the image itself", line);
}
