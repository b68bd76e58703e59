/* compile --bits auto: tries widths of weights and boards, judges each by ref on samples that scales were not chosen
 * by, and takes the cheapest array whose loss against double precision stays under a bound. */
#ifndef NIRLOOM_SEARCH_H
#define NIRLOOM_SEARCH_H

#include "arguments.h"

#include <json-c/json.h>
#include <stdio.h>

enum { SEARCH_TRIALS_MAX = 64, SEARCH_SAMPLES = 500 };

/* What accuracy is: share of right labels; without labels share of answers as float's, or, where the first Output has one
 * neuron, 1 less the relative error of its output (values: rms; spikes: those that differ, of all). */
enum search_judge { JUDGE_LABELS, JUDGE_ANSWERS, JUDGE_TRACE };

struct search_trial {
    const struct board *board;
    unsigned weight_bits;
    bool fits;         /* else nothing below counts */
    double accuracy;   /* as judge says, 0 to 1 */
    double loss;       /* points of per cent below float */
    double cycles;     /* predicted, a sample */
    double latency_us; /* a sample, at the board's clock */
    uint64_t memory;   /* bytes of weights, programs, tables, parameters and states, over all cores */
    bool pareto;       /* no other trial is as good in accuracy, latency, memory, and better in one */
};

struct search {
    struct search_trial trials[SEARCH_TRIALS_MAX];
    size_t count;
    enum search_judge judge;
    double float_accuracy; /* 1 without labels */
    size_t samples;        /* judged by */
    size_t first;          /* number of the first of them in the file */
    double max_loss;
    size_t chosen;         /* the cheapest of those within max_loss; else the best, see met */
    bool met;
};

/* Runs the search that arguments ask for: boards (one or all), widths, calibration file. Faults are told. Returns a command status:
 * COMMAND_INPUT too where nothing fits or nothing meets the bound, which is told with the best there is. */
int search_run(struct search *search, const struct arguments *arguments);

/* What was tried, the front and the choice. */
void search_print(FILE *file, const struct search *search);
void search_json(struct json_object *object, const struct search *search);

#endif
