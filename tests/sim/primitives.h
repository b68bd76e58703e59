/* Which forms of each NIR primitive the array computes, and how closely: the table that tests/sim/test_primitives.c
 * checks and tests/bench/primitives.c prints. Paths are relative to the project's root. */
#ifndef NIRLOOM_TESTS_PRIMITIVES_H
#define NIRLOOM_TESTS_PRIMITIVES_H

#include "fidelity.h"

enum verdict {
    FORM_EXACT,       /* spikes, values and membranes are those of double precision, with 8 and with 4 bits */
    FORM_APPROXIMATE, /* within bounds, one set for 8-bit and one for 4-bit weights */
    FORM_REFUSED      /* `compile` says so */
};

/* In per cent, of what struct fidelity says. */
struct bounds {
    double spikes;
    double value;
    double rms;
    double state;
};

struct primitive_form {
    const char *primitive; /* a NIR node type, or the form of a graph */
    const char *form;
    const char *folder;    /* NULL: tests/micro */
    const char *network;   /* without .nir */
    enum verdict verdict;
    bool cuba_old;
    struct bounds bounds[2]; /* 8 and 4 bits */
    const char *error;       /* part of what is said of a refused one */
};

extern const struct primitive_form primitive_forms[];
extern const size_t primitive_form_count;

/* Where its network lies, from the project's root. */
const char *primitive_folder(const struct primitive_form *form);

/* Measures a form on the icebreaker; as fidelity_measure(). */
int primitive_measure(struct fidelity *fidelity, const struct primitive_form *form, unsigned weight_bits, char *error);

#endif
