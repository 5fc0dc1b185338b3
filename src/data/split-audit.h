/* data/split-audit.h: does anything cross the splits of a folder that sort wrote? */
#pragma once
#include <glib.h>

/* FALSE with LEUKO_ERROR_DATA, which names the first pair, if two splits hold images with the same
 * group, source or bytes, or the same image (hashes as stored in split.csv, without rotation).
 * Errors: also LEUKO_ERROR_IO and LEUKO_ERROR_FORMAT (split.csv).
 * Cost: as leuko_catalog_find_duplicates(). */
gboolean leuko_split_audit(const char *path, GError **error);
