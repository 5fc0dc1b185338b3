#!/usr/bin/env bash
# usage: soak-part.sh PART BUILD
# One part of `make soak`; each takes less than an hour on two processors and ends with the line
# "soak PART: passed|failed, WHAT WAS DONE, N s".
#   session    eight threads on one session for ten minutes, in fp32 and int8
#   faults     1000 calls to the system fail, one in each run, over every command
#   kills      300 kills: every command, at random moments and before and after calls to the system
#   interrupts 40 interruptions or kills of each long command, among them resumed trainings
#   flips      1000 changed bits in models, checkpoints, caches and shards
#   images     20000 damaged images of every format, 500 of them under valgrind
#   fuzz       each fuzz target for 200 s, within 256 MB and 2 s for an input
set -uo pipefail
cd "$(dirname "$0")/.."
part=${1:?usage: soak-part.sh PART BUILD} build=${2:?usage: soak-part.sh PART BUILD}
log=$build/meson-logs/testlog.txt
start=$SECONDS status=0 told=''

tests() { meson test -C "$build" --no-rebuild --print-errorlogs -t 4 "$@" || status=$?; }

counted() { grep -aoE "$1" "$log" | tail -n 1; } # PATTERN

case $part in
session)
  scripts/soak.sh "$build" 600 || status=$?
  told='eight threads, fp32 and int8'
  ;;
faults)
  LEUKO_FAULTS=1000 tests cli-faults
  told=$(counted '[0-9]+ faults, [0-9]+ commands, seed [0-9]+')
  ;;
kills)
  LEUKO_TEST_KILLS=15 tests cli-kills
  told=$(counted '[0-9]+ kills, [0-9]+ commands, seed [0-9]+')
  ;;
interrupts)
  LEUKO_TEST_KILLS=40 tests cli-tune cli-interrupt cli-keras
  told='40 interruptions of each command'
  ;;
flips)
  LEUKO_FLIPS=50 tests cli-damaged-models
  told=$(grep -aoE '[0-9]+ of [0-9]+ changed bits refused' "$log" |
    awk '{ refused += $1; all += $3 } END { printf "%d changed bits, %d refused, all others without effect", all, refused }')
  ;;
images)
  LEUKO_IMAGES=20000 LEUKO_VALGRIND=500 tests cli-damaged-images
  told=$(counted '[0-9]+ damaged images: .* seed [0-9]+')
  ;;
fuzz)
  scripts/fuzz.sh 200 | tee "$build/meson-logs/fuzz.txt" || status=$?
  told=$(tail -n 1 "$build/meson-logs/fuzz.txt")
  ;;
*)
  echo "soak-part.sh: no part $part" >&2
  exit 2
  ;;
esac
echo "soak $part: $([ $status -eq 0 ] && echo passed || echo failed), ${told:-see $log}, $((SECONDS - start)) s"
exit $status
