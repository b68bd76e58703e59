/* The image as a file (image.h): the NIR file's /node and /version, /loom (image_layout.h), and behind the HDF5 a
 * seal: 16 bytes with the CRC-32 of all before it. HDF5 ignores what lies behind its end; but it is no parser for
 * damaged files, so the seal is checked before the library sees a byte. */
#include "image.h"

#include "hardware.h"
#include "image_layout.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

enum { FORMAT_VERSION = 3, SEAL_BYTES = 16, SEAL_NAME_BYTES = 12, BUFFER_BYTES = 1 << 16 };

static const char seal_name[SEAL_NAME_BYTES] = "nirloom-seal"; /* then the CRC, low byte first */

enum seal { SEAL_WHOLE, SEAL_BROKEN, SEAL_NONE };

/* ---- the seal ---- */

/* CRC-32 of the first count bytes of file. */
static int crc_of(FILE *file, long count, uint32_t *result)
{
    unsigned char buffer[BUFFER_BYTES];
    uLong crc = crc32(0, NULL, 0);

    rewind(file);
    while (count > 0) {
        size_t part = count < BUFFER_BYTES ? (size_t)count : BUFFER_BYTES;
        if (fread(buffer, 1, part, file) != part)
            return -1;
        crc = crc32(crc, buffer, (uInt)part);
        count -= (long)part;
    }
    *result = (uint32_t)crc;
    return 0;
}

static long length_of(FILE *file)
{
    return fseek(file, 0, SEEK_END) == 0 ? ftell(file) : -1;
}

static int write_seal(const char *path, char *reason)
{
    FILE *file = fopen(path, "r+b");
    unsigned char seal[SEAL_BYTES];
    uint32_t crc = 0;
    int status = -1;

    if (!file)
        return hdf5_because(reason, "cannot be written: %s", strerror(errno));
    long length = length_of(file);
    if (length >= 0 && crc_of(file, length, &crc) == 0 && fseek(file, 0, SEEK_END) == 0) {
        memcpy(seal, seal_name, SEAL_NAME_BYTES);
        for (unsigned byte = 0; byte < SEAL_BYTES - SEAL_NAME_BYTES; byte++)
            seal[SEAL_NAME_BYTES + byte] = (unsigned char)(crc >> (8 * byte));
        if (fwrite(seal, 1, sizeof seal, file) == sizeof seal && fflush(file) == 0 && fsync(fileno(file)) == 0)
            status = 0;
    }
    if (fclose(file) != 0)
        status = -1;
    return status ? hdf5_because(reason, "cannot be written: the disk may be full") : 0;
}

/* A file that cannot be read has no seal; opening it says why. */
static enum seal check_seal(const char *path)
{
    FILE *file = fopen(path, "rb");
    unsigned char seal[SEAL_BYTES];
    enum seal result = SEAL_NONE;
    uint32_t crc = 0, stored = 0;

    if (!file)
        return SEAL_NONE;
    long length = length_of(file) - SEAL_BYTES;
    if (length >= 0 && fseek(file, length, SEEK_SET) == 0 && fread(seal, 1, sizeof seal, file) == sizeof seal &&
        memcmp(seal, seal_name, SEAL_NAME_BYTES) == 0) {
        for (unsigned byte = 0; byte < SEAL_BYTES - SEAL_NAME_BYTES; byte++)
            stored |= (uint32_t)seal[SEAL_NAME_BYTES + byte] << (8 * byte);
        result = crc_of(file, length, &crc) == 0 && crc == stored ? SEAL_WHOLE : SEAL_BROKEN;
    }
    fclose(file);
    return result;
}

/* ---- writing ---- */

static int write_loom(hid_t file, struct image *image, char *reason)
{
    hid_t loom = hdf5_create_group(file, "loom", reason);

    if (loom < 0)
        return -1;
    int status = image_layout(true, loom, image, reason);
    if (status == 0)
        status = hdf5_set_integer(loom, "format", FORMAT_VERSION, reason);
    if (status == 0)
        status = hdf5_set_integer(loom, "hardware", HW_VERSION, reason);
    hdf5_close(loom);
    return status;
}

