/* The two halves of check(): parameters (check.c) and connections (connect.c). */
#ifndef NIRLOOM_CHECK_H
#define NIRLOOM_CHECK_H

#include "graph.h"

enum { CHECK_MESSAGES_MAX = 20 }; /* of one kind of fault: after so many the rest is not listed */

/* Sorts the edges, refuses those that no node can have, adds the Input and Output nodes that are missing, and warns of
 * repeated edges and of nodes that lead nowhere. 0, or -1 with an error. */
int graph_connect(struct graph *graph, struct diagnostics *diagnostics);

#endif
