#include "eval/overlap.h"
#include "base/plural.h"
#include "image/phash-index.h"
#include <string.h>

/* Bits of the flags of one image or group: 1 << LeukoTrainedPart, and these. */
enum { SAME_PIXELS = 1 << LEUKO_N_PARTS, BY_SOURCE = SAME_PIXELS << 1 };

/* Bits. Below LEUKO_PHASH_EQUALIZED_NEAR, at which other cells on black backgrounds match. */
enum { EQUALIZED_NEAR = 13 };

/* A list that can be compared with images. */
typedef struct {
    const LeukoTrainingList *list;      /* of the overlap's copies */
    LeukoPhashIndex *plain, *equalized; /* version 2, else NULL */
} Known;

struct LeukoOverlap {
    GPtrArray *lists;    /* of LeukoTrainingList, copies */
    GArray *known;       /* of Known: lists with images */
    guint8 *image_flags; /* (n_records); each is written by one thread */
    guint n_records;
    GArray *group_flags; /* of guint8, for each different group of the data */
    guint n_unreadable;  /* lists of a later version or without their tensor */
    gboolean stripped, has_new;
};

static void known_clear(gpointer data)
{
    leuko_phash_index_free(((Known *)data)->plain);
    leuko_phash_index_free(((Known *)data)->equalized);
}

/* The hashes of one image. The equalized one is computed when it is needed first. */
typedef struct {
    const LeukoImage *image;
    LeukoPhash plain, equalized;
    gboolean has_equalized;
} Query;

/* --- groups ----------------------------------------------------------------------------------- */

/* The different names of the groups, borrowed. */
static GPtrArray *find_groups(const LeukoDataset *dataset)
{
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
    GPtrArray *names = g_ptr_array_new();
    for (guint i = 0; i < leuko_dataset_n_records(dataset); i++) {
        const char *group = leuko_dataset_record(dataset, i)->group;
        if (*group && g_hash_table_add(seen, (gpointer)group))
            g_ptr_array_add(names, (gpointer)group);
    }
    return names;
}

/* Hash the names as the list does: hashes (n, width). */
static gboolean hash_groups(const LeukoTrainingList *l, const GPtrArray *names, gsize width,
                            guint n_threads, guint8 *hashes, GError **error)
{
    if (l->version != 1)
        return leuko_slow_hash((const char *const *)names->pdata, names->len, l->salt, n_threads,
                               hashes, error);
    for (guint i = 0; i < names->len; i++)
        leuko_training_old_digest(names->pdata[i], strlen(names->pdata[i]), hashes + i * width);
    return TRUE;
}

static gboolean compare_groups(LeukoOverlap *o, const GPtrArray *names, guint n_threads,
                               GError **error)
{
    g_array_set_size(o->group_flags, names->len);
    for (guint k = 0; k < o->lists->len; k++) {
        const LeukoTrainingList *l = o->lists->pdata[k];
        if (l->later || l->n_groups == 0)
            continue;
        gsize width = leuko_training_group_bytes(l->version);
        g_autofree guint8 *hashes = g_malloc(names->len * width + 1);
        if (!hash_groups(l, names, width, n_threads, hashes, error))
            return FALSE;
        for (guint i = 0; i < names->len; i++)
            if (leuko_training_has(l->groups, width, hashes + i * width, width))
                g_array_index(o->group_flags, guint8, i) |= (guint8)(1 << l->part);
    }
    return TRUE;
}

/* --- images ----------------------------------------------------------------------------------- */

static void index_images(const LeukoTrainingList *l, Known *known)
{
    const guint8 *data = g_bytes_get_data(l->images, NULL);
    g_autofree LeukoPhash *plain = g_new(LeukoPhash, l->n_images),
                          *equalized = g_new(LeukoPhash, l->n_images);
    for (guint i = 0; i < l->n_images; i++) {
        plain[i] = leuko_fingerprint_plain(data + (gsize)i * LEUKO_FINGERPRINT_BYTES);
        equalized[i] = leuko_fingerprint_equalized(data + (gsize)i * LEUKO_FINGERPRINT_BYTES);
    }
    known->plain = leuko_phash_index_new(plain, l->n_images, LEUKO_PHASH_NEAR);
    known->equalized = leuko_phash_index_new(equalized, l->n_images, EQUALIZED_NEAR);
}

static void add_list(LeukoOverlap *o, const LeukoTrainingList *list)
{
    LeukoTrainingList *l = leuko_training_list_copy(list, list->part);
    g_ptr_array_add(o->lists, l);
    if (l->later || (!l->images && l->n_images > 0)) {
        o->n_unreadable++;
    } else if (l->n_images > 0) {
        Known known = {.list = l};
        if (l->version != 1)
            index_images(l, &known);
        g_array_append_val(o->known, known);
        o->has_new = o->has_new || known.plain;
    }
}

