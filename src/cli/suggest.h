/* cli/suggest.h: the nearest known word to a mistyped one. */
#pragma once
#include <glib.h>

/* The word of the NULL-terminated list that is nearest to `typed`, the first of several; NULL if
 * none is near: at most one change for each three letters of `typed`, and at least one. */
const char *cli_nearest_word(const char *typed, const char *const *words);
