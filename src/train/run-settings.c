#include "train/run-settings.h"
#include "base/error.h"
#include <string.h>

void leuko_run_settings_add_recipe(json_t *settings, const LeukoRecipe *recipe)
{
    g_autoptr(GPtrArray) keys = leuko_recipe_keys(recipe);
    for (guint i = 0; i + 1 < keys->len; i += 2)
        json_object_set_new(settings, keys->pdata[i], json_string(keys->pdata[i + 1]));
}

static void set_match(json_t *settings, const char *key, const GMatchInfo *match, gint group)
{
    g_autofree gchar *text = g_match_info_fetch(match, group);
    json_object_set_new(settings, key, json_string(text));
}

json_t *leuko_run_settings_from_texts(const char *network, const char *dataset, const char *recipe,
                                      gint64 seed, const char *path, GError **error)
{
    g_autoptr(json_t) settings = json_object();
    g_autoptr(GMatchInfo) match = NULL;
    g_autoptr(GRegex) form =
        g_regex_new("^inception_v3 x (\\S+) to (\\S+), (\\d+) px, (\\d+) classes.*; "
                    "(fp32|bf16), (.*); from ([0-9a-f]+)$",
                    0, 0, NULL);
    LeukoRecipe parsed;
    if (!leuko_recipe_parse(recipe, path, &parsed, error))
        return NULL;
    if (!g_regex_match(form, network, 0, &match)) {
        leuko_fail_format(path, error, "the description of the network is damaged");
        return NULL;
    }
    leuko_run_settings_add_recipe(settings, &parsed);
    g_autofree gchar *number = g_strdup_printf("%" G_GUINT64_FORMAT, (guint64)seed);
    json_object_set_new(settings, "seed", json_string(number));
    set_match(settings, "depth multiplier", match, 1);
    set_match(settings, "endpoint", match, 2);
    set_match(settings, "size", match, 3);
    set_match(settings, "number of classes", match, 4);
    set_match(settings, "precision", match, 5);
    set_match(settings, "processor", match, 6);
    set_match(settings, "weights digest", match, 7);
    json_object_set_new(settings, "training data", json_string(dataset));
    return g_steal_pointer(&settings);
}

/* The values, if both have the setting and differ. */
static gboolean differs(json_t *before, json_t *now, const char *setting,
                        LeukoSettingDifference *out)
{
    *out = (LeukoSettingDifference){.setting = setting,
                                    .before = json_string_value(json_object_get(before, setting)),
                                    .now = json_string_value(json_object_get(now, setting))};
    return out->before && out->now && strcmp(out->before, out->now) != 0;
}

/* The setting differs because another one does. */
static gboolean follows(json_t *before, json_t *now, const char *setting)
{
    static const struct {
        const char *setting, *causes[6];
    } rules[] = {
        {"weights digest", {"weights", "seed", "depth multiplier", "endpoint", "size", NULL}},
        {"training data", {"classes", "training images", "number of classes", NULL}},
        {"validation images", {"classes", NULL}},
        {"validation data", {"classes", "validation images", "number of classes", NULL}},
        {"number of classes", {"classes", NULL}},
        {"positive class", {"classes", NULL}},
        {"processor", {"precision", NULL}}};
    LeukoSettingDifference unused;
    for (gsize i = 0; i < G_N_ELEMENTS(rules); i++)
        for (gsize k = 0; strcmp(rules[i].setting, setting) == 0 && rules[i].causes[k]; k++)
            if (differs(before, now, rules[i].causes[k], &unused))
                return TRUE;
    return FALSE;
}

GArray *leuko_run_settings_compare(json_t *before, json_t *now)
{
    GArray *found = g_array_new(FALSE, FALSE, sizeof(LeukoSettingDifference));
    const char *setting;
    json_t *value;
    json_object_foreach(now, setting, value)
    {
        LeukoSettingDifference d;
        if (differs(before, now, setting, &d) && !follows(before, now, setting))
            g_array_append_val(found, d);
    }
    return found;
}
