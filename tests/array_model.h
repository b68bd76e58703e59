/* The array a second time, for tests: runs the packed memories of an image as rtl/hardware.def describes them, one
 * operation at a time, without cycles. Knows nothing of how an image was placed. Memories start with arbitrary
 * contents, as those of a board do. Cores take turns; a message reaches a core only when that core waits for it or
 * the step ends, or now and then before. */
#ifndef NIRLOOM_TESTS_ARRAY_MODEL_H
#define NIRLOOM_TESTS_ARRAY_MODEL_H

#include "image.h"

struct array_model;

/* Memories filled from seed, segments written. NULL if a segment lies outside a memory or memory is short. */
struct array_model *array_model_open(const struct image *image, uint64_t seed);
void array_model_close(struct array_model *model);

/* Runs the program at entry in all cores. False, with array_model_error(), if an operation names something that is
 * not there or cores wait for each other for ever. */
bool array_model_run(struct array_model *model, uint32_t entry, unsigned step);

/* What was wrong, with core and operation. */
const char *array_model_error(const struct array_model *model);

/* A WRITE to all cores. False if there is no such address. */
bool array_model_write(struct array_model *model, unsigned space, uint32_t address, uint16_t word);

uint16_t array_model_read(const struct array_model *model, unsigned core, unsigned space, uint32_t address);

/* The last OUTPUT message with this address; *count messages with it came in the last run. */
uint16_t array_model_output(const struct array_model *model, uint32_t address, unsigned *count);

/* Weight units walked by all cores since array_model_open(). */
uint64_t array_model_units(const struct array_model *model);

#endif
