/* data/copy-names.h: augmented copies by their names, also where their original is in another split
 * or absent: part of leuko_catalog_new(). */
#pragma once
#include "data/catalog-types.h"

/* Images of one folder and name but for a prefix of augmentation (leuko_naming_copy_prefix()) and
 * the ending, in whatever split, get one source. If the image without prefix exists, it is the
 * source, and the others become copies; else the name without prefix is, and all stay originals.
 * Images that have a source already keep it. */
void leuko_catalog_join_names(LeukoCatalog *catalog);
