package render_test

import (
	"strconv"
	"strings"
)

// atomFaults checks a document against what RFC 4287 says that it must be. The
// numbers are of its sections.
func atomFaults(doc []byte) []string {
	f := &faults{where: "feed"}
	root, err := tree(doc)
	if err != nil {
		f.add(false, "%v", err)
		return f.list
	}
	f.add(root.name == inAtom+"feed", "root %s", root.name)
	f.only(root, inAtom, "author", "category", "contributor", "generator", "icon", "id", "link", "logo", "rights", "subtitle", "title", "updated", "entry")
	f.atomCommon(root, 1) // 4.1.1
	f.count(root, 0, 1, inAtom+"generator", inAtom+"icon", inAtom+"logo", inAtom+"subtitle")
	self := 0
	for _, l := range root.all(inAtom + "link") {
		if l.attrs["rel"] == "self" {
			self++
		}
	}
	f.add(self == 1, "%d links to itself", self)
	authored := len(root.all(inAtom+"author")) > 0
	seen := map[string]bool{}
	for i, e := range root.all(inAtom + "entry") {
		f.where = "entry " + strconv.Itoa(i+1)
		f.atomEntry(e, authored)
		f.add(authored || len(e.all(inAtom+"author")) > 0, "neither the feed nor the entry has an author") // 4.1.1
		id := e.textOf(inAtom + "id")
		f.add(!seen[id], "id %q again", id)
		seen[id] = true
	}
	return f.list
}

// atomCommon are the rules that a feed, an entry and a source have in common. What the
// first two must have, the last may.
func (f *faults) atomCommon(n *node, least int) {
	f.count(n, least, 1, inAtom+"id", inAtom+"title", inAtom+"updated")
	f.count(n, 0, 1, inAtom+"rights")
	for _, id := range n.all(inAtom + "id") { // 4.2.6
		f.add(isIRI(id.text), "id %q", id.text)
	}
	for _, d := range append(n.all(inAtom+"updated"), n.all(inAtom+"published")...) { // 3.3
		f.add(isRFC3339(d.text), "%s %q", d.name, d.text)
	}
	for _, title := range n.all(inAtom + "title") {
		f.add(strings.TrimSpace(title.text) != "", "no title")
	}
	f.atomParts(n)
}

// atomParts checks what may be there, by the rules of each part.
func (f *faults) atomParts(n *node) {
	if lang, ok := n.attrs[inLang]; ok { // 2
		f.add(isTag(lang), "language %q", lang)
	}
	for _, name := range []string{"title", "subtitle", "summary", "rights"} { // 3.1
		for _, k := range n.all(inAtom + name) {
			kind := k.attrs["type"]
			f.add((kind == "" || kind == "text" || kind == "html") && len(k.kids) == 0, "%s of type %q with %d elements", name, kind, len(k.kids))
		}
	}
	for _, p := range append(n.all(inAtom+"author"), n.all(inAtom+"contributor")...) {
		f.atomPerson(p)
	}
	for _, c := range n.all(inAtom + "category") { // 4.2.2
		f.add(c.attrs["term"] != "", "category %v", c.attrs)
		if scheme, ok := c.attrs["scheme"]; ok {
			f.add(isIRI(scheme), "scheme %q", scheme)
		}
	}
	alternate := map[string]bool{}
	for _, l := range n.all(inAtom + "link") {
		f.atomLink(l)
		if rel, ok := l.attrs["rel"]; !ok || rel == "alternate" { // 4.1.1, 4.1.2
			key := l.attrs["type"] + " " + l.attrs["hreflang"]
			f.add(!alternate[key], "two alternates of %q", key)
			alternate[key] = true
		}
	}
}

// atomPerson checks a person (3.2).
func (f *faults) atomPerson(n *node) {
	f.only(n, inAtom, "name", "uri", "email")
	f.count(n, 1, 1, inAtom+"name")
	f.count(n, 0, 1, inAtom+"uri", inAtom+"email")
	f.add(strings.TrimSpace(n.textOf(inAtom+"name")) != "", "a person without a name")
	for _, u := range n.all(inAtom + "uri") {
		f.add(isIRI(u.text), "uri %q", u.text)
	}
	for _, m := range n.all(inAtom + "email") {
		f.add(isMailAddress(m.text), "email %q", m.text)
	}
}

// atomLink checks a link (4.2.7).
func (f *faults) atomLink(l *node) {
	f.add(isIRI(l.attrs["href"]), "link %v", l.attrs)
	if rel, ok := l.attrs["rel"]; ok {
		f.add(isIRI(rel) || registered[rel], "relation %q", rel)
	}
	if kind, ok := l.attrs["type"]; ok {
		f.add(media.MatchString(kind), "link of type %q", kind)
	}
	if size, ok := l.attrs["length"]; ok {
		n, err := strconv.ParseInt(size, 10, 64)
		f.add(err == nil && n >= 0, "link of length %q", size)
	}
	f.add(len(l.kids) == 0, "a link with elements")
}

// registered are the relations of IANA's registry that documents of ours may have.
var registered = map[string]bool{
	"alternate": true, "self": true, "hub": true, "prev-archive": true, "next-archive": true, "current": true, "related": true, "via": true,
	"enclosure": true, "author": true, "bookmark": true, "canonical": true, "cite-as": true, "copyright": true, "describedby": true,
	"license": true, "payment": true, "preview": true, "replies": true, "shortlink": true, "tag": true,
}

// atomEntry checks an entry (4.1.2).
func (f *faults) atomEntry(e *node, feedAuthored bool) {
	f.only(e, inAtom, "author", "category", "content", "contributor", "id", "link", "published", "rights", "source", "summary", "title", "updated")
	f.atomCommon(e, 1)
	f.extensions(e)
	f.count(e, 0, 1, inAtom+"content", inAtom+"published", inAtom+"source", inAtom+"summary")
	authored := feedAuthored || len(e.all(inAtom+"author")) > 0
	for _, s := range e.all(inAtom + "source") { // 4.2.11
		f.only(s, inAtom, "author", "category", "contributor", "generator", "icon", "id", "link", "logo", "rights", "subtitle", "title", "updated")
		f.atomCommon(s, 0)
		authored = authored || len(s.all(inAtom+"author")) > 0
	}
	f.add(authored, "no author")
	alternate := false
	for _, l := range e.all(inAtom + "link") {
		alternate = alternate || l.attrs["rel"] == "alternate"
	}
	f.add(alternate || len(e.all(inAtom+"content")) > 0, "neither an alternate nor content")
	for _, c := range e.all(inAtom + "content") { // 4.1.3
		kind := c.attrs["type"]
		f.add((kind == "text" || kind == "html") && len(c.kids) == 0, "content of type %q with %d elements", kind, len(c.kids))
	}
}
