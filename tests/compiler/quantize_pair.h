/* A network of one Input and one population, made by hand, to be quantised. */
#ifndef NIRLOOM_TESTS_QUANTIZE_PAIR_H
#define NIRLOOM_TESTS_QUANTIZE_PAIR_H

#include "image.h"

struct pair {
    struct arena arena;
    struct diagnostics diagnostics;
    struct network network;
    struct input_range input;
    struct population populations[2];
    struct projection projection;
    struct port ports[2];
    struct image image;
};

/* size numbers, all value. */
double *fill(struct arena *arena, size_t size, double value);

/* Sources that spike, a dense projection with weight (sources, targets), parameters uniform: threshold 1, reset 0, no bias, leaks
 * 1 (0 for I and IF). The caller changes what the test is about. */
void begin_pair(struct pair *pair, enum model model, size_t sources, size_t targets, const double *weight);

/* 0, or -1 with pair->diagnostics. */
int quantize_pair(struct pair *pair, const struct calibration *calibration);

/* A warning has these words. */
bool warns_of(const struct pair *pair, const char *words);

void end_pair(struct pair *pair);

#endif
