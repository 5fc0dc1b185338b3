#include "base/error.h"
#include "base/io-error.h"
#include "base/plural.h"
#include "config.h"
#include "formats/torch/file.h"
#include <string.h>

#ifndef HAVE_ZIP

LeukoTorchFile *leuko_torch_zip_open(const char *path, GError **error)
{
    g_set_error(
        error, LEUKO_ERROR, LEUKO_ERROR_UNSUPPORTED,
        "%s: a zip file (perhaps PyTorch .pth): this build of Leuko does not read zip files; "
        "convert the file with a full build",
        path);
    return NULL;
}

#else
#include <unistd.h>
#include <zip.h>

typedef struct {
    zip_t *archive;
    gchar *root; /* the folder ROOT with its slash, "" for none */
} Container;

static void container_close(gpointer data)
{
    Container *c = data;
    if (c->archive)
        zip_discard(c->archive);
    g_free(c->root);
    g_free(c);
}

static zip_t *open_archive(const char *path, GError **error)
{
    int code = 0;
    zip_t *archive = zip_open(path, ZIP_RDONLY, &code);
    if (archive)
        return archive;
    zip_error_t why;
    zip_error_init_with_code(&why, code);
    leuko_fail_format(path, error, "damaged zip file: %s", zip_error_strerror(&why));
    zip_error_fini(&why);
    return NULL;
}

/* The folder of data.pkl with its slash ("" for none), or NULL without data.pkl. g_free. */
static gchar *find_root(zip_t *archive, zip_int64_t n)
{
    for (zip_int64_t i = 0; i < n; i++) {
        const char *name = zip_get_name(archive, (zip_uint64_t)i, ZIP_FL_ENC_RAW);
        const char *slash = name ? strchr(name, '/') : NULL;
        if (name && strcmp(name, "data.pkl") == 0)
            return g_strdup("");
        if (slash && strcmp(slash, "/data.pkl") == 0)
            return g_strndup(name, (gsize)(slash - name) + 1);
    }
    return NULL;
}

/* Refuse compressed entries, and entries that together claim to be larger than the file. */
static gboolean check_entries(zip_t *archive, const char *path, guint64 file_bytes, zip_int64_t n,
                              GError **error)
{
    guint64 total = 0;
    if (n > LEUKO_TORCH_MAX_ENTRIES)
        return leuko_fail_format(
            path, error,
            "a zip file of %" G_GINT64_FORMAT " %s: files of torch.save() have at "
            "most %d",
            (gint64)n, leuko_plural((guint64)n, "entry", "entries"), LEUKO_TORCH_MAX_ENTRIES);
    for (zip_int64_t i = 0; i < n; i++) {
        zip_stat_t st;
        if (zip_stat_index(archive, (zip_uint64_t)i, 0, &st) != 0 || !(st.valid & ZIP_STAT_SIZE) ||
            !(st.valid & ZIP_STAT_COMP_METHOD))
            return leuko_fail_format(path, error, "zip entry %" G_GINT64_FORMAT " has no size",
                                     (gint64)i);
        if (st.comp_method != ZIP_CM_STORE)
            return leuko_fail_format(
                path, error,
                "zip entry \"%.60s\" is compressed (%" G_GUINT64_FORMAT
                " %s from %" G_GUINT64_FORMAT
                "): torch.save() never compresses, so this is another kind of file",
                st.name, (guint64)st.size, LEUKO_PLURAL((guint64)st.size, "byte"),
                (guint64)st.comp_size);
        if (st.size > file_bytes || (total += st.size) > file_bytes)
            return leuko_fail_format(
                path, error,
                "zip entry \"%.60s\": the entries claim more than the file's %" G_GUINT64_FORMAT
                " %s",
                st.name, file_bytes, LEUKO_PLURAL(file_bytes, "byte"));
    }
    return TRUE;
}

static GBytes *read_entry(zip_t *archive, const char *path, const char *name, guint64 max_bytes,
                          GError **error)
{
    zip_stat_t st;
    zip_int64_t index = zip_name_locate(archive, name, ZIP_FL_ENC_RAW);
    if (index < 0 || zip_stat_index(archive, (zip_uint64_t)index, 0, &st) != 0) {
        leuko_fail_format(path, error, "zip entry \"%.80s\" is missing", name);
        return NULL;
    }
    if (st.size > max_bytes) {
        leuko_fail_format(
            path, error,
            "zip entry \"%.80s\" has %" G_GUINT64_FORMAT " %s, more than %" G_GUINT64_FORMAT, name,
            (guint64)st.size, LEUKO_PLURAL((guint64)st.size, "byte"), max_bytes);
        return NULL;
    }
    guint8 *bytes = g_try_malloc(st.size + 1); /* at most the file's own size */
    if (!bytes) {
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_MEMORY,
                    "%s: no memory for %" G_GUINT64_FORMAT " bytes", path, (guint64)st.size);
        return NULL;
    }
    g_autoptr(GBytes) owner = g_bytes_new_take(bytes, st.size);
    zip_file_t *entry = zip_fopen_index(archive, (zip_uint64_t)index, 0);
    /* ask for one byte more: libzip verifies the checksum only at the end of the entry */
    zip_int64_t n = entry ? zip_fread(entry, bytes, st.size + 1) : -1;
    int closed = entry ? zip_fclose(entry) : -1;
    if (n < 0 || (guint64)n != st.size || closed != 0) {
        leuko_fail_format(path, error, "zip entry \"%.80s\" is truncated or damaged", name);
        return NULL;
    }
    return g_steal_pointer(&owner);
}

