/* How the connections of a graph depend on its weights is asked of lower itself: it is run with 0 in place of all weights
 * that may be chosen, with 1, with each weight's index, and with numbers without pattern. A connection that is
 * a + f w, of one weight w, tells a, f and the index so; the last run tells those that depend on several weights. Inside
 * export alone. */
#ifndef NIRLOOM_EXPORT_PROBE_H
#define NIRLOOM_EXPORT_PROBE_H

#include "export_parts.h"

/* What stands in for the numbers of carriers. */
enum probe { PROBE_ZERO, PROBE_ONE, PROBE_INDEX, PROBE_MIXED, PROBE_COUNT };

/* What a connection tells of a weight: it, or that it depends on none, on several, or that no number suits all. */
enum found { FOUND, FOUND_FIXED, FOUND_SEVERAL, FOUND_CONFLICT };

/* A number to be found. Connections that share it may have been rounded in different ways: then any number will do
 * that each of them rounds from. */
struct unknown {
    bool met;
    bool exact;
    double value; /* that one connection asks for */
    double least; /* what all allow */
    double most;
};

struct solving {
    struct export *export;
    bool bias;                       /* biases are looked for, not weights */
    struct network probes[PROBE_COUNT];
    size_t *first;                   /* (nodes) index of a carrier's first number among all */
    struct unknown *unknown;         /* (all numbers of carriers) */
    size_t count;
    double *rows[PROBE_COUNT];       /* (largest population) */
    double *wanted;                  /* the same */
};

/* An error; -1. */
int export_out_of_memory(const struct export *export);

/* "/name" of a population, and whether it is the source of late biases. */
const char *export_place(const struct export *export, size_t population);
bool export_is_late_bias(const struct export *export, size_t population);

/* Weight carriers, or bias carriers (nodes). */
const bool *probe_carriers(const struct solving *solving);

/* Lowers the graph with a probe in place of every number of the carriers; or of one, by node, and 0 for the others
 * (only: SIZE_MAX for all). 0, or -1 with an error. */
int probe_run(const struct solving *solving, enum probe probe, size_t only, struct network *network);

/* Runs all probes; what it fills is in scratch. Needs: export, bias. 0, or -1 with an error. */
int probe_begin(struct solving *solving, struct arena *scratch);

/* A row of all probes and of what is wanted, from a source neuron of a projection of the real network; or clears it. */
void probe_fill(struct solving *solving, const struct projection *projection, size_t source, bool clear);
void probe_put_row(double *row, const struct projection *projection, size_t source, bool clear);

/* Adds that factor times the number shall be wanted, to within half, or clipped: that or more. False if no number is left. */
bool unknown_narrow(struct unknown *unknown, double wanted, double half, double factor, bool clipped);

/* The number, next to what it was where there is a choice. */
double unknown_settle(const struct unknown *unknown, double old);

/* What a connection tells of a weight, from its four probes; of a projection of the real network all of them, up to the
 * first that fails, with its source neuron. */
enum found probe_solve(struct solving *solving, const double *probe, double wanted, double half, bool clipped);
enum found probe_solve_projection(struct solving *solving, size_t index, size_t *source);

/* Puts what was found into the graph; warns of numbers that had to do for several. */
void probe_take(const struct solving *solving);

#endif
