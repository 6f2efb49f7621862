package render

import (
	"encoding/xml"
	"slices"
	"strconv"
	"strings"

	"sluice/feed"

	"github.com/gorilla/feeds"
)

const rssType = "application/rss+xml"

// Of the library's structs only those fields are used that a valid document
// can be made of; a field of ours of the same name takes the place of theirs.

type rssDocument struct {
	XMLName     xml.Name   `xml:"rss"`
	Version     string     `xml:"version,attr"`
	Atom        string     `xml:"xmlns:atom,attr"`
	Content     string     `xml:"xmlns:content,attr"`
	DublinCore  string     `xml:"xmlns:dc,attr"`
	Media       string     `xml:"xmlns:media,attr"`
	Syndication string     `xml:"xmlns:sy,attr"`
	Declared    []xml.Attr `xml:",any,attr"` // the other vocabularies, where they are used
	History     string     `xml:"xmlns:fh,attr,omitempty"`
	Channel     rssChannel
}

type rssChannel struct {
	feeds.RssFeed
	Period   string `xml:"sy:updatePeriod"`
	Links    []link `xml:"atom:link"`
	Complete *mark  `xml:"fh:complete"`
	Archive  *mark  `xml:"fh:archive"`
}

// rssItem keeps the description before the content, because readers that take
// the first of the two shall find the shorter one.
type rssItem struct {
	Title       string `xml:"title"`
	Link        string `xml:"link,omitempty"`
	Description *html  `xml:"description"`
	Encoded     *html  `xml:"content:encoded"`
	feeds.RssItem
	Creators   []string             `xml:"dc:creator"`
	Person     *atomPerson          `xml:"atom:author"`
	People     []atomPerson         `xml:"atom:contributor"`
	Updated    string               `xml:"atom:updated,omitempty"`
	Language   string               `xml:"dc:language,omitempty"`
	Categories []rssCategory        `xml:"category"`
	Terms      []atomCategory       `xml:"atom:category"`
	Enclosures []feeds.RssEnclosure `xml:"enclosure"`
	Thumbnail  *thumbnail           `xml:"media:thumbnail"`
	Media      []mediaContent       `xml:"media:content"`
	Links      []link               `xml:"atom:link"`
	GUID       string               `xml:"dc:identifier,omitempty"`
	From       string               `xml:"dc:source,omitempty"`
	Source     *rssSource           `xml:"source"`
	Extensions []element
}

// html is an element whose text is HTML, as CDATA: fewer bytes than escapes.
type html struct {
	Type string `xml:"type,attr,omitempty"`
	Text string `xml:",cdata"`
}

type rssCategory struct {
	Domain string `xml:"domain,attr,omitempty"`
	Name   string `xml:",chardata"`
}

// atomPerson is a person of Atom in RSS.
type atomPerson struct {
	Name  string `xml:"atom:name"`
	URI   string `xml:"atom:uri,omitempty"`
	Email string `xml:"atom:email,omitempty"`
}

type rssSource struct {
	URL   string `xml:"url,attr"`
	Title string `xml:",chardata"`
}

// RSS returns the feed as RSS 2.0. The guid is the entry's id and never a link,
// so that it may be any IRI. An enclosure whose type is unsaid is a link,
// because RSS demands a type and none is invented; a length that is unsaid is 0,
// as the RSS Advisory Board's profile has it. ErrNoID is the only error that a
// caller can cause.
func RSS(f Feed) ([]byte, error) { return alone(f, asRSS) }

// rssHead is the document without its items.
func rssHead(f Feed, lang string) ([]byte, error) {
	return plainXML(rssDocument{
		Version: "2.0", Atom: feed.SpaceAtom, Content: "http://purl.org/rss/1.0/modules/content/",
		DublinCore: feed.SpaceDublinCore, Media: feed.SpaceMedia,
		Syndication: "http://purl.org/rss/1.0/modules/syndication/",
		Declared:    f.spaces().declarations("atom dc media "), History: f.History.namespace(),
		Channel: rssChannel{
			RssFeed: feeds.RssFeed{
				Title: escapeTitle(f.title()), Link: address(f.Links.Home), Description: escapeTitle(f.description()),
				Language: lang, LastBuildDate: rfc822(f.Updated), Generator: line(f.Generator), Ttl: f.TTL,
			},
			Period: "hourly",
			Links: slices.Concat(
				[]link{{Rel: "self", Type: rssType, Href: address(f.Links.RSS)}},
				hubLinks(f.Hubs), f.History.links(rssType, func(l Links) string { return l.RSS }),
			),
			Complete: marked(f.History.Complete), Archive: marked(f.History.Archive),
		},
	}, f.Style)
}

