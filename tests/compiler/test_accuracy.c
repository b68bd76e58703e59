/* What quantisation costs trained networks: right answers of ref beside the float oracle's, calibrated with the first 100
 * samples of a set and counted on the others. Bounds are what is asked for, not what was measured. */
#include "data.h"
#include "hdf5_access.h"
#include "support.h"
#include "trained_networks.h"

#include <criterion/criterion.h>
#include <json-c/json.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PATH_BYTES = 4400, CALIBRATED = 100, BEAT_WINDOWS = 300, BEAT_STEPS = 720 };

static char *nirloom(const char *format, ...)
{
    char command[4 * PATH_BYTES], *output;
    const char *executable = getenv("NIRLOOM");
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(command, sizeof command, format, arguments);
    va_end(arguments);
    int status = run_command(&output, "'%s' %s 2>&1 >%s", executable ? executable : "build/nirloom", command,
                             temporary_path("said"));
    cr_assert_eq(status, 0, "nirloom %s: %s", command, output);
    return output;
}

/* Points that ref loses against float; options may be "". */
static double lost_points(const char *network, const char *data, const char *options, double *accuracy)
{
    free(nirloom("eval '%s' -i '%s' --calibrate '%s' --skip %d --device ref --board sim-large --json %s", network, data,
                 data, CALIBRATED, options));
    struct json_object *object = json_object_from_file(temporary_path("said")), *ours, *theirs;

    cr_assert(object && json_object_object_get_ex(object, "accuracy", &ours) &&
              json_object_object_get_ex(object, "float_accuracy", &theirs));
    *accuracy = 100 * json_object_get_double(ours);
    double lost = 100 * json_object_get_double(theirs) - *accuracy;
    json_object_put(object);
    return lost;
}

/* Copies of the samples of a file, those from first on before the others. */
static const char *turn_samples(const char *path, size_t first)
{
    const char *turned = temporary_path("turned.h5");
    struct diagnostics diagnostics;
    struct data data;

    diagnostics_begin(&diagnostics, path);
    cr_assert_eq(data_read(&data, path, 0, 0, 1e-4, &diagnostics), 0);
    cr_assert_eq(trained_turn(&data, first), 0);
    cr_assert_eq(data_write(&data, turned, &diagnostics), 0);
    data_free(&data);
    diagnostics_free(&diagnostics);
    return turned;
}

/* Whether the network at its width lost no more than is asked for, with so many samples of its set moved behind the others.
 * False where it is not here. */
static bool keeps(const struct trained_network *trained, const struct trained_bar *bar, size_t turned)
{
    char network[PATH_BYTES], data[PATH_BYTES], options[64];
    double accuracy;

    snprintf(network, sizeof network, "%s/net.nir", trained->folder);
    snprintf(data, sizeof data, "%s/test.h5", trained->folder);
    if (!shared_data(network) || !shared_data(data))
        return false;
    snprintf(network, sizeof network, "%s", shared_data(network));
    snprintf(data, sizeof data, "%s", turned ? turn_samples(shared_data(data), turned) : shared_data(data));
    snprintf(options, sizeof options, "--weight-bits %u", bar->bits);
    double lost = lost_points(network, data, options, &accuracy);
    cr_log_info("%s, %u bits: %.2f %%, %.2f points lost", trained->folder, bar->bits, accuracy, lost);
    cr_expect_leq(lost, bar->points + 1e-9, "%s, %u bits: %.2f points lost, at most %g may be", trained->folder,
                  bar->bits, lost, bar->points);
    return true;
}

/* All networks of classes but those whose folder's name has the word. */
static void keep_all(size_t turned, const char *without)
{
    size_t found = 0;

    for (size_t index = 0; index < trained_network_count; index++) {
        const struct trained_network *trained = &trained_networks[index];

        for (size_t bar = 0; bar < TRAINED_BARS && !trained->beats; bar++)
            if (trained->bars[bar].points > 0 && !(without && strstr(trained->folder, without)))
                found += keeps(trained, &trained->bars[bar], turned);
    }
    if (!found)
        cr_skip_test("the shared data sets are not here");
}

Test(accuracy, of_trained_networks_is_kept, .timeout = 900)
{
    keep_all(0, NULL);
}

/* The bars hold as well where other samples calibrate. The larger sets take twenty times as long. */
Test(accuracy, of_other_calibration_samples_is_kept, .timeout = 120)
{
    keep_all(CALIBRATED, "mnist");
}

/* One layer of 4 bits among others of 8. */
Test(accuracy, of_mixed_widths_is_kept, .timeout = 120)
{
    const char *network = shared_data("own/nets/a_mnist_ff/net.nir"), *data = shared_data("own/nets/a_mnist_ff/test.h5");
    double accuracy;

    if (!network || !data)
        cr_skip_test("the shared data sets are not here");
    double lost = lost_points(network, data, "--weight-bits fc1=4", &accuracy);
    cr_expect_leq(lost, 2, "%.2f points lost", lost);
}

/* ---- heart beats ---- */

static struct trained_beats run_beats(const char *device, unsigned bits, const double *targets)
{
    const char *network = shared_data("derived/nets/d_ecg_li/net.nir");
    const char *samples = shared_data("derived/nets/d_ecg_li/test.h5");
    char output[PATH_BYTES];
    struct diagnostics diagnostics;
    struct data data;

