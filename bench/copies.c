/* usage: bench-copies ORIGINALS.txt QUERIES.txt
 *
 * Each list has one image file a line. Prints for each query the distance in bits to the nearest
 * original by the plain hash and by that of the equalized luma, 999 beyond 64. For copies.py. */
#include "image/phash-index.h"
#include <stdio.h>
#include <stdlib.h>

typedef gboolean (*Hash)(const LeukoImage *image, LeukoPhash *out, GError **error);

static GStrv read_list(const char *path)
{
    g_autofree gchar *text = NULL;
    g_autoptr(GError) error = NULL;
    if (!g_file_get_contents(path, &text, NULL, &error)) {
        fprintf(stderr, "%s\n", error->message);
        exit(EXIT_FAILURE);
    }
    return g_strsplit(g_strchomp(text), "\n", -1);
}

static LeukoPhash hash_file(const char *path, Hash hash)
{
    g_autoptr(GError) error = NULL;
    LeukoPhash out;
    g_autoptr(LeukoImage) image = leuko_image_load(path, &error);
    if (!image || !hash(image, &out, &error)) {
        fprintf(stderr, "%s\n", error->message);
        exit(EXIT_FAILURE);
    }
    return out;
}

static LeukoPhashIndex *index_files(GStrv files, Hash hash)
{
    guint n = g_strv_length(files);
    g_autofree LeukoPhash *hashes = g_new(LeukoPhash, n);
    for (guint i = 0; i < n; i++)
        hashes[i] = hash_file(files[i], hash);
    return leuko_phash_index_new(hashes, n, LEUKO_PHASH_MAX_RADIUS);
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        fprintf(stderr, "usage: bench-copies ORIGINALS.txt QUERIES.txt\n");
        return EXIT_FAILURE;
    }
    static const Hash hashes[] = {leuko_phash, leuko_phash_equalized};
    g_auto(GStrv) originals = read_list(argv[1]), queries = read_list(argv[2]);
    LeukoPhashIndex *indices[2];
    for (guint h = 0; h < 2; h++)
        indices[h] = index_files(originals, hashes[h]);
    for (guint q = 0; queries[q]; q++)
        for (guint h = 0; h < 2; h++) {
            LeukoPhash query = hash_file(queries[q], hashes[h]);
            LeukoPhashMatch nearest = {0, 999};
            (void)leuko_phash_index_find_nearest(indices[h], &query, &nearest);
            printf("%u%c", nearest.distance, h ? '\n' : ' ');
        }
    for (guint h = 0; h < 2; h++)
        leuko_phash_index_free(indices[h]);
    return EXIT_SUCCESS;
}
