/* Events of data files: made with plain HDF5 calls and read as grids, written and read back. */
#include "data.h"
#include "plain_file.h"
#include "support.h"

#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

enum { LENGTHS = 399 };

static struct diagnostics messages;

static int read_data(struct data *data, const char *path, double dt)
{
    diagnostics_begin(&messages, path);
    return data_read(data, path, 0, 0, dt, &messages);
}

/* An events file of one node "in", observable "spikes" or, with value, "values". */
struct events {
    hsize_t samples, count;
    const long long *neuron;
    const double *time;
    const double *value;
    long long neurons;
    double t_max;
};

static const char *write_plain(const struct events *events)
{
    const char *path = temporary_path("events.h5");
    hsize_t size[2] = {events->samples, events->count};
    hid_t file = plain_create(path), node = plain_node(file, "in");
    hid_t observable = plain_observable(node, events->value ? "values" : "spikes",
                                        events->value ? "ValuedEventData" : "EventData");

    plain_whole(observable, "n_neurons", events->neurons);
    plain_number(observable, "t_max", events->t_max);
    plain_dataset(observable, "idx", H5T_STD_I64LE, H5T_NATIVE_LLONG, 2, size, events->neuron, true);
    plain_dataset(observable, "time", H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, 2, size, events->time, true);
    if (events->value)
        plain_dataset(observable, "value", H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, 2, size, events->value, true);
    plain_close(observable);
    plain_close(node);
    plain_close(file);
    return path;
}

/* In any order, with padding between them; two events of one neuron in one step are one spike. */
Test(data_events, are_spikes_in_their_steps)
{
    static const long long neuron[] = {2, -1, 0, 2, 1, 0, 0, 1};
    static const double time[] = {0.25, INFINITY, 0, 0.25, 0.1, INFINITY, 0.39, 0.3};
    static const uint8_t wanted[2][4][3] = {{{1, 0, 0}, {0, 0, 0}, {0, 0, 1}, {0, 0, 0}},
                                            {{0, 0, 0}, {0, 1, 0}, {0, 0, 0}, {1, 1, 0}}};
    struct events events = {2, 4, neuron, time, NULL, 3, 0.4};
    struct data data;

    cr_assert_eq(read_data(&data, write_plain(&events), 0.1), 0);
    cr_assert_eq(data.samples, 2);
    cr_assert_eq(data.steps, 4);
    cr_expect_eq(data.dt, 0.1);
    cr_assert(data_find(&data, "in", NULL)->spikes);
    cr_expect_arr_eq(data_find(&data, "in", NULL)->spikes, wanted, sizeof wanted);
    data_free(&data);
    diagnostics_free(&messages);
}

Test(data_events, values_of_one_step_are_added)
{
    static const long long neuron[] = {1, 0, 1, 1, -1, 0};
    static const double time[] = {0.05, 0, 0, 0.1, INFINITY, 0.19};
    static const double value[] = {0.5, -2, 0.25, 4, 99, 8};
    static const double wanted[2][2] = {{-2, 0.75}, {8, 4}};
    struct events events = {1, 6, neuron, time, value, 2, 0.2};
    struct data data;

    cr_assert_eq(read_data(&data, write_plain(&events), 0.1), 0);
    cr_assert_eq(data.steps, 2);
    cr_assert(data_find(&data, "in", "values")->values);
    cr_expect_arr_eq(data_find(&data, "in", "values")->values, wanted, sizeof wanted);
    data_free(&data);
    diagnostics_free(&messages);
}

/* True where the rule without a tolerance gets every step of that length: how NIR's converters had it. */
static bool naive_rule_holds(size_t length, double dt)
{
    bool holds = (size_t)((double)length * dt / dt) == length;

    for (size_t step = 0; step < length; step++)
        holds = holds && floor((double)step * dt / dt) == (double)step;
    return holds;
}

