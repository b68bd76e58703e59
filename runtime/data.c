/* Data files, reading: what the file has (data_list.c) is brought to one number of samples and steps before any is read;
 * events become grids. Series in memory are in data_series.c, writing in data_write.c. */
#include "data.h"
#include "data_file.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- agreement ---- */

/* One dt for all, and with it the steps of events. */
static int settle_dt(struct data_listing *listing, struct data *data, double fallback_dt)
{
    for (size_t index = 0; index < listing->count; index++) {
        const struct data_entry *entry = &listing->entries[index];
        if (entry->dt > 0 && data->dt > 0 && fabs(entry->dt - data->dt) > 1e-9 * data->dt)
            return diagnostics_error(listing->diagnostics, entry->place,
                                     "has dt %g, but others have %g; use one step for all", entry->dt, data->dt);
        if (data->dt == 0)
            data->dt = entry->dt;
    }
    double dt = data->dt > 0 ? data->dt : fallback_dt;
    if (data->dt == 0 && listing->count && listing->entries[0].layout == DATA_LAYOUT_GRID)
        diagnostics_warning(listing->diagnostics, listing->entries[0].place,
                            "has no attribute dt, the time of a step; the network's or the default is taken");
    for (size_t index = 0; index < listing->count; index++) {
        struct data_entry *entry = &listing->entries[index];
        if (entry->layout == DATA_LAYOUT_GRID)
            continue;
        if (!(dt > 0))
            return diagnostics_error(listing->diagnostics, entry->place,
                                     "holds events, and the file has no dt; give --dt");
        if (entry->t_max / dt > HDF5_COUNT_MAX)
            return diagnostics_error(listing->diagnostics, entry->place, "t_max %g is more than %d steps of %g",
                                     entry->t_max, HDF5_COUNT_MAX, dt);
        entry->steps = (size_t)floor(entry->t_max / dt + 0.5);
        entry->dt = data->dt = dt;
    }
    return 0;
}

/* The samples to be read, and which observables have them. Others are taken off the list. */
static int settle_samples(struct data_listing *listing, struct data *data, size_t skip, size_t limit, size_t *total)
{
    const struct data_entry *first = NULL;
    size_t kept = 0;

    for (size_t index = 0; index < listing->count; index++)
        if (listing->entries[index].samples > *total)
            *total = listing->entries[index].samples;
    if (listing->count == 0)
        return diagnostics_error(listing->diagnostics, "", "has no observables");
    if (*total == 0)
        return diagnostics_error(listing->diagnostics, "", "has no samples; give at least one");
    if (skip >= *total)
        return diagnostics_error(listing->diagnostics, "", "has %zu samples; skipping %zu leaves none", *total, skip);
    data->samples = limit && limit < *total - skip ? limit : *total - skip;
    for (size_t index = 0; index < listing->count; index++) {
        struct data_entry *entry = &listing->entries[index];
        if (entry->samples < skip + data->samples) {
            diagnostics_warning(listing->diagnostics, entry->place,
                                "has %zu samples where others have %zu; left out (read fewer "
                                "samples to have it)",
                                entry->samples, *total);
            hdf5_close(entry->group);
            continue;
        }
        listing->entries[kept++] = *entry;
    }
    listing->count = kept;
    for (size_t index = 0; index < kept; index++) {
        const struct data_entry *entry = &listing->entries[index];
        first = first ? first : entry;
        if (entry->steps != first->steps)
            return diagnostics_error(listing->diagnostics, entry->place,
                                     "has %zu steps, but %s has %zu; use one length for all", entry->steps,
                                     first->place, first->steps);
        if (data_count(data->samples, entry->steps, entry->neurons) == SIZE_MAX)
            return diagnostics_error(listing->diagnostics, entry->place,
                                     "has %zu x %zu x %zu elements to be read; read fewer samples", data->samples,
                                     entry->steps, entry->neurons);
    }
    data->steps = listing->entries[0].steps;
    return 0;
}

/* ---- contents ---- */

/* The step that time lies in. Times come from a product step * dt, maybe in a narrower type, which may fall short of
 * the step by rounding: what is missing less than 1e-6, or less than the type can tell, counts as reached. */
