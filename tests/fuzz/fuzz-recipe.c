/* Any text is read as a recipe, which is the same after writing and reading it again; or an error
 * of our domain whose message is one line is reported. */
#include "fuzz.h"
#include "train/recipe.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    LeukoRecipe recipe, again;
    g_autoptr(GError) error = NULL;
    g_autofree gchar *text = g_strndup((const char *)data, MIN(size, 65536));
    if (!leuko_recipe_parse(text, "fuzz", &recipe, &error)) {
        fuzz_check_error(error);
        return 0;
    }
    g_autofree gchar *written = leuko_recipe_to_text(&recipe);
    g_assert_true(leuko_recipe_parse(written, "again", &again, &error));
    g_autofree gchar *twice = leuko_recipe_to_text(&again);
    g_assert_cmpstr(written, ==, twice);
    return 0;
}
