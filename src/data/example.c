#include "data/example.h"
#include "base/budget.h"
#include "base/error.h"
#include "proto/example.pb-c.h"
#include <stdlib.h>
#include <string.h>

enum { MAX_FEATURES = 10, FINGERPRINT_BYTES = 1 + LEUKO_FINGERPRINT_BYTES };
enum { CENTERED_BYTES = 1 + LEUKO_CENTERED_BYTES };

/* The storage of one feature while an example is packed. */
typedef struct {
    Leuko__Tf__FeatureEntry entry;
    Leuko__Tf__Feature feature;
    Leuko__Tf__BytesList bytes_list;
    Leuko__Tf__Int64List int64_list;
    ProtobufCBinaryData bytes;
    gint64 number;
} PackedFeature;

static void start_feature(PackedFeature *s, const char *key)
{
    leuko__tf__feature_entry__init(&s->entry);
    leuko__tf__feature__init(&s->feature);
    s->entry.key = (char *)key;
    s->entry.value = &s->feature;
}

static void fill_bytes(PackedFeature *s, const char *key, gconstpointer data, gsize n_bytes)
{
    start_feature(s, key);
    leuko__tf__bytes_list__init(&s->bytes_list);
    s->bytes = (ProtobufCBinaryData){.len = n_bytes, .data = (uint8_t *)data};
    s->bytes_list.n_value = 1;
    s->bytes_list.value = &s->bytes;
    s->feature.kind_case = LEUKO__TF__FEATURE__KIND_BYTES_LIST;
    s->feature.bytes_list = &s->bytes_list;
}

static void fill_text(PackedFeature *s, const char *key, const char *text)
{
    fill_bytes(s, key, text, strlen(text));
}

static void fill_number(PackedFeature *s, const char *key, gint64 number)
{
    start_feature(s, key);
    leuko__tf__int64_list__init(&s->int64_list);
    s->number = number;
    s->int64_list.n_value = 1;
    s->int64_list.value = &s->number;
    s->feature.kind_case = LEUKO__TF__FEATURE__KIND_INT64_LIST;
    s->feature.int64_list = &s->int64_list;
}

GBytes *leuko_example_pack(const LeukoExample *e)
{
    PackedFeature packed[MAX_FEATURES];
    Leuko__Tf__FeatureEntry *entries[MAX_FEATURES];
    guint8 fingerprint[FINGERPRINT_BYTES] = {LEUKO_FINGERPRINT_VERSION},
           centered[CENTERED_BYTES] = {LEUKO_CENTERED_VERSION};
    gsize n_encoded = 0, n_features = 0;
    gconstpointer encoded = g_bytes_get_data(e->encoded, &n_encoded);
    if (e->has_centered) {
        leuko_centered_to_bytes(&e->centered, centered + 1);
        fill_bytes(&packed[n_features++], "image/centered", centered, sizeof centered);
    }
    fill_number(&packed[n_features++], "image/class/label", e->label);
    fill_bytes(&packed[n_features++], "image/encoded", encoded, n_encoded);
    fill_text(&packed[n_features++], "image/filename", e->file);
    if (e->has_fingerprint) {
        memcpy(fingerprint + 1, e->fingerprint.bytes, LEUKO_FINGERPRINT_BYTES);
        fill_bytes(&packed[n_features++], "image/fingerprint", fingerprint, sizeof fingerprint);
    }
    fill_text(&packed[n_features++], "image/format", e->format);
    fill_text(&packed[n_features++], "image/group", e->group);
    fill_number(&packed[n_features++], "image/height", e->height);
    fill_text(&packed[n_features++], "image/source", e->source);
    fill_number(&packed[n_features++], "image/width", e->width);
    for (gsize i = 0; i < n_features; i++)
        entries[i] = &packed[i].entry;
    Leuko__Tf__Features features = LEUKO__TF__FEATURES__INIT;
    features.n_feature = n_features;
    features.feature = entries;
    Leuko__Tf__Example message = LEUKO__TF__EXAMPLE__INIT;
    message.features = &features;
    gsize n_bytes = leuko__tf__example__get_packed_size(&message);
    guint8 *bytes = g_malloc(n_bytes);
    leuko__tf__example__pack(&message, bytes);
    return g_bytes_new_take(bytes, n_bytes);
}

static const Leuko__Tf__Feature *find(const Leuko__Tf__Example *m, const char *key)
{
    for (gsize i = 0; m->features && i < m->features->n_feature; i++) {
        const Leuko__Tf__FeatureEntry *f = m->features->feature[i];
        if (f->key && f->value && strcmp(f->key, key) == 0)
            return f->value;
    }
    return NULL;
}

static ProtobufCBinaryData *get_bytes(const Leuko__Tf__Example *m, const char *key)
{
    const Leuko__Tf__Feature *f = find(m, key);
    if (!f || f->kind_case != LEUKO__TF__FEATURE__KIND_BYTES_LIST || f->bytes_list->n_value != 1)
        return NULL;
    return &f->bytes_list->value[0];
}

