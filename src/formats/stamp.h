/* formats/stamp.h: a checksum that stands in the file that it protects.
 *
 * The file has a mark, whose text occurs once, and behind it 8 hex digits: the CRC-32C of the
 * file's bytes (or of the part of the file that is passed) with these digits as zeros. A file
 * without the mark, of an earlier version or of another program, is not checked.
 */
#pragma once
#include <glib.h>
#include <jansson.h>

#define LEUKO_STAMP_KEY   "leuko_crc32c"
#define LEUKO_STAMP_ZEROS "00000000"
/* The mark in a safetensors header, whose JSON has no blanks. */
#define LEUKO_SAFETENSORS_MARK "\"" LEUKO_STAMP_KEY "\":\""

/* Replace the zeros behind the only mark by the checksum. */
void leuko_stamp_write(gpointer bytes, gsize n, gconstpointer mark, gsize n_mark);
/* TRUE also without a mark. Errors: LEUKO_ERROR_FORMAT "NAME: WHAT is damaged, ...". */
gboolean leuko_stamp_check(gconstpointer bytes, gsize n, gconstpointer mark, gsize n_mark,
                           const char *name, const char *what, GError **error);
/* The number that 8 hex digits stand for; FALSE: they are no digits. */
gboolean leuko_stamp_parse(const char *digits, guint32 *crc);
/* Set LEUKO_ERROR_FORMAT "NAME: WHAT is damaged, or another program changed it". Always FALSE. */
gboolean leuko_stamp_fail(const char *name, const char *what, GError **error);

/* The same for a description of its own, a JSON object: the member "crc32c" is the checksum of the
 * others, whatever their order and the blanks between them. */
void leuko_stamp_json(json_t *object);
gboolean leuko_stamp_check_json(const json_t *object, const char *name, GError **error);
