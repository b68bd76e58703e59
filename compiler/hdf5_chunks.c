/* HDF5 access, chunks: what the library believes about them without looking. */
#include "hdf5_chunks.h"

#include <stdlib.h>
#include <zlib.h>

int hdf5_check_chunks(hid_t dataset, hid_t plan, hsize_t chunk_bytes, char *reason)
{
    hid_t space = H5Dget_space(dataset);
    hsize_t count = 0, offset[H5S_MAX_RANK], size = 0;
    haddr_t address;
    unsigned mask = 0;
    int filters = H5Pget_nfilters(plan), status = 0;

    if (space < 0 || H5Dget_num_chunks(dataset, space, &count) < 0)
        status = -1;
    for (hsize_t index = 0; status == 0 && index < count; index++)
        if (H5Dget_chunk_info(dataset, space, index, offset, &mask, &address, &size) < 0 || mask != 0 ||
            (filters == 0 && size < chunk_bytes))
            status = -1;
    hdf5_close(space);
    return status == 0 ? 0 : hdf5_because(reason, "has a damaged list of chunks; fetch or export the file again");
}

/* How many bytes a gzip-compressed chunk becomes, more than most where there is more. */
static uLong inflated_size(const void *bytes, size_t size, uLong most)
{
    unsigned char part[1 << 14];
    z_stream stream = {.next_in = (Bytef *)(uintptr_t)bytes, .avail_in = (uInt)size};
    int status = inflateInit(&stream);

    while (status == Z_OK && stream.total_out <= most) {
        stream.next_out = part;
        stream.avail_out = sizeof part;
        status = inflate(&stream, Z_NO_FLUSH);
    }
    inflateEnd(&stream);
    return stream.total_out;
}

int hdf5_check_inflated(hid_t dataset, hsize_t most, char *reason)
{
    hsize_t chunk[H5S_MAX_RANK], offset[H5S_MAX_RANK], count = 0, size = 0;
    hid_t plan = H5Dget_create_plist(dataset), type = H5Dget_type(dataset), space = H5Dget_space(dataset);
    unsigned mask = 0, flags, config;
    size_t values = 0;
    haddr_t address;
    int status = 0, rank = H5Pget_chunk(plan, H5S_MAX_RANK, chunk);

    if (rank > 0 && H5Pget_nfilters(plan) == 1 &&
        H5Pget_filter2(plan, 0, &flags, &values, NULL, 0, NULL, &config) == H5Z_FILTER_DEFLATE &&
        H5Dget_num_chunks(dataset, space, &count) >= 0 && count > 0 &&
        H5Dget_chunk_info(dataset, space, 0, offset, &mask, &address, &size) >= 0) {
        uLong bytes = (uLong)H5Tget_size(type);
        for (int axis = 0; axis < rank; axis++) /* no more than most: hdf5_extent() has seen to it */
            bytes *= (uLong)chunk[axis];
        void *raw = size <= most ? malloc((size_t)size + 1) : NULL;
        uint32_t skipped = 0;
        if (!raw || H5Dread_chunk(dataset, H5P_DEFAULT, offset, &skipped, raw) < 0 ||
            inflated_size(raw, (size_t)size, bytes) != bytes)
            status = hdf5_because(reason, "cannot be read: the file is damaged there");
        free(raw);
    }
    hdf5_close(space);
    hdf5_close(type);
    hdf5_close(plan);
    return status;
}
