package render

import (
	"strconv"

	"sluice/feed"
)

// link is an Atom link (RFC 4287, 4.2.7), in Atom and, with a prefix, in RSS.
type link struct {
	Rel    string `xml:"rel,attr"`
	Type   string `xml:"type,attr,omitempty"`
	Href   string `xml:"href,attr"`
	Title  string `xml:"title,attr,omitempty"`
	Length string `xml:"length,attr,omitempty"`
}

// links collects links, each relation to an address once. Related ones are told
// apart by their titles, too: sources that carry the same article at the same
// address are each named.
type links struct {
	list []link
	seen map[[3]string]bool
}

func (l *links) add(to link) {
	key := [3]string{to.Rel, to.Href}
	if to.Rel == "related" {
		key[2] = to.Title
	}
	if to.Href == "" || l.seen[key] {
		return
	}
	if l.seen == nil {
		l.seen = map[[3]string]bool{}
	}
	l.seen[key] = true
	l.list = append(l.list, to)
}

// relations are the links of an entry that RSS and Atom have in common: the
// other articles it stands for, where it was taken from, and what it names.
func (e Entry) relations() links {
	var l links
	for _, r := range e.Related {
		l.add(link{Rel: "related", Href: address(r.URL), Title: r.title()})
	}
	if o := e.Origin; o != nil {
		l.add(link{Rel: "via", Href: first(address(o.URL), address(o.Link)), Title: line(o.Title)})
	}
	for _, x := range e.Links {
		if isPassed(x.Rel) {
			l.add(link{Rel: x.Rel, Type: mediaType(x.Type), Href: address(x.URL), Title: line(x.Title)})
		}
	}
	return l
}

// isPassed tells the relations that are published as the article has them. Of
// the others, alternate, self and enclosure have a place of their own, related
// is what names the other articles of an entry, and the rest is either meant
// for the source's own document (next, hub, edit) or means nothing to readers.
func isPassed(rel string) bool {
	switch rel {
	case "license", "payment", "replies", "via":
		return true
	}
	return false
}

// enclosureLink is an enclosure as a link, which may leave type and length out.
func enclosureLink(x feed.Enclosure) link {
	l := link{Rel: "enclosure", Type: mediaType(x.Type), Href: address(x.URL), Title: line(x.Title)}
	if x.Length > 0 {
		l.Length = strconv.FormatInt(x.Length, 10)
	}
	return l
}

// thumbnail is an entry's picture (Media RSS).
type thumbnail struct {
	URL string `xml:"url,attr"`
}

// picture is nil without one.
func (e Entry) picture() *thumbnail {
	if a := webAddress(e.Image); a != "" && !e.pictured() {
		return &thumbnail{URL: a}
	}
	return nil
}

const mediaNamespace = "http://search.yahoo.com/mrss/"
