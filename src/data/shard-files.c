#include "data/shard-files.h"
#include "base/error.h"
#include <string.h>

/* A file of the set. */
typedef struct {
    gchar *path;
    LeukoTfrecordStamp stamp;
} File;

/* A file that is open. */
typedef struct {
    guint file;
    LeukoTfrecord *reader; /* NULL: the slot is free */
    guint n_users;         /* threads that read it now */
    guint64 used;          /* when it was taken last */
} Slot;

struct LeukoShardFiles {
    GArray *files; /* of File */
    GMutex lock;   /* guards the fields below */
    Slot slots[LEUKO_SHARD_FILES_OPEN];
    guint64 clock;
};

static void file_clear(gpointer data) { g_free(((File *)data)->path); }

LeukoShardFiles *leuko_shard_files_new(void)
{
    LeukoShardFiles *f = g_new0(LeukoShardFiles, 1);
    f->files = g_array_new(FALSE, FALSE, sizeof(File));
    g_array_set_clear_func(f->files, file_clear);
    g_mutex_init(&f->lock);
    return f;
}

void leuko_shard_files_free(LeukoShardFiles *f)
{
    if (!f)
        return;
    for (guint i = 0; i < LEUKO_SHARD_FILES_OPEN; i++)
        leuko_tfrecord_close(f->slots[i].reader);
    g_array_unref(f->files);
    g_mutex_clear(&f->lock);
    g_free(f);
}

void leuko_shard_files_add(LeukoShardFiles *f, const char *path, const LeukoTfrecord *reader)
{
    const File file = {g_strdup(path), leuko_tfrecord_stamp(reader)};
    g_array_append_val(f->files, file);
}

guint leuko_shard_files_n(const LeukoShardFiles *f) { return f->files->len; }

static LeukoTfrecord *open_again(const File *file, GError **error)
{
    g_autoptr(LeukoTfrecord) reader = leuko_tfrecord_open(file->path, error);
    if (!reader)
        return NULL;
    const LeukoTfrecordStamp now = leuko_tfrecord_stamp(reader);
    if (memcmp(&now, &file->stamp, sizeof now) == 0)
        return g_steal_pointer(&reader);
    leuko_fail(LEUKO_ERROR_DATA, error, "%s: the file changed while it was in use", file->path);
    return NULL;
}

/* The slot of the file; else the one to use for it, free or longest unused, whose old file is
 * closed; NULL if others use all. */
static Slot *find_slot(LeukoShardFiles *f, guint file)
{
    Slot *oldest = NULL;
    for (guint i = 0; i < LEUKO_SHARD_FILES_OPEN; i++) {
        Slot *slot = &f->slots[i];
        if (slot->reader && slot->file == file)
            return slot;
        if (slot->n_users == 0 && (!oldest || slot->used < oldest->used))
            oldest = slot;
    }
    if (oldest)
        g_clear_pointer(&oldest->reader, leuko_tfrecord_close);
    return oldest;
}

/* Take the file's reader. *slot: where it is, NULL if the caller owns it. */
static LeukoTfrecord *take(LeukoShardFiles *f, guint file, Slot **slot, GError **error)
{
    const File *which = &g_array_index(f->files, File, file);
    g_mutex_lock(&f->lock);
    Slot *s = *slot = find_slot(f, file);
    if (s && !s->reader) {
        s->file = file;
        s->reader = open_again(which, error);
    }
    LeukoTfrecord *reader = s ? s->reader : NULL;
    if (reader) {
        s->n_users++;
        s->used = ++f->clock;
    }
    g_mutex_unlock(&f->lock);
    return s ? reader : open_again(which, error);
}

static void give_back(LeukoShardFiles *f, LeukoTfrecord *reader, Slot *slot)
{
    if (!slot) {
        leuko_tfrecord_close(reader);
        return;
    }
    g_mutex_lock(&f->lock);
    slot->n_users--;
    g_mutex_unlock(&f->lock);
}

GBytes *leuko_shard_files_read(LeukoShardFiles *f, guint file,
                               const LeukoTfrecordPosition *position, GError **error)
{
    Slot *slot;
    LeukoTfrecord *reader = take(f, file, &slot, error);
    if (!reader)
        return NULL;
    GBytes *data = leuko_tfrecord_read(reader, position, error);
    give_back(f, reader, slot);
    return data;
}