static double step_of(const struct data_entry *entry, double time)
{
    double steps = time / entry->dt, slack = fmax(1e-6, entry->precision * steps);

    return floor(steps + fmin(slack, 0.5));
}

static int place_events(const struct data_entry *entry, size_t samples, const int64_t *neuron, const double *time,
                        const double *value, double *grid, char *reason)
{
    for (size_t index = 0; index < samples * entry->events; index++) {
        size_t sample = index / entry->events, event = index % entry->events;
        if (neuron[index] == -1 || time[index] == INFINITY)
            continue;
        double step = step_of(entry, time[index]);
        if (neuron[index] < 0 || (uint64_t)neuron[index] >= entry->neurons)
            return hdf5_because(reason, "event %zu of sample %zu names neuron %lld of %zu", event, sample,
                                (long long)neuron[index], entry->neurons);
        if (step == (double)entry->steps)
            return hdf5_because(reason,
                                "event %zu of sample %zu is at time %g, the end (t_max %g, %zu steps of %g); an event "
                                "of step k belongs at k * dt, not at the step's end",
                                event, sample, time[index], entry->t_max, entry->steps, entry->dt);
        if (!(step >= 0 && step < (double)entry->steps))
            return hdf5_because(reason, "event %zu of sample %zu is at time %g, outside 0 to t_max %g", event, sample,
                                time[index], entry->t_max);
        double *element = &grid[(sample * entry->steps + (size_t)step) * entry->neurons + (size_t)neuron[index]];
        *element = value ? *element + value[index] : 1;
    }
    return 0;
}

static int read_events(const struct data_entry *entry, size_t first, size_t samples, double *grid, char *reason)
{
    size_t count = samples * entry->events;
    int64_t *neuron = calloc(count + 1, sizeof *neuron);
    double *time = calloc(count + 1, sizeof *time), *value = NULL;
    int status = -1;

    if (entry->layout == DATA_LAYOUT_VALUED_EVENTS)
        value = calloc(count + 1, sizeof *value);
    if (!neuron || !time || (entry->layout == DATA_LAYOUT_VALUED_EVENTS && !value))
        hdf5_because(reason, "cannot be read: memory is short");
    else if (data_read_member(entry, "idx", first, samples, HDF5_INT64, neuron, count, reason) == 0 &&
             data_read_member(entry, "time", first, samples, HDF5_DOUBLE, time, count, reason) == 0 &&
             (!value || data_read_member(entry, "value", first, samples, HDF5_DOUBLE, value, count, reason) == 0))
        status = place_events(entry, samples, neuron, time, value, grid, reason);
    free(neuron);
    free(time);
    free(value);
    return status;
}

/* Turns values into spikes where all are 0 or 1; refuses what is not finite. */
static int judge_values(const struct data *data, struct data_series *series, size_t skip, char *reason)
{
    bool spikes = strcmp(series->observable, "spikes") == 0;
    size_t count = data->samples * data->steps * series->neurons;

    for (size_t index = 0; index < count; index++) {
        if (!isfinite(series->values[index]))
            return hdf5_because(reason, "must be finite, got %g in sample %zu, step %zu, neuron %zu; leave that sample "
                                        "out or mend it", series->values[index],
                                skip + index / series->neurons / data->steps, index / series->neurons % data->steps,
                                index % series->neurons);
        spikes = spikes && (series->values[index] == 0 || series->values[index] == 1);
    }
    if (!spikes)
        return 0;
    series->spikes = calloc(count + 1, sizeof *series->spikes);
    if (!series->spikes)
        return hdf5_because(reason, "cannot be read: memory is short");
    for (size_t index = 0; index < count; index++)
        series->spikes[index] = series->values[index] != 0;
    free(series->values);
    series->values = NULL;
    return 0;
}

