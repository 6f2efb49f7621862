package render

import (
	"encoding/xml"
	"slices"
	"strconv"

	"sluice/feed"

	"github.com/gorilla/feeds"
)

const rssType = "application/rss+xml"

// Of the library's structs only those fields are used that a valid document
// can be made of; a field of ours of the same name takes the place of theirs.

type rssDocument struct {
	XMLName     xml.Name `xml:"rss"`
	Version     string   `xml:"version,attr"`
	Atom        string   `xml:"xmlns:atom,attr"`
	Content     string   `xml:"xmlns:content,attr"`
	DublinCore  string   `xml:"xmlns:dc,attr"`
	Media       string   `xml:"xmlns:media,attr"`
	Syndication string   `xml:"xmlns:sy,attr"`
	ITunes      string   `xml:"xmlns:itunes,attr,omitempty"`
	Podcast     string   `xml:"xmlns:podcast,attr,omitempty"`
	History     string   `xml:"xmlns:fh,attr,omitempty"`
	Channel     rssChannel
}

type rssChannel struct {
	feeds.RssFeed
	Period   string    `xml:"sy:updatePeriod"`
	Links    []link    `xml:"atom:link"`
	Complete *mark     `xml:"fh:complete"`
	Archive  *mark     `xml:"fh:archive"`
	Items    []rssItem `xml:"item"`
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
	Language   string               `xml:"dc:language,omitempty"`
	Categories []rssCategory        `xml:"category"`
	Enclosures []feeds.RssEnclosure `xml:"enclosure"`
	Thumbnail  *thumbnail           `xml:"media:thumbnail"`
	Links      []link               `xml:"atom:link"`
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

type rssSource struct {
	URL   string `xml:"url,attr"`
	Title string `xml:",chardata"`
}

// RSS returns the feed as RSS 2.0. The guid is the entry's id and never a link,
// so that it may be any IRI. An enclosure whose type is unsaid is a link,
// because RSS demands a type and none is invented; a length that is unsaid is 0,
// as the RSS Advisory Board's profile has it. ErrNoID is the only error that a
// caller can cause.
func RSS(f Feed) ([]byte, error) {
	if err := f.check(); err != nil {
		return nil, err
	}
	lang := tag(f.Language)
	doc := rssDocument{
		Version: "2.0", Atom: atomNamespace, Content: "http://purl.org/rss/1.0/modules/content/",
		DublinCore: "http://purl.org/dc/elements/1.1/", Media: mediaNamespace,
		Syndication: "http://purl.org/rss/1.0/modules/syndication/", ITunes: f.uses(feed.SpaceITunes), Podcast: f.uses(feed.SpacePodcast),
		History: f.History.namespace(),
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
			Items: make([]rssItem, 0, len(f.Entries)),
		},
	}
	for _, e := range f.Entries {
		doc.Channel.Items = append(doc.Channel.Items, newRSSItem(e, lang))
	}
	return marshal(doc, f.Style)
}

func newRSSItem(e Entry, feedLang string) rssItem {
	item := rssItem{
		RssItem: feeds.RssItem{
			Comments: address(e.Comments), PubDate: rfc822(e.Published),
			Guid: &feeds.RssGuid{Id: clean(e.ID), IsPermaLink: "false"},
		},
		Title: escapeTitle(e.title()), Link: address(e.URL),
		Creators: creators(e), Thumbnail: e.picture(), Source: newRSSSource(e.Source),
		Extensions: e.extensions(),
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
	item.Categories = rssCategories(e)
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
		category := rssCategory{Domain: line(c.Scheme), Name: categoryName(c)}
		if category.Name != "" && !seen[category] {
			seen[category] = true
			list = append(list, category)
		}
	}
	return list
}

// categoryName is what people see of a category.
func categoryName(c feed.Category) string { return first(line(c.Label), line(c.Term)) }

// prologue is the XML declaration. There is no document type: it would only
// give readers something to resolve.
const prologue = `<?xml version="1.0" encoding="UTF-8"?>` + "\n"

func marshal(doc any, style string) ([]byte, error) {
	body, err := xml.Marshal(doc)
	if err != nil {
		return nil, err
	}
	head := prologue + instruction(style)
	out := make([]byte, 0, len(head)+len(body)+1)
	return append(append(append(out, head...), body...), '\n'), nil
}
