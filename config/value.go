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
	lines    []string // of the file, for places inside scalars
	problems []Problem
	warnings []Problem

	places map[string]value // the values that were given, by path
	refs   map[step]string  // see below
	given  []given          // what was read, for unsupported
	visits int              // values that may still be visited: aliases must not multiply
	loose  bool             // unknown keys are passed over
	rules  map[string]*filter.Filter
	always *filter.Filter // the rule true
}

func newDecoder(file string, data []byte, env func(string) (string, bool)) *decoder {
	return &decoder{
		file: file, env: env, lines: splitLines(data),
		places: map[string]value{}, refs: map[step]string{}, rules: map[string]*filter.Filter{},
	}
}

// again returns a decoder for another reading of the same text.
func (d *decoder) again() *decoder {
	a := *d
	a.problems = slices.Clone(d.problems)
	a.places, a.refs, a.rules = map[string]value{}, map[step]string{}, map[string]*filter.Filter{}
	return &a
}

// step is a key below a key's path in Reference.
type step struct{ ref, key string }

// below returns the path of a key in Reference. They are few, however many sources
// repeat them.
func (d *decoder) below(ref, key string) string {
	at := step{ref, key}
	path, ok := d.refs[at]
	if !ok {
		path = ref + key
		d.refs[at] = path
	}
	return path
}

// given is a key's value as it was understood.
type given struct {
	at   value
	read any
}

// value is a node at its place. The place of an alias is where it is used.
type value struct {
	*decoder
	node         *yaml.Node // no alias
	line, column int
	path         string // sources[2].url
	ref          string // sources[].url: the key's path in Reference
	secret       bool   // what stands here is never shown
}

// add adds a problem. The library places what is missing behind the end of the
// file; such a place is moved into it.
func (d *decoder) add(line, column int, path, message string) {
	line, column = d.clamp(line, column)
	d.problems = append(d.problems, Problem{File: d.file, Line: line, Column: column, Path: path, Message: message})
}

// fail adds a problem at the value.
func (v value) fail(format string, args ...any) {
	v.add(v.line, v.column, v.path, fmt.Sprintf(format, args...))
}

// warn adds a warning at the value.
func (v value) warn(format string, args ...any) {
	v.warnings = append(v.warnings, Problem{
		File: v.file, Line: v.line, Column: v.column, Path: v.path, Message: fmt.Sprintf(format, args...),
	})
}

// resolve follows an alias and counts, so that a small file that aliases make
// large is refused. false: given up, and said so once.
func (v value) resolve(n *yaml.Node) (*yaml.Node, bool) {
	v.visits--
	if v.visits < 0 {
		if v.visits == -1 {
			v.add(n.Line, n.Column, v.path, "aliases make this file more than ten times larger; write the values out")
		}
		return nil, false
	}
	if n.Kind == yaml.AliasNode {
		return n.Alias, true
	}
	return n, true
}

// child is a value below this one, at a step such as "url" or "[2]"; without a
// step it has this one's path.
func (v value) child(n *yaml.Node, step string, secret bool) (value, bool) {
	resolved, ok := v.resolve(n)
	if !ok {
		return value{}, false
	}
	c := value{decoder: v.decoder, node: resolved, line: n.Line, column: n.Column, secret: v.secret || secret}
	switch {
	case step == "":
		c.path, c.ref = v.path, v.ref
	case strings.HasPrefix(step, "["):
		c.path, c.ref = v.path+step, v.below(v.ref, "[]")
	case v.path == "":
		c.path, c.ref = step, step
	default:
		c.path, c.ref = v.path+"."+step, v.below(v.below(v.ref, "."), step)
	}
	return c, true
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
	items := make([]value, 0, len(v.node.Content))
	for i, n := range v.node.Content {
		if item, ok := v.child(n, "["+strconv.Itoa(i)+"]", false); ok {
			v.places[item.path] = item
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
	if v.path == "" {
		v.path = key
	} else {
		v.path += "." + key
	}
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
