#include "image/hevc-sps.h"

enum { NAL_HEAD = 2, MAX_ZEROS = 20, MAX_BLOCK = 5 };

typedef struct {
    const guint8 *bytes; /* without the bytes that prevent a start code */
    gsize n_bits, at;
    gboolean failed;
} Bits;

static guint32 take_bits(Bits *b, guint n)
{
    guint32 value = 0;
    for (guint i = 0; i < n; i++, b->at++) {
        if (b->at >= b->n_bits)
            b->failed = TRUE;
        else
            value = value << 1 | (b->bytes[b->at / 8] >> (7 - b->at % 8) & 1);
    }
    return value;
}

/* ue(v): zeros, a one, as many bits more. */
static guint32 take_number(Bits *b)
{
    guint zeros = 0;
    while (!b->failed && take_bits(b, 1) == 0)
        if (++zeros > MAX_ZEROS)
            b->failed = TRUE;
    return b->failed ? 0 : (1u << zeros) - 1 + take_bits(b, zeros);
}

static void skip_numbers(Bits *b, guint n)
{
    for (guint i = 0; i < n; i++)
        take_number(b);
}

/* profile_tier_level(1, n_sub_layers) */
static void skip_profile(Bits *b, guint n_sub_layers)
{
    enum { PROFILE = 88, LEVEL = 8, MAX_SUB_LAYERS = 8 };
    guint32 has_profile[MAX_SUB_LAYERS], has_level[MAX_SUB_LAYERS];
    b->at += PROFILE + LEVEL;
    for (guint i = 0; i < n_sub_layers; i++) {
        has_profile[i] = take_bits(b, 1);
        has_level[i] = take_bits(b, 1);
    }
    if (n_sub_layers > 0)
        b->at += 2 * (MAX_SUB_LAYERS - n_sub_layers);
    for (guint i = 0; i < n_sub_layers; i++)
        b->at += (has_profile[i] ? PROFILE : 0u) + (has_level[i] ? LEVEL : 0u);
}

/* The sizes of blocks are logarithms to base 2. */
typedef struct {
    guint width, height, luma_bits, chroma_bits;
    guint coding_min, tree, transform_min, transform_max, depth_inter, depth_intra;
} Sizes;

static gboolean read_sizes(Bits *b, Sizes *s)
{
    take_bits(b, 4);
    guint n_sub_layers = take_bits(b, 3);
    take_bits(b, 1);
    skip_profile(b, n_sub_layers);
    take_number(b);
    if (take_number(b) == 3) /* 4:4:4, perhaps in separate planes */
        take_bits(b, 1);
    s->width = take_number(b);
    s->height = take_number(b);
    if (take_bits(b, 1))
        skip_numbers(b, 4);
    s->luma_bits = take_number(b) + 8;
    s->chroma_bits = take_number(b) + 8;
    take_number(b);
    skip_numbers(b, 3 * (take_bits(b, 1) ? n_sub_layers + 1 : 1));
    s->coding_min = take_number(b) + 3;
    s->tree = s->coding_min + take_number(b);
    s->transform_min = take_number(b) + 2;
    s->transform_max = s->transform_min + take_number(b);
    s->depth_inter = take_number(b);
    s->depth_intra = take_number(b);
    return !b->failed;
}

static gchar *find_fault(const Sizes *s)
{
    if (s->luma_bits > 16 || s->chroma_bits > 16)
        return g_strdup_printf("%u-bit samples (at most 16 are possible)",
                               MAX(s->luma_bits, s->chroma_bits));
    if (s->coding_min > 16 || s->width % (1u << s->coding_min) || s->height % (1u << s->coding_min))
        return g_strdup_printf("%u x %u pixels in coding blocks of 2^%u", s->width, s->height,
                               s->coding_min);
    if (s->transform_min >= s->coding_min || s->transform_max > MIN(s->tree, MAX_BLOCK))
        return g_strdup_printf("transform blocks of 2^%u to 2^%u in coding blocks of 2^%u to 2^%u",
                               s->transform_min, s->transform_max, s->coding_min, s->tree);
    if (MAX(s->depth_inter, s->depth_intra) > s->tree - s->transform_min)
        return g_strdup_printf("transform depth %u in blocks of 2^%u to 2^%u",
                               MAX(s->depth_inter, s->depth_intra), s->transform_min, s->tree);
    return NULL;
}

gchar *image_hevc_sps_fault(const guint8 *nal, gsize n_bytes)
{
    enum { TYPE_SPS = 33 };
    if (n_bytes < NAL_HEAD || (nal[0] >> 1 & 63) != TYPE_SPS || (nal[0] & 1) || nal[1] >> 3)
        return NULL; /* another kind, or of a layer that libde265 leaves out */
    g_autofree guint8 *bytes = g_malloc(n_bytes);
    gsize n = 0;
    for (gsize i = NAL_HEAD, zeros = 0; i < n_bytes; i++) {
        if (zeros >= 2 && nal[i] == 3) {
            zeros = 0;
            continue;
        }
        zeros = nal[i] == 0 ? zeros + 1 : 0;
        bytes[n++] = nal[i];
    }
    Bits bits = {bytes, 8 * n, 0, FALSE};
    Sizes sizes;
    return read_sizes(&bits, &sizes) ? find_fault(&sizes) : NULL;
}
