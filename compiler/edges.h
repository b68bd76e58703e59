/* From the names that an edge list has to nodes, with what can be repaired in them. */
#ifndef NIRLOOM_EDGES_H
#define NIRLOOM_EDGES_H

#include "graph.h"

/* Fills edge_count edges of graph from names (source and target of each edge, one after the other), and
 * graph->ports where an end names an Input or Output of a nested graph ("cell.input", "cell/input"). The nodes must
 * be sorted by name. A name that no node has is taken for the one isolated node that it resembles, with a warning;
 * else it is an error. place: of the edge list. 0, or -1 with an error. */
int edges_resolve(struct graph *graph, char *const *names, size_t edge_count, const char *place,
                  struct diagnostics *diagnostics);

/* The edge list's place with an edge's names: "PLACE (a -> b)"; place alone where memory is short. */
const char *edges_place(struct arena *arena, const char *place, const char *source, const char *target);

#endif
