/* data/catalog-leaks.h: the leaks between the splits that the folders of a data set give. */
#pragma once
#include "data/catalog.h"
#include "data/duplicates.h"
#include "data/leaks.h"

/* The leaks of an inspected catalog; its strings are borrowed. None if it has no splits. */
LeukoLeaks *leuko_catalog_find_leaks(const LeukoCatalog *catalog,
                                     const LeukoDuplicates *duplicates);
