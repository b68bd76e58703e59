/* How close the array comes to double precision: one network on the integer model, beside the float oracle and beside
 * what an independent implementation put out. */
#ifndef NIRLOOM_TESTS_FIDELITY_H
#define NIRLOOM_TESTS_FIDELITY_H

#include <stdbool.h>
#include <stddef.h>

/* The larger of the differences from oracle and expectation, over all samples, steps and Outputs. Shares and errors are
 * fractions: 0.01 is one per cent. */
struct fidelity {
    size_t spikes;           /* neuron-steps of Outputs that carry spikes */
    size_t values;           /* the same of those that carry values */
    size_t activity;         /* outputs of the oracle that are not 0 */
    double spikes_different; /* share of spikes that differ */
    double value_error;      /* largest |error| of a value, relative to the largest |value| of its Output */
    double value_rms;        /* root of the mean square of the same */
    /* Largest |error| of a membrane against the oracle's, relative to the largest threshold of its population, or to
     * its largest |v| where it has none. Only steps before a sample's first one in which a spike of any population differs:
     * from there on one of the two membranes is reset and the other not. */
    double state_error;
};

struct fidelity_run {
    const char *network;  /* a NIR file */
    const char *samples;  /* its inputs; tells dt as well, and which Inputs carry values */
    const char *expected; /* outputs that an independent implementation computed; NULL: the oracle alone judges */
    const char *board;
    unsigned weight_bits;
    bool cuba_old;        /* option cuba-order old */
    size_t sample_limit;  /* 0: all */
};

enum { FIDELITY_ERROR_BYTES = 512 };

/* 0, or -1 and error (FIDELITY_ERROR_BYTES) says why the network did not compile or run. */
int fidelity_measure(struct fidelity *fidelity, const struct fidelity_run *run, char *error);

/* Spikes equal, values and membranes within 1e-9. */
bool fidelity_exact(const struct fidelity *fidelity);

#endif
