/* The two halves of image_check(). */
#ifndef NIRLOOM_IMAGE_CHECK_H
#define NIRLOOM_IMAGE_CHECK_H

#include "image.h"

/* What is wrong with segments, program, orders, buffers or slices of an image with a board and a sound integer network,
 * or NULL. */
const char *image_mapping_fault(const struct image *image);

#endif