static GBytes *read_storage(LeukoTorchFile *f, const char *key, GError **error)
{
    Container *c = f->container;
    g_autofree gchar *name = g_strconcat(c->root, "data/", key, NULL);
    return read_entry(c->archive, f->path, name, f->file_bytes, error);
}

static gboolean check_byte_order(const Container *c, const char *path, GError **error)
{
    g_autofree gchar *name = g_strconcat(c->root, "byteorder", NULL);
    if (zip_name_locate(c->archive, name, ZIP_FL_ENC_RAW) < 0)
        return TRUE;
    g_autoptr(GBytes) order = read_entry(c->archive, path, name, 64, error);
    gsize n = 0;
    const char *text = order ? g_bytes_get_data(order, &n) : NULL;
    if (!order || (n >= 6 && strncmp(text, "little", 6) == 0))
        return order != NULL;
    g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_UNSUPPORTED, "%s: written on a big-endian machine",
                path);
    return FALSE;
}

static gboolean read_pickle(LeukoTorchFile *f, GError **error)
{
    Container *c = f->container;
    g_autofree gchar *name = g_strconcat(c->root, "data.pkl", NULL);
    g_autoptr(GBytes) bytes =
        read_entry(c->archive, f->path, name, LEUKO_TORCH_MAX_PICKLE_BYTES, error);
    gsize n, n_read;
    gconstpointer data = bytes ? g_bytes_get_data(bytes, &n) : NULL;
    if (!bytes)
        return FALSE;
    f->pickle = leuko_pickle_read(data, n, f->path, 0, &n_read, error);
    return f->pickle != NULL;
}

/* Zip files of other programs, by an entry that only they have: what to do with each. */
static const struct {
    const char *entry, *what;
} others[] = {
    {"model.weights.h5", "a Keras .keras file: unzip it and use its model.weights.h5"},
    {"constants.pkl",
     "a TorchScript program (torch.jit.save), not weights; " LEUKO_TORCH_SCRIPT_ADVICE},
    {"models/model.json",
     "a program of torch.export, not weights; load it in Python with torch.export.load() and save "
     "its state_dict with torch.save()"},
};

/* The name of an entry without the archive's folder. */
static const char *below_root(const char *name)
{
    const char *slash = strchr(name, '/');
    return slash ? slash + 1 : name;
}

/* FALSE with an error if the archive is of another program, or has no data.pkl. */
static gboolean check_kind(const Container *c, const char *path, zip_int64_t n, GError **error)
{
    for (zip_int64_t i = 0; i < MIN(n, LEUKO_TORCH_MAX_ENTRIES); i++) {
        const char *name = zip_get_name(c->archive, (zip_uint64_t)i, ZIP_FL_ENC_RAW);
        for (gsize k = 0; name && k < G_N_ELEMENTS(others); k++)
            if (strcmp(name, others[k].entry) == 0 ||
                strcmp(below_root(name), others[k].entry) == 0) {
                g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_UNSUPPORTED, "%s: %s", path,
                            others[k].what);
                return FALSE;
            }
    }
    if (c->root)
        return TRUE;
    g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_UNSUPPORTED,
                "%s: a zip file of %" G_GINT64_FORMAT
                " %s, but not one that torch.save() wrote (no data.pkl)",
                path, (gint64)n, leuko_plural((guint64)n, "entry", "entries"));
    return FALSE;
}

LeukoTorchFile *leuko_torch_zip_open(const char *path, GError **error)
{
    guint64 n_bytes;
    int fd = leuko_open_regular(path, &n_bytes, error); /* only its size is used */
    if (fd < 0)
        return NULL;
    close(fd);
    g_autoptr(LeukoTorchFile) f = leuko_torch_file_new(path, n_bytes);
    Container *c = f->container = g_new0(Container, 1);
    f->close = container_close;
    f->read = read_storage;
    c->archive = open_archive(path, error);
    if (!c->archive)
        return NULL;
    zip_int64_t n = zip_get_num_entries(c->archive, 0);
    c->root = find_root(c->archive, n);
    if (!check_kind(c, path, n, error))
        return NULL;
    if (!check_entries(c->archive, path, f->file_bytes, n, error) ||
        !check_byte_order(c, path, error) || !read_pickle(f, error))
        return NULL;
    return g_steal_pointer(&f);
}

#endif
