/* State files: every part of a node's state is an observable of one sample, a grid of one step or, for past outputs and
 * the line of a Delay, of as many as there are. */
#include "state.h"

#include "data.h"
#include "data_file.h"

#include <math.h>
#include <string.h>

enum part { PART_V, PART_I, PART_SPIKES, PART_VALUES, PART_DELAY_SPIKES, PART_DELAY_VALUES, PARTS };

enum extent { EXTENT_ONE, EXTENT_HISTORY, EXTENT_LINE };

struct part_form {
    const char *name; /* of the observable */
    bool spikes;      /* 0 and 1, else doubles */
    enum extent extent; /* one step, history or delay_steps of them */
};

static const struct part_form part_forms[PARTS] = {
    [PART_V] = {"v", false, EXTENT_ONE},
    [PART_I] = {"i", false, EXTENT_ONE},
    [PART_SPIKES] = {"spikes", true, EXTENT_HISTORY},
    [PART_VALUES] = {"values", false, EXTENT_HISTORY},
    [PART_DELAY_SPIKES] = {"delay_spikes", true, EXTENT_LINE},
    [PART_DELAY_VALUES] = {"delay_values", false, EXTENT_LINE},
};

static const void *part_of(const struct state_node *node, enum part part)
{
    switch (part) {
    case PART_V: return node->v;
    case PART_I: return node->i;
    case PART_SPIKES: return node->spikes;
    case PART_VALUES: return node->values;
    case PART_DELAY_SPIKES: return node->delay_spikes;
    case PART_DELAY_VALUES: return node->delay_values;
    case PARTS: break;
    }
    return NULL;
}

static void set_part(struct state_node *node, enum part part, void *elements)
{
    switch (part) {
    case PART_V: node->v = elements; break;
    case PART_I: node->i = elements; break;
    case PART_SPIKES: node->spikes = elements; break;
    case PART_VALUES: node->values = elements; break;
    case PART_DELAY_SPIKES: node->delay_spikes = elements; break;
    case PART_DELAY_VALUES: node->delay_values = elements; break;
    case PARTS: break;
    }
}

/* The steps of a part. */
static size_t steps_of(const struct state_node *node, const struct part_form *form)
{
    return form->extent == EXTENT_ONE ? 1 : form->extent == EXTENT_HISTORY ? node->history : node->delay_steps;
}

/* ---- writing ---- */

static int write_part(hid_t file, const struct state *state, const struct state_node *node, enum part part,
                      char *reason)
{
    const struct part_form *form = &part_forms[part];
    size_t size[3] = {1, steps_of(node, form), node->size};

    if (data_count(1, size[1], size[2]) == SIZE_MAX)
        return hdf5_because(reason, "has %zu x %zu elements; at most %d are written", size[1], size[2], HDF5_COUNT_MAX);
    return data_create_grid(file, node->name, form->name, state->dt, form->spikes ? HDF5_BOOL : HDF5_DOUBLE, size,
                            part_of(node, part), reason);
}

static int write_nodes(hid_t file, const struct state *state, struct diagnostics *diagnostics)
{
    char reason[HDF5_REASON_BYTES];

    for (size_t index = 0; index < state->count; index++) {
        const struct state_node *node = &state->nodes[index];
        for (enum part part = 0; part < PARTS; part++)
            if (part_of(node, part) && write_part(file, state, node, part, reason) != 0)
                return diagnostics_error(diagnostics, "", "/%s/%s: %s", node->name, part_forms[part].name, reason);
    }
    return 0;
}

int state_write(const struct state *state, const char *path, struct diagnostics *diagnostics)
{
    char reason[HDF5_REASON_BYTES], temporary[HDF5_PATH_BYTES];

    if (!(state->dt > 0 && isfinite(state->dt)))
        return diagnostics_error(diagnostics, "", "cannot be written: dt must be > 0, got %g", state->dt);
    if (state->step > INT64_MAX)
        return diagnostics_error(diagnostics, "", "cannot be written: step %llu is beyond 2^63",
                                 (unsigned long long)state->step);
    hid_t file = hdf5_create(path, temporary, reason);
    if (file < 0)
        return diagnostics_error(diagnostics, "", "%s", reason);
    if (data_create_root(file, reason) != 0 || hdf5_set_integer(file, "step", (int64_t)state->step, reason) != 0) {
        hdf5_abandon(file, temporary);
        return diagnostics_error(diagnostics, "", "%s", reason);
    }
    if (write_nodes(file, state, diagnostics) != 0) {
        hdf5_abandon(file, temporary);
        return -1;
    }
    return hdf5_commit(file, temporary, path, reason) == 0 ? 0 : diagnostics_error(diagnostics, "", "%s", reason);
}

/* ---- reading ---- */

static enum part find_part(const char *observable)
{
    enum part part = 0;

    while (part < PARTS && strcmp(part_forms[part].name, observable) != 0)
        part++;
    return part;
}

/* What of an entry no state can have; 0 where nothing is. */
static int check_entry(const struct data_entry *entry, const struct part_form *form, char *reason)
{
    if (entry->layout != DATA_LAYOUT_GRID)
        return hdf5_because(reason, "holds events; a state is TimeGriddedData");
    if (entry->samples != 1)
        return hdf5_because(reason, "has %zu samples; a state is that of one", entry->samples);
    if (form->extent == EXTENT_ONE && entry->steps != 1)
        return hdf5_because(reason, "has %zu steps; a state is that of one", entry->steps);
    if (entry->dt == 0)
        return hdf5_because(reason, "attribute dt is missing; give the time of a step");
    return 0;
}

