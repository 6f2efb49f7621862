package cli

import (
	"context"
	"fmt"

	"github.com/alecthomas/kong"
)

type completionCmd struct {
	Shell string `arg:"" enum:"bash,zsh,fish" help:"The shell: ${enum}."`
}

// Run prints a script for the shell to read. The script asks this program for
// each completion, so it stays right when the program is replaced.
func (c *completionCmd) Run(r *run) error {
	_, err := fmt.Fprint(r.env.Stdout, scripts[c.Shell])
	return err
}

// completeCmd answers the scripts: a candidate a line, with a tab and its help
// where there is one, or the line :files where the shell knows better.
type completeCmd struct {
	Words []string `arg:"" optional:"" help:"The words so far; the last, perhaps empty, is the one to complete."`
}

const files = ":files"

// Run prints what the last word may become.
func (c *completeCmd) Run(_ context.Context, r *run, model *kong.Application) error {
	for _, candidate := range complete(model, c.Words, r.names) {
		if _, err := fmt.Fprintln(r.env.Stdout, candidate); err != nil {
			return err
		}
	}
	return nil
}

// names returns the names of the sources or outputs of a configuration, and none
// when it cannot be read: a completion is no place for errors.
func (r *run) names(of, config string) []string {
	if config != "" {
		r.globals.Config = config
	}
	cfg, err := r.load()
	if err != nil {
		return nil
	}
	var names []string
	if of == "output" {
		for _, o := range cfg.Outputs {
			names = append(names, o.Name)
		}
		return names
	}
	for _, s := range cfg.Sources {
		names = append(names, string(s.Name))
	}
	return names
}

var scripts = map[string]string{
	"bash": `# bash completion for sluice; put it into ~/.local/share/bash-completion/completions/sluice
_sluice() {
  local out
  COMPREPLY=()
  out=$("${COMP_WORDS[0]}" __complete -- "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null | cut -f 1) || return
  if [ "$out" = ":files" ]; then
    compopt -o default 2>/dev/null
    return
  fi
  local IFS=$'\n'
  COMPREPLY=($out)
}
complete -F _sluice sluice
`,
	"zsh": `#compdef sluice
# zsh completion for sluice; put it into a folder of $fpath as _sluice
_sluice() {
  local -a lines candidates
  local line
  lines=("${(@f)$(${words[1]} __complete -- "${(@)words[2,CURRENT]}" 2>/dev/null)}")
  if [[ "${lines[1]}" == ":files" ]]; then
    compset -P '--*='
    _files
    return
  fi
  for line in "${(@)lines}"; do
    if [[ "$line" == *$'\t'* ]]; then
      candidates+=("${${line%%$'\t'*}//:/\\:}:${line#*$'\t'}")
    elif [[ -n "$line" ]]; then
      candidates+=("${line//:/\\:}")
    fi
  done
  _describe 'sluice' candidates
}
if [[ "${funcstack[1]}" == "_sluice" ]]; then
  _sluice "$@"
else
  compdef _sluice sluice
fi
`,
	"fish": `# fish completion for sluice; put it into ~/.config/fish/completions/sluice.fish
function __sluice_complete
  set -l words (commandline -opc)
  set -l program $words[1]
  set -e words[1]
  set -l current (commandline -ct)
  set -l out ($program __complete -- $words "$current" 2>/dev/null)
  if test "$out[1]" = ":files"
    __fish_complete_path "$current"
    return
  end
  printf '%s\n' $out
end
complete -c sluice -f -a '(__sluice_complete)'
`,
}
