/* lava-dl's integers (float_integer.h). Doubles hold them: multiplying and dividing by 4096 is exact, and so are
 * the products as long as they stay below 2^53. */
#include "float_integer.h"

#include <math.h>

static const double one = 4096;

double float_integer_loss(double ratio)
{
    return round(one * ratio) / one;
}

double float_integer_update(double state, double loss, double input)
{
    return (trunc(state * one * (1 - loss)) + trunc(one * input)) / one;
}
