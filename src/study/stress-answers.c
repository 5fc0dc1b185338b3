#include "study/stress-answers.h"
#include "base/error.h"
#include "base/io-error.h"
#include "base/json.h"
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

#define PREFIX "condition-"

static gchar *path_of(const char *folder, const LeukoPerturbInfo *info, double strength)
{
    gchar number[G_ASCII_DTOSTR_BUF_SIZE];
    return info ? g_strdup_printf("%s/" PREFIX "%s-%s.json", folder, info->name,
                                  g_ascii_formatd(number, sizeof number, "%g", strength))
                : g_strdup_printf("%s/" PREFIX "clean.json", folder);
}

static json_t *exact_list(const double *values, gsize n)
{
    json_t *list = json_array();
    for (gsize i = 0; i < n; i++)
        json_array_append_new(list, leuko_json_exact(values[i]));
    return list;
}

gboolean leuko_stress_answers_save(const char *folder, const LeukoPerturbInfo *info,
                                   double strength, const char *identity, const LeukoEvalResult *r,
                                   GError **error)
{
    g_autofree gchar *path = path_of(folder, info, strength);
    gsize n = r->evaluation->n;
    g_autoptr(json_t) json =
        json_pack("{s:i, s:s, s:o, s:o}", "format", 1, "identity", identity, "probabilities",
                  exact_list(r->probabilities, n * r->evaluation->n_classes), "scores",
                  exact_list(r->scores, n));
    return leuko_json_save(json, path, error);
}

static gboolean read_list(json_t *list, gsize n, double low, double high, double *out)
{
    gboolean ok = json_array_size(list) == n;
    for (gsize i = 0; ok && i < n; i++)
        ok = leuko_json_exact_value(json_array_get(list, i), low, high, &out[i]);
    return ok;
}

gboolean leuko_stress_answers_load(const char *folder, const LeukoPerturbInfo *info,
                                   double strength, const char *identity, guint n, guint n_classes,
                                   double *probabilities, double *scores, gboolean *found,
                                   GError **error)
{
    g_autofree gchar *path = path_of(folder, info, strength);
    const char *whose;
    *found = FALSE;
    if (leuko_is_absent(path))
        return TRUE;
    g_autoptr(json_t) json = leuko_json_load(path, error);
    if (!json || !leuko_json_check_format(json, 1, path, error) ||
        !leuko_json_get_string(json, "identity", &whose, path, error))
        return FALSE;
    if (strcmp(whose, identity) != 0)
        return leuko_fail(LEUKO_ERROR_DATA, error,
                          "%s: belongs to a stress test with another model, other images or other "
                          "settings",
                          path);
    if (!read_list(json_object_get(json, "probabilities"), (gsize)n * n_classes, 0, 1,
                   probabilities) ||
        !read_list(json_object_get(json, "scores"), n, -G_MAXDOUBLE, G_MAXDOUBLE, scores))
        return leuko_fail_format(path, error, "its answers are not those of these images");
    *found = TRUE;
    return TRUE;
}

gboolean leuko_stress_answers_discard(const char *folder, GError **error)
{
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
    const char *name;
    while (dir && (name = g_dir_read_name(dir))) {
        g_autofree gchar *path = g_build_filename(folder, name, NULL);
        if (g_str_has_prefix(name, PREFIX) && g_str_has_suffix(name, ".json") &&
            g_unlink(path) != 0)
            return leuko_fail_io(path, "remove", error);
    }
    return TRUE;
}