    snprintf(output, sizeof output, "%s", temporary_path("beats.h5"));
    free(nirloom("run '%s' -i '%s' --calibrate '%s' --skip %d --weight-bits %u --device %s --board sim-large -o '%s'",
                 network, samples, samples, CALIBRATED, bits, device, output));
    diagnostics_begin(&diagnostics, output);
    cr_assert_eq(data_read(&data, output, 0, 0, 1.0 / 360, &diagnostics), 0);
    const struct data_series *series = data_find(&data, "output", NULL);
    cr_assert(series && series->values && data.steps == BEAT_STEPS && data.samples == BEAT_WINDOWS - CALIBRATED);
    struct trained_beats beats = trained_find_beats(targets, series->values, data.samples, BEAT_STEPS);
    cr_log_info("%s, %u bits: sensitivity %.1f, precision %.1f", device, bits, beats.sensitivity, beats.precision);
    data_free(&data);
    diagnostics_free(&diagnostics);
    return beats;
}

Test(accuracy, of_heart_beats_is_kept, .timeout = 120)
{
    static const struct {
        unsigned bits;
        double bound;
    } widths[] = {{8, 1}, {5, 2}, {4, 2}};
    const char *path = shared_data("derived/nets/d_ecg_li/test.h5");
    char reason[HDF5_REASON_BYTES];
    static double targets[BEAT_WINDOWS * BEAT_STEPS];

    if (!path)
        cr_skip_test("the shared data sets are not here");
    hid_t file = hdf5_open(path, reason);
    hid_t dataset = hdf5_open_dataset(file, "targets", reason);
    cr_assert_eq(hdf5_read(dataset, HDF5_DOUBLE, targets, BEAT_WINDOWS * BEAT_STEPS, reason), 0, "%s", reason);
    hdf5_close(dataset);
    hdf5_close(file);
    struct trained_beats real = run_beats("float", 8, targets + CALIBRATED * BEAT_STEPS);
    for (size_t index = 0; index < sizeof widths / sizeof *widths; index++) {
        struct trained_beats ours = run_beats("ref", widths[index].bits, targets + CALIBRATED * BEAT_STEPS);
        cr_expect_leq(real.sensitivity - ours.sensitivity, widths[index].bound, "%u bits", widths[index].bits);
        cr_expect_leq(real.precision - ours.precision, widths[index].bound, "%u bits", widths[index].bits);
    }
}

/* ---- published samples ---- */

static size_t prediction(const char *network, const char *data, const char *options, const char *device)
{
    free(nirloom("eval '%s' -i '%s' --device %s --board sim-large --json %s", network, data, device, options));
    struct json_object *object = json_object_from_file(temporary_path("said")), *list;

    cr_assert(object && json_object_object_get_ex(object, "predictions", &list));
    size_t class = (size_t)json_object_get_int64(json_object_array_get_idx(list, 0));
    json_object_put(object);
    return class;
}

/* The first sample of the Braille test set, of class 1 (NIR paper), as a data file of the network's Input. */
static const char *make_braille(const char *input)
{
    enum { STEPS = 256, TAXELS = 12 };
    const char *path = temporary_path("braille.h5");
    struct data data = {.samples = 1, .steps = STEPS, .dt = 1e-4};
    struct diagnostics diagnostics;
    struct data_series *series = data_add(&data, input, "spikes", TAXELS, true);
    FILE *file = fopen(shared_data("foreign/paper/braille_ds_test0_input_256x12.csv"), "r");
    size_t count = 0;
    double value;

    cr_assert(series && file);
    for (; count < STEPS * TAXELS && fscanf(file, "%lf%*[, \n]", &value) == 1; count++)
        series->spikes[count] = value != 0;
    fclose(file);
    cr_assert_eq(count, STEPS * TAXELS);
    diagnostics_begin(&diagnostics, path);
    cr_assert_eq(data_write(&data, path, &diagnostics), 0);
    diagnostics_free(&diagnostics);
    data_free(&data);
    return path;
}

Test(accuracy, published_samples_keep_their_class, .timeout = 120)
{
    static const struct {
        const char *network;
        const char *options;
    } braille[] = {{"foreign/runs/braille_bias_zero.nir", ""},
                   {"foreign/runs/braille_noBias_subtract.nir", "--reset subtract"}};
    if (!shared_data("foreign/runs/nir_paper_cnn_sinabs.h5") || !shared_data("foreign/paper/braille_ds_test0_input_256x12.csv"))
        cr_skip_test("the published samples are not here");
    for (size_t index = 0; index < sizeof braille / sizeof *braille; index++) {
        char sample[PATH_BYTES], network[PATH_BYTES];
        snprintf(sample, sizeof sample, "%s", make_braille("input"));
        snprintf(network, sizeof network, "%s", shared_data(braille[index].network));
        cr_expect_eq(prediction(network, sample, braille[index].options, "float"), 1, "%s", braille[index].network);
        cr_expect_eq(prediction(network, sample, braille[index].options, "ref"), 1, "%s", braille[index].network);
    }
    char network[PATH_BYTES], sample[PATH_BYTES];
    snprintf(sample, sizeof sample, "%s", shared_data("foreign/runs/nir_paper_cnn_sinabs.h5"));
    snprintf(network, sizeof network, "%s", shared_data("foreign/runs/nir_paper_cnn_sinabs.nir"));
    cr_expect_eq(prediction(network, sample, "", "ref"), prediction(network, sample, "", "float"));
}
