package dedup

import (
	"crypto/sha256"
	"slices"
	"strconv"
	"strings"

	"sluice/feed"
	"sluice/feed/canonical"
)

// NewMark returns the mark of a kind made from parts. Parts are kept apart, so
// that ("ab", "c") and ("a", "bc") differ. Marks are stored: how one is made from
// an article never changes.
func NewMark(kind Kind, parts ...string) Mark {
	b := make([]byte, 0, 512) // most marks are made of an address
	for _, part := range parts {
		b = append(strconv.AppendInt(b, int64(len(part)), 10), ':')
		b = append(b, part...)
	}
	m, sum := Mark{Kind: kind}, sha256.Sum256(b)
	copy(m.Sum[:], sum[:])
	return m
}

// evidence is what marks are made from, computed once for an article.
type evidence struct {
	guid   string
	path   string // what KindPath keeps of the guid; empty where it is no address
	url    string // the canonical address; empty without one
	anchor string // the part of the page that the address names; empty without one
}

func evidenceOf(a feed.Article) evidence {
	e := evidence{guid: a.GUID}
	e.url, _ = canonical.URL(a.URL)
	e.anchor = anchor(a.URL)
	key, ok := canonical.URL(a.GUID)
	if i := strings.IndexByte(key, '/'); ok && i >= 0 {
		e.path = key[i:]
		if place := anchor(a.GUID); place != "" && !isCounter(place) {
			e.path += "#" + place
		}
	}
	return e
}

// anchor is the fragment of an address where it names a place on the page: not
// one that an application routes by, which the canonical form keeps, nor one that
// says how a reader came or which words to mark.
func anchor(address string) string {
	_, fragment, _ := strings.Cut(address, "#")
	name, _, isParam := strings.Cut(fragment, "=")
	switch {
	case strings.HasPrefix(fragment, "!"), strings.HasPrefix(fragment, "/"), strings.HasPrefix(fragment, ":~:"):
		return ""
	case isParam && (strings.HasPrefix(name, "utm_") || name == "xtor" || name == "ref"):
		return ""
	}
	return fragment
}

// isCounter reports whether a fragment may count revisions ("#0", "#3"), as the
// BBC's guids do; longer numbers are anchors of comments and posts.
func isCounter(fragment string) bool {
	return fragment != "" && len(fragment) <= 3 && strings.Trim(fragment, "0123456789") == ""
}

// split divides an article's marks, strongest first, into those that identify in
// the mode and the others. text makes the mark of what the article says.
func (e evidence) split(mode feed.IdentityMode, title string, text func() Mark) (marks, beside []Mark) {
	var guid, path, url []Mark
	if e.guid != "" {
		guid = []Mark{NewMark(KindGUID, e.guid)}
		if e.path != "" {
			path = []Mark{NewMark(KindPath, e.path)}
		}
	}
	if e.url != "" {
		url = []Mark{NewMark(KindURL, e.url)}
	}
	switch {
	case mode == feed.IdentityContent:
		marks, beside = nil, slices.Concat(guid, path, url)
	case mode == feed.IdentityGUID && guid != nil:
		marks, beside = guid, slices.Concat(path, url)
	case mode == feed.IdentityLink && url != nil:
		marks, beside = url, slices.Concat(guid, path)
	default:
		marks = slices.Concat(guid, path, url)
		if guid != nil && url == nil {
			beside = []Mark{text()} // all that is left where a publisher makes other guids at each poll
		}
	}
	switch {
	case len(marks) > 0:
	case mode == feed.IdentityContent || title == "":
		marks = []Mark{text()}
	default:
		// The title alone finds what was edited; it takes a likeness of the texts
		// to be believed.
		marks = []Mark{text(), e.triple(title)}
	}
	return marks, beside
}

func (e evidence) triple(title string) Mark {
	return NewMark(KindTriple, e.guid, e.url, e.anchor, title)
}

// cross returns the marks by which copies in other sources are found.
func (e evidence) cross() []Mark {
	var found []Mark
	if IsIRI(e.guid) {
		found = append(found, NewMark(KindGUID, e.guid))
	}
	if e.url != "" {
		found = append(found, NewMark(KindURL, e.url))
	}
	return found
}

// MarksOf returns the marks under which articles of all sources are found that have
// an address, or a guid; none where it can be neither.
func MarksOf(address string) []Mark {
	e := evidenceOf(feed.Article{GUID: address, URL: address})
	return e.cross()
}

// Narrow returns the marks that tell the item from others of its guid or address.
// They are looked up and kept where one of its Marks is contested.
func (it Item) Narrow() []Mark {
	return []Mark{it.text(), it.triple(NormalTitle(it.Article.Title))}
}

// text is the mark of all that an item says.
func (it Item) text() Mark {
	parts := []string{NormalTitle(it.Article.Title), it.prose.plain()}
	for _, e := range it.Article.Enclosures {
		parts = append(parts, keyOf(e.URL))
	}
	if it.prose.size == 0 {
		parts = append(parts, keyOf(it.Article.Image))
		for _, src := range sources(it.Article.Body()) {
			parts = append(parts, keyOf(src))
		}
	}
	return NewMark(KindText, parts...)
}

// first is the mark that an id is made from: the strongest that is the item's own.
func (it Item) first() Mark {
	for _, m := range it.Marks {
		if !slices.Contains(it.Contested, m) {
			return m
		}
	}
	return it.Narrow()[1]
}
