/* Data files, writing: a series as a grid, or as the events in it. */
#include "data.h"
#include "data_file.h"

#include <math.h>
#include <stdlib.h>

enum form { FORM_GRID, FORM_EVENTS };

struct event_table { /* (samples, width), padded with neuron -1 at time infinity */
    size_t width;
    int64_t *neuron;
    double *time;
    double *value; /* NULL for spikes */
};

static bool is_event(const struct data_series *series, size_t element)
{
    return series->spikes ? series->spikes[element] != 0 : series->values[element] != 0;
}

/* The most events of a sample; at least one column, which HDF5 can compress. */
static size_t find_width(const struct data *data, const struct data_series *series)
{
    size_t elements = data->steps * series->neurons, width = 1;

    for (size_t sample = 0; sample < data->samples; sample++) {
        size_t events = 0;
        for (size_t element = 0; element < elements; element++)
            events += is_event(series, sample * elements + element);
        width = events > width ? events : width;
    }
    return width;
}

static void fill_sample(struct event_table *table, const struct data *data, const struct data_series *series,
                        size_t sample)
{
    size_t row = sample * table->width, end = row + table->width;

    for (size_t step = 0; step < data->steps; step++) {
        size_t first = (sample * data->steps + step) * series->neurons;
        for (size_t neuron = 0; neuron < series->neurons; neuron++) {
            if (!is_event(series, first + neuron))
                continue;
            table->neuron[row] = (int64_t)neuron;
            table->time[row] = (double)step * data->dt;
            if (table->value)
                table->value[row] = series->values[first + neuron];
            row++;
        }
    }
    for (; row < end; row++) {
        table->neuron[row] = -1;
        table->time[row] = INFINITY;
    }
}

static void free_table(struct event_table *table)
{
    free(table->neuron);
    free(table->time);
    free(table->value);
}

static int make_table(struct event_table *table, const struct data *data, const struct data_series *series,
                      char *reason)
{
    table->width = find_width(data, series);
    size_t count = data_count(data->samples, 1, table->width);
    if (count == SIZE_MAX)
        return hdf5_because(reason, "has up to %zu events in each of %zu samples, more than %d; write fewer samples",
                            table->width, data->samples, HDF5_COUNT_MAX);
    table->neuron = calloc(count + 1, sizeof *table->neuron);
    table->time = calloc(count + 1, sizeof *table->time);
    table->value = series->values ? calloc(count + 1, sizeof *table->value) : NULL;
    if (!table->neuron || !table->time || (series->values && !table->value))
        return hdf5_because(reason, "cannot be written: memory is short");
    for (size_t sample = 0; sample < data->samples; sample++)
        fill_sample(table, data, series, sample);
    return 0;
}

static int write_table(hid_t group, const struct event_table *table, const struct data *data, size_t neurons,
                       char *reason)
{
    size_t size[2] = {data->samples, table->width};

    if (hdf5_set_integer(group, "n_neurons", (int64_t)neurons, reason) != 0 ||
        hdf5_set_number(group, "t_max", (double)data->steps * data->dt, reason) != 0 ||
        hdf5_write(group, "idx", HDF5_INT64, 2, size, table->neuron, true, reason) != 0 ||
        hdf5_write(group, "time", HDF5_DOUBLE, 2, size, table->time, true, reason) != 0)
        return -1;
    return table->value ? hdf5_write(group, "value", HDF5_DOUBLE, 2, size, table->value, true, reason) : 0;
}

static int write_events(hid_t file, const struct data *data, const struct data_series *series, char *reason)
{
    struct event_table table = {0};
    hid_t group = -1;
    int status = -1;

    if (!(data->dt > 0))
        return hdf5_because(reason, "cannot be written as events: there is no dt");
    if (make_table(&table, data, series, reason) == 0)
        group = data_create_observable(file, series->node, series->observable,
                                       series->values ? "ValuedEventData" : "EventData", reason);
    if (group >= 0)
        status = write_table(group, &table, data, series->neurons, reason);
    hdf5_close(group);
    free_table(&table);
    return status;
}

static int write_series(hid_t file, const struct data *data, const struct data_series *series, enum form form,
                        char *reason)
{
    size_t size[3] = {data->samples, data->steps, series->neurons};
    const void *values = series->spikes ? (const void *)series->spikes : (const void *)series->values;

    if (form == FORM_EVENTS)
        return write_events(file, data, series, reason);
    return data_create_grid(file, series->node, series->observable, data->dt, series->spikes ? HDF5_BOOL : HDF5_DOUBLE,
                            size, values, reason);
}

static int write_answers(hid_t file, const struct data *data, char *reason)
{
    size_t size[2] = {data->samples, data->target_width};

    if (data->labels && hdf5_write(file, "labels", HDF5_INT64, 1, size, data->labels, false, reason) != 0)
        return -1;
    if (data->targets && hdf5_write(file, "targets", HDF5_DOUBLE, 2, size, data->targets, true, reason) != 0)
        return -1;
    return 0;
}

static int write_file(const struct data *data, enum form form, const char *path, struct diagnostics *diagnostics)
{
    char reason[HDF5_REASON_BYTES], temporary[HDF5_PATH_BYTES];
    const struct data_series *culprit = NULL;
    hid_t file = hdf5_create(path, temporary, reason);

    if (file < 0)
        return diagnostics_error(diagnostics, "", "%s", reason);
    int status = data_create_root(file, reason);
    for (size_t index = 0; status == 0 && index < data->series_count; index++) {
        status = write_series(file, data, &data->series[index], form, reason);
        culprit = status == 0 ? NULL : &data->series[index];
    }
    if (status == 0)
        status = write_answers(file, data, reason);
    if (status == 0)
        status = hdf5_commit(file, temporary, path, reason);
    else
        hdf5_abandon(file, temporary);
    if (status == 0)
        return 0;
    if (culprit)
        return diagnostics_error(diagnostics, "", "/%s/%s: %s", culprit->node, culprit->observable, reason);
    return diagnostics_error(diagnostics, "", "%s", reason);
}

int data_write(const struct data *data, const char *path, struct diagnostics *diagnostics)
{
    return write_file(data, FORM_GRID, path, diagnostics);
}

int data_write_events(const struct data *data, const char *path, struct diagnostics *diagnostics)
{
    return write_file(data, FORM_EVENTS, path, diagnostics);
}
