/* How near each population comes to double precision, for people and as JSON. */
#ifndef NIRLOOM_AGREEMENT_TELL_H
#define NIRLOOM_AGREEMENT_TELL_H

#include "agreement.h"

#include <json-c/json.h>
#include <stdio.h>

enum { AGREEMENT_SAMPLES = 100 }; /* that are compared where nothing else is asked for */

/* A table, a line a population that was compared; nothing where samples is 0. */
void agreement_print(FILE *file, const struct image *image, const struct agreement *populations, size_t samples);

/* Adds "float_comparison" to object: null where samples is 0. */
void agreement_json(struct json_object *object, const struct image *image, const struct agreement *populations,
                    size_t samples);

#endif
