/* What data tell about a network before it is quantised: what its Inputs carry, and how far membranes swing. */
#ifndef NIRLOOM_CALIBRATE_H
#define NIRLOOM_CALIBRATE_H

#include "data.h"
#include "image.h"

#include <stddef.h>

enum { CALIBRATION_SAMPLES = 100 }; /* how many of a file are run for scales */

/* Checks that data have a series for each of the ports, named as they are and of sizes[port] neurons.
 * 0, or -1 with errors that list what the data have and what the network wants. */
int calibrate_match(const struct data *data, const struct port *inputs, size_t input_count, const size_t *sizes,
                    struct diagnostics *diagnostics);

/* Fills range (input_count): values with their largest magnitude where data have values for the Input, else spikes. */
void calibrate_inputs(struct input_range *range, const struct data *data, const struct port *inputs,
                      size_t input_count);

/* Refuses data whose values no 16 bits hold, and where they calibrate, data without steps or without any activity. Needs:
 * calibrate_match. 0, or -1 with errors that name the Input. */
int calibrate_check(const struct data *data, const struct port *inputs, size_t input_count, bool calibrates,
                    struct diagnostics *diagnostics);

/* Runs all samples of data through the float oracle. Fills calibration, whose memory is network's arena's, with the
 * largest |v| and |i| of each population. Needs: infer, lower, calibrate_match. 0, or -1 with an error. */
int calibrate_states(struct calibration *calibration, const struct graph *graph, const struct network *network,
                     const struct data *data, struct diagnostics *diagnostics);

#endif
