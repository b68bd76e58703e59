/* HDF5 access, the heaps of strings: the library trusts the sizes that a global heap states and reads beyond its memory
 * where they are damaged, so they are checked before it sees them (HDF5 File Format Specification, III.E). */
#include "hdf5_heap.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { COLLECTION_HEAD = 16, OBJECT_HEAD = 16, SIZE_OFFSET = 8, ALIGNMENT = 8, REFERENCE_BYTES = 16 };

static uint64_t load_u64(const uint8_t *bytes)
{
    uint64_t value = 0;

    for (unsigned index = 8; index-- > 0;)
        value = value << 8 | bytes[index];
    return value;
}

/* True if every object of the collection lies in it. available: bytes from its begin to the file's end. */
static bool check_collection(const uint8_t *heap, size_t available)
{
    if (available < COLLECTION_HEAD)
        return false;
    uint64_t size = load_u64(heap + SIZE_OFFSET), position = COLLECTION_HEAD;
    if (size < COLLECTION_HEAD || size > available)
        return false;
    while (size - position >= OBJECT_HEAD) {
        const uint8_t *object = heap + position;
        uint64_t length = load_u64(object + SIZE_OFFSET), left = size - position;
        if (object[0] == 0 &&
            object[1] == 0) /* free space to the end, head counted; the library never leaves one of 0 */
            return length == left;
        if (length > left - OBJECT_HEAD)
            return false;
        length = (length + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
        if (length > left - OBJECT_HEAD)
            return false;
        position += OBJECT_HEAD + length;
    }
    return true;
}

static bool check_bytes(const uint8_t *bytes, size_t count)
{
    static const uint8_t head[8] = {'G', 'C', 'O', 'L', 1};
    size_t position = 0;

    for (;;) {
        const uint8_t *found = memmem(bytes + position, count - position, head, sizeof head);
        if (!found)
            return true;
        position = (size_t)(found - bytes);
        if (!check_collection(found, count - position))
            return false;
        position++;
    }
}

bool hdf5_heaps_are_sound(const char *path)
{
    struct stat status;
    bool sound = false;
    int file = open(path, O_RDONLY | O_CLOEXEC);

    if (file < 0)
        return false;
    if (fstat(file, &status) == 0 && status.st_size > 0) {
        size_t count = (size_t)status.st_size;
        void *bytes = mmap(NULL, count, PROT_READ, MAP_PRIVATE, file, 0);
        if (bytes != MAP_FAILED) {
            sound = check_bytes(bytes, count);
            munmap(bytes, count);
        }
    }
    close(file);
    return sound;
}

/* The object of that number, and its length, in the collection at heap; false if there is none. */
static bool find_object(const uint8_t *heap, size_t available, uint32_t number, uint64_t *length)
{
    if (available < COLLECTION_HEAD || memcmp(heap, "GCOL", 4) != 0 || !check_collection(heap, available))
        return false;
    uint64_t size = load_u64(heap + SIZE_OFFSET), position = COLLECTION_HEAD;
    while (size - position >= OBJECT_HEAD) {
        const uint8_t *object = heap + position;
        uint32_t found = object[0] | (uint32_t)object[1] << 8;
        *length = load_u64(object + SIZE_OFFSET);
        if (found == number || found == 0)
            return found == number && found != 0;
        position += OBJECT_HEAD + (*length + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    }
    return false;
}

bool hdf5_references_are_sound(const char *path, uint64_t offset, size_t count)
{
    struct stat status;
    bool sound = false;
    int file = open(path, O_RDONLY | O_CLOEXEC);
    size_t size = file >= 0 && fstat(file, &status) == 0 ? (size_t)status.st_size : 0;
    const uint8_t *bytes = size ? mmap(NULL, size, PROT_READ, MAP_PRIVATE, file, 0) : MAP_FAILED;

    if (bytes != MAP_FAILED) {
        sound = offset <= size && count <= (size - offset) / REFERENCE_BYTES;
        for (size_t index = 0; sound && index < count; index++) {
            const uint8_t *reference = bytes + offset + index * REFERENCE_BYTES;
            uint64_t wanted = load_u64(reference) & UINT32_MAX, address = load_u64(reference + 4), length = 0;
            uint32_t number = (uint32_t)(load_u64(reference + 8) >> 32);
            if (wanted == 0 || address == 0) /* an empty string is in no heap */
                continue;
            sound = address < size && find_object(bytes + address, size - address, number, &length) && wanted <= length;
        }
        munmap((void *)(uintptr_t)bytes, size);
    }
    if (file >= 0)
        close(file);
    return sound;
}
