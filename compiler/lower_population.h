/* Populations from nodes: the coefficients of one step. Inside lower alone. */
#ifndef NIRLOOM_LOWER_POPULATION_H
#define NIRLOOM_LOWER_POPULATION_H

#include "network.h"

/* The model of a node that is a population of its own; false where there is none. */
bool lower_find_model(enum node_type type, enum model *model);

/* Share of a state that a step takes: dt/tau, or 1 - exp(-dt/tau). tau is in the file's unit of time; options->dt is
 * known. */
double lower_leak(const struct options *options, double tau);

/* Appends a population for a node (MODEL_RELAY: for what stands behind it; sizes are its output's, of an Output its
 * input's) to network->populations, which has room. step: dt in the file's unit of time. *gain (size, in scratch) is
 * what weights and biases into it are to be multiplied with. 0, or -1 with an error; the population then still counts,
 * so that the next one's errors can be told too. */
int lower_add_population(struct network *network, double **gain, const struct graph *graph, size_t node,
                         enum model model, double step, struct arena *scratch, struct diagnostics *diagnostics);

/* Appends a Threshold of one neuron that fires in every step, named after the node whose bias it carries first. */
int lower_add_constant(struct network *network, const struct graph *graph, size_t node,
                       struct diagnostics *diagnostics);

#endif
