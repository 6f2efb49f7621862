package sanitize

import (
	"bytes"
	"net/url"
	"strings"

	"golang.org/x/net/html"
)

// reader reads a fragment token by token and tells the writer what of it to
// write. It knows what is meant: which elements go with their content, which
// pictures a script would have loaded, what a frame shows.
type reader struct {
	*writer
	z       *html.Tokenizer // of all from the first token that is not written plainly; nil before
	tag     []attr          // the attributes of a tag that is
	source  string          // the whole fragment
	at      int             // how much of it was read
	ends    map[string]int  // where the last end tag of a name is
	raw     []attr          // the attributes of the tag that is read, those that mean something
	dropped string          // the element whose content is left out
	depth   int             // how many of that name are open
	again   bool            // what is read may repeat a picture: a script would have chosen
	shown   string          // the address of the last picture
	framed  string          // the address of the last frame
}

// read reads a whole fragment and closes what it leaves open.
func read(fragment string, w *writer) {
	r := &reader{writer: w, source: fragment}
	for r.plainly() {
	}
	if r.at < len(fragment) {
		r.rest()
	}
	w.popTo(0)
}

// rest has the tokenizer read the rest of the fragment.
func (r *reader) rest() {
	r.z = html.NewTokenizer(strings.NewReader(r.source[r.at:]))
	for {
		kind := r.z.Next()
		r.at += len(r.z.Raw())
		switch kind {
		case html.ErrorToken: // a strings.Reader fails only at its end
			return
		case html.TextToken:
			if r.dropped == "" {
				r.text(string(r.z.Text()))
			}
		case html.StartTagToken, html.SelfClosingTagToken:
			alone := kind == html.SelfClosingTagToken && isAlone(r.z.Raw())
			name, more := r.z.TagName()
			r.startTag(string(name), more, alone)
		case html.EndTagToken:
			name, _ := r.z.TagName()
			r.endTag(string(name))
		}
	}
}

// isAlone reports whether the "/" that ends a tag is not part of a value.
func isAlone(tag []byte) bool {
	tag = tag[:len(tag)-len("/>")]
	return bytes.IndexByte(tag, '=') < 0 || bytes.IndexByte([]byte(" \t\r\n\"'"), tag[len(tag)-1]) >= 0
}

// startTag handles a start tag. One that says to have no end is believed where
// HTML would take all that follows for a script's or a frame's content.
func (r *reader) startTag(name string, more, alone bool) {
	if alone || name == "plaintext" || name == "noscript" {
		r.nextIsMarkup()
	}
	e := elements[name]
	if r.dropped == "svg" && e != nil && e.block {
		r.dropped = "" // it ends here without an end tag (HTML, 13.2.6.5)
	}
	switch frame := frames[name]; {
	case r.dropped != "":
		if name == r.dropped && !alone {
			r.depth++
		}
	case e != nil:
		r.attributes(e, more)
		r.element(e)
	case frame != nil:
		r.attributes(frame, more)
		r.frame(frame)
		if frame.name == "iframe" && !alone {
			r.drop(name)
		}
	case name == "noscript": // what readers see, who run no scripts
		r.again = true
	case isUnseen(name) && !alone:
		r.drop(name)
	}
}

// drop leaves out what follows up to the end tag. Where there is none, as in a
// text about the <select> element that forgot to escape it, all that follows is
// kept; only the rest of a script is certainly not for people.
func (r *reader) drop(name string) {
	if name == "script" || name == "style" || r.at < r.lastEnd(name) {
		r.dropped, r.depth = name, 1
		return
	}
	r.nextIsMarkup()
}

// nextIsMarkup has what follows the tag not be taken for its element's raw content.
func (r *reader) nextIsMarkup() {
	if r.z != nil {
		r.z.NextIsNotRawText()
	}
}

// lastEnd returns where the last end tag of the name is. It is looked for once.
func (r *reader) lastEnd(name string) int {
	if at, ok := r.ends[name]; ok {
		return at
	}
	end := len(r.source)
	for end >= 0 {
		end = strings.LastIndex(r.source[:end], "</")
		if end >= 0 && len(r.source)-end-2 >= len(name) && strings.EqualFold(r.source[end+2:end+2+len(name)], name) {
			break
		}
	}
	if r.ends == nil {
		r.ends = map[string]int{}
	}
	r.ends[name] = end
	return end
}

func (r *reader) endTag(name string) {
	switch {
	case r.dropped == name:
		if r.depth--; r.depth == 0 || r.at > r.lastEnd(r.dropped) { // no other could end it
			r.dropped = ""
		}
	case r.dropped != "":
	case name == "noscript":
		r.again = false
	default:
		if e := elements[name]; e != nil {
			r.end(e)
		}
	}
}

