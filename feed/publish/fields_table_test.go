package publish_test

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"sluice/feed"
)

// field is a line of the table: something that sources say of an item.
type field struct {
	name string
	said string // the formats of the sources that say it
	item int    // of which item
	want []string
	of   func(feed.Article) []string // as it is stored; nil: it is not

	rss, atom, json string // where outputs have it; several places are divided by blanks
	why             string // why something of it is lost
	oneWay          bool   // reading it back gives something else
}

func (f field) in(format string) string {
	return map[string]string{"rss": f.rss, "atom": f.atom, "json": f.json}[format]
}

const (
	everyone = "rss atom json"
	inXML    = "rss atom"
)

// fields are all that is published of an item, in the order of the table.
var fields = slices.Concat(ownFields, fileFields, linkFields, otherFields)

var ownFields = []field{
	{
		name: "title", said: everyone, want: []string{"Salt & <pepper>"}, of: just(func(a feed.Article) string { return a.Title }),
		rss: "title", atom: "title", json: "title",
	},
	{
		name: "address", said: everyone, want: []string{"https://harbour.example/2026/tide"}, of: just(func(a feed.Article) string { return a.URL }),
		rss: "link", atom: "link[alternate]@href", json: "url",
	},
	{name: "id that is an absolute IRI", said: everyone, want: []string{"tag:harbour.example,2026:tide"}, of: guid, rss: "guid", atom: "id", json: "id"},
	{
		name: "any other id", said: everyone, item: 1, want: []string{"ebb-2"}, of: guid, oneWay: true,
		rss: "dc:identifier", atom: "dc:identifier", json: "_sluice.guid",
	},
	{
		name: "summary, HTML", said: inXML, want: []string{"<p>In <i>short</i>.</p>"}, of: summary,
		rss: "description", atom: "summary", json: "_sluice.summary_html",
	},
	{name: "summary, plain text", said: "json", want: []string{"In short."}, of: summary, rss: "description", atom: "summary", json: "summary"},
	{
		name: "content", said: everyone, want: []string{"<p>At <b>length</b>.</p>"}, of: just(feed.Article.Body),
		rss: "content:encoded", atom: "content", json: "content_html",
	},
	{
		name: "language", said: everyone, want: []string{"de-AT"}, of: just(func(a feed.Article) string { return a.Language }),
		rss: "dc:language", atom: "@lang", json: "language",
	},
	{
		name: "published", said: everyone, want: []string{"2026-11-02T07:00:00Z"}, of: when(func(a feed.Article) time.Time { return a.Published }),
		rss: "pubDate", atom: "published", json: "date_published",
	},
	{
		name: "updated", said: everyone, want: []string{"2026-11-02T07:30:00Z"}, of: when(func(a feed.Article) time.Time { return a.Updated }),
		rss: "atom:updated", atom: "updated", json: "date_modified",
	},
	{
		name: "names of all authors", said: everyone, want: []string{"Ada Lund", "Bo Reed"}, of: people(func(p feed.Person) string { return p.Name }),
		rss: "dc:creator", atom: "author/name", json: "authors.name",
	},
	{
		name: "mail addresses of authors, with a web address", said: inXML, want: []string{"ada@harbour.example"}, of: people(func(p feed.Person) string { return p.Email }),
		rss: "author~ atom:author/atom:email atom:contributor/atom:email", atom: "author/email", json: "_sluice.authors.email",
	},
	{
		name: "mail addresses of authors, alone", said: "json", want: []string{"bo@harbour.example"}, of: people(func(p feed.Person) string { return p.Email }),
		rss: "author~ atom:author/atom:email atom:contributor/atom:email", atom: "author/email", json: "authors.url~",
	},
	{
		name: "web addresses of authors", said: everyone, want: []string{"https://harbour.example/ada"}, of: people(func(p feed.Person) string { return p.URL }),
		rss: "atom:author/atom:uri atom:contributor/atom:uri", atom: "author/uri", json: "authors.url",
	},
	{
		name: "pictures of authors", said: "json", want: []string{"https://harbour.example/ada.png"}, of: ext("podcast:person@img"),
		rss: "podcast:person@img", atom: "podcast:person@img", json: "authors.avatar",
	},
	{
		name: "contributors", said: inXML, want: []string{"Eve Moss"}, of: ext("dc:contributor contributor/name"),
		rss: "dc:contributor atom:contributor/atom:name", atom: "dc:contributor contributor/name", json: "_sluice.extensions.text _sluice.extensions.elements.text",
	},
	{
		name: "categories as people see them", said: everyone, want: []string{"Boats & ships"}, of: categories(feed.Category.Name),
		rss: "category", atom: "category@label category@term", json: "tags",
	},
	{
		name: "terms of categories beside a label", said: inXML, want: []string{"boats"}, of: categories(func(c feed.Category) string { return c.Term }),
		rss: "atom:category@term", atom: "category@term", json: "_sluice.categories.term",
	},
	{
		name: "vocabularies of categories", said: inXML, want: []string{"https://harbour.example/topics"},
		of:  categories(func(c feed.Category) string { return c.Scheme }),
		rss: "category@domain", atom: "category@scheme", json: "_sluice.categories.scheme",
	},
	{
		name: "vocabularies whose name is no IRI", said: "rss", want: []string{"section"}, of: schemeOf("news"), oneWay: true,
		rss: "category@domain", atom: "category@scheme", json: "_sluice.categories.scheme",
		why: "Atom wants an IRI there; the category itself goes through",
	},
}

