/* What the files of random_graph.h share: what is known of a signal while a graph grows, and the makers of its parts. A
 * maker that finds memory short sets failed and goes on; the graph is then thrown away. */
#ifndef NIRLOOM_TESTS_RANDOM_GRAPH_PARTS_H
#define NIRLOOM_TESTS_RANDOM_GRAPH_PARTS_H

#include "random_graph.h"

enum { RANDOM_NODES_MAX = 256, RANDOM_EDGES_MAX = 512, RANDOM_UNITS_MAX = 32, RANDOM_DEPTH_MAX = 3 };

struct generator {
    struct arena *arena;
    uint64_t state;
    uint64_t seed;
    double step;        /* dt in the graph's unit of time */
    bool ties;          /* numbers are multiples of powers of two: sums are exact and meet thresholds */
    bool single;        /* numbers are floats */
    size_t limit;       /* most elements of a population */
    size_t populations; /* still to be made */
    bool failed;
};

/* What a node puts out. */
struct signal {
    size_t node; /* of the graph under construction */
    struct shape shape;
    double unit;    /* usual magnitude of an element that is not 0 */
    double density; /* usual share of such elements */
    bool steady; /* spikes of neurons with state alone: feedback may begin here */
    bool port;   /* maybe an Input, whose rank what follows may change */
};

/* What forward and backward edges lead to: a population, or a nested graph. */
struct unit {
    size_t node;
    struct shape input;
    double input_unit; /* magnitude of what comes in */
    struct signal output;
    bool damped; /* an LI or CubaLI with a small gain: feedback of values to itself stays bounded */
    bool read;   /* something follows */
};

/* A graph under construction. */
struct body {
    struct graph *graph;
    struct signal inputs[RANDOM_INPUTS_MAX];
    size_t input_count;
    struct unit units[RANDOM_UNITS_MAX];
    size_t unit_count;
    size_t depth; /* 0: the root */
};

/* ---- random_graph_nodes.c: nodes and their parameters ---- */

bool random_chance(struct generator *generator, size_t one_in);
double random_between(struct generator *generator, double low, double high);

/* low to high, on the grid of a seed with ties. */
double random_number(struct generator *generator, double low, double high);

/* A body's empty graph. */
void random_body_begin(struct generator *generator, struct body *body, struct graph *graph, size_t depth);

/* A node of that type, with a name and no parameters yet; 0 where there is no more room. */
size_t random_node(struct generator *generator, struct body *body, enum node_type type);
void random_edge(struct generator *generator, struct body *body, size_t source, size_t target);

/* Parameters by name: numbers of a shape (rank 0: one), a list of whole numbers, a word. */
double *random_tensor(struct generator *generator, struct node *node, const char *name, struct shape shape);
void random_list(struct generator *generator, struct node *node, const char *name, size_t count, const size_t *numbers);
void random_word(struct generator *generator, struct node *node, const char *name, const char *word);

/* A node of neurons (or Scale, Threshold, Delay) that signal leads to, with its edge: what it puts out. */
struct signal random_elementwise(struct generator *generator, struct body *body, enum node_type type,
                                 struct signal signal);

/* Weights for sums of so many elements like signal's that come to about 1; small: to at most an eighth of the
 * largest element. */
void random_weights(struct generator *generator, double *weights, size_t count, size_t summands, struct signal signal,
                    bool small);

/* ---- random_graph_linear.c: linear maps ---- */

/* Linear or Affine over the last axis, to outputs elements. */
struct signal random_linear(struct generator *generator, struct body *body, struct signal signal, size_t outputs,
                            bool small);
struct signal random_flatten(struct generator *generator, struct body *body, struct signal signal, bool whole);

/* A convolution that keeps the spatial axes of rank 2 or 3, to channels. */
struct signal random_same_convolution(struct generator *generator, struct body *body, struct signal signal,
                                      size_t channels);

/* Any one linear map that the signal's shape allows. */
struct signal random_map(struct generator *generator, struct body *body, struct signal signal);

/* Maps that lead to exactly that shape; false where there are none. small: whose sums stay far below unit. */
bool random_adapt(struct generator *generator, struct body *body, struct signal *signal, const struct shape *shape,
                  bool small);

/* ---- random_graph_units.c: populations, nested graphs, and what joins them ---- */

/* Adds up to count units behind what the body has, with fan-in and feedback. */
void random_units(struct generator *generator, struct body *body, size_t count);

/* Sorts nodes by name, as a file has them. */
void random_body_end(struct generator *generator, struct body *body);

#endif
