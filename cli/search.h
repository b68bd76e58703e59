/* compile --bits auto: tries widths of weights of each projection, and boards; judges each by ref on samples that
 * scales were not chosen by, and takes the cheapest array whose loss against double precision stays under a bound.
 *
 * search.c          runs it
 * search_widths.c   which widths are tried next
 * search_place.c    what they cost on each board
 * search_judge.c    how right they are
 * search_front.c    the front and the choice
 * search_tell.c     tables and JSON */
#ifndef NIRLOOM_SEARCH_H
#define NIRLOOM_SEARCH_H

#include "arguments.h"
#include "compile.h"

#include <json-c/json.h>
#include <stdio.h>

enum { SEARCH_TRIALS = 48, SEARCH_SAMPLES = 500 };

/* Widths that a projection may have: one of each size in memory. */
enum { SEARCH_CHOICES_MAX = 8 };

/* What accuracy is: share of right labels; without labels 1 less the relative error (rms) of values beside targets,
 * where there is one a step and neuron of the first Output, which may be below 0; else share of answers as float's, or,
 * where the first Output has one neuron, 1 less the relative error of its output beside float's (values: rms; spikes:
 * those that differ, of all). */
enum search_judge { JUDGE_LABELS, JUDGE_TARGETS, JUDGE_ANSWERS, JUDGE_TRACE };

/* A projection of the network; those of one source, target and delay are one. */
struct search_projection {
    size_t source; /* populations */
    size_t target;
    size_t delay;
    const char *source_name;
    const char *target_name;
    bool graded;
    bool given;     /* --weight-bits NODE=N says its width */
    size_t weights; /* entries of its map */
    unsigned choices[SEARCH_CHOICES_MAX]; /* widest first; one where it is given */
    size_t choice_count;
};

/* A width for each projection, and what ref makes of the samples with them. */
struct search_widths {
    unsigned *bits;  /* (projection_count) */
    double accuracy; /* as judge says, 0 to 1 */
    double loss;     /* points of per cent below float */
};

/* The choice on samples that neither scales nor widths were chosen by. */
struct search_unseen {
    size_t first;    /* number in the file */
    size_t samples;  /* 0: the file has no more */
    double accuracy;
    double float_accuracy;
};

/* Widths on a board. */
struct search_trial {
    const struct board *board;
    size_t widths;     /* index in search.widths */
    bool fits;         /* else nothing below counts */
    double cycles;     /* predicted, a sample */
    double latency_us; /* a sample, at the board's clock */
    uint64_t memory;   /* bytes of weights, programs, tables, parameters and states, over all cores */
    double energy_uj;  /* estimated, a sample; NAN where there is no estimate for the board */
    bool pareto;       /* no other trial beats it (search_beats()) */
};

struct search {
    struct arena arena; /* of what is below */
    struct search_projection *projections;
    size_t projection_count;
    struct search_widths *widths; /* (budget) */
    size_t widths_count;
    size_t budget;                /* widths that are tried at most */
    const struct board **boards;
    size_t board_count;
    struct search_trial *trials;  /* (widths_count, board_count) */
    size_t count;
    bool complete;                /* all combinations of choices were tried */
    bool wide;                    /* 16 bits were among the choices of projections of spikes */
    enum search_judge judge;
    double float_accuracy; /* 1 without labels */
    size_t samples;        /* judged by */
    size_t first;          /* number of the first of them in the file */
    size_t predicted;      /* of them, cycles and energy are predicted at the activity of so many */
    double max_loss;
    size_t chosen;         /* the cheapest of those within max_loss; else the best, see met */
    bool met;
    struct search_unseen unseen; /* where met */
};

/* Runs the search that arguments ask for: boards (one or all), budget, calibration file. Faults are told. Returns a
 * command status: COMMAND_INPUT too where nothing fits or nothing meets the bound, which is told with the best there
 * is. search_free() in any case. */
int search_run(struct search *search, const struct arguments *arguments);
void search_free(struct search *search);

/* What compile_request.widths_of takes: an image of nothing but projections of these widths, in arena; NULL if memory
 * is short. */
const struct image *search_widths_image(const struct search *search, const unsigned *bits, struct arena *arena);

/* N where --weight-bits N alone gives these widths, else 0. */
unsigned search_uniform(const struct search *search, const unsigned *bits);

/* What options.weight_bits shall be with these widths: N of search_uniform(), or the widest. */
unsigned search_default_bits(const struct search *search, const unsigned *bits);

bool search_meets(const struct search *search, const struct search_widths *widths);

/* Whether a is as good as b in accuracy, latency, memory and, where b's is known, energy, and better in one. */
bool search_beats(const struct search *search, const struct search_trial *a, const struct search_trial *b);

/* Marks the front and chooses; false if nothing fits. */
bool search_choose(struct search *search);

/* What was tried, the front and the choice. */
void search_print(FILE *file, const struct search *search);
void search_json(struct json_object *object, const struct search *search);

#endif
