package dedup

import (
	"crypto/sha256"
	"strconv"
	"strings"

	"sluice/feed"
	"sluice/feed/canonical"
)

// NewMark returns the mark of a kind made from parts. Parts are kept apart, so
// that ("ab", "c") and ("a", "bc") differ. Marks are stored: how one is made from
// an article never changes.
func NewMark(kind Kind, parts ...string) Mark {
	h := sha256.New()
	for _, part := range parts {
		// Writing to a hash never fails.
		_, _ = h.Write(append(strconv.AppendInt(nil, int64(len(part)), 10), ':'))
		_, _ = h.Write([]byte(part))
	}
	m := Mark{Kind: kind}
	copy(m.Sum[:], h.Sum(nil))
	return m
}

// evidence is what marks are made from, computed once for an article.
type evidence struct {
	guid string
	path string // what KindPath keeps of the guid; empty where it is no address
	url  string // the canonical address; empty without one
}

func evidenceOf(a feed.Article) evidence {
	e := evidence{guid: a.GUID}
	e.url, _ = canonical.URL(a.URL)
	if key, ok := canonical.URL(a.GUID); ok {
		if i := strings.IndexByte(key, '/'); i >= 0 {
			e.path = key[i:]
		}
	}
	return e
}

// marks returns an article's marks within its source, strongest first.
func (e evidence) marks(mode feed.IdentityMode, text func() Mark) []Mark {
	var found []Mark
	guid, link := mode != feed.IdentityLink, mode != feed.IdentityGUID
	if mode == feed.IdentityContent {
		return []Mark{text()}
	}
	if e.guid != "" && (guid || e.url == "") {
		found = append(found, NewMark(KindGUID, e.guid))
		if e.path != "" && guid && link {
			found = append(found, NewMark(KindPath, e.path))
		}
	}
	if e.url != "" && (link || e.guid == "") {
		found = append(found, NewMark(KindURL, e.url))
	}
	if len(found) == 0 {
		found = append(found, text())
	}
	return found
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

// narrower returns the marks for an article whose guid or address turned out to
// name several: the two together, then with the title.
func (e evidence) narrower(title string) []Mark {
	var found []Mark
	if e.guid != "" && e.url != "" {
		found = append(found, NewMark(KindGUIDX, e.guid, e.url))
	}
	if title != "" {
		found = append(found, NewMark(KindGUIDX, e.guid, e.url, title))
	}
	return found
}
