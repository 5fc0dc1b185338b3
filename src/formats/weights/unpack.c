#include "base/error.h"
#include "base/plural.h"
#include "config.h"
#include "formats/weights/known.h"

#ifdef HAVE_ARCHIVE
#include "base/durable.h"
#include <archive.h>
#include <archive_entry.h>
#include <string.h>

enum { MAX_ENTRIES = 1000, BLOCK = 1 << 18 };
static const gint64 MAX_BYTES = G_GINT64_CONSTANT(4) << 30, MAX_LISTED_BYTES = G_GINT64_CONSTANT(1)
                                                                               << 30;

static gboolean broken(const char *archive, GError **error, const char *entry, const char *what)
{
    return leuko_fail_format(archive, error, "entry \"%.120s\": %s", entry ? entry : "", what);
}

/* TRUE if an entry's path stays inside the folder: relative, no "..", no hidden parts, UTF-8. */
static gboolean is_safe(const char *name)
{
    if (!name || !*name || *name == '/' || strlen(name) > 500 || !g_utf8_validate(name, -1, NULL))
        return FALSE;
    g_auto(GStrv) parts = g_strsplit(name, "/", -1);
    for (guint i = 0; parts[i]; i++)
        if ((parts[i][0] == '.' && !(i == 0 && strcmp(parts[i], ".") == 0)) ||
            (!*parts[i] && parts[i + 1]))
            return FALSE;
    return TRUE;
}

static gboolean write_entry(struct archive *a, const char *archive, const char *name,
                            const char *path, gint64 *left, GError **error)
{
    g_autofree gchar *folder = g_path_get_dirname(path);
    g_autofree guint8 *block = g_malloc(BLOCK);
    g_mkdir_with_parents(folder, 0777);
    g_autoptr(LeukoDurable) file = leuko_durable_new(path, error);
    if (!file)
        return FALSE;
    la_ssize_t n;
    while ((n = archive_read_data(a, block, BLOCK)) > 0) {
        if ((*left -= n) < 0)
            return broken(archive, error, name, "the archive unpacks to more than 4 GiB");
        if (!leuko_durable_write(file, block, (gsize)n, error))
            return FALSE;
    }
    if (n < 0)
        return broken(archive, error, name,
                      archive_error_string(a) ? archive_error_string(a) : "damaged");
    return leuko_durable_commit(file, error);
}

static gboolean unpack_all(struct archive *a, const char *archive, const char *folder,
                           GPtrArray *paths, GError **error)
{
    struct archive_entry *entry;
    gint64 left = MAX_BYTES;
    int status;
    guint n = 0;
    while ((status = archive_read_next_header(a, &entry)) == ARCHIVE_OK) {
        const char *name = archive_entry_pathname(entry);
        if (++n > MAX_ENTRIES)
            return broken(archive, error, name, "more than 1000 entries");
        if (!is_safe(name))
            return broken(archive, error, name, "a path that leads outside the folder");
        if (archive_entry_filetype(entry) == AE_IFDIR)
            continue;
        if (archive_entry_filetype(entry) != AE_IFREG || archive_entry_hardlink(entry))
            return broken(archive, error, name, "a link or a device, not a file");
        gchar *path = g_build_filename(folder, name, NULL);
        g_ptr_array_add(paths, path);
        if (!write_entry(a, archive, name, path, &left, error))
            return FALSE;
    }
    if (status == ARCHIVE_EOF && paths->len > 0)
        return TRUE;
    return broken(archive, error, "",
                  archive_error_string(a) ? archive_error_string(a)
                                          : "the archive contains no file");
}

/* "NAME (N bytes)" for each entry. A gzip file without a tar archive is one unnamed entry. */
static void list_all(struct archive *a, GPtrArray *entries)
{
    struct archive_entry *entry;
    gint64 total = 0;
    while (entries->len < LEUKO_WEIGHTS_MAX_LISTED &&
           archive_read_next_header(a, &entry) == ARCHIVE_OK) {
        const char *name = archive_entry_pathname(entry);
        gboolean raw = archive_format(a) == ARCHIVE_FORMAT_RAW;
        const char *said = raw ? "(one file, no archive)" : name ? name : "(unnamed)";
        g_autofree gchar *shown = leuko_one_line_cut(said, 200);
        if (archive_entry_size_is_set(entry))
            g_ptr_array_add(
                entries, g_strdup_printf("%s (%" G_GINT64_FORMAT " %s)", shown,
                                         (gint64)archive_entry_size(entry),
                                         LEUKO_PLURAL((gint64)archive_entry_size(entry), "byte")));
        else
            g_ptr_array_add(entries, g_steal_pointer(&shown));
        /* to reach the next header, the whole entry must be decompressed */
        total += MAX(archive_entry_size(entry), 0);
        if (raw || total > MAX_LISTED_BYTES)
            break;
    }
}

GStrv leuko_weights_list_archive(const char *archive, GError **error)
{
    g_autoptr(GPtrArray) entries = g_ptr_array_new_with_free_func(g_free);
    struct archive *a = archive_read_new();
    archive_read_support_filter_gzip(a);
    archive_read_support_format_tar(a);
    archive_read_support_format_raw(a);
    if (archive_read_open_filename(a, archive, BLOCK) == ARCHIVE_OK)
        list_all(a, entries);
    if (entries->len == 0)
        broken(archive, error, "",
               archive_error_string(a) ? archive_error_string(a) : "the archive contains no file");
    archive_read_free(a);
    if (entries->len == 0)
        return NULL;
    g_ptr_array_add(entries, NULL);
    g_ptr_array_set_free_func(entries, NULL);
    return (GStrv)g_ptr_array_free(g_steal_pointer(&entries), FALSE);
}

GStrv leuko_weights_unpack(const char *archive, const char *folder, GError **error)
{
    g_autoptr(GPtrArray) paths = g_ptr_array_new_with_free_func(g_free);
    struct archive *a = archive_read_new();
    archive_read_support_filter_gzip(a);
    archive_read_support_format_tar(a);
    gboolean good = archive_read_open_filename(a, archive, BLOCK) == ARCHIVE_OK
                        ? unpack_all(a, archive, folder, paths, error)
                        : broken(archive, error, "", archive_error_string(a));
    archive_read_free(a);
    if (!good)
        return NULL;
    g_ptr_array_add(paths, NULL);
    g_ptr_array_set_free_func(paths, NULL);
    return (GStrv)g_ptr_array_free(g_steal_pointer(&paths), FALSE);
}

#else

GStrv leuko_weights_unpack(const char *archive, const char *folder, GError **error)
{
    (void)folder;
    g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_UNSUPPORTED,
                "%s: this build cannot unpack archives (built without libarchive); use tar -xzf",
                archive);
    return NULL;
}

GStrv leuko_weights_list_archive(const char *archive, GError **error)
{
    g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_UNSUPPORTED,
                "%s: this build cannot list archives (built without libarchive)", archive);
    return NULL;
}

#endif
