package render

import (
	"slices"
	"strconv"
	"time"

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
		l.add(link{Rel: "via", Href: address(o.URL), Title: line(o.Title)})
		l.add(link{Rel: "via", Href: address(o.Link), Title: line(o.Title)})
	}
	for _, x := range e.Links {
		if rel := passed(x.Rel); rel != "" {
			l.add(link{Rel: rel, Type: mediaType(x.Type), Href: address(x.URL), Title: line(x.Title)})
		}
	}
	return l
}

// passed returns the relation by which a link of an article is published in Atom
// and RSS, nothing for one that is not. Alternate, self and enclosure have a place
// of their own, and the rest is either meant for the source's own document (next,
// hub, edit), unknown to validators, or of no use to readers. A name and its IRI are
// the same relation (RFC 4287, 4.2.7.2): by the name, an entry names the other
// articles that it stands for, and by the IRI what its article calls related.
func passed(rel string) string {
	switch rel {
	case "describedby", "license", "payment", "replies", "via":
		return rel
	case "related", feed.RelExternal:
		return "http://www.iana.org/assignments/relation/related"
	}
	return ""
}

// enclosureLink is an enclosure as a link, which may leave type and length out.
func enclosureLink(x feed.Enclosure) link {
	l := link{Rel: "enclosure", Type: mediaType(x.Type), Href: address(x.URL), Title: line(x.Title)}
	if x.Length > 0 {
		l.Length = strconv.FormatInt(x.Length, 10)
	}
	return l
}

// mediaContent is what Media RSS says of a file and the formats' own elements
// cannot.
type mediaContent struct {
	URL      string `xml:"url,attr"`
	Type     string `xml:"type,attr,omitempty"`
	Duration string `xml:"duration,attr,omitempty"` // whole seconds
	Title    string `xml:"media:title,omitempty"`
}

// details say of the files how long they play and, where the format has no place
// for it, what they are called, unless an extension does.
func (e Entry) details(titles bool) []mediaContent {
	var list []mediaContent
	seen := map[string]bool{}
	for _, x := range e.Enclosures {
		c := mediaContent{URL: webAddress(x.URL), Type: mediaType(x.Type)}
		if seconds := int64(x.Duration.Round(time.Second) / time.Second); seconds > 0 {
			c.Duration = strconv.FormatInt(seconds, 10)
		}
		if titles && c.Type != "" { // without a type it is a link, and has its title
			c.Title = line(x.Title)
		}
		if c.URL == "" || c.Duration+c.Title == "" || seen[c.URL] || describes(e.Extensions, c) {
			continue
		}
		seen[c.URL] = true
		list = append(list, c)
	}
	return list
}

// describes reports whether an extension says as much of a file.
func describes(list []feed.Extension, c mediaContent) bool {
	return slices.ContainsFunc(list, func(x feed.Extension) bool {
		switch {
		case x.Space != feed.SpaceMedia:
			return false
		case x.Name == "group":
			return describes(x.Elements, c)
		case x.Name != "content" || attr(x, "url") != c.URL || c.Duration != "" && attr(x, "duration") == "":
			return false
		}
		return c.Title == "" || slices.ContainsFunc(x.Elements, func(y feed.Extension) bool { return y.Name == "title" && y.Text == c.Title })
	})
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

// guid is the source's own id of the article where that is not the entry's.
func (e Entry) guid() string {
	if id := line(e.GUID); id != line(e.ID) {
		return id
	}
	return ""
}

// originID is the id of the feed that the article was taken from, where no link
// says as much.
func (e Entry) originID() string {
	o := e.Origin
	if o == nil || o.ID == o.URL || o.ID == o.Link {
		return ""
	}
	return line(o.ID)
}
