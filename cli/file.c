/* Whole files (file.h). */
#include "file.h"

#include "sha256.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

char *file_text(const char *path)
{
    FILE *file = fopen(path, "rb");
    struct stat status;
    char *text = NULL;

    if (file && fstat(fileno(file), &status) == 0 && (text = calloc(1, (size_t)status.st_size + 1)) &&
        fread(text, 1, (size_t)status.st_size, file) != (size_t)status.st_size) {
        free(text);
        text = NULL;
    }
    if (file)
        fclose(file);
    return text;
}

bool file_copy(const char *from_path, const char *to_path, struct sha256 *sum)
{
    FILE *from = fopen(from_path, "rb"), *to = from ? fopen(to_path, "wb") : NULL;
    bool good = from && to;
    char bytes[1 << 14];

    for (size_t count; good && (count = fread(bytes, 1, sizeof bytes, from)) > 0;) {
        if (sum)
            sha256_add(sum, bytes, count);
        good = fwrite(bytes, 1, count, to) == count;
    }
    good = good && !ferror(from);
    if (from)
        fclose(from);
    if (to)
        good = fclose(to) == 0 && good;
    return good;
}
