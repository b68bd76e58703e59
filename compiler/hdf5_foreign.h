/* Names for what the HDF5 library does not know. */
#ifndef NIRLOOM_HDF5_FOREIGN_H
#define NIRLOOM_HDF5_FOREIGN_H

#include <hdf5.h>
#include <stdbool.h>

/* Fills reason (HDF5_REASON_BYTES) with what a file begins with that is no HDF5, and what would be right. */
void hdf5_describe_foreign(const char *path, char *reason);

/* True for the name of an image (.loom). */
bool hdf5_is_image_name(const char *path);

/* The usual name of a filter by its registered number, NULL if it is not among those of h5py and its plug-ins. */
const char *hdf5_filter_name(H5Z_filter_t id);

#endif
