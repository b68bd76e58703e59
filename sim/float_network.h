/* What the float network is made of; shared by the files that make it and run it, inside sim/float alone. */
#ifndef NIRLOOM_FLOAT_NETWORK_H
#define NIRLOOM_FLOAT_NETWORK_H

#include "float.h"
#include "float_linear.h"

/* All arrays have as many elements as the node has neurons, unless said otherwise. */
struct float_node {
    enum node_type type;
    size_t inputs;
    size_t outputs;
    size_t source_count;
    const double **sources; /* (source_count) outputs of this step, or of the last where the edge is delayed */
    double *sum;            /* (inputs), of the sources; unused where there is just one */
    double *output;
    double *previous;       /* the last step's output; NULL where no edge asks for it */
    double *held;           /* spikes that leave the neuron in the next step; NULL: they leave in their own */
    double *v;              /* NULL: has none */
    double *current;        /* i of the Cuba models */
    double *decay;          /* dt/tau or dt/tau_mem, or what stands for it; for I and IF dt r, or 1 */
    double *synapse_decay;  /* dt/tau_syn, or what stands for it */
    double *gain;           /* of the input of v; NULL: decay times r */
    double *synapse_gain;   /* of the input of current; NULL: synapse_decay times w_in */
    double *r;
    double *w_in;
    double *v_leak;
    double *v_bias;         /* added to v in every step; NULL: nothing is */
    double *synapse_leak;   /* where current goes */
    double *threshold;
    double *v_reset;
    double *due;            /* spikes of the last step whose threshold is yet to be taken off; NULL: never any */
    bool linear;
    bool bias_waits;        /* the bias does not act at step 0, or never */
    struct float_map map;
    size_t *delay;          /* in steps */
    double *line;           /* (line_steps, outputs), a ring by step */
    size_t line_steps;
};

struct float_network {
    struct arena arena;
    double dt;
    struct options options;
    struct float_node *nodes;
    size_t node_count;
    size_t *order;       /* (node_count) */
    size_t *input_nodes; /* (input_count) */
    size_t input_count;
    uint64_t step;       /* since the reset */
    bool first;          /* biases that wait do not act in the next step */
    uint64_t operations;
};

/* True for CubaLI and CubaLIF; for all that have a v of their own. */
bool float_is_cuba(enum node_type type);
bool float_has_membrane(enum node_type type);

/* An array in the network's arena: of zeros, or of the parameter of that name for each neuron. NULL: no memory. */
double *float_array_make(struct float_network *network, const struct node *node, size_t count, const char *name);

/* State and parameters of a node with a membrane; step is dt in the file's unit of time. -1: no memory. */
int float_neurons_make(struct float_network *network, struct float_node *made, const struct node *node, double step);

#endif