static int read_series(struct data *data, const struct data_entry *entry, size_t skip, char *reason)
{
    size_t count = data->samples * data->steps * entry->neurons;
    bool bools = entry->layout == DATA_LAYOUT_GRID && entry->bools && strcmp(entry->observable, "spikes") == 0;
    struct data_series *series = data_add(data, entry->node, entry->observable, entry->neurons, bools);

    if (!series)
        return hdf5_because(reason, "cannot be read: memory is short");
    if (bools) {
        /* as signed bytes: -1 would be clipped to 0 */
        if (data_read_member(entry, "data", skip, data->samples, HDF5_INT8, series->spikes, count, reason) != 0)
            return -1;
        for (size_t index = 0; index < count; index++)
            if (series->spikes[index] > 1)
                return hdf5_because(reason, "is no bool: %u at element %zu", series->spikes[index], index);
        return 0;
    }
    int status = entry->layout == DATA_LAYOUT_GRID
                     ? data_read_member(entry, "data", skip, data->samples, HDF5_DOUBLE, series->values, count, reason)
                     : read_events(entry, skip, data->samples, series->values, reason);
    return status == 0 ? judge_values(data, series, skip, reason) : -1;
}

/* labels and targets, beside the nodes. */
static int read_answers(struct data *data, hid_t file, size_t skip, size_t total, struct diagnostics *diagnostics)
{
    static const char *const names[] = {"labels", "targets"};
    char reason[HDF5_REASON_BYTES];

    for (int targets = 0; targets < 2; targets++) {
        const char *place = targets ? "/targets" : "/labels";
        struct hdf5_extent extent;
        if (hdf5_kind(file, names[targets]) == HDF5_ABSENT)
            continue;
        hid_t dataset = hdf5_open_dataset(file, names[targets], reason);
        int status = dataset < 0 ? -1 : hdf5_extent(dataset, &extent, reason);
        if (status == 0 && (extent.rank == 0 || extent.size[0] != total))
            status = hdf5_because(reason, "has %zu entries for %zu samples", extent.rank ? extent.size[0] : 1, total);
        size_t width = status == 0 && total ? extent.count / total : 0;
        if (status == 0 && !targets && (!extent.whole || width != 1))
            status = hdf5_because(reason, "must be one whole number a sample");
        if (status == 0 && targets) {
            data->target_width = width;
            data->targets = calloc(data->samples * width + 1, sizeof *data->targets);
        } else if (status == 0) {
            data->labels = calloc(data->samples + 1, sizeof *data->labels);
        }
        void *values = targets ? (void *)data->targets : (void *)data->labels;
        if (status == 0 && !values)
            status = hdf5_because(reason, "cannot be read: memory is short");
        if (status == 0)
            status = hdf5_read_rows(dataset, skip, data->samples, targets ? HDF5_DOUBLE : HDF5_INT64, values,
                                    data->samples * width, reason);
        hdf5_close(dataset);
        if (status != 0)
            return diagnostics_error(diagnostics, place, "%s", reason);
    }
    return 0;
}

static int read_file(struct data *data, struct data_listing *listing, hid_t file, size_t skip, size_t limit,
                     double fallback_dt)
{
    char reason[HDF5_REASON_BYTES];
    size_t total = 0;

    if (hdf5_kind(file, "node") == HDF5_GROUP && hdf5_kind(file, "nodes") == HDF5_ABSENT)
        return diagnostics_error(listing->diagnostics, "",
                                 "is a NIR graph, not a data file: it has /node but no /nodes");
    if (data_list(listing, file) != 0 || settle_dt(listing, data, fallback_dt) != 0 ||
        settle_samples(listing, data, skip, limit, &total) != 0)
        return -1;
    for (size_t index = 0; index < listing->count; index++)
        if (read_series(data, &listing->entries[index], skip, reason) != 0)
            return diagnostics_error(listing->diagnostics, listing->entries[index].place, "%s", reason);
    return read_answers(data, file, skip, total, listing->diagnostics);
}

int data_read(struct data *data, const char *path, size_t skip, size_t limit, double fallback_dt,
              struct diagnostics *diagnostics)
{
    struct data_listing listing = {.diagnostics = diagnostics};
    char reason[HDF5_REASON_BYTES];
    hid_t file = hdf5_open(path, reason);
    int status;

    *data = (struct data){0};
    if (file < 0)
        return diagnostics_error(diagnostics, "", "%s", reason);
    status = read_file(data, &listing, file, skip, limit, fallback_dt);
    if (status != 0)
        data_free(data);
    data_list_close(&listing);
    hdf5_close(file);
    return status;
}
