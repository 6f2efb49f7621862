package cli

import (
	"context"
	"slices"
	"strings"
	"text/template"

	"github.com/alecthomas/kong"
)

type completionCmd struct {
	Shell string `arg:"" enum:"bash,zsh,fish" help:"The shell: ${enum}."`
}

// Run prints a script for the shell to read. It is made from the same model as
// the help, so the two cannot differ.
func (c *completionCmd) Run(_ context.Context, r *run, model *kong.Application) error {
	var words []completion
	collect(model.Node, nil, &words)
	return scripts[c.Shell].Execute(r.env.Stdout, words)
}

// completion is what may follow the words of a command.
type completion struct {
	Path  string // "opml export"; empty for the program itself
	Words []completionWord
}

type completionWord struct{ Word, Help string }

// List is the words alone, for shells that show no help.
func (c completion) List() string {
	var list []string
	for _, w := range c.Words {
		list = append(list, w.Word)
	}
	return strings.Join(list, " ")
}

// collect walks the commands and gathers their sub-commands and flags.
func collect(n *kong.Node, path []string, out *[]completion) {
	here := completion{Path: strings.Join(path, " ")}
	for _, child := range n.Children {
		if child.Type == kong.CommandNode && !child.Hidden {
			here.Words = append(here.Words, completionWord{child.Name, child.Help})
		}
	}
	for _, group := range n.AllFlags(true) {
		for _, f := range group {
			here.Words = append(here.Words, completionWord{"--" + f.Name, f.Help})
		}
	}
	for _, arg := range n.Positional {
		if arg.Enum != "" {
			for v := range strings.SplitSeq(arg.Enum, ",") {
				here.Words = append(here.Words, completionWord{v, ""})
			}
		}
	}
	*out = append(*out, here)
	for _, child := range n.Children {
		if child.Type == kong.CommandNode {
			collect(child, append(slices.Clone(path), child.Name), out)
		}
	}
}

// quote makes help harmless inside single quotes of any of the shells.
func quote(s string) string {
	return strings.NewReplacer("'", "", "\\", "", ":", " -", "[", "(", "]", ")", "$", "").Replace(s)
}

var scripts = map[string]*template.Template{
	"bash": script("bash", `# bash completion for sluice
_sluice() {
  local cur="${COMP_WORDS[COMP_CWORD]}" prev="${COMP_WORDS[COMP_CWORD-1]}" path="" w words
  case "$prev" in -c|--config) COMPREPLY=($(compgen -f -- "$cur")); return;; esac
  for w in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$w" in -*) ;; *) path="${path:+$path }$w";; esac
  done
  case "$path" in
{{- range .}}
    '{{.Path}}') words='{{.List}}';;
{{- end}}
    *) words='';;
  esac
  COMPREPLY=($(compgen -W "$words" -- "$cur"))
}
complete -F _sluice sluice
`),
	"zsh": script("zsh", `#compdef sluice
# zsh completion for sluice
_sluice() {
  local p="" w
  local -a choices
  for w in "${words[@]:1:$((CURRENT-2))}"; do
    case "$w" in -*) ;; *) p="${p:+$p }$w";; esac
  done
  case "$p" in
{{- range .}}
    '{{.Path}}') choices=({{range .Words}} '{{.Word}}:{{quote .Help}}'{{end}} );;
{{- end}}
  esac
  _describe 'sluice' choices || _files
}
compdef _sluice sluice
`),
	"fish": script("fish", `# fish completion for sluice
function __sluice_at
  set -l path (commandline -opc)[2..-1]
  test (string join ' ' (string match -v -- '-*' $path)) = "$argv"
end
{{- range $c := .}}{{range .Words}}
complete -c sluice {{if eq $c.Path ""}}-n '__sluice_at ""'{{else}}-f -n '__sluice_at {{$c.Path}}'{{end}} -a '{{.Word}}' -d '{{quote .Help}}'
{{- end}}{{end}}
`),
}

func script(name, text string) *template.Template {
	return template.Must(template.New(name).Funcs(template.FuncMap{"quote": quote}).Parse(text))
}
