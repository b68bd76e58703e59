/* Which values of the options the array computes. */
#ifndef NIRLOOM_LOWER_OPTIONS_H
#define NIRLOOM_LOWER_OPTIONS_H

#include "diagnostics.h"
#include "graph.h"
#include "options.h"

/* Replaces option values by those that mean the same for this graph and that the array knows. -1 with an error a
 * value, which names the first node that it matters to and a way out, if the array does not compute what then is
 * asked for. step is dt in the file's unit of time. */
int lower_options(struct options *options, const struct graph *graph, double step, struct diagnostics *diagnostics);

#endif
