#include "formats/training-list.h"
#include "base/error.h"
#include "base/json.h"
#include <stdlib.h>
#include <string.h>

static const char *const part_names[LEUKO_N_PARTS] = {"", "head", "network", "backbone"};

enum { HEX_DIGITS = 2 * LEUKO_OLD_DIGEST_BYTES };

gsize leuko_training_image_bytes(guint version)
{
    return version == 1 ? LEUKO_OLD_DIGEST_BYTES : LEUKO_FINGERPRINT_BYTES;
}

gsize leuko_training_group_bytes(guint version)
{
    return version == 1 ? LEUKO_OLD_DIGEST_BYTES : LEUKO_SLOW_HASH_BYTES;
}

gchar *leuko_training_tensor(guint index)
{
    return g_strdup_printf("leuko/training_images/%u", index);
}

void leuko_training_list_free(LeukoTrainingList *l)
{
    if (!l)
        return;
    g_clear_pointer(&l->images, g_bytes_unref);
    g_clear_pointer(&l->groups, g_bytes_unref);
    json_decref(l->later);
    g_free(l);
}

LeukoTrainingList *leuko_training_list_copy(const LeukoTrainingList *l, LeukoTrainedPart part)
{
    LeukoTrainingList *copy = g_memdup2(l, sizeof *l);
    copy->part = part;
    copy->images = l->images ? g_bytes_ref(l->images) : NULL;
    copy->groups = l->groups ? g_bytes_ref(l->groups) : NULL;
    copy->later = json_incref(l->later);
    return copy;
}

static gboolean same_bytes(GBytes *a, GBytes *b)
{
    return a == b || (a && b && g_bytes_equal(a, b));
}

gboolean leuko_training_list_equal(const LeukoTrainingList *a, const LeukoTrainingList *b)
{
    return a->version == b->version && memcmp(a->salt, b->salt, sizeof a->salt) == 0 &&
           same_bytes(a->images, b->images) && same_bytes(a->groups, b->groups) &&
           (a->later == b->later || json_equal(a->later, b->later));
}

/* --- sorted items ----------------------------------------------------------------------------- */

static gint by_bytes(gconstpointer a, gconstpointer b, gpointer width)
{
    return memcmp(a, b, *(const gsize *)width);
}

/* Sort and remove repeats; takes `items` over. */
static GBytes *sorted(guint8 *items, guint n, gsize width, guint *n_left)
{
    guint left = 0;
    g_qsort_with_data(items, (gint)n, width, by_bytes, &width);
    for (guint i = 0; i < n; i++)
        if (left == 0 || memcmp(items + (left - 1) * width, items + i * width, width) != 0)
            memmove(items + left++ * width, items + i * width, width);
    *n_left = left;
    return g_bytes_new_take(items, left * width);
}

gboolean leuko_training_has(GBytes *items, gsize width, const guint8 *start, gsize n_start)
{
    gsize n_bytes, low = 0;
    const guint8 *all = g_bytes_get_data(items, &n_bytes);
    for (gsize high = n_bytes / width; low < high;) {
        gsize middle = low + (high - low) / 2;
        int order = memcmp(all + middle * width, start, n_start);
        if (order == 0)
            return TRUE;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return FALSE;
}

void leuko_training_old_digest(gconstpointer data, gsize n_bytes,
                               guint8 digest[LEUKO_OLD_DIGEST_BYTES])
{
    g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);
    guint8 whole[32];
    gsize n = sizeof whole;
    g_checksum_update(sum, data, (gssize)n_bytes);
    g_checksum_get_digest(sum, whole, &n);
    memcpy(digest, whole, LEUKO_OLD_DIGEST_BYTES);
}

/* --- a new list ------------------------------------------------------------------------------- */

static gboolean add_groups(LeukoTrainingList *l, const char *const *groups, guint n,
                           guint n_threads, GError **error)
{
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    for (guint i = 0; i < n; i++)
        if (*groups[i] && g_hash_table_add(seen, (gpointer)groups[i]))
            g_ptr_array_add(names, (gpointer)groups[i]);
    g_autofree guint8 *hashes = g_malloc((gsize)names->len * LEUKO_SLOW_HASH_BYTES + 1);
    if (!leuko_slow_hash((const char *const *)names->pdata, names->len, l->salt, n_threads, hashes,
                         error))
        return FALSE;
    l->groups = sorted(g_steal_pointer(&hashes), names->len, LEUKO_SLOW_HASH_BYTES, &l->n_groups);
    return TRUE;
}

