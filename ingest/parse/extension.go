package parse

import (
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"sluice/feed"
	"sluice/feed/sanitize"

	ext "github.com/mmcdole/gofeed/extensions"
)

// extensions are an item's or a feed's elements of other namespaces, by the
// prefix that gofeed files them under.
type extensions ext.Extensions

// extensions returns what gofeed filed, with the vocabularies that it does not
// know under our prefixes, whatever the document calls them.
func (p *parser) extensions(x ext.Extensions) extensions {
	for _, prefix := range slices.Sorted(maps.Keys(p.prefixes)) {
		if known := p.prefixes[prefix]; x[prefix] != nil && x[known] == nil {
			x[known] = x[prefix]
		}
	}
	return extensions(x)
}

// texts returns the texts of all elements of that name.
func (x extensions) texts(prefix, name string) []string {
	list := x[prefix][name]
	out := make([]string, 0, len(list))
	for _, e := range list {
		if e.Value != "" {
			out = append(out, e.Value)
		}
	}
	return out
}

// text returns the first text of that name.
func (x extensions) text(prefix, name string) string {
	for _, e := range x[prefix][name] {
		if e.Value != "" {
			return e.Value
		}
	}
	return ""
}

// attr returns the first such attribute of the elements of that name.
func (x extensions) attr(prefix, name, key string) string {
	for _, e := range x[prefix][name] {
		if v := e.Attrs[key]; v != "" {
			return v
		}
	}
	return ""
}

// itunesImage returns the address of an item's or a feed's picture.
func (x extensions) itunesImage() string {
	for _, e := range x["itunes"]["link"] { // older feeds
		if strings.EqualFold(e.Attrs["rel"], "image") && x["itunes"]["image"] == nil {
			return e.Attrs["href"]
		}
	}
	return firstOf(x.attr("itunes", "image", "href"), x.attr("itunes", "image", "url"), x.text("itunes", "image"))
}

// license returns the address of the licence (Creative Commons' RSS module).
func (x extensions) license() string {
	return firstOf(x.text("creativeCommons", "license"), x.attr("cc", "license", "resource"), x.text("cc", "license"))
}

// labels files an item under what other namespaces say of its subject.
func (p *parser) labels(a *feed.Article, x extensions) {
	for _, s := range x.texts("dc", "subject") {
		p.category(a, s, "", "")
	}
	for _, c := range x["media"]["category"] {
		p.category(a, c.Value, c.Attrs["scheme"], c.Attrs["label"])
	}
	for _, c := range x["itunes"]["category"] {
		p.category(a, c.Attrs["text"], "", "")
	}
}

// atomCategories reads Atom's categories in RSS. They say of a category of RSS what
// that has no place for.
func (p *parser) atomCategories(a *feed.Article, x extensions) {
	for _, c := range x["atom"]["category"] {
		term, scheme, label := line(c.Attrs["term"]), strings.TrimSpace(sanitize.Plain(c.Attrs["scheme"])), line(c.Attrs["label"])
		i := slices.IndexFunc(a.Categories, func(have feed.Category) bool {
			return have.Label == "" && have.Scheme == scheme && (have.Term == label || have.Term == term)
		})
		if i >= 0 && term != "" && label != "" && label != term {
			a.Categories[i] = feed.Category{Term: term, Scheme: scheme, Label: label}
			continue
		}
		p.category(a, term, scheme, label)
	}
}

// media reads Media RSS: files become enclosures, pictures the item's image,
// the description the content of an item that has no text. Groups and contents
// may hold thumbnails and descriptions of their own.
func (p *parser) media(d *draft, x extensions, base *url.URL) {
	media := x["media"]
	if media == nil {
		return
	}
	p.mediaOf(d, media, base, 0)
	if d.Image == "" {
		d.Image = p.image(media, base)
	}
	if d.title == "" {
		d.title = firstText(media, "title")
	}
	if d.summary.empty() && d.content.empty() {
		d.content = text{raw: firstText(media, "description"), base: base}
	}
}

