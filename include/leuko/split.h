/* leuko/split.h: the splits of a sorted data set. */
#pragma once
#include <glib.h>

G_BEGIN_DECLS

typedef enum { LEUKO_TRAIN, LEUKO_VALIDATION, LEUKO_TEST, LEUKO_N_SPLITS } LeukoSplit;

/* "train", "validation" or "test", as in the names of shards. Static. */
const char *leuko_split_name(LeukoSplit split);
/* The split of such a name; LEUKO_N_SPLITS: there is none. */
LeukoSplit leuko_split_find(const char *name);

G_END_DECLS
