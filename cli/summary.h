/* What an image is, for people and as JSON: board, options, populations, memory used. */
#ifndef NIRLOOM_SUMMARY_H
#define NIRLOOM_SUMMARY_H

#include "image.h"

#include <json-c/json.h>
#include <stdio.h>

/* A few lines on file. */
void summary_print(FILE *file, const struct image *image);

/* Adds board, options, populations, projections, inputs, outputs and memory to object. */
void summary_json(struct json_object *object, const struct image *image);

/* The words that the command line has for a model and for options. */
const char *summary_model(enum model model);
struct json_object *summary_options(const struct options *options);

#endif
