/* Defaults of the compile options (docs/architecture.md, section Options). */
#include "options.h"

struct options options_default(void)
{
    return (struct options){
        .dt = 0,
        .time_unit = 1,
        .integrator = INTEGRATOR_EULER,
        .reset = RESET_VALUE,
        .compare = COMPARE_GREATER,
        .recurrent_bias = RECURRENT_BIAS_NOW,
        .cuba_order = CUBA_NEW,
        .weight_bits = 8,
    };
}
