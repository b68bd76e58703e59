/* Measuring a network on its samples: the chosen device beside the float oracle and the integer model. */
#ifndef NIRLOOM_MEASURE_H
#define NIRLOOM_MEASURE_H

#include "agreement.h"
#include "session.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { RUNNERS_MAX = 3 };

/* One device of an evaluation. */
struct runner {
    const char *device;
    size_t *predictions; /* (samples) neuron of the first Output */
    uint64_t cycles;
    uint64_t synaptic_operations;
};

/* A thread's own devices, one a runner, and what they put out in a sample. */
struct measurement_worker {
    struct loom *looms[RUNNERS_MAX];
    struct loom_buffer *outputs[RUNNERS_MAX]; /* one an Output, a sample long */
    struct loom_buffer *inputs;
    struct agreement_judge *judge;
};

/* What a sample gave. */
struct measured_sample {
    uint64_t cycles[RUNNERS_MAX];
    uint64_t synaptic_operations[RUNNERS_MAX];
    uint64_t spikes_both;
    uint64_t spikes_either;
    bool has_spikes;
    bool equal;
};

struct measurement {
    const struct session *session;
    struct runner runners[RUNNERS_MAX];
    size_t runner_count;
    size_t device; /* index of the chosen device's runner */
    size_t oracle;
    size_t reference;
    struct measurement_worker *workers;
    size_t worker_count;
    struct measured_sample *samples; /* (samples) */
    uint64_t spikes_both;   /* of device and oracle, at the same place and step */
    uint64_t spikes_either;
    bool has_spikes;        /* some Output is not graded on either */
    bool equal;             /* every output of device and reference */
    size_t compared;        /* of the samples, the first so many are compared population by population */
    struct agreement *agreements; /* (population_count) of these samples */
    struct agreement *parts;      /* (compared, population_count) */
};

/* Opens the devices, once for each of jobs threads (as many as there are samples will do), to compare the first
 * compared samples population by population. A fault is told; measurement_close() in any case. Returns a command status. */
int measurement_open(struct measurement *measurement, const struct session *session, const char *device, size_t jobs,
                     size_t compared);
void measurement_close(struct measurement *measurement);

/* Runs all samples on all devices; what it finds does not depend on the number of threads. Returns a command status. */
int measurement_run(struct measurement *measurement);

/* What an Output says of a sample: the neuron with the most spikes (or the largest sum of values), the lowest on ties.
 * output has steps x size. */
size_t measurement_predict(const struct loom_buffer *output, size_t size, size_t steps);

/* Share of samples whose label is predicted; NAN without labels. */
double measurement_accuracy(const struct measurement *measurement, size_t runner);

/* Share of samples where device and oracle predict the same. */
double measurement_agreement(const struct measurement *measurement);

/* Spikes that device and oracle both have, divided by those that either has; 1 if none has any; NAN where no Output
 * carries spikes. */
double measurement_spike_agreement(const struct measurement *measurement);

#endif
