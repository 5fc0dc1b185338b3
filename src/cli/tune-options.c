#include "cli/tune-options.h"
#include "cli/option-rules.h"
#include "cli/suggest.h"
#include "cli/views-option.h"
#include "net/net.h"
#include <string.h>

void cli_tune_clear(CliTuneOptions *o)
{
    g_free(o->tune);
    g_free(o->recipe);
    g_free(o->head);
}

gboolean cli_tunes(const CliTuneOptions *o)
{
    return o->recipe || (o->tune && strcmp(o->tune, "head") != 0);
}

/* --tune: head, all or an endpoint. */
static gboolean check_part(const char *part, GError **error)
{
    g_autoptr(GStrvBuilder) builder = g_strv_builder_new();
    g_strv_builder_add_many(builder, "head", "all", NULL);
    g_strv_builder_addv(builder, (const char **)leuko_net_endpoints());
    g_auto(GStrv) parts = g_strv_builder_end(builder);
    return cli_one_of("tune", part, (const char *const *)parts, error);
}

/* A recipe that is no file may be a mistyped name. */
static gboolean check_recipe(const char *recipe, GError **error)
{
    static const char *const names[] = {"finetune", "scratch", "original", NULL};
    const char *nearest = recipe ? cli_nearest_word(recipe, names) : NULL;
    if (!nearest || strcmp(nearest, recipe) == 0 || g_file_test(recipe, G_FILE_TEST_EXISTS))
        return TRUE;
    return cli_wrong_usage(error, "--recipe %s: no such recipe or file; did you mean %s?", recipe,
                           nearest);
}

gboolean cli_tune_check(const CliTuneOptions *o, GError **error)
{
    if (o->recipe && g_strcmp0(o->tune, "head") == 0)
        return cli_wrong_usage(error, "--tune head: the head is trained without a recipe");
    static const char *const head_kinds[] = {"auto", "logistic", "discriminant", NULL};
    if (!check_part(o->tune, error) || !check_recipe(o->recipe, error) ||
        !cli_one_of("head", o->head, head_kinds, error) || !cli_views("views", o->views, error) ||
        !cli_views("train-views", o->train_views, error))
        return FALSE;
    if ((o->epochs < 1 && cli_is_given("epochs")) || o->epochs > 100000)
        return cli_wrong_usage(error, "--epochs %d: must be 1 to 100000", o->epochs);
    if (!(o->rate >= 0 && o->rate <= 100) || (o->rate == 0 && cli_is_given("lr")))
        return cli_wrong_usage(error, "--lr %g: must be greater than 0 and at most 100", o->rate);
    return TRUE;
}

void cli_tune_take(const CliTuneOptions *o, LeukoTuneOptions *tune)
{
    tune->tune = o->tune;
    tune->recipe = o->recipe;
    tune->epochs = (guint)o->epochs;
    tune->rate = o->rate;
}

LeukoHeadKind cli_head_kind(const CliTuneOptions *o)
{
    return g_strcmp0(o->head, "logistic") == 0       ? LEUKO_HEAD_LOGISTIC
           : g_strcmp0(o->head, "discriminant") == 0 ? LEUKO_HEAD_DISCRIMINANT
                                                     : LEUKO_HEAD_CHOSEN;
}

void cli_views_take(const CliTuneOptions *o, LeukoFeatureOptions *features)
{
    if (o->views > 0)
        features->n_views = (guint)o->views;
    if (o->train_views > 0)
        features->n_train_views = (guint)o->train_views;
}
