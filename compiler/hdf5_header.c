/* HDF5 access, object headers: libhdf5 1.10 copies as many bytes as a message of a version 1 header states, whether
 * the message has them or not, and header and message carry no checksum. So the sizes are compared before it sees them
 * (HDF5 File Format Specification, IV.A). */
#include "hdf5_header.h"
#include "hdf5_heap.h"

#include <fcntl.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PREFIX_BYTES = 16, MESSAGE_HEAD = 8, CHUNKS_MAX = 256, TYPE_DEPTH_MAX = 8, RANK_MAX = 32, ALIGNMENT = 8 };
enum { TYPE_HEAD = 8, REFERENCE_BYTES = 16, FLAG_SHARED = 2, SUPERBLOCK_BYTES = 96 };

#define ROOT UINT64_MAX /* stands for the address of the root */

enum message { /* types of messages */
    MESSAGE_DATASPACE = 1,
    MESSAGE_DATATYPE = 3,
    MESSAGE_OLD_FILL = 4,
    MESSAGE_FILL = 5,
    MESSAGE_LAYOUT = 8,
    MESSAGE_FILTERS = 11,
    MESSAGE_ATTRIBUTE = 12,
    MESSAGE_CONTINUATION = 16,
    MESSAGE_SYMBOLS = 17
};

enum { CLASS_FIXED = 0, CLASS_FLOAT = 1, CLASS_BITFIELD = 4, CLASS_ENUM = 8, CLASS_VARIABLE = 9 };

struct span {
    const uint8_t *bytes;
    size_t size;
};

struct header {
    const char *path;
    struct span file;
    struct span chunks[CHUNKS_MAX]; /* of messages */
    size_t count;
    uint64_t type_size;    /* of a dataset's elements, 0: not seen */
    uint64_t element_size; /* the same as its chunks have it, 0: no chunks */
};

static uint64_t load(const uint8_t *bytes, size_t count)
{
    uint64_t value = 0;

    while (count-- > 0)
        value = value << 8 | bytes[count];
    return value;
}

