/* The meaning of a NIR graph in double precision (docs/architecture.md): straight from the graph as graph_load()
 * leaves it, with no populations, no fusing and no rounding, so that it can judge what all of those do. Every
 * primitive and every form of graph runs. Needs: infer. */
#ifndef NIRLOOM_FLOAT_H
#define NIRLOOM_FLOAT_H

#include "diagnostics.h"
#include "graph.h"
#include "options.h"

#include <stddef.h>
#include <stdint.h>

struct float_network;

/* Makes *network in its initial state; the graph may be freed afterwards. options->dt 0 stands for the file's
 * metadata/dt, else 1e-4. 0, or -1 with an error and *network NULL. Free with float_network_close(). */
int float_network_open(struct float_network **network, const struct graph *graph, const struct options *options,
                       struct diagnostics *diagnostics);
void float_network_close(struct float_network *network);

/* v, i, delay lines and outputs 0, step 0, operations 0. */
void float_network_reset(struct float_network *network);

/* The step in seconds that is in force. */
double float_network_dt(const struct float_network *network);

/* The Input nodes, by the graph's node indices, in rising order. index must be below the count. */
size_t float_network_input_count(const struct float_network *network);
size_t float_network_input_node(const struct float_network *network, size_t index);

/* Runs one step; allocates nothing. inputs has a pointer an Input, to float_network_size() numbers (spikes are 0
 * and 1), NULL for zeros. */
void float_network_step(struct float_network *network, const double *const *inputs);

/* Of a node of the graph after the last step: how many numbers it puts out, and these (spikes are 0 and 1). They
 * live as long as network. */
size_t float_network_size(const struct float_network *network, size_t node);
const double *float_network_output(const struct float_network *network, size_t node);

/* v after reset, and the synaptic current i; NULL where the node has none. A Threshold's v is its summed input. */
const double *float_network_membrane(const struct float_network *network, size_t node);
const double *float_network_current(const struct float_network *network, size_t node);

/* Since the reset: for each value other than 0 that an edge brings to a Linear, Affine or Conv, the weights that it
 * meets. */
uint64_t float_network_operations(const struct float_network *network);

#endif
