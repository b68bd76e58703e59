/* Identity of the Verilog sources (sources.h). */
#include "sources.h"

#include <glob.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

static void mix(uint64_t *sum, const unsigned char *bytes, size_t count)
{
    for (size_t index = 0; index < count; index++)
        *sum = (*sum ^ bytes[index]) * UINT64_C(0x100000001B3);
}

/* The name without folders, its zero too, and the contents. */
static bool mix_file(uint64_t *sum, const char *path)
{
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    unsigned char block[8192];
    FILE *file = fopen(path, "rb");
    size_t count;

    if (!file)
        return false;
    mix(sum, (const unsigned char *)name, strlen(name) + 1);
    while ((count = fread(block, 1, sizeof block, file)) > 0)
        mix(sum, block, count);
    bool good = !ferror(file);

    return fclose(file) == 0 && good;
}

int sources_identity(char identity[SOURCES_BYTES], const char *home)
{
    static const char *const patterns[] = { "rtl/loom_*.v", "build/hardware.vh" };
    uint64_t sum = UINT64_C(0xCBF29CE484222325);
    bool good = true;

    identity[0] = '\0';
    for (size_t pattern = 0; good && pattern < sizeof patterns / sizeof patterns[0]; pattern++) {
        char path[4096];
        glob_t found = { 0 };
        int length = snprintf(path, sizeof path, "%s/%s", home, patterns[pattern]);

        good = length > 0 && (size_t)length < sizeof path && glob(path, 0, NULL, &found) == 0;
        for (size_t index = 0; good && index < found.gl_pathc; index++)
            good = mix_file(&sum, found.gl_pathv[index]);
        globfree(&found);
    }
    if (!good)
        return -1;
    snprintf(identity, SOURCES_BYTES, "%016llx", (unsigned long long)sum);
    return 0;
}
