#include "report/events.h"
#include "base/error.h"
#include "base/journal.h"
#include "data/tfrecord.h"
#include "proto/event.pb-c.h"
#include <string.h>

#define PREFIX "events.out.tfevents."

static const gint64 MAX_SECONDS = 9999999999; /* ten digits, so that names sort by number */

struct LeukoEvents {
    gchar *path;
    LeukoJournal *journal;
};

/* The largest SECONDS among the event files in `folder`; -1: there is none. */
static gint64 newest_seconds(const char *folder)
{
    gint64 newest = -1;
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
    for (const char *name; dir && (name = g_dir_read_name(dir));) {
        const char *digits = name + strlen(PREFIX);
        if (!g_str_has_prefix(name, PREFIX) || strspn(digits, "0123456789") != 10)
            continue;
        newest = MAX(newest, g_ascii_strtoll(digits, NULL, 10));
    }
    return newest;
}

static gchar *new_path(const char *folder)
{
    gint64 now = g_get_real_time() / G_USEC_PER_SEC;
    gint64 seconds = CLAMP(MAX(now, newest_seconds(folder) + 1), 0, MAX_SECONDS);
    g_autofree gchar *host = g_strdup(g_get_host_name());
    g_strcanon(host, G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS ".-", '_');
    g_autofree gchar *name = g_strdup_printf(PREFIX "%010" G_GINT64_FORMAT ".%s", seconds, host);
    return g_build_filename(folder, name, NULL);
}

static gboolean append(LeukoEvents *events, Leuko__Tb__Event *event, GError **error)
{
    event->has_wall_time = TRUE;
    event->wall_time = (double)g_get_real_time() / G_USEC_PER_SEC;
    g_autoptr(GByteArray) data = g_byte_array_new();
    g_byte_array_set_size(data, (guint)leuko__tb__event__get_packed_size(event));
    leuko__tb__event__pack(event, data->data);
    g_autoptr(GBytes) record = leuko_tfrecord_frame(data->data, data->len);
    gsize n_bytes = 0;
    gconstpointer bytes = g_bytes_get_data(record, &n_bytes);
    return leuko_journal_append(events->journal, bytes, n_bytes, error);
}

static gboolean begin(LeukoEvents *events, guint64 first_step, GError **error)
{
    Leuko__Tb__Event version = LEUKO__TB__EVENT__INIT;
    version.what_case = LEUKO__TB__EVENT__WHAT_FILE_VERSION;
    version.file_version = (char *)"brain.Event:2";
    Leuko__Tb__SessionLog log = LEUKO__TB__SESSION_LOG__INIT;
    log.has_status = TRUE;
    log.status = LEUKO__TB__SESSION_LOG__STATUS__START;
    Leuko__Tb__Event start = LEUKO__TB__EVENT__INIT;
    start.has_step = TRUE;
    start.step = (gint64)first_step;
    start.what_case = LEUKO__TB__EVENT__WHAT_SESSION_LOG;
    start.session_log = &log;
    return append(events, &version, error) && append(events, &start, error);
}

LeukoEvents *leuko_events_open(const char *folder, guint64 first_step, GError **error)
{
    g_assert(folder && first_step <= G_MAXINT64);
    g_autoptr(LeukoEvents) events = g_new0(LeukoEvents, 1);
    events->path = new_path(folder);
    events->journal = leuko_journal_open(events->path, LEUKO_JOURNAL_NEW, error);
    if (!events->journal || !begin(events, first_step, error))
        return NULL;
    return g_steal_pointer(&events);
}

const char *leuko_events_path(const LeukoEvents *events) { return events->path; }

static gboolean append_value(LeukoEvents *events, const char *tag, guint64 step,
                             Leuko__Tb__Value *value, GError **error)
{
    if (!*tag || !g_utf8_validate(tag, -1, NULL)) {
        g_autofree gchar *shown = leuko_one_line(tag);
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_ARGUMENT,
                    "%s: tag \"%s\" must be UTF-8 text and not empty", events->path, shown);
        return FALSE;
    }
    value->tag = (char *)tag;
    Leuko__Tb__Summary summary = LEUKO__TB__SUMMARY__INIT;
    summary.n_value = 1;
    summary.value = &value;
    Leuko__Tb__Event event = LEUKO__TB__EVENT__INIT;
    event.has_step = TRUE;
    event.step = (gint64)step;
    event.what_case = LEUKO__TB__EVENT__WHAT_SUMMARY;
    event.summary = &summary;
    return append(events, &event, error);
}

gboolean leuko_events_scalar(LeukoEvents *events, const char *tag, guint64 step, double value,
                             GError **error)
{
    Leuko__Tb__Value scalar = LEUKO__TB__VALUE__INIT;
    scalar.value_case = LEUKO__TB__VALUE__VALUE_SIMPLE_VALUE;
    scalar.simple_value = (float)value;
    return append_value(events, tag, step, &scalar, error);
}

gboolean leuko_events_image(LeukoEvents *events, const char *tag, guint64 step,
                            const LeukoImage *image, GError **error)
{
    g_autoptr(GBytes) png = leuko_image_encode(image, "png", 0, error);
    if (!png)
        return FALSE;
    gsize n_bytes = 0;
    gconstpointer bytes = g_bytes_get_data(png, &n_bytes);
    Leuko__Tb__Image message = LEUKO__TB__IMAGE__INIT;
    message.has_height = message.has_width = message.has_colorspace = TRUE;
    message.height = (gint32)image->height;
    message.width = (gint32)image->width;
    message.colorspace = LEUKO_CHANNELS;
    message.has_encoded_image_string = TRUE;
    message.encoded_image_string = (ProtobufCBinaryData){.len = n_bytes, .data = (uint8_t *)bytes};
    Leuko__Tb__Value value = LEUKO__TB__VALUE__INIT;
    value.value_case = LEUKO__TB__VALUE__VALUE_IMAGE;
    value.image = &message;
    return append_value(events, tag, step, &value, error);
}

gboolean leuko_events_flush(LeukoEvents *events, GError **error)
{
    return leuko_journal_sync(events->journal, error);
}

void leuko_events_free(LeukoEvents *events)
{
    if (!events)
        return;
    leuko_journal_free(events->journal);
    g_free(events->path);
    g_free(events);
}
