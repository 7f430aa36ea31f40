# bash completion for knockgate: source <(knockgate completion bash)
_knockgate() {
  local -a words=("${COMP_WORDS[@]:1:COMP_CWORD}") answer
  words=("${words[@]//\\/}") # what is escaped on the command line is asked for as it is
  mapfile -t answer < <("$1" __complete -- "${words[@]}" 2>/dev/null)
  COMPREPLY=()
  if [[ ${answer[0]-} == files ]]; then
    compopt -o filenames
    mapfile -t COMPREPLY < <(compgen -f -- "${COMP_WORDS[COMP_CWORD]#=}")
    return
  fi
  local line quoted
  for line in "${answer[@]:1}"; do
    printf -v quoted %q "${line%%$'\t'*}"
    COMPREPLY+=("$quoted")
  done
}
complete -F _knockgate knockgate
