package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
)

// document reads the one YAML document of a file. nil after a problem.
func (d *decoder) document(data []byte) *yaml.Node {
	if line, column, ok := firstBad(data); ok {
		d.add(line, column, "", "a character is not allowed here: the file must be UTF-8 text")
		return nil
	}
	loader, err := yaml.NewLoader(bytes.NewReader(data))
	if err != nil {
		d.add(1, 1, "", "cannot be read as YAML")
		return nil
	}
	var root, second yaml.Node
	if err := loader.Load(&root); err != nil {
		d.syntax(err)
		return nil
	}
	if err := loader.Load(&second); !errors.Is(err, io.EOF) {
		if err != nil {
			d.syntax(err)
			return nil
		}
		d.add(second.Line, second.Column, "", "a second document begins here; a configuration is one document")
		return nil
	}
	d.visits = 10*nodes(&root) + fewVisits
	if root.Kind == yaml.DocumentNode && len(root.Content) == 1 {
		return root.Content[0]
	}
	return &root
}

// syntax makes a problem of the library's error. Its text may quote what stands
// in the file, and that may be a secret: what is in quotes is left out unless it
// is punctuation.
func (d *decoder) syntax(err error) {
	if errors.Is(err, io.EOF) {
		d.add(1, 1, "", emptyFile)
		return
	}
	found, ok := errors.AsType[*yaml.LoadError](err)
	if !ok {
		d.add(1, 1, "", "cannot be read as YAML")
		return
	}
	message := found.Message
	switch {
	case strings.HasPrefix(message, "unknown anchor"):
		message = "no anchor of that name; put a text that begins with * in quotes"
	case strings.HasPrefix(message, "found character that cannot start any token"):
		message = "no value begins like this; indent with blanks, and put a text that begins with @, %, ` or a tab in quotes"
	case strings.HasPrefix(message, "mapping values are not allowed"):
		message = `": " is not allowed here; put a text that holds it in quotes, and look at the indentation`
	case strings.HasPrefix(message, "exceeded max depth"):
		message = "nested too deeply"
	default:
		message = unquote(message)
	}
	if found.ContextMsg != "" && found.ContextMark.Line > 0 && found.ContextMark.Line != found.Mark.Line {
		message += fmt.Sprintf(" (%s that begins in line %d)", found.ContextMsg, found.ContextMark.Line)
	}
	line, _ := d.clamp(found.Mark.Line, found.Mark.Column)
	if strings.Contains(d.lines()[line-1], "${") {
		message += "; inside { } and [ ] a text with ${NAME} needs quotes"
	}
	d.add(found.Mark.Line, found.Mark.Column, "", "YAML: "+message)
}

var punctuation = pattern(`^[],:}>?-]$`)

// unquote takes out of a message what it quotes, apart from punctuation.
func unquote(message string) string {
	parts := strings.Split(message, "'")
	for i := 1; i < len(parts); i += 2 {
		if !punctuation().MatchString(parts[i]) {
			parts[i] = "…"
		}
	}
	return strings.Join(parts, "'")
}

// clamp moves a place that lies behind the end of the file onto its end.
func (d *decoder) clamp(line, column int) (int, int) {
	line, column = max(line, 1), max(column, 1)
	if line > len(d.lines()) {
		line = len(d.lines()) // never 0
		column = d.width(line) + 1
	}
	return line, min(column, d.width(line)+1)
}

// width is the number of characters of a line.
func (d *decoder) width(line int) int { return utf8.RuneCountInString(d.lines()[line-1]) }

// firstBad finds the first character that YAML does not allow. The library finds
// it, too, without saying where.
func firstBad(data []byte) (line, column int, found bool) {
	for at := 0; at < len(data); {
		r, size := utf8.DecodeRune(data[at:])
		switch {
		case r == utf8.RuneError && size == 1,
			r < 0x20 && r != '\t' && r != '\n' && r != '\r',
			r >= 0x7f && r < 0xa0 && r != 0x85,
			r == 0xfffe || r == 0xffff:
			before := splitLines(data[:at])
			return len(before), utf8.RuneCountInString(before[len(before)-1]) + 1, true
		}
		at += size
	}
	return 0, 0, false
}

// lineEnds are the line ends that YAML knows.
var lineEnds = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\u0085", "\n", "\u2028", "\n", "\u2029", "\n")

// splitLines cuts the file into lines, for places inside of scalars.
func splitLines(data []byte) []string {
	return strings.Split(lineEnds.Replace(strings.TrimPrefix(string(data), "\ufeff")), "\n")
}

// nodes counts the nodes of a tree without following aliases.
func nodes(n *yaml.Node) int {
	count := 1
	for _, child := range n.Content {
		count += nodes(child)
	}
	return count
}
