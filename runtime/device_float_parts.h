/* The float device, for the files that make it up. */
#ifndef NIRLOOM_DEVICE_FLOAT_PARTS_H
#define NIRLOOM_DEVICE_FLOAT_PARTS_H

#include "device.h"
#include "float_state.h"

struct device_float {
    struct device device; /* first: a pointer to it is a pointer to the whole */
    struct arena arena;
    struct float_network *network;
    size_t input_count;      /* of the graph's Inputs, which are the image's in another order */
    const double **pointers; /* (input_count) the step's inputs in the order of the graph */
    double **values;         /* (input_count) in the order of the image */
    size_t *input_sizes;     /* (input_count) likewise */
    size_t *output_nodes;    /* (image->output_count) */
    struct float_place *places; /* (place_count) of the image's populations, then of other nodes with a state */
    size_t place_count;
};

/* Where the state of a population is. */
struct float_place {
    const char *name;
    size_t node;   /* of the graph, unless it is constant */
    bool constant; /* the population that network_lower() makes of biases: it stands for no node */
    struct float_state_form form;
};

/* Sets the error and returns status. */
enum loom_status device_float_fail(struct device *device, enum loom_status status, const char *place, const char *text);

/* The node of that name, whose type is wanted unless that is NODE_TYPES; node_count if there is none. */
size_t device_float_find_node(const struct graph *graph, const char *name, enum node_type wanted);

/* Finds the nodes of the image's populations, and the nodes with a state that are no population. Fills places. */
enum loom_status device_float_match_states(struct device_float *self, const struct graph *graph);

/* As in struct device_operations. */
size_t device_float_population_count(const struct device *device);
struct loom_port device_float_population(const struct device *device, size_t population);
enum loom_status device_float_get_state(struct device *device, size_t population, const struct loom_state *state);
enum loom_status device_float_set_state(struct device *device, size_t population, const struct loom_state *state);

#endif