static int read_doubles(const struct data_entry *entry, double *values, size_t count, char *reason)
{
    if (data_read_member(entry, "data", 0, 1, HDF5_DOUBLE, values, count, reason) != 0)
        return -1;
    for (size_t index = 0; index < count; index++)
        if (!isfinite(values[index]))
            return hdf5_because(reason, "must be finite, got %g at element %zu", values[index], index);
    return 0;
}

/* By way of doubles: a conversion to whole numbers would make 0.5 and -1 a 0. */
static int read_spikes(const struct data_entry *entry, uint8_t *spikes, size_t count, char *reason)
{
    struct arena scratch = {0};
    double *values = arena_allocate(&scratch, count, sizeof *values);
    int status = values ? data_read_member(entry, "data", 0, 1, HDF5_DOUBLE, values, count, reason)
                        : hdf5_because(reason, "cannot be read: memory is short");

    for (size_t index = 0; status == 0 && index < count; index++) {
        if (values[index] != 0 && values[index] != 1)
            status = hdf5_because(reason, "must be 0 or 1 where it holds spikes, got %g at element %zu", values[index],
                                  index);
        spikes[index] = values[index] != 0;
    }
    arena_free(&scratch);
    return status;
}

static int read_part(struct state_node *node, const struct data_entry *entry, enum part part, struct arena *arena,
                     char *reason)
{
    const struct part_form *form = &part_forms[part];
    size_t count = data_count(1, entry->steps, entry->neurons);

    if (check_entry(entry, form, reason) != 0)
        return -1;
    if (form->extent == EXTENT_LINE && (node->delay_spikes || node->delay_values) && node->delay_steps != entry->steps)
        return hdf5_because(reason, "has %zu steps, but the node's other line has %zu", entry->steps,
                            node->delay_steps);
    if (form->extent == EXTENT_HISTORY && (node->spikes || node->values) && node->history != entry->steps)
        return hdf5_because(reason, "has %zu steps, but the node's other outputs have %zu", entry->steps,
                            node->history);
    if (form->extent == EXTENT_LINE)
        node->delay_steps = entry->steps;
    else if (form->extent == EXTENT_HISTORY)
        node->history = entry->steps;
    void *elements = arena_allocate(arena, count, form->spikes ? sizeof(uint8_t) : sizeof(double));
    if (!elements)
        return hdf5_because(reason, "cannot be read: memory is short");
    set_part(node, part, elements);
    return form->spikes ? read_spikes(entry, elements, count, reason) : read_doubles(entry, elements, count, reason);
}

/* The node of an entry: the last one, or a new one. The entries of a node follow each other. */
static struct state_node *node_of(struct state *state, const struct data_entry *entry, struct arena *arena)
{
    struct state_node *last = state->count ? &state->nodes[state->count - 1] : NULL;

    if (last && strcmp(last->name, entry->node) == 0)
        return last;
    last = &state->nodes[state->count];
    *last = (struct state_node){.name = arena_copy(arena, entry->node), .size = entry->neurons};
    if (!last->name)
        return NULL;
    state->count++;
    return last;
}

static int read_entries(struct state *state, struct arena *arena, const struct data_listing *listing)
{
    char reason[HDF5_REASON_BYTES];

    state->nodes = arena_allocate(arena, listing->count, sizeof *state->nodes);
    if (!state->nodes)
        return diagnostics_error(listing->diagnostics, "", "memory is short");
    for (size_t index = 0; index < listing->count; index++) {
        const struct data_entry *entry = &listing->entries[index];
        enum part part = find_part(entry->observable);
        if (part == PARTS) {
            diagnostics_warning(listing->diagnostics, entry->place,
                                "is no part of a state and left out; parts are v, i, spikes, values, delay_spikes, "
                                "delay_values");
            continue;
        }
        struct state_node *node = node_of(state, entry, arena);
        if (!node)
            return diagnostics_error(listing->diagnostics, "", "memory is short");
        if (read_part(node, entry, part, arena, reason) != 0)
            return diagnostics_error(listing->diagnostics, entry->place, "%s", reason);
        if (state->dt > 0 && fabs(entry->dt - state->dt) > 1e-9 * state->dt)
            return diagnostics_error(listing->diagnostics, entry->place, "has dt %g, but others have %g; give one dt",
                                     entry->dt, state->dt);
        state->dt = state->dt > 0 ? state->dt : entry->dt;
    }
    return 0;
}

static int read_file(struct state *state, struct arena *arena, struct data_listing *listing, hid_t file)
{
    char reason[HDF5_REASON_BYTES];
    int64_t step = 0;

    if (data_list(listing, file) != 0)
        return -1;
    if (hdf5_has_attribute(file, "step") && hdf5_attribute_integer(file, "step", &step, reason) != 0)
        return diagnostics_error(listing->diagnostics, "", "%s", reason);
    if (step < 0)
        return diagnostics_error(listing->diagnostics, "", "attribute step must be >= 0, got %lld", (long long)step);
    state->step = (uint64_t)step;
    return read_entries(state, arena, listing);
}

int state_read(struct state *state, struct arena *arena, const char *path, struct diagnostics *diagnostics)
{
    struct data_listing listing = {.diagnostics = diagnostics};
    char reason[HDF5_REASON_BYTES];
    hid_t file = hdf5_open(path, reason);

    *state = (struct state){0};
    if (file < 0)
        return diagnostics_error(diagnostics, "", "%s", reason);
    int status = read_file(state, arena, &listing, file);
    if (status != 0)
        *state = (struct state){0};
    data_list_close(&listing);
    hdf5_close(file);
    return status;
}
