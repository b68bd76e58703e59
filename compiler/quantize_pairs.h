/* Moments of pairs of weights, from those of pairs of sources (quantize_moments.h). Inside the quantiser alone. */
#ifndef NIRLOOM_QUANTIZE_PAIRS_H
#define NIRLOOM_QUANTIZE_PAIRS_H

#include "quantize_moments.h"

enum { QUANTIZE_RUNS_MAX = 2048 }; /* of a group */

/* A source, and the weight by which a neuron hears it: weights of a group are numbered in the order in which they are
 * met. */
struct hearing {
    uint32_t source;
    uint32_t weight;
};

/* What the neurons of a group hear, one after the other, and how their weights make up runs. */
struct partition {
    struct hearing *hearings; /* (ends[neurons - 1]) */
    size_t *ends;             /* (neurons) */
    size_t neurons;
    size_t weights;           /* that are met */
    uint32_t *run_of;         /* (weights) */
    size_t run_count;
    size_t *size;             /* (run_count) weights that are met */
    size_t room[2];           /* of hearings, of ends */
};

/* Work for one population. A run is weights of a group that are one number; who opens fills run_of, sample_of and
 * run_count for each group before its moments are added. */
struct quantize_pairs {
    const struct quantizer *quantizer;
    const struct quantize_moments *moments;
    uint32_t **sample_of; /* (feed_count), each (entries): number of its sample in the group; UINT32_MAX: none */
    uint32_t *run_of;     /* (samples of the group) */
    size_t run_count;     /* at most QUANTIZE_RUNS_MAX */
    float *second;        /* (run_count, run_count) moments of runs, summed over neurons of the group */
    size_t looked;        /* at so many neurons of the group */
    uint32_t *met;        /* (samples of the group) number of its weight in now; UINT32_MAX where it is not met */
    struct partition now; /* of the group at hand */
    struct partition kept; /* one before */
    float *kept_second;   /* (kept.run_count, kept.run_count) */
    bool *wanted;         /* (run_count) */
    uint32_t *like;       /* (run_count) the run of kept of the same weights; UINT32_MAX: none */
    struct hearing *few;  /* (hearings of a neuron) */
};

/* 0, or -1 if memory is short; close in any case. */
int quantize_pairs_open(struct quantize_pairs *pairs, const struct quantizer *quantizer,
                        const struct quantize_moments *moments);
void quantize_pairs_close(struct quantize_pairs *pairs);

/* Fills second for a group: over all its neurons, or over as many as are worth the time. 0, or -1 if memory is
 * short. */
int quantize_pairs_add(struct quantize_pairs *pairs, size_t group);

#endif
