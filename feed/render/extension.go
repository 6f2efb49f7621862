package render

import (
	"encoding/xml"
	"slices"
	"strings"

	"sluice/feed"
)

// element is an extension, an element of another vocabulary, under the prefix by which the
// document declares it.
type element feed.Extension

// vocabulary is a namespace whose elements are written, and the prefix that they have.
type vocabulary struct{ prefix, space string }

// vocabularies are in the order in which a document declares them. What is of
// none of them is left out of the XML formats. Atom's own elements have a prefix
// where they are extensions, also in Atom.
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
	start := xml.StartElement{Name: xml.Name{Local: prefixOf(x.Space) + ":" + x.Name}}
	for _, a := range x.Attrs {
		start.Attr = append(start.Attr, xml.Attr{Name: xml.Name{Local: a.Name}, Value: clean(a.Value)})
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
		if !isWritable(inner) {
			continue
		}
		if err := element(inner).MarshalXML(e, xml.StartElement{}); err != nil {
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

// extensions returns those of an entry that can be written.
func (e Entry) extensions() []element {
	var list []element
	for _, x := range e.Extensions {
		if isWritable(x) {
			list = append(list, element(x))
		}
	}
	return list
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
