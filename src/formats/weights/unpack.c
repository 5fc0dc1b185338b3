#include "base/error.h"
#include "base/plural.h"
#include "config.h"
#include "formats/weights/known.h"

#ifdef HAVE_ARCHIVE
#include "base/durable.h"
#include "base/io-error.h"
#include "base/map.h"
#include "base/progress.h"
#include "base/stage.h"
#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

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

/* Unpack into `folder`; `names`: the paths below it. */
static gboolean unpack_all(struct archive *a, const char *archive, const char *folder,
                           GPtrArray *names, GError **error)
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
        g_autofree gchar *path = g_build_filename(folder, name, NULL);
        if (g_file_test(path, G_FILE_TEST_EXISTS))
            return broken(archive, error, name, "the archive holds this file twice");
        g_ptr_array_add(names, g_strdup(g_str_has_prefix(name, "./") ? name + 2 : name));
        if (!write_entry(a, archive, name, path, &left, error))
            return FALSE;
    }
    if (status == ARCHIVE_EOF && names->len > 0)
        return TRUE;
    return broken(archive, error, "",
                  archive_error_string(a) ? archive_error_string(a)
                                          : "the archive contains no file");
}

/* --- from the hidden folder to their place ---------------------------------------------------- */

static gboolean has_same_content(const char *a, const char *b)
{
    g_autoptr(GBytes) x = leuko_map_bytes(a, NULL), y = leuko_map_bytes(b, NULL);
    return x && y && g_bytes_equal(x, y);
}

/* No file that exists may be replaced. One with the same content stays. */
static gboolean check_places(const char *from, const char *to, const GPtrArray *names,
                             const char *archive, LeukoReporter reporter, GError **error)
{
    for (guint i = 0; i < names->len; i++) {
        g_autofree gchar *new = g_build_filename(from, names->pdata[i], NULL),
                         *place = g_build_filename(to, names->pdata[i], NULL);
        struct stat st;
        if (lstat(place, &st) != 0 || has_same_content(new, place))
            continue;
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_DATA,
                    "%s: exists and differs from the file in %s; move it, or choose another folder",
                    place, archive);
        return FALSE;
    }
    for (guint i = 0; i < names->len; i++)
        leuko_report_line(reporter, "unpack", "%s: unpacking %s", archive,
                          (const char *)names->pdata[i]);
    return TRUE;
}

/* Move without replacing. */
static gboolean move(const char *from, const char *to)
{
    if (renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) == 0)
        return TRUE;
    return (errno == EINVAL || errno == ENOSYS) &&
           link(from, to) == 0; /* the file system's limit */
}

/* Move all files, or none. */
static gboolean move_all(const char *from, const char *to, const GPtrArray *names, GError **error)
{
    g_autoptr(GPtrArray) moved = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; i < names->len; i++) {
        g_autofree gchar *new = g_build_filename(from, names->pdata[i], NULL),
                         *place = g_build_filename(to, names->pdata[i], NULL);
        g_autofree gchar *folder = g_path_get_dirname(place);
        if (g_mkdir_with_parents(folder, 0777) == 0 && move(new, place)) {
            g_ptr_array_add(moved, g_steal_pointer(&place));
            continue;
        }
        if (errno == EEXIST && has_same_content(new, place))
            continue;
        leuko_fail_io(place, "write", error);
        for (guint k = 0; k < moved->len; k++)
            g_unlink(moved->pdata[k]);
        return FALSE;
    }
    return TRUE;
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

GStrv leuko_weights_unpack(const char *archive, const char *folder, LeukoReporter reporter,
                           GError **error)
{
    g_autofree gchar *base = g_path_get_basename(archive),
                     *hidden = g_strdup_printf("%s/%s.unpacked", folder, base);
    g_autoptr(LeukoStage) stage = leuko_stage_new(hidden, error); /* never committed */
    if (!stage)
        return NULL;
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    const char *from = leuko_stage_path(stage);
    struct archive *a = archive_read_new();
    archive_read_support_filter_gzip(a);
    archive_read_support_format_tar(a);
    gboolean good = archive_read_open_filename(a, archive, BLOCK) == ARCHIVE_OK
                        ? unpack_all(a, archive, from, names, error)
                        : broken(archive, error, "", archive_error_string(a));
    archive_read_free(a);
    if (!good || !check_places(from, folder, names, archive, reporter, error) ||
        !move_all(from, folder, names, error))
        return NULL;
    g_autoptr(GStrvBuilder) paths = g_strv_builder_new();
    for (guint i = 0; i < names->len; i++) {
        g_autofree gchar *place = g_build_filename(folder, names->pdata[i], NULL);
        g_strv_builder_add(paths, place);
    }
    return g_strv_builder_end(paths);
}

#else

GStrv leuko_weights_unpack(const char *archive, const char *folder, LeukoReporter reporter,
                           GError **error)
{
    (void)folder, (void)reporter;
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