static size_t align(size_t size)
{
    return (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
}

/* What follows the first count bytes; the caller has compared count with the size. */
static struct span after(struct span span, size_t count)
{
    return (struct span){span.bytes + count, span.size - count};
}

/* ---- datatypes and dataspaces ---- */

/* Bytes of the datatype that begins span, 0 if it is larger than span. Classes that no NIR file has are taken to fill
 * span: what they hold is refused later. */
static size_t type_bytes(struct span span, unsigned depth)
{
    if (span.size < TYPE_HEAD || depth > TYPE_DEPTH_MAX)
        return 0;
    unsigned class = span.bytes[0] & 15, version = span.bytes[0] >> 4;
    size_t members = (size_t)load(span.bytes + 1, 2), used = TYPE_HEAD;
    if (class == CLASS_FIXED || class == CLASS_BITFIELD || class == CLASS_FLOAT) {
        used += class == CLASS_FLOAT ? 12 : 4;
        return used <= span.size ? used : 0;
    }
    if (class == CLASS_VARIABLE || class == CLASS_ENUM) {
        size_t base = type_bytes(after(span, TYPE_HEAD), depth + 1);
        if (base == 0)
            return 0;
        used += base;
        if (class == CLASS_VARIABLE)
            return used;
        for (size_t member = 0; member < members; member++) {
            size_t length = strnlen((const char *)span.bytes + used, span.size - used) + 1;
            length = version < 3 ? align(length) : length;
            if (length > span.size - used)
                return 0;
            used += length;
        }
        uint64_t element = load(span.bytes + TYPE_HEAD + 4, 4);
        if (element == 0 || element != load(span.bytes + 4, 4) || members > (span.size - used) / element)
            return 0;
        return used + members * (size_t)element;
    }
    return span.size;
}

/* Puts the number of elements into count. */
static bool check_space(struct span span, uint64_t *count)
{
    if (span.size < 4)
        return false;
    unsigned version = span.bytes[0], rank = span.bytes[1], flags = span.bytes[2];
    size_t head = version == 1 ? 8 : 4, sizes = flags & 1 ? 2 : 1;
    if (version < 1 || version > 2 || rank > RANK_MAX || span.size < head ||
        (span.size - head) / 8 < rank * sizes)
        return false;
    *count = version == 2 && span.bytes[3] == 2 ? 0 : 1; /* a null dataspace has none */
    for (unsigned axis = 0; axis < rank; axis++) {
        uint64_t size = load(span.bytes + head + 8 * (size_t)axis, 8);
        if (size && *count > UINT64_MAX / size)
            return false;
        *count *= size;
    }
    return true;
}

/* ---- messages ---- */

static bool check_attribute(const struct header *header, struct span span)
{
    if (span.size < 9)
        return false;
    unsigned version = span.bytes[0], flags = version > 1 ? span.bytes[1] : 0;
    size_t name = (size_t)load(span.bytes + 2, 2), type = (size_t)load(span.bytes + 4, 2);
    size_t space = (size_t)load(span.bytes + 6, 2), head = version == 3 ? 9 : 8;
    size_t padded_name = version == 1 ? align(name) : name, padded_type = version == 1 ? align(type) : type;
    size_t padded_space = version == 1 ? align(space) : space;
    uint64_t count = 0;

    if (version < 1 || version > 3 || name == 0 || padded_name + padded_type + padded_space > span.size - head)
        return false;
    span = after(span, head);
    if (strnlen((const char *)span.bytes, name) != name - 1)
        return false;
    span = after(span, padded_name);
    struct span type_span = {span.bytes, type}, space_span = {span.bytes + padded_type, space};
    span = after(span, padded_type + padded_space);
    if (flags & 1) /* a type of its own elsewhere: none of the writers has that */
        return false;
    if (type_bytes(type_span, 0) == 0 || !check_space(space_span, &count))
        return false;
    uint64_t element = load(type_span.bytes + 4, 4);
    if (element == 0 || count > span.size / element)
        return false;
    if ((type_span.bytes[0] & 15) != CLASS_VARIABLE)
        return true;
    /* a string: the library multiplies its length by the size of a letter */
    return element == REFERENCE_BYTES && load(type_span.bytes + TYPE_HEAD + 4, 4) == 1 &&
           hdf5_references_are_sound(header->path, (uint64_t)(span.bytes - header->file.bytes), (size_t)count);
}

static bool check_fill(struct span span)
{
    if (span.size < 2)
        return false;
    unsigned version = span.bytes[0];
    size_t head = version == 3 ? 2 : 4;
    bool defined = version == 3 ? (span.bytes[1] & 0x20) != 0 : version == 1 || (span.size >= 4 && span.bytes[3] != 0);

    if (version < 1 || version > 3 || span.size < head)
        return false;
    if (!defined)
        return true;
    if (span.size - head < 4)
        return false;
    uint64_t size = load(span.bytes + head, 4);
    return size > INT32_MAX ? version != 3 && size == UINT32_MAX : size <= span.size - head - 4;
}

static bool check_filters(struct span span)
{
    if (span.size < 2)
        return false;
    unsigned version = span.bytes[0], count = span.bytes[1];
    size_t head = version == 1 ? 8 : 2;
    if (version < 1 || version > 2 || span.size < head)
        return false;
    span = after(span, head);
    for (unsigned filter = 0; filter < count; filter++) {
        bool named = version == 1 || (span.size >= 2 && load(span.bytes, 2) >= 256);
        head = named ? 8 : 6;
        if (span.size < head)
            return false;
        size_t name = named ? (size_t)load(span.bytes + 2, 2) : 0, values = (size_t)load(span.bytes + head - 2, 2);
        size_t bytes = head + (version == 1 ? align(name) + 4 * (values + values % 2) : name + 4 * values);
        if (bytes > span.size)
            return false;
        span = after(span, bytes);
    }
    return true;
}

static bool check_layout(struct header *header, struct span span)
{
    enum { COMPACT = 0, CHUNKED = 2 };

    if (span.size < 2)
        return false;
    unsigned version = span.bytes[0], class = span.bytes[version < 3 ? 2 : 1];
    if (version > 3)
        return true;
    if (version < 3) {
        size_t head = class == COMPACT ? 8 : 16, rank = span.bytes[1];
        if (span.size < head + 4 * rank + (class == COMPACT ? 4 : 0))
            return false;
        return class != COMPACT || load(span.bytes + head + 4 * rank, 4) <= span.size - head - 4 * rank - 4;
    }
    if (class == COMPACT)
        return span.size >= 4 && load(span.bytes + 2, 2) <= span.size - 4;
    if (class != CHUNKED)
        return span.size >= 18;
    size_t rank = span.size > 2 ? span.bytes[2] : 0;
    if (rank == 0 || span.size < 11 + 4 * rank)
        return false;
    header->element_size = load(span.bytes + 11 + 4 * (rank - 1), 4);
    return true;
}

/* The space of the header's messages that lies elsewhere. */
static bool add_chunk(struct header *header, struct span span)
{
    if (span.size < 16 || header->count == CHUNKS_MAX)
        return false;
    uint64_t offset = load(span.bytes, 8), size = load(span.bytes + 8, 8);
    if (offset > header->file.size || size > header->file.size - offset)
        return false;
    header->chunks[header->count++] = (struct span){header->file.bytes + offset, (size_t)size};
    return true;
}

/* The heap of a group's names: the library asks for as much memory as it states. */
static bool check_symbols(const struct header *header, struct span span)
{
    enum { HEAP_BYTES = 32 };

    if (span.size < 16)
        return false;
    uint64_t address = load(span.bytes + 8, 8), file = header->file.size;
    if (address > file || file - address < HEAP_BYTES)
        return false;
    const uint8_t *heap = header->file.bytes + address;
    uint64_t size = load(heap + 8, 8), begin = load(heap + 24, 8);
    return memcmp(heap, "HEAP", 4) == 0 && begin <= file && size <= file - begin;
}

static bool check_message(struct header *header, unsigned type, struct span span)
{
    uint64_t count = 0;

    switch (type) {
    case MESSAGE_DATASPACE: return check_space(span, &count);
    case MESSAGE_DATATYPE:
        header->type_size = span.size < TYPE_HEAD ? 0 : load(span.bytes + 4, 4);
        return type_bytes(span, 0) != 0;
    case MESSAGE_OLD_FILL: return span.size >= 4 && load(span.bytes, 4) <= span.size - 4;
    case MESSAGE_FILL: return check_fill(span);
    case MESSAGE_LAYOUT: return check_layout(header, span);
    case MESSAGE_FILTERS: return check_filters(span);
    case MESSAGE_ATTRIBUTE: return check_attribute(header, span);
    case MESSAGE_SYMBOLS: return check_symbols(header, span);
    case MESSAGE_CONTINUATION: return add_chunk(header, span);
    default: return true;
    }
}

/* True for files whose addresses count from their first byte and have 8 bytes, as all writers' do. Others are left to
 * the library. */
static bool is_usual(struct span file)
{
    static const uint8_t signature[8] = {0x89, 'H', 'D', 'F', '\r', '\n', 0x1a, '\n'};

    if (file.size < SUPERBLOCK_BYTES || memcmp(file.bytes, signature, sizeof signature) != 0)
        return false;
    size_t widths = file.bytes[8] < 2 ? 13 : 9;
    return file.bytes[widths] == 8 && file.bytes[widths + 1] == 8;
}

static bool check_header(struct header *header, uint64_t address)
{
    struct span file = header->file;

    if (!is_usual(file))
        return true;
    if (address == ROOT)
        address = load(file.bytes + (file.bytes[8] == 0 ? 64 : file.bytes[8] == 1 ? 68 : 36), 8);
    if (address > file.size || file.size - address < PREFIX_BYTES)
        return false;
    const uint8_t *prefix = file.bytes + address;
    if (prefix[0] != 1)
        return memcmp(prefix, "OHDR", 4) == 0;
    uint64_t size = load(prefix + 8, 4);
    if (size > file.size - address - PREFIX_BYTES)
        return false;
    header->chunks[header->count++] = (struct span){prefix + PREFIX_BYTES, (size_t)size};
    for (size_t index = 0; index < header->count; index++) {
        struct span left = header->chunks[index];
        while (left.size >= MESSAGE_HEAD) {
            unsigned type = (unsigned)load(left.bytes, 2), flags = left.bytes[4];
            size_t bytes = (size_t)load(left.bytes + 2, 2);
            left = after(left, MESSAGE_HEAD);
            if (bytes > left.size)
                return false;
            if (!(flags & FLAG_SHARED) && !check_message(header, type, (struct span){left.bytes, bytes}))
                return false;
            left = after(left, bytes);
        }
    }
    return header->element_size == 0 || header->type_size == 0 || header->element_size == header->type_size;
}

bool hdf5_header_is_sound(const char *path, uint64_t address)
{
    struct header header = {.path = path};
    struct stat status;
    bool sound = false;
    int file = open(path, O_RDONLY | O_CLOEXEC);

    if (file >= 0 && fstat(file, &status) == 0 && status.st_size > 0) {
        header.file.size = (size_t)status.st_size;
        void *bytes = mmap(NULL, header.file.size, PROT_READ, MAP_PRIVATE, file, 0);
        if (bytes != MAP_FAILED) {
            header.file.bytes = bytes;
            sound = check_header(&header, address);
            munmap(bytes, header.file.size);
        }
    }
    if (file >= 0)
        close(file);
    return sound;
}

bool hdf5_root_is_sound(const char *path)
{
    return hdf5_header_is_sound(path, ROOT);
}
