#include "leuko/split.h"

const char *leuko_split_name(LeukoSplit split)
{
    static const char *const names[LEUKO_N_SPLITS] = {"train", "validation", "test"};
    g_assert(split < LEUKO_N_SPLITS);
    return names[split];
}
