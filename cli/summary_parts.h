/* The parts of a summary. Inside summary alone.
 *
 *   summary.c              options, ports, memory
 *   summary_populations.c  units, ranges and leaks of each population
 *   summary_projections.c  widths, nodes and layout of each projection */
#ifndef NIRLOOM_SUMMARY_PARTS_H
#define NIRLOOM_SUMMARY_PARTS_H

#include "summary.h"

/* Lines on file; an object of the list in JSON (docs/json.md). */
void summary_print_population(FILE *file, const struct image_origin *origin, size_t index);
struct json_object *summary_describe_population(const struct image_origin *origin, size_t index);

/* All projections. */
void summary_print_projections(FILE *file, struct image_origin *origin);
struct json_object *summary_describe_projections(struct image_origin *origin);

#endif
