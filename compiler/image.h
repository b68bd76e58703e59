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

/* How x or a current becomes what is added to a state: times 2^exponent, rounded (docs/numbers.md). */
enum { GAIN_EXPONENT_MIN = -7, GAIN_EXPONENT_MAX = 7 };

/* Parameters of a current, beside those of v. */
enum current_parameter { CURRENT_LEAK, CURRENT_BIAS, CURRENT_PARAMETERS };

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
    bool each;          /* parameters of v differ between neurons */
    bool current_each;  /* those of the current do */
    bool current_old;   /* v sees the current of the step before */
    int gain_exponent;    /* of x; with a current: of the current into v */
    int current_exponent; /* of x into the current */
    double scale;         /* real value of one unit of v (of a value, for graded inputs) */
    bool own_units;       /* neurons have units of their own */
    double *unit;         /* (size) real value of one unit of v where own_units, and scale a mere reference; else NULL */
    double *current_unit; /* (size) real value of one unit of i: units are of current_gain i, which v adds; NULL without */
    int32_t limit;     /* largest |v| (of an Input: |value|) in units, on which accumulator bounds rest; 1 for spikes */
    int16_t *parameter[NEURON_PARAMETERS];          /* (size) each; NULL for MODEL_INPUT */
    int16_t *current_parameter[CURRENT_PARAMETERS]; /* (size) each; NULL without current */
};

struct image_projection {
    size_t source;
    size_t target;
    size_t delay; /* steps */
    unsigned weight_bits; /* 1 to 8, or 16; of graded ones 8 or 16 */
    bool graded;
    double scale;    /* real value of one unit of the accumulator; where the target has own units: times unit / scale */
    struct linear_map map;
    int16_t *weight; /* (entries of map) */
};

struct image_segment { /* words to be written before the first step */
    unsigned core;     /* or HW_BROADCAST */
    unsigned space;
    uint32_t address;
    size_t count;
    uint16_t *words;
};

/* Order of a population's neurons in the array: channels innermost, so that what a convolution's event adds lies together. Neuron
 * (channel, y, x) of the NIR shape lies at y row_stride + x channels + channel; what pads a row to row_stride never fires
 * (or is never looked at). Populations without axes in space have one row of one column. */
struct image_order {
    size_t channels;
    size_t columns;
    size_t rows;
    size_t row_stride; /* at least channels * columns */
};

/* Where the output of a population is kept, in every core at the same address: word w of step t at
 * address + (w << ring_log2) + image_ring_slot(). */
struct image_buffer {
    bool used;           /* false where nobody reads it, or values are read from the states themselves */
    unsigned space;      /* HW_SPACE_SPIKE, or HW_SPACE_STATE for values */
    uint32_t address;
    unsigned ring_log2;
    size_t words;        /* of one step */
    size_t lag;          /* steps that the population runs behind the Inputs: in step t of the array it computes t - lag */
};

/* Consecutive neurons of a population, in the array's order, that one core updates in one go: a population is cut over cores,
 * and in a core into tiles that the accumulators hold. */
struct image_slice {
    size_t population;
    size_t first_neuron; /* a multiple of 16 */
    size_t neurons;      /* pads included */
    unsigned core;
    unsigned state_space;     /* HW_SPACE_STATE or HW_SPACE_WEIGHT; neuron n of the slice: address + n */
    uint32_t state_address;   /* of the first neuron's v */
    uint32_t current_address; /* of its i, in the same space; 0 where there is none */
    uint32_t output_address;  /* of its OUTPUT messages' first word; outputs only */
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
    uint32_t step_entry;  /* program of a step: all populations, each with its lag */
    size_t stage_count;   /* largest lag, plus 1 */
    uint32_t stage_operations; /* where there are stages: program of lag n alone at step_entry + (n + 1) times this */
    struct image_order *orders;         /* (population_count) */
    struct image_buffer *buffers;       /* (population_count); those of Inputs are what the host writes */
    struct image_slice *slices;         /* every population but inputs, by population, then first neuron */
    size_t slice_count;
};

enum { IMAGE_STAGES_MAX = 16 };

/* Steps of the array that a projection reads back; its own delay while there are no buffers. */
static inline size_t image_array_delay(const struct image *image, const struct image_projection *projection)
{
    if (!image->buffers)
        return projection->delay;
    return projection->delay + image->buffers[projection->target].lag - image->buffers[projection->source].lag;
}

/* Steps back from the array's step to the slot of a ring that has what was put out delay steps ago. Inputs lie a slot further
 * back: then a ring of theirs and one of as many steps that is read a step late have the same slot, and one ACCUMULATE
 * can go through both. */
static inline size_t image_ring_back(const struct image *image, size_t population, size_t delay)
{
    return delay + (image->populations[population].model == MODEL_INPUT ? 1 : 0);
}

/* Slot of the ring of what a population puts out in a step of the array. */
static inline uint32_t image_ring_slot(const struct image *image, size_t population, size_t step)
{
    return (uint32_t)((step - image_ring_back(image, population, 0)) &
                      (((size_t)1 << image->buffers[population].ring_log2) - 1));
}

/* Neurons of a population in the array, pads included. */
static inline size_t image_order_size(const struct image_order *order)
{
    return order->rows * order->row_stride;
}

/* Place in the array of a neuron in C order of the NIR shape. */
static inline size_t image_order_place(const struct image_order *order, size_t neuron)
{
    size_t x = neuron % order->columns;
    size_t y = neuron / order->columns % order->rows;
    size_t channel = neuron / (order->columns * order->rows);

    return y * order->row_stride + x * order->channels + channel;
}

/* Real value of one unit of a neuron's v. */
static inline double image_unit(const struct image_population *population, size_t neuron)
{
    return population->unit ? population->unit[neuron] : population->scale;
}

/* Largest |weight| of a width: 127 at 8 bits, 7 at 4; 1 bit is one of two neighbours among -1, 0 and 1, or -1 and 1. */
static inline int image_weight_max(unsigned bits)
{
    return bits == 1 ? 1 : (1 << (bits - 1)) - 1;
}

/* 16-bit words that neurons of a population take in a memory or in messages: a value each, or 16 spikes a word. */
static inline size_t image_words(const struct image_population *population, size_t neurons)
{
    return population->graded ? neurons : (neurons + 15) / 16;
}

/* Longest delay of the projections from a population: how many steps of its output are part of the state. */
size_t image_history(const struct image *image, size_t population);

/* What is known of the Inputs before quantisation: one entry an Input, from data or from the user. */
struct input_range {
    bool graded;      /* values, not spikes */
    double magnitude; /* largest absolute value, graded only */
};

/* Who fired when, in some samples of a run of the float oracle. */
struct spike_record {
    size_t samples;
    size_t steps;     /* of a sample */
    size_t words;     /* that the bits of a neuron take: step s of sample n is bit n steps + s */
    uint64_t **fired; /* (population_count), each (size, words); NULL where unknown */
};

/* Largest |v| and |i| of each population in a run of the float oracle; NULL where there was none. */
struct calibration {
    double *magnitude;         /* (population_count) */
    double *current_magnitude; /* (population_count) 0 without current */
    double **reach;            /* (population_count), each (size): largest |v| of each neuron; NULL where unknown */
    double **power;            /* (population_count), each (size): mean square of what each puts out; NULL where unknown */
    struct spike_record record; /* fired NULL where there is none */
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
