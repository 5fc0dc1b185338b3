#include "compile/held-out.h"
#include "base/rng.h"
#include <string.h>

gboolean leuko_held_out_applies(const char *path)
{
    return !leuko_dataset_has_split(path, "validation") && leuko_dataset_has_split(path, "train");
}

gboolean leuko_held_out_is(const LeukoRecord *record)
{
    LeukoRng rng;
    leuko_rng_init(&rng, leuko_hash64(record->source, strlen(record->source)), "held out", 0);
    return leuko_rng_below(&rng, 2) == 0;
}
