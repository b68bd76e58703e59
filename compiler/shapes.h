/* Shapes of single nodes: what a node's parameters alone say of its input, and its output for a given input. */
#ifndef NIRLOOM_SHAPES_H
#define NIRLOOM_SHAPES_H

#include "graph.h"

/* The input that the parameters demand; false where they leave it open. */
bool node_demand(const struct node *node, struct shape *demand);

/* Fills input and output of a node for the shape that its source gives. Returns NULL, or what does not fit, in the
 * arena: "has a kernel …". A shape that merely is not the demanded one is left to the caller (*fits false). */
const char *node_shape(struct arena *arena, struct node *node, const struct shape *given, bool *fits);

/* The same for a Flatten, whose start_dim and end_dim count a batch axis in front if batch is set. */
const char *flatten_shape(struct arena *arena, struct node *node, const struct shape *given, bool batch);

#endif
