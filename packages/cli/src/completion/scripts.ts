/**
 * What a shell has to be told: to ask `shiplog completion SHELL -- WORDS` at each Tab. The answer is a line for each
 * candidate (a tab stands before its description), and a last one that begins with a colon and says what of the file
 * system to offer.
 */
const bash = `# Completions of shiplog for bash: source <(shiplog completion bash)
_shiplog() {
  local line paths=none current=\${COMP_WORDS[COMP_CWORD]}
  [ "$current" = = ] && current=
  COMPREPLY=()
  while IFS= read -r line; do
    case $line in
      :*) paths=\${line#:} ;;
      *) COMPREPLY+=("\${line%%$'\\t'*}") ;;
    esac
  done < <("\${1/#\\~/$HOME}" completion bash -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
  case $paths in
    dirs | files)
      compopt -o filenames 2>/dev/null
      local action=-d
      [ "$paths" = files ] && action=-f
      while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen "$action" -- "$current")
      ;;
  esac
}
complete -F _shiplog shiplog
`;

const zsh = `#compdef shiplog
# Completions of shiplog for zsh: source <(shiplog completion zsh), or this as _shiplog in a folder of $fpath
_shiplog() {
  local line value paths=none
  local -a found
  while IFS= read -r line; do
    case $line in
      :*) paths=\${line#:} ;;
      *)
        value=\${line%%$'\\t'*}
        found+=("\${value//:/\\\\:}:\${line#*$'\\t'}")
        ;;
    esac
  done < <(\${~words[1]} completion zsh -- "\${(@)words[2,CURRENT]}" 2>/dev/null)
  case $paths in
    dirs) compset -P '--*='; _files -/ ;;
    files) compset -P '--*='; _files ;;
    *) (( $#found )) && _describe -V shiplog found ;;
  esac
}
if [[ \${funcstack[1]} == _shiplog ]]; then _shiplog "$@"; else compdef _shiplog shiplog; fi
`;

const fish = `# Completions of shiplog for fish: shiplog completion fish | source
function __shiplog_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    for line in ($words[1] completion fish -- $words[2..-1] "$current" 2>/dev/null)
        switch $line
            case ':dirs'
                __fish_complete_directories (string replace -r -- '^--[^=]*=' '' "$current")
            case ':files'
                __fish_complete_path (string replace -r -- '^--[^=]*=' '' "$current")
            case ':*'
            case '*'
                printf '%s\\n' $line
        end
    end
end
complete -c shiplog -f -k -a '(__shiplog_complete)'
`;

export const scripts = { bash, zsh, fish } as const;
export type Shell = keyof typeof scripts;
export const shells = Object.keys(scripts) as readonly Shell[];
