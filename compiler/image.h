/* The image (.loom): all that the array needs to run, and the integer network that it computes.
 *
 * The integer network (populations, projections) is what `ref` executes; the mapping (segments, maps)
 * is what the link loads and what turns messages into NIR terms again. docs/numbers.md has the arithmetic.
 * An image file is HDF5: /node and /version are the NIR file's own, copied whole, so that an image is
 * itself a NIR file that `float` runs; /loom holds the rest, with a CRC-32 over every segment. */
#ifndef NIRLOOM_IMAGE_H
#define NIRLOOM_IMAGE_H

#include "network.h"

#include <stdint.h>

/* Parameters of one neuron, in the order of the state rows that hold them (hardware.def, PARAMETER_ROWS). */
enum neuron_parameter { NEURON_LEAK, NEURON_BIAS, NEURON_THRESHOLD, NEURON_RESET, NEURON_PARAMETERS };

struct image_population {
    char *name; /* as struct population */
    size_t node;
    enum model model;
    size_t size;
    struct shape shape;
    size_t level;
    bool graded;
    bool fire;
    bool subtract;
    bool each;         /* parameters differ between neurons */
    unsigned gain_shift;
    double scale;      /* real value of one unit of v (of a value, for graded inputs) */
    int32_t limit;     /* largest |v| (of an Input: |value|) in units, on which accumulator bounds rest; 1 for spikes */
    int16_t *parameter[NEURON_PARAMETERS]; /* (size) each; NULL for MODEL_INPUT */
};

struct image_projection {
    size_t source;
    size_t target;
    unsigned weight_bits;
    bool graded;
    double scale;   /* real value of one unit of the accumulator */
    int8_t *weight; /* (source size, target size) row-major: the row of a source neuron is what its spike adds */
};

struct image_segment { /* words to be written before the first step */
    unsigned core;     /* or HW_BROADCAST */
    unsigned space;
    uint32_t address;
    size_t count;
    uint16_t *words;
};

struct image_input_map { /* one for each Input, in the order of network.inputs */
    unsigned space;      /* HW_SPACE_SPIKE or, for values, HW_SPACE_STATE */
    uint32_t address;    /* neuron 0 in steps of parity 0 */
    uint32_t parity;     /* added in steps of parity 1 */
    size_t words;
};

struct image_slice { /* consecutive neurons of a population in one core */
    size_t population;
    size_t first_neuron;
    size_t neurons;
    unsigned core;
    uint32_t state_address;  /* of the first neuron's v, in STATE */
    uint32_t output_address; /* of its OUTPUT messages' first word; outputs only */
    bool output;
};

struct image {
    struct arena *arena;
    char *board;
    struct options options;
    struct image_population *populations;
    size_t population_count;
    struct image_projection *projections;
    size_t projection_count;
    struct port *inputs;
    size_t input_count;
    struct port *outputs;
    size_t output_count;
    struct image_segment *segments;
    size_t segment_count;
    uint32_t clear_entry; /* program that sets all state and spikes to 0 */
    uint32_t step_entry;  /* program of a step */
    struct image_input_map *input_maps; /* (input_count) */
    struct image_slice *slices;         /* every population but inputs, by population, then first neuron */
    size_t slice_count;
};

/* 16-bit words that neurons of a population take in a memory or in messages: a value each, or 16 spikes a word. */
static inline size_t image_words(const struct image_population *population, size_t neurons)
{
    return population->graded ? neurons : (neurons + 15) / 16;
}

/* What is known of the Inputs before quantisation: one entry an Input, from data or from the user. */
struct input_range {
    bool graded;      /* values, not spikes */
    double magnitude; /* largest absolute value, graded only */
};

/* Largest |v| of each population in a run of the float oracle; NULL where there was none. */
struct calibration {
    double *magnitude; /* (population_count) */
};

/* Chooses scales, turns weights and parameters into integers. inputs has network->input_count
 * entries. Fills the integer network of image; says each choice as a note. Refuses what no scale can
 * hold, naming the node. */
int image_quantize(struct image *image, const struct network *network, const struct input_range *inputs,
                   const struct calibration *calibration, struct diagnostics *diagnostics);

/* Splits populations over cores and gives addresses, then writes segments and maps for the board.
 * Refuses a network that does not fit, with what is short, by how much, and which board would do. */
struct board;
int image_place(struct image *image, const struct board *board, struct diagnostics *diagnostics);

/* Largest |accumulator| that any step can leave in a neuron of population, whatever the order of the additions:
 * all weights of one sign, or all graded sources at their limits. 16 bits hold it if it is at most 32767.
 * *neuron is the worst one. -1 if memory is short. */
int64_t image_accumulator_bound(const struct image *image, size_t population, size_t *neuron);

/* True if image is one that quantize and place may have made: every index, size, range and bound. Else false, and
 * an error; needs the integer network, and the maps where there is a board. */
bool image_check(const struct image *image, struct diagnostics *diagnostics);

/* Writes image to path, with the graph of nir_path copied in; an existing file is replaced only when
 * the new one is whole. 0, or -1 with an error. */
int image_save(const struct image *image, const char *path, const char *nir_path, struct diagnostics *diagnostics);

/* Reads path into image and its arena; everything is checked (kinds, sizes, ranges, checksum, version)
 * so that a device may trust it. 0, or -1 with an error. */
int image_load(struct image *image, const char *path, struct diagnostics *diagnostics);

#endif