LeukoOverlap *leuko_overlap_new_of_lists(const GPtrArray *lists, gboolean stripped,
                                         const LeukoDataset *dataset, guint n_threads,
                                         GError **error)
{
    g_autoptr(LeukoOverlap) o = g_new0(LeukoOverlap, 1);
    g_autoptr(GPtrArray) groups = find_groups(dataset);
    o->lists = g_ptr_array_new_with_free_func((GDestroyNotify)leuko_training_list_free);
    o->known = g_array_new(FALSE, FALSE, sizeof(Known));
    g_array_set_clear_func(o->known, known_clear);
    o->group_flags = g_array_new(FALSE, TRUE, 1);
    o->n_records = leuko_dataset_n_records(dataset);
    o->image_flags = g_new0(guint8, MAX(o->n_records, 1));
    o->stripped = stripped;
    for (guint i = 0; i < lists->len; i++)
        add_list(o, lists->pdata[i]);
    return compare_groups(o, groups, n_threads, error) ? g_steal_pointer(&o) : NULL;
}

LeukoOverlap *leuko_overlap_new(const LeukoModel *m, const LeukoDataset *dataset, guint n_threads,
                                GError **error)
{
    return leuko_overlap_new_of_lists(m->training, leuko_model_is_stripped(m), dataset, n_threads,
                                      error);
}

void leuko_overlap_free(LeukoOverlap *o)
{
    if (!o)
        return;
    g_array_unref(o->known);
    g_ptr_array_unref(o->lists);
    g_array_unref(o->group_flags);
    g_free(o->image_flags);
    g_free(o);
}

static gboolean is_near(const Known *known, Query *q, gboolean *near, GError **error)
{
    LeukoPhashMatch nearest;
    *near = leuko_phash_index_find_nearest(known->plain, &q->plain, &nearest);
    if (*near)
        return TRUE;
    if (!q->has_equalized && !leuko_phash_equalized(q->image, &q->plain, &q->equalized, error))
        return FALSE;
    q->has_equalized = TRUE;
    *near = leuko_phash_index_find_nearest(known->equalized, &q->equalized, &nearest);
    return TRUE;
}

/* Add to *flags what the fingerprints of a list say of an image: nothing, its part, or also
 * SAME_PIXELS. The digest of the pixels is needed only where a hash matches or says nothing. */
static gboolean compare_fingerprints(const Known *known, Query *q, guint8 *flags, GError **error)
{
    guint8 digest[LEUKO_DIGEST_BYTES], part = (guint8)(1 << known->list->part);
    gboolean near;
    if (!is_near(known, q, &near, error))
        return FALSE;
    if (!near && !leuko_phash_is_blank(&q->plain))
        return TRUE;
    leuko_image_digest_pixels(q->image, digest);
    leuko_digest_with_salt(digest, known->list->salt, digest);
    if (leuko_training_has(known->list->images, LEUKO_FINGERPRINT_BYTES, digest, sizeof digest))
        *flags |= part | SAME_PIXELS;
    else if (near)
        *flags |= part;
    return TRUE;
}

static guint8 compare_bytes(const Known *known, GBytes *encoded)
{
    gsize n_bytes;
    gconstpointer data = g_bytes_get_data(encoded, &n_bytes);
    guint8 digest[LEUKO_OLD_DIGEST_BYTES];
    leuko_training_old_digest(data, n_bytes, digest);
    return leuko_training_has(known->list->images, sizeof digest, digest, sizeof digest)
               ? (guint8)(1 << known->list->part) | SAME_PIXELS
               : 0;
}

gboolean leuko_overlap_add_image(LeukoOverlap *o, guint index, GBytes *encoded,
                                 const LeukoImage *image, GError **error)
{
    Query q = {.image = image};
    g_assert(index < o->n_records);
    if (o->has_new && !leuko_phash(image, &q.plain, error))
        return FALSE;
    for (guint i = 0; i < o->known->len; i++) {
        const Known *known = &g_array_index(o->known, Known, i);
        if (!known->plain)
            o->image_flags[index] |= compare_bytes(known, encoded);
        else if (!compare_fingerprints(known, &q, &o->image_flags[index], error))
            return FALSE;
    }
    return TRUE;
}

