/* Times: NIR stores no unit and no step, so a wrong one can only be guessed at, and is no error. */
#include "times.h"

#include <math.h>
#include <string.h>

/* Files hold 32-bit floats: relative differences below this are rounding. */
static const double step_tolerance = 1e-4;

/* Time constants of real networks are far below a second. */
static const double long_seconds = 1;

struct times {
    struct graph *graph;
    struct diagnostics *diagnostics;
    double dt, step; /* in seconds, and in the file's unit */
    bool euler;
    double shortest; /* time constant of all, in the file's unit; INFINITY if there is none */
};

static const char *place_of(struct graph *graph, const struct node *node, const char *parameter)
{
    const char *place = arena_print(graph->arena, "/%s/%s", node->name, parameter);

    return place ? place : "";
}

static void check_delay(struct times *times, const struct node *node)
{
    const struct tensor *delay = &node_parameter(node, "delay")->tensor;

    for (size_t neuron = 0; neuron < delay->count; neuron++) {
        double steps = delay->data[neuron] / times->step;
        if (fabs(steps - round(steps)) <= step_tolerance * fmax(1, steps))
            continue;
        diagnostics_warning(times->diagnostics, place_of(times->graph, node, "delay"),
                            "is %g at neuron %zu, which is %g steps of dt %g s; it is rounded to %g",
                            delay->data[neuron], neuron, steps, times->dt, round(steps));
        return;
    }
}

static void check_time_constant(struct times *times, const struct node *node, const struct parameter *parameter)
{
    const struct tensor *tau = &parameter->tensor;
    bool told = false;

    for (size_t neuron = 0; neuron < tau->count; neuron++) {
        times->shortest = fmin(times->shortest, tau->data[neuron]);
        if (told || !times->euler || tau->data[neuron] >= times->step * (1 - step_tolerance))
            continue;
        told = true;
        diagnostics_warning(times->diagnostics, place_of(times->graph, node, parameter->name),
                            "is %g at neuron %zu, less than a step of dt %g s: with Euler the neuron overshoots; "
                            "give a smaller --dt, the right --time-unit, or --integrator exp",
                            tau->data[neuron], neuron, times->dt);
    }
}

void graph_check_times(struct graph *graph, double dt, const struct options *options,
                       struct diagnostics *diagnostics)
{
    struct times times = {.graph = graph, .diagnostics = diagnostics, .dt = dt, .shortest = INFINITY};

    times.step = options->time_unit > 0 ? dt / options->time_unit : 1;
    times.euler = options->integrator == INTEGRATOR_EULER;
    for (size_t index = 0; index < graph->node_count; index++) {
        const struct node *node = &graph->nodes[index];
        if (node->type == NODE_DELAY)
            check_delay(&times, node);
        for (size_t each = 0; each < node->parameter_count; each++)
            if (strncmp(node->parameter[each].name, "tau", 3) == 0)
                check_time_constant(&times, node, &node->parameter[each]);
    }
    if (options->time_unit == 1 && isfinite(times.shortest) && times.shortest >= long_seconds)
        diagnostics_warning(diagnostics, "", "has no time constant below %g s; if the file counts in milliseconds or "
                            "steps, give --time-unit ms or step", times.shortest);
}
