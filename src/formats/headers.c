#include "formats/headers.h"
#include "leuko/error.h"
#include <string.h>

enum {
    NCS_V1_HEAD = 252,
    NCS_V1_STAGE = 227,
    NCS_V2_AT = 34,
    NCS_V2_WORDS = 10,
    MYRIAD_AT = 52,
    MYRIAD_WORDS = 20
};

void leuko_headers_tell(json_t *told, const char *key, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree gchar *text = g_strdup_vprintf(format, args);
    va_end(args);
    g_autofree gchar *shown = leuko_one_line(text);
    json_object_set_new(told, key, json_string(shown));
}

static guint32 u32_at(const guint8 *p, gsize at)
{
    guint32 v;
    memcpy(&v, p + at, sizeof v);
    return GUINT32_FROM_LE(v);
}

static guint16 u16_at(const guint8 *p, gsize at)
{
    guint16 v;
    memcpy(&v, p + at, sizeof v);
    return GUINT16_FROM_LE(v);
}

static gboolean cut(const char *name, gsize n, gsize needed, GError **error)
{
    g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_FORMAT,
                "%s: %zu bytes, cut inside its header of %zu", name, n, needed);
    return FALSE;
}

/* The size that the header says against the file's. */
static void tell_size(json_t *told, guint32 said, gsize n)
{
    if (said == n)
        leuko_headers_tell(told, "size", "%zu bytes, as its header says", n);
    else
        leuko_headers_tell(told, "size",
                           "%zu bytes, but its header says %u: cut, or followed by something", n,
                           said);
}

/* --- graphs of the stick ---------------------------------------------------------------------- */

static gchar *text_of(const guint8 *p, gsize n)
{
    g_autofree gchar *raw = g_strndup((const char *)p, n);
    return g_utf8_make_valid(*raw ? raw : "(none)", -1);
}

static gboolean tell_ncs_v1(json_t *told, const guint8 *p, gsize n, const char *name,
                            GError **error)
{
    if (n < NCS_V1_HEAD)
        return cut(name, n, NCS_V1_HEAD, error);
    g_autofree gchar *own = text_of(p + 40, 100), *report = text_of(p + 140, 100);
    guint32 stages = u32_at(p, 240);
    leuko_headers_tell(told, "name", "%s", own);
    leuko_headers_tell(told, "report", "%s", report);
    leuko_headers_tell(
        told, "stages", "%u%s", stages,
        (guint64)stages * NCS_V1_STAGE > n - NCS_V1_HEAD ? ", more than the file holds" : "");
    leuko_headers_tell(told, "shaves", "%u to %u", u16_at(p, 248), u16_at(p, 250));
    leuko_headers_tell(told, "data", "from byte %u", u32_at(p, 244));
    tell_size(told, u32_at(p, 32), n);
    return TRUE;
}

static gboolean tell_ncs_v2(json_t *told, const guint8 *p, gsize n, const char *name,
                            GError **error)
{
    if (n < NCS_V2_AT + 4 * NCS_V2_WORDS)
        return cut(name, n, NCS_V2_AT + 4 * NCS_V2_WORDS, error);
    guint32 w[NCS_V2_WORDS];
    for (guint i = 0; i < NCS_V2_WORDS; i++)
        w[i] = u32_at(p, NCS_V2_AT + 4 * i);
    leuko_headers_tell(told, "version", "%u.%u", w[2], w[3]);
    if (n >= 4 && w[5] <= n - 4)
        leuko_headers_tell(told, "stages", "%u, from byte %u", u32_at(p, w[5]), w[5]);
    else
        leuko_headers_tell(told, "stages", "from byte %u, which the file has not", w[5]);
    leuko_headers_tell(told, "shaves", "%u", w[4]);
    leuko_headers_tell(told, "input", "%u values", w[8]);
    leuko_headers_tell(told, "data", "from byte %u, relocations from %u", w[6], w[7]);
    tell_size(told, w[1], n);
    return TRUE;
}

static gboolean tell_myriad(json_t *told, const guint8 *p, gsize n, const char *name,
                            GError **error)
{
    if (n < MYRIAD_AT + 4 * MYRIAD_WORDS)
        return cut(name, n, MYRIAD_AT + 4 * MYRIAD_WORDS, error);
    guint32 w[MYRIAD_WORDS];
    for (guint i = 0; i < MYRIAD_WORDS; i++)
        w[i] = u32_at(p, MYRIAD_AT + 4 * i);
    leuko_headers_tell(told, "version", "%u.%u", w[2], w[3]);
    leuko_headers_tell(told, "stages", "%u, from byte %u", w[6], w[18]);
    leuko_headers_tell(told, "inputs", "%u, %u bytes", w[4], w[7]);
    leuko_headers_tell(told, "outputs", "%u, %u bytes", w[5], w[8]);
    leuko_headers_tell(told, "batch", "%u", w[9]);
    leuko_headers_tell(told, "shaves", "%u, with %u slices of CMX", w[12], w[11]);
    leuko_headers_tell(told, "data", "from byte %u", w[19]);
    tell_size(told, w[1], n);
    return TRUE;
}

