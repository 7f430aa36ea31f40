# fish completion for knockgate: knockgate completion fish | source
function __knockgate_complete
    set -l words (commandline --tokenize --current-process --cut-at-cursor)
    set -l answer ($words[1] __complete -- $words[2..] (commandline --current-token --cut-at-cursor) 2>/dev/null)
    if test "$answer[1]" = files
        __fish_complete_path (commandline --current-token)
    else if test (count $answer) -gt 1
        printf '%s\n' $answer[2..]
    end
end
complete --command knockgate --no-files --arguments '(__knockgate_complete)'
