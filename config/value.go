package config

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"sluice/feed/filter"

	"go.yaml.in/yaml/v4"
)

// pattern is a regular expression that is compiled when it is first asked: most
// commands need none.
func pattern(expression string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(expression) })
}

// decoder reads one file. It collects problems instead of stopping at the first.
type decoder struct {
	file     string
	env      func(string) (string, bool)
	lines    func() []string // of the file, for places inside scalars: few files are cut into lines
	problems []Problem
	warnings []Problem

	root   *yaml.Node // what is read; nil before, and where there is nothing
	given  []given    // what was read, for unsupported
	visits int        // values that may still be visited: aliases must not multiply
	loose  bool       // unknown keys are passed over
	rules  map[string]*filter.Filter
	always *filter.Filter // the rule true
}

func newDecoder(file string, data []byte, env func(string) (string, bool)) *decoder {
	return &decoder{
		file: file, env: env, lines: sync.OnceValue(func() []string { return splitLines(data) }), rules: map[string]*filter.Filter{},
	}
}

// again returns a decoder for another reading of the same text.
func (d *decoder) again() *decoder {
	a := *d
	a.problems = slices.Clone(d.problems)
	a.rules = map[string]*filter.Filter{}
	return &a
}

// fewVisits is how many values may be visited of any file, however small.
const fewVisits = 10_000

// given is a key's value as it was understood, and the key's path in Reference.
type given struct {
	at   value
	read any
	ref  string
}

// value is a node at its place. The place of an alias is where it is used.
type value struct {
	*decoder
	node         *yaml.Node // no alias
	line, column int
	above        string // the path of what it stands in; see path
	step         string // from there: a key, or "[]" for an element; empty: none
	index        int    // which element
	secret       bool   // what stands here is never shown
}

// path is where the value stands, such as sources[2].url. It is made where it is
// asked for: of most values nobody asks.
func (v value) path() string {
	switch {
	case v.step == "[]":
		return v.above + "[" + strconv.Itoa(v.index) + "]"
	case v.step == "" || v.above == "":
		return v.above + v.step
	}
	return v.above + "." + v.step
}

// settled has the path made, for the values below it.
func (v value) settled() value {
	v.above, v.step = v.path(), ""
	return v
}

// add adds a problem. The library places what is missing behind the end of the
// file; such a place is moved into it.
func (d *decoder) add(line, column int, path, message string) {
	line, column = d.clamp(line, column)
	d.problems = append(d.problems, Problem{File: d.file, Line: line, Column: column, Path: path, Message: message})
}

// fail adds a problem at the value.
func (v value) fail(format string, args ...any) {
	v.add(v.line, v.column, v.path(), fmt.Sprintf(format, args...))
}

// warn adds a warning at the value.
func (v value) warn(format string, args ...any) {
	v.warnings = append(v.warnings, Problem{
		File: v.file, Line: v.line, Column: v.column, Path: v.path(), Message: fmt.Sprintf(format, args...),
	})
}

// resolve follows an alias and counts, so that a small file that aliases make
// large is refused. false: given up, and said so once.
func (v value) resolve(n *yaml.Node) (*yaml.Node, bool) {
	v.visits--
	if v.visits < 0 {
		if v.visits == -1 {
			v.add(n.Line, n.Column, v.path(), "aliases make this file more than ten times larger; write the values out")
		}
		return nil, false
	}
	return follow(n), true
}

// child is a value below this one, which is settled, at a step such as "url"; without
// a step it has this one's path.
func (v value) child(n *yaml.Node, step string, secret bool) (value, bool) {
	resolved, ok := v.resolve(n)
	if !ok {
		return value{}, false
	}
	return value{
		decoder: v.decoder, node: resolved, line: n.Line, column: n.Column,
		above: v.path(), step: step, secret: v.secret || secret,
	}, true
}

// at is the place of a key that was given, by its path, and the file's beginning
// otherwise.
func (d *decoder) at(path string) value {
	if n := d.find(path); n != nil {
		return value{decoder: d, node: follow(n), line: n.Line, column: n.Column, above: path}
	}
	return value{decoder: d, line: 1, column: 1, above: path}
}

