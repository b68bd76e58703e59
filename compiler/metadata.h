/* What writers note beside a network (NIR's metadata groups) and the compiler listens to. Nothing of it is needed. */
#ifndef NIRLOOM_METADATA_H
#define NIRLOOM_METADATA_H

#include "graph.h"
#include "hdf5_access.h"

/* metadata/dt of a group; 0 where there is none, or none above 0. */
double metadata_dt(hid_t group);

/* Fills ranges, weight_unit and weight_bits of a node from metadata/nirloom of its group; see docs/architecture.md, section Export. */
void metadata_ranges(struct node *node, hid_t group);

#endif
