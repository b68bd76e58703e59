/* The linear half of lower(): which nodes are linear maps, and their products between populations. */
#ifndef NIRLOOM_LOWER_LINEAR_H
#define NIRLOOM_LOWER_LINEAR_H

#include "network.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* In place of a population for nodes that are none. */
#define LOWER_NO_POPULATION SIZE_MAX

/* Linear, Affine, Scale, Flatten. */
bool lower_is_linear(enum node_type type);

/* Needs: populations without projections, sources first; population_of (node_count) for every node. Leaves: bias and
 * level of every population, projections. Fails: memory, a weight that does not fit its node. */
int lower_project(struct network *network, const struct graph *graph, const size_t *population_of,
                  struct diagnostics *diagnostics);

#endif
