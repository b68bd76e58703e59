/* What an image is predicted to cost on its board, cycles a step and latency a sample, and how near it comes to double
 * precision. */
#ifndef NIRLOOM_EXPLAIN_H
#define NIRLOOM_EXPLAIN_H

#include "agreement.h"
#include "energy_tell.h"
#include "image.h"

#include <json-c/json.h>
#include <stdio.h>

enum { EXPLAIN_ROWS = 3 };

/* Cycles at one activity of the Inputs. */
struct explain_row {
    double density;        /* share of the Inputs' neurons that are active, 0 to 1 */
    size_t samples;        /* of the calibration data; 0: random inputs */
    size_t steps;          /* of a sample, or of the random inputs */
    double cycles;         /* a step */
    double operations;     /* synaptic, a step */
    double latency_us;     /* a sample; NAN for random inputs */
    double step_us;
    struct energy_figures energy; /* of a sample; not known for random inputs */
};

struct explanation {
    struct explain_row rows[EXPLAIN_ROWS];
    size_t count;
    struct agreement *agreements; /* (population_count) of that many samples; NULL without data */
    size_t compared;
};

/* Runs ref over the first samples of the data file samples, beside float, or, where that is NULL, over random inputs of
 * three densities. path is the file of the image. Returns a command status; faults are told; explain_free() in any
 * case. */
int explain_image(struct explanation *explanation, const struct image *image, const char *path, const char *samples);
void explain_free(struct explanation *explanation);

void explain_print(FILE *file, const struct image *image, const struct explanation *explanation);

/* Adds "predicted" and "float_comparison" to object. */
void explain_json(struct json_object *object, const struct image *image, const struct explanation *explanation);

#endif
