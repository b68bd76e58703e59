/* The state of a float network between two steps, node by node: all that a step takes over from those before it. */
#ifndef NIRLOOM_FLOAT_STATE_H
#define NIRLOOM_FLOAT_STATE_H

#include "float.h"

#include <stdbool.h>

/* What of a node is state. */
struct float_state_form {
    size_t size;    /* neurons */
    bool membrane;  /* a v that is kept: not that of a Threshold */
    bool current;   /* the i of the Cuba models */
    bool line;      /* a Delay: the history is that of its input */
    bool spikes;    /* the history is 0 and 1: of a node that fires at most once a step */
    size_t history; /* steps: those that a Delay still holds; else 1 where the last step's output is used again */
};

/* node is below the graph's node_count; a node without any state has no membrane, no current and a history of 0. */
struct float_state_form float_state_form(const struct float_network *network, size_t node);

/* Copies v (size), i (size) and the history (history, size), oldest step first, as numbers or, where these are 0 and 1,
 * as bytes. Each may be NULL, and must be where the form has none. What was got is set again to the last bit. */
void float_state_get(const struct float_network *network, size_t node, double *v, double *i, double *values,
                     uint8_t *spikes);
void float_state_set(struct float_network *network, size_t node, const double *v, const double *i,
                     const double *values, const uint8_t *spikes);

/* The node after which the state of waiting biases is called NODE/bias, as network_lower() calls its population: the
 * first, in the order of evaluation, with a bias that does not act in the first step. node_count of the graph where no
 * bias waits. */
size_t float_state_bias(const struct float_network *network);

/* Whether these biases act from the next step on: false until a step was run. */
bool float_state_biased(const struct float_network *network);
void float_state_set_biased(struct float_network *network, bool biased);

#endif
