/* Writes a graph as a NIR file, for tests. */
#ifndef NIRLOOM_TESTS_WRITE_GRAPH_H
#define NIRLOOM_TESTS_WRITE_GRAPH_H

#include "graph.h"

#include <stdint.h>

/* Writes graph, as graph_read() leaves one, to path in the layout of the Python package nir: groups
 * /node/nodes/NAME, edges as pairs of names. From the seed: the order of nodes and edges, contiguous or chunked and
 * compressed datasets, widths of floats and integers that hold the numbers exactly. 0, or -1 if anything fails. */
int write_graph(const struct graph *graph, const char *path, uint64_t seed);

#endif
