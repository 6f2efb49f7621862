package sanitize

import (
	"maps"
	"slices"
	"sync"

	"github.com/microcosm-cc/bluemonday"
)

// element is what the writer knows of an element beyond its name.
type element struct {
	name   string
	void   bool // has no end tag
	block  bool // ends a paragraph (HTML, 13.2.6.4.7)
	attrs  string
	output string // written in its place; empty: its own name
}

// The attributes by element, as blank separated names. Formatting elements such
// as b have none: a parser copies those into every following block, and with
// attributes there is no bound to how often.
const (
	anyAttrs   = "dir lang"
	citeAttrs  = "cite"
	imageAttrs = "src srcset sizes alt title width height"
	mediaAttrs = "src poster controls width height"
	cellAttrs  = "colspan rowspan scope dir lang"
)

// elements is the allow-list. Landmarks of a page and forms become div: their
// text stays apart from its neighbours, and their meaning is gone.
var elements = table(
	entries(element{}, "abbr", "b", "bdi", "cite", "code", "dfn", "em", "i", "kbd", "mark", "picture", "rp", "rt",
		"ruby", "s", "samp", "small", "strike", "strong", "sub", "sup", "tt", "u", "var"),
	entries(element{attrs: anyAttrs}, "span", "dd", "dt", "li"),
	entries(element{attrs: anyAttrs, block: true}, "address", "article", "aside", "details", "div", "dl", "figcaption",
		"figure", "footer", "h1", "h2", "h3", "h4", "h5", "h6", "header", "p", "pre", "section", "summary", "table", "ul"),
	entries(element{output: "div", block: true}, "center", "dialog", "fieldset", "form", "hgroup", "main", "nav"),
	entries(element{}, "caption", "colgroup", "tbody", "tfoot", "thead", "tr"),
	entries(element{attrs: cellAttrs}, "td", "th"),
	entries(element{attrs: "span", void: true}, "col"),
	entries(element{attrs: "href title"}, "a"),
	entries(element{attrs: anyAttrs + " " + citeAttrs, block: true}, "blockquote"),
	entries(element{attrs: citeAttrs}, "q"),
	entries(element{attrs: citeAttrs + " datetime"}, "del", "ins"),
	entries(element{attrs: "datetime"}, "time"),
	entries(element{attrs: anyAttrs + " start reversed type", block: true}, "ol"),
	entries(element{void: true}, "br", "wbr"),
	entries(element{void: true, block: true}, "hr"),
	entries(element{attrs: imageAttrs, void: true}, "img"),
	entries(element{attrs: "src srcset sizes type media", void: true}, "source"),
	entries(element{attrs: mediaAttrs}, "audio", "video"),
)

// dropped are elements whose content means nothing outside of them, beyond
// those that bluemonday knows by itself.
var dropped = []string{
	"applet", "canvas", "embed", "head", "math-ml", "select", "svg", "template", "textarea", "title", "xmp", "plaintext",
}

func entries(e element, names ...string) []*element {
	list := make([]*element, 0, len(names))
	for _, name := range names {
		one := e
		one.name = name
		if one.output == "" {
			one.output = name
		}
		list = append(list, &one)
	}
	return list
}

func table(lists ...[]*element) map[string]*element {
	m := map[string]*element{}
	for _, list := range lists {
		for _, e := range list {
			m[e.name] = e
		}
	}
	return m
}

// policy builds the library's policy from the same list, once. Addresses are
// left to the writer, which must resolve them anyway.
var policy = sync.OnceValue(func() *bluemonday.Policy {
	p := bluemonday.NewPolicy()
	names := slices.Sorted(maps.Keys(elements))
	p.AllowElements(names...)
	p.AllowNoAttrs().OnElements(names...)
	for _, name := range names {
		if attrs := fields(elements[name].attrs); len(attrs) > 0 {
			p.AllowAttrs(attrs...).OnElements(name)
		}
	}
	p.SkipElementsContent(dropped...)
	return p
})
