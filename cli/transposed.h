/* The network file that a command reads: the one named, or a temporary copy with its weights transposed. */
#ifndef NIRLOOM_TRANSPOSED_H
#define NIRLOOM_TRANSPOSED_H

#include "arguments.h"

/* Where --transpose-weights is given, points arguments->network to a transposed copy, which is removed at exit. A file
 * that cannot be copied stays as it is, and reading it tells why. COMMAND_DONE, or COMMAND_DEVICE after a fault that
 * has been told. */
int transposed_take(struct arguments *arguments);

#endif
