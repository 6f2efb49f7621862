package config

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
)

// maxSecretFile is the largest file that {file: PATH} reads.
const maxSecretFile = 1 << 20

// scalar is the text of a value, with what it names from outside put in.
type scalar struct {
	text    string
	shown   string // the text with *** in place of what came from outside
	derived bool   // something came from outside, so that the text is secret
	quoted  bool
	outside []Secret // what came from there
}

var variable = pattern(`^[A-Za-z_][A-Za-z0-9_]*$`)

// scalar reads a single value. want says in a message what should stand there.
func (v value) scalar(want string) (scalar, bool) {
	if v.node.Kind == yaml.MappingNode && len(v.node.Content) == 2 && v.node.Content[0].Value == "file" {
		return v.fromFile()
	}
	switch {
	case v.node.Kind != yaml.ScalarNode:
		v.fail("want %s, got %s", want, v.kind())
		return scalar{}, false
	case v.null():
		v.fail("want %s, got nothing", want)
		return scalar{}, false
	case v.node.Style&yaml.TaggedStyle != 0 && !plainTags[v.node.ShortTag()]:
		v.fail("YAML tags are not supported here; leave out what begins with !")
		return scalar{}, false
	}
	s, ok := v.expand(v.node.Value)
	s.quoted = v.node.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle|yaml.LiteralStyle|yaml.FoldedStyle) != 0
	return s, ok
}

// plainTags are the tags that say no more than the value itself does.
var plainTags = map[string]bool{"!!str": true, "!!int": true, "!!bool": true, "!!float": true, "!!timestamp": true}

// expand replaces ${NAME} by the variable's value and $${ by a literal ${.
func (v value) expand(text string) (scalar, bool) {
	if !strings.Contains(text, "${") {
		return scalar{text: text, shown: text}, true
	}
	var s scalar
	var full, shown strings.Builder
	good := true
	for {
		before, rest, found := strings.Cut(text, "${")
		if escaped, ok := strings.CutSuffix(before, "$"); found && ok {
			full.WriteString(escaped + "${")
			shown.WriteString(escaped + "${")
			text = rest
			continue
		}
		full.WriteString(before)
		shown.WriteString(before)
		if !found {
			break
		}
		name, after, closed := strings.Cut(rest, "}")
		set := ""
		if closed && variable().MatchString(name) {
			set, closed = v.lookup(name)
			good = good && closed
		} else {
			v.fail("${ begins the name of a variable, such as ${NAME}; write $${ for a literal ${")
			return s, false
		}
		full.WriteString(set)
		s.outside = append(s.outside, NewSecret(set))
		shown.WriteString(mask)
		s.derived = true
		text = after
	}
	s.text, s.shown = full.String(), shown.String()
	return s, good
}

func (v value) lookup(name string) (string, bool) {
	if v.env != nil {
		if set, ok := v.env(name); ok {
			return set, true
		}
	}
	v.fail("the environment variable %s is not set", name)
	return "", false
}

// fromFile reads {file: PATH}.
func (v value) fromFile() (scalar, bool) {
	at, ok := v.child(v.node.Content[1], "", false)
	if !ok {
		return scalar{}, false
	}
	if at.node.Kind != yaml.ScalarNode || at.null() {
		at.fail("{file: PATH} wants the path of a file, got %s", at.kind())
		return scalar{}, false
	}
	path, ok := at.expand(at.node.Value)
	if !ok || !at.oneLine(path) {
		return scalar{}, false
	}
	text, err := readSecret(path.text)
	if err != nil {
		at.fail("cannot read the file %s: %s", path.shown, err)
		return scalar{}, false
	}
	if isOpen(path.text) {
		at.warn("everybody on this machine can read %s, and what it holds is secret: chmod o-r it", path.shown)
	}
	return scalar{text: text, shown: mask, derived: true, outside: []Secret{NewSecret(text)}}, true
}

// readSecret returns a file's content without its trailing line end. The error
// does not name the file.
func readSecret(path string) (text string, err error) {
	info, err := os.Stat(path)
	if err != nil {
		return "", cause(err)
	}
	if !info.Mode().IsRegular() {
		return "", errors.New("it is no regular file") // a pipe without a writer would block
	}
	f, err := os.Open(path)
	if err != nil {
		return "", cause(err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	data, err := io.ReadAll(io.LimitReader(f, maxSecretFile+1))
	switch {
	case err != nil:
		return "", cause(err)
	case len(data) > maxSecretFile:
		return "", fmt.Errorf("it is larger than %d bytes", maxSecretFile)
	case !utf8.Valid(data):
		return "", errors.New("it is not UTF-8 text")
	}
	return strings.TrimSuffix(strings.TrimSuffix(string(data), "\n"), "\r"), nil
}

// cause is a file error without the path.
func cause(err error) error {
	if pathError, ok := errors.AsType[*fs.PathError](err); ok {
		return pathError.Err
	}
	return err
}
