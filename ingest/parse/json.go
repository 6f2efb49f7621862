package parse

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"sluice/feed"
	"sluice/feed/sanitize"

	jsonfeed "github.com/mmcdole/gofeed/json"
)

// versionPrefix begins the version of every JSON Feed.
const versionPrefix = "https://jsonfeed.org/version/"

// members are the parts of the feed object that gofeed drops, or fails on.
type members struct {
	head  map[string]json.RawMessage // all but the items
	items []json.RawMessage
	heavy map[int]bool // those that have too many values to be read
}

// json reads a JSON Feed. Items are read one by one: a value of the wrong type
// costs itself, not the feed.
func (p *parser) json(text []byte) (Document, error) {
	m, err := p.members(text)
	if err != nil {
		return Document{}, err
	}
	f := p.jsonHead(m.head)
	base := p.meta.Base
	doc := Document{
		Info: feed.Info{
			Title: p.title(f.Title, false), Description: line(f.Description), Link: p.address(base, f.HomePageURL),
			Self: p.address(base, f.FeedURL), Language: language(f.Language),
			Image:  p.address(base, firstOf(f.Icon, f.Favicon)),
			Format: "JSON Feed " + cutAt(line(strings.TrimPrefix(strings.TrimSpace(f.Version), versionPrefix)), 10),
		},
		Expired: f.Expired,
		Hubs:    p.jsonHubs(m.head["hubs"]),
	}
	if doc.Info.Format == "JSON Feed 1" {
		doc.Info.Format = "JSON Feed 1.0"
	}
	doc.Self = doc.Info.Self
	doc.Articles = make([]feed.Article, 0, len(m.items))
	inherited := p.jsonPeople(append(f.Authors, f.Author))
	for i, raw := range m.items {
		if m.heavy[i] {
			p.warn(warnItem)
			p.cut("an item was dropped: it has more than %d values", maxItemValues)
			continue
		}
		item, ok := decodeLoosely[jsonfeed.Item](p, raw)
		if !ok {
			p.warn(warnItem)
			continue
		}
		p.jsonItem(&doc, &item, inherited)
	}
	return doc, nil
}

// members takes the document apart and checks that it is a feed.
func (p *parser) members(text []byte) (members, error) {
	s := scanJSON(text)
	switch {
	case s.err != nil:
		return members{}, s.err
	case s.end > 0:
		text = text[:s.end] // some servers append things
	case s.lastItem > 0:
		text = append(slices.Clip(text[:s.lastItem]), "]}"...)
	}
	m := members{heavy: s.heavy}
	if text[0] == '[' {
		return m, fmt.Errorf("this is a JSON array: %w", ErrNotFeed)
	}
	damage, err := p.object(text, &m.head)
	if err != nil {
		return m, fmt.Errorf("this is no valid JSON (%w): %w", oneLine(err), ErrNotFeed)
	}
	var version string
	if err := json.Unmarshal(m.head["version"], &version); err != nil || !isVersion(version) {
		return m, fmt.Errorf("this is JSON without the version of a JSON Feed: %w", ErrNotFeed)
	}
	if err := json.Unmarshal(m.head["items"], &m.items); err != nil || m.items == nil {
		return m, fmt.Errorf("this is a JSON Feed without a list of items: %w", ErrNotFeed)
	}
	if damage != nil {
		p.cut("document is damaged (%v), %d whole items were kept", oneLine(damage), len(m.items))
	} else if s.end == 0 {
		p.cut("document ends early, %d whole items were kept", len(m.items))
	}
	delete(m.head, "items")
	return m, nil
}

func isVersion(s string) bool {
	s = strings.Replace(strings.TrimSpace(s), "http://", "https://", 1)
	return strings.HasPrefix(s, versionPrefix)
}

// oneLine keeps an error of encoding/json, which may quote the document, short
// and on one line.
func oneLine(err error) error {
	return errors.New(cutAt(sanitize.Title(err.Error()), 200))
}

// jsonHead reads what the feed says of itself.
func (p *parser) jsonHead(head map[string]json.RawMessage) jsonfeed.Feed {
	raw, err := json.Marshal(head)
	if err != nil { // a map of valid JSON is valid JSON
		return jsonfeed.Feed{}
	}
	f, _ := decodeLoosely[jsonfeed.Feed](p, raw)
	return f
}

// decodeLoosely reads an object. Where a member has the wrong type it is left
// out, a single value where a list belongs becomes a list of one. It reports
// false when raw is no object.
func decodeLoosely[T any](p *parser, raw json.RawMessage) (T, bool) {
	var v T
	_, err := guarded(func() (struct{}, error) { return struct{}{}, json.Unmarshal(raw, &v) })
	if err == nil && !bytes.Equal(bytes.TrimSpace(raw), []byte("null")) {
		return v, true
	}
	var all map[string]json.RawMessage
	if json.Unmarshal(raw, &all) != nil || all == nil {
		return v, false
	}
	var clean T
	kept := map[string]json.RawMessage{}
	for key, value := range all {
		for _, try := range []json.RawMessage{value, slices.Concat([]byte("["), value, []byte("]")), unquoted(value)} {
			one, err := json.Marshal(map[string]json.RawMessage{key: try})
			if err == nil && json.Unmarshal(one, new(T)) == nil {
				kept[key] = try
				break
			}
		}
		if !bytes.Equal(kept[key], value) {
			p.warn(warnType)
		}
	}
	mended, err := json.Marshal(kept)
	if err != nil || json.Unmarshal(mended, &clean) != nil {
		return clean, false
	}
	return clean, true
}

