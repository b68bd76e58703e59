/* nirloom run --trace: the simulated array with traces, built when it is first asked for. */
#ifndef NIRLOOM_TRACE_H
#define NIRLOOM_TRACE_H

/* Sees to it that the board's model with traces is there: builds it, which takes a minute, where it is not,
 * or was made from other Verilog than there is now. Faults are told. A command status. */
int trace_prepare(const char *board);

#endif
