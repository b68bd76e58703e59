/* nirloom run --device float of a .nir: straight from the graph. It needs no image, so that every NIR primitive runs,
 * those that the array cannot run as well. */
#ifndef NIRLOOM_ORACLE_H
#define NIRLOOM_ORACLE_H

#include "arguments.h"

/* Runs arguments->input through the float oracle and writes arguments->output. Faults are told. A command status. */
int oracle_run(const struct arguments *arguments);

#endif
