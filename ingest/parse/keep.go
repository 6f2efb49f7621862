package parse

import (
	"maps"
	"net/url"
	"slices"
	"strings"

	"sluice/feed"
	"sluice/feed/sanitize"

	"github.com/mmcdole/gofeed/atom"
	ext "github.com/mmcdole/gofeed/extensions"
)

// The bounds of what one item's extensions may be.
const (
	maxKept      = 100      // elements
	maxKeptText  = 16 << 10 // bytes of their texts and values
	maxKeptDepth = 4
	maxKeptAttrs = 20
)

// vocabularies are the namespaces that are kept, with their elements; nil: all.
// Left out is what changes by itself, such as views and the number of comments, what
// is only of use to the publisher, what has a place of its own in an article: texts,
// dates, authors and subjects, and what W3C's validator does not know and takes for
// an error.
var vocabularies = []struct {
	prefix, space string
	names         map[string]bool
}{
	{"itunes", feed.SpaceITunes, set("author", "block", "duration", "episode", "episodeType", "explicit", "image", "keywords", "season",
		"subtitle", "title")},
	{"media", feed.SpaceMedia, set("category", "content", "copyright", "credit", "description", "group", "hash", "keywords", "player",
		"rating", "restriction", "text", "thumbnail", "title")},
	{"podcast", feed.SpacePodcast, nil},
	{"dc", feed.SpaceDublinCore, set("contributor", "coverage", "format", "identifier", "publisher", "relation", "rights", "source", "type")},
	{"atom", feed.SpaceAtom, set("contributor", "rights")},
	{"georss", feed.SpaceGeoRSS, set("elev", "featureName", "featureTypeTag", "floor", "line", "point", "polygon", "radius", "relationshipTag")},
	{"geo", feed.SpaceGeo, set("Point", "alt", "lat", "long")},
	{"thr", feed.SpaceThread, set("in-reply-to")},
}

// addressed are the attributes that hold addresses.
var addressed = set("url", "href", "src", "uri", "img", "feedUrl", "itemUrl", "aggregatorUrl")

func set(names ...string) map[string]bool {
	s := make(map[string]bool, len(names))
	for _, n := range names {
		s[n] = true
	}
	return s
}

// keeper collects what is kept of one item.
type keeper struct {
	p        *parser
	base     *url.URL
	image    string // the item's picture, which needs no extension
	elements int
	text     int
	full     bool // something did not fit
}

// keep takes the extensions that may be written out again: by vocabulary, by
// name, and elements of one name as in the document. gofeed remembers no more of
// their order, and none of these vocabularies gives it a meaning.
func (p *parser) keep(d *draft, x extensions, base *url.URL) {
	k := &keeper{p: p, base: base, image: d.Image}
	for _, v := range vocabularies {
		if x[v.prefix] == nil {
			continue
		}
		d.Extensions = append(d.Extensions, k.all(v.space, v.names, x[v.prefix], 1, nil)...)
	}
	k.done()
}

// done warns when something did not fit.
func (k *keeper) done() {
	if k.full {
		k.p.warn(warnExtensions)
	}
}

// all takes the elements of one level, which are those of an item or within another.
func (k *keeper) all(space string, names map[string]bool, level map[string][]ext.Extension, depth int, within *feed.Extension) []feed.Extension {
	var out []feed.Extension
	for _, name := range slices.Sorted(maps.Keys(level)) {
		known := names == nil || names[name] || space == feed.SpaceAtom && within != nil
		if !known || within != nil && !within.Holds(name) || !isWord(name) {
			continue
		}
		for _, e := range level[name] {
			if name == "thumbnail" && depth == 1 && len(e.Attrs) == 1 && k.image != "" && k.p.address(k.base, e.Attrs["url"]) == k.image {
				continue
			}
			if k.elements >= maxKept || depth > maxKeptDepth {
				k.full = true
				return out
			}
			k.elements++
			if one, ok := k.one(space, name, names, e, depth); ok {
				out = append(out, one)
			}
		}
	}
	return out
}

