#!/usr/bin/env bash
# usage: lint.sh BUILD_DIR
# Banned functions, cppcheck, clang-tidy. Prints nothing and exits with status 0 if all is well.
set -uo pipefail
cd "$(dirname "$0")/.."
build=$1
bad=0

# These functions do not check the size of their buffer, do not report errors, or start a shell.
if git grep -nE '\b(strcpy|strcat|sprintf|vsprintf|gets|atoi|atof|atol|strtok|system|popen)\(' -- 'src/*.c' 'src/*.h'; then
  echo "lint: the lines above call banned functions" >&2
  bad=1
fi
if git grep -nE '\b(exit|abort|printf|fprintf|puts|perror)\(' -- 'src/*.c' ':!src/cli'; then
  echo "lint: the library must not print or exit" >&2
  bad=1
fi

# Suppressed: false positives of cppcheck 2.10 (compound literals in a ternary, g_steal_pointer, %u of an unsigned
# macro, loops that run at least once, float arrays behind byte pointers).
cppcheck --quiet --error-exitcode=1 --inline-suppr --enable=warning,performance,portability \
  --suppress=missingIncludeSystem --suppress=internalAstError:'src/engine/*' \
  --suppress=invalidPointerCast:'src/engine/*' --suppress=memleak:'src/image/*' \
  --suppress=invalidPrintfArgType_uint:'src/net/*' --suppress=invalidFunctionArg:'src/stats/*' \
  --suppress=uninitvar:'src/train/*' --library=gtk --std=c11 -j "$(nproc)" \
  -D'json_array_foreach(a,i,v)=while(next_of(a,&i,&v))' \
  -D'json_object_foreach(o,k,v)=while(next_of(o,&k,&v))' -D__GNUC__ -DG_GNUC_PRINTF= -I include -I src src || bad=1

clang-tidy --quiet -p "$build" $(git ls-files 'src/*.c') 2>/dev/null | grep -E 'warning:|error:' && bad=1
exit $bad
