/* data/group-summary.h: the groups of a catalog in one line. */
#pragma once
#include "data/catalog-types.h"

/* "groups: 12; most images: P03 (40), P01 (31), ...; groups with one image: 2; example: a/P03_1.png
 * is in P03". Augmented copies are not counted. New; NULL if the groups are not known. */
gchar *leuko_group_summary(const LeukoCatalog *catalog);
