#!/bin/sh
# usage: make-static.sh IN.a EXPORTS.map OUT.a CC...
# Makes one object of all objects of IN.a, hides every symbol that the map does not export, and puts it into OUT.a: no
# name of ours can clash with a program's own. AR and OBJCOPY: the tools.
set -eu
in=$1 map=$2 out=$3
shift 3
part=$(mktemp -d)
trap 'rm -rf "$part"' EXIT
"$@" -r -nostdlib -Wl,--whole-archive "$in" -o "$part/leuko.o"
sed -n 's/^ *\(leuko_[a-z0-9_]*\);$/\1/p' "$map" >"$part/names"
${OBJCOPY:-objcopy} --keep-global-symbols="$part/names" "$part/leuko.o"
rm -f "$out"
${AR:-ar} rcs "$out" "$part/leuko.o"