/* --- others ------------------------------------------------------------------------------------
 */

/* What follows `key` up to the first of `ends`, spaces left out; NULL: no such key. g_free. */
static gchar *value_of(const char *text, const char *key, const char *ends)
{
    const char *at = strstr(text, key);
    if (!at)
        return NULL;
    at += strlen(key);
    gchar *value = g_strndup(at, strcspn(at, ends));
    return g_strstrip(value);
}

/* 6 bytes of magic, version, length of a text (u16; u32 from version 2 on), the text: a Python
 * dictionary. */
static gboolean tell_npy(json_t *told, const guint8 *p, gsize n, const char *name, GError **error)
{
    gsize at = n >= 8 && p[6] >= 2 ? 12 : 10;
    if (n < at)
        return cut(name, n, at, error);
    gsize length = at == 12 ? u32_at(p, 8) : u16_at(p, 8);
    if (length > n - at)
        return cut(name, n, at + length, error);
    g_autofree gchar *raw = g_strndup((const char *)p + at, MIN(length, 4096)),
                     *text = g_utf8_make_valid(raw, -1);
    g_autofree gchar *type = value_of(text, "'descr':", ",}"),
                     *shape = value_of(text, "'shape':", ")}"),
                     *order = value_of(text, "'fortran_order':", ",}");
    leuko_headers_tell(told, "type", "%s", type ? type : "(not said)");
    leuko_headers_tell(told, "shape", "%s%s", shape ? shape : "(not said)", shape ? ")" : "");
    leuko_headers_tell(told, "order", "%s", g_strcmp0(order, "True") == 0 ? "Fortran's" : "C's");
    leuko_headers_tell(told, "data", "%zu bytes", n - at - length);
    return TRUE;
}

static void tell_pointer(json_t *told, const char *text)
{
    g_autofree gchar *oid = value_of(text, "oid ", "\r\n"), *size = value_of(text, "size ", "\r\n");
    leuko_headers_tell(told, "stands for", "%s bytes, %s", size ? size : "(unknown)",
                       oid ? oid : "(no digest)");
    leuko_headers_tell(told, "note", "`git lfs pull` brings the file itself");
}

static void tell_page(json_t *told, const char *text)
{
    g_autofree gchar *title = value_of(text, "<title>", "<");
    leuko_headers_tell(told, "title", "%.200s", title && *title ? title : "(none)");
}

static void tell_text(json_t *told, const char *text)
{
    g_autofree gchar *line = g_strndup(text, MIN(strcspn(text, "\r\n"), 120));
    g_autofree gchar *valid = g_utf8_make_valid(line, -1);
    leuko_headers_tell(told, "begins", "%s", valid);
}

static gboolean tell(LeukoFileKind kind, json_t *told, gconstpointer bytes, gsize n,
                     const char *name, GError **error)
{
    g_autofree gchar *head = g_strndup(n > 0 ? bytes : "", MIN(n, 16384));
    switch (kind) {
    case LEUKO_FILE_NCS_V1:
        return tell_ncs_v1(told, bytes, n, name, error);
    case LEUKO_FILE_NCS_V2:
        return tell_ncs_v2(told, bytes, n, name, error);
    case LEUKO_FILE_MYRIAD:
        return tell_myriad(told, bytes, n, name, error);
    case LEUKO_FILE_NPY:
        return tell_npy(told, bytes, n, name, error);
    case LEUKO_FILE_LFS_POINTER:
        tell_pointer(told, head);
        return TRUE;
    case LEUKO_FILE_HTML:
        tell_page(told, head);
        return TRUE;
    case LEUKO_FILE_TEXT:
        tell_text(told, head);
        return TRUE;
    case LEUKO_FILE_SAVED_MODEL:
    case LEUKO_FILE_META_GRAPH:
        return leuko_headers_tensorflow(kind, told, bytes, n, name, error);
    default:
        return TRUE;
    }
}

json_t *leuko_headers_json(LeukoFileKind kind, gconstpointer bytes, gsize n, const char *name,
                           GError **error)
{
    g_autoptr(json_t) told = json_object();
    if (!tell(kind, told, bytes, n, name, error))
        return NULL;
    if (kind == LEUKO_FILE_NCS_V1 || kind == LEUKO_FILE_NCS_V2 || kind == LEUKO_FILE_MYRIAD)
        leuko_headers_tell(told, "note",
                           "runs on the stick only; leuko runs .safetensors, .pb, .onnx, .ckpt and "
                           "its own .graph");
    return g_steal_pointer(&told);
}
