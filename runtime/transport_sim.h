/* A Verilated array as a byte transport: time is the array's, there is no waiting. */
#ifndef NIRLOOM_TRANSPORT_SIM_H
#define NIRLOOM_TRANSPORT_SIM_H

#include "link.h"
#include "model.h"

/* Opens a fresh array, whose signals go to the file trace unless that is NULL (the model must have traces). store: its memories
 * may be written past the link.
 * LOOM_NO_MEMORY on failure, LOOM_IO where the file cannot be written. */
enum loom_status transport_sim_open(struct transport *transport, const struct model_operations *operations,
                                    const char *trace, bool store);

#endif
