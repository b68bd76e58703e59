/* The trained networks of the shared data sets: what quantisation may cost them, and how their answers are judged. */
#ifndef NIRLOOM_TESTS_TRAINED_NETWORKS_H
#define NIRLOOM_TESTS_TRAINED_NETWORKS_H

#include "data.h"

#include <stdbool.h>
#include <stddef.h>

enum { TRAINED_BARS = 3 };

struct trained_bar {
    unsigned bits;
    double points; /* that right answers may lie below float's; 0: nothing is asked for */
};

struct trained_network {
    const char *name;
    const char *folder; /* of the shared data; has net.nir and test.h5 */
    bool beats;         /* an answer is where heart beats are, not a class */
    struct trained_bar bars[TRAINED_BARS];
};

extern const struct trained_network trained_networks[];
extern const size_t trained_network_count;

/* Moves the first samples of data behind the others. 0, or -1 if memory is short. */
int trained_turn(struct data *data, size_t first);

struct trained_beats {
    double sensitivity; /* per cent of the beats that were found */
    double precision;   /* per cent of what was found that are beats */
};

/* True where a beat is found: where value, of a window whose steps are asked for in their order, rises above 0.5, not
 * within 0.2 s of the last, at 360 steps a second. *blind is kept for the next call. */
bool trained_is_found(const double *value, size_t step, size_t *blind);

/* targets, values: (windows, steps). A beat is where a target reaches 1; it is found where something is within 0.1 s of
 * it. float then has sensitivity 98.0 and precision 89.3 on all windows of d. */
struct trained_beats trained_find_beats(const double *targets, const double *values, size_t windows, size_t steps);

#endif
