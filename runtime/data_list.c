/* NIRGraphData in HDF5, reading: a walk over the nested groups lists every observable with its size and attributes, so
 * that a reader knows what there is before it asks for memory. */
#include "data_file.h"

#include <math.h>
#include <string.h>

enum { ENTRIES_MAX = 4096, GROUPS_MAX = 1 << 14, DEPTH_MAX = 64 };

static int no_memory(struct data_listing *listing)
{
    return diagnostics_error(listing->diagnostics, "", "memory is short");
}

/* Puts the dataset's name before the reason. */
static int member_because(char *reason, const char *name)
{
    char copy[HDF5_REASON_BYTES];

    memcpy(copy, reason, sizeof copy);
    return hdf5_because(reason, "%s %.*s", name, HDF5_REASON_BYTES - 1, copy);
}

int data_read_member(const struct data_entry *entry, const char *name, size_t first, size_t count, enum hdf5_type type,
                     void *values, size_t capacity, char *reason)
{
    hid_t dataset = hdf5_open_dataset(entry->group, name, reason);
    int status = dataset < 0 ? -1 : hdf5_read_rows(dataset, first, count, type, values, capacity, reason);

    hdf5_close(dataset);
    return status == 0 ? 0 : member_because(reason, name);
}

/* The extent of a dataset of numbers with that rank. */
static int measure_member(const struct data_entry *entry, const char *name, size_t rank, struct hdf5_extent *extent,
                          char *reason)
{
    hid_t dataset = hdf5_open_dataset(entry->group, name, reason);
    int status = dataset < 0 ? -1 : hdf5_extent(dataset, extent, reason);

    hdf5_close(dataset);
    if (status != 0)
        return member_because(reason, name);
    if (extent->class != HDF5_NUMBERS && extent->class != HDF5_BOOLS)
        return hdf5_because(reason, "%s holds no numbers", name);
    if (extent->rank != rank)
        return hdf5_because(reason, "%s has rank %zu; give (samples, %s)", name, extent->rank,
                            rank == 3 ? "steps, neurons" : "events");
    return 0;
}

static int measure_grid(struct data_entry *entry, char *reason)
{
    struct hdf5_extent extent;

    if (measure_member(entry, "data", 3, &extent, reason) != 0)
        return -1;
    entry->bools = extent.class == HDF5_BOOLS;
    entry->samples = extent.size[0];
    entry->steps = extent.size[1];
    entry->neurons = extent.size[2];
    if (!hdf5_has_attribute(entry->group, "dt"))
        return 0;
    if (hdf5_attribute_number(entry->group, "dt", &entry->dt, reason) != 0)
        return -1;
    if (!(entry->dt > 0 && isfinite(entry->dt)))
        return hdf5_because(reason, "dt must be > 0, got %g", entry->dt);
    return 0;
}

/* One unit in the last place of a float of so many bytes, relative; 0 where it is too small to matter. */
static double precision_of(const struct hdf5_extent *extent)
{
    if (extent->whole || extent->bytes > 4)
        return 0;
    return extent->bytes == 4 ? 0x1p-23 : 0x1p-10;
}

static int measure_events(struct data_entry *entry, char *reason)
{
    static const char *const names[] = {"idx", "time", "value"};
    size_t count = entry->layout == DATA_LAYOUT_VALUED_EVENTS ? 3 : 2;
    int64_t neurons = 0;

    for (size_t index = 0; index < count; index++) {
        struct hdf5_extent extent;
        if (measure_member(entry, names[index], 2, &extent, reason) != 0)
            return -1;
        if (index && (extent.size[0] != entry->samples || extent.size[1] != entry->events))
            return hdf5_because(reason, "%s has the shape (%zu, %zu), but idx (%zu, %zu); give (samples, events) in all",
                                names[index], extent.size[0], extent.size[1], entry->samples, entry->events);
        if (index == 0 && !extent.whole)
            return hdf5_because(reason, "idx holds floating-point numbers; give integers, -1 where there is no event");
        if (index == 1)
            entry->precision = precision_of(&extent);
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

/* All observables of a node are of the same neurons. */
static int compare_neurons(const struct data_listing *listing, const struct data_entry *entry, char *reason)
{
    const struct data_entry *before = listing->count ? &listing->entries[listing->count - 1] : NULL;

    if (!before || strcmp(before->node, entry->node) != 0 || before->neurons == entry->neurons)
        return 0;
    return hdf5_because(reason, "has %zu neurons, but %.100s has %zu; a node has one number of them", entry->neurons,
                        before->place, before->neurons);
}

static int list_observable(struct data_listing *listing, hid_t group, const char *node, const char *observable)
{
    char reason[HDF5_REASON_BYTES];
    struct data_entry entry = {.node = arena_copy(&listing->arena, node),
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
        entry.layout = *type == 'E' ? DATA_LAYOUT_EVENTS : DATA_LAYOUT_VALUED_EVENTS;
        status = measure_events(&entry, reason);
    } else {
        hdf5_because(reason, "has __type__ '%.64s'; known are TimeGriddedData, EventData, ValuedEventData", type);
    }
    if (status == 0)
        status = compare_neurons(listing, &entry, reason);
    if (type && status != 0)
        diagnostics_error(listing->diagnostics, entry.place, "%s", reason);
    if (status == 0)
        listing->entries[listing->count++] = entry;
    else
        hdf5_close(entry.group);
    return status;
}

static int list_nodes(struct data_listing *listing, hid_t parent, const char *prefix, size_t depth);

static int list_node(struct data_listing *listing, hid_t group, const char *path, size_t depth)
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

static int list_nodes(struct data_listing *listing, hid_t parent, const char *prefix, size_t depth)
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

int data_list(struct data_listing *listing, hid_t file)
{
    listing->entries = arena_allocate(&listing->arena, ENTRIES_MAX, sizeof *listing->entries);
    return listing->entries ? list_nodes(listing, file, "", 0) : no_memory(listing);
}

void data_list_close(struct data_listing *listing)
{
    for (size_t index = 0; index < listing->count; index++)
        hdf5_close(listing->entries[index].group);
    listing->count = 0;
    arena_free(&listing->arena);
}
