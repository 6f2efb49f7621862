package sanitize

// element is what reader and writer know of an element beyond its name.
type element struct {
	name   string
	void   bool   // has no end tag
	block  bool   // ends a paragraph (HTML, 13.2.6.4.7)
	attrs  string // may be written
	hints  string // are read, and never written
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
	cellAttrs  = "colspan rowspan scope align dir lang"

	// lazyHints hold the address that a script would have put into src or srcset.
	lazyHints = "data-src data-lazy-src data-original data-srcset data-lazy-srcset"
	sizeHints = "style hidden"
)

// elements is the allow-list. Landmarks of a page and forms become div: their
// text stays apart from its neighbours, and their meaning is gone. What HTML has
// given up is written as what took its place.
var elements = table(
	entries(element{}, "b", "code", "em", "i", "picture", "rp", "rt", "ruby", "s", "small", "strike", "strong", "tt", "u"),
	entries(element{attrs: anyAttrs}, "bdi", "bdo", "cite", "kbd", "mark", "samp", "span", "sub", "sup", "var", "dd", "dt"),
	entries(element{attrs: anyAttrs + " title"}, "abbr", "dfn"),
	entries(element{attrs: anyAttrs + " title", output: "abbr"}, "acronym"),
	entries(element{attrs: anyAttrs + " value"}, "li"),
	entries(element{attrs: anyAttrs, block: true}, "address", "article", "aside", "div", "dl", "figcaption", "figure",
		"footer", "h1", "h2", "h3", "h4", "h5", "h6", "header", "p", "pre", "section", "summary", "table", "ul"),
	entries(element{attrs: anyAttrs + " open", block: true}, "details"),
	entries(element{output: "div", block: true}, "center", "dialog", "fieldset", "form", "hgroup", "main", "nav", "search"),
	entries(element{attrs: anyAttrs, output: "ul", block: true}, "dir", "menu"),
	entries(element{output: "pre", block: true}, "listing", "plaintext", "xmp"),
	entries(element{}, "caption", "colgroup", "tbody", "tfoot", "thead", "tr"),
	entries(element{attrs: cellAttrs}, "td", "th"),
	entries(element{attrs: "span", void: true}, "col"),
	entries(element{attrs: "href rel title"}, "a"),
	entries(element{attrs: anyAttrs + " " + citeAttrs, block: true}, "blockquote"),
	entries(element{attrs: citeAttrs}, "q"),
	entries(element{attrs: citeAttrs + " datetime"}, "del", "ins"),
	entries(element{attrs: "datetime"}, "time"),
	entries(element{attrs: anyAttrs + " start reversed type", block: true}, "ol"),
	entries(element{void: true}, "br", "wbr"),
	entries(element{void: true, block: true}, "hr"),
	entries(element{attrs: imageAttrs, hints: lazyHints + " " + sizeHints, void: true}, "img"),
	entries(element{attrs: "src srcset sizes type media", hints: lazyHints, void: true}, "source"),
	entries(element{attrs: mediaAttrs, hints: lazyHints}, "audio", "video"),
)

// frames show another page or a player in the place where they stand. They are
// never written: a link to what they show is.
var frames = table(
	entries(element{hints: "src title width height data-src data-lazy-src " + sizeHints}, "iframe", "embed"),
	entries(element{hints: "data title width height " + sizeHints}, "object"),
)

// isUnseen tells elements that go with their content, because it means nothing
// outside of them.
func isUnseen(name string) bool {
	switch name {
	case "applet", "canvas", "datalist", "noembed", "noframes", "script", "select", "style", "svg", "template", "textarea", "title":
		return true
	}
	return false
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
