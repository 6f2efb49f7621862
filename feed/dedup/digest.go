package dedup

import (
	"slices"
	"strconv"
	"strings"
	"unicode"

	"sluice/feed"
	"sluice/feed/canonical"
	"sluice/feed/sanitize"

	"github.com/cespare/xxhash/v2"
	"golang.org/x/text/unicode/norm"
)

// Digests returns what is remembered of an article. Equal digests mean that no
// reader would see a difference; where a publisher only counts his readers,
// with other campaign parameters or pixels at each poll, they stay equal.
// Digests are stored: a change of how they are made is an edit of every article.
func Digests(a feed.Article) Digest {
	return digests(a, evidenceOf(a), sanitize.TextOf(a.Body()))
}

func digests(a feed.Article, e evidence, text string) Digest {
	return Digest{
		Real:   realDigest(a, e, text),
		Detail: detailDigest(a),
		Title:  optional(NormalTitle(a.Title)),
		URL:    optional(e.url),
		GUID:   optional(e.guid),
	}
}

// NormalTitle returns the title as it is compared: compatible forms of characters
// made one (Unicode NFKC), in lower case, its words alone. A title without any
// letter or digit stands for itself.
func NormalTitle(title string) string {
	folded := strings.ToLower(norm.NFKC.String(title))
	words := strings.FieldsFunc(folded, func(r rune) bool {
		return !unicode.In(r, unicode.L, unicode.M, unicode.N)
	})
	if len(words) == 0 {
		return strings.TrimSpace(folded)
	}
	return strings.Join(words, " ")
}

// optional hashes a value that may be missing; 0 means that it is.
func optional(s string) uint64 {
	if s == "" {
		return 0
	}
	return max(xxhash.Sum64String(s), 1)
}

// hash joins fields into one number, keeping them apart.
type hash struct{ d *xxhash.Digest }

func newHash() hash { return hash{xxhash.New()} }

func (h hash) add(fields ...string) {
	for _, f := range fields {
		_, _ = h.d.Write(append(strconv.AppendInt(nil, int64(len(f)), 10), ':')) // never fails
		_, _ = h.d.WriteString(f)
	}
}

func (h hash) sum() uint64 { return max(h.d.Sum64(), 1) }

func realDigest(a feed.Article, e evidence, text string) uint64 {
	h := newHash()
	h.add(a.Title, text, e.url)
	files := make([]string, len(a.Enclosures))
	for i, enc := range a.Enclosures {
		files[i] = keyOf(enc.URL)
	}
	slices.Sort(files) // their order says nothing
	h.add(files...)
	if text == "" {
		// A picture without a word: the picture is what the item says.
		h.add(keyOf(a.Image))
		for _, src := range sources(a.Body()) {
			h.add(keyOf(src))
		}
	}
	return h.sum()
}

// keyOf is an address as far as it names something: its key, else itself.
func keyOf(address string) string {
	if key, ok := canonical.URL(address); ok {
		return key
	}
	return address
}

func detailDigest(a feed.Article) uint64 {
	h := newHash()
	scheme, _, _ := strings.Cut(a.URL, ":") // that a site moved to https should show
	h.add(scheme, a.Language, keyOf(a.Image), keyOf(a.Comments))
	for _, p := range a.Authors {
		h.add("author", p.Name, p.Email, p.URL)
	}
	for _, c := range a.Categories {
		h.add("category", c.Term, c.Scheme, c.Label)
	}
	for _, e := range a.Enclosures {
		h.add("enclosure", e.Type, strconv.FormatInt(e.Length, 10), e.Title, e.Duration.String())
	}
	for _, l := range a.Links {
		h.add("link", l.Rel, keyOf(l.URL), l.Type, l.Title)
	}
	if o := a.Origin; o != nil {
		h.add("origin", o.ID, o.Title, o.URL, o.Link)
	}
	h.extensions(a.Extensions)
	h.add("markup")
	h.markup(a.Content)
	h.add("summary")
	h.markup(a.Summary)
	return h.sum()
}

func (h hash) extensions(list []feed.Extension) {
	for _, e := range list {
		h.add("extension", e.Space, e.Name, e.Text)
		for _, at := range e.Attrs {
			h.add(at.Name, keyOf(at.Value))
		}
		h.extensions(e.Elements)
		h.add("end")
	}
}

// markup hashes HTML without the queries of its pictures: the sizes and counters
// that stand there change by themselves.
func (h hash) markup(html string) {
	for {
		before, rest, ok := strings.Cut(html, ` src="`)
		h.add(before)
		if !ok {
			return
		}
		src, after, _ := strings.Cut(rest, `"`)
		src, _, _ = strings.Cut(src, "?")
		h.add(src)
		html = after
	}
}

// sources returns the addresses of the pictures and players in sanitised HTML.
func sources(html string) []string {
	var found []string
	for {
		_, rest, ok := strings.Cut(html, ` src="`)
		if !ok {
			return found
		}
		src, after, _ := strings.Cut(rest, `"`)
		found = append(found, src)
		html = after
	}
}

// Compare says what happened to an article between two digests of it.
func Compare(was, is Digest) Change {
	switch {
	case was == is:
		return Same
	case was.Real != is.Real:
		return Edited
	}
	return Touched
}
