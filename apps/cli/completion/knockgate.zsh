#compdef knockgate
# zsh completion for knockgate: source <(knockgate completion zsh), or as _knockgate in a folder of $fpath
_knockgate() {
  local -a answer candidates
  local line value
  answer=("${(@f)$("$words[1]" __complete -- "${(@Q)words[2,CURRENT]}" 2>/dev/null)}")
  if [[ $answer[1] == files ]]; then
    _files
    return
  fi
  for line in "${(@)answer[2,-1]}"; do
    value=${line%%$'\t'*}
    candidates+=("${value//:/\\:}:${line#*$'\t'}")
  done
  _describe -t knockgate knockgate candidates
}
if [[ $funcstack[1] == _knockgate ]]; then
  _knockgate "$@"
else
  compdef _knockgate knockgate
fi
