/* What NIR leaves open and the compiler asks: one struct, kept in the image. */
#ifndef NIRLOOM_OPTIONS_H
#define NIRLOOM_OPTIONS_H

#include <stddef.h>

enum integrator { INTEGRATOR_EULER, INTEGRATOR_EXP };
enum reset { RESET_VALUE, RESET_ZERO, RESET_SUBTRACT };
enum compare { COMPARE_GREATER, COMPARE_GREATER_EQUAL };
enum recurrent_bias { RECURRENT_BIAS_NOW, RECURRENT_BIAS_NEXT };
enum cuba_order { CUBA_NEW, CUBA_OLD };

struct options {
    double dt;        /* step in seconds; 0: not given (metadata/dt of the file, else 1e-4) */
    double time_unit; /* seconds a unit of the file's taus: 1, 1e-3, or dt where taus are in steps (0) */
    enum integrator integrator;
    enum reset reset;
    enum compare compare;
    enum recurrent_bias recurrent_bias;
    enum cuba_order cuba_order;
    unsigned weight_bits; /* 8 or 4 */
};

/* The defaults of all of them. */
struct options options_default(void);

#endif
