package cli

import (
	"bytes"
	"fmt"
	"io"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// logLines writes lines of a log as they may stand on a terminal and in a file. Much of
// what is logged was written by strangers: titles, addresses, errors, names of programs.
// slog keeps each record to one line; what is left, such as letters that turn the
// direction of writing, is made visible here, for all forms.
type logLines struct {
	to   io.Writer
	form string
}

// Write implements io.Writer. It is given one record at a time, as slog promises.
func (l *logLines) Write(record []byte) (int, error) {
	line := visible(record)
	if l.form == formJournal {
		line = forJournal(line)
	}
	if _, err := l.to.Write(line); err != nil {
		return 0, err
	}
	return len(record), nil
}

// visible returns a line in which everything but the line's own end can be seen, or is a
// blank: anything else is written as \u and its number, which JSON and Go read as
// that letter. Most lines are as they should be and are returned as they are.
func visible(line []byte) []byte {
	body, ended := bytes.CutSuffix(line, []byte("\n"))
	at := invisible(body)
	if at < 0 {
		return line
	}
	out := append(make([]byte, 0, len(line)+16), body[:at]...)
	for rest := body[at:]; len(rest) > 0; {
		r, size := utf8.DecodeRune(rest)
		if isVisible(r, size) {
			out = append(out, rest[:size]...)
		} else if one, two := utf16.EncodeRune(r); one != unicode.ReplacementChar {
			out = fmt.Appendf(out, `\u%04x\u%04x`, one, two)
		} else {
			out = fmt.Appendf(out, `\u%04x`, r)
		}
		rest = rest[size:]
	}
	if ended {
		out = append(out, '\n')
	}
	return out
}

// invisible is where the first letter of a text stands that cannot be seen; -1: nowhere.
func invisible(text []byte) int {
	for at := 0; at < len(text); {
		if c := text[at]; c >= ' ' && c < 0x7f {
			at++
			continue
		}
		r, size := utf8.DecodeRune(text[at:])
		if !isVisible(r, size) {
			return at
		}
		at += size
	}
	return -1
}

func isVisible(r rune, size int) bool {
	return unicode.IsPrint(r) && (r != utf8.RuneError || size > 1)
}

// priorities are how systemd's journal is told how grave a line is (sd-daemon(3)), by how
// slog begins it.
var priorities = []struct{ level, prefix string }{
	{"level=DEBUG", "<7>"}, {"level=INFO", "<6>"}, {"level=WARN", "<4>"}, {"level=ERROR", "<3>"},
}

// forJournal replaces the level of a line by the prefix that the journal takes off again.
func forJournal(line []byte) []byte {
	for _, p := range priorities {
		if rest, ok := bytes.CutPrefix(line, []byte(p.level)); ok {
			_, rest, _ = bytes.Cut(rest, []byte(" ")) // a level between two is written INFO+1
			return append([]byte(p.prefix), rest...)
		}
	}
	return line
}
