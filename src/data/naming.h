/* data/naming.h: what the names of images tell: the group, and the truth. */
#pragma once
#include <glib.h>

/* A regular expression whose first (part) is the group.
 * Errors: LEUKO_ERROR_ARGUMENT (it does not compile, or has no part in parentheses). */
GRegex *leuko_naming_group_regex(const char *pattern, GError **error);
/* The group of an image by its relative path, UTF-8; new. NULL where nothing matches, or "". */
gchar *leuko_naming_group(GRegex *regex, const char *file);

/* 1 or 0 as ALL-IDB writes it, "Im001_1.jpg": the digit between '_' and the last '.'; else -1. */
gint leuko_naming_truth(const char *file);