// element writes a start tag, unless it shows nothing.
func (r *reader) element(e *element) {
	switch e.name {
	case "a":
		if r.get("href") == "" {
			return
		}
	case "img":
		src := r.get("src")
		if src == "" && r.get("srcset") == "" || r.isPixel(src) {
			return
		}
		if src != "" {
			if src == r.shown && (r.again || r.isLazy()) {
				return
			}
			r.shown = src
		}
	case "source":
		if r.get("src") == "" && r.get("srcset") == "" {
			return
		}
	}
	r.start(e)
}

// frame writes a link to what a frame shows. An embed within an object is mostly
// the same again.
func (r *reader) frame(e *element) {
	key := "src"
	if e.name == "object" {
		key = "data"
	}
	address, ok := r.address(r.rawValue(key), false)
	if !ok || address == r.framed || r.isInvisible() {
		return
	}
	r.framed = address
	name := strings.Join(strings.Fields(r.rawValue("title")), " ")
	if name == "" {
		name = hostOf(address)
	}
	r.attrs = append(r.attrs[:0], attr{"href", address}, attr{"rel", rel})
	a := elements["a"]
	r.text(" ")
	r.start(a)
	r.text(name)
	r.end(a)
	r.text(" ")
}

func hostOf(address string) string {
	u, err := url.Parse(address)
	if err != nil { // it was parsed before
		return address
	}
	return strings.TrimPrefix(u.Host, "www.")
}

// attributes reads the attributes of a tag: those that mean something into raw,
// those of them that may be written, with values that make sense, into attrs.
// Of several with one name the first counts, as it does for browsers.
func (r *reader) attributes(e *element, more bool) {
	r.raw, r.attrs = r.raw[:0], r.attrs[:0]
	for _, a := range r.tag {
		if name := known(e, a.key); name != "" && !r.has(name) {
			r.raw = append(r.raw, attr{name, a.val})
		}
	}
	for more {
		var key, val []byte
		key, val, more = r.z.TagAttr()
		if name := known(e, key); name != "" && !r.has(name) {
			r.raw = append(r.raw, attr{name, string(val)})
		}
	}
	if e.hints != "" {
		r.promote("src", "data-src", "data-lazy-src", "data-original")
		r.promote("srcset", "data-srcset", "data-lazy-srcset")
	}
	// They are written in the order of the list: parsers sort some, and what a
	// publisher only shuffles stays the same.
	for names := e.attrs; names != ""; {
		var key string
		key, names, _ = strings.Cut(names, " ")
		if v, ok := r.attribute(key); ok {
			r.attrs = append(r.attrs, attr{key, v})
		}
	}
}

// attribute returns what is written as the value of an attribute, and false when
// there is nothing to write.
func (r *reader) attribute(key string) (string, bool) {
	switch key {
	case "rel":
		return rel, true
	case "controls": // no script will start a player
		return key, true
	}
	if !r.has(key) {
		return "", false
	}
	return r.value(key, r.rawValue(key))
}

// known returns the name of an attribute that means something in an element, else "".
func known[K string | []byte](e *element, key K) string {
	if name := named(e.attrs, key); name != "" {
		return name
	}
	return named(e.hints, key)
}

// named returns the one of the blank separated names that is key, else "".
func named[K string | []byte](names string, key K) string {
	for names != "" {
		var name string
		name, names, _ = strings.Cut(names, " ")
		if name == string(key) {
			return name
		}
	}
	return ""
}

func (r *reader) has(key string) bool {
	for i := range r.raw {
		if r.raw[i].key == key {
			return true
		}
	}
	return false
}

func (r *reader) rawValue(key string) string {
	for i := range r.raw {
		if r.raw[i].key == key {
			return r.raw[i].val
		}
	}
	return ""
}

// promote gives the attribute the value that a script would have given it, from
// the first of the hints that holds one.
func (r *reader) promote(key string, hints ...string) {
	for _, hint := range hints {
		val := r.rawValue(hint)
		if !strings.ContainsAny(val, "./") {
			continue // a number or a flag of some script
		}
		if _, ok := r.value(key, val); !ok {
			continue
		}
		for i := range r.raw {
			if r.raw[i].key == key {
				r.raw[i].val = val
				return
			}
		}
		r.raw = append(r.raw, attr{key, val})
		return
	}
}

// isLazy reports whether a script would have loaded the picture that is read.
func (r *reader) isLazy() bool {
	return r.has("data-src") || r.has("data-lazy-src") || r.has("data-original")
}
