/* What the times of a network mean once the step is known. */
#ifndef NIRLOOM_TIMES_H
#define NIRLOOM_TIMES_H

#include "graph.h"
#include "options.h"

/* Warns, by node, of delays that are no multiple of the step (they are rounded), of time constants below a step where
 * the integrator is Euler (such a neuron overshoots), and of a network whose time constants are all as long as if they
 * were in steps or milliseconds. dt: the step in force, in seconds; options tell time unit and integrator.
 * Needs: infer. */
void graph_check_times(struct graph *graph, double dt, const struct options *options, struct diagnostics *diagnostics);

#endif
