/* Runs a struct network in double precision, straight from the equations of network.h: what lower() has to get right,
 * and what quantised executions can be compared with. Shares no code with the oracle or the array's models. */
#ifndef NIRLOOM_TESTS_NETWORK_MODEL_H
#define NIRLOOM_TESTS_NETWORK_MODEL_H

#include "network.h"

#include <stdint.h>

struct network_model {
    const struct network *network; /* lives as long as the model */
    double **v;         /* (populations)(size) after reset */
    double **current;   /* the same; zeros where there is none */
    double **x;         /* the last step's sum of projections and bias */
    double **output;    /* (populations)(history + 1, size) a ring by step */
    size_t *history;    /* (populations) longest delay */
    uint64_t step;      /* steps run so far */
};

/* Makes the initial state; free with network_model_close(). Aborts if memory is short. */
void network_model_open(struct network_model *model, const struct network *network);
void network_model_close(struct network_model *model);
void network_model_reset(struct network_model *model);

/* Runs one step; inputs has a pointer for each of network->inputs, to population.size numbers, NULL for zeros. */
void network_model_step(struct network_model *model, const double *const *inputs);

/* (size) what a population put out in the last step. */
const double *network_model_output(const struct network_model *model, size_t population);

#endif
