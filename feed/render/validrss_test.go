package render_test

import (
	"regexp"
	"strconv"
	"strings"
	"time"
)

// rssFaults checks a document against RSS 2.0 as the RSS Advisory Board's profile
// has it. In one thing we depart from the profile's advice, not from what it
// demands: an item may have several enclosures.
func rssFaults(doc []byte) []string {
	f := &faults{where: "rss"}
	root, err := tree(doc)
	if err != nil {
		f.add(false, "%v", err)
		return f.list
	}
	f.add(root.name == "rss" && root.attrs["version"] == "2.0", "root %s %v", root.name, root.attrs)
	f.count(root, 1, 1, "channel")
	f.add(len(root.kids) == 1, "%d children of the root", len(root.kids))
	for _, channel := range root.all("channel") {
		f.channel(channel)
	}
	return f.list
}

func (f *faults) channel(c *node) {
	f.where = "channel"
	f.only(c, "", "title", "link", "description", "language", "copyright", "managingEditor", "webMaster", "pubDate", "lastBuildDate",
		"category", "generator", "docs", "cloud", "ttl", "image", "rating", "textInput", "skipHours", "skipDays", "item")
	f.count(c, 1, 1, "title", "link", "description")
	f.count(c, 0, 1, "language", "copyright", "managingEditor", "webMaster", "pubDate", "lastBuildDate", "generator", "docs", "cloud", "ttl",
		"image", "rating", "textInput", "skipHours", "skipDays")
	f.add(strings.TrimSpace(c.textOf("title")) != "", "no title")
	f.add(isWebAddress(c.textOf("link")), "link %q", c.textOf("link"))
	if lang := c.textOf("language"); lang != "" {
		f.add(isTag(lang), "language %q", lang)
	}
	f.rfc822(c, "lastBuildDate")
	if len(c.all("ttl")) > 0 {
		n, err := strconv.Atoi(c.textOf("ttl"))
		f.add(err == nil && n > 0, "ttl %q", c.textOf("ttl"))
	}
	self := 0
	for _, l := range c.all(inAtom + "link") {
		f.atomLink(l)
		if l.attrs["rel"] == "self" {
			self++
			f.add(l.attrs["type"] == "application/rss+xml", "self is of type %q", l.attrs["type"])
		}
	}
	f.add(self == 1, "%d links to itself", self)
	seen := map[string]bool{}
	for i, item := range c.all("item") {
		f.where = "item " + strconv.Itoa(i+1)
		f.item(item)
		id := item.textOf("guid")
		f.add(!seen[id], "guid %q again", id)
		seen[id] = true
	}
}

func (f *faults) item(n *node) {
	f.extensions(n)
	f.only(n, "", "title", "link", "description", "author", "category", "comments", "enclosure", "guid", "pubDate", "source")
	f.count(n, 0, 1, "title", "link", "description", "author", "comments", "pubDate", "source", inAtom+"author", inAtom+"updated", inAtom+"rights",
		inDC+"language", inDC+"source", inDC+"rights", inDC+"type", inDC+"format", "http://purl.org/rss/1.0/modules/content/ encoded")
	f.count(n, 1, 1, "guid")
	f.add(n.textOf("title")+n.textOf("description") != "", "neither a title nor a description")
	for _, name := range []string{"link", "comments"} {
		if len(n.all(name)) > 0 {
			f.add(isIRI(n.textOf(name)), "%s %q", name, n.textOf(name))
		}
	}
	for _, g := range n.all("guid") {
		f.add(strings.TrimSpace(g.text) != "", "an empty guid")
		f.add(g.attrs["isPermaLink"] == "false" || isWebAddress(g.text), "guid %q is no permanent link", g.text)
	}
	f.rfc822(n, "pubDate")
	for _, e := range n.all("enclosure") {
		size, err := strconv.ParseInt(e.attrs["length"], 10, 64)
		f.add(len(e.attrs) == 3 && isWebAddress(e.attrs["url"]) && media.MatchString(e.attrs["type"]) && err == nil && size >= 0 && e.text == "",
			"enclosure %v %q", e.attrs, e.text)
	}
	for _, s := range n.all("source") {
		f.add(isIRI(s.attrs["url"]), "source %v", s.attrs)
	}
	for _, c := range n.all("category") {
		f.add(strings.TrimSpace(c.text) != "", "an empty category")
	}
	if author := n.textOf("author"); author != "" {
		f.add(rssPerson.MatchString(author), "author %q", author)
	}
	for _, l := range n.all(inAtom + "link") {
		f.atomLink(l)
	}
	for _, p := range append(n.all(inAtom+"author"), n.all(inAtom+"contributor")...) {
		f.atomPerson(p)
	}
	for _, c := range n.all(inAtom + "category") {
		f.add(c.attrs["term"] != "", "category %v", c.attrs)
	}
	for _, u := range n.all(inAtom + "updated") {
		f.add(isRFC3339(u.text), "updated %q", u.text)
	}
	if lang := n.textOf(inDC + "language"); lang != "" {
		f.add(isTag(lang), "language %q", lang)
	}
}

// rssPerson is the profile's form of a person.
var rssPerson = regexp.MustCompile(`^[^@\s]+@[^@\s]+( \([^()]+\))?$`)

func isWebAddress(s string) bool {
	return isIRI(s) && (strings.HasPrefix(strings.ToLower(s), "http://") || strings.HasPrefix(strings.ToLower(s), "https://"))
}

// rfc822 wants dates of RFC 822 with a year of four digits and a zone that all know.
func (f *faults) rfc822(n *node, name string) {
	for _, d := range n.all(name) {
		at, err := time.Parse(time.RFC1123Z, d.text)
		f.add(err == nil && at.Format(time.RFC1123Z) == d.text && at.Year() > 0, "%s %q", name, d.text)
	}
}
