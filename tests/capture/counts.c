/* SPDX-License-Identifier: MIT */
/*
 * counts RECORDING...: what verify mode counted, summed up. One word of each kind:
 *     stacks=N mismatches=N shorter=N longer=N different=N cut=N wrong_module=N fast_reference=N
 *     dropped_frames=N
 */
#include <stdio.h>

#include "preload/recording.h"
#include "preload/blocks/verify.h"

int main(int argc, char **argv)
{
    static const char *const names[] = {
        [VERIFY_SHORTER] = "shorter",     [VERIFY_LONGER] = "longer",
        [VERIFY_DIFFERENT] = "different", [VERIFY_CUT] = "cut",
        [VERIFY_WRONG_MODULE] = "wrong_module",
        [VERIFY_FAST_REFERENCE] = "fast_reference",
    };
    unsigned long stacks = 0, wrong = 0, dropped = 0, kinds[RECORDING_VERIFY_KINDS] = {0};
    for (int i = 1; i < argc; i++) {
        struct recording_header header;
        FILE *file = fopen(argv[i], "rb");
        if (file == NULL || fread(&header, sizeof header, 1, file) != 1)
            return 1;
        stacks += header.verified_stacks;
        dropped += header.dropped[RECORDING_DROP_FRAMES] + header.dropped[RECORDING_DROP_SITE];
        for (int kind = 0; kind < RECORDING_VERIFY_KINDS; kind++)
            kinds[kind] += header.verify_mismatches[kind];
        fclose(file);
    }
    for (int kind = 0; kind < RECORDING_VERIFY_KINDS; kind++)
        wrong += kind == VERIFY_FAST_REFERENCE || kind == VERIFY_CUT ? 0 : kinds[kind];
    printf("stacks=%lu mismatches=%lu", stacks, wrong);
    for (unsigned kind = 0; kind < sizeof names / sizeof names[0]; kind++)
        printf(" %s=%lu", names[kind], kinds[kind]);
    printf(" dropped_frames=%lu\n", dropped);
    return 0;
}
