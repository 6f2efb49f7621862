package web

import (
	"bytes"
	"strings"
	"sync"

	"sluice/feed/publish"
)

// maxHeld is how many feeds for holders of tokens are kept. Each is as large as a feed.
const maxHeld = 64

// heldFeeds keeps the feeds of outputs that take a token as their holders get them, by
// place and key. It may be used by many goroutines.
type heldFeeds struct {
	mu   sync.Mutex
	kept map[pageKey]heldFeed
}

type heldFeed struct {
	of   string // tag of the feed that it was made from
	feed *publish.Representation
}

// forHolder is a feed of an output that takes a token, for the holder of one: its links to
// our other addresses, which he follows, end in key, which is his token. The link to
// itself stays without: that is what readers show and pass on.
//
// Its tags are those of the feed that it is made from, because they are compared at his
// address alone, where nothing else ever has them: what he had of a feed is known for it.
func (s *site) forHolder(rep *publish.Representation, at place, key string) *publish.Representation {
	h := &s.held
	h.mu.Lock()
	kept := h.kept[pageKey{at, key}]
	h.mu.Unlock()
	if kept.of == rep.ETag {
		return kept.feed
	}
	made := s.madeForHolder(rep, at, key)
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.kept == nil || len(h.kept) >= maxHeld {
		h.kept = map[pageKey]heldFeed{}
	}
	h.kept[pageKey{at, key}] = heldFeed{rep.ETag, made}
	return made
}

// madeForHolder is forHolder of what is not kept.
func (s *site) madeForHolder(rep *publish.Representation, at place, key string) *publish.Representation {
	made, err := publish.Represent(rep.ContentType, s.keyed(rep.Body, at, key))
	if err != nil {
		panic(err) // in memory: a bug
	}
	made.ETag = rep.ETag
	for i, c := range made.Coded {
		made.Coded[i].ETag = strings.TrimSuffix(rep.ETag, `"`) + "-" + c.Coding + `"`
	}
	return &made
}

// keyed is a document in which the links to places of its own output end in key. A link
// is what stands alone in an attribute, an element or a string. The one to the place
// itself, and those in texts, stay what they are.
func (s *site) keyed(body []byte, at place, key string) []byte {
	own, self := []byte(s.link("/feeds/"+at.name)), s.link(at.path())
	var out bytes.Buffer
	for {
		i := bytes.Index(body, own)
		if i < 0 {
			out.Write(body)
			return out.Bytes()
		}
		end := i + len(own)
		if n := bytes.IndexAny(body[end:], "\"<> '"); n >= 0 {
			end += n
		}
		address := string(body[i:end])
		out.Write(body[:end])
		alone := i > 0 && end < len(body) && (body[i-1] == '"' && body[end] == '"' || body[i-1] == '>' && body[end] == '<')
		if alone && address != self && s.isPlaceOf(at.name, address) {
			out.WriteString(key)
		}
		body = body[end:]
	}
}

// isPlaceOf reports whether an address is that of a place of an output.
func (s *site) isPlaceOf(name, address string) bool {
	file, ok := strings.CutPrefix(address, s.link("/feeds/"))
	if !ok {
		return false
	}
	to, ok := placeOf(file)
	return ok && to.name == name
}
