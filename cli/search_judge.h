/* Answers of devices to the samples of a search, and how right they are (search.h). */
#ifndef NIRLOOM_SEARCH_JUDGE_H
#define NIRLOOM_SEARCH_JUDGE_H

#include "data.h"
#include "device.h"
#include "search.h"

/* The trace of a device in a sample, beside float's or the targets: squares of errors and of these; spikes that differ,
 * of both together. */
struct judged_trace {
    double wrong;
    double all;
};

struct judge {
    const struct data *data;
    size_t jobs;            /* samples at a time */
    enum search_judge kind;
    size_t *answers;        /* (samples) of ref, last run */
    size_t *float_answers;  /* (samples) */
    double *trace;          /* (samples, steps) of float, where kind is JUDGE_TRACE */
    struct judged_trace *traces; /* (samples) of the device run last; where kind is JUDGE_TRACE or JUDGE_TARGETS */
    double float_accuracy;  /* by targets */
    bool spikes;            /* the trace is of spikes */
};

/* Settles what is judged by, for a network with an Output: labels; without them targets that say what values are to
 * be; else the answers or, of one neuron, which gives always the same, its output. Runs float on all samples. path is
 * that of the network. Faults are told. Returns a command status; judge_close() in any case. */
int judge_open(struct judge *judge, const struct data *data, size_t jobs, const struct image *image, const char *path);
void judge_close(struct judge *judge);

/* Runs ref on all samples. Faults are told. Returns a command status. */
int judge_reference(struct judge *judge, const struct image *image);

/* Accuracy of float, or of ref as it was run last (enum search_judge). */
double judge_accuracy_of_float(const struct judge *judge);
double judge_accuracy(const struct judge *judge);

#endif
