/* smear/synth-kind.h: the kinds of white cells that can be drawn, and their names. */
#pragma once
#include <glib.h>

typedef enum {
    LEUKO_SYNTH_BLAST, /* irregular or folded nucleus, fine chromatin, nucleoli, thin cytoplasm */
    LEUKO_SYNTH_LYMPHOCYTE, /* round smooth nucleus, clumped chromatin */
    LEUKO_SYNTH_NEUTROPHIL, /* three to five lobes on thin bridges, pale fine granules */
    LEUKO_SYNTH_MONOCYTE,   /* kidney-shaped nucleus, wide gray cytoplasm with vacuoles */
    LEUKO_SYNTH_EOSINOPHIL, /* two lobes, coarse orange granules */
    LEUKO_SYNTH_N_KINDS
} LeukoSynthKind;

const char *leuko_synth_kind_name(LeukoSynthKind kind); /* "blast", ... */
/* The kind of that name, or -1. */
gint leuko_synth_kind_parse(const char *name);
