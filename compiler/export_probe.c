/* How connections depend on weights (export_probe.h). */
#include "export_probe.h"

#include <math.h>
#include <stdlib.h>

static const double relative = 1e-9; /* of what is the same but for rounding; a unit of the array is at least 1/127 */

int export_out_of_memory(const struct export *export)
{
    return diagnostics_error(export->diagnostics, "", "out of memory");
}

const bool *probe_carriers(const struct solving *solving)
{
    return solving->bias ? solving->export->bias_carrier : solving->export->weight_carrier;
}

/* ---- rows ---- */

const struct projection *export_find_projection(const struct network *network, const struct projection *like)
{
    for (size_t index = 0; index < network->projection_count; index++) {
        const struct projection *projection = &network->projections[index];
        if (projection->source == like->source && projection->target == like->target &&
            projection->delay == like->delay)
            return projection;
    }
    return NULL;
}

void probe_put_row(double *row, const struct projection *projection, size_t source, bool clear)
{
    const struct linear_map *map = projection ? &projection->map : NULL;

    if (!map || map->pattern[source] == LINEAR_MAP_NONE)
        return;
    for (size_t entry = map->first[map->pattern[source]]; entry < map->first[map->pattern[source] + 1]; entry++)
        row[map->offset[source] + map->target[entry]] = clear ? 0 : projection->weight[entry];
}

void export_fill_row(double *row, const struct projection *projection, size_t source)
{
    probe_put_row(row, projection, source, false);
}

void export_clear_row(double *row, const struct projection *projection, size_t source)
{
    probe_put_row(row, projection, source, true);
}

/* ---- probes ---- */

static double mixed(size_t index)
{
    uint64_t bits = (index + 1) * UINT64_C(0x9E3779B97F4A7C15);

    return 1 + (double)(bits >> 40) * 0x1p-24;
}

static double probe_value(enum probe probe, size_t index)
{
    return probe == PROBE_ZERO ? 0 : probe == PROBE_ONE ? 1 : probe == PROBE_INDEX ? (double)(index + 1) : mixed(index);
}

int export_lower(const struct export *export, struct network *lowered)
{
    struct diagnostics diagnostics;

    diagnostics_begin(&diagnostics, NULL);
    int status = network_lower(lowered, &export->graph, &export->image->options, &diagnostics);
    for (size_t index = 0; status && index < diagnostics.count; index++)
        if (diagnostics.messages[index].severity == SEVERITY_ERROR)
            diagnostics_error(export->diagnostics, "", "%s", diagnostics.messages[index].text);
    diagnostics_free(&diagnostics);
    return status;
}

/* Lowers with a probe in place of every number of the carriers, or of one (only, by node), and 0 for the others. */
int probe_run(const struct solving *solving, enum probe probe, size_t only, struct network *network)
{
    struct export *export = solving->export;
    size_t nodes = export->graph.node_count;
    double **kept = calloc(nodes + 1, sizeof *kept);
    struct arena scratch = {NULL};
    int status = kept ? 0 : export_out_of_memory(export);

    for (size_t node = 0; status == 0 && node < nodes; node++) {
        if (!probe_carriers(solving)[node])
            continue;
        struct tensor *tensor = export_tensor(&export->graph.nodes[node], solving->bias);
        double *values = arena_allocate(&scratch, tensor->count, sizeof *values);
        if (!values) {
            status = export_out_of_memory(export);
            break;
        }
        for (size_t index = 0; index < tensor->count; index++)
            values[index] = only == SIZE_MAX || only == node ? probe_value(probe, solving->first[node] + index) : 0;
        kept[node] = tensor->data;
        tensor->data = values;
    }
    if (status == 0)
        status = export_lower(export, network);
    for (size_t node = 0; kept && node < nodes; node++)
        if (kept[node])
            export_tensor(&export->graph.nodes[node], solving->bias)->data = kept[node];
    free(kept);
    arena_free(&scratch);
    return status;
}

int probe_begin(struct solving *solving, struct arena *scratch)
{
    struct export *export = solving->export;
    size_t largest = 1;

    solving->count = 0;
    solving->first = arena_allocate(scratch, export->graph.node_count, sizeof *solving->first);
    for (size_t index = 0; index < export->real.population_count; index++)
        if (largest < export->real.populations[index].size)
            largest = export->real.populations[index].size;
    solving->wanted = arena_allocate(scratch, largest, sizeof *solving->wanted);
    if (!solving->first || !solving->wanted)
        return export_out_of_memory(export);
    for (size_t node = 0; node < export->graph.node_count; node++) {
        solving->first[node] = solving->count;
        if (probe_carriers(solving)[node])
            solving->count += export_tensor(&export->graph.nodes[node], solving->bias)->count;
    }
    solving->unknown = arena_allocate(scratch, solving->count, sizeof *solving->unknown);
    if (!solving->unknown)
        return export_out_of_memory(export);
    for (enum probe probe = 0; probe < PROBE_COUNT; probe++) {
        solving->probes[probe].arena = scratch;
        solving->rows[probe] = arena_allocate(scratch, largest, sizeof **solving->rows);
        if (!solving->rows[probe])
            return export_out_of_memory(export);
        if (probe_run(solving, probe, SIZE_MAX, &solving->probes[probe]))
            return -1;
    }
    return 0;
}