var fileFields = []field{
	{
		name: "files: all addresses", said: everyone, want: []string{"https://harbour.example/1.mp3", "https://harbour.example/2.pdf", "https://harbour.example/3.bin"},
		of:  files(func(e feed.Enclosure) string { return e.URL }),
		rss: "enclosure@url atom:link[enclosure]@href", atom: "link[enclosure]@href", json: "attachments.url _sluice.enclosures.url",
	},
	{
		name: "files: media types", said: everyone, want: []string{"audio/mpeg", "application/pdf"}, of: files(func(e feed.Enclosure) string { return e.Type }),
		rss: "enclosure@type", atom: "link[enclosure]@type", json: "attachments.mime_type",
	},
	{
		name: "files: sizes", said: everyone, want: []string{"12345", "7", "9"}, of: files(func(e feed.Enclosure) string { return strconv.FormatInt(e.Length, 10) }),
		rss: "enclosure@length atom:link[enclosure]@length", atom: "link[enclosure]@length", json: "attachments.size_in_bytes _sluice.enclosures.size_in_bytes",
	},
	{
		name: "files: titles", said: everyone, want: []string{"The sound"}, of: files(func(e feed.Enclosure) string { return e.Title }),
		rss: "media:content/media:title", atom: "link[enclosure]@title", json: "attachments.title",
	},
	{
		name: "files: playing times", said: everyone, want: []string{"90"}, of: files(func(e feed.Enclosure) string { return seconds(e.Duration) }),
		rss: "media:content@duration", atom: "media:content@duration", json: "attachments.duration_in_seconds",
	},
	{
		name: "picture", said: everyone, want: []string{"https://harbour.example/tide.jpg"}, of: just(func(a feed.Article) string { return a.Image }),
		rss: "media:thumbnail@url", atom: "media:thumbnail@url", json: "image",
	},
	{
		name: "a second picture (banner)", said: "json", want: []string{"https://harbour.example/wide.jpg"}, of: ext("media:content[image]@url"),
		rss: "media:content@url", atom: "media:content@url", json: "_sluice.extensions.attributes.url",
	},
}

