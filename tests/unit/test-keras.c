/* Covers src/formats/keras/answer.c and keras.c: what the process that reads HDF5 answers becomes
 * tensors or one line, whatever it says and however it ends. The files themselves:
 * tests/cli/test-keras.py. */
#include "config.h"
#include "formats/keras/keras.h"
#include "formats/keras/wire.h"
#include "leuko/error.h"
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

typedef struct {
    GByteArray *bytes;
    gsize at;
} Script;

static gboolean next_bytes(gpointer user, gpointer to, gsize n, GError **error)
{
    Script *s = user;
    (void)error;
    if (n > s->bytes->len - s->at)
        return FALSE;
    memcpy(to, s->bytes->data + s->at, n);
    s->at += n;
    return TRUE;
}

static void say(GByteArray *to, LeukoKerasRecord r, const char *text)
{
    r.n_text = (guint32)strlen(text);
    g_byte_array_append(to, (const guint8 *)&r, sizeof r);
    g_byte_array_append(to, (const guint8 *)text, r.n_text);
}

static void say_tensor(GByteArray *to, const char *name, guint64 n, const float *values)
{
    say(to,
        (LeukoKerasRecord){
            .kind = LEUKO_KERAS_TENSOR, .what = LEUKO_KERAS_F16, .n_dims = 1, .dims = {n}},
        name);
    if (values)
        g_byte_array_append(to, (const guint8 *)values, (guint)(n * sizeof *values));
}

static GByteArray *begin(void)
{
    GByteArray *to = g_byte_array_new();
    say(to, (LeukoKerasRecord){.kind = LEUKO_KERAS_BEGIN, .what = LEUKO_KERAS_WIRE}, "");
    return to;
}

static LeukoParams *hear(GByteArray *bytes, guint64 file_bytes, GHashTable *types,
                         LeukoKerasFound *found, GError **error)
{
    Script s = {bytes, 0};
    gboolean cut_short;
    return leuko_keras_answer_read(next_bytes, &s, file_bytes, "FILE", types, found, &cut_short,
                                   error);
}

