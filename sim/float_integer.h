/* The integer model of lava-dl (slayer's Cuba block): states are whole numbers of 1/4096, the loss of a step is a
 * whole number of 4096ths, products are cut towards zero. Inside sim/float alone. */
#ifndef NIRLOOM_FLOAT_INTEGER_H
#define NIRLOOM_FLOAT_INTEGER_H

/* The loss of a step, round(4096 ratio) / 4096, for ratio = dt/tau. */
double float_integer_loss(double ratio);

/* State after a step: with S = 4096, loss = d / S and state = V / S it is
 * (trunc(V (S - d) / S) + trunc(S input)) / S. Exact for |V| < 2^40. */
double float_integer_update(double state, double loss, double input);

#endif
