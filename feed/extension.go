package feed

// Extension is an element of a vocabulary beside the formats' own, such as Media
// RSS or a podcast's, as far as it may be written out again: its texts are plain
// and hold nothing that HTML would read as a tag, its addresses are absolute.
type Extension struct {
	Space    string // the namespace, in its usual spelling
	Name     string // local name
	Attrs    []Attr // by name
	Text     string
	Elements []Extension // of the same namespace, such as it Holds
}

// Holds reports whether the element's vocabulary has elements of that name within it.
// Within most there is nothing but text.
func (e Extension) Holds(name string) bool {
	switch e.Space {
	case SpaceAtom:
		return e.Name == "contributor" && (name == "name" || name == "email" || name == "uri")
	case SpaceGeo:
		return e.Name == "Point" && name != "Point"
	case SpaceMedia:
		return name != "group" && (e.Name == "group" || e.Name == "content" && name != "content")
	case SpacePodcast:
		return true
	}
	return false
}

// Attr is an attribute of an Extension; it has no namespace.
type Attr struct{ Name, Value string }

// The namespaces of extensions.
const (
	SpaceAtom       = "http://www.w3.org/2005/Atom"
	SpaceDublinCore = "http://purl.org/dc/elements/1.1/"
	SpaceGeo        = "http://www.w3.org/2003/01/geo/wgs84_pos#"
	SpaceGeoRSS     = "http://www.georss.org/georss"
	SpaceITunes     = "http://www.itunes.com/dtds/podcast-1.0.dtd"
	SpaceMedia      = "http://search.yahoo.com/mrss/"
	SpacePodcast    = "https://podcastindex.org/namespace/1.0"
	SpaceThread     = "http://purl.org/syndication/thread/1.0" // RFC 4685
)

// MapExtensions returns the elements with each text and each value of an
// attribute replaced by what f makes of it, and without those, at any depth,
// that keep refuses. What it is given stays as it is.
func MapExtensions(list []Extension, keep func(Extension) bool, f func(string) string) []Extension {
	var out []Extension
	for _, e := range list {
		if !keep(e) {
			continue
		}
		e.Text = f(e.Text)
		var attrs []Attr
		for _, a := range e.Attrs {
			attrs = append(attrs, Attr{a.Name, f(a.Value)})
		}
		e.Attrs, e.Elements = attrs, MapExtensions(e.Elements, keep, f)
		out = append(out, e)
	}
	return out
}
