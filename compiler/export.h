/* The network that an image computes, as a NIR file: the original's names, nesting and shapes with dequantised
 * weights, thresholds and time constants. docs/architecture.md, section Export. */
#ifndef NIRLOOM_EXPORT_H
#define NIRLOOM_EXPORT_H

#include "diagnostics.h"
#include "image.h"

#include <stdbool.h>

/* Writes the network of image, loaded from image_path, to path; an existing file is replaced only by a whole one that
 * was read again and quantised to the same integers. *ranges: it needs the ranges noted in its metadata for that, as
 * the image was calibrated. 0, or -1 with an error that names the node that cannot carry what the array computes. */
int network_export(const struct image *image, const char *image_path, const char *path, bool *ranges,
                   struct diagnostics *diagnostics);

#endif
