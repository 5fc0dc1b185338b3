/* Runs a fuzz target on every file of a folder and reports in TAP, so that a bug that fuzzing
 * found does not come back. Each file is also cut to every tenth of its length, because truncated
 * files are the most common kind of damage; LEUKO_REPLAY_CUTS is another number of lengths. */
#include "fuzz.h"
#include <glib.h>
#include <stdio.h>
#include <string.h>

static int by_name(gconstpointer a, gconstpointer b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Whole and truncated. Each copy has its exact size, so that sanitizers detect reads past the
 * end. */
static void feed(const char *path)
{
    g_autoptr(GError) error = NULL;
    g_autofree gchar *bytes = NULL;
    gsize n_bytes;
    if (!g_file_get_contents(path, &bytes, &n_bytes, &error))
        g_error("%s", error->message);
    const char *asked = g_getenv("LEUKO_REPLAY_CUTS");
    gsize n_cuts = asked ? MAX(g_ascii_strtoull(asked, NULL, 10), 1) : 10;
    for (gsize cut = 0; cut <= n_cuts; cut++) {
        gsize n = n_bytes * cut / n_cuts;
        g_autofree uint8_t *copy = g_malloc(n + (n == 0));
        memcpy(copy, bytes, n);
        LLVMFuzzerTestOneInput(copy, n);
    }
}

int main(int argc, char **argv)
{
    g_autoptr(GDir) dir = argc == 2 ? g_dir_open(argv[1], 0, NULL) : NULL;
    if (!dir) {
        printf("Bail out! usage: %s CORPUS_FOLDER\n", argv[0]);
        return 1;
    }
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    const char *name;
    while ((name = g_dir_read_name(dir)))
        g_ptr_array_add(names, g_strdup(name));
    g_ptr_array_sort(names, by_name);
    if (names->len == 0) {
        printf("Bail out! %s is empty\n", argv[1]);
        return 1;
    }
    printf("1..%u\n", names->len);
    for (guint i = 0; i < names->len; i++) {
        g_autofree gchar *path = g_build_filename(argv[1], names->pdata[i], NULL);
        feed(path);
        printf("ok %u %s\n", i + 1, (char *)names->pdata[i]);
        fflush(stdout);
    }
    return 0;
}