/* ---- one connection ---- */

bool unknown_narrow(struct unknown *unknown, double wanted, double half, double factor, bool clipped)
{
    double value = wanted / factor, slack = fabs((1 - relative) * half / factor);

    if (!unknown->met)
        *unknown = (struct unknown){true, true, value, -INFINITY, INFINITY};
    unknown->exact = unknown->exact && fabs(value - unknown->value) <= relative * slack;
    if (!clipped || value > 0)
        unknown->least = fmax(unknown->least, value - slack);
    if (!clipped || value < 0)
        unknown->most = fmin(unknown->most, value + slack);
    return unknown->exact || unknown->least <= unknown->most;
}

/* The number, next to what it was where there is a choice. */
double unknown_settle(const struct unknown *unknown, double old)
{
    return !unknown->met || unknown->least > unknown->most ? old
           : unknown->exact                                ? unknown->value
                                                           : fmin(fmax(old, unknown->least), unknown->most);
}

/* What connection a + f w tells of w, from the four probes at a target neuron. */
enum found probe_solve(struct solving *solving, const double *probe, double wanted, double half, bool clipped)
{
    double zero = probe[PROBE_ZERO], factor = probe[PROBE_ONE] - zero;

    if (factor == 0)
        return FOUND_FIXED;
    double place = round((probe[PROBE_INDEX] - zero) / factor) - 1;
    if (!(place >= 0 && place < (double)solving->count))
        return FOUND_SEVERAL;
    size_t index = (size_t)place;
    double expected = zero + factor * mixed(index);
    if (fabs(probe[PROBE_MIXED] - expected) > relative * (fabs(zero) + fabs(expected)) ||
        fabs((probe[PROBE_INDEX] - zero) / factor - (place + 1)) > relative * (place + 1))
        return FOUND_SEVERAL;
    return unknown_narrow(&solving->unknown[index], wanted - zero, half, factor, clipped) ? FOUND : FOUND_CONFLICT;
}

/* ---- all connections ---- */

void probe_fill(struct solving *solving, const struct projection *projection, size_t source, bool clear)
{
    for (enum probe probe = 0; probe < PROBE_COUNT; probe++)
        probe_put_row(solving->rows[probe], export_find_projection(&solving->probes[probe], projection), source, clear);
    probe_put_row(solving->wanted, projection, source, clear);
}

const char *export_place(const struct export *export, size_t population)
{
    const char *place = arena_print(export->arena, "/%s", export->real.populations[population].name);

    return place ? place : "";
}

bool export_is_late_bias(const struct export *export, size_t population)
{
    return export->real.populations[population].model == MODEL_THRESHOLD && !export_owns_node(export, population);
}

/* Calls for each connection of a projection; stops at the first that is not FOUND or FOUND_FIXED. */
enum found probe_solve_projection(struct solving *solving, size_t index, size_t *source)
{
    const struct projection *projection = &solving->export->real.projections[index];
    enum found found = FOUND;

    for (*source = 0; *source < projection->map.sources; ++*source) {
        int32_t pattern = projection->map.pattern[*source];
        if (pattern == LINEAR_MAP_NONE)
            continue;
        probe_fill(solving, projection, *source, false);
        for (size_t entry = projection->map.first[pattern];
             found <= FOUND_FIXED && entry < projection->map.first[pattern + 1]; entry++) {
            size_t target = projection->map.offset[*source] + projection->map.target[entry];
            double probe[PROBE_COUNT];
            for (enum probe each = 0; each < PROBE_COUNT; each++)
                probe[each] = solving->rows[each][target];
            found = probe_solve(solving, probe, solving->wanted[target], export_half_weight(solving->export, index, target),
                                export_is_clipped(solving->export, index, target, solving->wanted[target]));
        }
        probe_fill(solving, projection, *source, true);
        if (found > FOUND_FIXED)
            return found;
    }
    return FOUND;
}

void probe_take(const struct solving *solving)
{
    struct export *export = solving->export;

    for (size_t node = 0; node < export->graph.node_count; node++) {
        if (!probe_carriers(solving)[node])
            continue;
        struct tensor *tensor = export_tensor(&export->graph.nodes[node], solving->bias);
        const struct unknown *unknown = &solving->unknown[solving->first[node]];
        size_t shared = 0;
        for (size_t index = 0; index < tensor->count; index++) {
            tensor->data[index] = unknown_settle(&unknown[index], tensor->data[index]);
            shared += unknown[index].met && !unknown[index].exact;
        }
        const char *place = arena_print(export->arena, "/%s", export->graph.nodes[node].name);
        if (shared > 0)
            diagnostics_warning(export->diagnostics, place ? place : "",
                                "%zu of its %zu %s stand for numbers that the array has rounded in different ways; the "
                                "file has numbers that round to all of them",
                                shared, tensor->count, solving->bias ? "biases" : "weights");
    }
}
