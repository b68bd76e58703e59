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
    double *v;              /* NULL: has none */
    double *current;        /* i of the Cuba models */
    double *decay;          /* dt/tau or dt/tau_mem, or what stands for it; for I and IF dt r */
    double *synapse_decay;  /* dt/tau_syn, or what stands for it */
    double *r;
    double *w_in;
    double *v_leak;
    double *threshold;
    double *v_reset;
    bool linear;
    bool bias_waits;        /* the bias does not act at step 0 */
    struct float_map map;
    size_t *delay;          /* in steps */
    double *line;           /* (line_steps, outputs), a ring by step */
    size_t line_steps;
};

struct float_network {
    struct arena arena;
    double dt;
    enum reset reset;
    enum compare compare;
    enum cuba_order cuba_order;
    struct float_node *nodes;
    size_t node_count;
    size_t *order;       /* (node_count) */
    size_t *input_nodes; /* (input_count) */
    size_t input_count;
    uint64_t step;
    uint64_t operations;
};

#endif
