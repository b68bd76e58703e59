/* How near the integers of an image come to double precision, population by population: ref and the float oracle run
 * the same samples, and every neuron is compared in every step. */
#ifndef NIRLOOM_AGREEMENT_H
#define NIRLOOM_AGREEMENT_H

#include "data.h"
#include "image.h"

#include <stdint.h>

/* Sums over samples, steps and neurons of one population. Those of a sample do not depend on what was run before;
 * added in the same order, they come out the same. */
struct agreement {
    uint64_t compared;     /* neurons x steps; 0: an Input, or nothing that the oracle has as well */
    uint64_t equal;        /* of these: both fire or neither does (populations that fire) */
    uint64_t spikes;       /* of ref */
    uint64_t float_spikes; /* of the oracle */
    uint64_t common_spikes;
    double signal;         /* sum of squares of the oracle's v after reset; without a state: of its values */
    double noise;          /* the same of what ref has, less the oracle's */
};

/* What comparing needs; belongs to one thread at a time. */
struct agreement_judge;

/* Makes a judge of image, which must outlive it and be one that image_check() accepts; path is the file with its graph
 * (the image's own, or the NIR file). NULL after an error. */
struct agreement_judge *agreement_open(const struct image *image, const char *path, struct diagnostics *diagnostics);
void agreement_close(struct agreement_judge *judge);

/* Sets populations (image->population_count) to the sums of one sample of data, which must have a series of the right
 * size for every Input. */
void agreement_sample(struct agreement_judge *judge, const struct data *data, size_t sample,
                      struct agreement *populations);

/* Adds the sums of count populations. */
void agreement_add(struct agreement *to, const struct agreement *from, size_t count);

/* Does the population fire, so that spikes are compared; has it a membrane or values. */
bool agreement_of_spikes(const struct image_population *population);
bool agreement_of_values(const struct image_population *population);

/* Signal to noise ratio in dB, 10 log10(signal / noise): INFINITY where nothing differs, NAN where there is no
 * signal. */
double agreement_snr_db(const struct agreement *agreement);

#endif
