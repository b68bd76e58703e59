/* The one table of all options, and which commands take them. */
#include "option_table.h"

enum {
    OF_NETWORK = COMMAND_BIT_COMPILE | COMMAND_BIT_RUN | COMMAND_BIT_EVAL,
    OF_SAMPLES = COMMAND_BIT_RUN | COMMAND_BIT_EVAL
};

const struct option_row option_rows[] = {
    {"help", 'h', false, OPTION_HELP, ~0U, false},
    {"output", 'o', true, OPTION_OUTPUT, COMMAND_BIT_COMPILE | COMMAND_BIT_RUN | COMMAND_BIT_BUILD | COMMAND_BIT_EXPORT,
     false},
    {"input", 'i', true, OPTION_INPUT, OF_SAMPLES, false},
    {"board", 0, true, OPTION_BOARD, OF_NETWORK | COMMAND_BIT_BUILD | COMMAND_BIT_BOARD, true},
    {"device", 0, true, OPTION_DEVICE, OF_SAMPLES, false},
    {"calibrate", 0, true, OPTION_CALIBRATE, OF_NETWORK, true},
    {"dt", 0, true, OPTION_DT, OF_NETWORK, true},
    {"time-unit", 0, true, OPTION_TIME_UNIT, OF_NETWORK, true},
    {"profile", 0, true, OPTION_PROFILE, OF_NETWORK, true},
    {"integrator", 0, true, OPTION_CHOICE, OF_NETWORK, true},
    {"reset", 0, true, OPTION_CHOICE, OF_NETWORK, true},
    {"compare", 0, true, OPTION_CHOICE, OF_NETWORK, true},
    {"recurrent-bias", 0, true, OPTION_CHOICE, OF_NETWORK, true},
    {"cuba-order", 0, true, OPTION_CHOICE, OF_NETWORK, true},
    {"spikes", 0, true, OPTION_CHOICE, OF_NETWORK, true},
    {"latency", 0, true, OPTION_CHOICE, OF_NETWORK, true},
    {"input-gain", 0, true, OPTION_CHOICE, OF_NETWORK, true},
    {"v-leak", 0, true, OPTION_CHOICE, OF_NETWORK, true},
    {"membrane-floor", 0, true, OPTION_CHOICE, OF_NETWORK, true},
    {"scales", 0, true, OPTION_CHOICE, OF_NETWORK, true},
    {"pipeline", 0, true, OPTION_CHOICE, OF_NETWORK, true},
    {"weight-bits", 0, true, OPTION_WEIGHT_BITS, OF_NETWORK, true},
    {"transpose-weights", 0, false, OPTION_TRANSPOSE_WEIGHTS, OF_NETWORK | COMMAND_BIT_INSPECT, true},
    {"skip", 0, true, OPTION_SKIP, OF_SAMPLES, false},
    {"limit", 0, true, OPTION_LIMIT, OF_SAMPLES | COMMAND_BIT_COMPILE, false},
    {"jobs", 0, true, OPTION_JOBS, OF_SAMPLES | COMMAND_BIT_COMPILE, false},
    {"threads", 0, true, OPTION_JOBS, OF_SAMPLES | COMMAND_BIT_COMPILE, false},
    {"float-samples", 0, true, OPTION_FLOAT_SAMPLES, COMMAND_BIT_EVAL, false},
    {"probe", 0, true, OPTION_PROBE, COMMAND_BIT_RUN, false},
    {"observables", 0, true, OPTION_OBSERVABLES, COMMAND_BIT_RUN, false},
    {"state-in", 0, true, OPTION_STATE_IN, COMMAND_BIT_RUN, false},
    {"state-out", 0, true, OPTION_STATE_OUT, COMMAND_BIT_RUN, false},
    {"seeds", 0, true, OPTION_SEEDS, COMMAND_BIT_BUILD, false},
    {"force", 0, false, OPTION_FORCE, COMMAND_BIT_BUILD, false},
    {"json", 0, false, OPTION_JSON, COMMAND_BIT_COMPILE | COMMAND_BIT_EVAL | COMMAND_BIT_BUILD | COMMAND_BIT_INSPECT |
     COMMAND_BIT_EXPORT, false},
    {"verbose", 'v', false, OPTION_VERBOSE, OF_NETWORK | COMMAND_BIT_BUILD, false},
    {"virtual", 0, false, OPTION_VIRTUAL, COMMAND_BIT_BOARD, false},
    {"bits", 0, true, OPTION_BITS, COMMAND_BIT_COMPILE, true},
    {"max-loss", 0, true, OPTION_MAX_LOSS, COMMAND_BIT_COMPILE, true},
    {"trials", 0, true, OPTION_TRIALS, COMMAND_BIT_COMPILE, true},
    {"trace", 0, true, OPTION_TRACE, COMMAND_BIT_RUN, false},
};

const size_t option_row_count = sizeof option_rows / sizeof option_rows[0];

_Static_assert(sizeof option_rows / sizeof option_rows[0] <= OPTION_ROWS_MAX, "more options than parsing has room for");
