package config

import (
	"errors"
	"strings"
	"unicode/utf8"

	"sluice/feed/filter"

	"go.yaml.in/yaml/v4"
)

// keepField is the key of a rule.
func keepField(dst **filter.Filter) field {
	f := of("keep", dst, rule)
	f.get = func() any { return (*dst).Rule() }
	return f
}

// rule reads and compiles a rule. Its faults are told where they stand in the file.
func rule(v value) (*filter.Filter, bool) {
	s, ok := v.scalar("a rule")
	if !ok {
		return nil, false
	}
	f, err := v.compile(s.text)
	switch {
	case err == nil && s.derived:
		return f.ShownAs(s.shown), true
	case err == nil:
		return f, true
	}
	invalid, ok := errors.AsType[*filter.Error](err)
	switch {
	case s.derived || v.secret: // what is said about a rule quotes it
		v.fail("the rule does not compile; why is not shown, because part of it comes from the environment or a file")
	case !ok:
		v.fail("%s", err)
	default:
		for _, p := range invalid.Problems {
			at := v.inside(p.Line, p.Column)
			at.fail("%s", p.Message)
		}
	}
	return nil, false
}

// compile compiles a rule, the same one once.
func (d *decoder) compile(rule string) (*filter.Filter, error) {
	if f, ok := d.rules[rule]; ok {
		return f, nil
	}
	f, err := filter.Compile(rule)
	if err == nil {
		d.rules[rule] = f
	}
	return f, err
}

// inside returns the place of a line and column within a scalar's text, and the
// scalar's own place where the file writes the text in a way that hides it:
// folded lines, escapes, anchors.
func (v value) inside(line, column int) value {
	text := strings.Split(v.node.Value, "\n")
	if line > len(text) || v.node.Line > len(v.lines()) {
		return v
	}
	before, ok := firstRunes(text[line-1], column-1)
	if !ok {
		return v
	}
	at := v
	if v.node.Style&yaml.LiteralStyle != 0 {
		if v.node.Line+line > len(v.lines()) {
			return v
		}
		indent, ok := strings.CutSuffix(v.lines()[v.node.Line+line-1], text[line-1])
		if !ok || strings.Trim(indent, " ") != "" {
			return v
		}
		at.line, at.column = v.node.Line+line, len(indent)+column
		return at
	}
	if len(text) > 1 || v.node.Column < 1 {
		return v
	}
	start, ok := firstRunes(v.lines()[v.node.Line-1], v.node.Column-1)
	if !ok {
		return v
	}
	written := v.lines()[v.node.Line-1][len(start):]
	opening, escaped := "", before
	switch {
	case v.node.Style&yaml.SingleQuotedStyle != 0:
		opening, escaped = "'", strings.ReplaceAll(before, "'", "''")
	case v.node.Style&yaml.DoubleQuotedStyle != 0:
		opening, escaped = `"`, strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(before)
	}
	if !strings.HasPrefix(written, opening+escaped) {
		return v
	}
	at.line, at.column = v.node.Line, v.node.Column+utf8.RuneCountInString(opening+escaped)
	return at
}

// firstRunes returns the first n characters of a line; one more than it has is
// its end.
func firstRunes(line string, n int) (string, bool) {
	for i := range line {
		if n == 0 {
			return line[:i], true
		}
		n--
	}
	return line, n == 0
}
