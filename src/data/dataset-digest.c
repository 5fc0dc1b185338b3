#include "data/dataset-digest.h"
#include "base/error.h"
#include <string.h>

enum { SHA256_BYTES = 32 };

gboolean leuko_dataset_hash_images(const LeukoDataset *d, guint8 *sha256, GCancellable *cancellable,
                                   GError **error)
{
    for (guint i = 0; i < leuko_dataset_n_records(d); i++) {
        g_autoptr(GBytes) bytes = leuko_dataset_read(d, i, error);
        if (!bytes || leuko_is_cancelled(cancellable, error))
            return FALSE;
        g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);
        gsize n_bytes, n_digest = SHA256_BYTES;
        const guint8 *data = g_bytes_get_data(bytes, &n_bytes);
        g_checksum_update(sum, data, (gssize)n_bytes);
        g_checksum_get_digest(sum, sha256 + (gsize)i * SHA256_BYTES, &n_digest);
    }
    return TRUE;
}

gchar *leuko_digest_hex(const guint8 *digest, guint n_bytes)
{
    GString *hex = g_string_new(NULL);
    for (guint b = 0; b < n_bytes; b++)
        g_string_append_printf(hex, "%02x", digest[b]);
    return g_string_free(hex, FALSE);
}

static void digest_text(GChecksum *sum, const char *text)
{
    g_checksum_update(sum, (const guchar *)text, (gssize)strlen(text) + 1); /* with its NUL */
}

gchar *leuko_dataset_digest_of(const LeukoDataset *d, const guint8 *sha256)
{
    const gchar *const *classes = leuko_dataset_classes(d);
    g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);
    for (guint k = 0; k < leuko_dataset_n_classes(d); k++)
        digest_text(sum, classes[k]);
    for (guint i = 0; i < leuko_dataset_n_records(d); i++) {
        const LeukoRecord *r = leuko_dataset_record(d, i);
        g_autofree gchar *label = g_strdup_printf("%d", r->label);
        g_autofree gchar *image = leuko_digest_hex(sha256 + (gsize)i * SHA256_BYTES, SHA256_BYTES);
        digest_text(sum, r->file);
        digest_text(sum, label);
        digest_text(sum, r->group);
        digest_text(sum, image);
    }
    return g_strdup(g_checksum_get_string(sum));
}

gchar *leuko_dataset_digest(const LeukoDataset *d, GError **error)
{
    g_autofree guint8 *sha256 = g_malloc0_n(leuko_dataset_n_records(d), SHA256_BYTES);
    return leuko_dataset_hash_images(d, sha256, NULL, error) ? leuko_dataset_digest_of(d, sha256)
                                                             : NULL;
}
