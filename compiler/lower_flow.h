/* The graph as lower() sees it: a list of stages in order of evaluation, each a population or a linear map, and the
 * edges between them with their delays. Inside lower alone. */
#ifndef NIRLOOM_LOWER_FLOW_H
#define NIRLOOM_LOWER_FLOW_H

#include "diagnostics.h"
#include "float_linear.h"
#include "graph.h"
#include "options.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Steps that a value may be under way between two populations. */
enum { LOWER_DELAY_MAX = 4000 };

/* In place of a stage or population. */
#define LOWER_NONE SIZE_MAX

enum stage_kind {
    STAGE_POPULATION,
    STAGE_PASS,  /* Flatten; an Output that shows a population; the place of a relay that is none */
    STAGE_MAP,   /* Linear, Affine, Scale, convolutions, pools */
    STAGE_DELAY
};

struct flow_edge {
    size_t target; /* stage */
    size_t delay;  /* 1 where it closes a cycle, else 0 */
};

struct stage {
    enum stage_kind kind;
    size_t node;          /* of the graph */
    bool relay;           /* what stands behind the node, itself no node of the graph */
    size_t inputs;        /* neurons */
    size_t outputs;
    size_t population;    /* STAGE_POPULATION, once it is made */
    struct float_map map; /* STAGE_MAP */
    size_t *delay;        /* (outputs) STAGE_DELAY: in steps */
    bool bias_waits;      /* the bias does not act at step 0 */
    bool leads;           /* a population can be reached from it */
    size_t first_edge;    /* into flow.edges, of those that leave it */
    size_t edge_count;
};

struct flow {
    struct stage *stages; /* (count) sources before targets, but for edges with a delay */
    size_t count;
    struct flow_edge *edges; /* by source; none to a stage that does not lead */
    size_t *shown;           /* (nodes) the stage of the population that an Output shows as it is, else LOWER_NONE */
};

/* Needs: infer, edges between equal numbers of neurons. Leaves: all but the relays at bottlenecks and the
 * populations. step: dt in the file's unit of time. Everything is in arena. Refuses: maps that do not fit their
 * node, delays too long. */
int flow_make(struct flow *flow, const struct graph *graph, const struct options *options, double step,
              struct arena *arena, struct diagnostics *diagnostics);

/* The shape of the population that stands for a node. */
const struct shape *flow_shape(const struct node *node);

#endif
