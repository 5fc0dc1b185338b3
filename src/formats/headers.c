#include "formats/headers.h"
#include "base/bytes.h"
#include "base/plural.h"
#include "formats/facts.h"
#include "formats/tf/saved-model.h"
#include "image/content.h"
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

static gboolean cut(const char *name, gsize n, gsize needed, GError **error)
{
    g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_FORMAT,
                "%s: truncated header (%zu %s, expected at least %zu)", name, n,
                LEUKO_PLURAL(n, "byte"), needed);
    return FALSE;
}

/* Compare the size in the header with the size of the file. */
static void describe_size(json_t *facts, guint32 n_in_header, gsize n)
{
    if (n_in_header == n)
        leuko_facts_set(facts, "size", "%zu %s, as the header says", n, LEUKO_PLURAL(n, "byte"));
    else
        leuko_facts_set(facts, "size",
                        "%zu %s, but the header says %u: truncated, or followed by other data", n,
                        LEUKO_PLURAL(n, "byte"), n_in_header);
}

/* --- graphs of the stick ---------------------------------------------------------------------- */

static gchar *text_of(const guint8 *p, gsize n)
{
    g_autofree gchar *raw = g_strndup((const char *)p, n);
    return g_utf8_make_valid(*raw ? raw : "(none)", -1);
}

static gboolean describe_ncs_v1(json_t *facts, const guint8 *p, gsize n, const char *name,
                                GError **error)
{
    if (n < NCS_V1_HEAD)
        return cut(name, n, NCS_V1_HEAD, error);
    g_autofree gchar *own = text_of(p + 40, 100), *report = text_of(p + 140, 100);
    guint32 stages = leuko_u32_at(p, 240);
    leuko_facts_set(facts, "name", "%s", own);
    leuko_facts_set(facts, "report", "%s", report);
    leuko_facts_set(
        facts, "stages", "%u%s", stages,
        (guint64)stages * NCS_V1_STAGE > n - NCS_V1_HEAD ? ", more than fit into the file" : "");
    leuko_facts_set(facts, "shaves", "%u to %u", leuko_u16_at(p, 248), leuko_u16_at(p, 250));
    leuko_facts_set(facts, "data", "from byte %u", leuko_u32_at(p, 244));
    describe_size(facts, leuko_u32_at(p, 32), n);
    return TRUE;
}

/* The u32 words of a header from byte `at`. */
static gboolean read_words(guint32 *words, guint n_words, gsize at, const guint8 *p, gsize n,
                           const char *name, GError **error)
{
    if (n < at + 4 * n_words)
        return cut(name, n, at + 4 * n_words, error);
    for (guint i = 0; i < n_words; i++)
        words[i] = leuko_u32_at(p, at + 4 * i);
    return TRUE;
}

static gboolean describe_ncs_v2(json_t *facts, const guint8 *p, gsize n, const char *name,
                                GError **error)
{
    guint32 w[NCS_V2_WORDS];
    if (!read_words(w, NCS_V2_WORDS, NCS_V2_AT, p, n, name, error))
        return FALSE;
    leuko_facts_set(facts, "version", "%u.%u", w[2], w[3]);
    if (w[5] <= n - 4)
        leuko_facts_set(facts, "stages", "%u, from byte %u", leuko_u32_at(p, w[5]), w[5]);
    else
        leuko_facts_set(facts, "stages", "from byte %u, beyond the end of the file", w[5]);
    leuko_facts_set(facts, "shaves", "%u", w[4]);
    leuko_facts_set(facts, "input", "%u %s", w[8], LEUKO_PLURAL(w[8], "value"));
    leuko_facts_set(facts, "data", "from byte %u, relocations from %u", w[6], w[7]);
    describe_size(facts, w[1], n);
    return TRUE;
}

static gboolean describe_myriad(json_t *facts, const guint8 *p, gsize n, const char *name,
                                GError **error)
{
    guint32 w[MYRIAD_WORDS];
    if (!read_words(w, MYRIAD_WORDS, MYRIAD_AT, p, n, name, error))
        return FALSE;
    leuko_facts_set(facts, "version", "%u.%u", w[2], w[3]);
    leuko_facts_set(facts, "stages", "%u, from byte %u", w[6], w[18]);
    leuko_facts_set(facts, "inputs", "%u, %u %s", w[4], w[7], LEUKO_PLURAL(w[7], "byte"));
    leuko_facts_set(facts, "outputs", "%u, %u %s", w[5], w[8], LEUKO_PLURAL(w[8], "byte"));
    leuko_facts_set(facts, "batch", "%u", w[9]);
    leuko_facts_set(facts, "shaves", "%u, with %u %s of CMX", w[12], w[11],
                    LEUKO_PLURAL(w[11], "slice"));
    leuko_facts_set(facts, "data", "from byte %u", w[19]);
    describe_size(facts, w[1], n);
    return TRUE;
}

/* --- others --------------------------------------------------------------------------------- */

/* The text after `key` up to the first of `ends`, without spaces around it; NULL = no such key.
 * g_free. */
