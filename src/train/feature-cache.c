#include "train/feature-cache.h"
#include "base/cache-folder.h"
#include "base/crc32c.h"
#include "base/io-error.h"
#include "leuko/error.h"
#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define HEADER_BYTES 4096
#define MAGIC        "LEUKO-FEATURES-1\n"
#define LIMIT_BYTES  ((guint64)4 << 30)

struct LeukoFeatureCache {
    gchar *path;
    int fd;
    guint n_features, n_damaged;
    gsize row_bytes;
    guint8 *digests;  /* of the whole rows of the file when it was opened, in their order */
    GHashTable *rows; /* set of digests; their place in `digests` is the row's number */
};

static guint64 row_offset(const LeukoFeatureCache *c, gsize number)
{
    return HEADER_BYTES + (guint64)number * c->row_bytes;
}

static gboolean fail(const LeukoFeatureCache *c, const char *what, GError **error)
{
    int e = errno;
    g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_IO, "%s: cannot %s the feature cache: %s", c->path,
                what, g_strerror(e));
    return FALSE;
}

static guint sha_hash(gconstpointer sha) { return *(const guint32 *)sha; }

static gboolean sha_equal(gconstpointer a, gconstpointer b)
{
    return memcmp(a, b, LEUKO_SHA256_BYTES) == 0;
}

typedef struct {
    gchar *path;
    guint64 bytes;
    gint64 used;
} Entry;

static gint least_recent_first(gconstpointer a, gconstpointer b)
{
    const Entry *x = a, *y = b;
    return x->used < y->used ? -1 : x->used > y->used;
}

static void entry_clear(gpointer data) { g_free(((Entry *)data)->path); }

/* Remove the least recently used files until the folder is within its limit. Failures are ignored:
 * the cache works anyway. */
static void limit_folder(const char *folder, const char *keep)
{
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
    g_autoptr(GArray) all = g_array_new(FALSE, FALSE, sizeof(Entry));
    g_array_set_clear_func(all, entry_clear);
    guint64 total = 0;
    const char *name;
    while (dir && (name = g_dir_read_name(dir))) {
        g_autofree gchar *path = g_build_filename(folder, name, NULL);
        struct stat st;
        if (!g_str_has_suffix(name, ".features") || lstat(path, &st) != 0 || !S_ISREG(st.st_mode))
            continue;
        Entry r = {g_steal_pointer(&path), (guint64)st.st_size, st.st_mtime};
        total += r.bytes;
        g_array_append_val(all, r);
    }
    g_array_sort(all, least_recent_first);
    for (guint i = 0; i < all->len && total > LIMIT_BYTES; i++) {
        const Entry *r = &g_array_index(all, Entry, i);
        if (strcmp(r->path, keep) != 0 && g_unlink(r->path) == 0)
            total -= r->bytes;
    }
}

static void make_header(guint8 *header, const char *key, guint n_features)
{
    memset(header, 0, HEADER_BYTES);
    g_snprintf((char *)header, HEADER_BYTES, "%s%u features\n%s\n", MAGIC, n_features, key);
}

/* Write the header if the file is new. Set *fits to TRUE if the header is now the expected one. The
 * caller holds the file lock. */
static gboolean settle_header(LeukoFeatureCache *c, const char *key, gboolean *fits, GError **error)
{
    guint8 wanted[HEADER_BYTES], found[HEADER_BYTES];
    struct stat st;
    make_header(wanted, key, c->n_features);
    if (fstat(c->fd, &st) != 0)
        return fail(c, "open", error);
    *fits = TRUE;
    if (st.st_size < HEADER_BYTES) /* new, or the process that created it was killed */
        return (ftruncate(c->fd, 0) == 0 && leuko_pwrite_all(c->fd, wanted, HEADER_BYTES, 0))
                   ? TRUE
                   : fail(c, "write", error);
    if (leuko_pread_all(c->fd, found, HEADER_BYTES, 0) != HEADER_BYTES)
        return fail(c, "read", error);
    *fits = memcmp(wanted, found, HEADER_BYTES) == 0;
    return TRUE;
}

/* Open the file; if its header is not the expected one, replace the file by a new one. */
static gboolean open_file(LeukoFeatureCache *c, const char *key, GError **error)
{
    for (guint attempt = 0; attempt < 5; attempt++) {
        c->fd = open(c->path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666);
        if (c->fd < 0 || flock(c->fd, LOCK_EX) != 0)
            return fail(c, "open", error);
        gboolean fits;
        if (!settle_header(c, key, &fits, error))
            return FALSE;
        flock(c->fd, LOCK_UN);
        if (fits)
            return TRUE;
        close(c->fd);
        c->fd = -1;
        if (g_unlink(c->path) != 0 && errno != ENOENT)
            return fail(c, "replace", error);
    }
    errno = EAGAIN;
    return fail(c, "open", error);
}

/* Read the digests of all rows. The rows themselves are read when they are asked for: a mapped file
 * would give SIGBUS if another process made it shorter. */
