/* Metadata that the compiler listens to (metadata.h). */
#include "metadata.h"

/* A positive number; 0 where there is none. */
static double read_positive(hid_t group, const char *name)
{
    char reason[HDF5_REASON_BYTES];
    double number = 0;

    if (group < 0 || hdf5_kind(group, name) != HDF5_DATASET ||
        hdf5_read_number(group, name, &number, reason) != 0 || !(number > 0 && number < 1e300))
        return 0;
    return number;
}

static hid_t open_group(hid_t group, const char *name)
{
    char reason[HDF5_REASON_BYTES];

    return group >= 0 && hdf5_kind(group, name) == HDF5_GROUP ? hdf5_open_group(group, name, reason) : -1;
}

double metadata_dt(hid_t group)
{
    hid_t metadata = open_group(group, "metadata");
    double dt = read_positive(metadata, "dt");

    hdf5_close(metadata);
    return dt;
}

void metadata_ranges(struct node *node, hid_t group)
{
    hid_t metadata = open_group(group, "metadata"), noted = open_group(metadata, "nirloom");

    node->range = read_positive(noted, "range");
    node->current_range = read_positive(noted, "current_range");
    node->weight_unit = read_positive(noted, "weight_unit");
    node->weight_bits = read_positive(noted, "weight_bits");
    hdf5_close(noted);
    hdf5_close(metadata);
}
