/* data/split-audit.h: does anything cross the splits of a folder that sort wrote? */
#pragma once
#include <glib.h>

/* FALSE with LEUKO_ERROR_DATA, which names the first pair, if two splits hold images with the same
 * group, source or bytes, or the same image: hashes in split.csv at most LEUKO_PHASH_NEAR bits
 * apart in any orientation, or in the stored orientation where Leuko 0.1 wrote the table.
 * Errors: also LEUKO_ERROR_IO and LEUKO_ERROR_FORMAT (split.csv). Cost: image/phash-cluster.h,
 * on one thread. */
gboolean leuko_split_audit(const char *path, GError **error);
