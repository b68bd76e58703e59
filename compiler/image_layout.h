/* The layout of /loom in an image file: one description that both writes and reads it, so that the two cannot
 * differ. Sizes and kinds are checked on the way in; whether the numbers make sense is image_check()'s to say. */
#ifndef NIRLOOM_IMAGE_LAYOUT_H
#define NIRLOOM_IMAGE_LAYOUT_H

#include "hdf5_access.h"
#include "image.h"

/* Writes image (which is then only read) to the group loom, or reads it from there into image and its arena.
 * 0, or -1 with a reason (HDF5_REASON_BYTES). */
int image_layout(bool writing, hid_t loom, struct image *image, char *reason);

#endif
