package cli

import (
	"slices"
	"strings"

	"github.com/alecthomas/kong"
)

// names returns the names that an argument so called may have, by a configuration
// file; "" means the default one.
type names func(argument, config string) []string

// complete returns what the last of the words may become.
func complete(model *kong.Application, words []string, named names) []string {
	if len(words) == 0 {
		words = []string{""}
	}
	words = attach(words)
	at, current := walk(model.Node, words[:len(words)-1]), words[len(words)-1]
	name, value, attached := strings.Cut(current, "=")
	switch {
	case at.flag != nil: // the word before wants a value
		return at.flagValues(at.flag, "", current)
	case strings.HasPrefix(current, "-") && attached:
		if f := at.find(name); f != nil && !f.IsBool() {
			return at.flagValues(f, name+"=", value)
		}
		return nil
	case strings.HasPrefix(current, "-") && !at.ended:
		return at.flags(current)
	}
	return at.words(current, named)
}

// attach mends what bash takes apart: it makes words of their own of "=" and what
// follows it. What it wants back is the part behind, which a value alone is.
func attach(words []string) []string {
	var whole []string
	for i := 0; i < len(words); i++ {
		if words[i] != "=" || len(whole) == 0 || !strings.HasPrefix(whole[len(whole)-1], "--") {
			whole = append(whole, words[i])
			continue
		}
		if i == len(words)-1 {
			whole = append(whole, "")
		}
	}
	return whole
}

// place is where in the command line the word to complete stands.
type place struct {
	node   *kong.Node
	flag   *kong.Flag // whose value it is; nil: none
	given  []string   // arguments before it that are no command
	config string     // the configuration file that was named
	ended  bool       // "--" was before it: no more flags
}

// walk follows the words before the one to complete.
func walk(node *kong.Node, words []string) place {
	at := place{node: node}
	for _, word := range words {
		name, value, attached := strings.Cut(word, "=")
		switch {
		case at.flag != nil:
			at.take(at.flag, word)
			at.flag = nil
		case word == "--":
			at.ended = true
		case strings.HasPrefix(word, "-") && !at.ended:
			switch f := at.find(name); {
			case f == nil || f.IsBool():
			case attached:
				at.take(f, value)
			default:
				at.flag = f
			}
		default:
			at.step(word)
		}
	}
	return at
}

// step goes down to a command, or takes an argument.
func (at *place) step(word string) {
	i := slices.IndexFunc(at.node.Children, func(n *kong.Node) bool { return n.Type == kong.CommandNode && n.Name == word })
	if i < 0 || at.ended {
		at.given = append(at.given, word)
		return
	}
	at.node = at.node.Children[i]
}

func (at *place) take(f *kong.Flag, value string) {
	if f.Name == "config" {
		at.config = value
	}
}

// find returns the flag that a word such as --config or -c names, or nil.
func (at *place) find(word string) *kong.Flag {
	for _, group := range at.node.AllFlags(true) {
		for _, f := range group {
			if word == "--"+f.Name || f.Short != 0 && word == "-"+string(f.Short) {
				return f
			}
		}
	}
	return nil
}

// flags are the flags that may stand here and begin so.
func (at *place) flags(prefix string) []string {
	var list []string
	for _, group := range at.node.AllFlags(true) {
		for _, f := range group {
			list = candidate(list, prefix, "--"+f.Name, f.Help)
		}
	}
	return list
}

// flagValues are the values of a flag that begin so, each behind lead.
func (at *place) flagValues(f *kong.Flag, lead, prefix string) []string {
	if f.Name == "config" || f.Name == "with" || f.Name == "out" {
		return []string{files}
	}
	return enum(f.Value, lead, prefix)
}

// words are the commands or arguments that may stand here and begin so.
func (at *place) words(prefix string, named names) []string {
	var list []string
	for _, n := range at.node.Children {
		if n.Type == kong.CommandNode && !n.Hidden {
			list = candidate(list, prefix, n.Name, n.Help)
		}
	}
	args := at.node.Positional
	if len(args) == 0 || len(list) > 0 {
		return list
	}
	arg := args[min(len(at.given), len(args)-1)]
	switch {
	case arg.Name == "source" || arg.Name == "output":
		for _, name := range named(arg.Name, at.config) {
			if !slices.Contains(at.given, name) {
				list = candidate(list, prefix, name, "")
			}
		}
	case len(at.given) < len(args) && arg.Name == "file":
		return []string{files}
	case len(at.given) < len(args):
		list = enum(arg, "", prefix)
	}
	return list
}

func enum(v *kong.Value, lead, prefix string) []string {
	var list []string
	if v.Enum == "" {
		return nil
	}
	for word := range strings.SplitSeq(v.Enum, ",") {
		if strings.HasPrefix(word, prefix) {
			list = append(list, lead+word)
		}
	}
	return list
}

// candidate appends a word that begins so, with its help.
func candidate(list []string, prefix, word, help string) []string {
	if !strings.HasPrefix(word, prefix) {
		return list
	}
	if help != "" {
		word += "\t" + help
	}
	return append(list, word)
}
