#include "config.h"
#include "leuko/error.h"
#include "train/recipe.h"
#include <math.h>
#include <string.h>

static gchar *text_of(const char *name)
{
    g_autofree gchar *path = g_strdup_printf("%s/recipes/%s.recipe", LEUKO_SOURCE_ROOT, name);
    gchar *text = NULL;
    g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
    return text;
}

static gchar *replace(const char *text, const char *what, const char *with)
{
    g_auto(GStrv) parts = g_strsplit(text, what, 2);
    g_assert_nonnull(parts[1]);
    return g_strjoinv(with, parts);
}

/* The recipe `original` has the settings of the original system's settings file. */
static void test_original(void)
{
    LeukoRecipe r;
    g_autoptr(GError) error = NULL;
    leuko_recipe_load("original", &r, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(r.epochs, ==, 65);
    g_assert_cmpuint(r.batch, ==, 10);
    g_assert_cmpint(r.optimizer, ==, LEUKO_ADAM);
    g_assert_true(r.batch_norm_trained);
    g_assert_cmpint(r.jitter, ==, LEUKO_JITTER_SLIM);
    g_assert_cmpfloat(r.weight_decay, ==, 4e-5);
    LeukoSchedule s = leuko_recipe_schedule(&r, 80); /* 80 steps an epoch */
    g_assert_cmpfloat_with_epsilon(leuko_schedule_rate(&s, 799), 1e-4, 1e-15);
    g_assert_cmpfloat_with_epsilon(leuko_schedule_rate(&s, 800), 0.8e-4, 1e-15);
}

/* Every shipped recipe can be read, and its text reads back as the same recipe. */
static void test_round_trip(void)
{
    static const char *const names[] = {"original", "finetune", "scratch"};
    for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
        LeukoRecipe r, again;
        g_autoptr(GError) error = NULL;
        leuko_recipe_load(names[i], &r, &error);
        g_assert_no_error(error);
        g_autofree gchar *text = leuko_recipe_to_text(&r);
        leuko_recipe_parse(text, names[i], &again, &error);
        g_assert_no_error(error);
        g_autofree gchar *second = leuko_recipe_to_text(&again);
        g_assert_cmpstr(text, ==, second);
        g_assert_cmpfloat(r.rate, ==, again.rate);
    }
}

/* With the decay of the recipe `scratch`, less than 0.1 % of the initial batch statistics remains
 * after a short training (fault 5 of the original: 38 % remained). */
static void test_scratch_forgets(void)
{
    LeukoRecipe r;
    g_assert_true(leuko_recipe_load("scratch", &r, NULL));
    g_assert_cmpfloat(pow(r.batch_norm_decay, r.epochs * 5.0), <, 1e-3); /* 5 steps an epoch */
}

/* Missing, unknown, misplaced and wrong values are refused; section and key are named. */
static void test_refuses(void)
{
    static const struct {
        const char *what, *with, *says;
    } cases[] = {{"epochs = 65\n", "", "[training] epochs is missing"},
                 {"epochs = 65", "epochs = 6.5", "[training] epochs = 6.5"},
                 {"epochs = 65", "epoch = 65", "[training] epoch: unknown key"},
                 {"kind = adam", "kind = adagrad", "must be one of sgd|adam|adamw"},
                 {"factor = 0.8", "factor = 0.8\nlast_share = 0", "applies to a cosine schedule"},
                 {"rate = 0.0001", "rate = nan", "[optimizer] rate = nan"},
                 {"rate = 0.0001", "rate = 1e-4x", "[optimizer] rate = 1e-4x"},
                 {"[training]", "training", "recipe bad"}};
    g_autofree gchar *good = text_of("original");
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        LeukoRecipe r;
        g_autoptr(GError) error = NULL;
        g_autofree gchar *text = replace(good, cases[i].what, cases[i].with);
        g_assert_false(leuko_recipe_parse(text, "bad", &r, &error));
        g_assert_error(error, LEUKO_ERROR, LEUKO_ERROR_FORMAT);
        g_assert_nonnull(strstr(error->message, cases[i].says));
    }
    LeukoRecipe r;
    g_autoptr(GError) error = NULL;
    g_assert_false(leuko_recipe_load("nothing-like-it", &r, &error));
    g_assert_error(error, LEUKO_ERROR, LEUKO_ERROR_IO);
}

/* A recipe with the older section name [optimiser] has the same settings and the same text. */
static void test_older_section_name(void)
{
    LeukoRecipe r, old;
    g_autoptr(GError) error = NULL;
    g_autofree gchar *text = text_of("finetune");
    g_autofree gchar *old_text = replace(text, "[optimizer]", "[optimiser]");
    g_assert_true(leuko_recipe_parse(text, "x", &r, &error));
    g_assert_true(leuko_recipe_parse(old_text, "x", &old, &error));
    g_autofree gchar *a = leuko_recipe_to_text(&r), *b = leuko_recipe_to_text(&old);
    g_assert_cmpstr(a, ==, b);
    g_assert_nonnull(strstr(a, "[optimizer]"));
}

/* Every key and its value; a key that does not apply to the schedule is absent. */
static void test_keys(void)
{
    LeukoRecipe r;
    g_autoptr(GError) error = NULL;
    g_assert_true(leuko_recipe_load("finetune", &r, &error));
    g_autoptr(GPtrArray) keys = leuko_recipe_keys(&r);
    g_autoptr(GHashTable) all = g_hash_table_new(g_str_hash, g_str_equal);
    for (guint i = 0; i < keys->len; i += 2)
        g_assert_true(g_hash_table_insert(all, keys->pdata[i], keys->pdata[i + 1]));
    g_assert_cmpstr(g_hash_table_lookup(all, "optimizer"), ==, "adamw");
    g_assert_cmpstr(g_hash_table_lookup(all, "schedule"), ==, "cosine");
    g_assert_cmpstr(g_hash_table_lookup(all, "rate"), ==, "0.0003");
    g_assert_null(g_hash_table_lookup(all, "factor"));
}

/* Both names of a section in one recipe are refused, and an unknown key is found under either. */
static void test_both_section_names(void)
{
    LeukoRecipe r;
    g_autoptr(GError) both = NULL, unknown = NULL;
    g_autofree gchar *text = text_of("finetune");
    g_autofree gchar *two = replace(text, "clip_norm = 5\n", "[optimiser]\nclip_norm = 5\n");
    g_autofree gchar *old = replace(text, "[optimizer]\n", "[optimiser]\nspeed = 1\n");
    g_assert_false(leuko_recipe_parse(two, "bad", &r, &both));
    g_assert_error(both, LEUKO_ERROR, LEUKO_ERROR_FORMAT);
    g_assert_nonnull(strstr(both->message, "[optimiser]"));
    g_assert_false(leuko_recipe_parse(old, "bad", &r, &unknown));
    g_assert_error(unknown, LEUKO_ERROR, LEUKO_ERROR_FORMAT);
    g_assert_nonnull(strstr(unknown->message, "speed: unknown key"));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/recipe/keys", test_keys);
    g_test_add_func("/recipe/original", test_original);
    g_test_add_func("/recipe/round-trip", test_round_trip);
    g_test_add_func("/recipe/scratch-forgets", test_scratch_forgets);
    g_test_add_func("/recipe/refuses", test_refuses);
    g_test_add_func("/recipe/older-section-name", test_older_section_name);
    g_test_add_func("/recipe/both-section-names", test_both_section_names);
    return g_test_run();
}