void leuko_overlap_add_sources(LeukoOverlap *o, const LeukoDataset *dataset)
{
    g_autoptr(GHashTable) found = g_hash_table_new(g_str_hash, g_str_equal); /* source -> parts */
    for (guint i = 0; i < o->n_records; i++) {
        gpointer source = (gpointer)leuko_dataset_record(dataset, i)->source;
        guint parts = o->image_flags[i] & (SAME_PIXELS - 1u);
        if (parts)
            g_hash_table_insert(
                found, source,
                GUINT_TO_POINTER(parts | GPOINTER_TO_UINT(g_hash_table_lookup(found, source))));
    }
    for (guint i = 0; i < o->n_records; i++) {
        const char *source = leuko_dataset_record(dataset, i)->source;
        guint parts = GPOINTER_TO_UINT(g_hash_table_lookup(found, source));
        if (parts & ~(guint)o->image_flags[i])
            o->image_flags[i] |= (guint8)(parts | (o->image_flags[i] ? 0 : BY_SOURCE));
    }
}

/* --- results ---------------------------------------------------------------------------------- */

static guint count(const guint8 *flags, guint n, guint8 bits)
{
    guint n_set = 0;
    for (guint i = 0; i < n; i++)
        n_set += flags[i] & bits ? 1 : 0;
    return n_set;
}

static const guint8 *group_flags(const LeukoOverlap *o)
{
    return (const guint8 *)o->group_flags->data;
}

guint leuko_overlap_n_groups(const LeukoOverlap *o)
{
    return count(group_flags(o), o->group_flags->len, 0xff);
}

guint leuko_overlap_n_images(const LeukoOverlap *o)
{
    return count(o->image_flags, o->n_records, 0xff);
}

gboolean leuko_overlap_has_image(const LeukoOverlap *o, guint index)
{
    g_assert(index < o->n_records);
    return o->image_flags[index] != 0;
}

/* "its head on 8, its backbone on 3"; empty if no list tells the part. */
static GString *describe_parts(const guint8 *flags, guint n)
{
    static const char *const names[LEUKO_N_PARTS] = {NULL, "its head", "its network",
                                                     "its backbone"};
    GString *text = g_string_new(NULL);
    for (guint p = LEUKO_PART_HEAD; p < LEUKO_N_PARTS; p++) {
        guint n_seen = count(flags, n, (guint8)(1 << p));
        if (n_seen > 0)
            g_string_append_printf(text, "%s%s on %u", text->len ? ", " : "", names[p], n_seen);
    }
    return text;
}

gchar *leuko_overlap_describe_images(const LeukoOverlap *o)
{
    g_autoptr(GString) text = describe_parts(o->image_flags, o->n_records);
    if (text->len == 0)
        return NULL;
    guint n_same = count(o->image_flags, o->n_records, SAME_PIXELS),
          n_augmented = count(o->image_flags, o->n_records, BY_SOURCE),
          n_changed = leuko_overlap_n_images(o) - n_same - n_augmented;
    if (n_changed > 0)
        g_string_append_printf(text, "; %u as changed %s", n_changed,
                               leuko_plural(n_changed, "copy", "copies"));
    if (n_augmented > 0)
        g_string_append_printf(text, "; %u as augmented %s, by %s source", n_augmented,
                               leuko_plural(n_augmented, "copy", "copies"),
                               leuko_plural(n_augmented, "its", "their"));
    return g_string_free(g_steal_pointer(&text), FALSE);
}

gchar *leuko_overlap_describe_groups(const LeukoOverlap *o)
{
    GString *text = describe_parts(group_flags(o), o->group_flags->len);
    return g_string_free(text, text->len == 0);
}

const char *leuko_overlap_reach(const LeukoOverlap *o)
{
    if (o->known->len == 0)
        return NULL;
    return o->has_new
               ? "copies are recognized if they were encoded again, resized (half to double), "
                 "flipped, turned by quarters, made gray or equalized; blurred, sheared, cropped "
                 "or "
                 "otherwise turned copies only if another copy of the same source is recognized"
               : "the model's list of training images is of Leuko 0.1: only files with the same "
                 "bytes are recognized, and no copies";
}

gchar *leuko_overlap_gap(const LeukoOverlap *o)
{
    if (o->stripped)
        return g_strdup("the provenance of the model was removed: images and groups that it was "
                        "trained on are not recognized");
    if (o->lists->len == 0)
        return g_strdup("the model has no list of its training images: images and groups that it "
                        "was trained on are not recognized");
    if (o->n_unreadable > 0)
        return g_strdup_printf("%u of the model's %u %s of training images %s of a later version "
                               "of Leuko or incomplete: those images are not recognized",
                               o->n_unreadable, o->lists->len, LEUKO_PLURAL(o->lists->len, "list"),
                               leuko_plural(o->n_unreadable, "is", "are"));
    return NULL;
}
