/** The scripts for each shell. Each asks `rcwh completion suggest`, whose first line says what else to complete. */

export type Shell = "bash" | "zsh" | "fish" | "powershell";

/** Works in the bash 3.2 of macOS, with and without bash-completion. */
const bash = `# rcwh completion for bash
_rcwh() {
  local line="\${COMP_LINE:0:COMP_POINT}" word="" rest piece i answer also="" width=0
  local -a words=() values=() texts=()
  # bash splits words at : and = too; they belong together where no blank is between.
  rest="$line"
  for ((i = 0; i <= COMP_CWORD; i++)); do
    piece="\${COMP_WORDS[i]}"
    if [[ $i -eq $COMP_CWORD && -n $piece && "$rest" != *"$piece"* ]]; then piece="\${rest##*[[:space:]=:]}"; fi
    if [[ $rest == [[:space:]]* || $i -eq 0 ]]; then
      [[ $i -gt 0 ]] && words+=("$word")
      word="$piece"
      rest="\${rest#"\${rest%%[![:space:]]*}"}"
    else
      word+="$piece"
    fi
    rest="\${rest#"$piece"}"
  done
  words+=("$word")
  COMPREPLY=()
  while IFS= read -r answer; do
    if [[ $answer == :* ]]; then
      also="\${answer#:}"
    else
      values+=("\${answer%%$'\\t'*}")
      texts+=("\${answer#*$'\\t'}")
    fi
  done < <(command "\${words[0]/#\\~/$HOME}" completion suggest -- "\${words[@]:1}" 2>/dev/null)
  # What is before the last : or = stays where it is.
  local kept="\${word%"\${word##*[=:]}"}"
  [[ $COMP_WORDBREAKS != *:* && $word != *=* ]] && kept=""
  if [[ \${#values[@]} -gt 1 && $COMP_TYPE -eq 63 ]]; then
    for piece in "\${values[@]}"; do ((\${#piece} > width)) && width=\${#piece}; done
    for ((i = 0; i < \${#values[@]}; i++)); do
      piece="\${values[i]#"$kept"}"
      [[ -n \${texts[i]} ]] && piece="$(printf '%-*s  (%s)' "$width" "$piece" "\${texts[i]}")"
      COMPREPLY+=("$piece")
    done
  else
    for piece in "\${values[@]}"; do
      piece="\${piece#"$kept"}"
      [[ $piece == *[^[:alnum:]_@%+=:,./~-]* ]] && piece="$(printf '%q' "$piece")"
      COMPREPLY+=("$piece")
    done
  fi
  case $also in
    files) compopt -o filenames 2>/dev/null; while IFS= read -r piece; do COMPREPLY+=("$piece"); done < <(compgen -f -- "\${word##*[=:]}") ;;
    commands) while IFS= read -r piece; do COMPREPLY+=("$piece"); done < <(compgen -c -- "$word") ;;
    open) compopt -o nospace 2>/dev/null ;;
  esac
}
complete -F _rcwh rcwh
`;

const zsh = `#compdef rcwh
# rcwh completion for zsh
_rcwh() {
  local answer also value text
  local -a shown
  while IFS= read -r answer; do
    if [[ $answer == :* ]]; then
      also=\${answer#:}
      continue
    fi
    value=\${answer%%$'\\t'*}
    text=\${answer#*$'\\t'}
    shown+=("\${value//:/\\\\:}\${text:+:$text}")
  done < <(command \${(Q)words[1]} completion suggest -- "\${(@Q)words[2,CURRENT]}" 2>/dev/null)
  if [[ $PREFIX == --*=* ]]; then
    # What is before the value stays where it is, and is not listed.
    shown=("\${shown[@]#\${PREFIX%%=*}=}")
    compset -P '*='
  fi
  local -a how
  [[ $also == open ]] && how=(-S '')
  (( $#shown )) && _describe -V 'rcwh' shown "\${how[@]}"
  case $also in
    files) _files ;;
    commands) _command_names -e ;;
  esac
}
if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
  _rcwh "$@"
else
  (( $+functions[compdef] )) || { autoload -Uz compinit && compinit; }
  compdef _rcwh rcwh
fi
`;

const fish = `# rcwh completion for fish
function __rcwh_suggest
    set -l words (commandline -opc) (commandline -ct)
    for answer in (command $words[1] completion suggest -- $words[2..-1] 2>/dev/null)
        switch $answer
            case ':files'
                set -l flag (string match -r '^--[a-z-]+=' -- $words[-1])
                for file in (__fish_complete_path (string replace -r '^--[a-z-]+=' '' -- $words[-1]))
                    printf '%s\\n' "$flag$file"
                end
            case ':commands'
                __fish_complete_command
            case ':*'
            case '*'
                printf '%s\\n' $answer
        end
    end
end
complete -c rcwh -f -k -a '(__rcwh_suggest)'
`;

const powershell = `# rcwh completion for PowerShell
Register-ArgumentCompleter -Native -CommandName rcwh -ScriptBlock {
  param($wordToComplete, $commandAst, $cursorPosition)
  $words = @($commandAst.CommandElements | Select-Object -Skip 1 |
    Where-Object { $_.Extent.EndOffset -lt $cursorPosition -or $_.Extent.EndOffset -le $cursorPosition -and $wordToComplete -eq '' } |
    ForEach-Object { if ($_.Value) { $_.Value } else { $_.Extent.Text } })
  $program = $commandAst.CommandElements[0].Value
  & $program completion suggest '--' @words "$wordToComplete" 2>$null | ForEach-Object {
    if ($_ -notlike ':*') {
      $value, $text = $_ -split "\`t", 2
      if (-not $text) { $text = $value }
      $shown = if ($value -match '[\\s''";&|(){}]') { "'" + ($value -replace "'", "''") + "'" } else { $value }
      [System.Management.Automation.CompletionResult]::new($shown, $value, 'ParameterValue', $text)
    }
  }
}
`;

export const scripts: Readonly<Record<Shell, string>> = { bash, zsh, fish, powershell };
