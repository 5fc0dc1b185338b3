#include "image/mask-shape.h"
#include "base/union-find.h"

enum { FAR = 1 << 20 };

/* Lower d at `to` if the way over `from` is shorter. */
static void relax(guint *d, gsize to, gsize from, guint step)
{
    d[to] = MIN(d[to], d[from] + step);
}

/* The distance of each pixel from those with the value `from`, in thirds of a pixel. */
static guint *find_distances(const guint8 *mask, MaskSize size, guint8 from)
{
    gsize w = size.width, n = w * size.height;
    guint *d = g_new(guint, n);
    for (gsize i = 0; i < n; i++)
        d[i] = mask[i] == from ? 0 : FAR;
    for (gsize i = 0; i < n; i++) {
        gsize x = i % w;
        if (x > 0)
            relax(d, i, i - 1, 3);
        if (i >= w)
            relax(d, i, i - w, 3);
        if (i >= w && x > 0)
            relax(d, i, i - w - 1, 4);
        if (i >= w && x + 1 < w)
            relax(d, i, i - w + 1, 4);
    }
    for (gsize i = n; i-- > 0;) {
        gsize x = i % w;
        if (x + 1 < w)
            relax(d, i, i + 1, 3);
        if (i + w < n)
            relax(d, i, i + w, 3);
        if (i + w < n && x + 1 < w)
            relax(d, i, i + w + 1, 4);
        if (i + w < n && x > 0)
            relax(d, i, i + w - 1, 4);
    }
    return d;
}

static void spread(guint8 *mask, MaskSize size, double reach, guint8 value)
{
    g_autofree guint *d = find_distances(mask, size, value);
    for (gsize i = 0; i < (gsize)size.width * size.height; i++)
        if (d[i] <= 3 * reach)
            mask[i] = value;
}

void mask_grow(guint8 *mask, MaskSize size, double reach) { spread(mask, size, reach, 1); }
void mask_shrink(guint8 *mask, MaskSize size, double reach) { spread(mask, size, reach, 0); }

float *mask_distances(const guint8 *mask, MaskSize size)
{
    g_autofree guint *d = find_distances(mask, size, 1);
    float *distances = g_new(float, (gsize)size.width *size.height);
    for (gsize i = 0; i < (gsize)size.width * size.height; i++)
        distances[i] = (float)d[i] / 3;
    return distances;
}

guint *mask_parts(const guint8 *mask, MaskSize size)
{
    guint n = size.width * size.height;
    guint *part = g_new(guint, n);
    for (guint i = 0; i < n; i++)
        part[i] = i;
    for (guint i = 0; i < n; i++) {
        if (!mask[i])
            continue;
        if (i % size.width && mask[i - 1])
            leuko_union_join(part, i - 1, i);
        if (i >= size.width && mask[i - size.width])
            leuko_union_join(part, i - size.width, i);
    }
    for (guint i = 0; i < n; i++)
        part[i] = mask[i] ? leuko_union_find(part, i) : G_MAXUINT;
    return part;
}

/* --- the convex hull -------------------------------------------------------------------------- */

typedef struct {
    gint x, y;
} Point;

/* Above 0: c lies to the left of the way from a to b, seen with y upward. */
static gint side_of(Point a, Point b, Point c)
{
    return (b.x - a.x) * (c.y - a.y) - (b.y - a.y) * (c.x - a.x);
}

/* Add a point to a chain of n that turns to one side only (sign); returns the new n. */
static guint add_point(Point *chain, guint n, Point p, gint sign)
{
    while (n >= 2 && sign * side_of(chain[n - 2], chain[n - 1], p) <= 0)
        n--;
    chain[n] = p;
    return n + 1;
}

/* The x of a chain, whose y increases, in row y. *at: a segment above it or in it. */
static double chain_x(const Point *chain, guint n, gint y, guint *at)
{
    while (*at + 1 < n && chain[*at + 1].y < y)
        ++*at;
    Point a = chain[*at], b = chain[MIN(*at + 1, n - 1)];
    return b.y > a.y ? a.x + (double)(b.x - a.x) * (y - a.y) / (b.y - a.y) : b.x;
}

guint mask_fill_hull(guint8 *mask, MaskSize size)
{
    g_autofree Point *left = g_new(Point, size.height), *right = g_new(Point, size.height);
    guint n_left = 0, n_right = 0, n = 0, at_left = 0, at_right = 0;
    for (guint y = 0; y < size.height; y++) {
        const guint8 *row = mask + (gsize)y * size.width;
        guint first = 0, last = size.width;
        while (first < size.width && !row[first])
            first++;
        if (first == size.width)
            continue;
        while (!row[last - 1])
            last--;
        n_left = add_point(left, n_left, (Point){(gint)first, (gint)y}, -1);
        n_right = add_point(right, n_right, (Point){(gint)last - 1, (gint)y}, 1);
    }
    for (gint y = n_left ? left[0].y : 0; n_left && y <= left[n_left - 1].y; y++) {
        double from = chain_x(left, n_left, y, &at_left);
        double to = chain_x(right, n_right, y, &at_right);
        for (gint x = (gint)(from + 0.999); x <= (gint)to; x++, n++)
            mask[(gsize)y * size.width + (guint)x] = 1;
    }
    return n;
}
