package render

import (
	"encoding/xml"
	"slices"

	"sluice/feed"
)

// element is an extension, an element of another vocabulary, under the prefix by which the
// document declares it.
type element feed.Extension

// prefixes are how extensions are written; what has none is left out. Atom's own
// elements have a prefix in RSS alone.
var prefixes = map[string]string{
	feed.SpaceAtom: "atom", feed.SpaceDublinCore: "dc", feed.SpaceITunes: "itunes", feed.SpaceMedia: "media", feed.SpacePodcast: "podcast",
}

// MarshalXML writes the element with what is in it.
func (x element) MarshalXML(e *xml.Encoder, _ xml.StartElement) error {
	start := xml.StartElement{Name: xml.Name{Local: prefixes[x.Space] + ":" + x.Name}}
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

func isWritable(x feed.Extension) bool { return prefixes[x.Space] != "" && isExtensionName(x.Name) }

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

// uses returns the namespace when any entry has an extension of it, which then
// must be declared.
func (f Feed) uses(space string) string {
	if slices.ContainsFunc(f.Entries, func(e Entry) bool {
		return slices.ContainsFunc(e.Extensions, func(x feed.Extension) bool { return x.Space == space })
	}) {
		return space
	}
	return ""
}

// pictured reports whether an extension says which picture an entry has.
func (e Entry) pictured() bool {
	return slices.ContainsFunc(e.Extensions, func(x feed.Extension) bool {
		return x.Space == feed.SpaceMedia && x.Name == "thumbnail"
	})
}
