/* The weights of a graph that give the connections of the array. How a connection depends on the weights is asked of
 * lower itself: it is run with 0 in place of all weights that may be chosen, with 1, with each weight's index, and
 * with numbers without pattern. A connection that is a + f w, of one weight w, tells a, f and the index so; the last
 * run tells those that depend on several weights. */
#include "export_parts.h"

#include "quantize.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double relative = 1e-9; /* of what is the same but for rounding; a unit of the array is at least 1/127 */

/* A number to be found. Connections that share it may have been rounded in different ways: then any number will do
 * that each of them rounds from. */
struct unknown {
    bool met;
    bool exact;
    double value; /* that one connection asks for */
    double least; /* what all allow */
    double most;
};

struct solving {
    struct export *export;
    bool bias;                       /* biases are looked for, not weights */
    struct network probes[PROBE_COUNT];
    size_t *first;                   /* (nodes) index of a carrier's first number among all */
    struct unknown *unknown;         /* (all numbers of carriers) */
    size_t count;
    double *rows[PROBE_COUNT];       /* (largest population) */
    double *wanted;                  /* the same */
};

static int out_of_memory(const struct export *export)
{
    return diagnostics_error(export->diagnostics, "", "out of memory");
}

static const bool *carriers(const struct solving *solving)
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

static void put_row(double *row, const struct projection *projection, size_t source, bool clear)
{
    const struct linear_map *map = projection ? &projection->map : NULL;

    if (!map || map->pattern[source] == LINEAR_MAP_NONE)
        return;
    for (size_t entry = map->first[map->pattern[source]]; entry < map->first[map->pattern[source] + 1]; entry++)
        row[map->offset[source] + map->target[entry]] = clear ? 0 : projection->weight[entry];
}

void export_fill_row(double *row, const struct projection *projection, size_t source)
{
    put_row(row, projection, source, false);
}

