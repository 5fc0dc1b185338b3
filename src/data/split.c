#include "leuko/split.h"
#include <string.h>

const char *leuko_split_name(LeukoSplit split)
{
    static const char *const names[LEUKO_N_SPLITS] = {"train", "validation", "test"};
    g_assert(split < LEUKO_N_SPLITS);
    return names[split];
}

LeukoSplit leuko_split_find(const char *name)
{
    LeukoSplit split = LEUKO_TRAIN;
    while (split < LEUKO_N_SPLITS && strcmp(name, leuko_split_name(split)) != 0)
        split++;
    return split;
}
