/* What occurs in graphs, counted: the test of random_graph.h holds it against minima. */
#ifndef NIRLOOM_TESTS_RANDOM_GRAPH_CENSUS_H
#define NIRLOOM_TESTS_RANDOM_GRAPH_CENSUS_H

#include "graph.h"

/* FORM(name, least): least is how many of 1000 graphs must have it. */
#define CENSUS_FORMS                                                                                                   \
    FORM(nested, 200)                                                                                                  \
    FORM(nested_in_nested, 50)                                                                                         \
    FORM(nested_twice, 100)                                                                                            \
    FORM(nested_recurrent, 100)                                                                                        \
    FORM(several_inputs, 200)                                                                                          \
    FORM(several_outputs, 300)                                                                                         \
    FORM(input_to_output, 50)                                                                                          \
    FORM(duplicate_edge, 100)                                                                                          \
    FORM(self_edge, 50)                                                                                                \
    FORM(fan_in, 400)                                                                                                  \
    FORM(linear_chain, 400)                                                                                            \
    FORM(linear_leading_axes, 100)                                                                                     \
    FORM(conv_stride, 100)                                                                                             \
    FORM(conv_dilation, 100)                                                                                           \
    FORM(conv_groups, 30)                                                                                              \
    FORM(conv_depthwise, 100)                                                                                          \
    FORM(conv_rectangular, 100)                                                                                        \
    FORM(conv_padding, 100)                                                                                            \
    FORM(conv_same, 100)                                                                                               \
    FORM(conv_valid, 100)                                                                                              \
    FORM(pool_padding, 30)                                                                                             \
    FORM(pool_overlap, 30)                                                                                             \
    FORM(flatten_partial, 50)                                                                                          \
    FORM(delay_per_element, 100)                                                                                       \
    FORM(scalar_parameter, 300)                                                                                        \
    FORM(channel_parameter, 100)                                                                                       \
    FORM(neuron_parameter, 300)                                                                                        \
    FORM(recurrent_affine, 100)                                                                                        \
    FORM(loop_of_two, 100)                                                                                             \
    FORM(leaky_in_loop, 100)                                                                                           \
    FORM(delay_in_loop, 50)                                                                                            \
    FORM(convolution_in_loop, 30)                                                                                      \
    FORM(skip, 100)                                                                                                    \
    FORM(graded_between, 200)                                                                                          \
    FORM(large, 30)

enum form {
#define FORM(name, least) FORM_##name,
    CENSUS_FORMS
#undef FORM
    CENSUS_FORM_COUNT
};

/* How many graphs have each. */
struct census {
    size_t types[NODE_TYPES];
    size_t forms[CENSUS_FORM_COUNT];
};

/* Adds one graph: raw as it is read, and the same inferred. Nonzero where it is too large. */
int census_add(struct census *census, const struct graph *raw, const struct graph *inferred);

#endif
