/* Profiles: what a framework makes of the options that NIR leaves open (docs/profiles.md). */
#ifndef NIRLOOM_PROFILES_H
#define NIRLOOM_PROFILES_H

#include "options.h"

#include <stdbool.h>
#include <stddef.h>

/* Sets in *options what the framework of that name decides and leaves the rest. False, and *options as it was, if
 * there is no such profile. */
bool profile_apply(struct options *options, const char *name);

/* The names in their order, NULL past the last. */
const char *profile_name(size_t index);

#endif
