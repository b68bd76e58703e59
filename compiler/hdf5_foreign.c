/* HDF5 access, what the library does not know: files that are none, and filters that it lacks. */
#include "hdf5_foreign.h"

#include "hdf5_access.h"

#include <stdio.h>
#include <string.h>

static bool ends_with(const char *path, const char *suffix)
{
    size_t length = strlen(path), end = strlen(suffix);

    return length >= end && strcmp(path + length - end, suffix) == 0;
}

bool hdf5_is_image_name(const char *path)
{
    return ends_with(path, ".loom");
}

/* How to come by a sound file; only the name tells which kind was meant. */
static const char *remedy_for(const char *path)
{
    static const struct {
        const char *suffix, *remedy;
    } remedies[] = {
        {".nir", "export the network with nir.write()"},
        {".loom", "an image is made with nirloom compile NET.nir -o NET.loom"},
        {".h5", "a data file is NIRGraphData in HDF5 (nir, write_data)"},
        {".hdf5", "a data file is NIRGraphData in HDF5 (nir, write_data)"},
    };

    for (size_t index = 0; index < sizeof remedies / sizeof remedies[0]; index++)
        if (ends_with(path, remedies[index].suffix))
            return remedies[index].remedy;
    return "NIR graphs, images and data files are HDF5";
}

void hdf5_describe_foreign(const char *path, char *reason)
{
    static const char pointer[] = "version https://git-lfs";
    char head[sizeof pointer] = "";
    FILE *file = fopen(path, "rb");
    size_t bytes = file ? fread(head, 1, sizeof head - 1, file) : 0;

    if (file)
        fclose(file);
    if (bytes == 0)
        hdf5_because(reason, "is empty, not HDF5; %s", remedy_for(path));
    else if (memcmp(head, "PK\003\004", 4) == 0 || memcmp(head, "PK\005\006", 4) == 0)
        hdf5_because(reason, "is a zip archive (a PyTorch checkpoint is one), not HDF5; %s", remedy_for(path));
    else if (strncmp(head, pointer, sizeof pointer - 1) == 0)
        hdf5_because(reason, "is a Git LFS pointer, not the file itself; fetch it with git lfs pull");
    else if (memcmp(head, "\037\213", 2) == 0)
        hdf5_because(reason, "is compressed with gzip as a whole; decompress it with gunzip first");
    else if (memcmp(head, "\211HDF", 4) == 0)
        hdf5_because(reason, "begins as HDF5 but has a damaged signature (copied as text?); fetch it again");
    else
        hdf5_because(reason, "is not HDF5 (begins with bytes %02x %02x %02x %02x); %s", (unsigned char)head[0],
                     (unsigned char)head[1], (unsigned char)head[2], (unsigned char)head[3], remedy_for(path));
}

/* The filters that h5py and its plug-ins offer, by their registered numbers: the name in a file may be missing. */
const char *hdf5_filter_name(H5Z_filter_t id)
{
    static const struct {
        H5Z_filter_t id;
        const char *name;
    } filters[] = {
        {H5Z_FILTER_DEFLATE, "gzip"}, {H5Z_FILTER_SZIP, "szip"}, {305, "lzo"},           {307, "bzip2"},
        {32000, "lzf"},               {32001, "blosc"},          {32004, "lz4"},         {32008, "bitshuffle"},
        {32013, "zfp"},               {32015, "zstd"},           {32017, "sz"},          {32026, "blosc2"},
    };

    for (size_t index = 0; index < sizeof filters / sizeof filters[0]; index++)
        if (filters[index].id == id)
            return filters[index].name;
    return NULL;
}