static gboolean index_rows(LeukoFeatureCache *c, GError **error)
{
    struct stat st;
    if (fstat(c->fd, &st) != 0)
        return fail(c, "open", error);
    gsize n_rows = ((gsize)MAX(st.st_size, HEADER_BYTES) - HEADER_BYTES) / c->row_bytes;
    c->digests = g_try_malloc_n(MAX(n_rows, 1), LEUKO_SHA256_BYTES);
    if (!c->digests) {
        errno = ENOMEM;
        return fail(c, "read", error);
    }
    for (gsize i = 0; i < n_rows; i++) { /* a later row replaces a damaged one */
        guint8 *digest = c->digests + i * LEUKO_SHA256_BYTES;
        gssize n = leuko_pread_all(c->fd, digest, LEUKO_SHA256_BYTES, row_offset(c, i));
        if (n < 0)
            return fail(c, "read", error);
        if (n < LEUKO_SHA256_BYTES) /* another process made it shorter */
            break;
        g_hash_table_replace(c->rows, digest, digest);
    }
    return TRUE;
}

LeukoFeatureCache *leuko_feature_cache_open(const char *key, guint n_features, GError **error)
{
    g_assert(strlen(key) <= 3000);
    g_autofree gchar *folder = leuko_cache_folder("features");
    g_autofree gchar *digest = g_compute_checksum_for_string(G_CHECKSUM_SHA256, key, -1);
    g_autofree gchar *name = g_strdup_printf("%.32s.features", digest);
    g_autoptr(LeukoFeatureCache) c = g_new0(LeukoFeatureCache, 1);
    c->path = g_build_filename(folder, name, NULL);
    c->fd = -1;
    c->n_features = n_features;
    c->row_bytes = LEUKO_SHA256_BYTES + n_features * sizeof(float) + 8;
    c->rows = g_hash_table_new(sha_hash, sha_equal);
    if (g_mkdir_with_parents(folder, 0700) != 0) {
        fail(c, "create the folder of", error);
        return NULL;
    }
    if (!open_file(c, key, error) || !index_rows(c, error))
        return NULL;
    futimens(c->fd, NULL); /* the time of the last use, for limit_folder() */
    limit_folder(folder, c->path);
    return g_steal_pointer(&c);
}

void leuko_feature_cache_free(LeukoFeatureCache *c)
{
    if (!c)
        return;
    g_hash_table_unref(c->rows);
    g_free(c->digests);
    if (c->fd >= 0)
        close(c->fd);
    g_free(c->path);
    g_free(c);
}

static guint32 row_crc(const LeukoFeatureCache *c, const guint8 *row)
{
    return leuko_crc32c_mask(leuko_crc32c(row, c->row_bytes - 8));
}

gboolean leuko_feature_cache_get(LeukoFeatureCache *c, const guint8 *sha256, float *x)
{
    const guint8 *digest = g_hash_table_lookup(c->rows, sha256);
    guint32 stored;
    if (!digest)
        return FALSE;
    gsize number = (gsize)(digest - c->digests) / LEUKO_SHA256_BYTES;
    g_autofree guint8 *row = g_malloc(c->row_bytes);
    gboolean is_whole =
        leuko_pread_all(c->fd, row, c->row_bytes, row_offset(c, number)) == (gssize)c->row_bytes;
    if (is_whole)
        memcpy(&stored, row + c->row_bytes - 8, sizeof stored);
    if (!is_whole || memcmp(row, sha256, LEUKO_SHA256_BYTES) != 0 || stored != row_crc(c, row)) {
        c->n_damaged++;
        return FALSE;
    }
    memcpy(x, row + LEUKO_SHA256_BYTES, c->n_features * sizeof(float));
    return TRUE;
}

gboolean leuko_feature_cache_put(LeukoFeatureCache *c, guint n, const guint8 *sha256,
                                 const float *x, GError **error)
{
    g_autofree guint8 *rows = g_malloc0(n * c->row_bytes);
    for (guint i = 0; i < n; i++) {
        guint8 *row = rows + i * c->row_bytes;
        memcpy(row, sha256 + (gsize)i * LEUKO_SHA256_BYTES, LEUKO_SHA256_BYTES);
        memcpy(row + LEUKO_SHA256_BYTES, x + (gsize)i * c->n_features,
               c->n_features * sizeof(float));
        guint32 crc = row_crc(c, row);
        memcpy(row + c->row_bytes - 8, &crc, sizeof crc);
    }
    struct stat st;
    if (flock(c->fd, LOCK_EX) != 0 || fstat(c->fd, &st) != 0)
        return fail(c, "lock", error);
    gsize whole =
        ((gsize)st.st_size - HEADER_BYTES) / c->row_bytes; /* an incomplete row is overwritten */
    gboolean ok =
        leuko_pwrite_all(c->fd, rows, n * c->row_bytes, HEADER_BYTES + whole * c->row_bytes);
    int why = errno;
    flock(c->fd, LOCK_UN);
    errno = why;
    return ok ? TRUE : fail(c, "write", error);
}

const char *leuko_feature_cache_path(const LeukoFeatureCache *c) { return c->path; }
guint leuko_feature_cache_n_damaged(const LeukoFeatureCache *c) { return c->n_damaged; }
