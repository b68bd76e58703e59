/* The compiler as a whole: from a NIR file to an image in memory. */
#ifndef NIRLOOM_COMPILE_H
#define NIRLOOM_COMPILE_H

#include "hardware.h"
#include "image.h"

#include <stdbool.h>
#include <stddef.h>

struct compile_request {
    const char *path;          /* a NIR file, or an image, which holds one */
    struct options options;    /* dt 0: the file's, else the samples', else the default */
    const struct board *board;
    const char *samples;       /* data file that tells which Inputs carry values, and how large; NULL: all spikes */
    const struct image *widths_of; /* its projections have the widths of weights; NULL: options say them */
    bool calibrate;            /* run the first samples through the float oracle to choose scales */
};

/* All passes but the placement: the integer network of image alone. Otherwise as compile_network(). */
int compile_integers(struct image *image, struct arena *arena, const struct compile_request *request,
                     struct diagnostics *diagnostics, struct diagnostics *sample_diagnostics);

/* All passes. image and what it refers to live in arena, which the caller frees, on failure too.
 * 0, or -1 with an error in diagnostics, which is begun with the path, or in sample_diagnostics, begun with samples. */
int compile_network(struct image *image, struct arena *arena, const struct compile_request *request,
                    struct diagnostics *diagnostics, struct diagnostics *sample_diagnostics);

#endif
