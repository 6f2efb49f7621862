package cli

import (
	"io"
	"os"
	"strings"
	"unicode"

	"golang.org/x/term"
	"golang.org/x/text/width"
)

// terminalWidth is how many columns a line of results may have; 0: no bound, because
// no terminal shows it.
func terminalWidth(w io.Writer) int {
	if s, ok := w.(*sticky); ok {
		w = s.w
	}
	f, ok := w.(*os.File)
	if !ok {
		return 0
	}
	columns, _, err := term.GetSize(int(f.Fd()))
	if err != nil {
		return 0
	}
	return columns
}

// columns is how many columns of a terminal a text takes.
func columns(text string) (n int) {
	for _, r := range text {
		n += columnsOf(r)
	}
	return n
}

// columnsOf is 2 for the wide letters of East Asia and most pictures, and 0 for marks
// that stand on the letter before them.
func columnsOf(r rune) int {
	if unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf) {
		return 0
	}
	switch width.LookupRune(r).Kind() {
	case width.EastAsianWide, width.EastAsianFullwidth:
		return 2
	default:
		return 1
	}
}

// shorten cuts a text to so many columns, the mark of the cut included.
func shorten(text string, most int) string {
	if columns(text) <= most {
		return text
	}
	n := 1 // of the mark
	for i, r := range text {
		if n += columnsOf(r); n > most {
			return strings.TrimRight(text[:i], " ") + "…"
		}
	}
	return text
}

// pad makes a text exactly so many columns wide.
func pad(text string, n int) string {
	text = shorten(text, n)
	return text + strings.Repeat(" ", max(n-columns(text), 0))
}
