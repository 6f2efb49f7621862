package render

import (
	"encoding/xml"
	"slices"
	"strings"

	"sluice/feed"

	"github.com/gorilla/feeds"
)

const atomType = "application/atom+xml"

type atomFeed struct {
	Lang     string     `xml:"xml:lang,attr,omitempty"`
	Media    string     `xml:"xmlns:media,attr"`
	Declared []xml.Attr `xml:",any,attr"` // the other vocabularies, where they are used
	History  string     `xml:"xmlns:fh,attr,omitempty"`
	feeds.AtomFeed
	Title     atomText         `xml:"title"`
	Subtitle  *atomText        `xml:"subtitle"`
	Links     []link           `xml:"link"`
	Author    feeds.AtomPerson `xml:"author"`
	Generator string           `xml:"generator,omitempty"`
	Complete  *mark            `xml:"fh:complete"`
	Archive   *mark            `xml:"fh:archive"`
}

type atomEntry struct {
	Lang string `xml:"xml:lang,attr,omitempty"`
	feeds.AtomEntry
	Title      atomText           `xml:"title"`
	Links      []link             `xml:"link"`
	Authors    []feeds.AtomPerson `xml:"author"`
	Categories []atomCategory     `xml:"category"`
	Source     *atomSource        `xml:"source"`
	Thumbnail  *thumbnail         `xml:"media:thumbnail"`
	Media      []mediaContent     `xml:"media:content"`
	GUID       string             `xml:"dc:identifier,omitempty"`
	From       string             `xml:"dc:source,omitempty"`
	Summary    *html              `xml:"summary"`
	Content    *html              `xml:"content"`
	Extensions []element
}

// atomText is a text construct of plain text (RFC 4287, 3.1.1). It says so where
// it matters: readers guess that a title with a "<" or "&" in it is HTML, since
// so many publishers forget the type of theirs.
type atomText struct {
	Type string `xml:"type,attr,omitempty"`
	Text string `xml:",chardata"`
}

func plain(s string) atomText {
	t := atomText{Text: s}
	if strings.ContainsAny(s, "<&") {
		t.Type = "text"
	}
	return t
}

type atomCategory struct {
	Term   string `xml:"term,attr"`
	Scheme string `xml:"scheme,attr,omitempty"`
	Label  string `xml:"label,attr,omitempty"`
}

type atomSource struct {
	ID      string            `xml:"id,omitempty"`
	Title   atomText          `xml:"title"`
	Updated string            `xml:"updated"`
	Links   []link            `xml:"link"`
	Author  *feeds.AtomPerson `xml:"author"`
}

// Atom returns the feed as Atom 1.0 (RFC 4287). An entry without an author of
// its own has its source for one, inside atom:source (section 4.2.1). ErrNoID is
// the only error that a caller can cause.
func Atom(f Feed) ([]byte, error) { return alone(f, asAtom) }

// atomHead is the document without its entries.
func atomHead(f Feed, lang string) ([]byte, error) {
	doc := atomFeed{
		Lang: lang, Media: feed.SpaceMedia, Declared: f.spaces().declarations("atom media "), History: f.History.namespace(),
		AtomFeed: feeds.AtomFeed{
			Xmlns: feed.SpaceAtom, Id: clean(f.ID), Updated: rfc3339(f.Updated),
		},
		Title: plain(f.title()),
		Links: slices.Concat([]link{
			{Rel: "self", Type: atomType, Href: address(f.Links.Atom)},
			{Rel: "alternate", Type: "text/html", Href: address(f.Links.Home)},
		}, hubLinks(f.Hubs), f.History.links(atomType, func(l Links) string { return l.Atom })),
		Author:    feeds.AtomPerson{Name: f.title()},
		Generator: line(f.Generator),
		Complete:  marked(f.History.Complete), Archive: marked(f.History.Archive),
	}
	if about := line(f.Description); about != "" {
		text := plain(about)
		doc.Subtitle = &text
	}
	return plainXML(doc, f.Style)
}

func newAtomEntry(e Entry, fr frame) atomEntry {
	entry := atomEntry{
		AtomEntry: feeds.AtomEntry{
			Id: clean(e.ID), Updated: rfc3339(e.updated(fr)), Published: rfc3339(e.Published),
		},
		Title: plain(e.title()), Links: atomLinks(e), Authors: atomAuthors(e), Thumbnail: e.picture(),
		Media: e.details(false), GUID: e.guid(), From: e.originID(), Extensions: e.extensions(feed.SpaceAtom),
	}
	if lang := tag(e.Language); lang != fr.lang {
		entry.Lang = lang
	}
	entry.Categories = atomCategories(e)
	entry.Source = newAtomSource(e, fr, len(entry.Authors) > 0)
	if summary := clean(e.Summary); summary != "" && summary != clean(e.Content) {
		entry.Summary = &html{Type: "html", Text: summary}
	}
	if content := clean(e.Content); content != "" {
		entry.Content = &html{Type: "html", Text: content}
	} else if address(e.URL) == "" { // then an entry must have content (section 4.1.2)
		entry.Content = &html{Type: "text", Text: e.title()}
	}
	return entry
}

// atomCategories names each term of a vocabulary once, whatever its labels.
func atomCategories(e Entry) []atomCategory {
	var list []atomCategory
	seen := make(map[[2]string]bool, len(e.Categories))
	for _, c := range e.Categories {
		category := atomCategory{Term: first(line(c.Term), line(c.Label)), Scheme: address(c.Scheme), Label: line(c.Label)}
		key := [2]string{category.Term, category.Scheme}
		if category.Term != "" && !seen[key] {
			seen[key] = true
			list = append(list, category)
		}
	}
	return list
}

func atomLinks(e Entry) []link {
	var l links
	l.add(link{Rel: "alternate", Href: address(e.URL)})
	for _, r := range e.relations().list {
		l.add(r)
	}
	l.add(link{Rel: "replies", Type: "text/html", Href: address(e.Comments)}) // RFC 4685
	for _, x := range e.Enclosures {
		l.add(enclosureLink(x))
	}
	return l.list
}

func atomAuthors(e Entry) []feeds.AtomPerson {
	var list []feeds.AtomPerson
	for _, p := range e.Authors {
		person := feeds.AtomPerson{Name: nameOf(p), Uri: address(p.URL)}
		if person.Name == "" {
			continue
		}
		if mail := line(p.Email); isMail(mail) {
			person.Email = mail
		}
		list = append(list, person)
	}
	return list
}

func newAtomSource(e Entry, fr frame, authored bool) *atomSource {
	var l links
	l.add(link{Rel: "self", Href: address(e.Source.URL)})
	l.add(link{Rel: "alternate", Href: address(e.Source.Site)})
	source := &atomSource{ID: e.Source.id(), Title: plain(e.Source.title()), Updated: rfc3339(e.updated(fr)), Links: l.list}
	if !authored {
		source.Author = &feeds.AtomPerson{Name: first(e.Source.title(), fr.title)}
	}
	return source
}
