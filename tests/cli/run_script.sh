#!/usr/bin/env bash
# Runs tests/cli/NAME.sh and compares what it prints, both streams, with NAME.expected beside it.
# Usage: run_script.sh NAME FOLDER_OF_STRADDLE REPOSITORY. With REWRITE=1 the expectation is written instead.
set -u
here=$(cd "$(dirname "$0")" && pwd)
name=$1
export PATH="$2:$2/tests:$PATH" STRADDLE_SHARE="$3/share" STRADDLE_MODELS=/nonexistent STRADDLE_OFFLINE=1 NO_COLOR=1
export TOY="$3/share/models/stories260K.gguf" REFUSED="$3/tests/refused"
unset STRADDLE_ISA OLLAMA_CONTEXT_LENGTH OLLAMA_KV_CACHE_TYPE
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

# Prints the exit code of what does not end with 0.
attempt() {
  "$@" </dev/null
  local code=$?
  [ $code -eq 0 ] || echo "exit $code"
}
export -f attempt

bash "$here/$name.sh" 2>&1 | sed -e "s|$3/||g" -e "s|$work|WORK|g" >printed
if [ -n "${REWRITE:-}" ]; then
  cp printed "$here/$name.expected"
  exit 0
fi
diff -u "$here/$name.expected" printed
