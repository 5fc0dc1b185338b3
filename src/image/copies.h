/* image/copies.h: which of many images are copies of each other: the same pixels, or the same image
 * encoded again, resized, flipped, turned by quarters, made gray, or shifted by up to 1 / 16 of its
 * sides.
 *
 * Candidates are images whose perceptual hashes are at most LEUKO_PHASH_NEAR bits apart, and images
 * of which one of the hashes around the cell (image/centered.h) is at most LEUKO_CENTERED_NEAR bits
 * apart. The alignment of their thumbnails confirms them
 * (image/alignment.h). Only candidates are decoded for it, each once.
 */
#pragma once
#include "image/centered.h"
#include <gio/gio.h>

G_BEGIN_DECLS

/* The images of a search. */
typedef struct {
    guint n;
    const LeukoPhash *plain;       /* (n) blank: compared by `same` alone */
    const LeukoCentered *centered; /* (n) not read where the hash is blank */
    const guint *same; /* (n) the lowest image with the same bytes or pixels; its own number if none
                          is lower */
    /* Decode image i. From n_threads threads. */
    gboolean (*load)(gpointer data, guint i, LeukoThumbnail *out, GError **error);
    gpointer data;
    guint max_aligned;         /* 0: LEUKO_COPIES_MAX_ALIGNED */
    guint n_threads;           /* at least 1; the result does not depend on it */
    GCancellable *cancellable; /* may be NULL */
} LeukoCopySearch;

/* What the search did. */
typedef struct {
    guint n_candidates; /* images that were decoded */
    guint n_unsure;     /* images with more candidates than were aligned: see below */
} LeukoCopyWork;

/* Clusters of copies, and what a chain of copies connects.
 * first  (n) output: the lowest image of the cluster of each
 * work   output; may be NULL
 * Errors: those of `load`; LEUKO_ERROR_CANCELLED.
 * Cost and memory: linear in the number of images: those of image/phash-cluster.h, and for each
 * candidate a decoding and at most LEUKO_COPIES_MAX_ALIGNED alignments with images that are not yet
 * in its cluster. An image with more of them may stay alone although it is a copy; n_unsure counts
 * such images. */
enum { LEUKO_COPIES_MAX_ALIGNED = 256 };
gboolean leuko_copies_find(const LeukoCopySearch *search, guint *first, LeukoCopyWork *work,
                           GError **error);

G_END_DECLS
