/* What a build depends on, as a text: equal texts, equal results. */
#ifndef NIRLOOM_FLOW_INPUTS_H
#define NIRLOOM_FLOW_INPUTS_H

#include "hardware.h"

#include <stddef.h>

/* yosys's script, nextpnr's command lines, the tools with the sums of their programs and their versions, and the sums of
 * all files that they read from home; none of it depends on where home is. The caller's to free. NULL, without a word, if
 * a tool or a source is missing: the build will say so. */
char *flow_inputs(const struct board *board, const char *home, const unsigned *seeds, size_t seed_count);

#endif