static void round_trip(size_t length, double dt)
{
    const char *path = temporary_path("trip.h5");
    struct data given = {.samples = 2, .steps = length, .dt = dt}, got;
    struct data_series *spikes = data_add(&given, "in", "spikes", 2, true);

    for (size_t step = 0; step < length; step++) { /* the second sample ends on silence */
        spikes->spikes[2 * step] = 1;
        spikes->spikes[2 * step + 1] = step % 3 == 0;
        spikes->spikes[2 * (length + step)] = 2 * step < length && step % 2;
    }
    struct data_series *values = data_add(&given, "block/li", "v", 1, false);
    for (size_t row = 0; row < 2 * length; row++)
        values->values[row] = row % 4 ? -1.0 / (double)(row + 1) : 0;
    diagnostics_begin(&messages, path);
    cr_assert_eq(data_write_events(&given, path, &messages), 0);
    diagnostics_free(&messages);
    cr_assert_eq(read_data(&got, path, dt), 0, "%zu steps of %g: %s", length, dt,
                 messages.count ? messages.messages[0].text : "");
    cr_assert_eq(got.steps, length, "%zu steps of %g became %zu", length, dt, got.steps);
    cr_assert_arr_eq(data_find(&got, "in", NULL)->spikes, given.series[0].spikes, 4 * length, "%zu steps of %g", length,
                     dt);
    cr_assert_arr_eq(data_find(&got, "block/li", "v")->values, given.series[1].values, 2 * length * sizeof(double),
                     "%zu steps of %g", length, dt);
    data_free(&got);
    data_free(&given);
    diagnostics_free(&messages);
}

/* Where NIR's converters failed for 351 of 399 lengths, and with steps of other sizes. */
Test(data_events, every_length_round_trips)
{
    static const double steps[] = {1e-3, 1.0 / 360, 0.1, 1.0 / 3, 7e-7, 1};
    size_t trapped = 0;

    for (size_t length = 1; length <= LENGTHS; length++) {
        trapped += !naive_rule_holds(length, 1e-4);
        round_trip(length, 1e-4);
    }
    cr_expect_eq(trapped, 351, "the rule without a tolerance fails for %zu lengths", trapped);
    for (size_t index = 0; index < sizeof steps / sizeof *steps; index++)
        for (size_t length = 1; length <= LENGTHS; length += 37)
            round_trip(length, steps[index]);
}

/* Times in single precision fall short of their step by more than 1e-6 of it. */
Test(data_events, times_may_be_of_single_precision)
{
    const char *path = temporary_path("single.h5");
    static float time[LENGTHS];
    static short neuron[LENGTHS];
    hsize_t size[2] = {1, LENGTHS};
    struct data data;
    size_t short_of = 0;

    for (size_t step = 0; step < LENGTHS; step++) {
        time[step] = (float)step * 1e-4F;
        short_of += floor((double)time[step] / 1e-4 + 1e-6) < (double)step;
    }
    cr_assert_gt(short_of, 0, "no time tells the rules apart");
    hid_t file = plain_create(path), node = plain_node(file, "in");
    hid_t observable = plain_observable(node, "spikes", "EventData");
    plain_whole(observable, "n_neurons", 1);
    plain_number(observable, "t_max", LENGTHS * 1e-4F);
    plain_dataset(observable, "idx", H5T_STD_I16BE, H5T_NATIVE_SHORT, 2, size, neuron, false);
    plain_dataset(observable, "time", H5T_IEEE_F32LE, H5T_NATIVE_FLOAT, 2, size, time, false);
    plain_close(observable);
    plain_close(node);
    plain_close(file);
    cr_assert_eq(read_data(&data, path, 1e-4), 0);
    cr_assert_eq(data.steps, LENGTHS);
    for (size_t step = 0; step < LENGTHS; step++)
        cr_expect_eq(data_find(&data, "in", NULL)->spikes[step], 1, "step %zu", step);
    data_free(&data);
    diagnostics_free(&messages);
}