var linkFields = []field{
	{
		name: "page with comments", said: inXML, want: []string{"https://harbour.example/2026/tide#comments"},
		of:  just(func(a feed.Article) string { return a.Comments }),
		rss: "comments", atom: "link[replies]@href", json: "_sluice.comments",
	},
	{
		name: "feed of comments", said: inXML, want: []string{"https://harbour.example/2026/tide/comments.xml"}, of: link("replies", "application/rss+xml"),
		rss: "atom:link[replies]@href", atom: "link[replies]@href", json: "_sluice.links[replies].url",
	},
	{
		name: "licence", said: inXML, want: []string{"https://licence.example/by"}, of: link("license", ""),
		rss: "atom:link[license]@href", atom: "link[license]@href", json: "_sluice.links[license].url",
	},
	{
		name: "payment", said: inXML, want: []string{"https://pay.example/harbour"}, of: link("payment", ""),
		rss: "atom:link[payment]@href", atom: "link[payment]@href", json: "_sluice.links[payment].url",
	},
	{
		name: "where it was seen (via)", said: inXML, want: []string{"https://via.example/1"}, of: linkTo("https://via.example/1"),
		rss: "atom:link[via]@href", atom: "link[via]@href", json: "_sluice.links[via].url",
	},
	{
		name: "what the source calls related", said: inXML, want: []string{"https://pier.example/"}, of: linkTo("https://pier.example/"),
		rss: "atom:link[" + related + "]@href", atom: "link[" + related + "]@href", json: "_sluice.links[related].url",
	},
	{
		name: "page that it is about (external_url)", said: "json", want: []string{"https://about.example/"}, of: linkTo("https://about.example/"),
		rss: "atom:link[" + related + "]@href", atom: "link[" + related + "]@href", json: "external_url",
	},
	{
		name: "feed that it was taken from: title", said: inXML, want: []string{"The Origin"}, of: origin(func(o feed.Origin) string { return o.Title }), oneWay: true,
		rss: "atom:link[via]@title", atom: "link[via]@title", json: "_sluice.origin.title",
	},
	{
		name: "feed that it was taken from: address", said: inXML, want: []string{"https://origin.example/feed.xml"}, of: origin(func(o feed.Origin) string { return o.URL }), oneWay: true,
		rss: "atom:link[via]@href", atom: "link[via]@href", json: "_sluice.origin.url",
	},
	{
		name: "feed that it was taken from: site", said: "atom", want: []string{"https://origin.example/"}, of: origin(func(o feed.Origin) string { return o.Link }), oneWay: true,
		rss: "atom:link[via]@href", atom: "link[via]@href", json: "_sluice.origin.home_page_url",
	},
	{
		name: "feed that it was taken from: id", said: "atom", want: []string{"tag:origin.example,2026:feed"}, of: origin(func(o feed.Origin) string { return o.ID }), oneWay: true,
		rss: "dc:source", atom: "dc:source", json: "_sluice.origin.id",
	},
	{name: "the source: title", said: everyone, want: []string{"Harbour news"}, rss: "source", atom: "source/title", json: "_sluice.source.title"},
	{
		name: "the source: address", said: everyone, want: []string{"https://harbour.example/feed.xml"},
		rss: "source@url", atom: "source/link[self]@href", json: "_sluice.source.url",
	},
	{
		name: "the other articles of its story", said: everyone, want: []string{"https://b.example/9"},
		rss: "atom:link[related]@href", atom: "link[related]@href", json: "_sluice.story.url",
	},
}

const related = "http://www.iana.org/assignments/relation/related"

