package render

import (
	"encoding/xml"
	"slices"
	"strings"

	"sluice/feed"
)

// element is an extension, an element of another vocabulary, under the prefix by which the
// document declares it. One of the document's own has none.
type element struct {
	feed.Extension
	own string // namespace
}

// vocabulary is a namespace whose elements are written, and the prefix that they have.
type vocabulary struct{ prefix, space string }

// vocabularies are in the order in which a document declares them. What is of
// none of them is left out of the XML formats.
var vocabularies = []vocabulary{
	{"media", feed.SpaceMedia},
	{"atom", feed.SpaceAtom},
	{"dc", feed.SpaceDublinCore},
	{"itunes", feed.SpaceITunes},
	{"podcast", feed.SpacePodcast},
	{"georss", feed.SpaceGeoRSS},
	{"geo", feed.SpaceGeo},
	{"thr", feed.SpaceThread},
}

// prefixOf is empty for a namespace that is none of the vocabularies.
func prefixOf(space string) string {
	for _, v := range vocabularies {
		if v.space == space {
			return v.prefix
		}
	}
	return ""
}

// MarshalXML writes the element with what is in it.
func (x element) MarshalXML(e *xml.Encoder, _ xml.StartElement) error {
	start := xml.StartElement{Name: xml.Name{Local: x.Name}}
	if x.Space != x.own {
		start.Name.Local = prefixOf(x.Space) + ":" + x.Name
	}
	for _, a := range x.Attrs {
		if value := clean(a.Value); strings.TrimSpace(value) != "" && isExtensionName(a.Name) {
			start.Attr = append(start.Attr, xml.Attr{Name: xml.Name{Local: a.Name}, Value: value})
		}
	}
	if err := e.EncodeToken(start); err != nil {
		return err
	}
	if x.Text != "" {
		if err := e.EncodeToken(xml.CharData(clean(x.Text))); err != nil {
			return err
		}
	}
	for _, inner := range x.Elements {
		inner, ok := sound(inner)
		if !ok || !isWritable(inner) || !x.Holds(inner.Name) {
			continue
		}
		if err := (element{inner, x.own}).MarshalXML(e, xml.StartElement{}); err != nil {
			return err
		}
	}
	return e.EncodeToken(start.End())
}

// attr returns the value of an attribute.
func attr(x feed.Extension, name string) string {
	for _, a := range x.Attrs {
		if a.Name == name {
			return a.Value
		}
	}
	return ""
}

// single are the elements that their vocabularies allow once: more of them make a
// document invalid.
var single = map[string][]string{
	feed.SpaceAtom:       {"rights"},
	feed.SpaceDublinCore: {"format", "rights", "source", "type"},
	feed.SpaceITunes: {
		"author", "block", "duration", "episode", "episodeType", "explicit", "image", "keywords", "season", "subtitle", "title",
	},
	feed.SpaceMedia: {"copyright", "description", "title"},
}

// extensions returns those of an entry that can be written in a document whose own
// elements are of that namespace.
func (e Entry) extensions(own string) []element {
	var list []element
	seen := map[[2]string]bool{{feed.SpaceDublinCore, "source"}: e.originID() != ""}
	for _, x := range e.Extensions {
		key := [2]string{x.Space, x.Name}
		x, ok := sound(x)
		if !ok || !isWritable(x) || seen[key] {
			continue
		}
		if x.Space == feed.SpaceAtom && !isAtoms(&x) {
			continue
		}
		seen[key] = slices.Contains(single[x.Space], x.Name)
		list = append(list, element{x, own})
	}
	return list
}

// isAtoms reports whether an extension is an element that Atom has in an entry, and
// makes one that is a person such as Atom wants it (RFC 4287, 3.2).
func isAtoms(x *feed.Extension) bool {
	if x.Name != "contributor" {
		return x.Name == "rights" && line(x.Text) != ""
	}
	p := feed.Person{Name: inner(*x, "name"), Email: inner(*x, "email"), URL: inner(*x, "uri")}
	part := func(name, text string) {
		if text != "" {
			x.Elements = append(x.Elements, feed.Extension{Space: x.Space, Name: name, Text: text})
		}
	}
	x.Elements, x.Attrs, x.Text = nil, nil, ""
	part("name", nameOf(p))
	if mail := line(p.Email); isMail(mail) {
		part("email", mail)
	}
	part("uri", address(p.URL))
	return nameOf(p) != ""
}

// inner is the text of the first element of a name within an extension.
func inner(x feed.Extension, name string) string {
	for _, y := range x.Elements {
		if y.Name == name && line(y.Text) != "" {
			return y.Text
		}
	}
	return ""
}

func isWritable(x feed.Extension) bool { return prefixOf(x.Space) != "" && isExtensionName(x.Name) }

// isExtensionName tells names that are names of XML without a prefix.
func isExtensionName(s string) bool {
	for i := range len(s) {
		c := s[i]
		if c|0x20 >= 'a' && c|0x20 <= 'z' || i > 0 && (c >= '0' && c <= '9' || c == '-' || c == '_') {
			continue
		}
		return false
	}
	return s != ""
}

// spaces is a set of vocabularies, a bit each in their order.
type spaces uint

func (s *spaces) add(space string) {
	if i := slices.IndexFunc(vocabularies, func(v vocabulary) bool { return v.space == space }); i >= 0 {
		*s |= 1 << i
	}
}

// declarations are the attributes that declare the vocabularies. Those that are
// declared whether they are used or not are given by their prefixes.
func (s spaces) declarations(always string) []xml.Attr {
	var list []xml.Attr
	for i, v := range vocabularies {
		if s&(1<<i) != 0 && !strings.Contains(always, v.prefix+" ") {
			list = append(list, xml.Attr{Name: xml.Name{Local: "xmlns:" + v.prefix}, Value: v.space})
		}
	}
	return list
}

// spaces are the vocabularies of which the entry has elements.
func (e Entry) spaces() spaces {
	var s spaces
	for _, x := range e.Extensions {
		s.add(x.Space)
	}
	if e.guid() != "" || e.originID() != "" {
		s.add(feed.SpaceDublinCore)
	}
	return s
}

// spaces are those of all entries.
func (f Feed) spaces() spaces {
	var s spaces
	for _, e := range f.Entries {
		s |= e.spaces()
	}
	return s
}

// pictured reports whether an extension says which picture an entry has.
func (e Entry) pictured() bool {
	return slices.ContainsFunc(e.Extensions, func(x feed.Extension) bool {
		return x.Space == feed.SpaceMedia && x.Name == "thumbnail"
	})
}