Test(data_events, impossible_ones_are_refused)
{
    static const long long good[] = {0, 1}, beyond[] = {0, 2}, negative[] = {-2, 0};
    static const double times[] = {0, 0.1}, late[] = {0, 0.5}, end[] = {0, 0.2}, early[] = {-0.1, 0}, nan[] = {0, NAN};
    static const double infinite[] = {1, INFINITY};
    static const struct {
        struct events events;
        const char *said;
    } cases[] = {
        {{1, 2, beyond, times, NULL, 2, 0.2}, "/in/spikes: event 1 of sample 0 names neuron 2 of 2"},
        {{1, 2, negative, times, NULL, 2, 0.2}, "/in/spikes: event 0 of sample 0 names neuron -2 of 2"},
        {{1, 2, good, late, NULL, 2, 0.2}, "event 1 of sample 0 is at time 0.5, outside 0 to t_max 0.2"},
        {{1, 2, good, end, NULL, 2, 0.2}, "event 1 of sample 0 is at time 0.2, the end (t_max 0.2, 2 steps of 0.1)"},
        {{1, 2, good, early, NULL, 2, 0.2}, "event 0 of sample 0 is at time -0.1, outside 0 to t_max 0.2"},
        {{2, 1, good, nan, NULL, 2, 0.2}, "event 0 of sample 1 is at time nan, outside 0 to t_max 0.2"},
        {{1, 2, good, times, infinite, 2, 0.2}, "/in/values: must be finite, got inf in sample 0, step 1, neuron 1"},
        {{1, 2, good, times, NULL, 0, 0.2}, "n_neurons must be 1 to 268435456, got 0"},
        {{1, 2, good, times, NULL, 2, INFINITY}, "t_max must be >= 0, got inf"},
        {{1, 2, good, times, NULL, 2, 1e30}, "t_max 1e+30 is more than 268435456 steps of 0.1"},
    };

    for (size_t index = 0; index < sizeof cases / sizeof *cases; index++) {
        struct data data;
        cr_expect_eq(read_data(&data, write_plain(&cases[index].events), 0.1), -1, "%s", cases[index].said);
        cr_assert_eq(messages.count, 1);
        cr_expect(strstr(messages.messages[0].text, cases[index].said), "%s\nlacks\n%s", messages.messages[0].text,
                  cases[index].said);
        diagnostics_free(&messages);
    }
    struct events events = {1, 2, good, times, NULL, 2, 0.2};
    struct data data;
    cr_expect_eq(read_data(&data, write_plain(&events), 0), -1);
    cr_expect(strstr(messages.messages[0].text, "holds events, and the file has no dt; give --dt"));
    diagnostics_free(&messages);
}

/* One thing after the other is left out, or is of another shape or type. */
Test(data_events, incomplete_ones_are_refused)
{
    static const char *const said[] = {
        "/in/spikes: attribute n_neurons is missing", "/in/spikes: attribute t_max is missing",
        "/in/spikes: idx is missing", "/in/spikes: time is missing", "/in/spikes: value is missing",
        "/in/spikes: time has the shape (1, 3), but idx (1, 2)", "/in/spikes: idx holds floating-point numbers",
        "/in/spikes: idx has rank 1; give (samples, events)",
    };
    enum { NO_NEURONS, NO_T_MAX, NO_IDX, NO_TIME, NO_VALUE, OTHER_SHAPE, FLOAT_IDX, RANK };
    static const double numbers[3];

    for (int fault = 0; fault < (int)(sizeof said / sizeof *said); fault++) {
        const char *path = temporary_path("incomplete.h5");
        hid_t file = plain_create(path), node = plain_node(file, "in");
        hid_t observable = plain_observable(node, "spikes", fault == NO_VALUE ? "ValuedEventData" : "EventData");
        struct data data;

        if (fault != NO_NEURONS)
            plain_whole(observable, "n_neurons", 1);
        if (fault != NO_T_MAX)
            plain_number(observable, "t_max", 1);
        if (fault != NO_IDX)
            plain_dataset(observable, "idx", fault == FLOAT_IDX ? H5T_IEEE_F32LE : H5T_STD_I32LE, H5T_NATIVE_DOUBLE,
                          fault == RANK ? 1 : 2, fault == RANK ? (hsize_t[]){2} : (hsize_t[]){1, 2}, numbers, false);
        if (fault != NO_TIME)
            plain_dataset(observable, "time", H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, 2,
                          (hsize_t[]){1, fault == OTHER_SHAPE ? 3 : 2}, numbers, false);
        plain_close(observable);
        plain_close(node);
        plain_close(file);
        cr_expect_eq(read_data(&data, path, 0.1), -1, "%s", said[fault]);
        cr_assert_eq(messages.count, 1);
        cr_expect(strstr(messages.messages[0].text, said[fault]), "%s\nlacks\n%s", messages.messages[0].text,
                  said[fault]);
        diagnostics_free(&messages);
    }
}

Test(data_events, are_not_written_without_dt)
{
    const char *path = temporary_path("timeless.h5");
    struct data data = {.samples = 1, .steps = 1};

    cr_assert(data_add(&data, "in", "spikes", 1, true));
    diagnostics_begin(&messages, path);
    cr_expect_eq(data_write_events(&data, path, &messages), -1);
    cr_expect(strstr(messages.messages[0].text, "/in/spikes: cannot be written as events: there is no dt"));
    diagnostics_free(&messages);
    data_free(&data);
}
