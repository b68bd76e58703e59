/* The chunks of HDF5 datasets, checked before the library reads them. */
#ifndef NIRLOOM_HDF5_CHUNKS_H
#define NIRLOOM_HDF5_CHUNKS_H

#include "hdf5_access.h"

/* -1 with a reason where a chunk's stored size or filter mask cannot be: the library would read beyond its memory.
 * plan: of the dataset's creation. */
int hdf5_check_chunks(hid_t dataset, hid_t plan, hsize_t chunk_bytes, char *reason);

/* -1 with a reason where a chunk compressed with gzip does not become as long as the chunks' sizes say, which the
 * library takes for granted. Sizes are damaged for all chunks or for none, so the first one tells. most: bytes of a
 * chunk, compressed or not. */
int hdf5_check_inflated(hid_t dataset, hsize_t most, char *reason);

#endif
