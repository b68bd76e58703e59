/* Data files, reading: a walk over the nested groups lists every observable with its size, so that
 * samples and steps are settled before any is read; events become grids. Series in memory are in data_series.c, writing in
 * data_write.c. */
#include "data.h"
#include "hdf5_access.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { ENTRIES_MAX = 4096, GROUPS_MAX = 1 << 14, DEPTH_MAX = 64 };

enum layout { LAYOUT_GRID, LAYOUT_EVENTS, LAYOUT_VALUED_EVENTS };

struct entry { /* an observable of the file */
    hid_t group; /* open */
    enum layout layout;
    char *node;
    char *observable;
    char *place; /* for messages */
    size_t samples;
    size_t steps; /* of events: by settle() */
    size_t neurons;
    size_t events; /* (samples, events) */
    double t_max;
    double dt;
    bool bools;
};

struct listing {
    struct arena arena;
    struct diagnostics *diagnostics;
    struct entry *entries; /* (ENTRIES_MAX) */
    size_t count;
    size_t groups;
};

/* ---- what the file has ---- */

static int no_memory(struct listing *listing)
{
    return diagnostics_error(listing->diagnostics, "", "memory is short");
}

static int measure_grid(struct entry *entry, char *reason)
{
    struct hdf5_extent extent;
    hid_t data = hdf5_open_dataset(entry->group, "data", reason);
    int status = data < 0 ? -1 : hdf5_extent(data, &extent, reason);

    hdf5_close(data);
    if (status != 0)
        return -1;
    if (extent.class != HDF5_NUMBERS && extent.class != HDF5_BOOLS)
        return hdf5_because(reason, "data holds no numbers");
    if (extent.rank != 3)
        return hdf5_because(reason, "data has rank %zu; give (samples, steps, neurons)", extent.rank);
    entry->bools = extent.class == HDF5_BOOLS;
    entry->samples = extent.size[0];
    entry->steps = extent.size[1];
    entry->neurons = extent.size[2];
    if (hdf5_has_attribute(entry->group, "dt") && hdf5_attribute_number(entry->group, "dt", &entry->dt, reason) != 0)
        return -1;
    if (!(entry->dt >= 0 && isfinite(entry->dt)))
        return hdf5_because(reason, "dt must be > 0, got %g", entry->dt);
    return 0;
}

static int measure_events(struct entry *entry, char *reason)
{
    static const char *const names[] = {"idx", "time", "value"};
    size_t count = entry->layout == LAYOUT_VALUED_EVENTS ? 3 : 2;
    int64_t neurons = 0;

    for (size_t index = 0; index < count; index++) {
        struct hdf5_extent extent;
        hid_t dataset = hdf5_open_dataset(entry->group, names[index], reason);
        int status = dataset < 0 ? -1 : hdf5_extent(dataset, &extent, reason);
        hdf5_close(dataset);
        if (status != 0)
            return -1;
        if (extent.rank != 2 || (index && (extent.size[0] != entry->samples || extent.size[1] != entry->events)))
            return hdf5_because(reason, "%s has not the shape (samples, events) of idx", names[index]);
        entry->samples = extent.size[0];
        entry->events = extent.size[1];
    }
    if (hdf5_attribute_integer(entry->group, "n_neurons", &neurons, reason) != 0 ||
        hdf5_attribute_number(entry->group, "t_max", &entry->t_max, reason) != 0)
        return -1;
    if (neurons < 1 || neurons > HDF5_COUNT_MAX)
        return hdf5_because(reason, "n_neurons must be 1 to %d, got %lld", HDF5_COUNT_MAX, (long long)neurons);
    if (!(entry->t_max >= 0 && isfinite(entry->t_max)))
        return hdf5_because(reason, "t_max must be >= 0, got %g", entry->t_max);
    entry->neurons = (size_t)neurons;
    return 0;
}

static int list_observable(struct listing *listing, hid_t group, const char *node, const char *observable)
{
    char reason[HDF5_REASON_BYTES];
    struct entry entry = {.node = arena_copy(&listing->arena, node),
                          .observable = arena_copy(&listing->arena, observable)};

    entry.place = arena_print(&listing->arena, "/%s/%s", node, observable);
    if (!entry.node || !entry.observable || !entry.place)
        return no_memory(listing);
    if (listing->count == ENTRIES_MAX)
        return diagnostics_error(listing->diagnostics, entry.place, "is one observable too many; at most %d are read",
                                 ENTRIES_MAX);
    entry.group = hdf5_open_group(group, observable, reason);
    char *type = entry.group < 0 ? NULL : hdf5_attribute_text(entry.group, "__type__", &listing->arena, reason);
    int status = -1;
    if (!type) {
        diagnostics_error(listing->diagnostics, entry.place, "%s", reason);
    } else if (strcmp(type, "TimeGriddedData") == 0) {
        status = measure_grid(&entry, reason);
    } else if (strcmp(type, "EventData") == 0 || strcmp(type, "ValuedEventData") == 0) {
        entry.layout = *type == 'E' ? LAYOUT_EVENTS : LAYOUT_VALUED_EVENTS;
        status = measure_events(&entry, reason);
    } else {
        hdf5_because(reason, "has __type__ '%.64s'; known are TimeGriddedData, EventData, ValuedEventData", type);
    }
    if (type && status != 0)
        diagnostics_error(listing->diagnostics, entry.place, "%s", reason);
    if (status == 0)
        listing->entries[listing->count++] = entry;
    else
        hdf5_close(entry.group);
    return status;
}

