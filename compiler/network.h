/* The network: populations and the fused linear maps between them, still in real numbers. Made from
 * a graph by lower(); read by quantize(). Per-neuron arrays have population.size elements, C order
 * of the NIR shape. */
#ifndef NIRLOOM_NETWORK_H
#define NIRLOOM_NETWORK_H

#include "arena.h"
#include "diagnostics.h"
#include "graph.h"
#include "options.h"

#include <stdbool.h>
#include <stddef.h>

enum model {
    MODEL_INPUT, /* an Input node: spikes or values from the host */
    MODEL_RELAY, /* no state: out = x (a linear map into an Output, or a fan-in that needs a node) */
    MODEL_THRESHOLD,
    MODEL_I,
    MODEL_IF,
    MODEL_LI,
    MODEL_LIF
};

/* v <- v - leak (v - v_leak) + gain (sum of projections + bias); fire where v > threshold.
 * leak = dt/tau (or 1 - exp(-dt/tau)), 0 for I and IF, 1 with v_leak 0 for RELAY and THRESHOLD;
 * gain = leak r, dt r for I and IF, 1 for RELAY and THRESHOLD. */
struct population {
    char *name; /* the NIR node's path; a relay has its Output's or linear node's */
    size_t node; /* of the graph */
    enum model model;
    size_t size;
    struct shape shape;
    bool graded; /* its output is values, not spikes (an Input: both are possible, data decide; true unless told) */
    size_t level; /* 0 for inputs, else 1 + highest level of its sources */
    double *leak;      /* (size) */
    double *gain;      /* (size) */
    double *v_leak;    /* (size) */
    double *threshold; /* (size) */
    double *reset;     /* (size) value that v takes, or what is added to it where reset_subtracts */
    bool reset_subtracts;
    double *bias;      /* (size) sum of the biases of all linear maps into it */
};

struct projection {
    size_t source; /* population */
    size_t target;
    double *weight; /* (target size, source size) row-major */
};

/* An Input or Output node of the graph, and the population that carries it. */
struct port {
    char *name;
    size_t population;
};

struct network {
    struct arena *arena;
    struct options options;
    struct population *populations; /* sources before targets */
    size_t population_count;
    struct projection *projections; /* at most one for each pair of populations */
    size_t projection_count;
    struct port *inputs;
    size_t input_count;
    struct port *outputs;
    size_t output_count;
};

/* Needs: infer. Makes populations and projections: chains of Linear, Affine, Scale and Flatten are
 * multiplied out in double precision, parallel paths between two populations are added, biases are
 * carried to the target. An Output that a stateful node feeds alone through no linear map is that
 * node's population; any other gets a relay. Refuses, by node name and with what would be
 * right, every primitive and form that the array cannot run: nothing is half done. */
int network_lower(struct network *network, const struct graph *graph, const struct options *options,
                  struct diagnostics *diagnostics);

#endif
