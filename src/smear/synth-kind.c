#include "smear/synth-kind.h"
#include <string.h>

static const char *const names[LEUKO_SYNTH_N_KINDS] = {"blast", "lymphocyte", "neutrophil",
                                                       "monocyte", "eosinophil"};

const char *leuko_synth_kind_name(LeukoSynthKind kind) { return names[kind]; }

gint leuko_synth_kind_parse(const char *name)
{
    for (gint k = 0; k < LEUKO_SYNTH_N_KINDS; k++)
        if (strcmp(name, names[k]) == 0)
            return k;
    return -1;
}