static int list_nodes(struct listing *listing, hid_t parent, const char *prefix, size_t depth);

static int list_node(struct listing *listing, hid_t group, const char *path, size_t depth)
{
    char reason[HDF5_REASON_BYTES], **names;
    size_t count;
    char *place = arena_print(&listing->arena, "/%s", path), *inner = arena_print(&listing->arena, "%s/", path);

    if (!place || !inner)
        return no_memory(listing);
    char *type = hdf5_attribute_text(group, "__type__", &listing->arena, reason);
    if (!type)
        return diagnostics_error(listing->diagnostics, place, "%s", reason);
    if (strcmp(type, "NIRGraphData") == 0)
        return list_nodes(listing, group, inner, depth + 1);
    if (strcmp(type, "NIRNodeData") != 0)
        return diagnostics_error(listing->diagnostics, place,
                                 "has __type__ '%.64s'; known are NIRNodeData, NIRGraphData", type);
    hid_t observables = hdf5_open_group(group, "observables", reason);
    if (observables < 0)
        return diagnostics_error(listing->diagnostics, place, "observables %s", reason);
    int status = hdf5_names(observables, &listing->arena, &names, &count, reason);
    if (status != 0)
        diagnostics_error(listing->diagnostics, place, "observables %s", reason);
    for (size_t index = 0; status == 0 && index < count; index++)
        status = list_observable(listing, observables, path, names[index]);
    hdf5_close(observables);
    return status;
}

static int list_nodes(struct listing *listing, hid_t parent, const char *prefix, size_t depth)
{
    char reason[HDF5_REASON_BYTES], **names;
    size_t count;
    hid_t nodes = hdf5_open_group(parent, "nodes", reason);

    if (nodes < 0)
        return diagnostics_error(listing->diagnostics, "", "/%snodes %s; a data file is NIRGraphData (nir, write_data)",
                                 prefix, reason);
    int status = hdf5_names(nodes, &listing->arena, &names, &count, reason);
    if (status != 0)
        diagnostics_error(listing->diagnostics, "", "/%snodes %s", prefix, reason);
    else if (depth > DEPTH_MAX || (listing->groups += count) > GROUPS_MAX)
        status = diagnostics_error(listing->diagnostics, "", "nests more than %d graphs or has more than %d nodes",
                                   DEPTH_MAX, GROUPS_MAX);
    for (size_t index = 0; status == 0 && index < count; index++) {
        char *path = arena_print(&listing->arena, "%s%s", prefix, names[index]);
        hid_t group = hdf5_open_group(nodes, names[index], reason);
        if (!path)
            status = no_memory(listing);
        else if (group < 0)
            status = diagnostics_error(listing->diagnostics, "", "/%s: %s", path, reason);
        else
            status = list_node(listing, group, path, depth);
        hdf5_close(group);
    }
    hdf5_close(nodes);
    return status;
}

/* ---- agreement ---- */

