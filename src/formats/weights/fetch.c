#include "base/durable.h"
#include "base/io-error.h"
#include "base/lock.h"
#include "base/plural.h"
#include "formats/weights/http.h"
#include "formats/weights/known.h"
#include "leuko/error.h"
#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const guint64 MAX_UNKNOWN_BYTES = G_GUINT64_CONSTANT(4) << 30;

static gboolean fail(const char *path, GError **error)
{
    g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_IO, "%s: %s", path, g_strerror(errno));
    return FALSE;
}

/* The SHA-256 (hex) and size of a file, or NULL with an error. g_free. */
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

/* The SHA-256 that an earlier download wrote to NAME.sha256, or NULL. g_free. */
static gchar *recorded_digest(const char *path)
{
    g_autofree gchar *record = g_strconcat(path, ".sha256", NULL), *text = NULL;
    gsize n;
    if (!leuko_read_file(record, &text, &n, NULL) || n < 64)
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

/* Check the size and the SHA-256. Either is skipped if it is not known (n_bytes 0, expected
 * NULL). */
static gboolean check_file(const char *path, const char *name, const LeukoKnownWeights *weights,
                           const char *expected, gchar **sha256, GError **error)
{
    guint64 n_bytes;
    g_autofree gchar *found = digest_of(path, &n_bytes, error);
    if (!found)
        return FALSE;
    if (weights->n_bytes != 0 && n_bytes != weights->n_bytes) {
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_DATA,
                    "%s: %" G_GUINT64_FORMAT " %s, expected %" G_GUINT64_FORMAT, name, n_bytes,
                    LEUKO_PLURAL(n_bytes, "byte"), weights->n_bytes);
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

/* Rename a correct NAME.part to NAME. A wrong one is removed, so that the next download starts from
 * the beginning. */
static gboolean finish_download(const char *part, const char *path,
                                const LeukoKnownWeights *weights, const char *expected,
                                gchar **sha256, GError **error)
{
    g_autoptr(GError) why = NULL;
    g_autofree gchar *source = leuko_http_source_path(part);
    if (!check_file(part, weights->address, weights, expected, sha256, &why)) {
        if (g_error_matches(why, LEUKO_ERROR, LEUKO_ERROR_DATA) && g_unlink(part) == 0) {
            g_unlink(source);
            g_prefix_error(&why, "refused and removed: ");
        }
        g_propagate_error(error, g_steal_pointer(&why));
        return FALSE;
    }
    /* the record of the digest follows the whole file, and PART.source goes last: a file without a
     * record is known to be whole by it */
    if (g_rename(part, path) != 0)
        return fail(path, error);
    if (!expected && !record_digest(path, *sha256, error))
        return FALSE;
    g_unlink(source);
    return TRUE;
}

/* "file.pth" of "https://host/a/file.pth?x=y"; NULL if the address ends in no usable name. */
static gchar *name_of(const char *address)
{
    g_autofree gchar *cut = g_strndup(address, strcspn(address, "?#"));
    const char *slash = strrchr(cut, '/');
    if (!slash || !slash[1] || slash[1] == '.' || strlen(slash + 1) > 200)
        return NULL;
    /* Hugging Face: .../MODEL/resolve/main/model.safetensors is named after MODEL */
    g_auto(GStrv) parts = g_strsplit(cut, "/", -1);
    guint n = g_strv_length(parts);
    if (strcmp(slash + 1, "model.safetensors") == 0 && n >= 4 &&
        strcmp(parts[n - 3], "resolve") == 0)
        return g_strconcat(parts[n - 4], ".safetensors", NULL);
    return g_strdup(slash + 1);
}

/* Open NAME.part; -1 on error. */
static int open_part(const char *part, GError **error)
{
    struct stat st;
    int fd = open(part, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0666);
    if (fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
        return fd;
    errno = fd < 0 ? errno : EINVAL;
    fail(part, error);
    if (fd >= 0)
        close(fd);
    return -1;
}

/* A file that is there already. Without any known digest it must come from this address. */
static gboolean take_file(const LeukoKnownWeights *weights, const char *path, const char *part,
                          const char *expected, gchar **sha256, GError **error)
{
    g_autofree gchar *source = leuko_http_source_path(part);
    if (!expected && !weights->n_bytes && !leuko_http_is_from(part, weights->address, NULL)) {
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_DATA,
                    "%s: exists, but nothing says that it was downloaded from %s; remove it, or "
                    "give its SHA-256",
                    path, weights->address);
        return FALSE;
    }
    if (!check_file(path, path, weights, expected, sha256, error) ||
        (!expected && !record_digest(path, *sha256, error)))
        return FALSE;
    g_unlink(source);
    return TRUE;
}

static gboolean download(const LeukoKnownWeights *weights, const char *path, const char *part,
                         const char *expected, LeukoReporter reporter, GCancellable *cancellable,
                         gchar **sha256, GError **error)
{
    int fd = open_part(part, error);
    if (fd < 0)
        return FALSE;
    const LeukoDownload job = {.address = weights->address,
                               .part = part,
                               .fd = fd,
                               .max_bytes = weights->n_bytes ? weights->n_bytes : MAX_UNKNOWN_BYTES,
                               .is_verified = expected != NULL};
    gboolean good = leuko_http_fetch(&job, reporter, cancellable, error) &&
                    finish_download(part, path, weights, expected, sha256, error);
    struct stat st;
    if (!good && fstat(fd, &st) == 0 && st.st_size == 0)
        g_unlink(part);
    close(fd);
    return good;
}

/* Take the file that is there, or download it. One process downloads a file. */
static gboolean fetch_file(const LeukoKnownWeights *weights, const char *path,
                           LeukoReporter reporter, GCancellable *cancellable, gchar **sha256,
                           GError **error)
{
    gboolean exists = g_file_test(path, G_FILE_TEST_EXISTS);
    /* a file that is there may lie in a folder that cannot be written */
    g_autoptr(LeukoLock) lock = exists ? NULL : leuko_lock_take_file(path, error);
    if (!exists && !lock)
        return FALSE;
    g_autofree gchar *part = g_strconcat(path, ".part", NULL), *recorded = recorded_digest(path);
    const char *expected = weights->sha256 ? weights->sha256 : recorded;
    if (g_file_test(path, G_FILE_TEST_EXISTS)) /* another process may have written it */
        return take_file(weights, path, part, expected, sha256, error);
    return download(weights, path, part, expected, reporter, cancellable, sha256, error);
}

gboolean leuko_weights_fetch(const LeukoKnownWeights *weights, const char *folder,
                             LeukoReporter reporter, GCancellable *cancellable, GStrv *paths,
                             gchar **sha256, GError **error)
{
    g_autofree gchar *name = name_of(weights->address);
    if (!g_str_has_prefix(weights->address, "https://") || !name) {
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_UNSUPPORTED,
                    "%s: not an https address of a file", weights->address);
        return FALSE;
    }
    if (g_mkdir_with_parents(folder, 0777) != 0)
        return fail(folder, error);
    g_autofree gchar *path = g_build_filename(folder, name, NULL);
    if (!fetch_file(weights, path, reporter, cancellable, sha256, error))
        return FALSE;
    if (g_str_has_suffix(name, ".tar.gz") || g_str_has_suffix(name, ".tgz"))
        *paths = leuko_weights_unpack(path, folder, reporter, error);
    else
        *paths = g_strdupv((gchar *[]){path, NULL});
    return *paths != NULL;
}
