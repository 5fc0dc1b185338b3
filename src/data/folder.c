/* A data set as a folder per class. */
#include "base/file-names.h"
#include "data/dataset-private.h"
#include "data/naming.h"
#include "leuko/error.h"
#include "leuko/image.h"
#include <errno.h>
#include <string.h>

/* Folders, or images, in byte order of names. */
static GPtrArray *list(const char *path, gboolean want_folders, GError **error)
{
    g_autoptr(GPtrArray) all = leuko_list_names(path, error);
    if (!all)
        return NULL;
    GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; i < all->len; i++) {
        const char *name = all->pdata[i];
        g_autofree gchar *child = g_build_filename(path, name, NULL);
        gboolean wanted = want_folders ? g_file_test(child, G_FILE_TEST_IS_DIR)
                                       : leuko_image_has_supported_name(name) &&
                                             g_file_test(child, G_FILE_TEST_IS_REGULAR);
        if (wanted)
            g_ptr_array_add(names, g_strdup(name));
    }
    return names;
}

static gboolean add_class(LeukoDataset *d, const char *name, gint label, GRegex *group_by,
                          GError **error)
{
    g_autofree gchar *folder = g_build_filename(d->path, name, NULL);
    g_autoptr(GPtrArray) files = list(folder, FALSE, error);
    if (!files)
        return FALSE;
    for (guint i = 0; i < files->len; i++) {
        g_autofree gchar *file = g_build_filename(name, files->pdata[i], NULL);
        if (!g_utf8_validate(file, -1, NULL)) {
            g_autofree gchar *shown = g_utf8_make_valid(file, -1);
            g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_DATA,
                        "%s/%s: the file's name is not UTF-8; rename it", d->path, shown);
            return FALSE;
        }
        g_autofree gchar *group = group_by ? leuko_naming_group(group_by, file) : NULL;
        leuko_dataset_add(d, file, group ? group : "", file, label);
    }
    return TRUE;
}

LeukoDataset *leuko_dataset_open_folder(const char *path, const char *group_by, GError **error)
{
    g_autoptr(GRegex) regex = group_by ? leuko_naming_group_regex(group_by, error) : NULL;
    if (group_by && !regex)
        return NULL;
    g_autoptr(GPtrArray) folders = list(path, TRUE, error);
    if (!folders)
        return NULL;
    g_autoptr(LeukoDataset) d = leuko_dataset_alloc(path);
    g_autoptr(GStrvBuilder) classes = g_strv_builder_new();
    for (guint k = 0; k < folders->len; k++) {
        guint before = d->records->len;
        if (!add_class(d, folders->pdata[k], (gint)d->n_classes, regex, error))
            return NULL;
        if (d->records->len > before) { /* a folder without images is no class */
            g_strv_builder_add(classes, folders->pdata[k]);
            d->n_classes++;
        }
    }
    d->classes = g_strv_builder_end(classes);
    if (d->records->len == 0) {
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_DATA,
                    folders->len == 0
                        ? "%s: has no folders; a data set is one folder of images per class"
                        : "%s: no images in its folders (.jpg .png .tif .bmp .gif .webp)",
                    path);
        return NULL;
    }
    return g_steal_pointer(&d);
}
