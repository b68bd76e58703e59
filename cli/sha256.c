/* SHA-256 (FIPS 180-4). */
#include "sha256.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static const uint32_t constants[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

static uint32_t rotate(uint32_t word, unsigned bits)
{
    return word >> bits | word << (32 - bits);
}

static void take_block(struct sha256 *sum)
{
    uint32_t schedule[64], s[8];

    for (int index = 0; index < 16; index++) {
        const uint8_t *bytes = &sum->block[4 * index];

        schedule[index] = (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
    }
    for (int index = 16; index < 64; index++) {
        uint32_t a = schedule[index - 15], b = schedule[index - 2];

        schedule[index] = schedule[index - 16] + schedule[index - 7] + (rotate(a, 7) ^ rotate(a, 18) ^ a >> 3) +
                          (rotate(b, 17) ^ rotate(b, 19) ^ b >> 10);
    }
    memcpy(s, sum->state, sizeof s);
    for (int round = 0; round < 64; round++) {
        uint32_t choice = (s[4] & s[5]) ^ (~s[4] & s[6]), majority = (s[0] & s[1]) ^ (s[0] & s[2]) ^ (s[1] & s[2]);
        uint32_t first = s[7] + (rotate(s[4], 6) ^ rotate(s[4], 11) ^ rotate(s[4], 25)) + choice + constants[round] +
                         schedule[round];
        uint32_t second = (rotate(s[0], 2) ^ rotate(s[0], 13) ^ rotate(s[0], 22)) + majority;

        memmove(&s[1], &s[0], 7 * sizeof s[0]);
        s[4] += first;
        s[0] = first + second;
    }
    for (int index = 0; index < 8; index++)
        sum->state[index] += s[index];
}

void sha256_begin(struct sha256 *sum)
{
    *sum = (struct sha256){.state = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c,
                                     0x1f83d9ab, 0x5be0cd19}};
}

void sha256_add(struct sha256 *sum, const void *data, size_t bytes)
{
    const uint8_t *from = data;

    while (bytes) {
        size_t used = (size_t)(sum->bytes % SHA256_BLOCK_BYTES);
        size_t count = SHA256_BLOCK_BYTES - used < bytes ? SHA256_BLOCK_BYTES - used : bytes;

        memcpy(&sum->block[used], from, count);
        sum->bytes += count;
        from += count;
        bytes -= count;
        if (used + count == SHA256_BLOCK_BYTES)
            take_block(sum);
    }
}

void sha256_end(struct sha256 *sum, char hex[SHA256_HEX_BYTES])
{
    static const uint8_t padding[SHA256_BLOCK_BYTES] = {0x80};
    uint64_t bits = sum->bytes * 8;
    size_t used = (size_t)(sum->bytes % SHA256_BLOCK_BYTES);
    uint8_t length[8];

    for (int index = 0; index < 8; index++)
        length[index] = (uint8_t)(bits >> (56 - 8 * index));
    sha256_add(sum, padding, used < 56 ? 56 - used : 120 - used);
    sha256_add(sum, length, sizeof length);
    for (int index = 0; index < 8; index++)
        snprintf(&hex[8 * index], 9, "%08x", (unsigned)sum->state[index]);
}

void sha256_text(const char *text, char hex[SHA256_HEX_BYTES])
{
    struct sha256 sum;

    sha256_begin(&sum);
    sha256_add(&sum, text, strlen(text));
    sha256_end(&sum, hex);
}

bool sha256_file(const char *path, char hex[SHA256_HEX_BYTES])
{
    FILE *file = fopen(path, "rb");
    char bytes[1 << 14];
    struct sha256 sum;
    size_t count;

    if (!file)
        return false;
    sha256_begin(&sum);
    while ((count = fread(bytes, 1, sizeof bytes, file)) > 0)
        sha256_add(&sum, bytes, count);
    bool good = !ferror(file);
    int error = errno;
    fclose(file);
    errno = error;
    sha256_end(&sum, hex);
    return good;
}