// unquoted turns a number or a boolean into a text.
func unquoted(raw json.RawMessage) json.RawMessage {
	if len(raw) == 0 || raw[0] == '{' || raw[0] == '[' || raw[0] == '"' {
		return nil
	}
	return slices.Concat([]byte(`"`), raw, []byte(`"`))
}

// jsonHubs reads the hubs, which gofeed leaves out.
func (p *parser) jsonHubs(raw json.RawMessage) []string {
	var list []struct{ Type, URL string }
	if len(raw) == 0 || json.Unmarshal(raw, &list) != nil {
		return nil
	}
	var links []feed.Link
	for _, h := range list {
		if strings.EqualFold(h.Type, "WebSub") || strings.EqualFold(h.Type, "PubSubHubbub") {
			links = append(links, feed.Link{Rel: "hub", URL: h.URL})
		}
	}
	return p.hubs(p.meta.Base, links)
}

// jsonPeople reads authors.
func (p *parser) jsonPeople(list []*jsonfeed.Author) []feed.Person {
	var of feed.Article
	for _, who := range list {
		if who != nil {
			one := feed.Person{Name: line(who.Name)}
			if mail, ok := strings.CutPrefix(strings.TrimSpace(who.URL), "mailto:"); ok {
				mail, _, _ = strings.Cut(mail, "?") // what to write comes behind it
				if plain, err := url.PathUnescape(mail); err == nil {
					mail = plain
				}
				one.Email = line(mail)
			} else {
				one.URL = p.address(p.meta.Base, who.URL)
			}
			author(&of, one)
		}
	}
	return of.Authors
}

// jsonItem maps one item. The authors of the feed are those of items that name none.
func (p *parser) jsonItem(doc *Document, item *jsonfeed.Item, inherited []feed.Person) {
	base := p.meta.Base
	d := draft{title: item.Title}
	d.GUID = item.ID
	d.URL = p.address(base, item.URL)
	external := p.address(base, item.ExternalURL)
	if d.URL == "" {
		d.URL = external
	} else if external != "" && external != d.URL {
		d.Links = append(d.Links, feed.Link{Rel: feed.RelExternal, URL: external})
	}
	if d.URL == "" && isWeb(strings.TrimSpace(item.ID)) {
		d.URL = strings.TrimSpace(item.ID)
	}
	d.content = text{raw: item.ContentHTML, base: base}
	if d.content.empty() {
		d.content = text{raw: item.ContentText, plain: true}
	}
	d.summary = text{raw: item.Summary, plain: true}
	d.Language = language(item.Language)
	d.Published, d.Updated = p.date(item.DatePublished), p.date(item.DateModified)
	d.Image = p.address(base, firstOf(item.Image, item.BannerImage))
	if d.Authors = p.jsonPeople(append(item.Authors, item.Author)); len(d.Authors) == 0 {
		d.Authors = inherited[:min(len(inherited), maxInherited)]
	}
	for _, tag := range item.Tags {
		p.category(&d.Article, tag, "", "")
	}
	if item.Attachments != nil {
		for _, a := range *item.Attachments {
			p.enclosure(&d.Article, base, feed.Enclosure{
				URL: a.URL, Type: a.MimeType, Title: a.Title, Length: p.length(strconv.FormatInt(a.SizeInBytes, 10)),
				Duration: time.Duration(min(max(a.DurationInSeconds, 0), 1e8)) * time.Second,
			})
		}
	}
	p.jsonPictures(&d, item)
	p.add(doc, d)
}

// jsonPictures keeps the pictures that an article has no field for, in the words of
// Media RSS and of podcasts: the banner beside the image, and how authors look.
func (p *parser) jsonPictures(d *draft, item *jsonfeed.Item) {
	k := &keeper{p: p, base: p.meta.Base}
	if banner := k.say(p.address(k.base, item.BannerImage)); banner != "" && banner != d.Image {
		d.Extensions = append(d.Extensions, feed.Extension{Space: feed.SpaceMedia, Name: "content", Attrs: []feed.Attr{
			{Name: "medium", Value: "image"}, {Name: "url", Value: banner},
		}})
	}
	for _, who := range append(item.Authors, item.Author) {
		if who == nil || who.Name == "" || len(d.Extensions) >= maxKept {
			continue
		}
		if avatar := k.say(p.address(k.base, who.Avatar)); avatar != "" {
			d.Extensions = append(d.Extensions, feed.Extension{Space: feed.SpacePodcast, Name: "person", Text: k.say(inert(who.Name)), Attrs: []feed.Attr{
				{Name: "img", Value: avatar}, {Name: "role", Value: "author"},
			}})
		}
	}
	k.done()
}
