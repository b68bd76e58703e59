/* Biases that give those of the array, late ones too. */
#include "export_probe.h"

static void solve_bias_of(struct solving *solving, size_t population)
{
    const struct population *real = &solving->export->real.populations[population];
    const struct population *now = &solving->probes[PROBE_ZERO].populations[population];

    for (size_t neuron = 0; neuron < real->size; neuron++) {
        double probe[PROBE_COUNT];
        double drift = model_has_current(real->model) ? 0 : now->drift[neuron];
        for (enum probe each = 0; each < PROBE_COUNT; each++)
            probe[each] = solving->probes[each].populations[population].bias[neuron];
        probe_solve(solving, probe, real->bias[neuron] - drift, export_half_bias(solving->export, population, neuron),
                    false);
    }
}

static int solve_biases(struct solving *solving, struct arena *scratch)
{
    const struct export *export = solving->export;

    if (probe_begin(solving, scratch))
        return -1;
    for (size_t index = 0; index < export->real.population_count; index++)
        if (export->real.populations[index].model != MODEL_INPUT && !export_is_late_bias(export, index))
            solve_bias_of(solving, index);
    for (size_t index = 0; index < export->real.projection_count; index++) {
        size_t source;
        if (export_is_late_bias(export, export->real.projections[index].source))
            probe_solve_projection(solving, index, &source);
    }
    probe_take(solving);
    return 0;
}

/* One node after another, those next to populations first: where several lead to a neuron the first takes what the
 * others leave. */
int export_solve_biases(struct export *export)
{
    bool *carriers_of_all = export->bias_carrier;
    bool *alone = arena_allocate(export->arena, export->graph.node_count, sizeof *alone);
    int status = alone ? 0 : export_out_of_memory(export);

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
