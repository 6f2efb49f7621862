package sanitize

import (
	"strings"

	"golang.org/x/net/html"
)

// The tokenizer looks at each byte by itself, and copies names, values and texts several
// times before anybody has asked for them. Most of what publishers send is written plainly,
// though: names in small letters, values in double quotes, no comments and nothing whose
// content is read by rules of its own. As long as a fragment is, its tokens are read here,
// and are the tokenizer's. It reads the rest from the first token on that is anything else.

// plainly reads the next token and handles it. It reports false, and has read nothing,
// where that is the tokenizer's, or none.
func (r *reader) plainly() bool {
	rest := r.source[r.at:]
	if rest == "" {
		return false
	}
	if rest[0] != '<' {
		return r.plainText(rest)
	}
	if len(rest) > 1 && rest[1] == '/' {
		n := plainName(rest[2:])
		if n == 0 || !strings.HasPrefix(rest[2+n:], ">") {
			return false
		}
		r.at += n + len("</>")
		r.endTag(rest[2 : 2+n])
		return true
	}
	return r.plainTag(rest)
}

// plainText reads a text up to a tag, or to the end.
func (r *reader) plainText(rest string) bool {
	text, tag, found := strings.Cut(rest, "<")
	if found && plainName(strings.TrimPrefix(tag, "/")) == 0 || strings.IndexByte(text, '\r') >= 0 {
		return false
	}
	r.at += len(text)
	switch {
	case r.dropped != "":
	case strings.IndexByte(text, '&') >= 0:
		r.text(html.UnescapeString(text))
	case strings.IndexByte(text, '>') >= 0:
		r.text(text)
	default:
		r.escaped(text, text) // Plain has seen it, and there is nothing to escape
	}
	return true
}

// plainTag reads a start tag.
func (r *reader) plainTag(rest string) bool {
	n := plainName(rest[1:])
	name := rest[1 : 1+n]
	if n == 0 || hasOwnRules(name) {
		return false
	}
	tag := r.tag[:0] // the reader's own once all of it is plain
	for i := 1 + n; ; {
		blanks := plainBlanks(rest[i:])
		i += blanks
		alone := strings.HasPrefix(rest[i:], "/>")
		if alone || strings.HasPrefix(rest[i:], ">") {
			r.at += i + 1
			if alone {
				r.at++
			}
			r.tag = tag
			r.startTag(name, false, alone)
			r.tag = tag[:0]
			return true
		}
		a, size := plainAttribute(rest[i:])
		if blanks == 0 || size == 0 {
			return false
		}
		tag = append(tag, a)
		i += size
	}
}

// plainAttribute reads an attribute, and returns its size; 0 where it is not plain.
func plainAttribute(s string) (a attr, size int) {
	n := 0
	for n < len(s) && (s[n] >= 'a' && s[n] <= 'z' || s[n] == '-') {
		n++
	}
	if n == 0 || !strings.HasPrefix(s[n:], `="`) {
		return attr{}, 0
	}
	val, _, found := strings.Cut(s[n+2:], `"`)
	if !found || strings.IndexByte(val, '\r') >= 0 {
		return attr{}, 0
	}
	size = n + len(val) + len(`=""`)
	if amps := strings.Count(val, "&"); amps > 0 {
		if amps != strings.Count(val, "&amp;") {
			return attr{}, 0 // there are rules for references within a value
		}
		val = strings.ReplaceAll(val, "&amp;", "&")
	}
	return attr{s[:n], val}, size
}

// plainName measures the name that s begins with, in small letters and digits.
func plainName(s string) int {
	n := 0
	for n < len(s) && (s[n] >= 'a' && s[n] <= 'z' || n > 0 && s[n] >= '0' && s[n] <= '9') {
		n++
	}
	return n
}

func plainBlanks(s string) int {
	n := 0
	for n < len(s) && (s[n] == ' ' || s[n] == '\n' || s[n] == '\t') {
		n++
	}
	return n
}

// hasOwnRules tells elements whose content is no markup.
func hasOwnRules(name string) bool {
	switch name {
	case "iframe", "noembed", "noframes", "noscript", "plaintext", "script", "style", "textarea", "title", "xmp":
		return true
	}
	return false
}