func newRSSItem(e Entry, feedLang string) rssItem {
	item := rssItem{
		RssItem: feeds.RssItem{
			Comments: address(e.Comments), PubDate: rfc822(e.Published),
			Guid: &feeds.RssGuid{Id: clean(e.ID), IsPermaLink: "false"},
		},
		Title: escapeTitle(e.title()), Link: address(e.URL),
		Creators: creators(e), Thumbnail: e.picture(), Source: newRSSSource(e.Source),
		Media: e.details(true), GUID: e.guid(), From: e.originID(), Extensions: e.extensions(""),
	}
	item.Author, item.Person, item.People = rssAuthors(e)
	if !e.Updated.Equal(e.Published) {
		item.Updated = rfc3339(e.Updated)
	}
	summary, content := clean(e.Summary), clean(e.Content)
	if text := first(summary, content); text != "" {
		item.Description = &html{Text: text}
	}
	if summary != "" && content != "" && content != summary { // a text alone is not sent twice
		item.Encoded = &html{Text: content}
	}
	if lang := tag(e.Language); lang != feedLang {
		item.Language = lang
	}
	item.Categories, item.Terms = rssCategories(e), rssTerms(e)
	item.Enclosures, item.Links = rssEnclosures(e)
	return item
}

// rssEnclosures divides the enclosures into those that RSS can name as such and
// the rest, which join the entry's links.
func rssEnclosures(e Entry) ([]feeds.RssEnclosure, []link) {
	var list []feeds.RssEnclosure
	l := e.relations()
	seen := map[string]bool{}
	for _, x := range e.Enclosures {
		kind, url := mediaType(x.Type), webAddress(x.URL)
		switch {
		case kind == "" || url == "":
			l.add(enclosureLink(x))
		case !seen[url]:
			seen[url] = true
			list = append(list, feeds.RssEnclosure{Url: url, Length: strconv.FormatInt(max(x.Length, 0), 10), Type: kind})
		}
	}
	return list, l.list
}

// rssAuthors are the authors as creators cannot name them. The element of RSS holds
// a mail address and is for one person, who must be the first, or else readers
// would show another order. Whoever has an address of another kind, or is not the
// first, is named as Atom does it: by an author, of which validators allow an item
// one, and by contributors, which all authors are.
func rssAuthors(e Entry) (mail string, author *atomPerson, others []atomPerson) {
	for i, p := range atomAuthors(e) {
		more := atomPerson{Name: p.Name, URI: p.Uri, Email: p.Email}
		if i == 0 && p.Email != "" && !strings.ContainsAny(p.Name, "()<>") {
			mail, more.Email = p.Email, ""
			if p.Name != p.Email {
				mail += " (" + p.Name + ")"
			}
		}
		switch {
		case more.Email+more.URI == "", more.Email+more.URI == p.Name: // which creators say
		case author == nil:
			author = &more
		default:
			others = append(others, more)
		}
	}
	return mail, author, others
}

// creators are the authors by name; the source answers for an entry that names none.
func creators(e Entry) []string {
	var names []string
	for _, p := range e.Authors {
		if name := nameOf(p); name != "" {
			names = append(names, name)
		}
	}
	if len(names) == 0 && e.Source.title() != "" {
		names = []string{e.Source.title()}
	}
	return names
}

func newRSSSource(s Source) *rssSource {
	url := first(address(s.URL), s.id())
	if url == "" {
		return nil
	}
	return &rssSource{URL: url, Title: s.title()}
}

func rssCategories(e Entry) []rssCategory {
	var list []rssCategory
	seen := make(map[rssCategory]bool, len(e.Categories))
	for _, c := range e.Categories {
		category := rssCategory{Domain: domain(c.Scheme), Name: categoryName(c)}
		if category.Name != "" && !seen[category] {
			seen[category] = true
			list = append(list, category)
		}
	}
	return list
}

// rssTerms are the categories of which RSS can say but what people see.
func rssTerms(e Entry) []atomCategory {
	return slices.DeleteFunc(atomCategories(e), func(c atomCategory) bool { return c.Label == "" || c.Label == c.Term })
}

// categoryName is what people see of a category.
func categoryName(c feed.Category) string { return first(line(c.Label), line(c.Term)) }
