#!/bin/bash
# usage: edge.sh [BUILD_DIR [EDGE_BUILD_DIR]]
# Builds for an edge device (no training, no downloads, no libvips), runs the tests of that build, and proves that
#   - it decodes every test image as the full build in BUILD_DIR does, or names what it does not read,
#   - it gives the answers of the full build,
#   - it runs in a folder that holds nothing but the program, a model, images and the libraries that ldd lists.
# Prints the sizes of that folder, and the Debian packages that the libraries are from. Fails if the libraries besides
# oneDNN and the C library take more than LIMIT_MB.
set -euo pipefail
LIMIT_MB=15
full=${1:-build} edge=${2:-build-edge}
root=$(cd "$(dirname "$0")/.." && pwd)
shared=${LEUKO_SHARED:-$root/../shared}

die() {
  echo "edge: $*" >&2
  exit 1
}

mb() { awk "BEGIN { printf \"%.1f\", $1 / 1e6 }"; }

size_of() { # FILE...: bytes of all
  [ $# -eq 0 ] && echo 0 || stat -L -c %s "$@" | awk '{ n += $1 } END { print n }'
}

[ -f "$edge/build.ninja" ] || meson setup "$edge" -Dedge=true -Dstrip=true >/dev/null
ninja -C "$edge" --quiet
ninja -C "$edge" --quiet tests/support/image-digests
stage=$(mktemp -d)
trap 'rm -rf "$stage"' EXIT
log=$stage/tests.log
meson test -C "$edge" --no-rebuild --suite unit --suite golden --suite fuzz >"$log" 2>&1 || { grep -E '(FAIL|ERROR|TIMEOUT) ' "$log"; die "tests fail, see $edge/meson-logs/testlog.txt"; }
echo "$(sed -nE 's/^Ok: *([0-9]+).*/\1/p' "$log") test programs pass"
meson install -C "$edge" --no-rebuild --quiet --destdir "$stage" >/dev/null
leuko=$(find "$stage" -path '*bin/leuko')
backbone=$(find "$stage" -name backbone.safetensors)
echo "program $(size_of "$leuko") bytes, library $(size_of "$(find "$stage" -name libleuko.so.0)") bytes, static library" \
  "$(size_of "$(find "$stage" -name libleuko.a)") bytes, shipped model $(size_of "$backbone") bytes"
"$leuko" help | sed -n '/^Commands:/,/^$/p'
if "$leuko" train x --model y 2>"$stage/message"; then die "the edge build trains"; fi
cat "$stage/message"

images=("$root"/tests/fuzz/corpus/image/*)
[ ! -d "$shared/cases" ] || mapfile -t -O "${#images[@]}" images < <(find "$shared/cases" -type f \( \
  -iname '*.png' -o -iname '*.tif*' -o -iname '*.bmp' -o -iname '*.jp*g' -o -iname '*.gif' \) -size -500k)
if [ -f "$full/build.ninja" ]; then
  ninja -C "$full" --quiet tests/support/image-digests
  for b in full edge; do "${!b}/tests/support/image-digests" "${images[@]}" >"$stage/$b.images"; done
  paste -d '\n' "$stage/full.images" "$stage/edge.images" | awk -v n_known=0 '
    NR % 2 { full = $0; next }
    full == $0 { same++; next }
    / has no libvips and does not read (gif|webp|tiff with [a-zA-Z0-9 -]+) \(/ { named++; next }
    / (HEIC|AVIF) image: this build has no (HEIC|AVIF) decoder/ { named++; next }
    { print "full: " full "\nedge: " $0; wrong++ }
    END { printf "%d images: %d with the same pixels or the same error in both builds, %d that only libvips or libheif reads\n",
          same + named + wrong, same, named; exit wrong > 0 || same < 200 }' || die "the builds decode differently"
fi

# A model that the full build trains. Without a full build: the shipped one.
run() { "$@" >"$stage/out" 2>&1 || { cat "$stage/out" >&2; die "failed: $*"; }; }
export LEUKO_CACHE="$stage/cache"
cd "$stage"
run "$leuko" synth cells --per-class 6 --groups 2 --size 80
if [ -x "$root/$full/src/cli/leuko" ] || [ -x "$full/src/cli/leuko" ]; then
  full=$([ -x "$full/src/cli/leuko" ] && echo "$full" || echo "$root/$full")/src/cli/leuko
  run "$full" sort cells --out shards --validation 0 --shards 1
  run "$full" train shards --model m.safetensors --weights random --size 75 --depth-multiplier 0.25 --endpoint Mixed_5d
  run "$leuko" compile m.safetensors -o m.graph
  run "$full" classify m.graph cells --csv full.csv
  run "$leuko" classify m.graph cells --csv edge.csv
  for f in full edge; do cut -d, -f1-4 $f.csv >$f.answers; done
  cmp full.answers edge.answers || die "the builds give different answers"
  echo "$(($(wc -l <edge.answers) - 1)) images: the edge build and the full build give the same answers"
else
  die "$full holds no full build to compare with"
fi

# The folder of an edge box.
box=$stage/box
mkdir -p "$box/bin" "$box/tmp"
cp "$leuko" "$box/bin"
cp -r m.graph cells "$box"
cp "$root"/tests/fuzz/corpus/image/rgb.{jpg,png,tif,bmp} "$box/cells/blast"
mapfile -t libraries < <(ldd "$leuko" | grep -oE '/[^ ]+')
onednn=() libc=() rest=()
for file in "${libraries[@]}"; do
  mkdir -p "$box$(dirname "$file")"
  cp -L "$file" "$box$file"
  case $(basename "$file") in
    libdnnl.so*) onednn+=("$file") ;;
    libc.so* | libm.so* | ld-linux*) libc+=("$file") ;;
    *) rest+=("$file") ;;
  esac
done
enter=(chroot)
[ "$(id -u)" -eq 0 ] || enter=(unshare --user --map-root-user chroot)
# without /proc in the folder, files cannot be written there: the answers go to standard output
answers() { sed -n 's/^[^ ]*\(cells.*confidence [0-9.]*\).*/\1/p'; }
env -i LEUKO_CACHE=/tmp "$(command -v "${enter[0]}")" "${enter[@]:1}" "$box" /bin/leuko classify /m.graph /cells \
  >inside.out 2>"$stage/out" || { cat "$stage/out" >&2; die "the program does not run in the folder"; }
run "$leuko" classify m.graph "$box/cells"
answers <inside.out >inside.answers
answers <"$stage/out" >outside.answers
cmp inside.answers outside.answers || die "the answers inside the folder differ"
[ "$(wc -l <outside.answers)" -eq 16 ] || die "the folder's images were not all classified"
echo "$(wc -l <outside.answers) images: the same answers from a folder that holds the program, the model" \
  "and ${#libraries[@]} libraries alone"

rest_bytes=$(size_of "${rest[@]}")
echo "libraries: oneDNN $(mb "$(size_of "${onednn[@]}")") MB, C library $(mb "$(size_of "${libc[@]}")") MB," \
  "the other ${#rest[@]} $(mb "$rest_bytes") MB (limit: $LIMIT_MB MB)"
# packages: of the libraries that the program names, and of those that they need
packages_of() {
  local file
  for file in "$@"; do dpkg -S "$(realpath "$file")" 2>/dev/null || dpkg -S "$(realpath "$file" | sed 's|^/usr||')"; done |
    cut -d: -f1 | sort -u | tr '\n' ' '
}
if command -v dpkg >/dev/null; then
  named=$(readelf -d "$leuko" | sed -n 's/.*NEEDED.*\[\(.*\)\]/\1/p')
  needed=()
  for file in "${libraries[@]}"; do ! grep -qxF "$(basename "$file")" <<<"$named" || needed+=("$file"); done
  direct=$(packages_of "${needed[@]}")
  echo "Debian packages it depends on: $direct"
  echo "and those that they bring: $(comm -13 <(tr ' ' '\n' <<<"$direct" | sort) <(packages_of "${libraries[@]}" | tr ' ' '\n' | sort) | tr '\n' ' ')"
fi
[ "$rest_bytes" -le $((LIMIT_MB * 1000000)) ] || die "the libraries besides oneDNN and the C library take more than $LIMIT_MB MB"
