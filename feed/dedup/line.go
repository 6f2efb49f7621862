package dedup

import (
	"strings"

	"sluice/feed/canonical"
	"sluice/feed/sanitize"

	"github.com/cespare/xxhash/v2"
)

// line is a block of an article's body as far as it says something.
type line struct {
	text  string // without what changes by itself
	key   uint64 // of the text, else of what is shown in its place; 0: the line shows nothing
	marks uint64 // of its tags and of where these lead
	words int    // of the text; what has none counts as many
	size  int    // of the text as it was
}

// leastWords is how long a line must be to be known for being repeated: "Resolved"
// may stand in many items, and is what each of them says.
const leastWords = 4

func lines(html string) []line { return linesInto(html, nil) }

// linesInto is lines that adds the tags to a hash beside; nil is none.
func linesInto(html string, beside *hash) []line {
	all := make([]line, 0, strings.Count(html, "<")/2+1)
	counted := false
	for b := range sanitize.Blocks(html) {
		l := lineOf(b, beside)
		counted = counted || l.size > 0 && l.size < maxCounter && strings.ContainsAny(b.Text, "0123456789") &&
			counts(strings.Fields(b.Text)) == readers
		all = append(all, l)
	}
	if counted { // where readers are counted, so is what they think of it
		for i, l := range all {
			if l.size < maxCounter && counts(strings.Fields(l.text)) == scores {
				all[i].text, all[i].key = "", 0
			}
		}
	}
	return all
}

// maxCounter is below what no line of counters is, in bytes.
const maxCounter = 80

func lineOf(b sanitize.Block, beside *hash) line {
	l := line{text: quiet(b.Text), size: len(b.Text)}
	h := newHash()
	shows := h.tags(b.HTML, beside)
	l.marks = h.sum()
	switch {
	case l.text != "":
		l.key, l.words = max(xxhash.Sum64String(l.text), 1), strings.Count(l.text, " ")+1
	case shows:
		l.key, l.words = l.marks, leastWords
	}
	return l
}

// tags hashes the tags of HTML without what changes by itself: of attributes only
// where they lead, of pictures the address without its query. It reports whether
// one of them shows something or leads somewhere. What it adds it adds to the hash
// beside as well, unless that is nil: to know where a link leads is most of the work.
func (h *hash) tags(html string, beside *hash) (shows bool) {
	add := func(s string) {
		h.add(s)
		if beside != nil {
			beside.add(s)
		}
	}
	for {
		_, rest, ok := strings.Cut(html, "<")
		if !ok {
			return shows
		}
		tag, after, _ := strings.Cut(rest, ">")
		html = after
		name, attributes, _ := strings.Cut(tag, " ")
		if strings.HasPrefix(name, "/") {
			continue
		}
		add(strings.TrimSuffix(name, "/"))
		if href, ok := attribute(attributes, `href="`); ok {
			shows = true
			add(linkKey(href))
		}
		if src, ok := attribute(attributes, `src="`); ok {
			shows = true
			add(withoutQuery(src))
		}
	}
}

// attribute returns the value of an attribute as feed/sanitize writes it.
func attribute(attributes, name string) (string, bool) {
	for {
		i := strings.Index(attributes, name)
		if i < 0 {
			return "", false
		}
		value, rest, _ := strings.Cut(attributes[i+len(name):], `"`)
		if i == 0 || attributes[i-1] == ' ' {
			return value, true
		}
		attributes = rest
	}
}

// linkKey is where a link in a text leads, without what says how readers came.
func linkKey(href string) string { return canonical.Link(strings.ReplaceAll(href, "&amp;", "&")) }

func withoutQuery(address string) string {
	address, _, _ = strings.Cut(address, "?")
	return address
}

// fileKey is the address of a file as far as it names it. What a server is asked
// for by a name that ends as files do is not changed by a query: sizes, tokens and
// counters stand there.
func fileKey(address string) string {
	path := withoutQuery(address)
	name := path[strings.LastIndexByte(path, '/')+1:]
	_, kind, ok := cutLast(name, ".")
	switch kind = strings.ToLower(kind); {
	case !ok || kind == "" || len(kind) > 4 || strings.Trim(kind, "abcdefghijklmnopqrstuvwxyz0123456789") != "":
		return keyOf(address)
	case strings.HasPrefix(kind, "php") || strings.HasPrefix(kind, "asp") || kind == "cgi" || kind == "jsp" || kind == "html" || kind == "htm" || kind == "ashx":
		return keyOf(address)
	}
	return keyOf(path)
}

func cutLast(s, sep string) (before, after string, ok bool) {
	if i := strings.LastIndex(s, sep); i >= 0 {
		return s[:i], s[i+len(sep):], true
	}
	return s, "", false
}
