/* Seeded random NIR graphs for tests that compare executions: every primitive and every form of graph that nirloom
 * runs, small, and with parameters at which something happens. The same seed gives the same graph. */
#ifndef NIRLOOM_TESTS_RANDOM_GRAPH_H
#define NIRLOOM_TESTS_RANDOM_GRAPH_H

#include "graph.h"
#include "image.h"
#include "options.h"
#include "random_input.h"

#include <stdint.h>

enum { RANDOM_INPUTS_MAX = 3, RANDOM_POPULATIONS_MAX = 8 };

/* The options of a seed, of those that the array computes: step (0 where the graph's metadata has it), unit of time,
 * integrator, reset, compare, recurrent bias, Cuba order, weight bits. */
struct options random_options(uint64_t seed);

/* Whether the Input of that name carries spikes or values in the graph of a seed, and how large. */
struct input_range random_input_range(uint64_t seed, const char *name);

/* Fills graph, whose arena the caller has set, as graph_read() leaves it: with nested graphs, nodes sorted by name.
 * graph_inline(), graph_check(), graph_infer() and the float oracle take it with random_options(). Feedback starts at
 * neurons that fire, or is damped, so that no state runs away. 0, or -1 if memory is short. */
int random_graph(struct graph *graph, uint64_t seed);

/* A graph with all that running it takes. */
struct random_case {
    struct graph graph;         /* inlined, checked and inferred */
    struct options options;
    struct input_range *inputs; /* one an Input node, by rising node index */
    size_t input_count;
};

/* The case of a seed, in arena. 0, or -1 with an error if memory is short or a pass refuses the graph. */
int random_case_make(struct random_case *made, struct arena *arena, uint64_t seed, struct diagnostics *diagnostics);

#endif