void export_clear_row(double *row, const struct projection *projection, size_t source)
{
    put_row(row, projection, source, true);
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
static int run_probe(const struct solving *solving, enum probe probe, size_t only, struct network *network)
{
    struct export *export = solving->export;
    size_t nodes = export->graph.node_count;
    double **kept = calloc(nodes + 1, sizeof *kept);
    struct arena scratch = {NULL};
    int status = kept ? 0 : out_of_memory(export);

    for (size_t node = 0; status == 0 && node < nodes; node++) {
        if (!carriers(solving)[node])
            continue;
        struct tensor *tensor = export_tensor(&export->graph.nodes[node], solving->bias);
        double *values = arena_allocate(&scratch, tensor->count, sizeof *values);
        if (!values) {
            status = out_of_memory(export);
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

static int begin(struct solving *solving, struct arena *scratch)
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
        return out_of_memory(export);
    for (size_t node = 0; node < export->graph.node_count; node++) {
        solving->first[node] = solving->count;
        if (carriers(solving)[node])
            solving->count += export_tensor(&export->graph.nodes[node], solving->bias)->count;
    }
    solving->unknown = arena_allocate(scratch, solving->count, sizeof *solving->unknown);
    if (!solving->unknown)
        return out_of_memory(export);
    for (enum probe probe = 0; probe < PROBE_COUNT; probe++) {
        solving->probes[probe].arena = scratch;
        solving->rows[probe] = arena_allocate(scratch, largest, sizeof **solving->rows);
        if (!solving->rows[probe])
            return out_of_memory(export);
        if (run_probe(solving, probe, SIZE_MAX, &solving->probes[probe]))
            return -1;
    }
    return 0;
}

/* ---- one connection ---- */

enum found { FOUND, FOUND_FIXED, FOUND_SEVERAL, FOUND_CONFLICT };

/* Adds that a + factor w shall be wanted, to within half, to what is known of w. False if nothing is left. */
static bool narrow(struct unknown *unknown, double wanted, double half, double factor)
{
    double value = wanted / factor, slack = fabs((1 - relative) * half / factor);

    if (!unknown->met)
        *unknown = (struct unknown){true, true, value, value - slack, value + slack};
    unknown->exact = unknown->exact && fabs(value - unknown->value) <= relative * slack;
    unknown->least = fmax(unknown->least, value - slack);
    unknown->most = fmin(unknown->most, value + slack);
    return unknown->exact || unknown->least <= unknown->most;
}

/* The number, next to what it was where there is a choice. */
static double settle(const struct unknown *unknown, double old)
{
    return !unknown->met || unknown->least > unknown->most ? old
           : unknown->exact                                ? unknown->value
                                                           : fmin(fmax(old, unknown->least), unknown->most);
}

/* What connection a + f w tells of w, from the four probes at a target neuron. */
static enum found solve(struct solving *solving, const double *probe, double wanted, double half)
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
    return narrow(&solving->unknown[index], wanted - zero, half, factor) ? FOUND : FOUND_CONFLICT;
}

/* ---- carriers of parallel paths ---- */

/* How many connections depend on a carrier, in *connections; *shared: some that depend on others as well. */
static int count_connections(struct solving *solving, size_t node, size_t *connections, bool *shared)
{
    struct arena scratch = {NULL};
    struct network alone = {.arena = &scratch};
    int status = run_probe(solving, PROBE_MIXED, node, &alone);

    *connections = 0;
    *shared = false;
    for (size_t index = 0; status == 0 && index < alone.projection_count; index++) {
        const struct projection *projection = &alone.projections[index];
        const struct projection *zero = export_find_projection(&solving->probes[PROBE_ZERO], projection);
        const struct projection *all = export_find_projection(&solving->probes[PROBE_MIXED], projection);

        for (size_t source = 0; source < projection->map.sources; source++) {
            double *one = solving->rows[PROBE_ONE], *none = solving->rows[PROBE_ZERO], *both = solving->rows[PROBE_MIXED];
            int32_t pattern = projection->map.pattern[source];
            export_fill_row(one, projection, source);
            export_fill_row(none, zero, source);
            export_fill_row(both, all, source);
            for (size_t entry = pattern < 0 ? 0 : projection->map.first[pattern];
                 pattern >= 0 && entry < projection->map.first[pattern + 1]; entry++) {
                size_t target = projection->map.offset[source] + projection->map.target[entry];
                if (one[target] == none[target])
                    continue;
                ++*connections;
                *shared |= fabs(one[target] - both[target]) > relative * fabs(both[target]);
            }
            export_clear_row(one, projection, source);
            export_clear_row(none, zero, source);
            export_clear_row(both, all, source);
        }
    }
    arena_free(&scratch);
    return status;
}

/* Of the carriers that share connections with others the one with the fewest keeps the weights it has. False where
 * there is none, or an error. */
static bool drop_parallel(struct solving *solving)
{
    struct export *export = solving->export;
    size_t fewest = SIZE_MAX, dropped = SIZE_MAX;

    for (size_t node = 0; node < export->graph.node_count; node++) {
        size_t connections;
        bool shared;
        if (!export->weight_carrier[node])
            continue;
        if (count_connections(solving, node, &connections, &shared))
            return false;
        if (shared && connections <= fewest) {
            fewest = connections;
            dropped = node;
        }
    }
    if (dropped == SIZE_MAX)
        return false;
    export->weight_carrier[dropped] = false;
    return true;
}

/* ---- all connections ---- */

static void fill(struct solving *solving, const struct projection *projection, size_t source, bool clear)
{
    for (enum probe probe = 0; probe < PROBE_COUNT; probe++)
        put_row(solving->rows[probe], export_find_projection(&solving->probes[probe], projection), source, clear);
    put_row(solving->wanted, projection, source, clear);
}

static const char *place_of(const struct export *export, size_t population)
{
    const char *place = arena_print(export->arena, "/%s", export->real.populations[population].name);

    return place ? place : "";
}

static bool is_late_bias(const struct export *export, size_t population)
{
    return export->real.populations[population].model == MODEL_THRESHOLD && !export_owns_node(export, population);
}

/* Calls for each connection of a projection; stops at the first that is not FOUND or FOUND_FIXED. */
static enum found solve_projection(struct solving *solving, size_t index, size_t *source)
{
    const struct projection *projection = &solving->export->real.projections[index];
    enum found found = FOUND;

    for (*source = 0; *source < projection->map.sources; ++*source) {
        int32_t pattern = projection->map.pattern[*source];
        if (pattern == LINEAR_MAP_NONE)
            continue;
        fill(solving, projection, *source, false);
        for (size_t entry = projection->map.first[pattern];
             found <= FOUND_FIXED && entry < projection->map.first[pattern + 1]; entry++) {
            size_t target = projection->map.offset[*source] + projection->map.target[entry];
            double probe[PROBE_COUNT];
            for (enum probe each = 0; each < PROBE_COUNT; each++)
                probe[each] = solving->rows[each][target];
            found = solve(solving, probe, solving->wanted[target], export_half_weight(solving->export, index, target));
        }
        fill(solving, projection, *source, true);
        if (found > FOUND_FIXED)
            return found;
    }
    return FOUND;
}

static void take_values(const struct solving *solving)
{
    struct export *export = solving->export;

    for (size_t node = 0; node < export->graph.node_count; node++) {
        if (!carriers(solving)[node])
            continue;
        struct tensor *tensor = export_tensor(&export->graph.nodes[node], solving->bias);
        const struct unknown *unknown = &solving->unknown[solving->first[node]];
        size_t shared = 0;
        for (size_t index = 0; index < tensor->count; index++) {
            tensor->data[index] = settle(&unknown[index], tensor->data[index]);
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

/* True where a connection into target depends on a carrier. */
static bool leads_to(struct solving *solving, size_t node, size_t target, bool *failed)
{
    struct arena scratch = {NULL};
    struct network alone = {.arena = &scratch};
    bool leads = false;

    *failed = run_probe(solving, PROBE_ONE, node, &alone) != 0;
    for (size_t index = 0; !*failed && !leads && index < alone.projection_count; index++) {
        const struct projection *one = &alone.projections[index];
        const struct projection *none = export_find_projection(&solving->probes[PROBE_ZERO], one);
        for (size_t source = 0; one->target == target && none && source < one->map.sources; source++) {
            export_fill_row(solving->rows[PROBE_ONE], one, source);
            export_fill_row(solving->rows[PROBE_ZERO], none, source);
            for (size_t neuron = 0; neuron < one->map.targets; neuron++)
                leads |= solving->rows[PROBE_ONE][neuron] != solving->rows[PROBE_ZERO][neuron];
            export_clear_row(solving->rows[PROBE_ONE], one, source);
            export_clear_row(solving->rows[PROBE_ZERO], none, source);
        }
    }
    arena_free(&scratch);
    return leads;
}

/* Where no weights give the connections exactly, those that they were rounded from give them again when they are
 * rounded: the carriers of a population keep what they have. */
static int keep(struct solving *solving, const struct projection *projection, size_t source, enum found found)
{
    struct export *export = solving->export;

    for (size_t node = 0; node < export->graph.node_count; node++) {
        bool failed = false;
        if (export->weight_carrier[node] && leads_to(solving, node, projection->target, &failed)) {
            export->weight_carrier[node] = false;
            diagnostics_warning(export->diagnostics, place_of(export, projection->target),
                                "connections from neuron %zu of /%s %s, so /%s keeps the weights that these were rounded "
                                "from; a Linear from each population to the next carries what is rounded",
                                source, export->real.populations[projection->source].name,
                                found == FOUND_SEVERAL ? "are sums of several weights, each sum rounded by itself"
                                                       : "share weights with others that are rounded in another way",
                                export->graph.nodes[node].name);
        }
        if (failed)
            return -1;
    }
    return 1;
}

/* One attempt: 0, -1 with an error, or 1 if there are fewer carriers now. */
static int attempt_weights(struct solving *solving, struct arena *scratch)
{
    struct export *export = solving->export;

    if (begin(solving, scratch))
        return -1;
    for (size_t index = 0; index < export->real.projection_count; index++) {
        const struct projection *projection = &export->real.projections[index];
        size_t source = 0;
        if (is_late_bias(export, projection->source))
            continue;
        enum found found = solve_projection(solving, index, &source);
        if (found == FOUND_SEVERAL && drop_parallel(solving))
            return 1;
        if (found != FOUND)
            return keep(solving, projection, source, found);
    }
    take_values(solving);
    return 0;
}

int export_solve_weights(struct export *export)
{
    int status = 1;

    while (status == 1) {
        struct arena scratch = {NULL};
        struct solving solving = {.export = export};
        status = attempt_weights(&solving, &scratch);
        arena_free(&scratch);
    }
    return status;
}

/* ---- gains ---- */

/* Sets the gain of the neurons that a projection reaches without a weight that can be chosen. */
static void solve_gain(struct solving *solving, size_t index, struct unknown *factors)
{
    const struct export *export = solving->export;
    const struct projection *projection = &export->real.projections[index];

    for (size_t source = 0; source < projection->map.sources; source++) {
        int32_t pattern = projection->map.pattern[source];
        if (pattern == LINEAR_MAP_NONE)
            continue;
        fill(solving, projection, source, false);
        for (size_t entry = projection->map.first[pattern]; entry < projection->map.first[pattern + 1]; entry++) {
            size_t target = projection->map.offset[source] + projection->map.target[entry];
            double zero = solving->rows[PROBE_ZERO][target], wanted = solving->wanted[target];
            if (solving->rows[PROBE_ONE][target] == zero && zero != 0)
                narrow(&factors[target], wanted, export_half_weight(export, index, target), zero);
        }
        fill(solving, projection, source, true);
    }
}

static int solve_gains(struct solving *solving, struct arena *scratch)
{
    struct export *export = solving->export;

    if (begin(solving, scratch))
        return -1;
    for (size_t population = 0; population < export->real.population_count; population++) {
        if (!export_owns_node(export, population) || export->real.populations[population].model == MODEL_THRESHOLD)
            continue;
        size_t size = export->real.populations[population].size;
        struct unknown *factors = arena_allocate(scratch, size, sizeof *factors);
        if (!factors)
            return out_of_memory(export);
        for (size_t index = 0; index < export->real.projection_count; index++)
            if (export->real.projections[index].target == population)
                solve_gain(solving, index, factors);
        for (size_t neuron = 0; neuron < size; neuron++)
            export->gain[population][neuron] *= settle(&factors[neuron], 1);
    }
    return 0;
}

int export_solve_gains(struct export *export)
{
    struct arena scratch = {NULL};
    struct solving solving = {.export = export};
    int status = solve_gains(&solving, &scratch);

    arena_free(&scratch);
    return status;
}

/* ---- biases ---- */

static void solve_bias_of(struct solving *solving, size_t population)
{
    const struct population *real = &solving->export->real.populations[population];
    const struct population *now = &solving->probes[PROBE_ZERO].populations[population];

    for (size_t neuron = 0; neuron < real->size; neuron++) {
        double probe[PROBE_COUNT];
        double drift = model_has_current(real->model) ? 0 : now->drift[neuron];
        for (enum probe each = 0; each < PROBE_COUNT; each++)
            probe[each] = solving->probes[each].populations[population].bias[neuron];
        solve(solving, probe, real->bias[neuron] - drift, export_half_bias(solving->export, population, neuron));
    }
}

static int solve_biases(struct solving *solving, struct arena *scratch)
{
    const struct export *export = solving->export;

    if (begin(solving, scratch))
        return -1;
    for (size_t index = 0; index < export->real.population_count; index++)
        if (export->real.populations[index].model != MODEL_INPUT && !is_late_bias(export, index))
            solve_bias_of(solving, index);
    for (size_t index = 0; index < export->real.projection_count; index++) {
        size_t source;
        if (is_late_bias(export, export->real.projections[index].source))
            solve_projection(solving, index, &source);
    }
    take_values(solving);
    return 0;
}

/* One node after another, those next to populations first: where several lead to a neuron the first takes what the
 * others leave. */
int export_solve_biases(struct export *export)
{
    bool *carriers_of_all = export->bias_carrier;
    bool *alone = arena_allocate(export->arena, export->graph.node_count, sizeof *alone);
    int status = alone ? 0 : out_of_memory(export);

    export->bias_carrier = alone;
    for (size_t place = export->graph.node_count; status == 0 && place-- > 0;) {
        size_t node = export->graph.order[place];
        if (!carriers_of_all[node])
            continue;
        struct arena scratch = {NULL};
        struct solving solving = {.export = export, .bias = true};
        alone[node] = true;
        status = solve_biases(&solving, &scratch);
        alone[node] = false;
        arena_free(&scratch);
    }
    export->bias_carrier = carriers_of_all;
    return status;
}
