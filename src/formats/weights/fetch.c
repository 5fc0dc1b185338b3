#include "base/durable.h"
#include "formats/weights/http.h"
#include "formats/weights/known.h"
#include "leuko/error.h"
#include <errno.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>

static const guint64 MAX_UNKNOWN_BYTES = G_GUINT64_CONSTANT(4) << 30;

static gboolean fail(const char *path, GError **error)
{
    g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_IO, "%s: %s", path, g_strerror(errno));
    return FALSE;
}

/* Hex SHA-256 and size of a file, or NULL. */
static gchar *digest_of(const char *path, guint64 *n_bytes, GError **error)
{
    FILE *f = g_fopen(path, "rbe");
    if (!f) {
        fail(path, error);
        return NULL;
    }
    enum { BLOCK = 1 << 20 };
    g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);
    g_autofree guint8 *block = g_malloc(BLOCK);
    size_t n;
    *n_bytes = 0;
    while ((n = fread(block, 1, BLOCK, f)) > 0) {
        g_checksum_update(sum, block, (gssize)n);
        *n_bytes += n;
    }
    gboolean broken = ferror(f) != 0;
    fclose(f);
    if (broken) {
        fail(path, error);
        return NULL;
    }
    return g_strdup(g_checksum_get_string(sum));
}

/* The digest that a fetch before this one wrote down, or NULL. */
static gchar *recorded_digest(const char *path)
{
    g_autofree gchar *record = g_strconcat(path, ".sha256", NULL), *text = NULL;
    gsize n;
    if (!g_file_get_contents(record, &text, &n, NULL) || n < 64)
        return NULL;
    text[64] = '\0';
    return strspn(text, "0123456789abcdef") == 64 ? g_steal_pointer(&text) : NULL;
}

static gboolean record_digest(const char *path, const char *sha256, GError **error)
{
    g_autofree gchar *record = g_strconcat(path, ".sha256", NULL),
                     *base = g_path_get_basename(path);
    g_autofree gchar *line = g_strdup_printf("%s  %s\n", sha256, base);
    return leuko_durable_set_contents(record, line, strlen(line), error);
}

/* Size and digest as they should be; `expected` or n_bytes 0 and NULL: not known. */
static gboolean check_file(const char *path, const char *name, const LeukoKnownWeights *what,
                           const char *expected, gchar **sha256, GError **error)
{
    guint64 n_bytes;
    g_autofree gchar *found = digest_of(path, &n_bytes, error);
    if (!found)
        return FALSE;
    if (what->n_bytes != 0 && n_bytes != what->n_bytes) {
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_DATA,
                    "%s: %" G_GUINT64_FORMAT " bytes, expected %" G_GUINT64_FORMAT, name, n_bytes,
                    what->n_bytes);
        return FALSE;
    }
    if (expected && g_ascii_strcasecmp(expected, found) != 0) {
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_DATA, "%s: SHA-256 is %s, expected %s", name,
                    found, expected);
        return FALSE;
    }
    *sha256 = g_steal_pointer(&found);
    return TRUE;
}

/* NAME.part whole and right takes the name; a wrong one goes, so that the next fetch begins
 * anew. */
static gboolean take_name(const char *part, const char *path, const LeukoKnownWeights *what,
                          const char *expected, gchar **sha256, GError **error)
{
    g_autoptr(GError) why = NULL;
    if (!check_file(part, what->address, what, expected, sha256, &why)) {
        if (g_error_matches(why, LEUKO_ERROR, LEUKO_ERROR_DATA) && g_unlink(part) == 0)
            g_prefix_error(&why, "refused and removed: ");
        g_propagate_error(error, g_steal_pointer(&why));
        return FALSE;
    }
    if (!expected && !record_digest(path, *sha256, error))
        return FALSE;
    return g_rename(part, path) == 0 ? TRUE : fail(path, error);
}

/* "file.pth" of "https://host/a/file.pth?x=y"; NULL where it would be no file's name. */
static gchar *name_of(const char *address)
{
    g_autofree gchar *cut = g_strndup(address, strcspn(address, "?#"));
    const char *slash = strrchr(cut, '/');
    if (!slash || !slash[1] || slash[1] == '.' || strlen(slash + 1) > 200)
        return NULL;
    /* "model.safetensors" says nothing: the folder that holds it does */
    g_auto(GStrv) parts = g_strsplit(cut, "/", -1);
    guint n = g_strv_length(parts);
    if (strcmp(slash + 1, "model.safetensors") == 0 && n >= 4 &&
        strcmp(parts[n - 3], "resolve") == 0)
        return g_strconcat(parts[n - 4], ".safetensors", NULL);
    return g_strdup(slash + 1);
}

static gboolean bring(const LeukoKnownWeights *what, const char *path, LeukoReporter reporter,
                      GCancellable *cancellable, gchar **sha256, GError **error)
{
    g_autofree gchar *part = g_strconcat(path, ".part", NULL), *recorded = recorded_digest(path);
    const char *expected = what->sha256 ? what->sha256 : recorded;
    if (g_file_test(path, G_FILE_TEST_EXISTS))
        return check_file(path, path, what, expected, sha256, error) &&
               (expected || record_digest(path, *sha256, error));
    return leuko_http_fetch(what->address, part, what->n_bytes ? what->n_bytes : MAX_UNKNOWN_BYTES,
                            reporter, cancellable, error) &&
           take_name(part, path, what, expected, sha256, error);
}

gboolean leuko_weights_fetch(const LeukoKnownWeights *what, const char *folder,
                             LeukoReporter reporter, GCancellable *cancellable, GStrv *paths,
                             gchar **sha256, GError **error)
{
    g_autofree gchar *name = name_of(what->address);
    if (!g_str_has_prefix(what->address, "https://") || !name) {
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_UNSUPPORTED,
                    "%s: not an https address of a file", what->address);
        return FALSE;
    }
    if (g_mkdir_with_parents(folder, 0777) != 0)
        return fail(folder, error);
    g_autofree gchar *path = g_build_filename(folder, name, NULL);
    if (!bring(what, path, reporter, cancellable, sha256, error))
        return FALSE;
    if (g_str_has_suffix(name, ".tar.gz") || g_str_has_suffix(name, ".tgz"))
        *paths = leuko_weights_unpack(path, folder, error);
    else
        *paths = g_strdupv((gchar *[]){path, NULL});
    return *paths != NULL;
}
