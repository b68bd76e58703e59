/* The linear half of lower(): where relays save synapses, and the products of linear maps between populations. */
#ifndef NIRLOOM_LOWER_LINEAR_H
#define NIRLOOM_LOWER_LINEAR_H

#include "lower_flow.h"
#include "network.h"

/* Makes relays of the places behind Linear and Affine nodes where that saves more than half of the synapses. */
int lower_relays(struct flow *flow, const struct graph *graph, struct diagnostics *diagnostics);

/* Needs: populations without projections, room for one more; gains (population_count) as lower_add_population() gives
 * them. Leaves: bias and level of every population, projections, and, last, the constant population where a bias has
 * a delay. Fails: memory, delays too long. */
int lower_project(struct network *network, const struct flow *flow, const struct graph *graph, double *const *gains,
                  struct diagnostics *diagnostics);

#endif