LeukoTrainingList *leuko_training_list_new(LeukoTrainedPart part,
                                           const guint8 salt[LEUKO_SALT_BYTES],
                                           const LeukoFingerprint *fingerprints,
                                           const char *const *groups, guint n, guint n_threads,
                                           GError **error)
{
    g_autoptr(LeukoTrainingList) l = g_new0(LeukoTrainingList, 1);
    l->version = LEUKO_TRAINING_VERSION;
    l->part = part;
    memcpy(l->salt, salt, sizeof l->salt);
    LeukoFingerprint *images = g_new(LeukoFingerprint, MAX(n, 1));
    for (guint i = 0; i < n; i++) {
        images[i] = fingerprints[i];
        leuko_digest_with_salt(images[i].bytes, salt, images[i].bytes);
    }
    l->images = sorted((guint8 *)images, n, sizeof *images, &l->n_images);
    return add_groups(l, groups, n, n_threads, error) ? g_steal_pointer(&l) : NULL;
}

/* --- writing ---------------------------------------------------------------------------------- */

static json_t *base64(GBytes *items)
{
    gsize n;
    const guint8 *data = g_bytes_get_data(items, &n);
    g_autofree gchar *text = g_base64_encode(data, n);
    return json_string(text);
}

static json_t *list_to_json(const LeukoTrainingList *l, gboolean apart)
{
    char salt[2 * LEUKO_SALT_BYTES + 1];
    if (l->later)
        return json_incref(l->later);
    for (guint i = 0; i < LEUKO_SALT_BYTES; i++)
        g_snprintf(salt + 2 * (gsize)i, 3, "%02x", l->salt[i]);
    gboolean inside = l->images && (!apart || l->n_images == 0);
    return json_pack("{s:i, s:s, s:s, s:i, s:o, s:i, s:o}", "version", (int)l->version, "part",
                     part_names[l->part], "salt", salt, "n_images", (int)l->n_images, "images",
                     inside ? base64(l->images) : json_null(), "n_groups", (int)l->n_groups,
                     "groups", base64(l->groups));
}

json_t *leuko_training_lists_to_json(const GPtrArray *lists, gboolean apart)
{
    json_t *array = json_array();
    for (guint i = 0; i < lists->len; i++)
        json_array_append_new(array, list_to_json(lists->pdata[i], apart));
    return array;
}

/* --- reading ---------------------------------------------------------------------------------- */

typedef struct {
    json_t *object;
    const char *name; /* "FILE: training list 1" */
    GError **error;
} Reader;

static gboolean read_salt(const Reader *r, guint8 *salt)
{
    const char *text;
    if (!leuko_json_get_string(r->object, "salt", &text, r->name, r->error))
        return FALSE;
    if (strlen(text) != 2 * LEUKO_SALT_BYTES || strspn(text, "0123456789abcdef") != strlen(text))
        return leuko_fail_format(r->name, r->error, "\"salt\" must be 32 hex digits");
    for (guint i = 0; i < LEUKO_SALT_BYTES; i++)
        salt[i] = (guint8)(g_ascii_xdigit_value(text[2 * i]) * 16 +
                           g_ascii_xdigit_value(text[2 * i + 1]));
    return TRUE;
}

/* g_base64_decode() skips what is no base64, so the text is checked first. */
static gboolean read_items(const Reader *r, const char *key, guint n, gsize width, GBytes **items)
{
    const char *text;
    if (!leuko_json_get_string(r->object, key, &text, r->name, r->error))
        return FALSE;
    gsize n_text = strlen(text), n_bytes = 0,
          n_plain =
              strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/");
    if (n_text % 4 != 0 || n_text - n_plain > 2 || strspn(text + n_plain, "=") != n_text - n_plain)
        return leuko_fail_format(r->name, r->error, "\"%s\" must be base64", key);
    g_autofree guint8 *data = g_base64_decode(text, &n_bytes);
    if (n_bytes != n * width)
        return leuko_fail_format(r->name, r->error,
                                 "\"%s\" has the length %zu, but \"n_%s\" is %u, "
                                 "of length %zu each",
                                 key, n_bytes, key, n, width);
    *items = g_bytes_new_take(g_steal_pointer(&data), n_bytes);
    return TRUE;
}

