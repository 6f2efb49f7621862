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
// reader would see a difference but for what changes by itself: where a publisher
// counts readers and comments, dates by hours that have passed, or writes other
// campaign parameters at each poll, they stay equal. Digests are stored; articles
// whose digests differ are compared themselves, so that another way to make them
// costs a comparison and is no edit.
func Digests(a feed.Article) Digest {
	body, detail := linesAndDetail(a)
	return digests(a, evidenceOf(a), body, detail)
}

func digests(a feed.Article, e evidence, body []line, detail uint64) Digest {
	return Digest{
		Real:   realDigest(a, e, body),
		Detail: detail,
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
type hash struct{ d xxhash.Digest }

func newHash() hash {
	var h hash
	h.d.Reset()
	return h
}

func (h *hash) add(fields ...string) {
	var size [20]byte
	for _, f := range fields {
		_, _ = h.d.Write(append(strconv.AppendInt(size[:0], int64(len(f)), 10), ':')) // never fails
		_, _ = h.d.WriteString(f)
	}
}

func (h *hash) sum() uint64 { return max(h.d.Sum64(), 1) }

func realDigest(a feed.Article, e evidence, body []line) uint64 {
	h := newHash()
	h.add(quiet(a.Title))
	says := false
	for _, l := range body {
		if l.text != "" {
			// How the text is divided into lines is markup.
			_, _ = h.d.WriteString(l.text)
			_, _ = h.d.WriteString(" ")
			says = true
		}
	}
	h.add(e.url)
	h.add(filesOf(a)...)
	if !says {
		h.add(pictures(a)...)
	}
	return h.sum()
}

// filesOf are the keys of an article's enclosures. Their order says nothing.
func filesOf(a feed.Article) []string {
	files := make([]string, len(a.Enclosures))
	for i, enc := range a.Enclosures {
		files[i] = fileKey(enc.URL)
	}
	slices.Sort(files)
	return files
}

// pictures are what an item without a word says.
func pictures(a feed.Article) []string {
	all := []string{fileKey(a.Image)}
	for _, src := range sources(a.Body()) {
		all = append(all, withoutQuery(src))
	}
	return all
}

// keyOf is an address as far as it names something: its key, else itself.
func keyOf(address string) string {
	if key, ok := canonical.URL(address); ok {
		return key
	}
	return address
}

// linesAndDetail returns the lines of an article's body, and the digest of all that is
// shown beside their words. Both are made of the body's tags, which are read once.
func linesAndDetail(a feed.Article) (body []line, detail uint64) {
	h := newHash()
	h.frame(a)
	h.add("markup")
	if a.Content != "" {
		body = linesInto(a.Content, &h)
	} else {
		body = lines(a.Summary)
	}
	h.add("summary")
	for b := range sanitize.Blocks(a.Summary) {
		h.add(quiet(b.Text))
		h.tags(b.HTML, nil)
	}
	return body, h.sum()
}

// frame hashes what is shown of an article beside title and texts.
func (h *hash) frame(a feed.Article) {
	scheme, _, _ := strings.Cut(a.URL, ":") // that a site moved to https should show
	h.add(scheme, a.Language, fileKey(a.Image), keyOf(a.Comments))
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
}

func (h *hash) extensions(list []feed.Extension) {
	for _, e := range list {
		h.add("extension", e.Space, e.Name, e.Text)
		for _, at := range e.Attrs {
			h.add(at.Name, fileKey(at.Value))
		}
		h.extensions(e.Elements)
		h.add("end")
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

// Sum is the digest in one number, mixed with another.
func (d Digest) Sum(with uint64) uint64 {
	for _, part := range [...]uint64{d.Real, d.Detail, d.Title, d.URL, d.GUID} {
		with = (with ^ part) * 0x9e3779b97f4a7c15 // an odd number without a pattern
		with ^= with >> 29
	}
	return max(with, 1)
}
