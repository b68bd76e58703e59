/* The network: populations and the fused linear maps between them, still in real numbers. Made from
 * a graph by lower(); read by quantize(). Per-neuron arrays have population.size elements, C order
 * of the NIR shape. */
#ifndef NIRLOOM_NETWORK_H
#define NIRLOOM_NETWORK_H

#include "arena.h"
#include "diagnostics.h"
#include "graph.h"
#include "linear_map.h"
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
    MODEL_LIF,
    MODEL_CUBALI,
    MODEL_CUBALIF
};

/* x = sum of projections + bias. Weights and biases are multiplied already with what the model multiplies its input with:
 * dt r for I and IF, leak r for LI and LIF, current_leak w_in for the Cuba models, 1 for RELAY and THRESHOLD.
 * Without current:  v <- v - leak v + drift + x                         (drift = leak v_leak)
 * With current:     i <- i - current_leak i + x;  v <- v - leak v + drift + current_gain i   (the new i; with the option
 *                   cuba_order old: v first, with the i of the step before; current_gain = leak r)
 * Then a model that fires does where v > threshold, and v is reset. leak = dt/tau (or 1 - exp(-dt/tau)), 0 for
 * I and IF, 1 for RELAY and THRESHOLD. Where the compare option is `ge`, a neuron fires at v = threshold too. */
struct population {
    char *name; /* the NIR node's path; a relay has its Output's or its own node's */
    size_t node; /* of the graph; of a Threshold that carries late biases (NODE/bias, one neuron, no source): NODE */
    enum model model;
    size_t size;
    struct shape shape;
    bool graded; /* its output is values, not spikes (an Input: both are possible, data decide; true unless told) */
    size_t level; /* 0 for inputs, else 1 + highest level of the sources of projections without delay */
    double *leak;         /* (size) */
    double *drift;        /* (size) */
    double *bias;         /* (size) sum of the biases of all linear maps into it */
    double *threshold;    /* (size) 0 where it does not fire */
    double *reset;        /* (size) value that v takes, or what is added to it where reset_subtracts */
    bool reset_subtracts;
    double *current_leak; /* (size) Cuba models alone, else NULL */
    double *current_gain; /* (size) the same */
    bool own_node;        /* it is the node that it is named after, whose metadata are about it */
    double weight_unit;   /* noted there: unit of the accumulator for weights of weight_bits; 0: none */
    double weight_bits;
};

static inline bool model_fires(enum model model)
{
    return model == MODEL_THRESHOLD || model == MODEL_IF || model == MODEL_LIF || model == MODEL_CUBALIF;
}

static inline bool model_has_current(enum model model)
{
    return model == MODEL_CUBALI || model == MODEL_CUBALIF;
}

/* At most one for each source, target and delay. */
struct projection {
    size_t source; /* population */
    size_t target;
    size_t delay;  /* steps: 0 carries this step's output of the source, 1 that of the step before ...; 0 before the first */
    struct linear_map map;
    double *weight; /* (entries of map) */
    unsigned weight_bits; /* 0: as the options say */
    bool joint;           /* it may share a linear node with a projection of another source */
};

/* An Input or Output node of the graph, and the population that carries it. */
struct port {
    char *name;
    size_t population;
};

struct network {
    struct arena *arena;
    struct options options;
    struct population *populations; /* sources before targets, but for projections with a delay */
    size_t population_count;
    struct projection *projections; 
    size_t projection_count;
    struct port *inputs;
    size_t input_count;
    struct port *outputs;
    size_t output_count;
};

/* Needs: infer. Makes populations and projections: every chain of Linear, Affine, Scale, convolutions, pools, Flatten
 * and Delay between two populations is multiplied out in double precision, parallel paths of one delay are added, biases
 * are carried to the target. An edge that closes a cycle (graph->delayed) counts one step of delay more. An Output that a
 * stateful node feeds alone through no linear map is that node's population; any other gets a relay, and so does a Delay
 * that a cycle is cut behind. Where recurrent_bias is `next`, the biases that float drops in step 0 become spikes of a Threshold
 * that always fires, with a delay of one step. Refuses by node name what the array cannot compute
 * (a dt/tau above 1, options that only float knows, widths for nodes that are not there). */
int network_lower(struct network *network, const struct graph *graph, const struct options *options,
                  struct diagnostics *diagnostics);

/* Longest delay of the projections from a population. */
size_t network_history(const struct network *network, size_t population);

#endif