// find returns the node of a key that was given, by its path; else nil. It looks for it
// in the file: few are asked for.
func (d *decoder) find(path string) *yaml.Node {
	n := d.root
	for n != nil && path != "" {
		end := 1 + strings.IndexAny(path[1:]+".", ".[")
		n, path = under(n, path[:end]), strings.TrimPrefix(path[end:], ".")
	}
	return n
}

// under returns the node of a key or an element, such as "[2]", that something is
// written for; else nil.
func under(n *yaml.Node, step string) *yaml.Node {
	all := follow(n).Content
	if number, ok := strings.CutPrefix(step, "["); ok {
		i, err := strconv.Atoi(strings.TrimSuffix(number, "]"))
		if err != nil || i >= len(all) {
			return nil
		}
		return all[i]
	}
	for i := 0; i+1 < len(all); i += 2 {
		if follow(all[i]).Value == step && !isNull(follow(all[i+1])) {
			return all[i+1]
		}
	}
	return nil
}

// follow returns what an alias stands for.
func follow(n *yaml.Node) *yaml.Node {
	if n.Kind == yaml.AliasNode {
		return n.Alias
	}
	return n
}

// null reports whether nothing was written: a key without a value means its default.
func (v value) null() bool { return isNull(v.node) }

func isNull(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.ShortTag() == "!!null" }

// kind is what stands there, in words.
func (v value) kind() string {
	switch v.node.Kind {
	case yaml.SequenceNode:
		return "a list"
	case yaml.MappingNode:
		return "a mapping"
	}
	switch v.node.ShortTag() {
	case "!!int", "!!float":
		return "a number"
	case "!!bool":
		return "true or false"
	case "!!null":
		return "nothing"
	}
	return "text"
}

// items are the values of a list.
func (v value) items(want string) []value {
	if v.node.Kind != yaml.SequenceNode {
		v.fail("want %s, got %s", want, v.kind())
		return nil
	}
	v = v.settled()
	items := make([]value, 0, len(v.node.Content))
	for i, n := range v.node.Content {
		if item, ok := v.child(n, "[]", false); ok {
			item.index = i
			items = append(items, item)
		}
	}
	return items
}

// pair is a key of a mapping with its value.
type pair struct {
	key  string
	at   value // the key, with the path of the mapping
	node *yaml.Node
}

// pairs are the keys and values of a mapping, each key once.
func (v value) pairs(want string) []pair {
	if v.node.Kind != yaml.MappingNode {
		v.fail("want %s, got %s", want, v.kind())
		return nil
	}
	v = v.settled()
	lines := map[string]int{}
	pairs := make([]pair, 0, len(v.node.Content)/2)
	for i := 0; i+1 < len(v.node.Content); i += 2 {
		resolved, ok := v.resolve(v.node.Content[i])
		if !ok {
			return pairs
		}
		at := v
		at.line, at.column = v.node.Content[i].Line, v.node.Content[i].Column
		key := resolved.Value
		switch first, again := lines[key]; {
		case resolved.Kind != yaml.ScalarNode:
			at.fail("a key must be text")
			continue
		case resolved.ShortTag() == "!!merge":
			at.fail("merge keys (<<) are not supported; repeat the keys")
			continue
		case again && isNull(v.node.Content[i+1]): // see unknown
			at.fail("duplicate key, first in line %d", first)
			continue
		case again:
			at.named(key).fail("duplicate key, first in line %d", first)
			continue
		}
		lines[key] = at.line
		pairs = append(pairs, pair{key: key, at: at, node: v.node.Content[i+1]})
	}
	return pairs
}

// named adds a key to the path where it may be shown: in a secret place, or where
// it does not look like a key, it may be a misplaced value.
func (v value) named(key string) value {
	if v.secret || !harmless(key) || strings.ContainsAny(key, " /*") {
		return v
	}
	v = v.settled()
	v.step = key
	return v
}

// harmless reports whether a text of a place that is not secret may be quoted in
// a message: short, and not like an address or a pair of name and value.
func harmless(text string) bool {
	if text == "" || len(text) > 40 {
		return false
	}
	for _, r := range text {
		if (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && !strings.ContainsRune(" ._+*/-", r) {
			return false
		}
	}
	return true
}