/* One dt for all, and with it the steps of events. */
static int settle_dt(struct listing *listing, struct data *data, double fallback_dt)
{
    for (size_t index = 0; index < listing->count; index++) {
        const struct entry *entry = &listing->entries[index];
        if (entry->dt > 0 && data->dt > 0 && fabs(entry->dt - data->dt) > 1e-9 * data->dt)
            return diagnostics_error(listing->diagnostics, entry->place,
                                     "has dt %g, but others have %g; use one step for all", entry->dt, data->dt);
        if (data->dt == 0)
            data->dt = entry->dt;
    }
    double dt = data->dt > 0 ? data->dt : fallback_dt;
    for (size_t index = 0; index < listing->count; index++) {
        struct entry *entry = &listing->entries[index];
        if (entry->layout == LAYOUT_GRID)
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
static int settle_samples(struct listing *listing, struct data *data, size_t skip, size_t limit, size_t *total)
{
    const struct entry *first = NULL;
    size_t kept = 0;

    for (size_t index = 0; index < listing->count; index++)
        if (listing->entries[index].samples > *total)
            *total = listing->entries[index].samples;
    if (listing->count == 0)
        return diagnostics_error(listing->diagnostics, "", "has no observables");
    if (skip >= *total)
        return diagnostics_error(listing->diagnostics, "", "has %zu samples; skipping %zu leaves none", *total, skip);
    data->samples = limit && limit < *total - skip ? limit : *total - skip;
    for (size_t index = 0; index < listing->count; index++) {
        struct entry *entry = &listing->entries[index];
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
        const struct entry *entry = &listing->entries[index];
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

static int read_member(const struct entry *entry, const char *name, size_t first, size_t count, enum hdf5_type type,
                       void *values, size_t capacity, char *reason)
{
    hid_t dataset = hdf5_open_dataset(entry->group, name, reason);
    int status = dataset < 0 ? -1 : hdf5_read_rows(dataset, first, count, type, values, capacity, reason);

    hdf5_close(dataset);
    return status;
}

static int place_events(const struct entry *entry, size_t samples, const int64_t *neuron, const double *time,
                        const double *value, double *grid, char *reason)
{
    for (size_t index = 0; index < samples * entry->events; index++) {
        size_t sample = index / entry->events;
        if (neuron[index] == -1 || time[index] == INFINITY)
            continue;
        double step = floor(time[index] / entry->dt + 1e-6);
        if (neuron[index] < 0 || (uint64_t)neuron[index] >= entry->neurons)
            return hdf5_because(reason, "event %zu of sample %zu names neuron %lld of %zu", index % entry->events,
                                sample, (long long)neuron[index], entry->neurons);
        if (!(step >= 0 && step < (double)entry->steps))
            return hdf5_because(reason, "event %zu of sample %zu is at time %g, outside 0 to t_max %g",
                                index % entry->events, sample, time[index], entry->t_max);
        grid[(sample * entry->steps + (size_t)step) * entry->neurons + (size_t)neuron[index]] =
            value ? value[index] : 1;
    }
    return 0;
}

static int read_events(const struct entry *entry, size_t first, size_t samples, double *grid, char *reason)
{
    size_t count = samples * entry->events;
    int64_t *neuron = calloc(count + 1, sizeof *neuron);
    double *time = calloc(count + 1, sizeof *time), *value = NULL;
    int status = -1;

    if (entry->layout == LAYOUT_VALUED_EVENTS)
        value = calloc(count + 1, sizeof *value);
    if (!neuron || !time || (entry->layout == LAYOUT_VALUED_EVENTS && !value))
        hdf5_because(reason, "cannot be read: memory is short");
    else if (read_member(entry, "idx", first, samples, HDF5_INT64, neuron, count, reason) == 0 &&
             read_member(entry, "time", first, samples, HDF5_DOUBLE, time, count, reason) == 0 &&
             (!value || read_member(entry, "value", first, samples, HDF5_DOUBLE, value, count, reason) == 0))
        status = place_events(entry, samples, neuron, time, value, grid, reason);
    free(neuron);
    free(time);
    free(value);
    return status;
}

/* Turns values into spikes where all are 0 or 1; refuses what is not finite. */
static int judge_values(struct data_series *series, size_t count, char *reason)
{
    bool spikes = strcmp(series->observable, "spikes") == 0;

    for (size_t index = 0; index < count; index++) {
        if (!isfinite(series->values[index]))
            return hdf5_because(reason, "must be finite, got %g at element %zu", series->values[index], index);
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

static int read_series(struct data *data, const struct entry *entry, size_t skip, char *reason)
{
    size_t count = data->samples * data->steps * entry->neurons;
    bool bools = entry->layout == LAYOUT_GRID && entry->bools && strcmp(entry->observable, "spikes") == 0;
    struct data_series *series = data_add(data, entry->node, entry->observable, entry->neurons, bools);

    if (!series)
        return hdf5_because(reason, "cannot be read: memory is short");
    if (bools) {
        if (read_member(entry, "data", skip, data->samples, HDF5_UINT8, series->spikes, count, reason) != 0)
            return -1;
        for (size_t index = 0; index < count; index++)
            if (series->spikes[index] > 1)
                return hdf5_because(reason, "is no bool: %u at element %zu", series->spikes[index], index);
        return 0;
    }
    int status = entry->layout == LAYOUT_GRID
                     ? read_member(entry, "data", skip, data->samples, HDF5_DOUBLE, series->values, count, reason)
                     : read_events(entry, skip, data->samples, series->values, reason);
    return status == 0 ? judge_values(series, count, reason) : -1;
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

static int read_file(struct data *data, struct listing *listing, hid_t file, size_t skip, size_t limit,
                     double fallback_dt)
{
    char reason[HDF5_REASON_BYTES];
    size_t total = 0;

    if (hdf5_kind(file, "node") == HDF5_GROUP && hdf5_kind(file, "nodes") == HDF5_ABSENT)
        return diagnostics_error(listing->diagnostics, "",
                                 "is a NIR graph, not a data file: it has /node but no /nodes");
    if (list_nodes(listing, file, "", 0) != 0 || settle_dt(listing, data, fallback_dt) != 0 ||
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
    struct listing listing = {.diagnostics = diagnostics};
    char reason[HDF5_REASON_BYTES];
    hid_t file = hdf5_open(path, reason);
    int status = -1;

    *data = (struct data){0};
    if (file < 0)
        return diagnostics_error(diagnostics, "", "%s", reason);
    listing.entries = arena_allocate(&listing.arena, ENTRIES_MAX, sizeof *listing.entries);
    if (!listing.entries)
        no_memory(&listing);
    else
        status = read_file(data, &listing, file, skip, limit, fallback_dt);
    if (status != 0)
        data_free(data);
    for (size_t index = 0; index < listing.count; index++)
        hdf5_close(listing.entries[index].group);
    arena_free(&listing.arena);
    hdf5_close(file);
    return status;
}