// one takes an element, unless nothing is left of it.
func (k *keeper) one(space, name string, names map[string]bool, e ext.Extension, depth int) (feed.Extension, bool) {
	out := feed.Extension{Space: space, Name: name}
	out.Text = k.say(shaped(space, name, "", inert(e.Value)))
	for _, key := range slices.Sorted(maps.Keys(e.Attrs)) {
		value := k.value(space, name, key, e.Attrs[key])
		if value != "" && len(out.Attrs) < maxKeptAttrs {
			out.Attrs = append(out.Attrs, feed.Attr{Name: key, Value: value})
		}
	}
	if e.Children != nil {
		out.Elements = k.all(space, names, e.Children, depth+1, &out)
	}
	return whole(out)
}

// value returns what is kept of an attribute's value.
func (k *keeper) value(space, element, key, raw string) string {
	switch {
	case !isWord(key), !isAttribute(space, element, key), strings.HasPrefix(strings.ToLower(key), "xml"), strings.HasPrefix(strings.ToLower(key), "on"):
		return ""
	case addressed[key]:
		if raw == "" {
			return ""
		}
		return k.say(k.p.address(k.base, raw))
	case key == "type" && (element == "title" || element == "description" || element == "rights" || element == "text"):
		return "" // the text is plain now
	}
	return k.say(shaped(space, element, key, inert(raw)))
}

// say counts a text; one that does not fit is left out.
func (k *keeper) say(s string) string {
	if k.text+len(s) > maxKeptText {
		k.full = true
		return ""
	}
	k.text += len(s)
	return s
}

// inert returns plain text of one line which is no markup even for those who
// read it as HTML, and no address that runs something.
func inert(s string) string {
	if s == "" {
		return ""
	}
	s = sanitize.Title(cutAt(s, maxKeptText))
	if strings.IndexByte(s, '<') >= 0 {
		var b strings.Builder
		for i := range len(s) {
			if s[i] != '<' || i+1 < len(s) && (s[i+1] == ' ' || s[i+1] >= '0' && s[i+1] <= '9') {
				b.WriteByte(s[i])
			}
		}
		s = b.String()
	}
	if scheme, _, found := strings.Cut(s, ":"); found {
		switch strings.ToLower(strings.TrimSpace(scheme)) {
		case "javascript", "vbscript", "data", "blob", "file":
			return ""
		}
	}
	return s
}

// isWord tells names that need no escape in any format.
func isWord(s string) bool {
	for i := range len(s) {
		c := s[i]
		if c|0x20 >= 'a' && c|0x20 <= 'z' || i > 0 && (c >= '0' && c <= '9' || c == '-' || c == '_') {
			continue
		}
		return false
	}
	return s != "" && len(s) <= 40
}

// atomOwn keeps what Atom says of an entry and an article has no field for, as
// elements: its contributors and its rights.
func (p *parser) atomOwn(d *draft, e *atom.Entry, base *url.URL) {
	k := &keeper{p: p, base: base}
	if rights := k.say(inert(e.Rights)); rights != "" {
		d.Extensions = append(d.Extensions, feed.Extension{Space: feed.SpaceAtom, Name: "rights", Text: rights})
	}
	list := e.Contributors
	for _, who := range list {
		if k.elements++; k.elements > maxKept {
			k.full = true
			break
		}
		one := feed.Extension{Space: feed.SpaceAtom, Name: "contributor"}
		person := p.atomPerson(who, base)
		for _, part := range []feed.Attr{{Name: "name", Value: person.Name}, {Name: "email", Value: person.Email}, {Name: "uri", Value: person.URL}} {
			if s := k.say(inert(part.Value)); s != "" {
				one.Elements = append(one.Elements, feed.Extension{Space: feed.SpaceAtom, Name: part.Name, Text: s})
			}
		}
		if len(one.Elements) > 0 {
			d.Extensions = append(d.Extensions, one)
		}
	}
	k.done()
}
