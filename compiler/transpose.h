/* Networks whose exporter stored weights as (inputs, outputs). */
#ifndef NIRLOOM_TRANSPOSE_H
#define NIRLOOM_TRANSPOSE_H

#include "diagnostics.h"

/* Writes the NIR file path anew as transposed, with the last two axes of the weight of every Linear and Affine, nested
 * ones too, exchanged; square weights do not show which way they are, so all are taken alike. 0, or -1 with an error;
 * transposed is then not written. */
int transpose_weights(const char *path, const char *transposed, struct diagnostics *diagnostics);

#endif