static gchar *value_of(const char *text, const char *key, const char *ends)
{
    const char *at = strstr(text, key);
    if (!at)
        return NULL;
    at += strlen(key);
    gchar *value = g_strndup(at, strcspn(at, ends));
    return g_strstrip(value);
}

/* A .npy file: 6 bytes of magic, 2 of version, the length of a text (u16; u32 since version 2), and
 * the text, a Python dictionary. Source: numpy/lib/format.py. */
static gboolean describe_npy(json_t *facts, const guint8 *p, gsize n, const char *name,
                             GError **error)
{
    gsize at = n >= 8 && p[6] >= 2 ? 12 : 10;
    if (n < at)
        return cut(name, n, at, error);
    gsize length = at == 12 ? leuko_u32_at(p, 8) : leuko_u16_at(p, 8);
    if (length > n - at)
        return cut(name, n, at + length, error);
    g_autofree gchar *raw = g_strndup((const char *)p + at, MIN(length, 4096)),
                     *text = g_utf8_make_valid(raw, -1);
    g_autofree gchar *type = value_of(text, "'descr':", ",}"),
                     *shape = value_of(text, "'shape':", ")}"),
                     *order = value_of(text, "'fortran_order':", ",}");
    leuko_facts_set(facts, "type", "%s", type ? type : "(not given)");
    leuko_facts_set(facts, "shape", "%s%s", shape ? shape : "(not given)", shape ? ")" : "");
    leuko_facts_set(facts, "order", "%s", g_strcmp0(order, "True") == 0 ? "Fortran's" : "C's");
    leuko_facts_set(facts, "data", "%zu %s", n - at - length,
                    LEUKO_PLURAL(n - at - length, "byte"));
    return TRUE;
}

static void describe_pointer(json_t *facts, const char *text)
{
    g_autofree gchar *oid = value_of(text, "oid ", "\r\n"), *size = value_of(text, "size ", "\r\n");
    leuko_facts_set(facts, "stands for", "%s bytes, %s", size ? size : "(unknown)",
                    oid ? oid : "(no digest)");
    leuko_facts_set(facts, "note", "run `git lfs pull` to fetch the file");
}

static void describe_page(json_t *facts, const char *text)
{
    g_autofree gchar *title = value_of(text, "<title>", "<");
    leuko_facts_set(facts, "title", "%.200s", title && *title ? title : "(none)");
}

static void describe_text(json_t *facts, const char *text)
{
    g_autofree gchar *line = g_strndup(text, MIN(strcspn(text, "\r\n"), 120));
    g_autofree gchar *valid = g_utf8_make_valid(line, -1);
    leuko_facts_set(facts, "begins", "%s", valid);
}

static void describe_foreign_image(json_t *facts, const guint8 *bytes, gsize n)
{
    ImageContent content = image_content(bytes, n);
    leuko_facts_set(facts, "contents", "%s", content.what);
    if (content.advice)
        leuko_facts_set(facts, "note", "%s", content.advice);
}

static gboolean describe(LeukoFileKind kind, json_t *facts, gconstpointer bytes, gsize n,
                         const char *name, GError **error)
{
    g_autofree gchar *head = g_strndup(n > 0 ? bytes : "", MIN(n, 16384));
    switch (kind) {
    case LEUKO_FILE_NCS_V1:
        return describe_ncs_v1(facts, bytes, n, name, error);
    case LEUKO_FILE_NCS_V2:
        return describe_ncs_v2(facts, bytes, n, name, error);
    case LEUKO_FILE_MYRIAD:
        return describe_myriad(facts, bytes, n, name, error);
    case LEUKO_FILE_NPY:
        return describe_npy(facts, bytes, n, name, error);
    case LEUKO_FILE_LFS_POINTER:
        describe_pointer(facts, head);
        return TRUE;
    case LEUKO_FILE_HTML:
        describe_page(facts, head);
        return TRUE;
    case LEUKO_FILE_FOREIGN_IMAGE:
        describe_foreign_image(facts, bytes, n);
        return TRUE;
    case LEUKO_FILE_TEXT:
        describe_text(facts, head);
        return TRUE;
    case LEUKO_FILE_SAVED_MODEL:
        return leuko_tf_saved_model_describe(facts, bytes, n, name, error);
    case LEUKO_FILE_META_GRAPH:
        return leuko_tf_meta_graph_describe(facts, bytes, n, name, error);
    default:
        return TRUE;
    }
}

json_t *leuko_headers_json(LeukoFileKind kind, gconstpointer bytes, gsize n, const char *name,
                           GError **error)
{
    g_autoptr(json_t) facts = json_object();
    if (!describe(kind, facts, bytes, n, name, error))
        return NULL;
    if (kind == LEUKO_FILE_NCS_V1 || kind == LEUKO_FILE_NCS_V2 || kind == LEUKO_FILE_MYRIAD)
        leuko_facts_set(
            facts, "note",
            "runs on the Neural Compute Stick only; Leuko runs .safetensors, .pb, .onnx, .ckpt "
            "and its own .graph");
    return g_steal_pointer(&facts);
}
