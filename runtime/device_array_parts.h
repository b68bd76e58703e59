/* What the files of the array device share: device_array.c runs, device_array_state.c reads and sets states. */
#ifndef NIRLOOM_DEVICE_ARRAY_PARTS_H
#define NIRLOOM_DEVICE_ARRAY_PARTS_H

#include "device.h"
#include "hardware.h"
#include "link.h"

#define NEURON_PAD UINT32_MAX

struct device_array {
    struct device base; /* first: the operations get a pointer to it */
    struct device_operations operations;
    struct link *link;
    const struct board *board;
    unsigned step;      /* number of the next one, since the last reset; the array is behind it by no population's lag */
    bool follows;       /* the next step is the one after the last, and nothing but inputs was written since */
    uint32_t **neurons; /* (population_count), (places of image_order): the neuron in NIR order at a place of the array */
    uint16_t *words;    /* of the largest population, value for value, or its whole buffer */
};

/* Leaves the link's sentence in the device's error; returns status. */
enum loom_status device_array_fail(struct device_array *array, enum loom_status status);

/* One step's output of a population as the words of its buffer: words has image_words() of its places. spikes (size) where it
 * is not graded, else values (size). */
void device_array_words(const struct device_array *array, size_t population, const uint8_t *spikes, const double *values,
                        uint16_t *words);

/* The device operations of these names. */
enum loom_status device_array_get_state(struct device *device, size_t population, const struct loom_state *state);
enum loom_status device_array_set_state(struct device *device, size_t population, const struct loom_state *state);

#endif
