/* The state of the float oracle, for --state-in and --state-out. */
#ifndef NIRLOOM_ORACLE_STATE_H
#define NIRLOOM_ORACLE_STATE_H

#include "arena.h"
#include "float.h"
#include "graph.h"
#include "run_state.h"

struct oracle_state {
    const struct graph *graph;
    struct float_network *network;
    char *bias; /* name of what stands for biases that wait for the second step; NULL: there are none */
};

/* Makes subject, whose self is state, of a network and its graph, which outlive it; names are in arena. A fault is
 * told. A command status. */
int oracle_state_open(struct oracle_state *state, struct state_subject *subject, const struct graph *graph,
                      struct float_network *network, struct arena *arena);

#endif
