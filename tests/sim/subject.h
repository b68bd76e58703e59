/* A network compiled in memory for a board, with the data file that drives it. */
#ifndef NIRLOOM_TESTS_SUBJECT_H
#define NIRLOOM_TESTS_SUBJECT_H

#include "data.h"
#include "image.h"
#include "lockstep.h"

struct subject {
    struct arena arena;
    struct image image;
    struct data data;
};

/* Compiles network for board at weight_bits with the options of the file, and reads samples of the data file. Fails the
 * test with the messages if either is refused. */
void subject_open(struct subject *subject, const char *network, const char *samples, const char *board,
                  unsigned weight_bits, size_t sample_limit);

/* The same; false where the board is too small for the network. subject_close() in any case. */
bool subject_fits(struct subject *subject, const char *network, const char *samples, const char *board,
                  unsigned weight_bits, size_t sample_limit);
void subject_close(struct subject *subject);

/* step_source over the data file; self is the subject. */
void subject_step(void *self, size_t sample, size_t step, const struct loom_buffer *inputs);

#endif
