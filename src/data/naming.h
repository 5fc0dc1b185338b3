/* data/naming.h: what the names of images say: the group, the ground truth, the augmented copy. */
#pragma once
#include <glib.h>

/* Compile a regular expression whose first (part) is the group.
 * Errors: LEUKO_ERROR_ARGUMENT (it does not compile, or has no part in parentheses). */
GRegex *leuko_naming_group_regex(const char *pattern, GError **error);

typedef enum {
    LEUKO_GROUP_OPTIONAL, /* an image that does not match has no group: "" */
    LEUKO_GROUP_REQUIRED, /* an image that does not match is LEUKO_ERROR_DATA */
} LeukoGroupPolicy;

/* The group of an image by its name or path, UTF-8; free with g_free(). An empty match counts as no
 * match. range (may be NULL): the first and the last byte + 1 of the group in `text`, 0 and 0
 * without a match. Errors: LEUKO_ERROR_DATA, only with LEUKO_GROUP_REQUIRED. */
gchar *leuko_naming_group(GRegex *regex, const char *text, LeukoGroupPolicy policy, gint range[2],
                          GError **error);

/* 1 or 0 as in ALL-IDB, "Im001_1.jpg": the digit at the end of the name, if "_" is before it and a
 * number before that; else -1. */
gint leuko_naming_truth(const char *file);
/* As above without the number: "cell_1.jpg" is 1. */
gint leuko_naming_digit(const char *file);

/* The length of the prefix that augmentation puts before a file name: "Gray-", "Hist-", "Hor-",
 * "Ver-", "Gaus-", "Trans-", "Shear-", or DEGREES-INDEX- ("-45-3-"); 0 without such a prefix.
 * name: without folders. */
gsize leuko_naming_copy_prefix(const char *name);

/* A name as a person compares it: without case, composition of letters, and blanks around; new. */
gchar *leuko_naming_fold(const char *name);

/* The length of a path without the ending of an image (leuko/image.h); the whole length if
 * it has none. */
gsize leuko_naming_stem(const char *file);
