/* Images of random networks with invented mappings, and their files. */
#ifndef NIRLOOM_TESTS_IMAGE_SUBJECT_H
#define NIRLOOM_TESTS_IMAGE_SUBJECT_H

#include "image.h"

/* A graph to copy: the file's content is not looked at by save or load. */
void image_subject_write(const char *path);

/* An image that image_check() accepts, of the network of a seed; mapped: with a board and invented addresses. */
void make_image(struct image *image, struct arena *arena, uint64_t seed, bool mapped);

void save_image(const struct image *image, const char *path);

/* NULL if the images say the same, else what differs. */
const char *difference(const struct image *one, const struct image *two);

/* 0 refused with an error, 1 loaded and equal, 2 anything else. */
int load_status(const char *path, const struct image *expected);

#endif
