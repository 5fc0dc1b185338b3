/* data/class-map.h: other names of classes: "leukemic=all,blast,1;healthy=hem,0". */
#pragma once
#include <glib.h>

/* Parse the text: name -> class, both gchar *, for each name behind "="; new.
 * Errors: LEUKO_ERROR_ARGUMENT (not of this form, or a name for two classes). */
GHashTable *leuko_class_map_parse(const char *text, GError **error);

/* The names in byte order, each once; new. */
GStrv leuko_distinct_names(const char *const *names, guint n);

/* Replace names by their classes. classes: (n), the new strings are borrowed from the map.
 * Errors: LEUKO_ERROR_ARGUMENT: a class of the map that no image gets; the message has the names of
 * the data. */
gboolean leuko_class_map_apply(GHashTable *map, const char **classes, guint n, GError **error);
