/* What placing decides and packing writes down: where every slice, weight and parameter lies. */
#ifndef NIRLOOM_PLACE_H
#define NIRLOOM_PLACE_H

#include "hardware.h"
#include "image.h"

/* How weights of one projection lie in the weight memory (rtl/loom_lanes.v). */
struct unit_layout {
    unsigned bits;           /* of a weight */
    unsigned lanes;          /* weights of a unit */
    unsigned units_per_word;
};

struct placement {
    const struct board *board;
    uint32_t *spike_address; /* (population_count) first spike word, the same in every core */
    uint32_t *value_address; /* (population_count) first state word of values that other populations read, the same
                                in every core; VALUE_NONE where there are none */
    uint32_t spike_words;    /* used */
    uint32_t shared_rows;    /* state rows that every core keeps for values */
    uint32_t *parameter_row; /* (slice_count) first row of the slice's parameters in its core */
    uint32_t clear_operations; /* of the program that clears; the program of a step follows it in every core */
    struct core_use {
        uint32_t slices;
        uint32_t operations;   /* of a step */
        uint32_t weight_words; /* with both programs */
        uint32_t state_rows;
        uint32_t accumulator_rows;
    } *cores; /* (board->cores) */
};

enum { VALUE_NONE = UINT32_MAX };

struct unit_layout place_unit_layout(const struct board *board, const struct image_projection *projection);

/* Weight units that one source neuron has for neurons targets. */
uint32_t place_units(const struct unit_layout *layout, size_t neurons);

/* Memory words of all weights of a projection onto neurons targets. */
uint64_t place_weight_words(const struct unit_layout *layout, size_t sources, size_t neurons);

/* True if the parameters of this slice are stored for every group: they differ, or a neuron that only fills up
 * the last group could fire with the uniform ones. */
bool place_each(const struct image_population *population, size_t neurons, unsigned slots);

/* True if some projection reads the population. */
bool place_is_source(const struct image *image, size_t population);

/* Fills image->segments, entries and addresses of the slices. Needs: slices and placement made by
 * image_place(). 0, or -1 if memory is short. */
int pack(struct image *image, const struct placement *placement, struct diagnostics *diagnostics);

#endif