static int write_file(hid_t file, hid_t source, struct image *image, char *reason)
{
    if (hdf5_copy(source, file, "node", reason))
        return -1;
    if (hdf5_kind(source, "version") != HDF5_ABSENT && hdf5_copy(source, file, "version", reason))
        return -1;
    return write_loom(file, image, reason);
}

int image_save(const struct image *image, const char *path, const char *nir_path, struct diagnostics *diagnostics)
{
    struct image copy = *image;
    char temporary[HDF5_PATH_BYTES], reason[HDF5_REASON_BYTES];
    hid_t source = hdf5_open(nir_path, reason);

    if (source < 0)
        return diagnostics_error(diagnostics, "", "%s %s", nir_path, reason);
    hid_t file = hdf5_create(path, temporary, reason);
    if (file < 0) {
        hdf5_close(source);
        return diagnostics_error(diagnostics, "", "%s %s", path, reason);
    }
    int status = write_file(file, source, &copy, reason);
    hdf5_close(source);
    if (status)
        hdf5_abandon(file, temporary);
    else if ((status = hdf5_commit(file, temporary, temporary, reason)) == 0) { /* closed, its name kept for now */
        status = write_seal(temporary, reason);
        if (status == 0 && rename(temporary, path) != 0)
            status = hdf5_because(reason, "cannot be written: %s", strerror(errno));
        if (status)
            unlink(temporary);
    }
    return status ? diagnostics_error(diagnostics, "", "%s %s", path, reason) : 0;
}

/* ---- reading ---- */

static int read_file(hid_t file, enum seal seal, struct image *image, char *reason)
{
    int64_t format = 0, hardware = 0;

    if (hdf5_kind(file, "loom") != HDF5_GROUP)
        return hdf5_because(reason, "is %s; make an image with nirloom compile NET.nir -o NET.loom",
                            hdf5_kind(file, "node") == HDF5_GROUP ? "a NIR graph, not compiled yet"
                                                                  : "HDF5 but no compiled image");
    if (seal != SEAL_WHOLE)
        return hdf5_because(reason, "was changed or cut off after it was compiled (no seal at its end); compile the "
                                    "network again");
    if (hdf5_kind(file, "node") != HDF5_GROUP)
        return hdf5_because(reason, "lacks the graph /node that it was made from; compile the network again");
    hid_t loom = hdf5_open_group(file, "loom", reason);
    if (loom < 0)
        return -1;
    int status = hdf5_attribute_integer(loom, "format", &format, reason);
    if (status == 0)
        status = hdf5_attribute_integer(loom, "hardware", &hardware, reason);
    if (status == 0 && (format != FORMAT_VERSION || hardware != HW_VERSION))
        status = hdf5_because(reason,
                              "was compiled for another version (format %lld, hardware %lld; this is %d, %d); compile "
                              "the network again",
                              (long long)format, (long long)hardware, FORMAT_VERSION, HW_VERSION);
    if (status == 0)
        status = image_layout(false, loom, image, reason);
    hdf5_close(loom);
    return status;
}

int image_load(struct image *image, const char *path, struct diagnostics *diagnostics)
{
    struct arena *arena = image->arena;
    char reason[HDF5_REASON_BYTES];
    enum seal seal = check_seal(path);

    *image = (struct image){.arena = arena};
    if (seal == SEAL_BROKEN)
        return diagnostics_error(diagnostics, "", "is damaged (wrong checksum); compile the network again");
    hid_t file = hdf5_open(path, reason);
    if (file < 0)
        return diagnostics_error(diagnostics, "", "%s", reason);
    int status = read_file(file, seal, image, reason);
    hdf5_close(file);
    if (status)
        return diagnostics_error(diagnostics, "", "%s", reason);
    return image_check(image, diagnostics) ? 0 : -1;
}
