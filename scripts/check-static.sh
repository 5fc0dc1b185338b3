#!/usr/bin/env bash
# usage: check-static.sh
# Checks that need no build: format, layers, names, shell and Python syntax. Prints what each one found and ends with
# the line "N passed, N failed". Exits with status 1 if a check fails.
set -uo pipefail
cd "$(dirname "$0")/.."
passed=0 failed=0

check() { # NAME COMMAND...
  local name=$1
  shift
  if "$@"; then
    passed=$((passed + 1))
  else
    echo "failed: $name"
    failed=$((failed + 1))
  fi
}

formatted() { git ls-files -z '*.c' '*.h' | xargs -0 clang-format --dry-run --Werror; }
shell_syntax() {
  local status=0
  while IFS= read -r -d '' f; do bash -n "$f" || status=1; done < <(git ls-files -z '*.sh' .ci/run)
  return $status
}
python_syntax() { # compiles in memory: writes no .pyc
  git ls-files -z '*.py' | xargs -0 python3 -W error::SyntaxWarning -c 'import sys
for path in sys.argv[1:]:
    compile(open(path, encoding="utf-8").read(), path, "exec")'
}

check 'format (make fmt repairs it)' formatted
check 'layers (scripts/check-layers.py)' python3 scripts/check-layers.py
check 'names and columns (scripts/check-tree.py)' python3 scripts/check-tree.py
check 'singulars (base/plural.h)' scripts/list-messages --plurals
check 'syntax of shell scripts' shell_syntax
check 'syntax of Python scripts' python_syntax
echo "$passed passed, $failed failed"
[ $failed -eq 0 ]
