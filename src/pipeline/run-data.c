#include "pipeline/run-data.h"
#include "data/walk.h"
#include <glib/gstdio.h>
#include <string.h>

static void add_file(GChecksum *sum, const char *name, const char *path)
{
    GStatBuf about;
    gint64 numbers[2] = {-1, -1}; /* of a file that does not exist */
    if (g_stat(path, &about) == 0) {
        numbers[0] = (gint64)about.st_size;
        numbers[1] = (gint64)about.st_mtime;
    }
    g_checksum_update(sum, (const guchar *)name, (gssize)strlen(name) + 1);
    g_checksum_update(sum, (const guchar *)numbers, sizeof numbers);
}

gchar *leuko_run_data_digest(const char *data, const LeukoRunOptions *options, GError **error)
{
    g_autoptr(LeukoWalk) walk = leuko_walk_folder(data, LEUKO_WALK_MAX_DEPTH, error);
    if (!walk)
        return NULL;
    g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);
    for (guint i = 0; i < walk->files->len; i++) {
        const char *name = walk->files->pdata[i];
        g_autofree gchar *path = g_build_filename(data, name, NULL);
        add_file(sum, name, path);
    }
    const char *const named[] = {options->folder.groups, options->folder.labels,
                                 options->start.weights};
    for (gsize i = 0; i < G_N_ELEMENTS(named); i++)
        if (named[i])
            add_file(sum, named[i], named[i]);
    return g_strdup(g_checksum_get_string(sum));
}
