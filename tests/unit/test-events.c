#include "base/stage.h"
#include "data/tfrecord.h"
#include "leuko/error.h"
#include "proto/event.pb-c.h"
#include "report/events.h"
#include <math.h>
#include <string.h>

static gchar *folder;

/* The events of a file, read by leuko_tfrecord, which checks both CRCs. */
static GPtrArray *read_events(const char *path)
{
    g_autoptr(GError) error = NULL;
    GPtrArray *events = g_ptr_array_new();
    g_autoptr(LeukoTfrecord) reader = leuko_tfrecord_open(path, &error);
    g_assert_no_error(error);
    for (GBytes *data = NULL; leuko_tfrecord_next(reader, &data, NULL, &error);
         g_bytes_unref(data)) {
        gsize n = 0;
        const guint8 *bytes = g_bytes_get_data(data, &n);
        Leuko__Tb__Event *event = leuko__tb__event__unpack(NULL, n, bytes);
        g_assert_nonnull(event);
        g_ptr_array_add(events, event);
    }
    g_assert_no_error(error);
    return events;
}

static void free_events(GPtrArray *events)
{
    for (guint i = 0; i < events->len; i++)
        leuko__tb__event__free_unpacked(events->pdata[i], NULL);
    g_ptr_array_free(events, TRUE);
}

static void assert_begins(GPtrArray *events, gint64 first_step)
{
    const Leuko__Tb__Event *version = events->pdata[0], *start = events->pdata[1];
    g_assert_cmpint(version->what_case, ==, LEUKO__TB__EVENT__WHAT_FILE_VERSION);
    g_assert_cmpstr(version->file_version, ==, "brain.Event:2");
    g_assert_cmpint(start->what_case, ==, LEUKO__TB__EVENT__WHAT_SESSION_LOG);
    g_assert_cmpint(start->session_log->status, ==, LEUKO__TB__SESSION_LOG__STATUS__START);
    g_assert_cmpint(start->step, ==, first_step);
}

/* The version and the start come first; then every value has its tag, step and time, and is
 * readable as soon as it is written. */
static void test_values(void)
{
    g_autoptr(GError) error = NULL;
    double before = (double)g_get_real_time() / G_USEC_PER_SEC;
    g_autoptr(LeukoEvents) events = leuko_events_open(folder, 0, &error);
    g_assert_no_error(error);
    const double values[] = {0.5, -1e30, (double)NAN, (double)INFINITY};
    for (guint i = 0; i < 4; i++)
        g_assert_true(leuko_events_scalar(events, "validation/größe", 1u << i, values[i], &error));
    GPtrArray *read = read_events(leuko_events_path(events));
    g_assert_cmpuint(read->len, ==, 6);
    assert_begins(read, 0);
    for (guint i = 0; i < 4; i++) {
        const Leuko__Tb__Event *e = read->pdata[2 + i];
        const Leuko__Tb__Value *v = e->summary->value[0];
        g_assert_cmpint(e->step, ==, 1 << i);
        g_assert_true(e->wall_time >= before && e->wall_time < before + 60);
        g_assert_cmpstr(v->tag, ==, "validation/größe");
        g_assert_cmpint(v->value_case, ==, LEUKO__TB__VALUE__VALUE_SIMPLE_VALUE);
        float expected = (float)values[i];
        g_assert_true(memcmp(&v->simple_value, &expected, sizeof expected) == 0);
    }
    free_events(read);
    g_assert_true(leuko_events_flush(events, &error));
}

/* An image is read back with its size and the same pixels. */
static void test_image(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(LeukoEvents) events = leuko_events_open(folder, 0, &error);
    g_autoptr(LeukoImage) image = leuko_image_new(13, 7, &error);
    for (gsize i = 0; i < 13 * 7 * 3; i++)
        image->pixels[i] = (guint8)(i * 37);
    g_assert_true(leuko_events_image(events, "inputs", 5, image, &error));
    GPtrArray *read = read_events(leuko_events_path(events));
    const Leuko__Tb__Event *event = read->pdata[2];
    const Leuko__Tb__Image *p = event->summary->value[0]->image;
    g_assert_cmpint(event->step, ==, 5);
    g_assert_cmpint(p->width, ==, 13);
    g_assert_cmpint(p->height, ==, 7);
    g_assert_cmpint(p->colorspace, ==, 3);
    g_assert_cmpstr(leuko_image_sniff(p->encoded_image_string.data, p->encoded_image_string.len),
                    ==, "png");
    g_autoptr(LeukoImage) back = leuko_image_decode(p->encoded_image_string.data,
                                                    p->encoded_image_string.len, "grid", &error);
    g_assert_no_error(error);
    g_assert_true(memcmp(back->pixels, image->pixels, 13 * 7 * 3) == 0);
    free_events(read);
}

/* Files of one folder that begin in the same second, or after the clock was set back, sort in the
 * order in which they began; each names the step from which earlier files are discarded. */
static void test_resume(void)
{
    g_autoptr(GError) error = NULL;
    g_autofree gchar *future =
        g_build_filename(folder, "events.out.tfevents.9000000000.elsewhere", NULL);
    g_assert_true(g_file_set_contents(future, "", 0, NULL));
    g_autofree gchar *last = g_strdup(future);
    for (guint i = 0; i < 3; i++) {
        g_autoptr(LeukoEvents) events = leuko_events_open(folder, 100 * i, &error);
        g_assert_no_error(error);
        g_assert_cmpstr(leuko_events_path(events), >, last);
        g_free(last);
        last = g_strdup(leuko_events_path(events));
        GPtrArray *read = read_events(last);
        g_assert_cmpuint(read->len, ==, 2);
        assert_begins(read, 100 * i);
        free_events(read);
    }
}

/* A missing folder and a tag that is not UTF-8 are errors; the file remains valid. */
static void test_refuses(void)
{
    g_autoptr(GError) error = NULL;
    g_assert_null(leuko_events_open("/nowhere/at/all", 0, &error));
    g_assert_error(error, LEUKO_ERROR, LEUKO_ERROR_IO);
    g_clear_error(&error);
    g_autoptr(LeukoEvents) events = leuko_events_open(folder, 0, &error);
    g_assert_false(leuko_events_scalar(events, "\xff\n", 1, 1.0, &error));
    g_assert_error(error, LEUKO_ERROR, LEUKO_ERROR_ARGUMENT);
    g_assert_null(strchr(error->message, '\n'));
    g_clear_error(&error);
    g_assert_false(leuko_events_scalar(events, "", 1, 1.0, &error));
    g_assert_error(error, LEUKO_ERROR, LEUKO_ERROR_ARGUMENT);
    GPtrArray *read = read_events(leuko_events_path(events));
    g_assert_cmpuint(read->len, ==, 2);
    free_events(read);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    folder = g_dir_make_tmp("leuko-events-XXXXXX", NULL);
    g_test_add_func("/events/values", test_values);
    g_test_add_func("/events/image", test_image);
    g_test_add_func("/events/resume", test_resume);
    g_test_add_func("/events/refuses", test_refuses);
    int status = g_test_run();
    leuko_remove_tree(folder, NULL);
    g_free(folder);
    return status;
}
