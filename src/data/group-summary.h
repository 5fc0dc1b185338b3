/* data/group-summary.h: the groups of a catalog in one line. */
#pragma once
#include "data/catalog-types.h"

/* "groups: 12, the largest P03 (40), P01 (31), ...; with one image: 2; such as P03 of a/P03_1.png".
 * Augmented copies are not counted. New; NULL if the groups are not known. */
gchar *leuko_group_summary(const LeukoCatalog *catalog);