static LeukoTrainingList *list_from_json(const Reader *r)
{
    g_autoptr(LeukoTrainingList) l = g_new0(LeukoTrainingList, 1);
    gint64 version, n_images, n_groups;
    const char *part;
    if (!json_is_object(r->object)) {
        leuko_fail_format(r->name, r->error, "must be an object");
        return NULL;
    }
    if (!leuko_json_get_int(r->object, "version", 1, G_MAXINT, &version, r->name, r->error))
        return NULL;
    l->version = (guint)version;
    if (version > LEUKO_TRAINING_VERSION) {
        l->later = json_incref(r->object);
        return g_steal_pointer(&l);
    }
    if (!leuko_json_get_string(r->object, "part", &part, r->name, r->error) ||
        !leuko_json_get_int(r->object, "n_images", 0, G_MAXINT, &n_images, r->name, r->error) ||
        !leuko_json_get_int(r->object, "n_groups", 0, G_MAXINT, &n_groups, r->name, r->error) ||
        !read_salt(r, l->salt))
        return NULL;
    l->n_images = (guint)n_images;
    l->n_groups = (guint)n_groups;
    while (l->part < LEUKO_N_PARTS && strcmp(part_names[l->part], part) != 0)
        l->part++;
    if (l->part == LEUKO_N_PARTS) {
        leuko_fail_format(r->name, r->error,
                          "\"part\" must be \"\", \"head\", \"network\" or \"backbone\"");
        return NULL;
    }
    gboolean ok =
        read_items(r, "groups", l->n_groups, leuko_training_group_bytes(l->version), &l->groups) &&
        (json_is_null(json_object_get(r->object, "images")) ||
         read_items(r, "images", l->n_images, leuko_training_image_bytes(l->version), &l->images));
    return ok ? g_steal_pointer(&l) : NULL;
}

/* The digests of an array of version 1; other elements are ignored, as that version did. */
static GBytes *old_items(json_t *array, guint *n_items)
{
    guint8 *items = g_malloc(json_array_size(array) * LEUKO_OLD_DIGEST_BYTES + 1);
    guint n = 0;
    gsize i;
    json_t *value;
    json_array_foreach(array, i, value)
    {
        const char *hex = json_string_value(value);
        if (!hex || strlen(hex) != HEX_DIGITS || strspn(hex, "0123456789abcdef") != HEX_DIGITS)
            continue;
        guint64 digest = GUINT64_TO_BE(g_ascii_strtoull(hex, NULL, 16));
        memcpy(items + (gsize)n++ * LEUKO_OLD_DIGEST_BYTES, &digest, LEUKO_OLD_DIGEST_BYTES);
    }
    return sorted(items, n, LEUKO_OLD_DIGEST_BYTES, n_items);
}

static void take_old(json_t *provenance, GPtrArray *lists)
{
    json_t *images = json_object_get(provenance, "training_pictures"),
           *groups = json_object_get(provenance, "training_groups");
    if (json_array_size(images) + json_array_size(groups) > 0) {
        LeukoTrainingList *l = g_new0(LeukoTrainingList, 1);
        l->version = 1;
        l->images = old_items(images, &l->n_images);
        l->groups = old_items(groups, &l->n_groups);
        g_ptr_array_add(lists, l);
    }
    json_object_del(provenance, "training_pictures");
    json_object_del(provenance, "training_groups");
}

GPtrArray *leuko_training_lists_take(json_t *provenance, const char *name, GError **error)
{
    g_autoptr(GPtrArray) lists =
        g_ptr_array_new_with_free_func((GDestroyNotify)leuko_training_list_free);
    json_t *array = json_object_get(provenance, "training"), *object;
    gsize i;
    if (array && !json_is_array(array)) {
        leuko_fail_format(name, error, "\"training\" must be a list");
        return NULL;
    }
    json_array_foreach(array, i, object)
    {
        g_autofree gchar *label = g_strdup_printf("%s: training list %zu", name, i);
        const Reader r = {object, label, error};
        LeukoTrainingList *l = list_from_json(&r);
        if (!l)
            return NULL;
        g_ptr_array_add(lists, l);
    }
    json_object_del(provenance, "training");
    take_old(provenance, lists);
    return g_steal_pointer(&lists);
}

gboolean leuko_training_list_attach(LeukoTrainingList *l, GBytes *images, const char *name,
                                    GError **error)
{
    if (!images || l->images || l->later)
        return TRUE;
    gsize width = leuko_training_image_bytes(l->version);
    if (g_bytes_get_size(images) != l->n_images * width)
        return leuko_fail_format(name, error,
                                 "the training images take %zu bytes (expected %u x %zu)",
                                 g_bytes_get_size(images), l->n_images, width);
    l->images = g_bytes_ref(images);
    return TRUE;
}
