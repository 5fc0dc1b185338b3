/* formats/describe.h: identify any file or folder by its content and describe it. */
#pragma once
#include <glib.h>
#include <jansson.h>

/* Facts (formats/facts.h) in the order to show them: "file", "kind", then the facts of that kind.
 * Files of other programs are described too; only an unreadable or damaged file is an error,
 * or a folder of unknown content.
 * Result  new reference
 * Errors  LEUKO_ERROR_IO; LEUKO_ERROR_FORMAT and LEUKO_ERROR_DATA: damaged (file and position) */
json_t *leuko_file_describe(const char *path, GError **error);
