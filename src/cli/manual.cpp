// `straddle manual PAGE`: the man page, and for each shell a script that asks the program what fits
// (complete.h), so that they say what the program does.
#include "cli/man_page.h"

#include <array>

#include "cli/commands.h"
#include "cli/output.h"

namespace straddle::cli {
namespace {

// bash cuts words at = and : as well; the program wants them whole, and bash only the piece behind them.
constexpr std::string_view kBash = R"(# bash completion of straddle: the program itself says what fits.
_straddle() {
  local piece=${COMP_WORDS[COMP_CWORD]} word line cut= words=()
  for word in "${COMP_WORDS[@]:1:COMP_CWORD}"; do
    if ((${#words[@]})) && { [[ $cut ]] || [[ $word == [=:]* ]]; }; then
      words[-1]+=$word
    else
      words+=("$word")
    fi
    cut=
    [[ $word == *[=:] ]] && cut=1
  done
  [[ $piece == [=:] ]] && piece=
  local before=${words[-1]%"$piece"}
  COMPREPLY=()
  while IFS=$'\t' read -r line _; do
    COMPREPLY+=("${line#"$before"}")
  done < <("${COMP_WORDS[0]}" __complete "${words[@]//\\/}" 2>/dev/null)
  ((${#COMPREPLY[@]})) || return 0
  local how=filenames # quotes blanks
  [[ ${COMPREPLY[0]} == *= ]] && how=nospace
  compopt -o "$how" 2>/dev/null
  return 0
}
complete -o default -F _straddle straddle
)";

constexpr std::string_view kZsh = R"(#compdef straddle
# zsh completion of straddle: the program itself says what fits.
_straddle() {
  local line
  local -a found begun
  for line in "${(@f)$(${words[1]} __complete "${(@Q)words[2,CURRENT-1]}" "${(Q)PREFIX}" 2>/dev/null)}"; do
    [[ -n $line ]] || continue
    if [[ ${line%%$'\t'*} == *= ]]; then
      begun+=("${${line//:/\\:}/$'\t'/:}")
    else
      found+=("${${line//:/\\:}/$'\t'/:}")
    fi
  done
  if (( $#found + $#begun )); then
    _describe straddle found -- begun -S ''
  else
    _files
  fi
}
if [[ ${funcstack[1]} == _straddle ]]; then _straddle "$@"; else compdef _straddle straddle; fi
)";

constexpr std::string_view kFish = R"(# fish completion of straddle: the program itself says what fits.
function __straddle_complete
    set -l words (commandline -opc)
    set -l typed (commandline -ct)
    set -l found ($words[1] __complete $words[2..-1] "$typed" 2>/dev/null)
    if test (count $found) -gt 0
        printf '%s\n' $found
    else
        __fish_complete_path "$typed"
    end
end
complete -c straddle -f -a '(__straddle_complete)'
)";

template <const std::string_view& kScript>
std::string script() {
  return std::string(kScript);
}

struct Page {
  std::string_view name;
  std::string (*text)();
};
constexpr auto kPages = std::to_array<Page>({
    {"man", man_page},
    {"bash", script<kBash>},
    {"zsh", script<kZsh>},
    {"fish", script<kFish>},
});

}  // namespace

Status manual(const Request& request) {
  for (const Page& page : kPages) {
    if (page.name == request.words[0]) {
      say(page.text());
      return {};
    }
  }
  return fail(ErrorKind::usage, request.words[0], "is no page", "man, bash, zsh or fish");
}

}  // namespace straddle::cli
