/* The shapes of Input nodes. */
#ifndef NIRLOOM_INPUTS_H
#define NIRLOOM_INPUTS_H

#include "graph.h"

/* The shape of the Input with that index: its own, if it has one, brought into line with what follows it, with a note
 * or warning. Needs: check. 0, or -1 with an error where nothing tells a shape. */
int infer_input(struct graph *graph, size_t index, struct shape *shape, struct diagnostics *diagnostics);

#endif
