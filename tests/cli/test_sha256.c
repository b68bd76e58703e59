/* SHA-256 against the example messages of FIPS 180-4 and against coreutils. */
#include <criterion/criterion.h>

#include "sha256.h"
#include "support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

Test(sha256, example_messages)
{
    static const char *const examples[][2] = {
        {"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
        {"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
        {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
         "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
    };
    char hex[SHA256_HEX_BYTES];

    for (size_t index = 0; index < sizeof examples / sizeof examples[0]; index++) {
        sha256_text(examples[index][0], hex);
        cr_expect_str_eq(hex, examples[index][1], "of \"%s\": %s", examples[index][0], hex);
    }
}

Test(sha256, a_million_letters_in_uneven_parts)
{
    enum { LETTERS = 1000000 };
    char hex[SHA256_HEX_BYTES], part[191];
    struct sha256 sum;

    memset(part, 'a', sizeof part);
    sha256_begin(&sum);
    for (size_t done = 0, bytes = 1; done < LETTERS; done += bytes, bytes = bytes % sizeof part + 1) {
        bytes = bytes < LETTERS - done ? bytes : LETTERS - done;
        sha256_add(&sum, part, bytes);
    }
    sha256_end(&sum, hex);
    cr_expect_str_eq(hex, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

Test(sha256, files_of_lengths_around_a_block)
{
    char hex[SHA256_HEX_BYTES], *expected;

    for (int bytes = 53; bytes <= 130; bytes++) {
        const char *path = temporary_path("sha256");
        FILE *file = fopen(path, "wb");

        cr_assert(file, "%s", path);
        for (int index = 0; index < bytes; index++)
            fputc(index * 37 % 256, file);
        fclose(file);
        cr_assert(sha256_file(path, hex));
        cr_assert_eq(run_command(&expected, "sha256sum '%s' | cut -c 1-64", path), 0);
        cr_expect(strncmp(hex, expected, 64) == 0, "%d bytes: %s, sha256sum says %s", bytes, hex, expected);
        free(expected);
    }
    cr_expect_not(sha256_file("/nowhere/at/all", hex));
}