var otherFields = []field{
	extension("media:* of files", "media:content@bitrate", "128", "attributes.bitrate"),
	extension("media:* of people", "media:content/media:credit", "Dana Hall", "elements.text"),
	extension("itunes:* of episodes", "itunes:episode", "7", "text"),
	extension("podcast:* of people", "podcast:person", "Cleo West", "text"),
	extension("podcast:* of files", "podcast:transcript@url", "https://harbour.example/1.vtt", "attributes.url"),
	extension("dc:*", "dc:publisher", "Harbour office", "text"),
	{
		name: "rights", said: inXML, want: []string{"Free to use"}, of: ext("dc:rights rights"),
		rss: "dc:rights atom:rights", atom: "dc:rights rights", json: "_sluice.extensions.text",
	},
	extension("georss:*", "georss:point", "54.32 10.13", "text"),
	extension("geo:*", "geo:lat", "54.32", "text"),
	extension("thr:in-reply-to", "thr:in-reply-to@ref", "tag:harbour.example,2026:ebb", "attributes.ref"),
	{
		name: "time zones of dates", said: everyone, want: []string{"+01:00"},
		why: "every date is the same moment in UTC, so that the same moment gives the same bytes",
	},
	{
		name: "languages of linked pages (hreflang)", said: "atom", want: []string{"fr"},
		why: "no reader that we know of does anything with it",
	},
	{
		name: "media:license, price, status, scenes and embed", said: inXML, want: []string{"Harbour licence"},
		why: "validators of RSS and Atom do not know them, and call a document with them invalid",
	},
	{
		name: "itunes:summary beside other texts", said: inXML, want: []string{"At length, for podcasts."},
		why: "it says once more what the description says; where that is missing, it is the content",
	},
	{
		name: "numbers of comments (slash:comments, thr:total)", said: inXML, want: []string{"12"},
		why: "it changes by itself, and every change would be sent to every subscriber",
	},
	{
		name: "elements of any other namespace, _members of JSON Feed", said: everyone, want: []string{"North quay"},
		why: "nothing is known of what they mean, so nothing can make them safe to show",
	},
}

// extension is a field of another vocabulary, which both XML formats have as it was.
func extension(name, path, want, json string) field {
	return field{name: name, said: inXML, want: []string{want}, of: ext(path), rss: path, atom: path, json: "_sluice.extensions." + json}
}

// table writes what was found for people.
func table(cells map[string]string) string {
	var b strings.Builder
	b.WriteString(fieldsHead)
	b.WriteString("| what a source says of an item | RSS → RSS | Atom | JSON | Atom → RSS | Atom | JSON | JSON → RSS | Atom | JSON |\n")
	b.WriteString("|---" + strings.Repeat("|:-:", 9) + "|\n")
	var reasons []string
	for _, f := range fields {
		name := f.name
		if f.why != "" {
			reasons = append(reasons, f.why)
			name += fmt.Sprintf(" (%d)", len(reasons))
		}
		b.WriteString("| " + name)
		for _, from := range ways {
			for _, to := range ways {
				if c := cells[f.name+from+to]; c != "" {
					b.WriteString(" | " + c)
				} else {
					b.WriteString(" | ·")
				}
			}
		}
		b.WriteString(" |\n")
	}
	b.WriteString("\n")
	for i, why := range reasons {
		fmt.Fprintf(&b, "%d. %s.\n", i+1, why)
	}
	b.WriteString(fieldsPlaces)
	for _, f := range fields {
		if f.rss+f.atom+f.json != "" {
			fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", f.name, code(f.rss), code(f.atom), code(f.json))
		}
	}
	return b.String()
}

// code writes places as people read them.
func code(places string) string {
	var list []string
	for _, p := range strings.Fields(places) {
		p = strings.ReplaceAll(strings.TrimSuffix(p, "~"), related, "…/relation/related")
		list = append(list, "`"+strings.TrimPrefix(strings.Replace(p, "@lang", "@xml:lang", 1), "/")+"`")
	}
	return strings.Join(list, ", ")
}

const fieldsHead = `# What becomes of each field

A test reads sources that say all they can, publishes them in all formats, and writes down what it finds:
this page. ✓ is a place that the format, or a vocabulary that readers know, has for it; ` + "`_sluice`" + ` is ours, where
JSON Feed has none; — is lost, for the reason below; · is what the source's format cannot say.

`

const fieldsPlaces = `
## Where it is

An attribute stands behind @, a link's relation in brackets. RSS and Atom write a related link of the source with
the relation's IRI, since by its short name an entry names the other articles of its story.

| field | RSS | Atom | JSON Feed |
|---|---|---|---|
`
