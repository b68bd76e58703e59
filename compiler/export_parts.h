/* What the parts of export share. Inside export alone.
 *
 *   export.c            the passes in their order, and the proof by reading the file again
 *   export_neurons.c    parameters of neurons
 *   export_carriers.c   which nodes take weights and biases, one on each path
 *   export_probe.c      how connections depend on weights (export_probe.h)
 *   export_weights.c    gains and weights that give the array's connections
 *   export_biases.c     biases that do
 *   export_compare.c    differences between two networks, or two images, of one structure
 *   export_file.c       the file */
#ifndef NIRLOOM_EXPORT_PARTS_H
#define NIRLOOM_EXPORT_PARTS_H

#include "image.h"

/* How much of the file's numbers is replaced, from what the array computes exactly to what merely rounds to it. Each is
 * tried where the one before does not lead to the same integers. */
enum export_way {
    EXPORT_PRODUCTS, /* all; of two matrices in a row one becomes the identity */
    EXPORT_FACTORS,  /* all; of two matrices in a row one stays as it is */
    EXPORT_NEURONS,  /* parameters of neurons alone */
    EXPORT_NOTHING,
    EXPORT_WAYS
};

struct export {
    const struct image *image;
    struct arena *arena;
    struct diagnostics *diagnostics;
    struct graph original;  /* of the image */
    struct graph graph;     /* the same nodes with the parameters that are written */
    struct network real;    /* what the image computes; to be met */
    double **gain;          /* (population_count) (size): what weights into it are multiplied with */
    bool *changed;          /* (node_count) parameters are written from graph, not copied */
    bool *weight_carrier;   /* (node_count) its weights are chosen */
    bool *bias_carrier;     /* (node_count) its bias is */
    enum export_way way;
    bool ranges;            /* largest states go into the metadata */
};

/* dt in the unit of time of the file. */
double export_step(const struct export *export);

/* The population is a node of the graph with parameters: neurons or a Threshold; not an Input, a relay, or the source
 * of late biases. */
bool export_owns_node(const struct export *export, size_t population);

/* Sets gains to those of the original's nodes; then parameters, as gains, the integers and the options have them. 0, or
 * -1 if memory is short. */
int export_begin_neurons(struct export *export);
int export_set_neurons(struct export *export);

/* Chooses v_leak so that bias and v_leak together add what the array adds. lowered: of graph. */
void export_balance(struct export *export, const struct network *lowered);

/* The weights (bias: the biases) of a node that may carry any; NULL if it has none. */
struct tensor *export_tensor(struct node *node, bool bias);

/* Chooses weight_carrier and bias_carrier; where two matrices are multiplied one of them becomes the identity. 0, or
 * -1 if memory is short. */
int export_choose_carriers(struct export *export);

/* Lowers graph into lowered, whose arena is set. 0, or -1 with an error. */
int export_lower(const struct export *export, struct network *lowered);

/* Sets gains so that connections without weights are those of the array. Then the weights; then the biases, as far as
 * they can. 0, or -1 with an error. */
int export_solve_gains(struct export *export);
int export_solve_weights(struct export *export);
int export_solve_biases(struct export *export);

/* The projection of the same ends and delay; NULL if there is none. */
const struct projection *export_find_projection(const struct network *network, const struct projection *like);

/* Weights of a projection from one source neuron into row (targets), 0 elsewhere; clear sets those back to 0. A NULL
 * projection has none. */
void export_fill_row(double *row, const struct projection *projection, size_t source);
void export_clear_row(double *row, const struct projection *projection, size_t source);

/* Half a unit of the weights of a projection into a neuron, and of a population's bias: what is nearer rounds alike. */
double export_half_weight(const struct export *export, size_t projection, size_t neuron);
double export_half_bias(const struct export *export, size_t population, size_t neuron);

/* True if a weight of the array is the largest that its width has: a larger one of a file may have become it. */
bool export_is_clipped(const struct export *export, size_t projection, size_t neuron, double weight);

/* An error for the first connection or parameter that differs; 0 if none does. */
int export_compare_networks(const struct export *export, const struct network *lowered);
int export_compare_images(const struct image *one, const struct image *two, struct diagnostics *diagnostics);

/* Largest |v| (current: |i|) that makes calibration choose the unit that the image has. */
double export_range(const struct image_population *population, bool current);

/* Writes the file, whole, under the name put into temporary (HDF5_PATH_BYTES). 0, or -1 with an error. */
int export_write(const struct export *export, const char *image_path, const char *path, char *temporary);

#endif
