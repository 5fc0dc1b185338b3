/* data/catalog-names.h: the parts of leuko_catalog_new() that give items classes and groups. */
#pragma once
#include "data/catalog-types.h"
#include "leuko/folder.h"

/* Fill `classes` of the catalog and the label of every item, by the table, the names or the
 * folders; sort the items by class, then by name. Images without a label in their names are moved
 * to the skipped where the caller asked for names. Errors: as leuko_catalog_new(). */
gboolean leuko_catalog_set_classes(LeukoCatalog *catalog, const LeukoFolderOptions *options,
                                   GError **error);

/* Fill the group of every item, by the table, an expression or the folders; after the classes.
 * Errors: as leuko_catalog_new(). */
gboolean leuko_catalog_set_groups(LeukoCatalog *catalog, const LeukoFolderOptions *options,
                                  GError **error);
