#include "formats/stamp.h"
#include "base/crc32c.h"
#include "base/error.h"
#include "base/json.h"
#include <stdlib.h>
#include <string.h>

enum { N_DIGITS = sizeof LEUKO_STAMP_ZEROS - 1 };
static const char JSON_KEY[] = "crc32c";

gboolean leuko_stamp_fail(const char *name, const char *what, GError **error)
{
    return leuko_fail_format(
        name, error,
        "%s is damaged, or another program changed it (wrong CRC-32C); copy or "
        "make the file again",
        what);
}

gboolean leuko_stamp_parse(const char *digits, guint32 *crc)
{
    *crc = 0;
    for (guint i = 0; i < N_DIGITS; i++) {
        gint digit = g_ascii_xdigit_value(digits[i]);
        if (digit < 0)
            return FALSE;
        *crc = *crc << 4 | (guint32)digit;
    }
    return TRUE;
}

/* The digits behind the first mark, or NULL. *several: there is another mark. */
static const char *find(gconstpointer bytes, gsize n, gconstpointer mark, gsize n_mark,
                        gboolean *several)
{
    const char *end = (const char *)bytes + n, *at = memmem(bytes, n, mark, n_mark);
    *several = FALSE;
    if (!at || (gsize)(end - at) < n_mark + N_DIGITS)
        return NULL;
    at += n_mark;
    *several = memmem(at, (gsize)(end - at), mark, n_mark) != NULL;
    return at;
}

/* The checksum with zeros in place of the digits at `digits`. */
static guint32 checksum(gconstpointer bytes, gsize n, const char *digits)
{
    gsize before = (gsize)(digits - (const char *)bytes);
    guint32 crc = leuko_crc32c(bytes, before);
    crc = leuko_crc32c_extend(crc, LEUKO_STAMP_ZEROS, N_DIGITS);
    return leuko_crc32c_extend(crc, digits + N_DIGITS, n - before - N_DIGITS);
}

void leuko_stamp_write(gpointer bytes, gsize n, gconstpointer mark, gsize n_mark)
{
    gboolean several;
    gchar text[N_DIGITS + 1];
    const char *digits = find(bytes, n, mark, n_mark, &several);
    g_assert(digits);
    g_snprintf(text, sizeof text, "%08x", checksum(bytes, n, digits));
    memcpy((char *)bytes + (digits - (const char *)bytes), text, N_DIGITS);
}

gboolean leuko_stamp_check(gconstpointer bytes, gsize n, gconstpointer mark, gsize n_mark,
                           const char *name, const char *what, GError **error)
{
    gboolean several;
    guint32 expected;
    const char *digits = find(bytes, n, mark, n_mark, &several);
    if (!digits)
        return TRUE;
    if (!several && leuko_stamp_parse(digits, &expected) && expected == checksum(bytes, n, digits))
        return TRUE;
    return leuko_stamp_fail(name, what, error);
}

/* --- JSON ------------------------------------------------------------------------------------- */

static guint32 json_checksum(const json_t *object)
{
    g_autoptr(json_t) rest = json_copy((json_t *)object);
    json_object_del(rest, JSON_KEY);
    char *text = json_dumps(rest, JSON_COMPACT | JSON_SORT_KEYS | JSON_REAL_PRECISION(17));
    guint32 crc = text ? leuko_crc32c(text, strlen(text)) : 0;
    free(text);
    return crc;
}

void leuko_stamp_json(json_t *object)
{
    g_autofree gchar *digits = g_strdup_printf("%08x", json_checksum(object));
    json_object_set_new(object, JSON_KEY, json_string(digits));
}

gboolean leuko_stamp_check_json(const json_t *object, const char *name, GError **error)
{
    const json_t *stamp = json_object_get(object, JSON_KEY);
    const char *digits = json_string_value(stamp);
    guint32 expected;
    if (!stamp ||
        (digits && leuko_stamp_parse(digits, &expected) && expected == json_checksum(object)))
        return TRUE;
    return leuko_stamp_fail(name, "the description", error);
}
