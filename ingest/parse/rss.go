package parse

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"sluice/feed"
	"sluice/feed/sanitize"

	ext "github.com/mmcdole/gofeed/extensions"
	"github.com/mmcdole/gofeed/rss"
)

// rss maps what gofeed read of RSS 0.9x, 1.0 and 2.0, but for the items.
func (p *parser) rss(f *rss.Feed, l *lexer) Document {
	p.prefixes = l.prefixes
	x, base := p.extensions(f.Extensions), l.feed.base
	var doc Document
	links := x.atomLinks()
	doc.Info = feed.Info{
		Title:       p.title(firstOf(f.Title, x.text("dc", "title")), false),
		Description: line(firstOf(sanitize.Text(f.Description), x.text("itunes", "summary"), x.text("dc", "description"))),
		Link:        p.address(base, firstOf(append(f.Links, linkOf(links, "alternate"))...)),
		Self:        p.address(base, linkOf(links, "self")),
		Language:    language(firstOf(f.Language, x.text("dc", "language"), l.feed.lang)),
		Format:      l.rssFormat(f.Version),
	}
	if f.Image != nil {
		doc.Info.Image = p.address(base, f.Image.URL)
	}
	if doc.Info.Image == "" {
		doc.Info.Image = p.address(base, x.itunesImage())
	}
	doc.Self = doc.Info.Self
	doc.Hubs = p.hubs(base, links)
	doc.Floor = max(minutes(f.TTL), x.updatePeriod())
	doc.SkipHours, doc.SkipDays = skipHours(f.SkipHours), skipDays(f.SkipDays)
	return doc
}

func (p *parser) rssItems(doc *Document, items []*rss.Item, notes []*note) {
	for i, item := range items {
		p.read(doc, notes[i], func() { p.rssItem(doc, item, notes[i]) })
	}
}

// rssFormat names the format for people.
func (l *lexer) rssFormat(version string) string {
	if l.kind == kindRDF {
		version = l.version
	}
	return strings.TrimSpace("RSS " + cutAt(sanitize.Title(version), 10))
}

// notesFor returns the notes of n items, in gofeed's order. Where the lexer saw
// other items than gofeed did, notes that belong to another item would be worse
// than none.
func (l *lexer) notesFor(notes []*note, n int) []*note {
	if len(notes) == n {
		return notes
	}
	l.p.warn(warnStructure)
	notes = make([]*note, n)
	for i := range notes {
		notes[i] = &note{constructs: &saysNothing, base: l.feed.base}
	}
	return notes
}

// rssItem maps one item.
func (p *parser) rssItem(doc *Document, item *rss.Item, n *note) {
	x, base := p.extensions(item.Extensions), n.base
	links := x.atomLinks()
	d := draft{title: firstOf(item.Title, x.text("dc", "title")), long: n.long}
	p.rssTexts(&d, item, x, n)
	linkBase := base
	if len(n.linkBases) > 0 {
		linkBase = n.linkBases[0]
	}
	d.GUID = n.about
	permalink := ""
	if item.GUID != nil && strings.TrimSpace(item.GUID.Value) != "" {
		d.GUID = item.GUID.Value
		if strings.EqualFold(item.GUID.IsPermalink, "true") {
			permalink = item.GUID.Value
		}
	} else if isWeb(n.about) {
		permalink = n.about
	}
	d.URL = p.address(linkBase, firstOf(append(append([]string{x.text("feedburner", "origLink")}, item.Links...),
		linkOf(links, "alternate"))...))
	if permalink = strings.TrimSpace(permalink); d.URL == "" && isWeb(permalink) {
		d.URL = p.address(nil, permalink)
	}
	d.Language = language(firstOf(n.lang, x.text("dc", "language")))
	d.Published = p.date(slices.Concat(dates(n.published), x.texts("dcterms", "issued"), x.texts("dcterms", "created"),
		x.texts("atom", "published"), x.texts("dc", "date"), x.texts("dcterms", "date"))...)
	d.Updated = p.date(slices.Concat(dates(n.updated), x.texts("dcterms", "modified"), x.texts("atom", "updated"))...)
	d.Comments = p.address(base, item.Comments)
	p.rssPeople(&d, item, x)
	for _, c := range item.Categories {
		p.category(&d.Article, c.Value, c.Domain, "")
	}
	p.atomCategories(&d.Article, x)
	p.labels(&d.Article, x)
	p.rssFiles(&d, item, x, links, base)
	if item.Source != nil {
		d.Origin = p.origin(feed.Origin{Title: line(item.Source.Title), URL: p.address(base, item.Source.URL)})
	}
	if s := p.address(base, firstOf(x.text("wfw", "commentRss"), x.text("wfw", "commentRSS"))); s != "" {
		d.Links = append(d.Links, feed.Link{Rel: "replies", URL: s, Type: "application/rss+xml"})
	}
	if s := p.address(base, x.license()); s != "" {
		d.Links = append(d.Links, feed.Link{Rel: "license", URL: s})
	}
	p.links(&d.Article, links, func(int) *url.URL { return base })
	p.keep(&d, x, base)
	p.add(doc, d)
}

