/* Gains and weights that give the connections of the array; which carriers there are depends on what is found. */
#include "export_probe.h"

#include <math.h>

static const double relative = 1e-9; /* of what is the same but for rounding; a unit of the array is at least 1/127 */

/* ---- carriers of parallel paths ---- */

/* How many connections depend on a carrier, in *connections; *shared: some that depend on others as well. */
static int count_connections(struct solving *solving, size_t node, size_t *connections, bool *shared)
{
    struct arena scratch = {NULL};
    struct network alone = {.arena = &scratch};
    int status = probe_run(solving, PROBE_MIXED, node, &alone);

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

/* True where a connection into target depends on a carrier. */
static bool leads_to(struct solving *solving, size_t node, size_t target, bool *failed)
{
    struct arena scratch = {NULL};
    struct network alone = {.arena = &scratch};
    bool leads = false;

    *failed = probe_run(solving, PROBE_ONE, node, &alone) != 0;
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
            diagnostics_warning(export->diagnostics, export_place(export, projection->target),
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

    if (probe_begin(solving, scratch))
        return -1;
    for (size_t index = 0; index < export->real.projection_count; index++) {
        const struct projection *projection = &export->real.projections[index];
        size_t source = 0;
        if (export_is_late_bias(export, projection->source))
            continue;
        enum found found = probe_solve_projection(solving, index, &source);
        if (found == FOUND_SEVERAL && drop_parallel(solving))
            return 1;
        if (found != FOUND)
            return keep(solving, projection, source, found);
    }
    probe_take(solving);
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
        probe_fill(solving, projection, source, false);
        for (size_t entry = projection->map.first[pattern]; entry < projection->map.first[pattern + 1]; entry++) {
            size_t target = projection->map.offset[source] + projection->map.target[entry];
            double zero = solving->rows[PROBE_ZERO][target], wanted = solving->wanted[target];
            if (solving->rows[PROBE_ONE][target] == zero && zero != 0)
                unknown_narrow(&factors[target], wanted, export_half_weight(export, index, target), zero, false);
        }
        probe_fill(solving, projection, source, true);
    }
}

static int solve_gains(struct solving *solving, struct arena *scratch)
{
    struct export *export = solving->export;

    if (probe_begin(solving, scratch))
        return -1;
    for (size_t population = 0; population < export->real.population_count; population++) {
        if (!export_owns_node(export, population) || export->real.populations[population].model == MODEL_THRESHOLD)
            continue;
        size_t size = export->real.populations[population].size;
        struct unknown *factors = arena_allocate(scratch, size, sizeof *factors);
        if (!factors)
            return export_out_of_memory(export);
        for (size_t index = 0; index < export->real.projection_count; index++)
            if (export->real.projections[index].target == population)
                solve_gain(solving, index, factors);
        for (size_t neuron = 0; neuron < size; neuron++)
            export->gain[population][neuron] *= unknown_settle(&factors[neuron], 1);
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
