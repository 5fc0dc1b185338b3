/* data/note-list.h: what a person should know of a data set, one line each. */
#pragma once
#include <glib.h>

/* Append a line to `notes` (of gchar *); its text is escaped by leuko_one_line(). */
void leuko_note_list_add(GPtrArray *notes, const char *format, ...) G_GNUC_PRINTF(2, 3);