// rssTexts reads the fullest text and one beside it.
func (p *parser) rssTexts(d *draft, item *rss.Item, x extensions, n *note) {
	d.content = text{
		raw: firstOf(item.Content, item.Custom["encoded"], n.body, item.Custom["fullitem"]), base: over(n.content.base, n.base),
	}
	d.summary = text{raw: item.Description, base: over(n.summary.base, n.base)}
	if s := item.Custom["summary"]; d.content.empty() && strings.TrimSpace(s) != "" { // of Atom, without its namespace
		d.content, d.summary = d.summary, text{raw: s, base: n.base}
	}
	if d.summary.empty() && d.content.empty() {
		d.content.raw = x.text("dc", "description")
	}
}

// rssPeople reads the authors, by the most precise element that there is.
func (p *parser) rssPeople(d *draft, item *rss.Item, x extensions) {
	if item.Author != "" {
		author(&d.Article, person(item.Author))
	}
	for _, s := range slices.Concat(x.texts("dc", "creator"), x.texts("dc", "author")) {
		author(&d.Article, person(s))
	}
	for _, e := range x["atom"]["author"] {
		author(&d.Article, p.atomElement(e))
	}
	if all := x["atom"]["contributor"]; len(all) > 0 { // among whom may be an author of whom more is said
		x["atom"]["contributor"] = slices.DeleteFunc(all, func(e ext.Extension) bool {
			who := p.atomElement(e)
			named := slices.ContainsFunc(d.Authors, func(a feed.Person) bool { return a.Name != "" && a.Name == who.Name })
			if named {
				author(&d.Article, who)
			}
			return named
		})
	}
	if len(d.Authors) == 0 {
		author(&d.Article, person(x.text("itunes", "author")))
	}
}

// atomElement reads a person of Atom in RSS.
func (p *parser) atomElement(e ext.Extension) feed.Person {
	return feed.Person{
		Name: line(childText(e.Children, "name")), Email: line(childText(e.Children, "email")),
		URL: p.address(nil, childText(e.Children, "uri")),
	}
}

// rssFiles reads enclosures and pictures.
func (p *parser) rssFiles(d *draft, item *rss.Item, x extensions, links []feed.Link, base *url.URL) {
	for _, e := range item.Enclosures {
		p.enclosure(&d.Article, base, feed.Enclosure{URL: e.URL, Type: e.Type, Length: p.length(e.Length)})
	}
	for i, e := range x["atom"]["link"] {
		if links[i].Rel == "enclosure" {
			p.enclosure(&d.Article, base, feed.Enclosure{
				URL: links[i].URL, Type: links[i].Type, Title: links[i].Title, Length: p.length(e.Attrs["length"]),
			})
		}
	}
	d.Image = p.address(base, x.itunesImage())
	p.media(d, x, base)
	playTime(&d.Article, duration(x.text("itunes", "duration")))
	if d.content.empty() && d.summary.empty() {
		d.content = text{raw: firstOf(x.text("itunes", "summary"), x.text("itunes", "subtitle")), base: base}
	}
	if d.title == "" {
		d.title = x.text("itunes", "title")
	}
	p.pictureFile(d)
}

