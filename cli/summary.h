/* What an image is, for people and as JSON: board, options, populations, memory used. */
#ifndef NIRLOOM_SUMMARY_H
#define NIRLOOM_SUMMARY_H

#include "image_origin.h"

#include <json-c/json.h>
#include <stdio.h>

/* Some lines on file of origin->image. */
void summary_print(FILE *file, struct image_origin *origin);

/* Adds board, options, populations, projections, inputs, outputs and memory to object. */
void summary_json(struct json_object *object, struct image_origin *origin);

/* The words that the command line has for a model and for options. */
const char *summary_model(enum model model);
struct json_object *summary_options(const struct options *options);

#endif
