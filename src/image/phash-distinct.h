/* image/phash-distinct.h: equal hashes of a list as one entry, for its indexes. */
#pragma once
#include "image/phash.h"

G_BEGIN_DECLS

typedef struct {
    guint n;
    LeukoPhash *hashes; /* (n) distinct, not blank, in order */
    guint *starts;      /* (n + 1) of an entry's items in `items` */
    guint *items;       /* positions in the list, ascending within an entry */
} LeukoPhashEntries;

void leuko_phash_entries_init(LeukoPhashEntries *entries, const LeukoPhash *hashes, guint n);
void leuko_phash_entries_clear(LeukoPhashEntries *entries);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(LeukoPhashEntries, leuko_phash_entries_clear)

G_END_DECLS