// mediaOf takes the files at one level and, once, those of its groups.
func (p *parser) mediaOf(d *draft, media map[string][]ext.Extension, base *url.URL, level int) {
	for _, c := range media["content"] {
		if c.Attrs["url"] != "" && (isFile(c.Attrs["medium"], c.Attrs["type"]) || p.isEnclosed(&d.Article, base, c.Attrs["url"])) {
			p.enclosure(&d.Article, base, feed.Enclosure{
				URL: c.Attrs["url"], Type: c.Attrs["type"], Length: p.length(c.Attrs["fileSize"]),
				Title: firstText(c.Children, "title"), Duration: duration(c.Attrs["duration"]),
			})
		}
	}
	if level == 0 {
		for _, g := range media["group"] {
			p.mediaOf(d, g.Children, base, 1)
		}
	}
}

// isEnclosed reports whether the address is that of a file that the item has.
func (p *parser) isEnclosed(a *feed.Article, base *url.URL, address string) bool {
	return len(a.Enclosures) > 0 && slices.ContainsFunc(a.Enclosures, func(e feed.Enclosure) bool { return e.URL == p.address(base, address) })
}

// isFile tells files from pictures and from pages with a player.
func isFile(medium, kind string) bool {
	switch strings.ToLower(medium) {
	case "audio", "video", "document", "executable":
		return !strings.HasPrefix(kind, "text/html")
	case "image":
		return false
	}
	major, minor, _ := strings.Cut(strings.ToLower(kind), "/")
	return major == "audio" || major == "video" || major == "application" && minor != "x-shockwave-flash"
}

// image returns the item's picture: a thumbnail, else the first content that is
// an image, here or within groups and contents.
func (p *parser) image(media map[string][]ext.Extension, base *url.URL) string {
	for _, t := range media["thumbnail"] {
		if t.Attrs["url"] != "" {
			return p.address(base, t.Attrs["url"])
		}
	}
	for _, c := range media["content"] {
		if c.Attrs["url"] != "" && (c.Attrs["medium"] == "image" || strings.HasPrefix(c.Attrs["type"], "image/")) {
			return p.address(base, c.Attrs["url"])
		}
	}
	for _, name := range [...]string{"group", "content"} {
		for _, g := range media[name] {
			if s := p.image(g.Children, base); s != "" {
				return s
			}
		}
	}
	return ""
}

// firstText looks for an element here, in contents and in groups.
func firstText(media map[string][]ext.Extension, name string) string {
	for _, e := range media[name] {
		if e.Value != "" {
			return e.Value
		}
	}
	for _, inner := range [...]string{"group", "content"} {
		for _, e := range media[inner] {
			if s := firstText(e.Children, name); s != "" {
				return s
			}
		}
	}
	return ""
}

// atomLinks reads the atom:link elements of an RSS document.
func (x extensions) atomLinks() []feed.Link {
	var links []feed.Link
	for _, e := range x["atom"]["link"] {
		links = append(links, feed.Link{Rel: e.Attrs["rel"], URL: e.Attrs["href"], Type: e.Attrs["type"], Title: e.Attrs["title"]})
	}
	return links
}

// updatePeriods are the periods of RSS 1.0's syndication module.
var updatePeriods = map[string]time.Duration{
	"hourly": time.Hour, "daily": 24 * time.Hour, "weekly": 7 * 24 * time.Hour,
	"monthly": 30 * 24 * time.Hour, "yearly": 365 * 24 * time.Hour,
}

// updatePeriod returns the time between updates that a feed announces: its
// period, daily unless said, divided by its frequency; 0 when it says neither.
func (x extensions) updatePeriod() time.Duration {
	name, frequency := x.text("sy", "updatePeriod"), x.text("sy", "updateFrequency")
	if name == "" && frequency == "" {
		return 0
	}
	period, ok := updatePeriods[strings.ToLower(strings.TrimSpace(name))]
	if !ok && name != "" {
		return 0
	}
	if name == "" {
		period = 24 * time.Hour
	}
	if n, err := strconv.Atoi(strings.TrimSpace(frequency)); err == nil && n > 1 {
		period /= time.Duration(n)
	}
	return period
}