/* A sound answer is its tensors, their types, and what is known of the file. */
static void test_sound(void)
{
    g_autoptr(GByteArray) bytes = begin();
    g_autoptr(GHashTable) types = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_autoptr(GError) error = NULL;
    LeukoKerasFound found;
    say_tensor(bytes, "a/kernel", 3, (const float[]){1, 2, 3});
    say_tensor(bytes, "none", 0, NULL);
    say(bytes,
        (LeukoKerasRecord){.kind = LEUKO_KERAS_END, .what = LEUKO_KERAS_LEGACY, .dims = {7, 5}},
        "2.2.5 on tensorflow");
    g_autoptr(LeukoParams) params = hear(bytes, 100, types, &found, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(leuko_params_n_tensors(params), ==, 2);
    const LeukoTensor *t = leuko_params_find(params, "a/kernel");
    g_assert_true(t->n_dims == 1 && t->dims[0] == 3 && t->data[2] == 3);
    g_assert_cmpstr(g_hash_table_lookup(types, "a/kernel"), ==, "F16");
    g_assert_true(found.legacy && found.n_layers == 7 && found.n_ignored == 5);
    g_assert_cmpstr(found.writer, ==, "2.2.5 on tensorflow");
}

/* A tensor that claims more than a file of this size can hold is refused before its memory is asked
 * for, and so is one whose size overflows; the sum counts too. */
static void test_too_much(void)
{
    const guint64 limit = leuko_keras_max_values(100);
    const guint64 claims[][2] = {{limit + 1, 0}, {G_MAXUINT64, 0}, {2, limit - 1}};
    for (gsize i = 0; i < G_N_ELEMENTS(claims); i++) {
        g_autoptr(GByteArray) bytes = begin();
        g_autoptr(GError) error = NULL;
        LeukoKerasFound found;
        say_tensor(bytes, "w", claims[i][0], claims[i][1] ? (const float[]){1, 2} : NULL);
        if (claims[i][1])
            say_tensor(bytes, "v", claims[i][1], NULL);
        g_assert_null(hear(bytes, 100, NULL, &found, &error));
        g_assert_error(error, LEUKO_ERROR, LEUKO_ERROR_FORMAT);
        g_assert_nonnull(strstr(error->message, "more values than fit into the file"));
    }
}

/* A refusal is the reader's message behind the file's name, on one line, with its code. */
static void test_refusal(void)
{
    const LeukoErrorCode codes[] = {LEUKO_ERROR_FORMAT, LEUKO_ERROR_UNSUPPORTED,
                                    LEUKO_ERROR_MEMORY};
    for (guint what = LEUKO_KERAS_DAMAGED; what <= LEUKO_KERAS_NO_MEMORY; what++) {
        g_autoptr(GByteArray) bytes = begin();
        g_autoptr(GError) error = NULL;
        LeukoKerasFound found;
        say(bytes, (LeukoKerasRecord){.kind = LEUKO_KERAS_REFUSAL, .what = what}, "bad\nnews");
        g_assert_null(hear(bytes, 100, NULL, &found, &error));
        g_assert_error(error, LEUKO_ERROR, (gint)codes[what - 1]);
        g_assert_cmpstr(error->message, ==, "FILE: bad\\x0anews");
    }
}

#ifdef HAVE_HDF5
static gchar *put_script(const char *folder, const char *text)
{
    gchar *path = g_build_filename(folder, "reader", NULL);
    g_assert_true(g_file_set_contents(path, text, -1, NULL));
    g_assert_cmpint(g_chmod(path, 0700), ==, 0);
    return path;
}

/* However the process ends, or whatever it says: one line with the file's name and what
 * happened. */
static void test_endings(void)
{
    const struct {
        const char *script, *said;
        LeukoErrorCode code;
    } endings[] = {{"kill -SEGV $$", "libhdf5 crashed (Segmentation fault) in its separate process",
                    LEUKO_ERROR_FORMAT},
                   {"kill -XCPU $$", "used more than 60 s of processor time", LEUKO_ERROR_FORMAT},
                   {"kill -KILL $$", "was killed; the machine", LEUKO_ERROR_MEMORY},
                   {"exit 0", "sent an invalid answer: truncated", LEUKO_ERROR_FORMAT},
                   {"exit 3", "truncated", LEUKO_ERROR_FORMAT},
                   {"exec yes", "sent an invalid answer", LEUKO_ERROR_FORMAT},
                   {"cat", "sent an invalid answer", LEUKO_ERROR_FORMAT},
                   {NULL, "cannot start the HDF5 reader", LEUKO_ERROR_IO}};
    g_autofree gchar *folder = g_dir_make_tmp("leuko-keras-XXXXXX", NULL);
    g_autofree gchar *file = g_build_filename(folder, "w.h5", NULL);
    g_autofree gchar *bytes = g_strnfill(4096, 'x');
    g_assert_true(g_file_set_contents(file, bytes, -1, NULL));
    for (gsize i = 0; i < G_N_ELEMENTS(endings); i++) {
        g_autoptr(GError) error = NULL;
        g_autofree gchar *text = g_strdup_printf("#!/bin/sh\n%s\n", endings[i].script);
        g_autofree gchar *script = put_script(folder, text);
        if (!endings[i].script)
            g_unlink(script);
        g_setenv("LEUKO_READ_HDF5", script, TRUE);
        g_assert_null(leuko_keras_tensors(file, &error));
        g_assert_error(error, LEUKO_ERROR, (gint)endings[i].code);
        g_test_message("%s", error->message);
        g_assert_true(g_str_has_prefix(error->message, file) && !strchr(error->message, '\n'));
        g_assert_nonnull(strstr(error->message, endings[i].said));
        g_unlink(script);
    }
    g_unsetenv("LEUKO_READ_HDF5");
    g_unlink(file);
    g_rmdir(folder);
}

/* The process has the file, the pipe and nothing else of ours: no descriptor, no environment. */
static void test_what_it_gets(void)
{
    g_autoptr(GError) error = NULL;
    g_autofree gchar *folder = g_dir_make_tmp("leuko-keras-XXXXXX", NULL);
    g_autofree gchar *file = g_build_filename(folder, "w.h5", NULL),
                     *seen = g_build_filename(folder, "seen", NULL);
    g_autofree gchar *text =
        g_strdup_printf("#!/bin/sh\nls /proc/$$/fd >%s; env >>%s\n", seen, seen);
    g_autofree gchar *script = put_script(folder, text), *told = NULL;
    int kept = fcntl(STDIN_FILENO, F_DUPFD, 20); /* not close-on-exec, above the shell's own */
    g_autofree gchar *number = g_strdup_printf("%d", kept);
    g_assert_cmpint(kept, >=, 20);
    g_assert_true(g_file_set_contents(file, "x", -1, NULL));
    g_setenv("LEUKO_READ_HDF5", script, TRUE);
    g_setenv("SECRET", "told", TRUE);
    g_assert_null(leuko_keras_tensors(file, &error));
    g_assert_true(g_file_get_contents(seen, &told, NULL, NULL));
    g_test_message("%s", told);
    g_assert_null(strstr(told, "SECRET"));
    g_auto(GStrv) lines = g_strsplit(told, "\n", -1);
    g_assert_true(g_strv_contains((const gchar *const *)lines, "1"));
    g_assert_false(g_strv_contains((const gchar *const *)lines, number));
    g_close(kept, NULL);
    g_unsetenv("LEUKO_READ_HDF5");
    g_unlink(seen);
    g_unlink(script);
    g_unlink(file);
    g_rmdir(folder);
}
#endif

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/keras/sound", test_sound);
    g_test_add_func("/keras/too-much", test_too_much);
    g_test_add_func("/keras/refusal", test_refusal);
#ifdef HAVE_HDF5
    g_test_add_func("/keras/endings", test_endings);
    g_test_add_func("/keras/what-it-gets", test_what_it_gets);
#endif
    return g_test_run();
}
