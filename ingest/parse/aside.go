package parse

import "bytes"

// aside measures a comment, a processing instruction or a declaration; -1 when
// it does not end. None of them says anything that we need.
func aside(b []byte) int {
	end := func(from int, s string) int {
		if from > len(b) {
			return -1
		}
		n := bytes.Index(b[from:], []byte(s))
		if n < 0 {
			return -1
		}
		return from + n + len(s)
	}
	switch {
	case bytes.HasPrefix(b, []byte("<!--")):
		return end(4, "-->")
	case b[1] == '?':
		return end(2, "?>")
	}
	depth, quote := 0, byte(0)
	for i, c := range b {
		switch {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote = c
		case c == '<':
			depth++
		case c == '>':
			if depth--; depth == 0 {
				return i + 1
			}
		}
	}
	return -1
}

// isAside reports whether b begins like a comment, an instruction or a declaration,
// or ends before one can tell.
func isAside(b []byte) bool {
	if len(b) < 2 || b[1] != '!' && b[1] != '?' {
		return false
	}
	return len(b) == 2 || isNameStart(b[2]) || b[1] == '!' && (b[2] == '-' || b[2] == '[')
}

// blank makes spaces of all but white space, so that lines stay lines.
func blank(b []byte) {
	for i, c := range b {
		if !isSpace(c) {
			b[i] = ' '
		}
	}
}

func isNameStart(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_' || c == ':' || c >= 0x80
}