// pictureFile takes the first file that is a picture as the item's image when
// there is no other.
func (p *parser) pictureFile(d *draft) {
	for _, e := range d.Enclosures {
		if d.Image == "" && strings.HasPrefix(e.Type, "image/") {
			d.Image = e.URL
		}
	}
}

// links keeps the relations that have no place of their own in an article.
func (p *parser) links(a *feed.Article, links []feed.Link, base func(int) *url.URL) {
	for i, k := range links {
		switch k.Rel = relation(k.Rel); k.Rel {
		case "", "alternate", "self", "enclosure":
			continue
		}
		if k.URL = p.address(base(i), k.URL); k.URL == "" || len(a.Links) >= maxCategories {
			continue
		}
		k.Type, k.Title = line(k.Type), line(k.Title)
		if k.Rel == "replies" && strings.ContainsAny(k.Title, "0123456789") {
			k.Title = "" // how many there are changes by itself
		}
		a.Links = append(a.Links, k)
	}
}

// relation returns the name of a relation, also where its IRI stands for it
// (RFC 4287, 4.2.7.2).
func relation(s string) string {
	return strings.TrimPrefix(strings.ToLower(strings.TrimSpace(s)), "http://www.iana.org/assignments/relation/")
}

// hubs returns the WebSub hubs among the links.
func (p *parser) hubs(base *url.URL, links []feed.Link) []string {
	var hubs []string
	for _, k := range links {
		if strings.EqualFold(k.Rel, "hub") {
			if s := p.address(base, k.URL); s != "" && !slices.Contains(hubs, s) {
				hubs = append(hubs, s)
			}
		}
	}
	return hubs
}

// origin returns the origin unless it is empty.
func (p *parser) origin(o feed.Origin) *feed.Origin {
	if o == (feed.Origin{}) {
		return nil
	}
	return &o
}

// linkOf returns the address of the first link of that relation, which is
// "alternate" unless said (RFC 4287, 4.2.7.2).
func linkOf(links []feed.Link, rel string) string {
	for _, k := range links {
		if strings.EqualFold(firstOf(k.Rel, "alternate"), rel) && k.URL != "" {
			return k.URL
		}
	}
	return ""
}

// firstOf returns the first of the texts that is more than blanks.
func firstOf(texts ...string) string {
	for _, s := range texts {
		if strings.TrimSpace(s) != "" {
			return s
		}
	}
	return ""
}

// over returns the more special of two bases.
func over(special, general *url.URL) *url.URL {
	if special != nil {
		return special
	}
	return general
}

// minutes reads RSS's ttl.
func minutes(s string) time.Duration {
	n, err := strconv.Atoi(strings.TrimSpace(s))
	if err != nil || n < 0 || n > 60*24*366 {
		return 0
	}
	return time.Duration(n) * time.Minute
}

// skipHours reads hours of the day; some publishers count to 24.
func skipHours(hours []string) []int {
	var out []int
	for _, s := range hours {
		n, err := strconv.Atoi(strings.TrimSpace(s))
		if err == nil && n >= 0 && n <= 24 {
			out = append(out, n%24)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func skipDays(days []string) []time.Weekday {
	var out []time.Weekday
	for _, s := range days {
		for d := time.Sunday; d <= time.Saturday; d++ {
			if strings.EqualFold(strings.TrimSpace(s), d.String()) {
				out = append(out, d)
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}
