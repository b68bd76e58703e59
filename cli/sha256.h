/* SHA-256 (FIPS 180-4): names what a build depends on, and tells damaged files of the cache. */
#ifndef NIRLOOM_SHA256_H
#define NIRLOOM_SHA256_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SHA256_BLOCK_BYTES = 64, SHA256_HEX_BYTES = 65 };

struct sha256 {
    uint32_t state[8];
    uint64_t bytes; /* taken so far */
    uint8_t block[SHA256_BLOCK_BYTES];
};

void sha256_begin(struct sha256 *sum);
void sha256_add(struct sha256 *sum, const void *data, size_t bytes);

/* The sum as 64 hexadecimal digits and a NUL. */
void sha256_end(struct sha256 *sum, char hex[SHA256_HEX_BYTES]);

void sha256_text(const char *text, char hex[SHA256_HEX_BYTES]);

/* False, errno set, if the file cannot be read. */
bool sha256_file(const char *path, char hex[SHA256_HEX_BYTES]);

#endif