/* The text of a feature, valid UTF-8. */
static gchar *get_text(const Leuko__Tf__Example *m, const char *key)
{
    const ProtobufCBinaryData *b = get_bytes(m, key);
    g_autofree gchar *raw = b && b->data ? g_strndup((const char *)b->data, b->len) : g_strdup("");
    return leuko_valid_text(raw);
}

static gboolean get_number(const Leuko__Tf__Example *m, const char *key, gint64 *out)
{
    const Leuko__Tf__Feature *f = find(m, key);
    if (!f || f->kind_case != LEUKO__TF__FEATURE__KIND_INT64_LIST || f->int64_list->n_value != 1)
        return FALSE;
    *out = f->int64_list->value[0];
    return TRUE;
}

static gboolean take_fields(const Leuko__Tf__Example *m, LeukoExample *out, const char *name,
                            GError **error)
{
    ProtobufCBinaryData *encoded = get_bytes(m, "image/encoded");
    gint64 label = -1, height = 0, width = 0;
    if (!encoded || !get_number(m, "image/class/label", &label)) {
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_FORMAT,
                    "%s: the example has no %s, which shards of images must have", name,
                    encoded ? "image/class/label" : "image/encoded");
        return FALSE;
    }
    if (label < 0 || label > 65535) {
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_FORMAT,
                    "%s: label %" G_GINT64_FORMAT " is out of range", name, label);
        return FALSE;
    }
    get_number(m, "image/height", &height);
    get_number(m, "image/width", &width);
    out->label = (gint)label;
    out->height = (guint)CLAMP(height, 0, G_MAXINT);
    out->width = (guint)CLAMP(width, 0, G_MAXINT);
    out->encoded = g_bytes_new_take(encoded->data, encoded->len); /* no copy of the image */
    *encoded = (ProtobufCBinaryData){0};
    out->format = get_text(m, "image/format");
    out->file = get_text(m, "image/filename");
    out->group = get_text(m, "image/group");
    out->source = get_text(m, "image/source");
    const ProtobufCBinaryData *f = get_bytes(m, "image/fingerprint");
    out->has_fingerprint =
        f && f->len == FINGERPRINT_BYTES && f->data[0] == LEUKO_FINGERPRINT_VERSION;
    if (out->has_fingerprint)
        memcpy(out->fingerprint.bytes, f->data + 1, LEUKO_FINGERPRINT_BYTES);
    const ProtobufCBinaryData *p = get_bytes(m, "image/centered");
    out->has_centered = p && p->len == CENTERED_BYTES && p->data[0] == LEUKO_CENTERED_VERSION;
    if (out->has_centered)
        leuko_centered_from_bytes(p->data + 1, &out->centered);
    if (!*out->source) {
        g_free(out->source);
        out->source = g_strdup(out->file);
    }
    return TRUE;
}

/* Unpack the message and draw it, with the copies that a LeukoExample keeps. */
static Leuko__Tf__Example *unpack(GBytes *data, LeukoBudget *budget, const char *name)
{
    gsize n_bytes = 0;
    const guint8 *bytes = g_bytes_get_data(data, &n_bytes);
    leuko_budget_start(budget, name, n_bytes);
    return leuko_budget_heap(budget, n_bytes)
               ? leuko_budget_unpack(budget, &leuko__tf__example__descriptor, n_bytes, bytes)
               : NULL;
}

gboolean leuko_example_unpack(GBytes *data, LeukoExample *out, const char *name, GError **error)
{
    g_auto(LeukoBudget) budget;
    Leuko__Tf__Example *m = unpack(data, &budget, name);
    if (!m && leuko_budget_is_spent(&budget))
        return leuko_budget_fail(&budget, error);
    if (!m) {
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_FORMAT, "%s: not a tf.train.Example", name);
        return FALSE;
    }
    *out = (LeukoExample){0};
    gboolean ok = take_fields(m, out, name, error);
    leuko__tf__example__free_unpacked(m, NULL);
    return ok;
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

gchar *leuko_example_features(GBytes *data)
{
    g_auto(LeukoBudget) budget;
    Leuko__Tf__Example *m = unpack(data, &budget, "");
    gsize n = m && m->features ? m->features->n_feature : 0;
    g_autofree const char **names = g_new0(const char *, n + 1);
    for (gsize i = 0; i < n; i++)
        names[i] = m->features->feature[i]->key ? m->features->feature[i]->key : "";
    qsort(names, n, sizeof *names, by_text);
    g_autofree gchar *all = n > 0 ? g_strjoinv(", ", (char **)names) : NULL;
    if (m)
        leuko__tf__example__free_unpacked(m, NULL);
    return all ? leuko_one_line(all) : NULL;
}

void leuko_example_clear(LeukoExample *e)
{
    g_clear_pointer(&e->encoded, g_bytes_unref);
    g_clear_pointer(&e->format, g_free);
    g_clear_pointer(&e->file, g_free);
    g_clear_pointer(&e->group, g_free);
    g_clear_pointer(&e->source, g_free);
}
