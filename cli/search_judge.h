/* Answers of devices to the samples of a search, and how right they are (search.h). */
#ifndef NIRLOOM_SEARCH_JUDGE_H
#define NIRLOOM_SEARCH_JUDGE_H

#include "data.h"
#include "device.h"
#include "search.h"
#include "talk.h"

struct judge {
    const struct data *data;
    enum search_judge kind;
    size_t *answers;        /* (samples) of the device at hand */
    size_t *float_answers;  /* (samples) */
    double *trace;          /* (samples, steps) of float, where the first Output has one neuron and there are no labels */
    bool spikes;            /* the trace is of spikes */
    double wrong, all;      /* of the device: squares of errors and of float; spikes that differ, of both together */
    struct progress progress;
    size_t done;
};

typedef enum loom_status open_device(struct device **device, const struct image *image, const char *argument, char *error);


/* Settles what is judged by, for a network with an Output: labels; without them the answers or, of one neuron, which gives
 * always the same, its output. Faults are told. Returns a command status; judge_free() in any case. */
int judge_choose(struct judge *judge, const struct image *image);
void judge_free(struct judge *judge);

/* Fills answers, of the two in judge, with what the device says to every sample; first float's. Faults are told. Returns a
 * command status. */
int judge_answer(struct judge *judge, const struct image *image, open_device *open, const char *argument,
                 size_t *answers);

/* Accuracy of the answers that were filled last, 0 to 1 (enum search_judge). */
double judge_accuracy(const struct judge *judge, const size_t *answers);

#endif
