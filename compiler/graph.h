/* The graph: what a NIR file says, one struct a concept, integer ids, everything in one arena.
 *
 * read() fills types, names, parameters and edges; inline_graphs() replaces nested NIRGraph nodes by
 * their nodes, under path names ("block/lif"); check() repairs or refuses; infer() fills the shapes. */
#ifndef NIRLOOM_GRAPH_H
#define NIRLOOM_GRAPH_H

#include "arena.h"
#include "diagnostics.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SHAPE_MAX = 8, PARAMETERS_MAX = 8, GRAPH_DEPTH_MAX = 64, GRAPH_NODES_MAX = 1 << 14, GRAPH_EDGES_MAX = 1 << 17 };

enum node_type {
#define NODE(id, type) NODE_##id,
#define PARAMETER(node, name, need, fallback)
#include "nodes.def"
#undef NODE
#undef PARAMETER
    NODE_TYPES
};

struct shape {
    size_t rank; /* 0: not known */
    size_t size[SHAPE_MAX];
};

/* Row-major numbers. A scalar of the file has rank 0 and count 1. */
struct tensor {
    size_t rank;
    size_t size[SHAPE_MAX];
    size_t count;
    double *data; /* (count) */
};

struct parameter {
    const char *name;     /* the file's, from nodes.def */
    bool present;         /* in the file, or filled with its default by check() */
    bool assumed;         /* filled by check() */
    char *text;           /* where the file has a string ("same", "valid"), else NULL */
    struct tensor tensor; /* where it has numbers */
};

struct node {
    char *name;                                  /* path within the root graph, no leading '/' */
    enum node_type type;
    struct parameter parameter[PARAMETERS_MAX];  /* in the order of nodes.def */
    size_t parameter_count;
    struct graph *graph;                         /* NODE_GRAPH alone */
    double range;                                /* largest |value| or |v| that the writer noted; 0: none */
    double current_range;                        /* the same of |i| */
    double weight_unit;                          /* that the writer noted of the weights into it; 0: none */
    double weight_bits;                          /* and their width, the narrowest */
    struct shape input;                          /* by infer(); no batch axis */
    struct shape output;
};

struct edge {
    size_t source; /* index of a node */
    size_t target;
};

struct graph {
    struct arena *arena; /* the caller's, set before the first pass */
    char *version; /* of the file, "" where it has none */
    double metadata_dt; /* step that the writer noted as /node/metadata/dt; 0 where there is none */
    struct node *nodes;
    size_t node_count;
    struct edge *edges;
    size_t edge_count;
    struct edge *ports; /* (edge_count) or NULL, by read(), until inline(): where an end names an Input or Output of a
                         * nested graph, 1 + its index there; else 0 */
    size_t *order; /* (node_count) node ids, sources first, by infer(); within a cycle depth-first from the Inputs */
    bool *delayed; /* (edge_count) the edge closes a cycle: it carries the previous step's output; by infer() */
};

/* What nodes.def says of a parameter. */
struct parameter_rule {
    enum node_type node;
    const char *name;
    bool required;
    double fallback; /* of one that is not required; NaN: absent means inferred or not used */
};

/* The parameters of a type in their order, and how many. */
const struct parameter_rule *node_type_rules(enum node_type type, size_t *count);

/* The file's string for a type, and back (NODE_TYPES if unknown). */
const char *node_type_name(enum node_type type);
enum node_type node_type_find(const char *name);

/* True for I, IF, LI, LIF, CubaLI, CubaLIF (and Delay, whose state is its line, if delays counts). */
bool node_is_stateful(enum node_type type);

/* True where the output is spikes: IF, LIF, CubaLIF, Threshold. */
bool node_fires(enum node_type type);

/* The parameter of that name; NULL if the type has none of that name. Never NULL for a name of nodes.def. */
const struct parameter *node_parameter(const struct node *node, const char *name);

/* Element index of a parameter that is uniform (count 1), per channel (count = size of the leading
 * axes of a shape with trailing ones) or per neuron. Needs: check. */
double node_value(const struct node *node, const char *name, size_t neuron);

/* The product of the sizes, 1 for rank 0; 0 if it overflows. */
size_t shape_count(const struct shape *shape);

/* Same rank and sizes; the same but for leading axes of size 1, which are left-over batch axes. */
bool shape_equal(const struct shape *left, const struct shape *right);
bool shape_alike(const struct shape *left, const struct shape *right);

/* The shape of a tensor, and "(2, 34, 34)" in the arena ("(?)" where memory is short). */
struct shape tensor_shape(const struct tensor *tensor);
const char *shape_text(struct arena *arena, const struct shape *shape);

/* True for nodes that treat each element alone: all with neurons, Scale, Threshold, Delay. */
bool node_is_elementwise(enum node_type type);

/* The shape that an elementwise node's parameters have together, axes of size 1 stretched; rank 0 if all are
 * scalars. False, with the first that does not fit in *culprit, if they contradict each other. */
bool node_parameter_shape(const struct node *node, struct shape *shape, const struct parameter **culprit);

/* Passes. Each returns 0, or -1 with at least one error in diagnostics. */

/* Reads FILE. Leaves: types, names, parameters, edges, nested graphs in node->graph. Refuses what is
 * no NIR file: not HDF5 (says what it is instead), truncated, no type, unknown type, wrong kinds of
 * datasets, dimensions beyond the file's own size. */
int graph_read(struct graph *graph, const char *path, struct diagnostics *diagnostics);

/* Needs: read. Leaves: no NODE_GRAPH; edges to and from a nested graph go to its Input and Output
 * nodes' neighbours, which vanish; path names. */
int graph_inline(struct graph *graph, struct diagnostics *diagnostics);

/* Needs: inline. Leaves: every parameter of nodes.def present or inferable, finite, in range; uniform
 * parameters given as scalars kept as count 1; Input and Output nodes exist (made where the file has
 * none). Refuses: NaN, tau <= 0, shapes that contradict each other, no nodes. */
int graph_check(struct graph *graph, struct diagnostics *diagnostics);

/* Needs: check. Leaves: input and output shape of every node, order, delayed. Refuses: shape
 * mismatches, cycles without a stateful node, naming the nodes. */
int graph_infer(struct graph *graph, struct diagnostics *diagnostics);

/* Part of infer: fills order and delayed alone. Needs: check. */
int graph_order(struct graph *graph, struct diagnostics *diagnostics);

/* Read, inline, check and infer. */
int graph_load(struct graph *graph, const char *path, struct diagnostics *diagnostics);

#endif
