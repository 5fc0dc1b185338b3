#include "base/stage.h"
#include "data/shard-files.h"
#include "leuko/error.h"
#include <glib/gstdio.h>
#include <sys/resource.h>

enum { N_FILES = 200, N_RECORDS = 3, N_THREADS = 8 };

static gchar *folder;

/* N_FILES files; record r of file f is the number f * N_RECORDS + r. */
static LeukoShardFiles *make_files(const char *name, LeukoTfrecordPosition *positions,
                                   GPtrArray *paths)
{
    LeukoShardFiles *files = leuko_shard_files_new();
    for (guint f = 0; f < N_FILES; f++) {
        gchar *path = g_strdup_printf("%s/%s-%u", folder, name, f);
        g_autoptr(LeukoDurable) d = leuko_durable_new(path, NULL);
        for (guint r = 0; r < N_RECORDS; r++) {
            guint number = f * N_RECORDS + r;
            g_assert_true(leuko_tfrecord_append(d, &number, sizeof number, NULL));
        }
        g_assert_true(leuko_durable_commit(d, NULL));
        g_autoptr(LeukoTfrecord) reader = leuko_tfrecord_open(path, NULL);
        GBytes *data = NULL;
        for (guint r = 0; r < N_RECORDS; r++) {
            g_assert_true(leuko_tfrecord_next(reader, &data, &positions[f * N_RECORDS + r], NULL));
            g_clear_pointer(&data, g_bytes_unref);
        }
        leuko_shard_files_add(files, path, reader);
        g_ptr_array_add(paths, path);
    }
    return files;
}

typedef struct {
    LeukoShardFiles *files;
    const LeukoTfrecordPosition *positions;
    guint seed;
} Task;

static gpointer read_some(gpointer data)
{
    const Task *task = data;
    g_autoptr(GRand) rand = g_rand_new_with_seed(task->seed);
    for (guint i = 0; i < 2000; i++) {
        guint number = (guint)g_rand_int_range(rand, 0, N_FILES * N_RECORDS);
        g_autoptr(GBytes) bytes =
            leuko_shard_files_read(task->files, number / N_RECORDS, &task->positions[number], NULL);
        g_assert_nonnull(bytes);
        g_assert_cmpuint(*(const guint *)g_bytes_get_data(bytes, NULL), ==, number);
    }
    return NULL;
}

/* Many threads read more files than may be open, each its own record. */
static void test_few_open(void)
{
    struct rlimit before, small;
    LeukoTfrecordPosition positions[N_FILES * N_RECORDS];
    GThread *threads[N_THREADS];
    Task tasks[N_THREADS];
    g_autoptr(GPtrArray) paths = g_ptr_array_new_with_free_func(g_free);
    LeukoShardFiles *files = make_files("many", positions, paths);
    getrlimit(RLIMIT_NOFILE, &before);
    small = (struct rlimit){LEUKO_SHARD_FILES_OPEN + 16, before.rlim_max};
    g_assert_cmpint(setrlimit(RLIMIT_NOFILE, &small), ==, 0);
    for (guint t = 0; t < N_THREADS; t++) {
        tasks[t] = (Task){files, positions, t};
        threads[t] = g_thread_new("read", read_some, &tasks[t]);
    }
    for (guint t = 0; t < N_THREADS; t++)
        g_thread_join(threads[t]);
    setrlimit(RLIMIT_NOFILE, &before);
    leuko_shard_files_free(files);
}

/* A file that was replaced, or is gone, is an error that names it. */
static void test_changed(void)
{
    LeukoTfrecordPosition positions[N_FILES * N_RECORDS];
    g_autoptr(GPtrArray) paths = g_ptr_array_new_with_free_func(g_free);
    LeukoShardFiles *files = make_files("changed", positions, paths);
    g_autoptr(GError) changed = NULL, gone = NULL;
    g_assert_cmpint(g_rename(paths->pdata[4], paths->pdata[3]), ==, 0);
    g_assert_null(leuko_shard_files_read(files, 3, &positions[3 * N_RECORDS], &changed));
    g_assert_error(changed, LEUKO_ERROR, LEUKO_ERROR_DATA);
    g_assert_true(g_str_has_prefix(changed->message, paths->pdata[3]));
    g_assert_null(leuko_shard_files_read(files, 4, &positions[4 * N_RECORDS], &gone));
    g_assert_error(gone, LEUKO_ERROR, LEUKO_ERROR_IO);
    leuko_shard_files_free(files);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    folder = g_dir_make_tmp("leuko-shard-files-XXXXXX", NULL);
    g_test_add_func("/shard-files/few-open", test_few_open);
    g_test_add_func("/shard-files/changed", test_changed);
    int failed = g_test_run();
    g_assert_true(leuko_remove_tree(folder, NULL));
    g_free(folder);
    return failed;
}
