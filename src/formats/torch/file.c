#include "formats/torch/file.h"
#include "base/error.h"

LeukoTorchFile *leuko_torch_file_new(const char *path, guint64 file_bytes)
{
    LeukoTorchFile *f = g_new0(LeukoTorchFile, 1);
    f->path = g_strdup(path);
    f->file_bytes = file_bytes;
    f->storages =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_bytes_unref);
    return f;
}

void leuko_torch_file_free(LeukoTorchFile *f)
{
    if (!f)
        return;
    if (f->container)
        f->close(f->container);
    leuko_pickle_free(f->pickle);
    g_hash_table_unref(f->storages);
    g_free(f->path);
    g_free(f);
}

GBytes *leuko_torch_file_storage(LeukoTorchFile *f, const char *key, GError **error)
{
    GBytes *bytes = g_hash_table_lookup(f->storages, key);
    if (bytes)
        return bytes;
    if (f->read) {
        bytes = f->read(f, key, error);
        if (bytes)
            g_hash_table_insert(f->storages, g_strdup(key), bytes);
        return bytes;
    }
    g_autofree gchar *shown = leuko_one_line_cut(key, 60);
    g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_FORMAT, "%s: storage \"%s\" is not in the file",
                f->path, shown);
    return NULL;
}
