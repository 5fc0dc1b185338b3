/* data/catalog-tables.h: tables that lie in the folder of a data set and were not given. */
#pragma once
#include "data/catalog-types.h"
#include "leuko/folder.h"

/* A file in the folder that may be a table of labels, or NULL; borrowed. */
const char *leuko_catalog_find_table(const LeukoCatalog *catalog);

/* Note the tables in the folder, and the one beside it with its name, that give other classes
 * than the folders, or groups where none are known: they are not used. The catalog has its
 * classes and groups. */
void leuko_catalog_note_tables(LeukoCatalog *catalog, const LeukoFolderOptions *options);
