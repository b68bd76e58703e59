/* Parts of image_check(). */
#ifndef NIRLOOM_IMAGE_CHECK_H
#define NIRLOOM_IMAGE_CHECK_H

#include "hardware.h"
#include "image.h"

/* What is wrong with segments, program, orders, buffers or slices of an image with a board and a sound integer network,
 * or NULL. */
const char *image_mapping_fault(const struct image *image);

/* What is wrong with the programs of an image for the board whose segments lie in their memories and whose entries are operations
 * of it, or NULL: programs without END, operations that no engine knows or whose rows, words and groups do not exist. What an
 * operation promises of the next one (FLAG_AHEAD, FLAG_SAME) is not looked at. */
const char *image_program_fault(const struct image *image, const struct board *board);

#endif
